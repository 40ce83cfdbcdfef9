"""``timer``: the check, and the renewal of certificates, that systemd runs every day."""

import argparse
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import PurePosixPath

from wizard.attestations import attestations_of
from wizard.checklist import check
from wizard.cli import output, report_files, system_log
from wizard.cli.arguments import parse
from wizard.cli.context import detect_host, host_of, instance_of, reader_of
from wizard.cli.own_command import own_command
from wizard.cli.parser import path
from wizard.cli.report_files import Output
from wizard.detect import Detection
from wizard.drift import Drift, read_drift
from wizard.errors import HostError, UnsupportedError, UsageError, WizardError
from wizard.host.reader import HostReader
from wizard.model.facts.files import FileKind
from wizard.model.facts.host import HostFacts
from wizard.model.facts.instance import Instance
from wizard.model.finding import Report, State
from wizard.model.text import counted
from wizard.model.value import to_json
from wizard.report import CheckedServer, render_metrics
from wizard.timers import Timer, TimerList, TimerState, credential_file, install, remove, state_of, texts

COLLECTOR = PurePosixPath("/var/lib/prometheus/node-exporter")
"""Where Debian's node_exporter reads textfiles."""
TEXTFILE = "redis-wizard.prom"
MESSAGE_ID = "2b1a9d0c6c6f4f0f9a8b6f5f3c3a7d21"
"""Of each entry about a check in the journal: ``journalctl MESSAGE_ID=…`` finds them all."""
_RENEW_ONE = ("cert", "renew", "--yes")
_PASSWORD = "password"  # noqa: S105 - the name of a credential
_ONE_SERVER = ("instance", "config", "socket", "host", "port", "user", "password_file")
"""Options that name one server or its login."""
_NAMED = 5
"""Differences that the sentence of an entry names; its field has all."""
WARNING, INFO = "4", "6"
"""Priorities of syslog(3)."""


def run(options: argparse.Namespace) -> int:
    """Do one of the actions."""
    actions = {"install": _install, "remove": _remove, "status": _status, "run": _run}
    return actions[options.action](options)


# --- the timer itself --------------------------------------------------------------------------------


def _install(options: argparse.Namespace) -> int:
    timer = Timer(options.timer)
    with host_of(options) as host:
        logins = _logins(options)
        credentials = _credentials(options, logins)
        # What each run would be refused is refused now.
        detection = detect_host(host, options)
        for each in logins:
            _log_in(host, detection, each)
        if options.textfile:
            report_files.check(Output("prometheus", options.textfile))
        command = [*own_command(host), *_work(timer, options)]
        writes = options.textfile.parent if options.textfile else None
        files = texts(timer, command, writes=writes, credentials=credentials)
        written = install(host, timer, files)
        seen = state_of(host, timer)
    output.result("\n".join(f"Written: {each}" for each in written))
    output.result(output.wrapped(_sentence(seen)))
    return 0


def _work(timer: Timer, options: argparse.Namespace) -> Iterator[str]:
    """Yield what a run gets behind the program: the same servers, logins and textfile."""
    yield from _RENEW_ONE if timer is Timer.RENEW and not options.logins else ("timer", "run", timer.value)
    named = ("textfile",) if timer is Timer.CHECK else ()
    for name in (*named, "instance", "config", "socket", "host", "port", "user", "cert", "key", "cacert"):
        if value := getattr(options, name):
            yield from (f"--{name}", str(value))
    if options.tls:
        yield "--tls"
    if options.password_file:
        yield from ("--password-file", str(credential_file(_PASSWORD)))
    for number, (server, user, _) in enumerate(options.logins):
        yield from ("--login", server, user, str(credential_file(_numbered(number))))


def _credentials(options: argparse.Namespace, logins: Sequence[argparse.Namespace]) -> dict[str, PurePosixPath]:
    files = {_numbered(number): each.password_file for number, each in enumerate(logins)}
    if options.password_file:
        files[_PASSWORD] = options.password_file
    if "-" in files.values():
        raise UsageError("each run needs the password: name a file that only root can read, not -")
    return {name: path(file) for name, file in files.items()}


def _numbered(number: int) -> str:
    return f"{_PASSWORD}-{number + 1}"


def _remove(options: argparse.Namespace) -> int:
    with host_of(options) as host:
        found = remove(host, Timer(options.timer))
    output.result("\n".join(f"Removed: {each}" for each in found) or "Nothing to do: the timer is not installed.")
    return 0


def _status(options: argparse.Namespace) -> int:
    with reader_of(options) as host:
        states = tuple(state_of(host, timer) for timer in Timer)
    if options.json:
        output.result(to_json(TimerList(timers=states)))
    else:
        output.result("\n".join(output.wrapped(_sentence(each), hanging="  ") for each in states))
    return 0


def _sentence(state: TimerState) -> str:
    if not state.active:
        return f"{state.timer.unit} does not run; redis-wizard timer install {state.timer} starts it."
    last = f"The last run was on {state.last_run}: {state.result}." if state.last_run else "It did not run yet."
    following = f" The next one is on {state.next_run}." if state.next_run else ""
    return f"{state.timer.unit} runs every day. {last}{following}"


# --- a login for each of several servers -------------------------------------------------------------


