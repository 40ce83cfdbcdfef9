"""A local user's relay before the TLS port: it gets no password, whether it passes TLS on or ends it itself."""

import re
from collections.abc import Iterator

import pytest

from tests.support.debian import PROJECT, DebianHost
from tests.support.hostile_host import LOG, SECRETS, apply, beside, hostile_host
from tests.support.waiting import poll

ADMIN = "/var/lib/redis-wizard/clients/admin"
LOGIN = ("--user", "admin", "--password-file", SECRETS)
CERTIFICATE = ("--cert", f"{ADMIN}/client.crt", "--key", f"{ADMIN}/client.key")
AUTHORITY = ("--cacert", f"{ADMIN}/ca.crt")
RELAYED = ("--host", "127.0.0.1", "--port", "7000", "--tls")
FOREIGN = (
    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost "
    "-addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout /root/key -out /root/crt 2>/dev/null; "
    "cat /root/crt /root/key >/home/op/pem"
)
OWN = "cat /etc/redis/certs/server.crt /etc/redis/certs/server.key >/home/op/pem"
"""The server's, stolen."""


@pytest.fixture(scope="module")
def host() -> Iterator[DebianHost]:
    with hostile_host("tls-relays") as made:
        assert apply(made) == 0
        made.copy_to(PROJECT / "tests" / "support" / "relay.py", "/opt/relay.py")
        yield made


def ask(host: DebianHost, command: str, *options: str, certificate: str = "") -> tuple[int, str, str]:
    """Run a command through the relay; return how it ended, what it said, and what the relay heard from it."""
    host.shell(f"rm -f {LOG} /home/op/pem; {certificate or ':'}; test ! -e /home/op/pem || chown op /home/op/pem")
    own = ("/home/op/pem",) if certificate else ()
    program = ("python3", "-I", "/opt/relay.py", LOG, "7000", "6380", *own)
    with beside(host, "runuser", "-u", "op", "--", *program):
        poll(lambda: ":7000" in host.shell("ss -Hltn"), "the relay never listened")
        done = host.wizard(command, *RELAYED, *LOGIN, *CERTIFICATE, *options, check=False)
        heard = host.shell(f"tr -c '[:print:]' '.' <{LOG}")
    for secret in re.findall(r'= "([^"]+)"', host.shell(f"cat {SECRETS}")):
        assert secret[:12] not in heard
    return done.returncode, " ".join((done.stdout + done.stderr).split()), heard


@pytest.mark.parametrize("certificate", ["", FOREIGN, OWN], ids=["passes on", "foreign", "stolen"])
def test_without_the_authority_nothing_goes_to_a_relay(host: DebianHost, certificate: str) -> None:
    status, said, heard = ask(host, "plan", certificate=certificate)
    assert (status, heard) == (1, "")
    assert "so no login is sent" in said


def test_a_relay_with_a_foreign_certificate_gets_no_login(host: DebianHost) -> None:
    status, said, heard = ask(host, "plan", *AUTHORITY, certificate=FOREIGN)
    assert (status, heard) == (1, "")
    assert "certificate" in said


def test_with_the_authority_the_password_goes_through_encrypted(host: DebianHost) -> None:
    _, said, heard = ask(host, "check", *AUTHORITY)
    assert "cannot log in" not in said
    assert heard, "it did not go through the relay"
