"""What the cases of all sections start from: hosts, and small changes of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import PurePosixPath
from typing import Any

from tests.support.facts_builder import (
    ACL_FILE,
    CERTIFICATES,
    CONF,
    HARDENED_ACL,
    TAKEN_AT,
    acl,
    authority_certificate,
    certificate,
    client,
    directory,
    file_status,
    hardened_host,
    instance,
    listener,
    log_places,
    place,
    places,
    pristine_host,
    probe,
    process,
    socket,
    tls,
    unit,
    unreadable,
    with_file,
    with_instance,
    with_live,
)
from wizard.model.answers import Attestation
from wizard.model.facts.files import FileStatus
from wizard.model.facts.host import HostFacts
from wizard.model.facts.instance import TlsFacts
from wizard.model.facts.service import Role
from wizard.model.facts.unreadable import Unreadable
from wizard.model.finding import State
from wizard.model.network import Listener, ProbeAnswer
from wizard.model.rights import WeakPassword
from wizard.model.value import replace

COMMON = WeakPassword(user="app", why="is a common one", source="/etc/redis/users.acl:3")

TODAY = date.fromisoformat(TAKEN_AT[:10])
PASS, FAIL, UNKNOWN, NOT_APPLICABLE, ATTESTED = (
    State.PASS,
    State.FAIL,
    State.UNKNOWN,
    State.NOT_APPLICABLE,
    State.ATTESTED,
)
HARD = hardened_host()
BARE = pristine_host()
REFUSED = unreadable("the running server", "NOAUTH Authentication required; give a user and its password to read it")
LOCKED = with_instance(HARD, live=REFUSED)
"""The hardened host seen without a login."""
BLIND = with_instance(
    HARD,
    live=REFUSED,
    config=unreadable(str(CONF), "permission denied"),
    acl=unreadable(str(ACL_FILE), "permission denied"),
    listeners=(),
    probes=(),
    directories=(),
    space=(),
    tls=TlsFacts(),
)
"""The hardened host seen by somebody who may see nothing."""
STOPPED = with_instance(
    HARD,
    live=unreadable("the running server", "it does not run"),
    process=None,
    unit=unit(active="inactive", main_pid=0),
    listeners=(),
    probes=(),
)
PRIVATE = with_file(
    with_instance(
        with_live(HARD, {"bind": "127.0.0.1 10.0.4.7"}),
        listeners=(listener(port=6380), listener("10.0.4.7", 6380), *HARD.instances[0].listeners[2:]),
        probes=tuple(
            probe(each, 6380, ProbeAnswer.NEEDS_CERTIFICATE, tls=True, tls_versions=("TLSv1.3",), certificate="ab" * 32)
            for each in ("127.0.0.1", "10.0.4.7")
        )
        + HARD.instances[0].probes[2:],
    ),
    "bind 127.0.0.1 10.0.4.7",
)
"""The hardened host, reachable from a private network."""


@dataclass(frozen=True, kw_only=True)
class Case:
    item: str
    state: State
    facts: HostFacts
    says: str = ""
    attestations: Sequence[Attestation] = ()

    def __str__(self) -> str:
        return f"{self.item}-{self.state.name.lower()}-{self.says[:30]}"


def case(item: str, state: State, facts: HostFacts, says: str = "", attestations: Sequence[Attestation] = ()) -> Case:
    return Case(item=item, state=state, facts=facts, says=says, attestations=attestations)


def attestation(item: int, days_ago: int = 3, on: str = "", note: str = "checked") -> Attestation:
    return Attestation(item=item, by="olga", on=on or (TODAY - timedelta(days=days_ago)).isoformat(), note=note)


def with_acl(facts: HostFacts, *lines: str, live: bool = True, file: bool = True) -> HostFacts:
    """The same host with these lines for users of the same names, live and in the ACL file."""
    names = {each.split()[1] for each in lines}
    changed = (*(each for each in HARDENED_ACL if each.split()[1] not in names), *lines)
    facts = with_live(facts, acl=changed) if live else facts
    return with_instance(facts, acl=acl(changed)) if file else facts


def with_process(facts: HostFacts, **over: object) -> HostFacts:
    return with_instance(facts, process=process(**over))


def with_unit(facts: HostFacts, drop_ins: Sequence[object] = (), **properties: str) -> HostFacts:
    known = unit()
    return with_instance(facts, unit=unit(properties={**known.properties, **properties}, drop_ins=tuple(drop_ins)))


def with_role(facts: HostFacts, role: Role, **info: str) -> HostFacts:
    server = facts.instances[0].live
    assert not isinstance(server, Unreadable)
    return with_live(facts, role=role, info={**server.info, **info})


def with_certificates(**over: Any) -> HostFacts:
    return with_instance(HARD, tls=tls(certificates=(certificate(**over), authority_certificate())))


def readable(facts: HostFacts) -> HostFacts:
    """The same host, its configuration open to read for every user, and no directory above closed."""
    seen = facts.instances[0].config
    assert not isinstance(seen, Unreadable)
    files = (file_status(CONF, group="redis", mode=0o644),)
    way = place(directory("/etc/redis", owner="root", group="redis", mode=0o755), CONF, ACL_FILE)
    return with_instance(facts, config=replace(seen, files=files), writers=(way,))


def listed_reader(facts: HostFacts, path: PurePosixPath) -> HostFacts:
    """The same host, with a user whom an access control list lets read a file of the server."""
    status = file_status(path, group="redis", mode=0o640)
    return with_instance(facts, writers=places(place(status, readers=("user op", "user redis"))))


def with_directory(path: str, **over: Any) -> HostFacts:
    return with_instance(HARD, directories=(directory(path, **over),))


def with_socket(**over: Any) -> HostFacts:
    return with_instance(HARD, sockets=(socket(**over),))


def beside(*listeners: Listener, **over: Any) -> HostFacts:
    """The hardened host with a second server."""
    other = instance(name="other", probes=(), **{"listeners": listeners or (listener(port=7777),), **over})
    return replace(HARD, instances=(*HARD.instances, other))


def started(*arguments: str) -> dict[str, Any]:
    """A server that is only seen as a process."""
    return {"live": REFUSED, "process": process(arguments=arguments)}


def with_place(status: FileStatus, *holds: PurePosixPath, **over: Any) -> HostFacts:
    """The hardened host with one more place on the way to a file of the server."""
    return with_instance(HARD, writers=places(place(status, *holds, **over)))


def with_listed_readers(*names: str) -> HostFacts:
    """The hardened host with an access control list of its log."""
    *above, log = log_places()
    return with_instance(HARD, output_writers=(*above, replace(log, readers=names)))


def with_log(**over: Any) -> HostFacts:
    """The hardened host with another log file, or with its directory in another mode."""
    return with_instance(HARD, output_writers=log_places(**over))


def with_replica(address: str, listener: str) -> HostFacts:
    link = client(address=address, listener=listener, user="replica", library="", replica=True)
    return with_live(with_role(HARD, Role.PRIMARY), clients=(client(), link))


def with_key(**over: Any) -> HostFacts:
    return with_instance(HARD, tls=tls(keys=(file_status(CERTIFICATES / "server.key", **over),)))


def with_tls_probe(**over: Any) -> HostFacts:
    """The hardened host, its TLS listeners answering differently."""
    probes = HARD.instances[0].probes
    return with_instance(HARD, probes=tuple(replace(each, **over) if each.tls else each for each in probes))


def both_unknown(name: str) -> HostFacts:
    """The file has a good value, but the server could not be read."""
    return with_file(LOCKED, name)


def attested(item: int, facts: HostFacts = HARD, says: str = "A host cannot prove") -> list[Case]:
    name = str(item)
    return [
        case(name, ATTESTED, facts, "olga attested it", [attestation(item, 89)]),
        case(name, ATTESTED, facts, "expires in 90 days", [attestation(item, 100), attestation(item, 0)]),
        case(name, UNKNOWN, facts, says),
        case(name, UNKNOWN, facts, "expired after 90 days", [attestation(item, 91)]),
        case(name, UNKNOWN, facts, "in the future", [attestation(item, -1)]),
        case(name, UNKNOWN, facts, "lacks a name, or a note", [attestation(item, note=" ")]),
        case(name, UNKNOWN, facts, says, [attestation(item, on="soon"), attestation(item - 1)]),
    ]
