"""The client against every build of a server."""

import socket
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

import pytest

from tests.support.servers import SERVERS, Server, need, running
from tests.support.waiting import poll
from wizard.errors import LoginError, ServerError, UnreachableError
from wizard.model.login import Endpoint, Login
from wizard.model.value import Secret
from wizard.server import replies
from wizard.server.client import Client, connect

pytestmark = pytest.mark.server

PASSWORD = "pl4nted-5ecret"
CONF = f"port 0\nrequirepass {PASSWORD}\n"


@pytest.fixture(params=list(SERVERS))
def server(request: pytest.FixtureRequest) -> Server:
    return need(request.param)


def endpoint(path: Path) -> Endpoint:
    return Endpoint(socket=PurePosixPath(path))


@contextmanager
def logged_in(server: Server, tmp_path: Path, conf: str = CONF) -> Iterator[tuple[Client, Path]]:
    with (
        running(server, conf, tmp_path) as (path, _),
        connect(endpoint(path), Login(password=Secret(PASSWORD))) as client,
    ):
        yield client, path


def test_knows_the_server_and_reads_what_it_says(server: Server, tmp_path: Path) -> None:
    with logged_in(server, tmp_path) as (client, _):
        client.ping()
        hello = client.hello()
        assert (hello["server"], hello["version"]) == (server.flavour.value, server.version)
        assert client.info("server")["tcp_port"] == "0"
        assert client.config_get("requirepass", "port") == {"requirepass": PASSWORD, "port": "0"}
        assert client.acl_whoami() == "default"
        assert client.acl_list()[0].startswith("user default on")
        assert client.role()[0] == "master"
        assert client.command_info(["get", "nosuch"]) == {"get": True, "nosuch": False}
        assert len(client.client_list()) == 1


def test_sends_nothing_of_its_own(server: Server, tmp_path: Path) -> None:
    with logged_in(server, tmp_path) as (client, _):
        calls = [name for name in client.info("commandstats") if name.startswith("cmdstat_")]
        # Valkey 9 counts what its own script engine asks when it starts.
        assert set(calls) <= {"cmdstat_auth", "cmdstat_ping", "cmdstat_config|get"}
        assert client.client_list()[0].get("lib-name", "") == ""


def test_sets_several_directives_also_on_a_server_that_takes_one(server: Server, tmp_path: Path) -> None:
    with logged_in(server, tmp_path) as (client, _):
        client.config_set({"timeout": "7", "maxclients": "99"})
        assert client.config_get("timeout", "maxclients") == {"timeout": "7", "maxclients": "99"}
        with pytest.raises(ServerError, match="nosuch"):
            client.config_set({"nosuch": "1"})


def test_manages_users(server: Server, tmp_path: Path) -> None:
    with logged_in(server, tmp_path) as (client, _):
        client.acl_setuser("app", ("on", ">other", "~app:*", "+get"))
        assert client.acl_getuser("app")["flags"]
        assert client.acl_getuser("nobody") == {}
        if not server.version.startswith("6."):
            assert client.acl_dryrun("app", ("get", "app:1")) == ""
            assert "flushall" in client.acl_dryrun("app", ("flushall",))
        client.acl_deluser("app")
        assert client.acl_getuser("app") == {}


def test_counts_keys_and_saves(server: Server, tmp_path: Path) -> None:
    with logged_in(server, tmp_path) as (client, _):
        client.execute("SET", "a", "1")
        client.execute("SELECT", "3")
        client.execute("SET", "b", "1")
        assert client.key_total() == 2
        client.save_in_background()
        poll(lambda: client.info("persistence")["rdb_changes_since_last_save"] == "0", "it does not save")


def test_ends_the_connections_of_others_and_keeps_its_own(server: Server, tmp_path: Path) -> None:
    with logged_in(server, tmp_path) as (client, path):
        with connect(endpoint(path), Login(password=Secret(PASSWORD))) as other:
            other.ping()
            assert client.client_kill("TYPE", "normal", "SKIPME", "yes") == 1
            with pytest.raises(UnreachableError):
                other.ping()
            with pytest.raises(UnreachableError, match="connect again"):
                other.ping()
        client.ping()


@pytest.mark.parametrize("login", [None, Login(), Login(password=Secret("wrong-5ecret")), Login("no", Secret("x"))])
def test_a_refused_login_is_told_without_its_password(server: Server, tmp_path: Path, login: Login | None) -> None:
    with running(server, CONF, tmp_path) as (path, _), pytest.raises(LoginError) as caught:
        connect(endpoint(path), login).ping()
    assert "5ecret" not in str(caught.value)


