"""Commands that ask a server of this host are found in units, timers and cron, and nothing secret of them is kept."""

from pathlib import PurePosixPath

import pytest

from tests.support.facts_builder import instance, unit
from tests.support.memory_host.host import MemoryHost
from wizard.detect.machine.client_commands import read_client_commands
from wizard.detect.machine.scheduled import scheduled
from wizard.detect.reader import Reader
from wizard.model.facts.host import ClientCommand

PASSWORD = "s3cret-of-the-test"


def found(made: MemoryHost) -> list[ClientCommand]:
    reader = Reader(made)
    server = instance(unit=unit(name="redis-server.service"))
    commands = read_client_commands(reader, tuple(scheduled(reader)), [server])
    assert PASSWORD not in repr(commands)
    return list(commands)


def cron(line: str) -> list[ClientCommand]:
    made = MemoryHost()
    made.put(PurePosixPath("/etc/cron.d/x"), f"0 * * * * root {line}\n".encode())
    return found(made)


@pytest.mark.parametrize(
    ("line", "server", "user", "command"),
    [
        ("redis-cli FLUSHALL", "6379", "", "flushall"),
        (f"redis-cli -a {PASSWORD} -p 6380 --tls --cert /c --key /k BGSAVE", "6380", "", "bgsave"),
        (f"REDISCLI_AUTH={PASSWORD} /usr/bin/redis-cli -h localhost -n 2 keys '*' > /tmp/x", "6379", "", "keys"),
        (f"valkey-cli -s /run/valkey/v.sock --user ops --pass {PASSWORD} save", "/run/valkey/v.sock", "ops", "save"),
        ("sleep 1; redis-cli -h 127.0.0.1 --rdb /backup/dump.rdb && echo done", "6379", "", "sync"),
        (f'bash -c "redis-cli -p 7001 --no-auth-warning -a {PASSWORD} shutdown nosave"', "7001", "", "shutdown"),
        ("redis-cli info | grep used_memory", "6379", "", "info"),
        ("redis-cli --scan | xargs redis-cli del", "6379", "", "scan"),
        ("redis-cli <commands.txt", "6379", "", ""),
        (f"redis-cli {PASSWORD}", "6379", "", ""),
    ],
)
def test_a_command_of_cron_is_read(line: str, server: str, user: str, command: str) -> None:
    first, *_ = cron(line)
    assert (first.source, first.server, first.user, first.command) == ("/etc/cron.d/x:1", server, user, command)


@pytest.mark.parametrize(
    "line",
    [
        "redis-cli -h db2.example.org ping",
        "redis-cli -p $PORT ping",
        "redis-cli -u redis://db2:6379 ping",
        "redis-server --port 1",
    ],
)
def test_a_server_elsewhere_or_one_that_is_not_known_is_left_out(line: str) -> None:
    assert cron(line) == []


def test_the_units_of_a_server_are_read_with_their_scripts_and_drop_ins() -> None:
    made = MemoryHost()
    made.put(
        PurePosixPath("/usr/lib/systemd/system/redis-server.service"), b"[Service]\nExecStart=/usr/bin/redis-server\n"
    )
    drop_in = PurePosixPath("/etc/systemd/system/redis-server.service.d/stop.conf")
    made.put(drop_in, b"[Service]\nExecStop=/bin/redis-cli -p 6379 shutdown\nExecStopPost=-/usr/local/bin/after.sh\n")
    made.put(
        PurePosixPath("/usr/local/bin/after.sh"),
        b"#!/bin/sh\nredis-cli -p 26379 \\\n  sentinel failover m\n",
        mode=0o755,
    )
    assert {each.source: each.command for each in found(made)} == {
        "redis-server.service (ExecStop)": "shutdown",
        "redis-server.service (ExecStopPost)": "sentinel",
    }
