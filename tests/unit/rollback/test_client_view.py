"""Whose process, sockets and certificate a client meets, by the kernel and the service manager."""

import hashlib
import ssl
from pathlib import PurePosixPath

import pytest

from tests.support import facts_builder as build
from tests.support.certificate_set import leaf
from tests.support.memory_host.host import MemoryHost
from tests.support.memory_host.services import MemoryServices, MemoryUnit
from tests.support.snapshot_store import host as small_host
from tests.support.snapshot_store import take
from wizard.changes.rollback_context import RollbackContext
from wizard.config import resolve
from wizard.host.reader import ProcessLife
from wizard.jobs.journal_writer import Journal
from wizard.model.login import Endpoint
from wizard.model.network import Listener
from wizard.model.value import replace
from wizard.rollback import client_view
from wizard.server.certificate import fingerprint_of
from wizard.server.sessions import Connector
from wizard.snapshots.apply_record import ApplyRecord
from wizard.snapshots.store import Store

UNIT, MAIN, CHILD, OTHER = "redis-server.service", 100, 101, 4711
CONF, GROUP = PurePosixPath("/etc/redis/redis.conf"), "/system.slice/redis-server.service"
PORT = Endpoint(address="127.0.0.1", port=6379)


def listens(pid: int, address: str = "127.0.0.1", port: int = 6379) -> Listener:
    return Listener(address=address, port=port, pid=pid, process="nc" if pid == OTHER else "redis-server")


@pytest.fixture
def host() -> MemoryHost:
    made = small_host()
    made.services = MemoryServices({UNIT: MemoryUnit(active="active", main_pid=MAIN)})
    for pid, parent in ((MAIN, 1), (CHILD, MAIN), (OTHER, 1)):
        made.lives[pid] = ProcessLife(pid=pid, started=1, user_id=101, user="redis", parent=parent)
    made.put(PurePosixPath(f"/proc/{OTHER}/comm"), b"nc")
    made.nodes[PurePosixPath(f"/proc/{OTHER}")].owner = "op"
    return made


def work_on(host: MemoryHost, *before: Listener) -> RollbackContext:
    instance = build.pristine_host().instances[0]
    unit = replace(instance.unit, name=UNIT, main_pid=MAIN) if instance.unit else None
    return RollbackContext(
        host=host,
        journal=Journal(host, "20261124-000000"),
        store=Store(host),
        snapshot=replace(take(host), listeners=before),
        footprint=ApplyRecord(digests={}),
        instance=replace(instance, unit=unit),
        connector=Connector(),
        restarted=False,
    )


@pytest.mark.parametrize(
    ("active", "sub", "pid", "said"),
    [
        ("active", "running", MAIN, ""),
        ("reloading", "reload", MAIN, ""),
        ("active", "running", 0, "active (running)"),
        ("activating", "auto-restart", 0, "activating (auto-restart)"),
        ("failed", "failed", 0, "failed (failed)"),
        ("inactive", "dead", 0, "inactive (dead)"),
    ],
)
def test_only_a_unit_with_its_own_main_process_runs(
    host: MemoryHost, active: str, sub: str, pid: int, said: str
) -> None:
    host.services.units[UNIT] = MemoryUnit(active=active, main_pid=pid, properties={"SubState": sub})
    assert client_view.not_running(host, UNIT, seconds=0) == said


def test_a_unit_of_a_kind_without_main_process_runs_when_it_is_active(host: MemoryHost) -> None:
    host.services.units[UNIT] = MemoryUnit(active="active", main_pid=0)
    assert client_view.not_running(host, UNIT, seconds=0, main=False) == ""


@pytest.mark.parametrize(
    ("server", "child", "said"),
    [(CHILD, b"redis-server", ""), (CHILD, b"sleep", "active without its server"), (MAIN, b"sleep", "")],
    ids=["wrapped", "wrapped and gone", "its own main process"],
)
def test_a_script_that_goes_on_without_its_server_is_told(
    host: MemoryHost, server: int, child: bytes, said: str
) -> None:
    host.services.units[UNIT] = MemoryUnit(active="active", main_pid=MAIN, properties={"ControlGroup": GROUP})
    host.put(PurePosixPath(f"/sys/fs/cgroup{GROUP}/cgroup.procs"), f"{MAIN}\n{CHILD}\n".encode())
    host.put(PurePosixPath(f"/proc/{MAIN}/comm"), b"start-redis.sh")
    host.put(PurePosixPath(f"/proc/{CHILD}/comm"), child)
    work = work_on(host)
    assert work.instance is not None
    assert work.instance.process is not None
    work.instance = replace(work.instance, process=replace(work.instance.process, pid=server))
    assert client_view.without_server(work) == said


@pytest.mark.parametrize("main", [MAIN, 0])
def test_who_holds_the_port_is_named(host: MemoryHost, main: int) -> None:
    host.services.units[UNIT] = MemoryUnit(active="failed", main_pid=main)
    host.listener_list = (listens(OTHER),)
    said = client_view.holder(work_on(host), resolve(host, CONF, {}))
    assert said == "process 4711 (nc, user op) listens on 127.0.0.1 port 6379; stop that process"


def test_sockets_are_compared_by_their_owner(host: MemoryHost) -> None:
    host.listener_list = (listens(OTHER), listens(CHILD, port=6380))
    assert client_view.socket_differences(work_on(host, listens(77))) == [
        "the server does not listen on 127.0.0.1 port 6379 and did before",
        "the server listens on 127.0.0.1 port 6380 and did not before",
    ]


def test_a_snapshot_without_sockets_is_compared_without_them(host: MemoryHost) -> None:
    host.listener_list = (listens(MAIN),)
    assert client_view.socket_differences(work_on(host)) == []


def test_the_fingerprint_of_a_file_is_that_of_its_first_certificate() -> None:
    pem = leaf().certificate
    der = ssl.PEM_cert_to_DER_cert(pem.decode())
    assert fingerprint_of(b"some text before\n" + pem + leaf().certificate) == hashlib.sha256(der).hexdigest()
    assert fingerprint_of(b"") == ""
    assert fingerprint_of(b"-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----") == ""
