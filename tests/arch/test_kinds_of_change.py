"""A kind of change is complete: whoever adds one and forgets a part is told which, by a test and not by a host."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from enum import Enum
from pathlib import Path
from typing import get_args

import pytest

from tests.support.kinds_of_change import missing_parts
from wizard.changes.handler import ComparePhase, RollbackPhase, VerifyPhase
from wizard.changes.registry import HANDLERS
from wizard.model.change import Change
from wizard.planning.kinds import TRAITS

PROJECT = Path(__file__).parents[2]
CHANGE = "wizard/model/change.py"
TRAITS_TABLE = "wizard/planning/kinds/__init__.py"
HANDLERS_TABLE = "wizard/changes/registry.py"
PURE = "wizard/planning/kinds/limit.py"
ACTING = "wizard/changes/handlers/limit.py"
EXAMPLES = "tests/support/kinds_of_change.py"
NEW = {
    PURE: """
from wizard.model.change import SetLimit
from wizard.planning.kinds.traits import Touched, Traits, as_planned, no_line, no_text

TRAITS: Traits[SetLimit] = Traits(
    rank=as_planned,
    touches=lambda change, _: Touched(kernel={change.key: "1"}),
    edits=no_text,
    server_reads=False,
    place=lambda change: change.key,
    search=no_line,
)
""",
    ACTING: """
from wizard.changes.handler import BY_FILES, BY_PATHS_COMPARED, BY_PATHS_UNDONE, CommitPhase, Handler, one_by_one
from wizard.model.change import SetLimit

HANDLER: Handler[SetLimit] = Handler(
    do={CommitPhase.KERNEL: one_by_one(lambda run, change: run.host.write_kernel(change.key, "1"))},
    verify=BY_FILES,
    undo=BY_PATHS_UNDONE,
    differences=BY_PATHS_COMPARED,
)
""",
}
"""The two files of a new kind, `SetLimit`."""
ROWS = (
    (
        CHANGE,
        "class Restart(",
        'class SetLimit(ChangeBase, frozen=True, kw_only=True, tag="limit"):\n    key: str\n\n\n',
    ),
    (CHANGE, "    | Restart\n", "    | SetLimit\n"),
    (TRAITS_TABLE, "    Restart: restart.TRAITS,\n", "    SetLimit: limit.TRAITS,\n"),
    (TRAITS_TABLE, "    WriteFile,\n", "    SetLimit,\n"),
    (TRAITS_TABLE, "    mode,\n", "    limit,\n"),
    (HANDLERS_TABLE, "    Restart: restart.HANDLER,\n", "    SetLimit: limit.HANDLER,\n"),
    (HANDLERS_TABLE, "    WriteFile,\n", "    SetLimit,\n"),
    (HANDLERS_TABLE, "    mode,\n", "    limit,\n"),
    (EXAMPLES, "        Restart(**COMMON", '        SetLimit(**COMMON, key="x"),\n'),
    (EXAMPLES, "    WriteFile,\n", "    SetLimit,\n"),
)
"""Its rows: file, the line before which each stands, and the row."""
FORGOTTEN = (
    (CHANGE, r" +\| SetLimit\n", "", "SetLimit is not in Change"),
    (TRAITS_TABLE, "    SetLimit: limit.TRAITS,\n", "", "SetLimit has no row in TRAITS"),
    (HANDLERS_TABLE, "    SetLimit: limit.HANDLER,\n", "", "SetLimit has no row in HANDLERS"),
    (EXAMPLES, r" +SetLimit\(.*\n", "", "SetLimit has no row in EXAMPLES"),
    (ACTING, r"do=\{.*\}", "do={}", "SetLimit does nothing on a host: its handler has an empty `do`"),
    (PURE, r"Touched\(.*\),", "Touched(),", "SetLimit could not be rolled back: its `touches` names nothing"),
    *((PURE, f"    {name}=.*\n", "", f"'{name}'") for name in TRAITS[get_args(Change)[0]].__slots__),
    *((ACTING, f"    {name}=.*\n", "", f"'{name}'") for name in HANDLERS[get_args(Change)[0]].__slots__),
)
"""What can be forgotten: file, pattern of what stands there, what stands there then, and the words that name it."""


def test_every_kind_is_complete() -> None:
    assert [*missing_parts()] == []


def test_the_tables_have_kinds_of_change_alone() -> None:
    assert {*TRAITS} == {*HANDLERS} == {*get_args(Change)}


def test_both_halves_of_a_kind_have_a_file_of_the_same_name() -> None:
    pure, acting = ({path.stem for path in (PROJECT / file).parent.glob("*.py")} for file in (PURE, ACTING))
    assert pure - {"traits"} == acting


@pytest.mark.parametrize(
    ("phases", "walked_by"),
    [
        (VerifyPhase, "wizard/apply/verify.py"),
        (RollbackPhase, "wizard/rollback/restore.py"),
        (ComparePhase, "wizard/rollback/differences.py"),
    ],
)
def test_every_phase_is_walked(phases: Iterable[Enum], walked_by: str) -> None:
    text = (PROJECT / walked_by).read_text()
    assert [str(phase) for phase in phases if str(phase) not in text] == []


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the product that has one kind of change more."""
    copy = tmp_path_factory.mktemp("kinds")
    for name in ("wizard", "assets"):
        shutil.copytree(PROJECT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    (copy / EXAMPLES).parent.mkdir(parents=True)
    for path in (EXAMPLES, "tests/support/__init__.py"):
        shutil.copy(PROJECT / path, copy / path)
    for path, text in NEW.items():
        (copy / path).write_text(text)
    for path, before, row in ROWS:
        text = (copy / path).read_text()
        assert before in text, f"{path} has no line {before!r} any more"
        (copy / path).write_text(text.replace(before, row + before, 1))
    return copy


def said_of(tree: Path) -> str:
    """What the laws say of a tree; the error, where it cannot even be imported."""
    line = (sys.executable, "-m", "tests.support.kinds_of_change")
    done = subprocess.run(line, cwd=tree, capture_output=True, text=True, check=False)
    return (done.stdout + done.stderr).strip()


def test_a_new_kind_with_all_its_parts_is_complete(tree: Path) -> None:
    assert said_of(tree) == ""


@pytest.mark.parametrize(("path", "part", "instead", "name"), FORGOTTEN, ids=[name for *_, name in FORGOTTEN])
def test_a_part_that_is_forgotten_is_named(tree: Path, path: str, part: str, instead: str, name: str) -> None:
    whole = (tree / path).read_text()
    without, count = re.subn(part, instead, whole)
    assert count == 1, f"{part!r} stands {count} times in {path}"
    (tree / path).write_text(without)
    try:
        assert name in said_of(tree)
    finally:
        (tree / path).write_text(whole)
