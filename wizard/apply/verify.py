"""Verify: look at the host from outside, as others will meet it.

What may not live here: changing anything, but ending the sessions that came in before the change.
"""

import time
from collections.abc import Iterator
from pathlib import PurePosixPath

from wizard.apply.commit import planned_configuration, users_with_new_passwords
from wizard.apply.exposure import exposed, users_without_password
from wizard.changes.context import ApplyContext
from wizard.changes.handlers import kernel, restart, users
from wizard.changes.logins import administrators, login_with_certificate
from wizard.config import ResolvedConfig
from wizard.detect import collect_facts
from wizard.errors import ServerError, VerifyError
from wizard.formats.redisconf.directives import Support, equivalent, is_secret, support
from wizard.model.change import InstallPackage, IssueCertificate, Restart, SetDirective, SetKernel
from wizard.model.dataset import DatasetStats, lost_keys
from wizard.model.event import Phase
from wizard.model.login import Endpoint, Login
from wizard.model.network import Listener, ProbeAnswer
from wizard.model.text import counted
from wizard.persistence import dataset
from wizard.planning.plan import plan as make_plan
from wizard.planning.select_instance import choose
from wizard.rehearsal import check_sockets, is_enabled
from wizard.server.access import ServerAccess
from wizard.server.certificate import fingerprint_of, served
from wizard.server.client import Client
from wizard.server.probe import probe
from wizard.server.sessions import endpoints

STEADY_SECONDS = 4.0
"""A server that cannot live with its new configuration ends within this time after its start."""
STEADY_POLL = 0.2
_CERTIFICATE = "directive:tls-cert-file"
_LIFE = ("active", "MainPID", "NRestarts", "InvocationID")


def verify(run: ApplyContext, *, life_before: dict[str, str]) -> None:
    """See that everything is as the plan promised.

    Args:
        run: The apply.
        life_before: What told the life of the server's unit before the change.

    Raises:
        VerifyError: it is not; the text says what.
    """
    for sentence in _everything(run, life_before):
        run.checks.append(sentence)
        run.journal.note(Phase.VERIFY, sentence)


def _everything(run: ApplyContext, life_before: dict[str, str]) -> Iterator[str]:
    yield from _files(run)
    if run.is_running_host:
        yield from _packages(run)
        yield from _kernel(run)
        if run.instance is not None and (run.live is not None or run.restarted):
            yield from _server(run, life_before)
    if run.instance is not None:
        yield from _nothing_left(run)
    if run.restarted:
        yield from _steady(run)


def _server(run: ApplyContext, life_before: dict[str, str]) -> Iterator[str]:
    planned = planned_configuration(run)
    yield from _new_life(run, life_before)
    yield from _logins(run, planned)
    yield from _certificate(run, planned)
    client = run.connector.connect_or_none()
    _exposed(run, client, planned)
    if client is None:
        yield "The server answers; without a login nothing more can be seen inside it."
        return
    yield from _values(run, client)
    yield from _keys(run, client)
    yield from _strangers(run, client, planned)
    yield from _listeners(run, planned)


def _files(run: ApplyContext) -> Iterator[str]:
    for file in run.staged.files:
        if run.host.status(file.path, digest=True).digest != file.digest and not run.host.status(file.path).target:
            raise VerifyError(f"{file.path} has not the contents that were written")
    if run.staged.files:
        count = len(run.staged.files)
        yield f"{counted(count, 'file')} {'has' if count == 1 else 'have'} the planned contents."


def _packages(run: ApplyContext) -> Iterator[str]:
    wanted = [change.package for change in run.plan.changes if isinstance(change, InstallPackage)]
    if not wanted:
        return
    installed = {package.name for package in collect_facts(run.host).facts.packages if package.installed}
    for name in wanted:
        if name not in installed:
            raise VerifyError(f"{name} is not installed, although the package manager reported no error")
        yield f"{name} is installed."


def _kernel(run: ApplyContext) -> Iterator[str]:
    changes = [change for change in run.plan.changes if isinstance(change, SetKernel)]
    for change in changes:
        now = kernel.value(run.host, change.key)
        if not kernel.same(now, change.value):
            raise VerifyError(f"{change.key} should be {change.value} and is {now}")
    if changes:
        yield f"{counted(len(changes), 'kernel value')} {'is' if len(changes) == 1 else 'are'} in force."


