"""From options to the things that commands work with: host, login, facts, instance, answers.

What may not live here: any rule about servers.
"""

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from wizard.errors import InputError, NotFoundError, UsageError
from wizard.host.port import Host
from wizard.model.answers import Answers
from wizard.model.facts import Instance
from wizard.model.login import Endpoint, Login
from wizard.model.value import Secret

if TYPE_CHECKING:  # the wizard paints its first screen before it needs detection
    from wizard.detect.collect import Detection

PASSWORD_BYTES = 4096


@contextmanager
def host_of(options: argparse.Namespace) -> Iterator[Host]:
    """Open the host that the options mean: this machine, a directory tree, or a sandbox."""
    if options.root:
        from wizard.host.rooted import RootedHost  # noqa: PLC0415 - one adapter a run

        if not Path(options.root).is_dir():
            raise UsageError(f"--root {options.root} is not a directory")
        yield _dry(RootedHost(options.root), options)
    elif options.sandbox or options.sandbox_dir:
        yield from _sandbox(options)
    else:
        from wizard.host.local import LocalHost  # noqa: PLC0415 - one adapter a run

        yield _dry(LocalHost(), options)


def _sandbox(options: argparse.Namespace) -> Iterator[Host]:
    from wizard.host.sandbox import SandboxHost  # noqa: PLC0415 - one adapter a run

    sandbox = SandboxHost.create(options.sandbox_dir)
    try:
        yield _dry(sandbox, options)
    finally:
        sandbox.close()


def _dry(host: Host, options: argparse.Namespace) -> Host:
    if not options.dry_run:
        return host
    from wizard.host.dryrun import DryRunHost  # noqa: PLC0415 - one adapter a run

    return DryRunHost(host)


def login_of(options: argparse.Namespace) -> Login | None:
    """Build the login that the options describe, ``None`` without any.

    Raises:
        InputError: the password file cannot be used.
    """
    if not (options.user or options.cert or options.cacert):
        return None
    password = _password(options.password_file, options.user) if options.password_file else None
    return Login(
        options.user or "default", password, certificate=options.cert, key=options.key, authority=options.cacert
    )


def _password(source: str, user: str) -> Secret:
    """Read a password: the first line of a file, or the user's entry of a ``--secrets-to`` file."""
    text = sys.stdin.read(PASSWORD_BYTES) if source == "-" else _read_private(Path(source))
    if "[passwords]" in text:
        import tomllib  # noqa: PLC0415 - only for this form

        try:
            entry = tomllib.loads(text)["passwords"].get(user)
        except (tomllib.TOMLDecodeError, AttributeError):
            raise InputError(f"{source} is no secrets file: it does not read as TOML") from None
        if not isinstance(entry, str):
            raise InputError(f"{source} has no password for user {user} in its table [passwords]")
        return Secret(entry)
    lines = text.splitlines()
    if not lines or not lines[0]:
        raise InputError(f"{source} has no password on its first line")
    return Secret(lines[0])


def _read_private(path: Path) -> str:
    try:
        with path.open(encoding="utf-8") as file:
            return file.read(PASSWORD_BYTES)
    except FileNotFoundError:
        raise NotFoundError(PurePosixPath(path)) from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read as a password file: {type(error).__name__}") from None


def endpoint_of(options: argparse.Namespace) -> Endpoint | None:
    """Build the endpoint that the options name, ``None`` to use what the configuration says."""
    if options.socket:
        return Endpoint(socket=options.socket)
    if options.host or options.port:
        return Endpoint(address=options.host or "127.0.0.1", port=options.port or 6379, tls=options.tls)
    return None


def look(host: Host, options: argparse.Namespace, *, login: Login | None = None) -> "Detection":
    """Read the host's facts, with the login given or else the one that the options describe."""
    from wizard.detect.collect import collect  # noqa: PLC0415 - see above

    return collect(host, config=options.config, login=login or login_of(options), endpoint=endpoint_of(options))


def instance_of(detection: "Detection", options: argparse.Namespace) -> Instance:
    """Choose the instance that the options name, or the only one."""
    from wizard.planning.choose import choose  # noqa: PLC0415 - not every command plans

    return choose(detection.facts, options.instance or (str(options.config) if options.config else ""))


def answers_of(detection: "Detection", instance: Instance | None, options: argparse.Namespace) -> Answers:
    """Read the answers file that was given, else recommend answers for this host."""
    from wizard.planning.recommend import recommend  # noqa: PLC0415 - not every command plans

    if options.answers:
        return read_answers(options.answers)
    return recommend(detection.facts, instance).answers


def read_answers(path: PurePosixPath) -> Answers:
    """Read an answers file of the operator.

    Raises:
        AnswersError, NotFoundError, InputError.
    """
    from wizard.planning.answersfile import parse  # noqa: PLC0415 - not every command reads one

    try:
        text = Path(path).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise NotFoundError(path) from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read: {type(error).__name__}") from None
    return parse(text, path)
