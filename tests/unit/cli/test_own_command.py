"""How the program was installed decides how it is removed."""

import zipfile
from pathlib import Path

import pytest

from wizard.cli.own_command import removal


def test_one_file_is_removed_with_what_this_build_unpacked(tmp_path: Path) -> None:
    program = tmp_path / "redis wizard"
    zipfile.ZipFile(program, "w").close()
    unpacked = Path("/var/cache/redis-wizard/redis-wizard_12ab/site-packages")
    assert removal(program, unpacked) == f"rm -r '{program}' {unpacked.parent}"


@pytest.mark.parametrize(
    ("packages", "command"),
    [
        ("/usr/lib/redis-wizard/site-packages", "apt-get remove redis-wizard"),
        ("/root/.local/share/uv/tools/redis-wizard/lib/python3.13/site-packages", "uv tool uninstall redis-wizard"),
        ("/opt/pipx/venvs/redis-wizard/lib/python3.13/site-packages", "pipx uninstall redis-wizard"),
        ("/opt/redis-wizard/lib/python3.13/site-packages", "pip uninstall redis-wizard, or its environment"),
    ],
)
def test_a_package_manager_removes_what_it_has_installed(tmp_path: Path, packages: str, command: str) -> None:
    (tmp_path / "redis-wizard").write_text("#!/usr/bin/python3\n")
    assert removal(tmp_path / "redis-wizard", Path(packages)) == command
