"""Whoever sets a live value in the middle finds it again: what we set goes, what others set stays and is named."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.support.apply_bench import Bench, Stopped, bench
from tests.support.servers import need
from wizard.app import recover
from wizard.changes import live_config, registry
from wizard.changes.context import ApplyContext, planned_configuration
from wizard.changes.handler import RollbackPhase
from wizard.changes.rollback_context import RollbackContext
from wizard.config import ResolvedConfig
from wizard.jobs import journal
from wizard.model.answers import Answers
from wizard.model.event import EventKind, Outcome, Phase, Result
from wizard.model.login import Login
from wizard.model.plan import Plan
from wizard.model.value import replace
from wizard.rollback.preview import find_manual_changes
from wizard.snapshots.store import Store

pytestmark = pytest.mark.server

FIRST = {"timeout": "33", "slowlog-max-len": "77", "hz": "19", "lua-time-limit": "4321"}
"""Set live before, and in no file; the plan sets the first two."""
THEIRS = {"timeout": "55", "hz": "23"}


def smaller(answers: Answers) -> Answers:
    return replace(
        answers, memory=replace(answers.memory, maxmemory="64mb"), audit=replace(answers.audit, slow_log_length=333)
    )


def set_live(box: Bench, values: Mapping[str, str], login: Login | None = None) -> None:
    with box.client(login) as client:
        client.config_set(values)


def live(box: Bench, names: Mapping[str, str], login: Login | None = None) -> dict[str, str]:
    with box.client(login) as client:
        values = client.config_get()
    return {name: values[name] for name in names}


def taken_back(box: Bench, wanted: Plan, meanwhile: Callable[[], None], *, login: Login | None = None) -> Outcome:
    """Apply, let somebody act in the window, and take it back."""
    apply = box.start(wanted, login=login, confirm_within=60)
    for event in apply.events():
        if event.phase is Phase.CONFIRM and event.kind is EventKind.BEGIN:
            meanwhile()
            assert apply.rollback()
    return apply.outcome()


def newest_undo(box: Bench) -> str:
    return next(each.id for each in Store(box.host).listing() if each.state == "undo")


@pytest.mark.parametrize("key", ["r62", "r80"])
def test_through_a_restart_and_the_way_back_from_it(place: Path, key: str) -> None:
    with bench(place, need(key)) as box:
        set_live(box, FIRST)
        outcome = taken_back(box, box.plan(), lambda: set_live(box, THEIRS, box.admin))
        assert outcome.result is Result.INCOMPLETE, outcome
        assert live(box, FIRST) == FIRST | THEIRS
        for name, value in THEIRS.items():
            assert f"{name} is {value!r} in the running server: set by another administrator since" in outcome.summary
        assert not [name for name in FIRST.keys() - THEIRS.keys() if name in outcome.summary]


def test_the_planned_file_is_read_once_for_all_values(box: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[ApplyContext] = []

    def counted(run: ApplyContext) -> ResolvedConfig:
        asked.append(run)
        return planned_configuration(run)

    monkeypatch.setattr("wizard.changes.live_config.planned_configuration", counted)
    box.apply(box.plan())
    assert len(asked) == 1


def test_without_a_restart(box: Bench) -> None:
    box.apply(box.plan())
    pid, names = box.pid(), {"maxmemory": "", "slowlog-max-len": ""}
    before = live(box, names, box.admin)
    wanted = box.plan(smaller, login=box.admin)
    others = {"slowlog-max-len": "444"}
    outcome = taken_back(box, wanted, lambda: set_live(box, others, box.admin), login=box.admin)
    assert outcome.result is Result.INCOMPLETE, outcome
    assert "slowlog-max-len is '444' in the running server: set by another administrator since" in outcome.summary
    assert live(box, names, box.admin) == before | others
    assert box.pid() == pid


@pytest.mark.parametrize("key", ["r62", "r80", "v81"])
@pytest.mark.parametrize("restart", [True, False])
def test_what_is_set_before_our_values_are_noted(
    place: Path, key: str, monkeypatch: pytest.MonkeyPatch, *, restart: bool
) -> None:
    with bench(place, need(key)) as box:
        if not restart:
            box.apply(box.plan())
        login = None if restart else box.admin
        note, others = live_config.record_result, {"slowlog-max-len": "777"}

        def set_and_note(run: ApplyContext) -> None:
            set_live(box, others, box.admin)
            note(run)

        monkeypatch.setattr(live_config, "record_result", set_and_note)
        outcome = box.apply(box.plan() if restart else box.plan(smaller, login=login), login=login)
        assert outcome.result is Result.INCOMPLETE, outcome
        assert live(box, others, login) == others
        assert "slowlog-max-len is '777' in the running server: set by another administrator since" in outcome.summary


def test_an_undo_cut_off_after_its_restart_still_knows_them(box: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    set_live(box, FIRST)
    whole = registry.undo

    def killed(work: RollbackContext, phase: RollbackPhase) -> None:
        if phase is RollbackPhase.FORGOTTEN:
            monkeypatch.setattr(registry, "undo", whole)
            raise Stopped
        whole(work, phase)

    monkeypatch.setattr(registry, "undo", killed)
    with pytest.raises(Stopped):
        taken_back(box, box.plan(), lambda: set_live(box, THEIRS, box.admin))
    outcome = recover(box.host)
    assert outcome is not None
    assert outcome.result is Result.INCOMPLETE, outcome
    assert live(box, FIRST) == FIRST | THEIRS


def test_what_we_set_ourselves_is_nobody_elses(box: Bench) -> None:
    set_live(box, FIRST)
    outcome = taken_back(box, box.plan(), lambda: None)
    assert outcome.result is Result.ROLLED_BACK, outcome
    assert live(box, FIRST) == FIRST


def test_a_rollback_that_was_asked_for_names_what_it_overwrites(box: Bench) -> None:
    set_live(box, FIRST)
    applied = box.apply(box.plan())
    assert find_manual_changes(box.host, Store(box.host).load(applied.snapshot), box.admin) == ()
    set_live(box, THEIRS, box.admin)
    config = Path(box.host.layout.config)
    config.chmod(0o666)
    # As with --quiet --yes: nobody is shown anything before.
    back = box.rollback(applied.snapshot, login=box.admin)
    assert back.result is Result.ROLLED_BACK, back
    assert live(box, FIRST) == FIRST
    named = [check for check in back.checks if "manually since" in check]
    assert [check.split(" ")[0] for check in named] == [str(config), "hz", "timeout"]
    assert f"hz was set to {THEIRS['hz']!r} in the running server manually since; it becomes '19' again." in named
    notes = [event.text for event in journal.read(box.host, newest_undo(box)).events]
    assert set(named) <= set(notes)
    # And what was overwritten is in the snapshot of its own.
    again = box.rollback(newest_undo(box), login=box.admin)
    assert again.result is Result.ROLLED_BACK, again
    assert live(box, THEIRS, box.admin) == THEIRS
    assert config.stat().st_mode & 0o777 == 0o666
