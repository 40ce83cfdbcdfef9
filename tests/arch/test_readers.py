"""What only looks takes a `HostReader`, by which nothing can be changed: mypy proves it for every dry run."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import get_type_hints

import pytest

from screens.local_engine import LocalEngine
from screens.options import Options
from wizard import app
from wizard.cli.commands import plan
from wizard.detect import collect_facts
from wizard.host.port import Host
from wizard.host.reader import Files, HostReader
from wizard.host.services import ServiceReader, Services
from wizard.recovery import preview_prune, survey_traces
from wizard.rollback import find_manual_changes
from wizard.snapshots.reader import SnapshotReader

PROJECT = Path(__file__).parents[2]
LOOKS = {
    *("root", "tree", "services", "state", "reopen_arguments", "name", "names", "kernel_release", "architecture"),
    *("processors", "read", "status", "resolve_target", "attributes", "writable_by_others", "entries", "is_same_file"),
    *("files_of", "sees_same", "space", "runs_code", "interfaces", "listeners", "processes", "life", "holder"),
    *("user_exists", "group_exists", "is_locked", "find_program", "query"),
    *("show", "list_units"),
}
"""All that can be asked of a host: a new question stands here only if it changes nothing."""
ENTRIES: tuple[Callable[..., object], ...] = (
    *(collect_facts, plan.make, app.status, app.pending_passwords),
    *(survey_traces, preview_prune, find_manual_changes, SnapshotReader.__init__),
    *(LocalEngine.__init__, Options),
)
"""Where a dry run, a plan, a check or detection begins."""


def members(*ports: type) -> set[str]:
    return {name for port in ports for name in vars(port) if not name.startswith("_")}


def test_a_reader_offers_what_only_looks() -> None:
    assert members(Files, HostReader, ServiceReader) == LOOKS


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.__qualname__)
def test_what_only_looks_takes_a_reader(entry: Callable[..., object]) -> None:
    assert get_type_hints(entry)["host"] is HostReader


def test_mypy_refuses_every_change_by_a_reader(tmp_path: Path) -> None:
    """Each line that may not pass is refused at that line; the same lines pass for a `Host`."""
    changes = sorted(members(Host) - LOOKS)
    told = sorted(members(Services) - LOOKS)
    acts = [*(f"host.{name}" for name in changes), *(f"host.services.{name}" for name in told), "to_change(host)"]
    assert {"host.write", "host.run", "host.launch", "host.lock", "host.services.restart"} <= set(acts)
    assert refused(acts, "Host", tmp_path) == []
    assert refused(acts, "HostReader", tmp_path) == acts


def test_mypy_gives_a_dry_run_no_more_than_a_reader(tmp_path: Path) -> None:
    opened = ["with host_of(options) as found: to_change(found)", "with reader_of(options) as found: to_change(found)"]
    assert refused(opened, "HostReader", tmp_path) == opened[1:]


def test_no_cast_makes_a_host_of_a_reader() -> None:
    modules = [path for folder in ("wizard", "screens") for path in (PROJECT / folder).rglob("*.py")]
    assert [path for path in modules if re.search(r"cast\(\W*Host\b", path.read_text())] == []


def refused(statements: list[str], port: str, place: Path) -> list[str]:
    """Run mypy over the statements, with a `host` of this type, and return those that it refuses."""
    head = (
        "import argparse",
        "from wizard.cli.context import host_of, reader_of",
        "from wizard.host.port import Host",
        "from wizard.host.reader import HostReader",
        "def to_change(host: Host) -> None: ...",
        f"def act(host: {port}, options: argparse.Namespace) -> None:",
    )
    snippet = place / "snippet.py"
    snippet.write_text("\n".join((*head, *(f"    {each}" for each in statements))))
    line = [sys.executable, "-m", "mypy", "--no-error-summary", str(snippet)]
    environment = {**os.environ, "MYPYPATH": str(PROJECT)}
    done = subprocess.run(line, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    found = {int(each.split(":")[1]) - len(head) for each in done.stdout.splitlines() if ": error: " in each}
    return [each for number, each in enumerate(statements, start=1) if number in found]
