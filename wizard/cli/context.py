"""From options to the things that commands work with: host, login, facts, instance, answers."""

import argparse
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from wizard.cli import output
from wizard.cli.files import decoded, read_user_file
from wizard.errors import InputError, LoginError, NotPermittedError, PlanError, UsageError
from wizard.host.port import Host
from wizard.host.reader import HostReader
from wizard.model.answers import Answers
from wizard.model.facts.host import HostFacts
from wizard.model.facts.instance import Instance
from wizard.model.login import Endpoint, Login
from wizard.model.value import Secret

if TYPE_CHECKING:  # the wizard paints its first screen before it needs detection
    from wizard.detect import Detection
    from wizard.sandbox import SandboxHost

SECRETS_LIMIT = 1 << 20
ANSWERS_LIMIT = 4 << 20


@contextmanager
def reader_of(options: argparse.Namespace) -> Iterator[HostReader]:
    """Open the host that the options name, to look at it: this machine, a directory tree, or a sandbox.

    Raises:
        ForeignStateError: another user can change the product's own directory there; nothing in it is read.
    """
    with _open(options) as host:
        yield host


@contextmanager
def host_of(options: argparse.Namespace) -> Iterator[Host]:
    """Open the host that the options name, to change it.

    Raises:
        UsageError: this is a dry run, which opens a host with `reader_of` alone.
        ForeignStateError: as `reader_of`.
    """
    if options.dry_run:
        raise UsageError("this command changes the host; leave out --dry-run")
    with _open(options) as host:
        yield host


@contextmanager
def _open(options: argparse.Namespace) -> Iterator[Host]:
    from wizard.jobs.state_directory import demand_own  # noqa: PLC0415 - not for --help

    with contextmanager(_opened)(options) as host:
        demand_own(host)
        yield host


def _opened(options: argparse.Namespace) -> Iterator[Host]:
    if options.root:
        from wizard.host.rooted import RootedHost  # noqa: PLC0415 - one adapter a run

        _check_root(options.root)
        yield RootedHost(options.root)
    elif options.sandbox or options.sandbox_dir:
        yield from _sandbox(options)
    else:
        from wizard.host.local import LocalHost  # noqa: PLC0415 - one adapter a run

        yield LocalHost()


def _check_root(path: PurePosixPath) -> None:
    try:
        there = stat.S_ISDIR(os.stat(path).st_mode)  # noqa: PTH116 - a pure path; its errors have to be told apart
    except PermissionError:
        raise NotPermittedError(path, "look into") from None
    except OSError:
        there = False
    if not there:
        raise UsageError(f"--root {path} is not a directory")
    if not os.access(path, os.R_OK | os.X_OK):
        raise NotPermittedError(path, "look into")


def _sandbox(options: argparse.Namespace) -> Iterator[Host]:
    from wizard.sandbox import SandboxHost  # noqa: PLC0415 - one adapter a run

    sandbox = _at_work(options.sandbox_dir) or SandboxHost.create(options.sandbox_dir)
    try:
        yield sandbox
    finally:
        if not _is_open(sandbox):
            sandbox.close()
        elif options.sandbox_dir is None and not options.quiet:
            output.info(
                f"The sandbox and its server stay; use them again with --sandbox-dir {sandbox.layout.directory}"
            )


def _at_work(directory: PurePosixPath | None) -> "SandboxHost | None":
    """Return a sandbox on which an apply is open: its server is the apply's to start and stop."""
    from wizard.sandbox import Layout, SandboxHost  # noqa: PLC0415 - as above

    if directory is None or not os.path.exists(Layout(directory).record):  # noqa: PTH110 - a pure path
        return None
    sandbox = SandboxHost(directory)
    return sandbox if _is_open(sandbox) else None


def _is_open(sandbox: HostReader) -> bool:
    from wizard.app import status  # noqa: PLC0415 - only where something was applied
    from wizard.model.status import Stage  # noqa: PLC0415 - as above

    if not sandbox.entries(sandbox.state / "applies"):
        return False
    newest = status(sandbox)
    return newest is not None and newest.stage is not Stage.ENDED


def login_of(options: argparse.Namespace) -> Login | None:
    """Build the login that the options describe, ``None`` without any.

    Raises:
        InputError, HostError: the password file cannot be used.
    """
    if not hasattr(options, "login"):
        # Standard input gives a password once.
        options.login = _login(options)
    login: Login | None = options.login
    return login


