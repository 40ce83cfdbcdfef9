"""The decision table itself; what a plan makes of it: `test_data_loss`, what a rollback does: `tests/server`."""

from pathlib import PurePosixPath
from typing import Any

import pytest

from wizard.config import ResolvedConfig
from wizard.model.dataset import memory_pressure
from wizard.model.value import replace
from wizard.planning.risks.data_loss import TABLE, Start, data_loss_risks, told_by_info

NOTHING_SET = ResolvedConfig(lines=())
HERE, THERE = PurePosixPath("/var/lib/redis"), PurePosixPath("/srv/redis")


def start(*, now: dict[str, str] | None = None, then: dict[str, str] | None = None, **over: Any) -> Start:
    """Give a server whose next start finds what it has, but for these values."""

    def value(values: dict[str, str], name: str) -> str:
        return values[name] if name in values else NOTHING_SET.after_start(name)

    same = Start(now=lambda name: value(now or {}, name), then=lambda name: value((now or {}) | (then or {}), name))
    return replace(same, **over)


LOSSES: dict[str, list[tuple[Start, str]]] = {
    "unseen": [(start(unseen="NOAUTH"), "(NOAUTH)"), (start(unseen=""), "before it is stopped")],
    "file-name": [
        (start(then={"dbfilename": "own.rdb"}), "dbfilename 'own.rdb'"),
        (start(then={"appenddirname": "own"}), "appenddirname 'own'"),
    ],
    "directory": [(start(directory=HERE, next_directory=THERE), "its data is in /var/lib/redis")],
    "append-only": [(start(then={"appendonly": "yes"}), "it would start empty, or with old data")],
    "role": [
        (start(then={"replicaof": "10.0.0.9 6379"}), "it follows no primary now"),
        (start(now={"replicaof": "10.0.0.9 6379"}, then={"replicaof": ""}), "it would start as a primary"),
    ],
    "replicas": [
        (start(now={"save": ""}, replicas=1), "has 1 replica:"),
        (start(now={"save": "60 1"}, then={"save": ""}, replicas=2), "has 2 replicas:"),
    ],
    "databases": [(start(then={"databases": "4"}, highest_database=4), "database 4 has keys")],
    "program": [(start(running_version="8.0.2", program_version="7.4.1"), "an older server does not read")],
    "replay": [(start(now={"appendonly": "yes"}, replay_loses=True), "would be lost")],
    "memory": [
        (start(now={"maxmemory-policy": "allkeys-lru"}, then={"maxmemory": "1mb"}, used_memory=1 << 21), "1048576"),
        (start(now={"maxmemory": "1mb"}, then={"maxmemory-policy": "allkeys-lru"}, used_memory=1 << 21), "at once"),
        (start(now={"maxmemory-policy": "allkeys-lru"}, set_before={"maxmemory": "1mb"}, used_memory=1 << 21), "bytes"),
    ],
}

SAFE = {
    "the same": start(),
    "a file of the other kind": start(then={"appendfilename": "x"}, reads_append_only=False),
    "a directory that stays": start(directory=HERE),
    "an append-only file switched before": start(then={"appendonly": "yes"}, switches_append_only=True),
    "an append-only file switched off": start(now={"appendonly": "yes"}, then={"appendonly": "no"}),
    "a cluster": start(now={"cluster-enabled": "yes", "replicaof": "10.0.0.9 6379"}, then={"replicaof": ""}),
    "no primary by another word": start(then={"replicaof": "no one"}),
    "replicas of a server that saves": start(replicas=2),
    "databases that are enough": start(then={"databases": "4"}, highest_database=3),
    "a newer program": start(running_version="7.4.1", program_version="8.0.2"),
    "a version that nobody knows": start(running_version="8.0.2"),
    "no append-only file to read": start(replay_loses=True),
    "a limit that stays": start(now={"maxmemory": "1mb", "maxmemory-policy": "allkeys-lru"}, used_memory=1 << 21),
    "a limit that drops nothing": start(then={"maxmemory": "1mb"}, used_memory=1 << 21),
}


def test_every_row_has_cases() -> None:
    assert LOSSES.keys() == TABLE.keys()


@pytest.mark.parametrize("row", LOSSES)
def test_each_row_has_its_cases_and_no_other_row_has_them(row: str) -> None:
    for case, words in LOSSES[row]:
        (reason,) = data_loss_risks(case)
        assert words in reason
        assert tuple(TABLE[row](case)) == (reason,)


@pytest.mark.parametrize("name", SAFE)
def test_where_every_key_is_loaded_again_there_is_no_reason(name: str) -> None:
    assert data_loss_risks(SAFE[name]) == ()


def test_what_is_not_known_is_no_reason() -> None:
    for cases in LOSSES.values():
        for case, _ in cases:
            blind = replace(case, now=lambda _name: None, unseen=None, directory=None, running_version="", replicas=0)
            assert data_loss_risks(blind) == ()


@pytest.mark.parametrize(("limit", "drops"), [(1024, True), (1025, False), (0, False)])
def test_a_limit_above_what_is_in_use_drops_nothing(limit: int, *, drops: bool) -> None:
    assert bool(memory_pressure(limit, "allkeys-lru", 1025)) is drops
    assert memory_pressure(limit, "noeviction", 1025) is None


@pytest.mark.parametrize(
    ("info", "name", "told"),
    [
        ({"aof_enabled": "1"}, "appendonly", "yes"),
        ({"aof_enabled": "0"}, "appendonly", "no"),
        ({"role": "master"}, "replicaof", ""),
        ({"role": "slave", "master_host": "10.0.0.9", "master_port": "6379"}, "replicaof", "10.0.0.9 6379"),
        ({}, "replicaof", None),
        ({"role": "master"}, "dir", None),
    ],
)
def test_info_tells_what_directives_do_not(info: dict[str, str], name: str, told: str | None) -> None:
    assert told_by_info(info, name) == told