def test_no_error_repeats_a_secret_that_was_sent(server: Server, tmp_path: Path) -> None:
    commands = (
        ("ACL", "SETUSER", "app", f">{PASSWORD}", "+nosuch"),
        ("ACL", "SETUSER", "app", f"#{PASSWORD}"),
        ("ACL", "SETUSER", "app", f"<{PASSWORD}"),
        ("CONFIG", "SET", "masterauth", PASSWORD, "nosuch", "1"),
        ("HELLO", "2", "AUTH", "default", PASSWORD + "x"),
        ("AUTH", "nobody", PASSWORD + "y"),
    )
    with logged_in(server, tmp_path) as (client, _):
        for command in commands:
            with pytest.raises(ServerError) as caught:
                client.execute(*command)
            assert PASSWORD not in "".join(traceback.format_exception(caught.value))
        assert PASSWORD not in repr(client)


def test_an_unknown_command_that_holds_our_password_does_not_show_it(server: Server, tmp_path: Path) -> None:
    with logged_in(server, tmp_path) as (client, _):
        with pytest.raises(ServerError) as caught:
            client.execute("NOSUCH", PASSWORD)
        assert PASSWORD not in str(caught.value)


def test_nothing_there_is_told() -> None:
    with pytest.raises(UnreachableError, match="/nowhere/s"):
        connect(Endpoint(socket=PurePosixPath("/nowhere/s")))


@contextmanager
def pretended(answers: list[bytes], directory: Path) -> Iterator[Endpoint]:
    """A server that gives these answers, one per connection's bytes, and says no more."""
    path = directory / "p"
    done = threading.Event()

    def serve(listening: socket.socket) -> None:
        link, _ = listening.accept()
        with link:
            for answer in answers:
                link.recv(4096)
                link.sendall(answer)
            done.wait(10)

    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        listening.listen()
        thread = threading.Thread(target=serve, args=(listening,))
        thread.start()
        try:
            yield endpoint(path)
        finally:
            done.set()
            thread.join(10)


def test_a_frozen_server_is_given_up_and_never_asked_again(tmp_path: Path) -> None:
    with pretended([b""], tmp_path) as place, connect(place, seconds=0.2) as client:
        with pytest.raises(UnreachableError, match="in time"):
            client.ping()
        with pytest.raises(UnreachableError, match="connect again"):
            client.ping()


def test_protected_mode_and_missing_rights_are_questions_of_login(tmp_path: Path) -> None:
    denied = b"-DENIED protected mode\r\n"
    with pretended([denied], tmp_path) as place, connect(place) as client, pytest.raises(LoginError, match="DENIED"):
        client.ping()


def test_another_kind_of_server_is_no_server(tmp_path: Path) -> None:
    hello = b"+HELLO\r\n"
    with (
        pretended([hello], tmp_path) as place,
        connect(place) as client,
        pytest.raises(ServerError, match="not a Redis"),
    ):
        client.ping()


def test_a_reply_of_another_protocol_is_told(tmp_path: Path) -> None:
    answer = b"HTTP/1.1 400 Bad Request\r\n\r\n"
    with pretended([answer], tmp_path) as place, connect(place) as client, pytest.raises(ServerError):
        client.ping()


def test_many_users_are_read_as_the_server_lists_them_and_not_all_at_once(server: Server, tmp_path: Path) -> None:
    rules = (
        ("on", "nopass", "~*", "&*", "+@all"),
        ("off", ">a", ">b", "~a:*", "~b:*", "resetchannels", "&news:*", "&x", "-@all", "+@read", "+config|get"),
        ("on", "skip-sanitize-payload", ">a", "allkeys", "resetchannels", "+@all", "-@dangerous", "-get"),
        ("on", ">c", "resetkeys", "allchannels", "nocommands"),
    )
    with logged_in(server, tmp_path) as (client, _):
        for number in range(250):
            client.acl_setuser(f"u{number}", rules[number % len(rules)])
        client.execute("CONFIG", "RESETSTAT")
        found = client.acl_list()
        calls = client.info("commandstats").get("cmdstat_acl", "")
        listed = client.execute("ACL", "LIST")
        assert found == replies.texts(listed)
        # Before 7.0: USERS, this login, and one call for each of the others and default.
        assert not calls or calls.startswith("calls=253,")
