"""What has one reader or parser is read and parsed nowhere else."""

import ast
from collections.abc import Iterator
from pathlib import Path

PROJECT = Path(__file__).parents[2]
MODULES = sorted(path for root in ("wizard", "screens") for path in (PROJECT / root).rglob("*.py"))
UNIT_STATES = frozenset({"activating", "reloading", "deactivating"})


def located(*homes: str) -> list[Path]:
    """Give all modules but these."""
    found = [path for path in MODULES if path.relative_to(PROJECT).as_posix() not in homes]
    assert len(found) == len(MODULES) - len(homes)
    return found


def nodes(path: Path) -> Iterator[ast.AST]:
    return ast.walk(ast.parse(path.read_text()))


def line_of(path: Path, node: ast.expr) -> str:
    return f"{path.relative_to(PROJECT)}:{node.lineno}"


def test_states_of_a_unit_are_grouped_in_one_module() -> None:
    groups = [
        line_of(path, node)
        for path in located("wizard/model/unit_state.py")
        for node in nodes(path)
        if isinstance(node, ast.Set | ast.Tuple | ast.List)
        and any(isinstance(each, ast.Constant) and each.value in UNIT_STATES for each in node.elts)
    ]
    assert groups == [], "name the group in wizard/model/unit_state.py"


def test_wildcards_of_bind_are_listed_in_one_module() -> None:
    lists = [
        line_of(path, node)
        for path in located("wizard/model/network.py")
        for node in nodes(path)
        if isinstance(node, ast.Set | ast.Dict | ast.List | ast.Tuple)
        and any(
            isinstance(each, ast.Constant) and each.value == "::*"
            for each in (node.keys if isinstance(node, ast.Dict) else node.elts)
        )
    ]
    assert lists == [], "ask wizard.model.network for wildcard_family, local_address or bound_address"


RAW_READERS = ("wizard/config/resolved.py", "wizard/planning/fingerprint.py")
"""The reader itself, and the digest of everything that a server said."""


def test_the_value_of_a_directive_is_read_through_the_resolved_configuration() -> None:
    """``live.config`` is the answer of a server as it came; what counts as a value is decided in one place."""
    readers = [
        line_of(path, node)
        for path in located(*RAW_READERS)
        for node in nodes(path)
        if isinstance(node, ast.Attribute | ast.Subscript) and ast.unparse(node.value).endswith("live.config")
    ]
    assert readers == [], "ask wizard.config.configuration_of(instance) for in_force or next_start"
