"""Detection against real servers of every build, and against real TLS."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

import pytest
import redis

from tests.support.certificate_set import authority, leaf, store
from tests.support.own_servers import OwnServers
from tests.support.servers import SERVERS, Server, ask, need, running
from wizard.config import ResolvedConfig
from wizard.detect.collect import Detection, collect
from wizard.model.change import CertificateRole
from wizard.model.facts.configuration import AclFacts, ConfigFacts, NameSample
from wizard.model.facts.instance import Instance
from wizard.model.facts.live import OWN_CALLS, LiveServer
from wizard.model.facts.service import Role
from wizard.model.facts.unreadable import MASK, Unreadable
from wizard.model.login import Endpoint, Login
from wizard.model.network import Listener, ProbeAnswer
from wizard.model.value import Secret, to_json
from wizard.sandbox.ports import free_port
from wizard.server.tls_trials import try_tls

pytestmark = pytest.mark.server

PASSWORD = "pl4nted-5ecret"
NOW = datetime.now(UTC)


@pytest.fixture(params=list(SERVERS))
def server(request: pytest.FixtureRequest) -> Server:
    return need(request.param)


@contextmanager
def started(server: Server, tmp_path: Path, conf: str, *arguments: str) -> Iterator[Path]:
    """A server whose file names its socket; gives its directory."""
    text = f"port 0\nunixsocket {tmp_path}/s\n{conf}"
    with running(server, text, tmp_path, arguments=arguments) as (path, _):
        assert path.parent == tmp_path
        yield tmp_path


def look(directory: Path, login: Login | None = None) -> Detection:
    return collect(OwnServers(), config=PurePosixPath(directory / "test.conf"), login=login)


def first(directory: Path, login: Login | None = None) -> Instance:
    return look(directory, login).facts.instances[0]


def live(instance: Instance) -> LiveServer:
    assert isinstance(instance.live, LiveServer), instance.live
    return instance.live


def test_no_call_of_a_look_is_taken_for_a_clients(server: Server, tmp_path: Path) -> None:
    with started(server, tmp_path, "user shop on >secret ~shop:* +@read\n") as directory:
        look(directory)
        assert {*live(first(directory)).command_calls} <= OWN_CALLS


def test_finds_the_server_of_a_file_and_reads_what_it_says(server: Server, tmp_path: Path) -> None:
    with started(server, tmp_path, "maxmemory 64mb\ntimeout 5\n") as directory:
        ask(directory / "s", "SET", "a", "1")
        instance = first(directory)
    assert instance.name == str(directory / "test.conf")
    assert (instance.flavour, instance.version, instance.binary) == (server.flavour, server.version, server.binary)
    assert instance.tls_build is server.tls
    assert instance.process is not None
    told = live(instance)
    assert (told.version, told.role, told.user, told.keys) == (server.version, Role.STANDALONE, "default", 1)
    assert (told.config["maxmemory"], told.config["timeout"]) == (str(64 << 20), "5")
    assert told.command_calls["set"] == 1
    assert told.endpoint == str(directory / "s")
    assert told.unreadable == ()
    assert [listener.address for listener in instance.listeners] == [str(directory / "s")]
    assert [each.answer for each in instance.probes] == [ProbeAnswer.OPEN]
    assert isinstance(instance.config, ConfigFacts)
    assert instance.config.problems == ()


def test_a_file_that_does_not_name_the_socket_is_joined_by_what_the_server_says(server: Server, tmp_path: Path) -> None:
    with running(server, "timeout 5\n", tmp_path) as (path, process):
        facts = look(path.parent).facts
    instance = facts.instances[0]
    assert instance.name == str(path.parent / "test.conf")
    assert instance.process is not None
    assert instance.process.pid == process.pid
    assert [each.name for each in facts.instances].count(instance.name) == 1


def test_without_its_password_it_says_so_and_shows_none(server: Server, tmp_path: Path) -> None:
    with started(server, tmp_path, f"requirepass {PASSWORD}\n") as directory:
        instance = first(directory)
    assert isinstance(instance.live, Unreadable)
    assert "give a user and its password" in instance.live.why
    assert [each.answer for each in instance.probes] == [ProbeAnswer.NEEDS_LOGIN]
    assert isinstance(instance.config, ConfigFacts)
    assert ResolvedConfig.from_facts(instance.config).next_start("requirepass") == (MASK,)


def test_a_login_that_the_server_does_not_know_does_not_hide_an_open_server(server: Server, tmp_path: Path) -> None:
    with started(server, tmp_path, "") as directory:
        found = live(first(directory, Login("admin", Secret(PASSWORD))))
    assert found.user == "default"


def test_no_secret_of_a_server_reaches_the_facts(server: Server, tmp_path: Path) -> None:
    conf = f"requirepass {PASSWORD}\nmasterauth {PASSWORD}2\nuser app on >{PASSWORD}3 ~app:* +@read\n"
    with started(server, tmp_path, conf, "--masterauth", f"{PASSWORD}4") as directory:
        detection = look(directory, Login(password=Secret(PASSWORD)))
    told = live(detection.facts.instances[0])
    assert (told.config["requirepass"], told.config["masterauth"]) == (MASK, MASK)
    assert any(line.startswith("user app on") and "#~" in line for line in told.acl)
    assert "5ecret" not in to_json(detection.facts)
    assert "5ecret" not in repr(detection)


def test_a_user_with_few_rights_sees_what_it_may(server: Server, tmp_path: Path) -> None:
    conf = f"user look on >{PASSWORD} -@all +ping +info\n"
    with started(server, tmp_path, conf) as directory:
        told = live(first(directory, Login("look", Secret(PASSWORD))))
    assert (told.user, told.version) == ("look", server.version)
    assert (told.config, told.acl, told.clients) == ({}, (), ())
    refused = {"CONFIG GET", "ACL LIST", "CLIENT LIST", "COMMAND INFO"}
    assert {each.what for each in told.unreadable} == refused


def test_a_client_that_has_gone_is_known_by_acl_log(server: Server, tmp_path: Path) -> None:
    conf = f"user cron on >{PASSWORD} ~cron:* +get\nuser other on >{PASSWORD} ~* +get\n"
    with started(server, tmp_path, conf) as directory:
        for user, password in (("cron", PASSWORD), ("other", "wrong")):
            client = redis.Redis(unix_socket_path=f"{directory}/s", username=user, password=password)
            with client, pytest.raises((redis.exceptions.NoPermissionError, redis.exceptions.AuthenticationError)):
                client.get("foreign")
        told = live(first(directory))
    assert told.clients == ()
    assert {(group.user, group.address) for group in told.refused} == {("cron", "unix")}


def test_tells_the_first_parts_of_keys_and_channels_and_no_name(server: Server, tmp_path: Path) -> None:
    with started(server, tmp_path, "databases 4\n") as directory:
        for database, name in ((0, "shop:secret-of-a-customer"), (3, "cart:9"), (3, "1234")):
            with redis.Redis(unix_socket_path=f"{directory}/s", db=database) as client:
                client.set(name, "x")
        with redis.Redis(unix_socket_path=f"{directory}/s") as client, client.pubsub() as reader:
            reader.subscribe("news:today")
            reader.get_message(timeout=10)
            instance = first(directory)
    told = live(instance)
    assert told.key_names == NameSample(patterns=("cart:*", "shop:*"), names=3, unnamed=1)
    assert told.channel_names == NameSample(patterns=("news:*",), names=1)
    assert "customer" not in to_json(instance)


def test_names_the_commands_that_are_renamed_away(server: Server, tmp_path: Path) -> None:
    with started(server, tmp_path, 'rename-command FLUSHALL ""\nrename-command DEBUG hidden-name\n') as directory:
        assert live(first(directory)).missing_commands == ("flushall", "debug")


def test_reads_the_users_of_an_acl_file(server: Server, tmp_path: Path) -> None:
    (tmp_path / "users.acl").write_text(f"user default on nopass ~* &* +@all\nuser app on >{PASSWORD} ~app:* +@read\n")
    with started(server, tmp_path, f"aclfile {tmp_path}/users.acl\n") as directory:
        detection = look(directory)
    acl = detection.facts.instances[0].acl
    assert isinstance(acl, AclFacts)
    assert len(acl.lines) == 2
    assert PurePosixPath(tmp_path / "users.acl") in detection.sources.paths()


def test_two_servers_know_of_each_other(tmp_path: Path) -> None:
    server = need("r74")
    port = free_port()
    one, two = tmp_path / "1", tmp_path / "2"
    one.mkdir()
    two.mkdir()
    with started(server, one, "", "--port", str(port)), started(server, two, f"replicaof 127.0.0.1 {port}\n"):
        assert live(first(two)).role is Role.REPLICA
        assert live(first(two)).primary == f"127.0.0.1:{port}"
        primary = live(first(one))
        while primary.role is not Role.PRIMARY:  # The replica connects once a second; the test's own limit ends it.
            primary = live(first(one))
        assert [group.replica for group in primary.clients] == [True]


def test_a_password_is_sent_to_the_server_that_is_meant_and_to_no_other(tmp_path: Path) -> None:
    server = need("r74")
    one, two = tmp_path / "1", tmp_path / "2"
    one.mkdir()
    two.mkdir()
    with started(server, one, f"requirepass {PASSWORD}\n"), started(server, two, ""):
        assert live(first(one, Login(password=Secret(PASSWORD)))).user == "default"
        look(one, Login("nobody", Secret(PASSWORD)))
        told = live(first(two))
    assert "auth" not in told.command_calls
    assert told.command_calls["ping"] >= 1


def test_an_endpoint_alone_chooses_the_server_that_gets_the_login(tmp_path: Path) -> None:
    server = need("r74")
    one, two = tmp_path / "1", tmp_path / "2"
    one.mkdir()
    two.mkdir()
    with started(server, one, f"requirepass {PASSWORD}\n"), started(server, two, f"requirepass {PASSWORD}\n"):
        place = Endpoint(socket=PurePosixPath(one / "s"))
        facts = collect(OwnServers(), login=Login(password=Secret(PASSWORD)), endpoint=place).facts
    reached = [each.live.endpoint for each in facts.instances if isinstance(each.live, LiveServer)]
    assert reached.count(str(one / "s")) == 1
    assert str(two / "s") not in reached


# --- TLS -------------------------------------------------------------------------------------------

TLS = [key for key, each in SERVERS.items() if each.tls]


@contextmanager
def encrypted(server: Server, tmp_path: Path, conf: str = "") -> Iterator[tuple[Path, int]]:
    port = free_port()
    certificate, key = store(tmp_path, "server", leaf(now=NOW, by=authority("CA", now=NOW)))
    (tmp_path / "ca.crt").write_bytes(authority("CA", now=NOW).certificate)
    text = (
        f"port 0\ntls-port {port}\nbind 127.0.0.1\ntls-cert-file {certificate}\ntls-key-file {key}\n"
        f'tls-ca-cert-file {tmp_path}/ca.crt\ntls-protocols "TLSv1.2 TLSv1.3"\nunixsocket {tmp_path}/s\n{conf}'
    )
    with running(server, text, tmp_path) as (path, _):
        yield path.parent, port


@pytest.mark.parametrize("key", TLS)
def test_tells_what_a_stranger_meets_at_a_tls_port(key: str, tmp_path: Path) -> None:
    with encrypted(need(key), tmp_path) as (directory, port):
        instance = first(directory)
    (tls,) = [each for each in instance.probes if each.tls]
    assert (tls.port, tls.answer) == (port, ProbeAnswer.NEEDS_CERTIFICATE)
    assert (instance.tls.key_matches, instance.tls.chain_valid) == (True, True)
    assert instance.tls.certificates[0].names == ("DNS:localhost", "IP:127.0.0.1", "IP:::1")


@pytest.mark.parametrize("key", TLS)
def test_tells_versions_and_certificate_of_a_port_that_wants_none(key: str, tmp_path: Path) -> None:
    with encrypted(need(key), tmp_path, "tls-auth-clients no\n") as (_, port):
        found = try_tls(Listener(address="127.0.0.1", port=port, pid=0, process=""))
    assert found.answer is ProbeAnswer.OPEN
    assert found.tls_versions == ("TLSv1.2", "TLSv1.3")
    assert len(found.certificate) == 64


@pytest.mark.parametrize("key", TLS)
def test_asks_by_tls_with_the_certificate_that_it_is_given(key: str, tmp_path: Path) -> None:
    with encrypted(need(key), tmp_path, f"requirepass {PASSWORD}\nunixsocketperm 0\n") as (directory, port):
        (directory / "s").unlink()
        pair = leaf(CertificateRole.CLIENT, now=NOW, by=authority("CA", now=NOW))
        certificate, client_key = store(tmp_path, "client", pair)
        login = Login(password=Secret(PASSWORD), certificate=PurePosixPath(certificate), key=PurePosixPath(client_key))
        told = live(first(directory, login))
        closed = first(directory).live
    assert told.endpoint == f"127.0.0.1:{port} tls"
    assert isinstance(closed, Unreadable)
    assert "certificate" in closed.why
