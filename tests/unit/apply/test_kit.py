"""The recovery kit runs from its own files alone, and is the same afterwards."""

import subprocess
from pathlib import Path

from wizard.apply import kit
from wizard.host.rooted import RootedHost


def test_whoever_runs_it_writes_nothing_beside_it(tmp_path: Path) -> None:
    host = RootedHost(tmp_path)
    command = kit.command(host)
    made = sorted(tmp_path.rglob("*"))
    # It gets as far as to read, with the library that lies beside it, that there is nothing to do.
    said = subprocess.run(
        (*command, "recover", "asked", "20260101-000000", "--root", str(tmp_path)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert "there is no apply 20260101-000000" in said.stderr, said
    assert [path for path in sorted(tmp_path.rglob("*")) if "recovery" in path.parts] == [
        path for path in made if "recovery" in path.parts
    ]
    assert {path.suffix for path in made if path.parent.name == "msgspec"} == {".pyc", ".so"}
