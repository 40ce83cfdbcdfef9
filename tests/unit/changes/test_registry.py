"""A kind of change that is in the registry acts on a host: nothing else has to know it."""

from collections.abc import Callable, Sequence
from enum import Enum
from typing import Any, cast

import pytest

from tests.support import apply_run
from tests.support import facts_builder as build
from tests.support.kinds_of_change import COMMON, EXAMPLES
from wizard.apply.commit import commit
from wizard.changes import registry
from wizard.changes.context import ApplyContext
from wizard.changes.handler import CommitPhase, ComparePhase, Handler, RollbackPhase, VerifyPhase
from wizard.changes.rollback_context import RollbackContext
from wizard.model.change import Change, ChangeBase, RemoveUser, SetUser


class SetLimit(ChangeBase, frozen=True, kw_only=True, tag="limit"):
    """A kind that only these tests know."""


LIMIT = cast("Change", SetLimit(**COMMON))


def recording(said: list[str], name: str = "limit") -> Handler[Any]:
    """Return a handler of every phase, which writes down what is asked of it."""

    def part(phase: Enum) -> Callable[..., Any]:
        def asked(_context: object, changes: Sequence[ChangeBase] = ()) -> list[str]:
            said.append(f"{name} {phase} {len(changes)}")
            return said[-1:]

        return asked

    return Handler(
        do={phase: part(phase) for phase in CommitPhase},
        verify={phase: part(phase) for phase in VerifyPhase},
        undo={phase: part(phase) for phase in RollbackPhase},
        differences={phase: part(phase) for phase in ComparePhase},
    )


def run(*changes: Change) -> ApplyContext:
    """An apply of these changes on a host whose server nobody can ask."""
    return apply_run.run(build.with_instance(build.host(), live=build.unreadable()), *changes)


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was asked of the handler of the new kind."""
    found: list[str] = []
    monkeypatch.setattr(registry, "HANDLERS", dict(registry.HANDLERS) | {SetLimit: recording(found)})
    return found


def test_a_commit_asks_it_at_every_phase_in_their_order(said: list[str]) -> None:
    commit(run(LIMIT))
    assert said == [f"limit {phase} 1" for phase in CommitPhase]


@pytest.mark.parametrize("phase", VerifyPhase)
def test_a_verification_has_its_sentences(said: list[str], phase: VerifyPhase) -> None:
    assert [*registry.verify(run(LIMIT), phase)] == [f"limit {phase} 1"]


def test_a_plan_without_it_asks_it_nothing(said: list[str]) -> None:
    commit(run())
    assert said == []


def two_handlers(monkeypatch: pytest.MonkeyPatch, said: list[str]) -> None:
    """Let two kinds share one handler, and a third have its own."""
    shared = recording(said, "users")
    monkeypatch.setattr(registry, "HANDLERS", {SetUser: shared, RemoveUser: shared, SetLimit: recording(said)})


def test_kinds_with_one_handler_are_made_together(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    two_handlers(monkeypatch, said)
    registry.do(run(LIMIT, *cast("Sequence[Change]", (EXAMPLES[SetUser], EXAMPLES[RemoveUser]))), CommitPhase.ACL_FILES)
    assert said == [f"users {CommitPhase.ACL_FILES} 2", f"limit {CommitPhase.ACL_FILES} 1"]


def test_a_rollback_goes_backwards_and_needs_no_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    two_handlers(monkeypatch, said)
    work = cast("RollbackContext", None)
    registry.undo(work, RollbackPhase.FORGOTTEN)
    assert said == [f"limit {RollbackPhase.FORGOTTEN} 0", f"users {RollbackPhase.FORGOTTEN} 0"]
    assert [*registry.differences(work, ComparePhase.HOST)] == [
        f"users {ComparePhase.HOST} 0",
        f"limit {ComparePhase.HOST} 0",
    ]
