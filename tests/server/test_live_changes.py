"""What a running server accepts is set without a restart, and nobody is cut off who was not to be."""

import socket
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.support.apply_bench import Bench, Stopped, bench
from tests.support.pinger import Seen, pinging
from tests.support.servers import SERVERS, need
from wizard.changes import listeners
from wizard.errors import ServerError, VerifyError
from wizard.model.answers import (
    AclRole,
    Answers,
    ClientCertificates,
    Durability,
    EvictionPolicy,
    Plaintext,
    Purpose,
    UserAnswer,
)
from wizard.model.change import Effect, Restart, SetDirective
from wizard.model.event import Outcome, Result
from wizard.model.login import Endpoint, Login
from wizard.model.network import Probe, ProbeAnswer
from wizard.model.plan import Plan
from wizard.model.value import replace
from wizard.sandbox.files import UNIT
from wizard.sandbox.ports import free_port
from wizard.server.access import ServerAccess
from wizard.server.client import OWN_NAME, Client

pytestmark = pytest.mark.server

WITH_TLS = [key for key, server in SERVERS.items() if server.tls]


@contextmanager
def hardened(place: Path, key: str, **tls: object) -> Iterator[Bench]:
    """A server after a first apply, as the recommendation makes it but for these answers about TLS."""
    with bench(place, need(key)) as box:
        outcome = box.apply(box.plan(lambda answers: replace(answers, tls=replace(answers.tls, **tls))))
        assert outcome.result is Result.APPLIED, outcome
        yield box


def secrets_of(box: Bench, place: Path) -> Path:
    """The passwords of the bench as a file that a client outside reads."""
    path = place.parent / "secrets.toml"
    lines = ("[passwords]", *(f'"{user}" = "{secret.reveal()}"' for user, secret in box.passwords.items()))
    path.write_text("\n".join(lines))
    return path


@contextmanager
def watched(box: Bench, place: Path) -> Iterator[Seen]:
    """An application's view of the server by its unix socket."""
    with pinging(str(box.host.layout.socket), user="app", secrets=secrets_of(box, place)) as seen:
        yield seen


def apply_hot(box: Bench, change: Callable[[Answers], Answers]) -> tuple[Plan, Outcome]:
    """Apply something that must need no restart, to the last change."""
    pid, wanted = box.pid(), box.plan(change, login=box.admin)
    assert not [each for each in wanted.changes if isinstance(each, Restart)], wanted.changes[-1]
    outcome = box.apply(wanted, login=box.admin)
    assert outcome.result is Result.APPLIED, outcome
    assert box.pid() == pid
    assert outcome.downtime_seconds == 0
    assert box.plan(change, login=box.admin).empty
    return wanted, outcome


# --- no needless restart -------------------------------------------------------------------------


def another_port(box: Bench) -> Callable[[Answers], Answers]:
    """Everything of a running server that answers can ask for and that it takes."""
    plain, secure = free_port(), free_port()

    def change(answers: Answers) -> Answers:
        return replace(
            answers,
            network=replace(answers.network, port=plain, bind=("127.0.0.1",)),
            memory=replace(
                answers.memory, maxmemory="100mb", purpose=Purpose.CUSTOM, policy=EvictionPolicy.ALLKEYS_LFU, samples=7
            ),
            persistence=replace(answers.persistence, durability=Durability.ALWAYS, snapshots=("900 1",)),
            audit=replace(
                answers.audit,
                slow_log_microseconds=7000,
                slow_log_length=77,
                latency_threshold_milliseconds=77,
                acl_log_length=77,
                log_level="verbose",
                timeout_seconds=777,
                tcp_keepalive_seconds=77,
                max_clients=777,
                keyspace_events="KEA",
            ),
            tls=replace(
                answers.tls,
                port=secure,
                plaintext=Plaintext.KEEP,
                client_certificates=ClientCertificates.OPTIONAL,
                names=("auto", "renamed.example.org"),
            ),
        )

    del box
    return change


