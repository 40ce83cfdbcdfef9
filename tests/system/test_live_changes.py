"""On real hosts a hardened server takes what it accepts without a restart, and its port without TLS drains."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.support.debian import TESTHOST, DebianHost, debian_host
from tests.support.pinger import Seen, pinging

SECRETS = "/root/secrets.toml"
ANSWERS = "/root/answers.toml"
LOGIN = ("--user", "admin", "--password-file", SECRETS)
HELD = "import socket, time; link = socket.create_connection(('127.0.0.1', 6379)); time.sleep(600)"
"""A client by the port without TLS."""

OTHERS = {
    "maxmemory": '"64mb"',
    "policy": '"allkeys-lru"',
    "purpose": '"cache-recent"',
    "slow_log_length": "99",
    "timeout_seconds": "999",
    "max_clients": "999",
    "durability": '"always"',
    "client_certificates": '"optional"',
    "keyspace_events": '"KEA"',
}
"""Answers that a running server can follow."""


@dataclass(frozen=True)
class Place:
    """A hardened host."""

    host: DebianHost
    unit: str

    @property
    def socket(self) -> str:
        """Where programs of the host come in."""
        name = self.unit.removesuffix("-server")
        return f"/run/{name}/{name}.sock"

    def life(self) -> str:
        """What tells one process of the server from the next."""
        return self.host.shell(f"systemctl show -P MainPID -P InvocationID -P NRestarts {self.unit}")

    def wizard(self, *arguments: str) -> str:
        """Run the product as the administrator."""
        return self.host.wizard(*LOGIN, *arguments).stdout

    def answer(self, name: str, value: str) -> None:
        """Change one answer of the file."""
        self.host.run("sed", "-i", f"s/^{name} = .*/{name} = {value}/", ANSWERS)

    def plan(self) -> dict[str, list[dict[str, str]]]:
        """Plan by the file."""
        planned: dict[str, list[dict[str, str]]] = json.loads(self.wizard("plan", "--answers", ANSWERS, "--json"))
        return planned

    def apply(self) -> Seen:
        """Apply the file, with a client of the host that pings all the time."""
        within = (str(TESTHOST), "exec", self.host.name, "--")
        with pinging(self.socket, user="app", secrets=SECRETS, within=within) as seen:
            self.wizard("apply", "--answers", ANSWERS, "--yes")
        return seen


@pytest.fixture(
    scope="module",
    params=[("trixie", "redis-server"), ("trixie", "valkey-server"), ("bookworm", "redis-server")],
    ids=["redis-8.0", "valkey-8.1", "redis-7.0"],
)
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    suite, package = request.param
    with debian_host(f"live-{suite}-{package.removesuffix('-server')}", "--pkg", package, suite=suite) as host:
        host.wizard("answers", "init", ANSWERS)
        host.run("sed", "-i", 's/^plaintext = .*/plaintext = "keep"/', ANSWERS)
        host.wizard("apply", "--answers", ANSWERS, "--yes", "--secrets-to", SECRETS)
        yield Place(host, package)


def test_nothing_that_a_running_server_takes_restarts_it(place: Place) -> None:
    before = place.life()
    for name, value in OTHERS.items():
        place.answer(name, value)
    assert "restart" not in {each["id"] for each in place.plan()["changes"]}
    seen = place.apply()
    assert place.life() == before
    assert (seen.failures, seen.connections) == (0, 1), seen.said
    assert not place.plan()["changes"]


def test_the_port_without_tls_waits_for_its_last_client_and_then_closes(place: Place) -> None:
    before = place.life()
    place.answer("plaintext", '"drain"')
    place.host.run("systemd-run", "--quiet", "--collect", "--unit=shop", "python3", "-c", HELD)
    come = "ss -Htn state established dport = :6379 | grep -q ."
    place.host.shell(f"for i in $(seq 100); do {come} && exit 0; sleep 0.1; done; exit 1")
    waiting = place.plan()
    assert not waiting["changes"]
    assert any("stays open" in note["text"] and "127.0.0.1" in note["text"] for note in waiting["notes"])
    place.host.shell("systemctl stop shop")
    seen = place.apply()
    assert place.life() == before
    assert (seen.failures, seen.connections) == (0, 1), seen.said
    assert "6379" not in place.host.shell("ss -Hltn")
    assert not place.plan()["changes"]
