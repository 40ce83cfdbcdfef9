"""A local user holds the TLS port with a foreign certificate, or plants a unix socket: no login comes."""

import hashlib
from collections.abc import Iterator

import pytest

from tests.support import hostile
from tests.support.debian import DebianHost
from tests.support.hostile_host import (
    LOG,
    LOGIN,
    PLACES,
    SECRETS,
    apply,
    attacked,
    heard,
    hostile_host,
    no_secret,
    recovers,
    require_password,
)
from tests.support.waiting import poll

pytestmark = pytest.mark.racing

ADMIN = "/var/lib/redis-wizard/clients/admin"
TLS_PLACES = ("127.0.0.1,6380", "::1,6380")
CERTIFICATE = ("--cert", f"{ADMIN}/client.crt", "--key", f"{ADMIN}/client.key", "--cacert", f"{ADMIN}/ca.crt")
ADMINISTRATOR = ("--user", "admin", "--password-file", SECRETS, *CERTIFICATE)
NEW = "openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key.pem -subj /CN=localhost 2>/dev/null"
SAN = "subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1"
FOREIGN = {
    "self-signed": f"{NEW} -x509 -addext {SAN} -out cert.pem",
    "another authority": f"""
{NEW.replace("key.pem", "ca-key.pem")} -x509 -subj '/CN=redis-wizard CA' -out ca.pem
{NEW} -addext {SAN} -out request.pem
openssl x509 -req -in request.pem -CA ca.pem -CAkey ca-key.pem -copy_extensions copy -out cert.pem 2>/dev/null
""",
    "a client's own": "cp /var/lib/redis-wizard/clients/app/client.crt cert.pem; "
    "cp /var/lib/redis-wizard/clients/app/client.key key.pem",
}
"""How the attacker comes by a certificate; a client's own is signed by the right authority."""
SHARED = "/tmp/redis.sock"  # noqa: S108 - the very place that anybody can plant something in
SOCKETS = {
    "by the service account": ("redis", "/run/redis/redis.sock", "->/run/redis/redis.sock"),
    "by the service account behind a link": ("redis", "/run/redis/redis.sock", "/run/redis/redis.sock->/run/redis/own"),
    "in a directory for everybody": ("op", SHARED, f"->{SHARED}"),
    "in a directory for everybody behind a link": ("op", SHARED, f"{SHARED}->/home/op/own"),
}
"""Who plants it, which path the configuration names, what is planted."""


@pytest.fixture
def host(request: pytest.FixtureRequest) -> Iterator[DebianHost]:
    name = hashlib.sha256(request.node.name.encode()).hexdigest()[:6]
    with hostile_host(f"hostile-{name}") as made:
        yield made


@pytest.fixture(scope="module")
def applied() -> Iterator[DebianHost]:
    with hostile_host("hostile-tls") as made:
        assert apply(made) == 0
        yield made


@pytest.fixture
def hardened(applied: DebianHost) -> Iterator[DebianHost]:
    """Give a host after an apply on which nothing was heard so far; each attack leaves it as hardened as it was."""
    applied.shell(f"rm -f {LOG}")
    yield applied
    recovers(applied)
    assert applied.run("redis-wizard", "plan", "--detailed-exitcode", *ADMINISTRATOR[:4], check=False).returncode == 0


def speaks(host: DebianHost, version: str, certificate: str) -> str:
    """Give the attacker a certificate, and say how it speaks."""
    script = f"cd $(mktemp -d); {FOREIGN[certificate]}\ncat cert.pem key.pem >/home/op/foreign.pem"
    host.shell(f"{script}; chown op /home/op/foreign.pem")
    return f"{version}=/home/op/foreign.pem"


def look(host: DebianHost, *options: str, commands: tuple[str, ...] = ("check", "plan", "detect")) -> None:
    """Read what there is, with a login, while the server is stopped: nothing logs in, and nothing starts."""
    for command in commands:
        said = host.wizard(command, *options, check=False)
        assert said.returncode in {0, 1, 2}, said.stderr
        assert "Traceback" not in said.stderr
        assert said.stdout + said.stderr
    assert host.shell("systemctl is-active redis-server || :").strip() == "inactive"


