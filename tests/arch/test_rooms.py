"""Each package is small enough to survey, and what it offers can be read at one place."""

import ast
import re
import subprocess
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
MOST_MODULES = 20
MOST_NAMES = 15
PACKAGES = sorted(path.parent for root in ("wizard", "screens") for path in (PROJECT / root).rglob("__init__.py"))
MOST_FROM_OUTSIDE = {
    "wizard.acl": 44,
    "wizard.changes": 51,
    "wizard.formats": 36,
    "wizard.host": 35,
    "wizard.jobs": 79,
    "wizard.persistence": 28,
    "wizard.pki": 7,
    "wizard.planning": 49,
    "wizard.server": 22,
    "wizard.snapshots": 51,
}
"""Names that other rooms use of a room without a facade: write a smaller number when there are fewer."""


def facades() -> list[str]:
    """Give the packages that a contract protects as a whole."""
    contracts = tomllib.loads((PROJECT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    return [
        contract["allowed_importers"][0]
        for contract in contracts
        if contract["type"] == "protected"
        and contract["protected_modules"] == [f"{contract['allowed_importers'][0]}.*"]
    ]


@pytest.mark.parametrize("package", PACKAGES, ids=lambda path: path.relative_to(PROJECT).as_posix())
def test_a_package_has_at_most_twenty_modules(package: Path) -> None:
    assert len([path for path in package.glob("*.py") if path.name != "__init__.py"]) <= MOST_MODULES


@pytest.mark.parametrize("package", facades())
def test_a_facade_offers_at_most_fifteen_names(package: str) -> None:
    offered = import_module(package).__all__
    assert 0 < len(offered) <= MOST_NAMES
    inner = {path.stem for path in (PROJECT / package.replace(".", "/")).glob("*.py")}
    assert inner.isdisjoint(offered), "a name that is also a module cannot be told from it in an import"


@pytest.mark.parametrize("package", facades())
def test_every_name_of_a_facade_is_used_outside(package: str) -> None:
    assert set(import_module(package).__all__) == used_from_outside()[package]


@pytest.mark.parametrize("package", sorted(MOST_FROM_OUTSIDE))
def test_a_room_without_a_facade_does_not_open_further(package: str) -> None:
    assert len(used_from_outside()[package]) <= MOST_FROM_OUTSIDE[package]


def test_a_facade_loads_no_package_that_its_users_do_without() -> None:
    script = "import sys, wizard.app, wizard.config, wizard.checklist, wizard.sandbox; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-I", "-c", script], check=True, capture_output=True, text=True).stdout
    assert {"textual", "redis", "cryptography"}.isdisjoint(name.split(".")[0] for name in loaded.split())


@cache
def used_from_outside() -> dict[str, set[str]]:
    """Give the names of each room below ``wizard`` that modules of another room use."""
    modules = {_dotted(path): path for root in ("wizard", "screens") for path in (PROJECT / root).rglob("*.py")}
    used: dict[str, set[str]] = defaultdict(set)
    for name, path in modules.items():
        tree = ast.parse(path.read_text())
        bound: dict[str, str] = {}
        for module, alias in _imports(tree):
            full = f"{module}.{alias.name}"
            if _room(full) == _room(name):
                continue
            if full in modules:
                bound[alias.asname or alias.name] = full
            else:
                used[_room(module)].add(alias.name if module == _room(module) else f"{module}.{alias.name}")
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in bound:
                full = bound[node.value.id]
                used[_room(full)].add(node.attr if full == _room(full) else f"{full}.{node.attr}")
    return used


def _imports(tree: ast.Module) -> Iterator[tuple[str, ast.alias]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and re.match(r"wizard\b", node.module or ""):
            yield from ((node.module or "", alias) for alias in node.names)


def _dotted(path: Path) -> str:
    parts = path.relative_to(PROJECT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _room(name: str) -> str:
    return ".".join(name.split(".")[:2])


COMPOSED = {
    "wizard.planning.plan",
    "wizard.planning.startability",
    "wizard.planning.edits.exclude",
    "wizard.apply",
    "wizard.jobs.journal",
    "wizard.jobs.lock",
    "wizard.jobs.watchdog",
    "wizard.jobs.worker_secrets",
}
"""What only `wizard.app` puts together, so that both front ends plan, apply and decide in the same way."""


def test_a_front_end_composes_no_use_case_of_its_own() -> None:
    found = [
        f"{path.relative_to(PROJECT)}: {name}"
        for root in ("wizard/cli", "screens")
        for path in sorted((PROJECT / root).rglob("*.py"))
        for module, alias in _imports(ast.parse(path.read_text()))
        for name in (module, f"{module}.{alias.name}")
        if name in COMPOSED
    ]
    assert found == [], "call wizard.app"