@pytest.mark.parametrize("key", list(SERVERS))
def test_a_hardened_server_takes_everything_hot_and_its_clients_notice_nothing(place: Path, key: str) -> None:
    with hardened(place, key) as box:
        change = another_port(box)
        with watched(box, place) as seen:
            wanted, _ = apply_hot(box, change)
        assert len([each for each in wanted.changes if isinstance(each, SetDirective)]) > 12
        assert {each.effect for each in wanted.changes} <= {Effect.NOW, Effect.RELOAD}
        assert (seen.failures, seen.connections) == (0, 1), seen.said
        assert seen.answers > 1


@pytest.mark.parametrize("key", list(SERVERS))
def test_users_come_and_go_hot(place: Path, key: str) -> None:
    with hardened(place, key) as box:
        with watched(box, place) as seen:
            apply_hot(box, one_more_user)
        # 6.2 ends every named user's connection when it loads users, whether they changed or not.
        ended = 1 if key == "r62" else 0
        assert (seen.failures, seen.connections) == (ended, 1 + ended), seen.said


def one_more_user(answers: Answers) -> Answers:
    more = UserAnswer(name="report", role=AclRole.READ_ONLY, keys=("key:*",))
    return replace(answers, acl=replace(answers.acl, users=(*answers.acl.users, more)))


def live_users(box: Bench) -> list[str]:
    with box.client(box.admin) as client:
        return sorted(line.split()[1] for line in client.acl_list())


def through_a_link(box: Bench) -> None:
    """Let the name of the ACL file lead to another one."""
    with box.client(box.admin) as client:
        name = Path(client.config_get("aclfile")["aclfile"])
    real = name.with_name("real.acl")
    name.rename(real)
    name.symlink_to(real)


@pytest.mark.parametrize("key", ["r62", "v91"])
@pytest.mark.parametrize("linked", [False, True])
def test_users_that_are_taken_back_are_gone_from_the_running_server(place: Path, key: str, *, linked: bool) -> None:
    with hardened(place, key) as box:
        if linked:
            through_a_link(box)
        users, pid = live_users(box), box.pid()
        _, outcome = apply_hot(box, one_more_user)
        assert "report" in live_users(box)
        back = box.rollback(outcome.snapshot, login=box.admin)
        assert any(check.startswith("SAME") for check in back.checks), back
        assert (live_users(box), box.pid()) == (users, pid)


def test_users_go_when_whoever_takes_them_back_is_cut_off_before_they_do(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(_client: Client) -> None:
        raise Stopped

    with hardened(place, "v91") as box:
        users = live_users(box)
        _, outcome = apply_hot(box, one_more_user)
        with monkeypatch.context() as patch:
            patch.setattr(Client, "acl_load", killed)
            with pytest.raises(Stopped):
                box.rollback(outcome.snapshot, login=box.admin)
        back = box.rollback(outcome.snapshot, login=box.admin)
        assert any(check.startswith("SAME") for check in back.checks), back
        assert live_users(box) == users


@pytest.mark.parametrize("key", ["r62", "r80", "v91"])
def test_the_append_only_file_goes_off_and_on_again_live(place: Path, key: str) -> None:
    def snapshots(answers: Answers) -> Answers:
        return replace(answers, persistence=replace(answers.persistence, durability=Durability.SNAPSHOTS))

    def every_second(answers: Answers) -> Answers:
        return replace(answers, persistence=replace(answers.persistence, durability=Durability.SECOND))

    with hardened(place, key) as box:
        total = box.keys(box.admin)
        with watched(box, place) as seen:
            apply_hot(box, snapshots)
            box.fill(50, prefix="app:later", login=box.admin)
            apply_hot(box, every_second)
            assert box.keys(box.admin) == total + 50
        assert (seen.connections, seen.failures) == (1, 0)
        box.host.services.restart(UNIT)
        assert box.keys(box.admin) == total + 50


def test_users_are_loaded_where_the_file_in_use_was_lost(place: Path) -> None:
    with hardened(place, "r80") as box:
        Path(box.host.layout.config.parent, "users.acl").unlink()
        wanted = box.plan(login=box.admin)
        assert not [each for each in wanted.changes if isinstance(each, Restart)]


# --- the port without TLS ------------------------------------------------------------------------


@contextmanager
def connected(port: int, box: Bench, name: str = "shop") -> Iterator[socket.socket]:
    """A client of the user app by the port without TLS."""
    with closing(socket.create_connection(("127.0.0.1", port), timeout=10)) as link:
        password = box.passwords.get("app")
        if password is not None:
            assert said(link, f"AUTH app {password.reveal()}") == "+OK"
        assert said(link, f"CLIENT SETNAME {name}") == "+OK"
        yield link


def said(link: socket.socket, command: str) -> str:
    """Send one command; the first line of the answer, empty where the server hung up."""
    try:
        link.sendall(f"{command}\r\n".encode())
        return link.recv(4096).decode().split("\r\n", maxsplit=1)[0]
    except ConnectionError:
        return ""


def plain_port(box: Bench) -> int:
    with box.client(box.admin if box.passwords else None) as client:
        return int(client.config_get("port")["port"])


def notes(plan: Plan) -> str:
    return "\n".join(f"{each.subject}: {each.text}" for each in plan.notes)


def plaintext(how: Plaintext) -> Callable[[Answers], Answers]:
    return lambda answers: replace(answers, tls=replace(answers.tls, plaintext=how))


@pytest.mark.parametrize("key", WITH_TLS)
def test_tls_goes_live_in_two_phases(place: Path, key: str) -> None:
    with bench(place, need(key)) as box:
        port = plain_port(box)
        with connected(port, box):
            # The recommendation: the port waits for whom it sees.
            first = box.plan()
            assert "shop" in notes(first)
            assert box.apply(first).result is Result.APPLIED

        def same(_: Answers) -> Answers:
            return first.answers

        with connected(port, box) as shop:
            again = box.plan(same, login=box.admin)
            assert again.empty
            assert f"port {port}: stays open beside TLS port {box.tls_port}" in notes(again)
            assert "127.0.0.1 (1 connection, shop, user app)" in notes(again)
            assert said(shop, "PING") == "+PONG"
        wanted, _ = apply_hot(box, same)
        assert [each.id for each in wanted.changes] == ["directive:port"]
        assert plain_port(box) == 0
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port)).close()


