"""Logins go to the server's own process: to no other listener, whatever it answers."""

import os
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

import pytest

from tests.support.certificate_set import authority, leaf, store
from tests.support.memory_host.host import MemoryHost
from tests.support.memory_host.services import MemoryServices, MemoryUnit
from tests.support.memory_host.tree import Node
from wizard.errors import LoginError, NotPermittedError, ProgramError, ServerError, UnprovenError, UnreachableError
from wizard.host.local import LocalHost
from wizard.host.reader import ProcessLife
from wizard.model.facts.files import FileKind
from wizard.model.login import Endpoint, Login
from wizard.model.network import Connection, Holder
from wizard.model.value import Secret, replace
from wizard.server.access import ServerAccess, of_own, of_process, of_unit, owners_of

PASSWORD = "p4ssw0rd-of-the-operator"
LOGIN = Login("admin", Secret(PASSWORD))
WITHIN = 10.0
Address = str | tuple[str, int]


class Recorder:
    """A listener of this process that says PONG to everything and keeps every byte."""

    def __init__(self, family: int, where: Address, context: ssl.SSLContext | None = None) -> None:
        self.heard = b""
        self.answer = b"+OK\r\n"
        """To a login."""
        self.certificates: list[bytes] = []
        self.accepts = threading.Event()
        self.accepts.set()
        self._context = context
        self._made = socket.socket(family)
        if family == socket.AF_INET6:
            self._made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, int(where != ("::", 0)))
        self._made.bind(where)
        self._made.listen()
        self.port: int = self._made.getsockname()[1] if family != socket.AF_UNIX else 0
        self._links: list[socket.socket] = []
        self._ends = threading.Event()
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def close(self) -> None:
        self.accepts.set()
        self._ends.set()
        for thread in self._threads:
            for link in self._links:
                with suppress(OSError):
                    link.shutdown(socket.SHUT_RDWR)
            thread.join(WITHIN)
        self._made.close()

    def _accept(self) -> None:
        self._made.settimeout(0.05)
        while not self._ends.is_set():
            self.accepts.wait()
            try:
                link, _ = self._made.accept()
            except TimeoutError:
                continue
            self._links.append(link)
            self._threads.append(threading.Thread(target=self._serve, args=(link,), daemon=True))
            self._threads[-1].start()

    def _serve(self, plain: socket.socket) -> None:
        plain.settimeout(WITHIN)
        with plain, suppress(OSError):
            if self._context is None:
                self._listen(plain)
                return
            with self._context.wrap_socket(plain, server_side=True) as link:
                self.certificates += [shown] if (shown := link.getpeercert(binary_form=True)) else []
                self._listen(link)

    def _listen(self, link: socket.socket) -> None:
        while data := link.recv(4096):
            self.heard += data
            link.sendall(self.answer if b"AUTH" in data else b"+PONG\r\n")


@pytest.fixture(params=["IPv4", "IPv6", "all addresses", "unix"])
def listening(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Recorder, Endpoint]]:
    match request.param:
        case "IPv4":
            made = Recorder(socket.AF_INET, ("127.0.0.1", 0))
            place = Endpoint(port=made.port)
        case "IPv6":
            made = Recorder(socket.AF_INET6, ("::1", 0))
            place = Endpoint(address="::1", port=made.port)
        case "all addresses":
            made = Recorder(socket.AF_INET6, ("::", 0))
            place = Endpoint(port=made.port)
        case _:
            made = Recorder(socket.AF_UNIX, str(tmp_path / "s"))
            place = Endpoint(socket=PurePosixPath(tmp_path / "s"))
    with closing(made):
        yield made, place