@pytest.mark.parametrize(
    ("version", "certificate"),
    [
        ("tls1.2", "self-signed"),
        ("tls1.3", "self-signed"),
        ("tls1.2", "another authority"),
        ("tls1.3", "another authority"),
        ("tls1.3", "a client's own"),
    ],
)
def test_a_foreign_certificate_gets_no_login_while_the_server_is_stopped(
    hardened: DebianHost, version: str, certificate: str
) -> None:
    hardened.shell("systemctl stop redis-server")
    with attacked(hardened, speaks(hardened, version, certificate), *TLS_PLACES):
        poll(lambda: heard(hardened).count("got ") == len(TLS_PLACES))
        look(hardened, *ADMINISTRATOR)
        for address in ("127.0.0.1", "::1", "localhost"):
            look(hardened, *ADMINISTRATOR, "--host", address, "--port", "6380", "--tls", commands=("check",))
        no_secret(hardened)
        careless = f"redis-cli -p 6380 --tls --insecure {' '.join(CERTIFICATE[:4])} ping || :"
        hardened.shell(careless)
        assert hostile.SHOWN in heard(hardened), "the attacker would have heard nothing anyway"
    hardened.shell("systemctl start redis-server")


@pytest.mark.parametrize(
    ("version", "certificate"),
    [("tls1.2", "self-signed"), ("tls1.3", "another authority"), ("tls1.3", "a client's own")],
)
def test_a_foreign_certificate_gets_no_login_in_the_gap_of_a_restart(
    hardened: DebianHost, version: str, certificate: str
) -> None:
    hardened.shell(f"redis-wizard answers init {' '.join(ADMINISTRATOR)} >/root/answers.toml")
    hardened.shell("sed -i 's/^open_files = .*/open_files = 70000/' /root/answers.toml")
    with attacked(hardened, speaks(hardened, version, certificate), *TLS_PLACES):
        given = ("--yes", "--confirm-within", "0", "--answers", "/root/answers.toml", *ADMINISTRATOR)
        ended = hardened.run("timeout", "60", "redis-wizard", "apply", *given, check=False, seconds=90)
        assert ended.returncode != 0, ended.stderr
        no_secret(hardened)
    recovers(hardened)
    assert "70000" not in hardened.shell("cat /etc/systemd/system/redis-server.service.d/* 2>/dev/null || :")


def test_an_answered_tls_port_that_is_taken_is_refused_before_the_first_change(host: DebianHost) -> None:
    host.shell("redis-wizard answers init >/root/answers.toml")
    before = host.shell("sha256sum /etc/redis/redis.conf")
    with attacked(host, speaks(host, "tls1.3", "self-signed"), *TLS_PLACES):
        poll(lambda: heard(host).count("got ") == len(TLS_PLACES))
        assert apply(host, "--answers", "/root/answers.toml") != 0
        no_secret(host)
    assert host.shell("sha256sum /etc/redis/redis.conf") == before
    recovers(host)


@pytest.mark.parametrize("planted", SOCKETS)
def test_a_planted_unix_socket_gets_no_login(host: DebianHost, planted: str) -> None:
    user, path, place = SOCKETS[planted]
    require_password(host)
    host.shell(f"printf 'unixsocket {path}\\nunixsocketperm 770\\n' >>/etc/redis/redis.conf")
    host.shell("systemctl restart redis-server; sleep 1")
    with attacked(host, "hold", place, user=user):
        poll(lambda: "got " in heard(host))
        for command in ("check", "plan", "detect"):
            host.wizard(command, *LOGIN, check=False)
        host.wizard("check", *LOGIN, "--socket", path, check=False)
        no_secret(host)
        apply(host, *LOGIN)
        no_secret(host)
        host.shell("systemctl stop redis-server; sleep 1")
        look(host, *LOGIN)
        look(host, *LOGIN, "--socket", path, commands=("check",))
        no_secret(host)
    host.shell("systemctl start redis-server")
    recovers(host)


@pytest.mark.parametrize("place", PLACES)
def test_the_operators_login_is_kept_from_the_port_of_a_stopped_server(host: DebianHost, place: str) -> None:
    require_password(host)
    host.shell("systemctl stop redis-server")
    with attacked(host, "hold", place):
        poll(lambda: "got " in heard(host))
        look(host, *LOGIN)
        look(host, *LOGIN, "--host", place.partition(",")[0], commands=("check", "plan"))
        no_secret(host)
    host.shell("systemctl start redis-server")
    recovers(host)
