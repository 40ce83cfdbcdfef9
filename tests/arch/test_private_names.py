"""A test uses what a module offers: it reads, replaces and imports no private name of another one."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

PROJECT = Path(__file__).parents[2]
PRIVATE = re.compile(r"(?:^|\.)(_(?!_)\w+)$")
ALLOWED = {("tests/support/screen.py", "_compositor")}
"""Textual offers no other way to read a screen as text. This list may only get shorter."""


def test_no_test_uses_a_private_name_of_another_module() -> None:
    found = {(path.relative_to(PROJECT).as_posix(), name) for path in sources() for name in foreign(path)}
    assert found == ALLOWED


def test_each_way_to_use_a_private_name_is_seen(tmp_path: Path) -> None:
    snippet = tmp_path / "snippet.py"
    snippet.write_text(
        "from wizard.a import _imported\n"
        "import wizard.b\n"
        "wizard.b._read\n"
        "monkeypatch.setattr(wizard.b, '_replaced', 1)\n"
        "monkeypatch.setattr('wizard.b._named', 1)\n"
        "class Own:\n"
        "    _mine = 1\n"
        "Own._mine\n"
    )
    assert set(foreign(snippet)) == {"_imported", "_read", "_replaced", "_named"}


def sources() -> Iterator[Path]:
    yield from (PROJECT / "tests").rglob("*.py")


def foreign(path: Path) -> Iterator[str]:
    """Give the private names that a file uses and does not define itself."""
    tree = ast.parse(path.read_text())
    own = set(_defined(tree))
    yield from (name for name in _used(tree) if name not in own)


def _defined(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and _is_self(node.value):
            yield node.attr


def _used(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=value, attr=attr) if not _is_self(value):
                texts = [attr]
            case ast.ImportFrom(names=names):
                texts = [alias.name for alias in names]
            case ast.Call(func=ast.Attribute(attr="setattr" | "delattr") | ast.Name(id="setattr" | "getattr")):
                texts = [str(each.value) for each in node.args if isinstance(each, ast.Constant)]
            case _:
                continue
        yield from (found[1] for text in texts if (found := PRIVATE.search(text)))


def _is_self(node: ast.expr) -> bool:
    """Tell whether it is the object of the method, also as its base class sees it."""
    match node:
        case ast.Name(id="self" | "cls"):
            return True
        case ast.Call(func=ast.Name(id="super")):
            return True
        case _:
            return False
