"""The wheel holds the product: no test double, and no module that only tests import."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import pytest
from hatchling.builders.sdist import SdistBuilder
from hatchling.builders.wheel import WheelBuilder

from tools.package.address import VARIABLE, public_address

PROJECT = Path(__file__).parents[2]
STARTED = ("wizard.__main__", "wizard.apply")
"""Modules that a new process begins with, beside the console script: ``python -m`` and the worker's bundle."""
BY_NAME = ("wizard.cli.commands.", "screens.steps.")
"""Packages whose modules are loaded by a name that is put together at run time."""
DOUBLES = ("test", "fake", "mock", "stub", "memory_host", "conftest")


def shipped() -> dict[PurePosixPath, Path]:
    """Give the files of the wheel by their path in it, without building it."""
    files = WheelBuilder(str(PROJECT)).recurse_included_files()
    return {PurePosixPath(file.distribution_path): Path(file.path) for file in files}


def test_the_wheel_holds_the_product_alone() -> None:
    found = [path for path in shipped() if "__pycache__" not in path.parts]
    assert {path.parts[0] for path in found} == {"wizard", "screens", "assets"}
    assert [path for path in found if any(part.startswith(DOUBLES) for part in path.parts)] == []


def test_the_wheel_tells_type_checkers_that_it_has_types() -> None:
    """Source: PEP 561, and the classifier ``Typing :: Typed``."""
    assert {PurePosixPath(package, "py.typed") for package in ("wizard", "screens", "assets")} <= shipped().keys()


def test_the_sdist_holds_the_wheel_and_the_documents_and_no_test() -> None:
    files = SdistBuilder(str(PROJECT)).recurse_included_files()
    held = {
        path for path in (PurePosixPath(file.distribution_path) for file in files) if "__pycache__" not in path.parts
    }
    assert {path for path in shipped() if "__pycache__" not in path.parts} <= held
    assert {path.parts[0] for path in held} <= {
        *("wizard", "screens", "assets", "docs", "requirements", "pyproject.toml", ".gitignore", "LICENSE"),
        *("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "tools"),
    }
    linked = re.findall(r"\]\(([^):]+)\)", (PROJECT / "README.md").read_text())
    lost = [link for link in linked if not any(path.is_relative_to(link) for path in held)]
    assert lost == [], "README.md links to files that the sdist lacks"


def test_every_module_of_the_wheel_is_used_by_the_product() -> None:
    """Whatever no process of the product can load is there for tests, or for nothing."""
    modules = {_dotted(path): file for path, file in shipped().items() if path.suffix == ".py"}
    reached = set[str]()
    ahead = [*STARTED, *_scripts(), *(name for name in modules if name.startswith(BY_NAME))]
    while ahead:
        name = ahead.pop()
        if name not in reached:
            reached.add(name)
            ahead += [each for each in _imports(modules[name]) if each in modules]
    assert sorted(set(modules) - reached) == []


def _scripts() -> Iterator[str]:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    yield from (entry.partition(":")[0] for entry in project["scripts"].values())


def _imports(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names)]
        else:
            continue
        for name in names:
            parts = name.split(".")
            yield from (".".join(parts[:length]) for length in range(1, len(parts) + 1))


def _dotted(path: PurePosixPath) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def test_the_project_names_no_address_by_itself() -> None:
    # Decision 59: an address that is invented can be registered by another party.
    assert "urls" not in tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]


@pytest.mark.parametrize("given", ["", "https://host.example/redis-wizard", "https://host.example/redis-wizard/"])
def test_a_build_has_the_address_that_its_publisher_gives(given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, given)
    wanted = {"Homepage": "https://host.example/redis-wizard"} if given else {}
    for builder in (WheelBuilder(str(PROJECT)), SdistBuilder(str(PROJECT))):
        assert builder.metadata.core.urls == wanted


@pytest.mark.parametrize(
    "given",
    [
        *(
            "http://host.example",
            "host.example",
            "https://",
            "https://host",
            "https://user@host.example",
            "https://-.example",
        ),
        *(
            "https://host.example/?q",
            "https://host.example/#x",
            "https://host.example\nDepends: x",
            "https://höst.example",
        ),
        *(
            "https://host.example/\x1b[2J",
            " https://host.example",
            "https://host.example//x",
            "https://host.example:port",
        ),
    ],
)
def test_an_address_that_is_none_stops_the_build_with_a_sentence(given: str) -> None:
    with pytest.raises(SystemExit) as stopped:
        public_address({VARIABLE: given})
    assert str(stopped.value).startswith(f"{VARIABLE} is {given!r}: give an address such as https://")
