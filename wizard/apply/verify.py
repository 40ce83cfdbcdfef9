"""Verify: look at the host from outside, as others will meet it."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from wizard.apply.exposure import exposed, users_without_password
from wizard.changes import registry
from wizard.changes.context import ApplyContext, planned_configuration
from wizard.changes.handler import VerifyPhase
from wizard.changes.handlers import users
from wizard.changes.staging import certificates_of
from wizard.config import ResolvedConfig
from wizard.detect import collect_facts
from wizard.errors import ServerError, VerifyError
from wizard.model.change import Restart
from wizard.model.dataset import DatasetStats, lost_keys
from wizard.model.event import Phase
from wizard.model.login import Endpoint
from wizard.model.network import Listener, ProbeAnswer
from wizard.model.text import counted
from wizard.persistence import dataset
from wizard.planning.plan import plan as make_plan
from wizard.planning.select_instance import choose
from wizard.rehearsal import check_sockets
from wizard.server.access import ServerAccess, of_unit
from wizard.server.certificate import fingerprint_of, served
from wizard.server.client import Client
from wizard.server.probe import probe
from wizard.server.sessions import endpoints

_CERTIFICATE = "directive:tls-cert-file"


def verify(run: ApplyContext) -> None:
    """See that everything is as the plan promised.

    Raises:
        VerifyError: it is not; the text says what.
    """
    for sentence in _everything(run):
        run.checks.append(sentence)
        run.journal.note(Phase.VERIFY, sentence)


def _everything(run: ApplyContext) -> Iterator[str]:
    yield from _files(run)
    if run.is_running_host:
        yield from registry.verify(run, VerifyPhase.MACHINE)
        if run.server_is_seen:
            yield from _server(run)
    if run.instance is not None:
        yield from _nothing_left(run)
    if run.restarted:
        yield from registry.verify(run, VerifyPhase.STEADY)


def _server(run: ApplyContext) -> Iterator[str]:
    planned = planned_configuration(run)
    yield from registry.verify(run, VerifyPhase.RESTART)
    yield from registry.verify(run, VerifyPhase.LOGINS)
    yield from _certificate(run, planned)
    client = run.connector.connect_or_none()
    _exposed(run, client, planned)
    if client is None:
        yield "The server answers; its values were not read, because no login was given."
        return
    yield from registry.verify(run, VerifyPhase.VALUES)
    yield from _keys(run, client)
    yield from _unauthenticated(run, client, planned)
    yield from _listeners(run, planned)


def _files(run: ApplyContext) -> Iterator[str]:
    for file in run.staged.files:
        if run.host.status(file.path, digest=True).digest != file.digest and not run.host.status(file.path).target:
            raise VerifyError(f"{file.path} does not have the contents that were written")
    if run.staged.files:
        count = len(run.staged.files)
        yield f"{counted(count, 'file')} {'has' if count == 1 else 'have'} the planned contents."


def _certificate(run: ApplyContext, planned: ResolvedConfig) -> Iterator[str]:
    """A TLS client is shown the certificate of the file, wherever the plan touches it."""
    path = planned.value("tls-cert-file")
    issued = any(str(change.certificate) == path for change in certificates_of(run.plan))
    named = issued or any(change.id == _CERTIFICATE for change in run.plan.changes)
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


def _keys(run: ApplyContext, client: Client) -> Iterator[str]:
    """Check that no key is lost that no client removed, unless the operator accepted that the restart may lose some."""
    before, after = run.dataset_before, dataset.read_dataset_stats(client)
    run.dataset_after = after
    if before is None:
        return
    gone = lost_keys(before, after)
    counted = f"{before.keys} before, {after.keys} after"
    # What else he accepted drops keys in ways that are counted.
    waived = any(isinstance(change, Restart) and change.id in run.plan.consents for change in run.plan.changes)
    if gone and not waived:
        raise VerifyError(
            f"the server has {after.keys} keys and had {before.keys}; {gone} {'is' if gone == 1 else 'are'} missing"
        )
    if gone:
        yield f"Keys: {counted}; the plan accepts that some may be lost."
    elif gone is None:
        yield f"Keys: {counted}; clients called commands that remove keys in between."
    else:
        yield f"All keys are there: {counted}."
    yield _kept(after)


def _kept(held: DatasetStats) -> str:
    if held.append_only:
        return "The append-only file has all of them."
    if not held.unsaved:
        return "All of them are in the RDB file."
    return f"The RDB file holds all but the last {counted(held.unsaved, 'change')}."


def _unauthenticated(run: ApplyContext, client: Client, planned: ResolvedConfig) -> Iterator[str]:
    """Check that each endpoint refuses an unauthenticated client where the default user is off."""
    flags = client.acl_getuser("default").get("flags")
    if not isinstance(flags, list) or "off" not in flags:
        return
    killed = users.kill_default_sessions(run)
    if killed:
        yield f"{counted(killed, 'connection')} without a login {'was' if killed == 1 else 'were'} closed."
    places = endpoints(planned.values)
    for place in places:
        answer = _answer(run, place)
        if answer in {ProbeAnswer.OPEN, ProbeAnswer.SILENT}:
            raise VerifyError(f"{place} does not refuse an unauthenticated client ({answer})")
    yield f"Unauthenticated clients are refused: tried at {counted(len(places), 'endpoint')}."


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
        return of_unit(run.host, run.server.unit.name).main_pid()
    return run.server.process.pid if run.server.process and not run.restarted else 0


def _nothing_left(run: ApplyContext) -> Iterator[str]:
    """The same answers plan nothing of this again."""
    login = next((each for each in run.connector.logins if each is not None), run.login)
    detection = collect_facts(run.host, config=run.plan.config, login=login, instance=run.plan.instance)
    instance = choose(detection.facts, run.plan.instance)
    again = make_plan(detection.facts, detection.sources, run.plan.answers, instance=instance.name)
    done = {change.id for change in run.plan.changes}
    # Another change that the same answers plan may need a restart too.
    left = [
        change
        for change in again.changes
        if change.id in done and not (isinstance(change, Restart) and done.isdisjoint(change.because))
    ]
    if left:
        what = "; ".join(f"{change.title}: {change.before!r} should be {change.after!r}" for change in left[:4])
        raise VerifyError(f"{counted(len(left), 'change')} {'is' if len(left) == 1 else 'are'} not in force: {what}")
    yield "Checked again: every change of this plan is in place."
