"""The one-file program on a host that has neither the product nor a network: from bare to hardened and back."""

import hashlib
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from tests.support.debian import PYTHONS, DebianHost, debian_host
from tests.support.host_state import picture
from tools.package.pyz import PYTHONS as PYTHONS_OF_FILES
from tools.package.pyz import build
from wizard import __version__

CACHE = "/var/cache/redis-wizard"


@pytest.fixture(scope="module")
def pyz(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(PYTHONS["trixie"], tmp_path_factory.mktemp("dist"))


def test_two_builds_are_equal_byte_for_byte(pyz: Path, tmp_path: Path) -> None:
    again = build(PYTHONS["trixie"], tmp_path / "again")
    assert hashlib.sha256(again.read_bytes()).digest() == hashlib.sha256(pyz.read_bytes()).digest()
    assert again.name == pyz.name


@pytest.mark.parametrize("python", [each for each in PYTHONS_OF_FILES if each not in PYTHONS.values()])
def test_each_other_python_has_a_file_that_runs(python: str, tmp_path: Path) -> None:
    file = build(python, tmp_path)
    tag = f"cpython-{python.replace('.', '')}-"
    with zipfile.ZipFile(file) as archive:
        named = [name for name in archive.namelist() if name.endswith(".so") and "cpython-" in name]
    assert named
    assert not [name for name in named if tag not in name], "compiled for another Python"
    if interpreter := interpreter_of(python):
        environment = {"SHIV_ROOT": str(tmp_path / "unpacked"), "PATH": "/usr/bin:/bin"}
        done = subprocess.run([interpreter, "-I", file, "--version"], capture_output=True, env=environment, check=True)
        assert done.stdout.decode() == f"redis-wizard {__version__}\n"


def interpreter_of(python: str) -> str:
    """Return an interpreter of this version; empty where the machine has none."""
    found = shutil.which(f"python{python}")
    done = subprocess.run([found, "-c", ""], check=False, capture_output=True) if found else None
    return found if found and done and done.returncode == 0 else ""


def test_goes_from_bare_to_hardened_and_back(pyz: Path) -> None:
    with debian_host("onefile", pristine=True) as host:
        assert host.run("sh", "-c", "ip route get 192.0.2.1", check=False).returncode != 0, "the host has a network"
        host.copy_to(pyz, "/usr/local/bin/redis-wizard")
        _is_refused_in_a_directory_of_others(host)
        _runs_where_var_is_noexec(host)
        before = picture(host)
        host.wizard("apply", "--yes", "--secrets-to", "/root/secrets.toml")
        # What finishes an interrupted apply depends on neither the file nor what it unpacked.
        host.shell(f"rm -r {CACHE}")
        report = host.wizard("check", "--user", "admin", "--password-file", "/root/secrets.toml").stdout
        assert "critical" not in report
        assert host.run("redis-cli", "ping", check=False).stdout.strip() != "PONG"
        host.wizard("rollback", "--yes")
        assert not before.difference(picture(host))
        host.wizard("uninstall", "--yes", "--remove-ca")
        assert "/var/lib/redis-wizard" not in host.shell("ls -d /var/lib/redis*")


def _is_refused_in_a_directory_of_others(host: DebianHost) -> None:
    host.shell(f"mkdir -m 777 {CACHE}")
    done = host.wizard("--version", check=False)
    assert done.returncode == 1
    assert f"{CACHE}: another account can change it" in done.stderr
    host.shell(f"rmdir {CACHE}; mkdir -m 777 /tmp/home; chown nobody /tmp/home")
    # As sudo does where it keeps the caller's home directory.
    host.run("env", "HOME=/tmp/home", "redis-wizard", "--version")
    assert host.shell("ls -A /tmp/home") == ""
    assert host.shell(f"stat -c '%U %a' {CACHE}") == "root 700\n"


def _runs_where_var_is_noexec(host: DebianHost) -> None:
    host.shell("mount -t tmpfs -o noexec none /var/cache; redis-wizard detect; umount /var/cache")
    assert host.shell("ls /usr/local/lib/redis-wizard/cache") != ""
    host.shell("rm -r /usr/local/lib/redis-wizard")
