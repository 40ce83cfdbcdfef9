"""Certificates on a real host: renewed before they expire, and issued by a new authority, while clients stay."""

from collections.abc import Iterator

import pytest

from tests.support.debian import DebianHost, debian_host
from tests.support.host_state import FILES

LOGIN = ("--user", "admin", "--password-file", "/root/secrets.toml")
STATE = "/var/lib/redis-wizard"
CERTS = "/etc/redis/certs"
CLIENT = """
import os, sys, time, tomllib
sys.path[:0] = ["/opt/packages"]
import redis
password = tomllib.load(open("/root/secrets.toml", "rb"))["passwords"]["app"]
place = sys.argv[1]
client = redis.Redis(host="127.0.0.1", port=6380, username="app", password=password, ssl=True, ssl_cert_reqs="required",
    ssl_ca_certs=place + "/ca.crt", ssl_certfile=place + "/client.crt", ssl_keyfile=place + "/client.key",
    single_connection_client=True)
pid = client.client_id()
number, deadline = 0, time.monotonic() + 300
while not os.path.exists("/run/leave"):
    assert time.monotonic() < deadline
    number += 1
    client.set("app:beat", number)
    open("/run/beat", "w").write(str(number))
    assert client.client_id() == pid, "connected again"
    time.sleep(0.05)
print("stayed")
"""
EXPIRING = """
import sys
sys.path[:0] = ["/opt/packages"]
from datetime import datetime, timedelta
from pathlib import Path
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
path, now = Path("/etc/redis/certs/server.crt"), datetime.now()
old = x509.load_pem_x509_certificate(path.read_bytes())
key = serialization.load_pem_private_key(Path("/var/lib/redis-wizard/ca/ca.key").read_bytes(), None)
made = (x509.CertificateBuilder().subject_name(old.subject).issuer_name(old.issuer).public_key(old.public_key())
    .serial_number(7).not_valid_before(now - timedelta(days=390)).not_valid_after(now + timedelta(days=6, hours=12)))
for each in old.extensions:
    made = made.add_extension(each.value, each.critical)
path.write_bytes(made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
"""
"""The same certificate, of the same key and authority, that expires within a week."""


@pytest.fixture(scope="module")
def host() -> Iterator[DebianHost]:
    with debian_host("certificates") as booted:
        booted.wizard("apply", "--yes", "--quiet", "--secrets-to", "/root/secrets.toml")
        booted.run("sh", "-c", f"cat >/root/client.py <<'END'\n{CLIENT}\nEND")
        yield booted


def served(host: DebianHost, authority: str = f"{CERTS}/ca.crt", client: str = f"{STATE}/clients/app") -> str:
    """Shake hands as a client that trusts this file, and give serial and issuer of the server's certificate."""
    files = f"-cert {client}/client.crt -key {client}/client.key -CAfile {authority}"
    command = f"openssl s_client -connect 127.0.0.1:6380 {files} -verify_return_error </dev/null 2>/dev/null"
    return host.shell(f"{command} | openssl x509 -noout -serial -issuer")


def connected(host: DebianHost, place: str) -> None:
    """Have a client write all the time through one connection, and return when it does."""
    host.shell(f"rm -f /run/beat /run/stayed /run/leave; python3 /root/client.py {place} >/run/stayed 2>&1 &")
    host.shell("for i in $(seq 300); do test -s /run/beat && exit 0; sleep 0.1; done; cat /run/stayed; exit 1")


def stayed(host: DebianHost) -> str:
    """Have the client leave, and give what it says: ``stayed`` where its first connection was its only one."""
    host.shell("touch /run/leave")
    return host.shell("for i in $(seq 300); do test -s /run/stayed && break; sleep 0.1; done; cat /run/stayed").strip()


def test_without_root_it_is_said_that_some_are_not_shown(host: DebianHost) -> None:
    done = host.run("runuser", "-u", "nobody", "--", "redis-wizard", "cert", "show")
    assert "run as root to see every one" in done.stderr
    assert "ca.key" not in done.stdout


def test_nothing_is_renewed_before_it_is_due(host: DebianHost) -> None:
    before = host.shell(FILES)
    assert "no certificate expires soon" in host.wizard("cert", "renew", "--yes", *LOGIN).stdout
    assert host.shell(FILES) == before


def test_a_renewal_is_served_at_once_and_no_client_is_disconnected(host: DebianHost) -> None:
    before = served(host)
    connected(host, f"{STATE}/clients/app")
    done = host.wizard("cert", "renew", "server", "--yes", *LOGIN)
    assert f"{CERTS}/server.crt is served by 127.0.0.1:6380 tls" in done.stderr
    assert served(host) != before
    assert stayed(host) == "stayed"
    assert host.shell(f"stat -c '%U:%G %a' {CERTS}/server.key") == "root:redis 640\n"


def test_a_rollback_serves_the_earlier_certificate_again(host: DebianHost) -> None:
    before = served(host)
    host.wizard("cert", "renew", "server", "--yes", *LOGIN)
    host.wizard("rollback", "--yes", *LOGIN)
    assert served(host) == before


