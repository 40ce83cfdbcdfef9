"""A small package repository for hosts that have no network: packages and what they need.

The packages are loaded once into the cache of the test hosts, from the very mirrors that this
machine's apt uses, and are the ones that a root without a server lacks.
"""

import hashlib
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.support.debian import TESTHOST, cache_directory
from tests.support.once import made_once

SOURCE = "deb [trusted=yes] file:/repository ./\n"
"""The line for a host that has the repository at ``/repository``."""


def repository(*packages: str, without: str = "less", suite: str = "trixie") -> Path:
    """Give a directory with packages, what they need beyond a root, and an index.

    Args:
        packages: Those to offer.
        without: The package that the root was built with (``testhost up --pkg``).
        suite: The distribution.
    """

    def load(fresh: Path) -> None:
        with tempfile.TemporaryDirectory() as scratch:
            for archive in _download(Path(scratch), _root(suite, without), suite, packages):
                shutil.copy(archive, fresh)
        (fresh / "Packages").write_text("\n".join(_entry(each) for each in sorted(fresh.glob("*.deb"))))

    return made_once(cache_directory() / "repositories" / "-".join((suite, *packages)), load)


def _root(suite: str, package: str) -> Path:
    command: list[str | Path] = [TESTHOST, "build", "--suite", suite, "--pkg", package]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, timeout=600)
    return Path(done.stdout.strip()) / "root"


def _download(scratch: Path, root: Path, suite: str, packages: Sequence[str]) -> list[Path]:
    """Let apt resolve what the root lacks and load it, with a state of its own."""
    for directory in ("state/lists/partial", "cache/archives/partial"):
        (scratch / directory).mkdir(parents=True)
    (scratch / "sources.list").write_text(f"deb {_mirror()} {suite} main\n")
    scratch.chmod(0o755)
    settings = {
        "Dir::State": scratch / "state",
        "Dir::State::status": root / "var/lib/dpkg/status",
        "Dir::Cache": scratch / "cache",
        "Dir::Etc::sourcelist": scratch / "sources.list",
        "Dir::Etc::sourceparts": "/dev/null",
        "APT::Sandbox::User": "root",
        "Acquire::Check-Valid-Until": "false",
    }
    apt = ["apt-get", "-qq", *(word for key, value in settings.items() for word in ("-o", f"{key}={value}"))]
    subprocess.run([*apt, "update"], check=True, timeout=300)
    load = ["install", "--yes", "--download-only", "--no-install-recommends", *packages]
    subprocess.run([*apt, *load], check=True, timeout=300, stdout=subprocess.DEVNULL)
    return sorted((scratch / "cache/archives").glob("*.deb"))


def _mirror() -> str:
    """Give the mirror of the distribution, as apt knows it here."""
    command = ["apt-get", "indextargets", "--format", "$(LABEL) $(REPO_URI)", "Identifier: Packages"]
    lines = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout.splitlines()
    mirror = next((line.removeprefix("Debian ") for line in lines if line.startswith("Debian ")), "")
    assert mirror, "apt is configured with no repository labelled Debian"
    return mirror


def _entry(archive: Path) -> str:
    """Write the paragraph of one package for the index."""
    fields = subprocess.run(["dpkg-deb", "-f", archive], check=True, capture_output=True, text=True, timeout=60).stdout
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    return f"{fields.rstrip()}\nFilename: ./{archive.name}\nSize: {archive.stat().st_size}\nSHA256: {digest}\n"
