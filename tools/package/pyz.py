"""Build ``redis-wizard-<version>-py3xx-<machine>.pyz``: the program with all its libraries in one file.

Two builds of one commit are equal byte for byte: versions and hashes come from the lock file, times from
``SOURCE_DATE_EPOCH``, which is the commit's time by default.

Source:
    https://reproducible-builds.org/specs/source-date-epoch/; PEP 441 (zip files that run); PEP 425 (tags of wheels).
"""

import argparse
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from wizard import __version__

PROJECT = Path(__file__).resolve().parents[2]
LOCK = PROJECT / "requirements" / "run.txt"
MAIN = Path(__file__).with_name("pyz_main.py")
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
_OLDEST_ZIP = 315_532_800
"""1980-01-01, the first day that a zip file can name."""


def file_name(python: str) -> str:
    """Return the name of the file for one version of Python on this machine."""
    return f"redis-wizard-{__version__}-py{python.replace('.', '')}-{platform.machine()}.pyz"


def build(python: str, directory: Path) -> Path:
    """Build the file for one version of Python, whatever version runs this.

    Args:
        python: For example ``3.13``.
        directory: Where to put it.
    """
    os.umask(0o022)
    os.environ["SOURCE_DATE_EPOCH"] = str(source_date())
    directory.mkdir(parents=True, exist_ok=True)
    target = directory / file_name(python)
    with tempfile.TemporaryDirectory() as work:
        packages = Path(work, "packages")
        _install(python, packages, Path(work))
        packed = Path(work, "packed.pyz")
        shiv = ["--site-packages", str(packages), "--entry-point", "wizard.cli.main:main", "--output-file", str(packed)]
        _run("-m", "shiv", "--reproducible", *shiv)
        _with_our_start(packed, target, f"#!/usr/bin/env -S python{python} -I\n".encode())
    target.chmod(0o755)
    return target


def source_date() -> int:
    """Return the time that all built files carry."""
    given = os.environ.get("SOURCE_DATE_EPOCH")
    if given:
        return int(given)
    command = ["git", "-C", str(PROJECT), "log", "-1", "--format=%ct"]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    return int(done.stdout) if done.returncode == 0 else _OLDEST_ZIP


def _install(python: str, packages: Path, work: Path) -> None:
    pip = ("-m", "pip", "--quiet", "--disable-pip-version-check")
    into = ("--no-deps", "--no-compile", "--target", str(packages))
    machine = platform.machine()
    tags = [f"--platform={tag}_{machine}" for tag in ("manylinux2014", "manylinux_2_17", "manylinux_2_28")]
    chosen = ("--only-binary=:all:", "--python-version", python, *tags)
    _run(*pip, "install", *into, *chosen, "--require-hashes", "-r", str(LOCK))
    _run(*pip, "wheel", "--no-build-isolation", "--no-deps", "--wheel-dir", str(work), str(PROJECT))
    _run(*pip, "install", *into, "--no-index", "--find-links", str(work), f"redis-wizard=={__version__}")
    # They name the Python of this machine, and the program is started without them.
    shutil.rmtree(packages / "bin", ignore_errors=True)
    for record in packages.glob("*.dist-info/RECORD"):
        record.unlink()


def _with_our_start(packed: Path, target: Path, first_line: bytes) -> None:
    """Write the file again with `pyz_main` as its start."""
    with zipfile.ZipFile(packed) as old, target.open("wb") as file:
        file.write(first_line)
        with zipfile.ZipFile(file, "w") as new:
            for entry in old.infolist():
                new.writestr(entry, MAIN.read_bytes() if entry.filename == "__main__.py" else old.read(entry))


def _run(*arguments: str) -> None:
    subprocess.run([sys.executable, "-W", "ignore", *arguments], check=True, cwd=PROJECT)


def main() -> None:
    """Build the file that the command line names, and print its path."""
    parser = argparse.ArgumentParser(description="Build the one-file program.")
    running = f"{sys.version_info.major}.{sys.version_info.minor}"
    parser.add_argument("--python", choices=PYTHONS, default=running, help="for this version of Python")
    parser.add_argument("--output", type=Path, default=PROJECT / "dist", help="directory to put it in")
    options = parser.parse_args()
    sys.stdout.write(f"{build(options.python, options.output)}\n")


if __name__ == "__main__":
    main()
