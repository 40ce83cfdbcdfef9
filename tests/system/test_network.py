"""A host with a private and a public side, whose server listens on both, and a client that somebody needs."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import remote_clients
from tests.support.clients import cli_ping
from tests.support.debian import DebianHost, debian_host
from tests.support.host_state import picture

PUBLIC = "203.0.113.9"
SECRETS = "/root/secrets.toml"
LOGIN = ["--user", "admin", "--password-file", SECRETS]

OPEN = """
sed -i 's/^bind .*/bind * -::*/; s/^protected-mode .*/protected-mode no/' /etc/redis/redis.conf
systemctl restart redis-server
"""

PRIVATE = """
version = 1
[network]
bind = ["loopback", "interface:eth0"]
[tls]
enabled = true
plaintext = "close"
[[acl.users]]
name = "app"
role = "application"
keys = ["app:*"]
[[acl.users]]
name = "admin"
role = "administrator"
"""


@pytest.fixture
def host() -> Iterator[DebianHost]:
    with debian_host("network", "--wan", f"{PUBLIC}/24") as booted:
        booted.shell(OPEN)
        yield booted


def listening(host: DebianHost) -> set[str]:
    """Give ``address:port`` of everything the server listens on."""
    lines = host.shell("ss -Hltnp | grep redis-server || :").splitlines()
    return {line.split()[3] for line in lines}


def only_private(host: DebianHost) -> bool:
    """Say whether the server listens on this host's own and private addresses alone."""
    private = ("127.0.0.1:", "[::1]:", f"{host.address()}:", "[fd77:")
    return all(place.startswith(private) for place in listening(host))


def write(host: DebianHost, text: str) -> str:
    """Write an answers file in the host."""
    path = "/root/answers.toml"
    host.run("sh", "-euc", 'printf %s "$1" >"$2"', "-", text, path)
    return path


def test_the_recommendation_keeps_a_client_of_the_private_side(host: DebianHost) -> None:
    assert not only_private(host)
    with remote_clients.held(host, name="shop") as shop:
        plan = json.loads(host.wizard("plan", "--json").stdout)
        assert plan["answers"]["network"]["bind"] == ["loopback", f"-{host.address()}"]
        assert plan["answers"]["tls"]["plaintext"] == "drain"
        assert plan["answers"]["acl"]["default_user"] == "keep"
        assert plan["breakages"] == []
        host.wizard("apply", "--yes", "--secrets-to", SECRETS)
        assert only_private(host)
        assert {f"{host.address()}:6379", f"{host.address()}:6380"} <= listening(host)
        assert shop.ask("ping") in {"PONG", "Error: Server closed the connection"}
        assert shop.ask("ping") == "PONG"
    host.wizard("rollback", "--yes", *LOGIN)
    assert host.lab("redis-cli", "-h", host.address(), "ping").stdout.strip() == "PONG"


def test_answers_that_cut_a_client_off_name_it(host: DebianHost) -> None:
    with remote_clients.held(host, name="shop"):
        done = host.wizard("plan", "--answers", write(host, PRIVATE))
        lost = " ".join(done.stdout.split()).partition("Who loses access")[2]
        assert "(1 connection, shop, " in lost
        assert "the plaintext port" in lost
        assert "the default user is disabled" in lost
        kept = PRIVATE.replace('"close"', '"keep"') + '[acl]\ndefault_user = "keep"\n'
        plan = json.loads(host.wizard("plan", "--json", "--answers", write(host, kept)).stdout)
        (breakage,) = plan["breakages"]
        assert "shop" in breakage["who"]
        assert breakage["change"] == "directive:protected-mode"


def test_elsewhere_only_mutual_tls_by_the_private_address_comes_in(host: DebianHost, tmp_path: Path) -> None:
    host.wizard("apply", "--yes", "--answers", write(host, PRIVATE), "--secrets-to", SECRETS)
    host.copy_from(SECRETS, tmp_path / "secrets.toml")
    host.copy_from("/var/lib/redis-wizard/clients/app", tmp_path / "app")
    assert remote_clients.ping(host, "app", tmp_path) == "PONG"
    assert remote_clients.ping(host, "app", tmp_path, certificate=False) != "PONG"
    assert {place.rpartition(":")[2] for place in listening(host)} == {"6380"}
    assert only_private(host)
    host.shell(f"ip addr del {PUBLIC}/24 dev eth1")  # what is bound to no public address needs none
    host.shell("systemctl restart redis-server")
    assert remote_clients.ping(host, "app", tmp_path) == "PONG"


@pytest.mark.parametrize(
    ("word", "said"),
    [("interface:eth9", "interface eth9"), ("10.9.9.9", "10.9.9.9 is on no interface"), ("eth0", "is not an address")],
)
def test_a_place_that_the_host_lacks_is_one_sentence(host: DebianHost, word: str, said: str) -> None:
    before = picture(host)
    answers = write(host, PRIVATE.replace("interface:eth0", word))
    for command in (["plan"], ["apply", "--yes", "--secrets-to", SECRETS]):
        done = host.wizard(*command, "--answers", answers, check=False)
        assert done.returncode == 1
        assert done.stdout == ""
        (sentence,) = done.stderr.splitlines()
        assert said in sentence
    host.run("rm", answers)
    assert not picture(host).difference(before)
    assert host.run("test", "-e", SECRETS, check=False).returncode == 1


def test_the_server_starts_without_an_address_that_is_optional(host: DebianHost) -> None:
    text = PRIVATE.replace('"interface:eth0"', '"interface:eth0", "-10.9.9.9"')
    host.wizard("apply", "--yes", "--answers", write(host, text), "--secrets-to", SECRETS)
    host.reboot()
    assert cli_ping(host, "app", SECRETS) == "PONG"
    assert f"{host.address()}:6380" in listening(host)
