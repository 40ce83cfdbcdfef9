"""Which program reads the metrics of a server, and with which rights (item 24)."""

from collections.abc import Iterable, Iterator

from wizard.acl.user import User
from wizard.checklist.clients import client_evidence, clients_known, sessions
from wizard.checklist.context import CheckContext
from wizard.checklist.result import Judgement, failed, observed, passed, unknown
from wizard.checklist.rights import beyond_role, every_right, rights_in, spelled
from wizard.checklist.users import Users, file_users, live_users
from wizard.model.facts.host import Exporter
from wizard.model.facts.live import ClientGroup
from wizard.model.finding import Evidence
from wizard.model.network import is_loopback
from wizard.model.rights import Rights
from wizard.model.value import replace

_CLIENT_NAME = "redis_exporter"
"""The name that redis_exporter gives its connections (measured with 1.69.0)."""
_FEW = 3
_NOT_SEEN = "A host cannot prove that alerts reach an operator."
_AGAIN = (
    "Check again during a scrape: redis_exporter is connected only then. Or attest item 24 with redis-wizard attest."
)


def exporters(subject: CheckContext) -> Judgement:
    """Judge whether an exporter reads metrics, and that its user may do no more; its alerts are not on this host."""
    if subject.facts.tree is not None:
        return unknown("A directory tree shows no running exporter.", fix=subject.look_again("the exporter"))
    running = tuple(_running(subject.facts.exporters))
    users = live_users(subject)
    if users is None or not clients_known(subject):
        judged = subject.cannot_ask("ACL LIST" if users is None else "CLIENT LIST")
        return replace(judged, evidence=(*judged.evidence, *running))
    connected = [each for each in sessions(subject) if _reads_metrics(each)]
    evidence = (*client_evidence(connected), *running)
    faults = dict.fromkeys((*_faults(subject, users, connected), *_later_faults(subject, users, connected)))
    if faults:
        return failed(" ".join(faults), *evidence)
    if connected:
        names = ", ".join(dict.fromkeys(f'{_program(each)} as user "{each.user}"' for each in connected))
        first, *more = evidence
        return passed(f"Metrics are read by {names}, without a right to keys. Alerts were not checked.", first, *more)
    if running:
        named = ", ".join(f"{each.program} (process {each.pid})" for each in subject.facts.exporters[:_FEW])
        return unknown(f"{_NOT_SEEN} CLIENT LIST shows no connection of {named}.", *running, fix=_AGAIN)
    return unknown(f"{_NOT_SEEN} No exporter is connected, and none runs here.")


def _reads_metrics(client: ClientGroup) -> bool:
    return bool(client.exporter) or client.name == _CLIENT_NAME


def _program(client: ClientGroup) -> str:
    return client.exporter or (_CLIENT_NAME if client.address == "unix" else f"{_CLIENT_NAME} at {client.address}")


def _running(found: Iterable[Exporter]) -> Iterator[Evidence]:
    for each in found:
        login = f', command line names user "{each.login}"' if each.login else ""
        yield observed("exporter", f"/proc/{each.pid}", f"{each.program}, runs as {each.account}{login}")


# --- the user of an exporter -------------------------------------------------------------------------


def _faults(subject: CheckContext, users: Users, connected: Iterable[ClientGroup]) -> Iterator[str]:
    """Return what is wrong with the users of exporters now, one sentence each."""
    for each in connected:
        if fault := _fault(subject, users, each.user):
            yield f'{_program(each)} is logged in as "{each.user}", which {fault}.'
    for exporter in subject.facts.exporters:
        fault = _fault(subject, users, exporter.login) if _is_target(subject, exporter.target) else ""
        if fault:
            yield f'{exporter.program} (process {exporter.pid}) logs in as "{exporter.login}", which {fault}.'


def _later_faults(subject: CheckContext, users: Users, connected: Iterable[ClientGroup]) -> Iterator[str]:
    """Return what the next start makes wrong."""
    later = file_users(subject)
    for each in connected if later else ():
        if later and not _fault(subject, users, each.user) and (fault := _fault(subject, later, each.user)):
            yield f'After the next restart, user "{each.user}" of {_program(each)} {fault}.'


def _fault(subject: CheckContext, users: Users, name: str) -> str:
    """Return what a user may do beyond watching the server, as the rest of a sentence; empty where nothing."""
    user = users.named(name)
    if user is None:
        return ""
    rights = rights_in(subject, users)(user.rules)
    return "belongs to no service" if name == "default" else _beyond(subject, user, rights)


def _beyond(subject: CheckContext, user: User, rights: Rights) -> str:
    if every := every_right(rights):
        return f"can give itself every right ({spelled(every[:_FEW])})"
    if rights.foreign:
        return "reaches keys or channels of applications"
    if rights.data:
        return "reaches keys or channels, which metrics do not need"
    beyond = beyond_role(subject, user, rights).commands
    return f"may run {spelled(beyond[:_FEW])}, which metrics do not need" if beyond else ""


def _is_target(subject: CheckContext, target: str) -> bool:
    """Return whether an exporter's command line names this server."""
    address, _, port = target.rpartition(":")
    here = is_loopback(address) or any(address == each.address for each in subject.tcp)
    return any(target == each.address for each in subject.sockets) or (
        here and any(port == str(each.port) for each in subject.tcp)
    )
