"""Who wins among sysctl files is who wins for systemd itself."""

import shutil
import subprocess
import tempfile
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wizard.formats.sysctl import DIRECTORIES, effective_source

PROGRAM = shutil.which("systemd-analyze")
NAMES = ["10-a.conf", "9-a.conf", "60-B.conf", "60-b.conf", "a.conf", "99-sysctl.conf", "é.conf", "60-b.conf.bak", "_"]
PLACES = st.tuples(st.sampled_from(DIRECTORIES), st.sampled_from(NAMES))


@pytest.mark.skipif(PROGRAM is None, reason="systemd-analyze is not installed here")
@settings(max_examples=25, deadline=None)
@given(st.sets(PLACES, min_size=1, max_size=8), st.sets(PLACES, max_size=2))
def test_the_last_file_that_systemd_reads_wins(
    places: set[tuple[PurePosixPath, str]], masked: set[tuple[PurePosixPath, str]]
) -> None:
    with tempfile.TemporaryDirectory() as root:
        files = []
        for directory, name in places | masked:
            path = Path(root, *directory.parts[1:], name)
            path.parent.mkdir(parents=True, exist_ok=True)
            if (directory, name) in masked:
                path.symlink_to("/dev/null")
            else:
                path.write_text(f"a.b = {path}\n")
            files.append((directory / name, path.read_bytes()))
        arguments = [str(PROGRAM), "cat-config", f"--root={root}", "sysctl.d"]
        said = subprocess.run(arguments, capture_output=True, text=True, check=False, timeout=30).stdout
    values = [line.removeprefix("a.b = ") for line in said.splitlines() if line.startswith("a.b = ")]
    assert effective_source("a.b", files).value == (values[-1] if values else None)
