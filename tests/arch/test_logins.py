"""One module opens connections with a login: everything else goes by it."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import wizard

ROOT = Path(wizard.__file__).parent
ACCESS = "wizard.server.access"
OPENS = {
    "wizard.server.client": {"connect"},
    "wizard.server.tls_handshake": {"shake_hands"},
    "wizard.server.connection": {"Wire"},
    "wizard.server.tls": {"tls_context", "connect_tls"},
    "wizard.server.redis_py": {"parts"},
}
"""What takes a login, or makes a connection that can carry one."""
MAY = {
    ACCESS: {"connect", "shake_hands"},
    "wizard.server.client": {"Wire"},
    "wizard.server.connection": {"connect_tls", "tls_context", "parts"},
    "wizard.server.tls_handshake": {"connect_tls", "tls_context"},
    "wizard.server.probe": {"connect_tls"},  # without any login
    "wizard.server.tls_trials": {"connect_tls"},  # without any login
    "wizard.jobs.bundle.archive": {"parts"},  # puts the module into a bundle
}
LIBRARIES = {"redis", "valkey", "ssl"}
SPEAKS_TLS = {
    *("wizard.server.connection", "wizard.server.tls", "wizard.server.tls_handshake", "wizard.server.probe"),
    "wizard.server.tls_trials",
}
PASSWORDS = {"AUTH", "HELLO"}


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT.parent).with_suffix("").parts).removesuffix(".__init__")


@cache
def modules() -> tuple[tuple[str, ast.Module], ...]:
    """Parse all of the product, once a process."""
    paths = [path for folder in (ROOT, ROOT.parent / "screens") for path in sorted(folder.rglob("*.py"))]
    return tuple((module_name(path), ast.parse(path.read_text())) for path in paths)


@cache
def imports() -> tuple[tuple[str, str, str], ...]:
    """Give every import of the product: the module that imports, the one that it imports, and what of it."""
    return tuple((name, where, what) for name, tree in modules() for where, what in imported(tree))


def imported(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Name every module that is imported, and what of it; ``*`` for the module itself."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                yield node.module, alias.name
                yield f"{node.module}.{alias.name}", "*"
        elif isinstance(node, ast.Import):
            yield from ((alias.name, "*") for alias in node.names)


@pytest.mark.parametrize("module", sorted(OPENS))
def test_what_takes_a_login_is_used_by_the_access_alone(module: str) -> None:
    guilty = {
        f"{name}: {what}"
        for name, where, what in imports()
        if where == module and what in {"*", *OPENS[module]} and what not in MAY.get(name, set())
    }
    assert not guilty, f"use {ACCESS}.ServerAccess"


def test_no_other_module_has_a_client_library_or_tls_of_its_own() -> None:
    guilty = {name for name, where, _ in imports() if where.split(".")[0] in LIBRARIES and name not in SPEAKS_TLS}
    assert not guilty


def test_no_module_writes_a_login_by_itself() -> None:
    """The client library sends AUTH, after the proof; `masking` names the command to hide its arguments."""
    guilty = {
        f"{name}:{node.lineno}"
        for name, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"execute", "ask", "sendall", "send", "write"}
        for word in node.args
        if isinstance(word, ast.Constant) and str(word.value).split(" ")[0].strip("b'") in PASSWORDS - {"HELLO"}
    }
    assert not guilty