@pytest.mark.parametrize("key", ["r74", "v81"])
def test_a_client_that_came_since_the_plan_keeps_the_port_open(place: Path, key: str) -> None:
    with hardened(place, key, plaintext=Plaintext.KEEP) as box:
        port, pid, before = plain_port(box), box.pid(), box.picture()
        wanted = box.plan(plaintext(Plaintext.DRAIN), login=box.admin)
        assert [each.id for each in wanted.changes] == ["directive:port"]
        with connected(port, box, name="late") as late:
            outcome = box.apply(wanted, login=box.admin)
            assert outcome.result in {Result.ROLLED_BACK, Result.REFUSED}, outcome
            assert f"port {port} stays open" in outcome.summary
            assert "late" in outcome.summary
            assert said(late, "PING") == "+PONG"
        assert (box.pid(), box.picture()) == (pid, before)
        with connected(port, box):
            pass


def test_another_command_of_ours_that_looks_at_the_server_keeps_no_port_open(place: Path) -> None:
    with hardened(place, "r80", plaintext=Plaintext.KEEP) as box:
        port = plain_port(box)
        wanted = box.plan(plaintext(Plaintext.DRAIN), login=box.admin)
        with connected(port, box, name=OWN_NAME):
            outcome = box.apply(wanted, login=box.admin)
            assert outcome.result is Result.APPLIED, outcome


@pytest.mark.parametrize("key", ["r74", "v81"])
def test_the_operators_word_closes_the_port_and_ends_what_came_by_it(place: Path, key: str) -> None:
    with hardened(place, key, plaintext=Plaintext.KEEP) as box:
        port = plain_port(box)
        with connected(port, box) as shop, watched(box, place) as seen:
            wanted, _ = apply_hot(box, plaintext(Plaintext.CLOSE))
            assert [each.who for each in wanted.impacts] == ["127.0.0.1 (1 connection, shop, user app)"]
            assert said(shop, "PING") == ""
        assert (seen.failures, seen.connections) == (0, 1), seen.said