def _new_life(run: ApplyContext, before: dict[str, str]) -> Iterator[str]:
    unit = run.server.unit.name if run.server.unit else ""
    if not run.restarted or not unit:
        return
    now = restart.unit_state(run.host, unit)
    if now.get("active") != "active":
        raise VerifyError(f"{unit} is {now.get('active')} after its restart")
    if now.get("MainPID") == before.get("MainPID") and now.get("MainPID") != "0":
        raise VerifyError(f"{unit} still runs as process {now['MainPID']}: it was not restarted")
    yield f"{unit} runs as a new process; it was away for {run.downtime_seconds:.1f} s."


def _logins(run: ApplyContext, planned: ResolvedConfig) -> Iterator[str]:
    """Every planned user enters by the first way, and the first administrator by TLS too."""
    places = endpoints(planned.values)
    entered = [change.user for change in users_with_new_passwords(run) if is_enabled(change)]
    for user in entered:
        _enter(run, places[0], login_with_certificate(run, planned, user))
    if entered:
        yield f"{', '.join(entered)} can log in by {places[0]}."
    secure = [place for place in places if place.tls]
    if entered and secure:
        admins = administrators(run)
        user = admins[0].user if admins else entered[0]
        _enter(run, secure[0], login_with_certificate(run, planned, user))
        yield f"{user} can log in by {secure[0]} with its certificate."


def _certificate(run: ApplyContext, planned: ResolvedConfig) -> Iterator[str]:
    """A TLS client is shown the certificate of the file, wherever the plan touches it."""
    files = [change for change in run.plan.changes if isinstance(change, IssueCertificate | SetDirective)]
    path = planned.value("tls-cert-file")
    named = any(str(getattr(each, "certificate", "")) == path or each.id == _CERTIFICATE for each in files)
    if not named or not path.startswith("/"):
        return
    filed = fingerprint_of(run.host.read(PurePosixPath(path)))
    secure = [place for place in endpoints(planned.values) if place.tls]
    shown = {str(place): served(place.address, place.port) for place in secure}
    for place, fingerprint in shown.items():
        # An address that this host does not have may be optional.
        if fingerprint not in {filed, ""} or not any(shown.values()):
            raise VerifyError(f"{place} serves another certificate ({fingerprint[:16] or 'none'}) than {path} holds")
    if shown:
        yield f"{path} is served by {', '.join(place for place, fingerprint in shown.items() if fingerprint)}."


def _enter(run: ApplyContext, place: Endpoint, login: Login) -> None:
    try:
        _access(run).connect(place, login, seconds=5).close()
    except ServerError as error:
        raise VerifyError(f"user {login.user} cannot log in by {place}: {error}") from None


def _values(run: ApplyContext, client: Client) -> Iterator[str]:
    """The running server has every value that the plan sets."""
    try:
        found = client.config_get()
    except ServerError:
        yield "The live values were not read back, because CONFIG is taken away or refused."
        return
    count = 0
    for change in run.plan.changes:
        if not isinstance(change, SetDirective) or not _readable(run, change) or change.name not in found:
            continue
        wanted = change.live if change.live is not None else " ".join(a for line in change.values for a in line)
        if (change.live is not None or run.restarted) and not equivalent(change.name, found[change.name], wanted):
            raise VerifyError(f"{change.name} is {found[change.name]!r} in the running server, planned was {wanted!r}")
        count += 1
    yield f"{counted(count, 'directive')} {'is' if count == 1 else 'are'} in force in the running server."


def _readable(run: ApplyContext, change: SetDirective) -> bool:
    version = run.server.version if isinstance(run.server.version, str) else ""
    known = support(change.name, run.server.flavour, version)
    return bool(change.values) and not is_secret(change.name) and known not in {Support.SPECIAL, Support.ABSENT}


def _keys(run: ApplyContext, client: Client) -> Iterator[str]:
    """No key is gone that nobody removed, unless the operator accepted that the restart may lose some."""
    before, after = run.dataset_before, dataset.read_dataset_stats(client)
    run.dataset_after = after
    if before is None:
        return
    gone = lost_keys(before, after)
    counted = f"{before.keys} before, {after.keys} after"
    # What else he accepted drops keys in ways that are counted.
    waived = any(isinstance(change, Restart) and change.id in run.plan.consents for change in run.plan.changes)
    if gone and not waived:
        raise VerifyError(f"the server has {after.keys} keys and had {before.keys}; {gone} are missing")
    if gone:
        yield f"Keys: {counted}; the operator accepted in the plan that some may be lost."
    elif gone is None:
        yield f"Keys: {counted}; commands that remove keys were called meanwhile."
    else:
        yield f"All keys are there: {counted}."
    yield _kept(after)