def _login(options: argparse.Namespace) -> Login | None:
    if not (options.user or options.cert or options.cacert):
        return None
    password = _password(options.password_file, options.user) if options.password_file else None
    return Login(
        options.user or "default", password, certificate=options.cert, key=options.key, authority=options.cacert
    )


def _password(source: str, user: str) -> Secret:
    """Read a password: the first line of a file, or the user's entry of a ``--secrets-to`` file."""
    text = _standard_input() if source == "-" else read_user_file(PurePosixPath(source), limit=SECRETS_LIMIT)
    if any(line.strip() == "[passwords]" for line in text.splitlines()):
        return _entry(text, source, user)
    first, *more = (line.removesuffix("\r") for line in text.split("\n"))
    if not first:
        raise InputError(f"{_named(source)} has no password on its first line")
    if any(more):
        raise InputError(f"{_named(source)} has more than one line; write the password alone, or a [passwords] table")
    return Secret(first)


def _entry(text: str, source: str, user: str) -> Secret:
    import tomllib  # noqa: PLC0415 - only for this form

    try:
        entry = tomllib.loads(text)["passwords"].get(user)
    except (tomllib.TOMLDecodeError, AttributeError, RecursionError):
        raise InputError(
            f"{_named(source)} is not a secrets file: it is not valid TOML; name the file of --secrets-to"
        ) from None
    if not isinstance(entry, str) or not entry:
        raise InputError(f"{_named(source)} has no password for user {user} in its table [passwords]")
    return Secret(entry)


def _standard_input() -> str:
    data = sys.stdin.buffer.read(SECRETS_LIMIT + 1)
    if len(data) > SECRETS_LIMIT:
        raise InputError(f"standard input is longer than {SECRETS_LIMIT} bytes; check that it is the right file")
    return decoded(data, "standard input")


def _named(source: str) -> str:
    return "standard input" if source == "-" else source


def endpoint_of(options: argparse.Namespace) -> Endpoint | None:
    """Build the endpoint that the options name, ``None`` to use what the configuration says."""
    if options.socket:
        return Endpoint(socket=options.socket)
    if options.host or options.port:
        return Endpoint(address=options.host or "127.0.0.1", port=options.port or 6379, tls=options.tls)
    return None


def detect_host(host: HostReader, options: argparse.Namespace, *, login: Login | None = None) -> "Detection":
    """Read the host's facts, with the login given or else the one that the options describe.

    Raises:
        LoginError: the operator gave a login, and no server that it is for accepts it.
        InputError, HostError: as `login_of`.
    """
    from wizard.detect import collect_facts  # noqa: PLC0415 - see above

    given = login_of(options)
    detection = collect_facts(
        host,
        config=options.config,
        login=login or given,
        endpoint=endpoint_of(options),
        instance=options.instance or "",
    )
    if login is None and given is not None:
        _demand_accepted(detection.facts, given, options)
    return detection


def _demand_accepted(facts: HostFacts, login: Login, options: argparse.Namespace) -> None:
    from wizard.detect import login_refusal, login_untried  # noqa: PLC0415 - where a login is given
    from wizard.planning.select_instance import choose  # noqa: PLC0415 - as above

    endpoint = endpoint_of(options)
    named = options.instance or (str(options.config) if options.config else "")
    try:
        # The server behind the endpoint comes first.
        meant = [facts.instances[0] if endpoint else choose(facts, named)]
    except PlanError:
        meant = list(facts.instances)
    if why := login_refusal(meant, login, by_endpoint=endpoint is not None):
        raise LoginError(why)
    if why := login_untried(meant, login):
        output.info(f"redis-wizard: {why}")


def instance_of(detection: "Detection", options: argparse.Namespace) -> Instance:
    """Choose the instance that the options name, or the only one."""
    from wizard.planning.select_instance import choose  # noqa: PLC0415 - not every command plans

    named = options.instance or (str(options.config) if options.config else "")
    endpoint = endpoint_of(options)
    if endpoint is None:
        return choose(detection.facts, named)
    behind = detection.facts.instances[0]
    if named and choose(detection.facts, named) is not behind:
        raise PlanError(
            f"{endpoint} is not proven to belong to {named}; name one of the two only, or an endpoint of {named}"
        )
    return behind


def read_answers(path: PurePosixPath, *, today: date | None = None) -> Answers:
    """Read an answers file of the operator; with a day, its attestations must be able to count on it.

    Raises:
        AnswersError, HostError, InputError.
    """
    from wizard.planning.answers_file import parse  # noqa: PLC0415 - not every command reads one

    return parse(read_user_file(path, limit=ANSWERS_LIMIT), path, today=today)
