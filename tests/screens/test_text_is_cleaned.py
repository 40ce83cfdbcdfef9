"""No screen builds a widget of plain text: only C, R and their kin lead from data to something drawn."""

import ast
from pathlib import Path

import pytest

SCREENS = Path(__file__).parent.parent.parent / "screens"
DRAWING = frozenset({"Static", "Label", "Button", "update", "add_row", "Log", "write_line"})
"""Calls whose first argument is drawn."""


def plain_text(call: ast.Call) -> bool:
    """Whether the first argument is text that nobody cleaned."""
    if not call.args:
        return False
    first = call.args[0]
    return isinstance(first, (ast.JoinedStr, ast.BinOp)) or (isinstance(first, ast.Constant) and first.value != "")


def calls(path: Path) -> list[ast.Call]:
    return [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]


def name(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


@pytest.mark.parametrize("path", sorted(SCREENS.rglob("*.py")), ids=lambda path: str(path.relative_to(SCREENS)))
def test_drawn_text_comes_through_the_cleaner(path: Path) -> None:
    plain = [call.lineno for call in calls(path) if name(call) in DRAWING and plain_text(call)]
    assert plain == []


@pytest.mark.parametrize("path", sorted(SCREENS.rglob("*.py")), ids=lambda path: str(path.relative_to(SCREENS)))
def test_notices_are_never_markup(path: Path) -> None:
    notices = [call for call in calls(path) if name(call) == "notify"]
    assert all(any(each.arg == "markup" for each in call.keywords) for call in notices)


def test_the_check_sees_plain_text() -> None:
    (call,) = [node for node in ast.walk(ast.parse('Static(f"{host}")')) if isinstance(node, ast.Call)]
    assert plain_text(call)