@pytest.fixture
def other() -> Iterator[int]:
    """A process that is not this one."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        yield process.pid
        process.kill()


def access(pid: int | Callable[[], int], host: LocalHost | None = None) -> ServerAccess:
    asked = pid if callable(pid) else lambda: pid
    return ServerAccess(host or LocalHost(), of_own("redis-server.service", asked))


def refused(made: Recorder, opened: ServerAccess, place: Endpoint, login: Login | None = LOGIN) -> str:
    """Expect that nothing at all is sent; give the reason."""
    with pytest.raises(UnprovenError) as caught:
        opened.connect(place, login, seconds=2)
    time.sleep(0.05)
    assert made.heard == b""
    assert made.certificates == []
    assert PASSWORD not in str(caught.value)
    return str(caught.value)


def test_the_servers_own_process_gets_the_login(listening: tuple[Recorder, Endpoint]) -> None:
    made, place = listening
    with access(os.getpid()).connect(place, LOGIN, seconds=WITHIN) as client:
        client.ping()
    assert PASSWORD.encode() in made.heard


@pytest.mark.parametrize("login", [LOGIN, None], ids=["login", "no login"])
def test_another_process_hears_nothing_and_its_pong_is_not_the_servers(
    listening: tuple[Recorder, Endpoint], other: int, login: Login | None
) -> None:
    made, place = listening
    assert "belongs to a process other than redis-server.service" in refused(made, access(other), place, login)


def test_without_a_running_server_nothing_is_sent(listening: tuple[Recorder, Endpoint]) -> None:
    made, place = listening
    assert "redis-server.service has no running process" in refused(made, access(0), place)


def test_who_accepted_counts_not_who_listens_now(other: int) -> None:
    """The attacker accepts us, closes its listener, and the server binds the port before we look."""
    del other
    with closing(Recorder(socket.AF_INET, ("127.0.0.1", 0))) as server:
        attacker = socket.socket()
        attacker.bind(("127.0.0.1", 0))
        attacker.listen()
        script = "import socket,sys,time; s=socket.socket(fileno=0); c,_=s.accept(); print('got',flush=True); input()"
        command = [sys.executable, "-c", script.replace("input()", "time.sleep(30)")]
        with subprocess.Popen(command, stdin=attacker.fileno(), stdout=subprocess.PIPE) as process:
            port = attacker.getsockname()[1]
            attacker.close()
            assert server.port != port
            with pytest.raises(UnprovenError):
                access(os.getpid()).connect(Endpoint(port=port), LOGIN, seconds=2)
            process.kill()


def test_a_listener_that_accepts_nothing_is_waited_for_and_hears_nothing() -> None:
    with socket.socket() as made:
        made.bind(("127.0.0.1", 0))
        made.listen()
        begun = time.monotonic()
        with pytest.raises(UnreachableError, match="did not answer in time"):
            access(os.getpid()).connect(Endpoint(port=made.getsockname()[1]), LOGIN, seconds=0.2)
        assert time.monotonic() - begun < WITHIN
        link, _ = made.accept()
        with link:
            assert link.recv(100) == b""


def test_a_server_that_accepts_late_is_proven_then() -> None:
    with closing(Recorder(socket.AF_INET, ("127.0.0.1", 0))) as made:
        made.accepts.clear()
        threading.Timer(0.2, made.accepts.set).start()
        with access(os.getpid()).connect(Endpoint(port=made.port), LOGIN, seconds=WITHIN) as client:
            client.ping()


def test_after_a_restart_the_new_process_is_asked_for(listening: tuple[Recorder, Endpoint], other: int) -> None:
    made, place = listening
    pids = [other, os.getpid()]
    opened = access(lambda: pids[0])
    refused(made, opened, place)
    pids.pop(0)
    opened.connect(place, LOGIN, seconds=WITHIN).close()
    assert PASSWORD.encode() in made.heard


def test_a_process_that_is_no_longer_the_main_one_hears_nothing(
    listening: tuple[Recorder, Endpoint], other: int
) -> None:
    made, place = listening
    said = iter([os.getpid(), other, other, other])
    refused(made, access(lambda: next(said)), place)


class Reused(LocalHost):
    """This process was given its id a moment ago; it was another user's process, or one that began earlier."""

    def __init__(self, *lives: ProcessLife) -> None:
        super().__init__()
        self._lives = list(lives)

    def life(self, pid: int) -> ProcessLife | None:
        """See the port."""
        del pid
        return self._lives.pop(0) if len(self._lives) > 1 else self._lives[0]


def test_an_id_that_was_given_again_proves_nothing(listening: tuple[Recorder, Endpoint]) -> None:
    made, place = listening
    now = LocalHost().life(os.getpid())
    assert now is not None
    # The kernel keeps the id of who began to listen, also when that process is long gone.
    elder = replace(now, started=now.started - 1)
    refused(made, access(os.getpid(), Reused(elder, now, elder, now, elder, now)), place)
    if place.socket is not None:
        refused(made, access(os.getpid(), Reused(replace(now, user_id=now.user_id + 1))), place)


class Hidden(LocalHost):
    """Processes of others cannot be looked into."""

    root = False

    def holder(self, pid: int, connection: Connection) -> Holder:
        """See the port."""
        del connection
        raise NotPermittedError(PurePosixPath(f"/proc/{pid}/fd"))


def test_who_may_not_look_sends_no_login_and_is_told_to_run_as_root(listening: tuple[Recorder, Endpoint]) -> None:
    made, place = listening
    opened = access(os.getpid(), Hidden())
    if place.socket is None:
        assert "run as root" in refused(made, opened, place)
    with opened.connect(place, seconds=WITHIN) as client:
        client.ping()
    with opened.connect(place, Login("admin"), seconds=WITHIN):
        pass


