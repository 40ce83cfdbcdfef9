"""A module or class binds each of its names once: a constant that is bound again silently gets the later value."""

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

PROJECT = Path(__file__).parents[2]


def test_no_name_is_bound_twice() -> None:
    paths = (path for package in ("wizard", "screens") for path in (PROJECT / package).rglob("*.py"))
    assert [f"{path.relative_to(PROJECT)}: {name}" for path in paths for name in twice(path.read_text())] == []


def test_each_way_to_bind_a_name_twice_is_seen() -> None:
    lines = (
        "A = 1.0",
        "A = 2.0",
        "B: int = 1",
        "B = 2",
        "class C:",
        "    D = 1",
        "    D = 2",
        "E = [C for C in A]",
        "if A: E = 2",
    )
    assert list(twice("\n".join(lines))) == ["A", "B", "D"]


def twice(text: str) -> Iterator[str]:
    """Give the names that a file binds twice beside each other; a branch may bind one again."""
    for scope in ast.walk(ast.parse(text)):
        if isinstance(scope, ast.Module | ast.ClassDef):
            yield from (name for name, count in Counter(_bound(scope)).items() if count > 1)


def _bound(scope: ast.Module | ast.ClassDef) -> Iterator[str]:
    for node in scope.body:
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (each.id for target in targets for each in ast.walk(target) if isinstance(each, ast.Name))
        elif isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.decorator_list:
            yield node.name