def _kept(held: DatasetStats) -> str:
    if held.append_only:
        return "The append-only file holds them."
    if not held.unsaved:
        return "All of them are in the RDB file."
    return f"The RDB file holds all but the last {counted(held.unsaved, 'change')}."


def _strangers(run: ApplyContext, client: Client, planned: ResolvedConfig) -> Iterator[str]:
    """Nobody enters without a login where the default user is off, by no door."""
    flags = client.acl_getuser("default").get("flags")
    if not isinstance(flags, list) or "off" not in flags:
        return
    killed = users.kill_default_sessions(run)
    if killed:
        yield f"{counted(killed, 'connection')} without a login {'was' if killed == 1 else 'were'} ended."
    places = endpoints(planned.values)
    for place in places:
        answer = _answer(run, place)
        if answer in {ProbeAnswer.OPEN, ProbeAnswer.SILENT}:
            raise VerifyError(f"{place} does not refuse somebody without a login ({answer})")
    yield f"Without a login nobody enters, by none of {len(places)} ways."


def _answer(run: ApplyContext, place: Endpoint) -> ProbeAnswer:
    """What the server, and no other process, answers there without a login."""
    try:
        return probe(_as_listener(place), tls=place.tls, prove=_access(run).proof(place)).answer
    except ServerError as error:
        raise VerifyError(f"{place} was not tried without a login: {error}") from None


def _access(run: ApplyContext) -> ServerAccess:
    return run.connector.access or ServerAccess(run.host)


def _exposed(run: ApplyContext, client: Client | None, planned: ResolvedConfig) -> None:
    """Try every endpoint as an unauthenticated client; what is open belongs to the outcome."""
    version = run.server.version if isinstance(run.server.version, str) else ""
    users = users_without_password(client, run.server.flavour, version) if client else ()
    run.exposure = exposed(run.host, run.plan, planned.values, users, process=_main_process(run))
    run.journal.observed(run.exposure)
    run.checks += run.exposure.sentences()


def _as_listener(place: Endpoint) -> Listener:
    if place.socket is not None:
        return Listener(address=str(place.socket), port=0, pid=0, process="")
    return Listener(address=place.address, port=place.port, pid=0, process="")


def _listeners(run: ApplyContext, planned: ResolvedConfig) -> Iterator[str]:
    """Every planned listener is there, and no other."""
    process = _main_process(run)
    if not process:
        return
    here = [each for each in run.host.listeners() if each.pid == process]
    if problem := check_sockets(here, planned.values):
        raise VerifyError(problem)
    yield f"It listens on {counted(len(here), 'socket')}, as planned, and on nothing else."


def _main_process(run: ApplyContext) -> int:
    if run.server.unit is not None:
        return run.host.services.show(run.server.unit.name).main_pid
    return run.server.process.pid if run.server.process and not run.restarted else 0


def _steady(run: ApplyContext) -> Iterator[str]:
    """It has run since its restart, and goes on; most of the time was needed for the other looks."""
    unit = run.server.unit.name if run.server.unit else ""
    if not run.unit_state:
        return
    while True:
        now, seconds = restart.unit_state(run.host, unit), time.monotonic() - run.restarted_at
        if any(now.get(name) != run.unit_state.get(name) for name in _LIFE):
            raise VerifyError(
                f"{unit} does not run steadily with the new configuration: it ended after {seconds:.0f} s"
            )
        if seconds > STEADY_SECONDS:
            break
        time.sleep(STEADY_POLL)
    yield f"{unit} has run steadily for {seconds:.0f} seconds."


def _nothing_left(run: ApplyContext) -> Iterator[str]:
    """The same answers plan nothing of this again."""
    login = next((each for each in run.connector.logins if each is not None), run.login)
    detection = collect_facts(run.host, config=run.plan.config, login=login, instance=run.plan.instance)
    instance = choose(detection.facts, run.plan.instance)
    again = make_plan(detection.facts, detection.sources, run.plan.answers, instance=instance.name)
    done = {change.id for change in run.plan.changes}
    left = [change for change in again.changes if change.id in done]
    if left:
        what = "; ".join(f"{change.title}: {change.before!r} should be {change.after!r}" for change in left[:4])
        raise VerifyError(f"{counted(len(left), 'change')} {'is' if len(left) == 1 else 'are'} not in force: {what}")
    yield "A new plan of the same answers has none of these changes left."