def test_who_sees_no_process_of_others_is_told_the_same(listening: tuple[Recorder, Endpoint]) -> None:
    made, place = listening

    class Unseen(Hidden):
        def life(self, pid: int) -> ProcessLife | None:
            return None

    assert "run as root" in refused(made, access(os.getpid(), Unseen()), place)
    access(os.getpid(), Unseen()).connect(place, seconds=WITHIN).close()


@pytest.mark.parametrize(("processes", "main"), [(b"41\n", 41), (b"41\n42\n", 0), (None, 0)])
def test_a_unit_without_a_main_process_is_known_by_the_only_one_in_its_group(
    processes: bytes | None, main: int
) -> None:
    group = PurePosixPath("/sys/fs/cgroup/system.slice/redis-server.service/cgroup.procs")
    unit = MemoryUnit(active="active", main_pid=0, properties={"ControlGroup": "/system.slice/redis-server.service"})
    services = MemoryServices({"redis-server.service": unit})
    host = MemoryHost({group: processes} if processes is not None else {}, services=services)
    assert of_unit(host, "redis-server.service").main_pid() == main
    unit.main_pid = 43
    assert of_unit(host, "redis-server.service").main_pid() == 43


def test_a_service_manager_that_is_replaced_by_itself_is_asked_again(listening: tuple[Recorder, Endpoint]) -> None:
    _, place = listening
    failures = [ProgramError("systemctl show", 1, "Transport endpoint is not connected")] * 2

    def main_pid() -> int:
        if failures:
            raise failures.pop()
        return os.getpid()

    access(main_pid).connect(place, LOGIN, seconds=WITHIN).close()


class Foreign(LocalHost):
    """This process belongs to an ordinary user."""

    def life(self, pid: int) -> ProcessLife | None:
        """See the port."""
        found = super().life(pid)
        return None if found is None else replace(found, user="op", user_id=found.user_id + 4711)


@pytest.mark.parametrize(("accounts", "trusted"), [((), False), (("op",), True), (("redis",), False)])
def test_a_process_that_is_named_like_a_server_gets_no_login_unless_its_account_is_vouched_for(
    accounts: tuple[str, ...], *, trusted: bool
) -> None:
    with closing(Recorder(socket.AF_INET, ("127.0.0.1", 0))) as made:
        opened = ServerAccess(Foreign(), of_process(os.getpid(), accounts))
        place = Endpoint(port=made.port)
        if not trusted:
            assert "runs as op, so no login is sent" in refused(made, opened, place)
        with opened.connect(place, LOGIN if trusted else None, seconds=WITHIN) as client:
            client.ping()
        assert (PASSWORD.encode() in made.heard) is trusted


VOUCHED_FOR = {
    "/etc/redis/redis.conf": ("redis",),
    "/etc/app/redis.conf": ("app",),
    "/home/op/redis.conf": (),
    "/etc/../home/op/redis.conf": (),
    "/etc/redis/../../home/op/redis.conf": (),
    "/etc/home/redis.conf": (),
    "/etc/shared/redis.conf": (),
    "/etc/absent.conf": (),
}
"""What a command line names, and whose login a process with it may see."""


@pytest.mark.parametrize(("named", "users"), VOUCHED_FOR.items())
def test_a_command_line_vouches_for_no_user_that_root_gave_nothing(named: str, users: tuple[str, ...]) -> None:
    nodes = {
        "/etc": Node(FileKind.DIRECTORY, mode=0o755),
        "/etc/redis": Node(FileKind.DIRECTORY, "redis", "redis", mode=0o2770),
        "/etc/redis/redis.conf": Node(FileKind.FILE, "redis", "redis", mode=0o640),
        "/etc/app": Node(FileKind.DIRECTORY, mode=0o755),
        "/etc/app/redis.conf": Node(FileKind.FILE, "app"),
        "/etc/shared": Node(FileKind.DIRECTORY, group="staff", mode=0o775),
        "/etc/shared/redis.conf": Node(FileKind.FILE, "op"),
        "/etc/home": Node(FileKind.LINK, target="/home/op"),
        "/home": Node(FileKind.DIRECTORY, mode=0o755),
        "/home/op": Node(FileKind.DIRECTORY, "op", mode=0o700),
        "/home/op/redis.conf": Node(FileKind.FILE, "op"),
    }
    host = MemoryHost()
    host.nodes.update({PurePosixPath(path): node for path, node in nodes.items()})
    assert owners_of(host, PurePosixPath(named), named=False) == users


def test_an_endpoint_of_no_known_process_gets_no_login(listening: tuple[Recorder, Endpoint]) -> None:
    made, place = listening
    assert "use TLS with --tls and --cacert" in refused(made, ServerAccess(LocalHost()), place)
    ServerAccess(LocalHost()).connect(place, seconds=WITHIN).close()


# --- TLS -------------------------------------------------------------------------------------------

