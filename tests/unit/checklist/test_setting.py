"""A directive in force and at the next start."""

from datetime import date

from tests.support.facts_builder import hardened_host, unit, unreadable, with_both, with_file, with_instance, with_live
from wizard.checklist.context import CheckContext, subject
from wizard.checklist.drift import drifted
from wizard.checklist.setting import judge, setting
from wizard.model.facts.host import HostFacts
from wizard.model.finding import State


def _subject(facts: HostFacts) -> CheckContext:
    return subject(facts, "", (), date(2026, 5, 4))


def test_tells_value_and_place_of_both() -> None:
    found = setting(_subject(with_both(hardened_host(), timeout="120")), "timeout")
    assert (found.live, found.file) == ("120", "120")
    assert found.file_source.startswith("/etc/redis/redis.conf:")


def test_a_silent_file_means_the_default() -> None:
    found = setting(_subject(with_file(hardened_host(), without=["timeout"])), "timeout")
    assert found.file == "0"
    assert "default" in found.file_source


def test_the_last_of_several_lines_counts() -> None:
    found = setting(_subject(with_file(hardened_host(), "timeout 5", "timeout 9")), "timeout")
    assert found.file == "9"


def test_an_alias_counts_as_the_directive() -> None:
    facts = with_file(hardened_host(), "slave-read-only no", without=["replica-read-only"])
    assert setting(_subject(facts), "replica-read-only").file == "no"


def test_the_command_line_of_the_unit_wins_over_the_file() -> None:
    words = "/usr/bin/redis-server /etc/redis/redis.conf --timeout 7 --daemonize no"
    facts = with_instance(hardened_host(), unit=unit(properties={"ExecStart": words}))
    assert setting(_subject(facts), "timeout").file == "7"
    assert setting(_subject(facts), "daemonize").file == "no"


def test_notices_drift_by_meaning_only() -> None:
    facts = with_live(with_file(hardened_host(), "maxmemory 12gb", "loglevel NOTICE"), {"timeout": "5"})
    assert [each.name for each in drifted(_subject(facts))] == ["timeout"]


def test_judges_the_file_alone_where_nothing_runs() -> None:
    over = {"live": unreadable(), "process": None, "unit": None, "listeners": (), "probes": ()}
    judged = judge(
        _subject(with_instance(hardened_host(), **over)), "timeout", lambda value: value == "300", wanted="300"
    )
    assert judged.state is State.PASS
    assert all(each.source.startswith("/etc/redis/redis.conf") for each in judged.evidence)


def test_a_server_that_runs_unasked_is_not_judged_by_its_file() -> None:
    facts = with_instance(hardened_host(), live=unreadable(why="NOAUTH"))
    judged = judge(_subject(facts), "timeout", lambda value: value == "300", wanted="300")
    assert judged.state is State.UNKNOWN
    assert "--password-file" in judged.fix