def test_the_timer_renews_what_expires_soon(host: DebianHost) -> None:
    host.run("python3", "-I", "-c", EXPIRING)
    host.shell("systemctl restart redis-server")
    assert "6 days renew" in host.wizard("cert", "show", *LOGIN).stdout
    assert "serial=07" in served(host)
    connected(host, f"{STATE}/clients/app")
    host.wizard("timer", "install", "renew", *LOGIN)
    host.shell("systemctl start redis-wizard-renew.service")
    assert "serial=07" not in served(host)
    assert "renew" not in host.wizard("cert", "show", *LOGIN).stdout
    assert stayed(host) == "stayed"


def test_a_key_that_is_no_authoritys_changes_nothing(host: DebianHost) -> None:
    host.shell(
        f"cp {STATE}/ca/ca.key /root/ca.key; openssl ecparam -name prime256v1 -genkey -noout -out {STATE}/ca/ca.key"
    )
    before, files = served(host), host.shell(FILES)
    done = host.wizard("cert", "renew", "server", "--yes", *LOGIN, check=False)
    assert done.returncode != 0
    assert "does not belong to the CA certificate" in done.stderr
    assert served(host) == before
    assert host.shell(FILES) == files
    host.shell(f"cp /root/ca.key {STATE}/ca/ca.key")


def test_a_client_gets_a_certificate_that_logs_it_in(host: DebianHost) -> None:
    host.wizard("cert", "issue", "reports", "--yes", *LOGIN)
    assert host.shell(f"stat -c '%U %a' {STATE}/clients/reports/client.key") == "root 600\n"
    assert served(host, client=f"{STATE}/clients/reports")
    done = host.wizard("cert", "issue", "other", "--name", "db2.example.org", "--yes", "--stdout", *LOGIN)
    assert done.stdout.startswith("-----BEGIN PRIVATE KEY-----\n")
    assert done.stdout.count("-----BEGIN") == 3
    assert "PRIVATE KEY" not in done.stderr


def test_a_new_authority_takes_over_with_both_trusted_in_between(host: DebianHost) -> None:
    former = "/root/former"
    host.shell(f"cp -r {STATE}/clients/app {former}")
    connected(host, former)
    assert "authority trust" in " ".join(host.wizard("cert", "authority", *LOGIN).stdout.split())
    host.wizard("cert", "authority", "trust", "--yes", *LOGIN)
    # A client that has nothing of it yet is served as before.
    before = served(host, authority=f"{former}/ca.crt", client=former)
    assert "takes over" in host.wizard("cert", "renew", "--yes", *LOGIN, check=False).stderr
    assert host.wizard("plan", "--detailed-exitcode", *LOGIN).returncode == 0
    said = host.wizard("cert", "authority", "issue", "--yes", *LOGIN).stdout
    assert "cert authority drop" in " ".join(said.split())
    assert served(host) != before
    # A client with the former certificate and the new file of authorities is let in, and the other way round.
    assert served(host, client=former) == served(host)
    host.wizard("cert", "authority", "drop", "--yes", *LOGIN)
    assert host.shell(f"grep -c BEGIN {CERTS}/ca.crt") == "1\n"
    assert served(host, authority=f"{STATE}/clients/app/ca.crt")
    assert stayed(host) == "stayed"
    # With TLS 1.3 the refusal comes after the handshake: the input stays open for it.
    refused = host.run("sh", "-euc", f"sleep 5 | openssl s_client -connect 127.0.0.1:6380 -cert {former}/client.crt "
        f"-key {former}/client.key -CAfile {CERTS}/ca.crt 2>&1", check=False)  # fmt: skip
    assert "alert" in refused.stdout
    assert "Nothing to change" in host.wizard("plan", *LOGIN).stdout


def test_a_rollback_of_every_step_gives_the_former_authority_back(host: DebianHost) -> None:
    seen = f"sha256sum {STATE}/ca/* {CERTS}/*"
    before = host.shell(seen)
    for step in ("trust", "issue", "drop"):
        host.wizard("cert", "authority", step, "--yes", *LOGIN)
    assert host.shell(f"stat -c %a {STATE}/ca/ca.key") == "600\n"
    for _ in range(3):
        host.wizard("rollback", "--yes", *LOGIN)
    assert host.shell(seen) == before


def test_a_rollback_of_the_last_step_trusts_both_again(host: DebianHost) -> None:
    for step in ("trust", "issue", "drop"):
        host.wizard("cert", "authority", step, "--yes", *LOGIN)
    host.wizard("rollback", "--yes", *LOGIN)
    assert host.shell(f"grep -c BEGIN {CERTS}/ca.crt") == "2\n"
    assert "authority drop" in " ".join(host.wizard("cert", "authority", *LOGIN).stdout.split())
    host.wizard("cert", "authority", "drop", "--yes", *LOGIN)
    assert host.shell(f"grep -c BEGIN {CERTS}/ca.crt") == "1\n"