NOW = datetime.now(UTC)


class Pair:
    """An authority with a server's and a client's certificate."""

    def __init__(self, place: Path, name: str) -> None:
        place.mkdir()
        made = authority(name, now=NOW)
        self.authority = PurePosixPath(place / "ca.crt")
        Path(self.authority).write_bytes(made.certificate)
        self.certificate, self.key = store(place, "server", leaf(now=NOW, by=made))

    def context(self, version: ssl.TLSVersion) -> ssl.SSLContext:
        """What a server shows; any certificate of a client is asked for, and recorded."""
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        made.load_cert_chain(self.certificate, self.key)
        made.load_verify_locations(self.authority)
        made.verify_mode = ssl.CERT_OPTIONAL
        made.minimum_version = made.maximum_version = version
        return made

    def login(self, user: str = "admin", password: str | None = PASSWORD) -> Login:
        certificate, key = PurePosixPath(self.certificate), PurePosixPath(self.key)
        secret = Secret(password) if password is not None else None
        return Login(user, secret, certificate=certificate, key=key, authority=self.authority)


@pytest.fixture
def ours(tmp_path: Path) -> Pair:
    return Pair(tmp_path / "ours", "ours")


@pytest.fixture
def theirs(tmp_path: Path) -> Pair:
    return Pair(tmp_path / "theirs", "theirs")


VERSIONS = pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=["1.2", "1.3"])


def encrypted(pair: Pair, version: ssl.TLSVersion) -> Recorder:
    return Recorder(socket.AF_INET, ("127.0.0.1", 0), pair.context(version))


@VERSIONS
def test_a_certificate_of_another_authority_gets_neither_password_nor_client_certificate(
    ours: Pair, theirs: Pair, version: ssl.TLSVersion
) -> None:
    opened = ServerAccess(LocalHost(), None, ours.authority)
    with closing(encrypted(theirs, version)) as made:
        place = Endpoint(port=made.port, tls=True)
        for attempt in (
            lambda: opened.connect(place, ours.login(), seconds=WITHIN),
            lambda: opened.shake_hands(place, ours.login(), name="127.0.0.1", seconds=WITHIN),
        ):
            with pytest.raises(ServerError):
                attempt()
        time.sleep(0.05)
        assert (made.heard, made.certificates) == (b"", [])


@VERSIONS
def test_the_operators_authority_stands_for_a_server_elsewhere(ours: Pair, version: ssl.TLSVersion) -> None:
    opened = ServerAccess(LocalHost(), None, ours.authority)
    with closing(encrypted(ours, version)) as made:
        with opened.connect(Endpoint(port=made.port, tls=True), ours.login(), seconds=WITHIN) as client:
            client.ping()
        assert PASSWORD.encode() in made.heard
        assert len(made.certificates) == 1


@VERSIONS
def test_a_good_certificate_for_another_name_gets_nothing(ours: Pair, version: ssl.TLSVersion) -> None:
    opened = ServerAccess(LocalHost(), None, ours.authority)
    with closing(encrypted(ours, version)) as made:
        with pytest.raises(ServerError):
            opened.shake_hands(Endpoint(port=made.port, tls=True), ours.login(), name="elsewhere", seconds=WITHIN)
        time.sleep(0.05)
        assert (made.heard, made.certificates) == (b"", [])


def test_an_authority_that_only_a_configuration_names_proves_nothing(ours: Pair, other: int) -> None:
    with closing(encrypted(ours, ssl.TLSVersion.TLSv1_3)) as made:
        place = Endpoint(port=made.port, tls=True)
        for opened in (ServerAccess(LocalHost()), access(other), access(os.getpid(), Hidden())):
            refused(made, opened, place, ours.login())


def test_a_handshake_with_another_process_does_not_begin(ours: Pair, other: int) -> None:
    with closing(Recorder(socket.AF_INET, ("127.0.0.1", 0))) as made:
        with pytest.raises(UnprovenError):
            access(other).shake_hands(Endpoint(port=made.port, tls=True), ours.login(), name="127.0.0.1")
        time.sleep(0.05)
        assert made.heard == b""


def test_a_client_certificate_alone_is_a_login(ours: Pair, other: int) -> None:
    with closing(encrypted(ours, ssl.TLSVersion.TLSv1_3)) as made:
        refused(made, access(other), Endpoint(port=made.port, tls=True), ours.login("default", None))


def test_the_refusal_of_a_server_is_still_a_refusal() -> None:
    with closing(Recorder(socket.AF_INET, ("127.0.0.1", 0))) as made:
        made.answer = b"-WRONGPASS invalid username-password pair or user is disabled.\r\n"
        with pytest.raises(LoginError):
            access(os.getpid()).connect(Endpoint(port=made.port), LOGIN, seconds=WITHIN)