def test_the_plain_port_is_open_until_tls_is_proven(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    def fail(box: Bench) -> Callable[..., None]:
        def prove(*_: object, **__: object) -> None:
            with connected(port, box), box.client(box.admin) as client:
                seen.extend((client.config_get("port")["port"], client.config_get("tls-port")["tls-port"]))
            raise VerifyError("the test says so")

        return prove

    with hardened(place, "r80", plaintext=Plaintext.KEEP) as box:
        port, before = plain_port(box), box.picture()
        more = free_port()
        with monkeypatch.context() as patched:
            patched.setattr(listeners, "prove_tls", fail(box))
            outcome = box.apply(
                box.plan(
                    lambda answers: replace(answers, tls=replace(answers.tls, port=more, plaintext=Plaintext.CLOSE)),
                    login=box.admin,
                ),
                login=box.admin,
            )
        assert outcome.result is Result.ROLLED_BACK, outcome
        assert seen == [str(port), str(more)]
        assert box.picture() == before
        assert plain_port(box) == port


def test_a_way_that_speaks_no_tls_is_no_proof(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(*_: object, **__: object) -> Probe:
        return Probe(address="127.0.0.1", port=1, tls=True, answer=ProbeAnswer.SILENT)

    whole = ServerAccess.shake_hands

    with hardened(place, "r80", plaintext=Plaintext.KEEP) as box:
        port = plain_port(box)

        def no_handshake(access: ServerAccess, endpoint: Endpoint, login: Login | None, *, name: str) -> str:
            """The server of the rehearsal, at a port of its own, makes one."""
            if endpoint.port == box.tls_port:
                raise ServerError("no handshake")
            return whole(access, endpoint, login, name=name)

        monkeypatch.setattr(ServerAccess, "shake_hands", no_handshake)
        monkeypatch.setattr(listeners, "probe", silent)
        outcome = box.apply(box.plan(plaintext(Plaintext.CLOSE), login=box.admin), login=box.admin)
        assert outcome.result is Result.ROLLED_BACK
        assert "no handshake" in outcome.summary
        assert plain_port(box) == port


@pytest.mark.parametrize("key", WITH_TLS)
def test_tls_takes_over_the_number_of_the_plain_port_and_gives_it_back(place: Path, key: str) -> None:
    with hardened(place, key, plaintext=Plaintext.KEEP) as box:
        port = plain_port(box)
        wanted, outcome = apply_hot(
            box, lambda answers: replace(answers, tls=replace(answers.tls, port=port, plaintext=Plaintext.CLOSE))
        )
        assert {each.id for each in wanted.changes} >= {"directive:port", "directive:tls-port"}
        pid = box.pid()
        back = box.rollback(outcome.snapshot, login=Login("admin", box.passwords["admin"]))
        assert any(check.startswith("SAME") for check in back.checks), back
        assert (plain_port(box), box.pid()) == (port, pid)


# --- what the append-only file is read with --------------------------------------------------------


def write_together(box: Bench) -> int:
    """Write keys in a transaction and in a script; give how many keys there are then."""
    with box.client(box.admin) as client:
        client.execute("SET", "app:alone", "1")
        for command in (("MULTI",), ("SET", "app:a", "1"), ("SET", "app:b", "1"), ("EXEC",)):
            client.execute(*command)
        client.execute("EVAL", "redis.call('SET','app:c','1') redis.call('SET','app:d','1')", "0")
        return client.key_total()


@pytest.mark.parametrize("key", list(SERVERS))
def test_transactions_in_the_append_only_file_are_read_again(place: Path, key: str) -> None:
    with hardened(place, key) as box:
        total = write_together(box)
        box.host.services.restart(UNIT)
        assert box.keys(box.admin) == total


def test_a_default_user_that_is_off_without_rights_gets_them_back_without_a_restart(place: Path) -> None:
    with hardened(place, "r80") as box:
        users = Path(box.host.layout.config.parent, "users.acl")
        users.write_text(
            users.read_text().replace("user default off ~* &* +@all", "user default off resetchannels -@all")
        )
        with box.client(box.admin) as client:
            client.acl_load()
        total = write_together(box)
        wanted, _ = apply_hot(box, lambda answers: answers)
        assert "user:default" in {each.id for each in wanted.changes}
        box.host.services.restart(UNIT)
        assert box.keys(box.admin) == total