def _logins(options: argparse.Namespace) -> list[argparse.Namespace]:
    """Return the options of each server that has a login of its own.

    Raises:
        UsageError: other options name a server or a login too.
    """
    if options.logins and (named := [f"--{each.replace('_', '-')}" for each in _ONE_SERVER if getattr(options, each)]):
        raise UsageError(f"--login names each server and its login; leave out {', '.join(named)}")
    return [
        argparse.Namespace(**{**vars(options), "logins": [], "instance": server, "user": user, "password_file": file})
        for server, user, file in options.logins
    ]


def _log_in(host: HostReader, detection: Detection, options: argparse.Namespace) -> tuple[HostFacts, Instance]:
    """Look at one server again, with its own login. Raises LoginError, PlanError."""
    # A login is sent to no other server than the one that it names.
    server = instance_of(detection, options).name
    seen = detect_host(host, argparse.Namespace(**{**vars(options), "instance": server}))
    return seen.facts, next(each for each in seen.facts.instances if each.name == server)


# --- what the timers run -----------------------------------------------------------------------------


def _run(options: argparse.Namespace) -> int:
    return _renew(options) if options.timer == Timer.RENEW else _check(options)


def _renew(options: argparse.Namespace) -> int:
    """Renew the certificates of each server; what fails at one does not keep the others from it."""
    failed = 0
    for each in _logins(options):
        words = [*_RENEW_ONE, "--instance", each.instance, "--user", each.user, "--password-file", each.password_file]
        for name in ("cert", "key", "cacert"):
            words += [f"--{name}", str(value)] if (value := getattr(options, name)) else []
        renewal = parse(words)
        try:
            failed = renewal.run(renewal) or failed
        except WizardError as error:
            output.info(f"redis-wizard: {each.instance}: {error}")
            failed = error.exit_status
    return failed


def _check(options: argparse.Namespace) -> int:
    logins = _logins(options)
    failed = 0
    with reader_of(options) as host:
        detection = detect_host(host, options)
        named = options.instance or options.config
        chosen = [instance_of(detection, options)] if named else detection.facts.instances
        looked = {each.name: (detection.facts, each) for each in chosen}
        for login in logins:
            try:
                facts, instance = _log_in(host, detection, login)
            except WizardError as error:
                # The others are judged all the same, and this one without its login.
                output.info(f"redis-wizard: {login.instance}: {error}")
                failed = error.exit_status
            else:
                looked[instance.name] = facts, instance
        textfile = options.textfile or _collected(host)
        servers = [_checked(host, *each) for each in looked.values()]
    for server, drift in servers:
        fields = _fields(server, drift)
        try:
            system_log.write(fields)
        except UnsupportedError as error:
            output.info(f"redis-wizard: {error}")
            output.result(fields["MESSAGE"])
    if textfile:
        report_files.write(Output("prometheus", textfile), render_metrics([each for each, _ in servers]))
    return failed


def _collected(host: HostReader) -> PurePosixPath | None:
    """Return the file for the collector of this host; ``None`` where there is none."""
    return COLLECTOR / TEXTFILE if host.status(COLLECTOR).kind is FileKind.DIRECTORY else None


def _checked(host: HostReader, facts: HostFacts, instance: Instance) -> tuple[CheckedServer, Drift | None]:
    attestations = attestations_of(host, instance.name)
    report = check(facts, instance=instance.name, attestations=attestations, today=datetime.now(UTC).date())
    try:
        drift = read_drift(host, facts, instance)
    except HostError as error:
        output.info(f"redis-wizard: what changed since the last apply is not known: {error}")
        drift = None
    return CheckedServer(report, instance.tls.certificates, len(drift.deviations) if drift else None), drift


def _fields(server: CheckedServer, drift: Drift | None) -> dict[str, str]:
    """Return the entry of one server: a sentence, and what it says as fields."""
    report = server.report
    failed, unknown = _ids(report, State.FAIL), _ids(report, State.UNKNOWN)
    said = f"{report.instance}: score {report.score} %, {counted(len(failed), 'item')} failed"
    names = f" ({', '.join(failed)})" if failed else ""
    deviations = drift.deviations if drift else ()
    drifted = f". Changed since apply {drift.snapshot}: {_told(drift)}" if drift and deviations else ""
    return {
        "MESSAGE": f"{said}{names}, {len(unknown)} not known{drifted}",
        "MESSAGE_ID": MESSAGE_ID,
        "PRIORITY": WARNING if failed or deviations else INFO,
        "SYSLOG_IDENTIFIER": "redis-wizard",
        "REDIS_WIZARD_INSTANCE": report.instance,
        "REDIS_WIZARD_SCORE": str(report.score),
        "REDIS_WIZARD_FAILED": " ".join(failed),
        "REDIS_WIZARD_UNKNOWN": " ".join(unknown),
        "REDIS_WIZARD_ATTESTED": " ".join(_ids(report, State.ATTESTED)),
        "REDIS_WIZARD_DRIFT": " ".join(each.name for each in deviations),
        "REDIS_WIZARD_APPLY": drift.snapshot if drift else "",
    }


def _told(drift: Drift) -> str:
    more = f" and {len(drift.deviations) - _NAMED} more" if len(drift.deviations) > _NAMED else ""
    return " ".join(each.text for each in drift.deviations[:_NAMED]) + more


def _ids(report: Report, state: State) -> Sequence[str]:
    return [each.id for each in (*report.items, *report.extra) if each.state is state]
