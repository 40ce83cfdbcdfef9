"""Real Debian hosts for the system tests, and the product inside them.

A host has no network, so the product comes in by a read-only mount: its packages for the host's own
Python, installed once a lock file into the cache of the test hosts.
"""

import atexit
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tests.support.once import made_once

PROJECT = Path(__file__).resolve().parents[2]
TESTHOST = PROJECT / "tests" / "testhost" / "testhost"
PYTHONS = {"trixie": "3.13", "bookworm": "3.11"}

SHOWN_BY = {"waiting": r'"deadline":[0-9]', "ended": r'"outcome":\{'}
"""What the journal of an apply has once it has come to a stage."""
# Without a process for each look: hosts share the processors with what they wait for.
JOURNAL_SHOWS = """
exec 9<> <(:)
shopt -s nullglob
end=$((SECONDS + 5))
while [ $SECONDS -lt $end ]; do
  journals=(/var/lib/redis-wizard/applies/*/journal.jsonl)
  text=
  [ ${#journals[@]} = 0 ] || IFS= read -rd '' text <"${journals[-1]}" || :
  [[ ! $text =~ $1 ]] || [[ $1 != *outcome* && $text == *'"outcome":{'* ]] || exit 0
  read -rt 0.1 -u 9 || :
done
"""


def why_not() -> str:
    """Say why this machine cannot boot test hosts; empty when it can."""
    if os.geteuid() != 0:
        return "needs root: hosts are booted in namespaces"
    if not Path("/etc/debian_version").exists():
        return "needs Debian: the hosts are built with mmdebstrap from its packages"
    return ""


def cache_directory() -> Path:
    """The directory in which everything about test hosts is kept."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(os.environ.get("TESTHOST_CACHE", f"{base}/redis-wizard-testhost"))


def packages(suite: str = "trixie") -> Path:
    """Install the locked run-time packages for the host's Python, once a lock file."""
    lock = PROJECT / "requirements" / "run.txt"
    version = PYTHONS[suite]
    digest = hashlib.sha256(lock.read_bytes() + version.encode()).hexdigest()[:16]

    def install(fresh: Path) -> None:
        _pip("install", "--target", str(fresh), "--require-hashes", "--no-deps", "-r", str(lock), *wheels_for(version))
        _compile(fresh, version)

    return made_once(cache_directory() / "packages" / digest, install)


def wheels_for(version: str) -> list[str]:
    """Give pip's options that choose wheels for a host's Python, whatever runs this."""
    machine = platform.machine()
    tags = [f"manylinux2014_{machine}", f"manylinux_2_17_{machine}", f"manylinux_2_28_{machine}"]
    return ["--only-binary=:all:", "--python-version", version, *[f"--platform={tag}" for tag in tags]]


def _compile(directory: Path, version: str) -> None:
    """Write byte code where this machine has the host's Python: a read-only mount could keep none."""
    python = shutil.which(f"python{version}", path="/usr/bin")
    if python:
        command = [python, "-I", "-m", "compileall", "-q", "-j", "2", str(directory)]
        subprocess.run(command, check=False, stdout=subprocess.DEVNULL)


def _pip(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments], check=True)


@dataclass(frozen=True)
class DebianHost:
    """One running host."""

    name: str

    def run(self, *command: str, check: bool = True, seconds: float = 400) -> subprocess.CompletedProcess[str]:
        """Run a command as root beside sshd, and give what it said."""
        done = subprocess.run(
            [TESTHOST, "exec", self.name, "--", *command],
            check=False,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=seconds,
        )
        assert not check or done.returncode == 0, f"{command} ended {done.returncode}:\n{done.stdout}\n{done.stderr}"
        return done

    def shell(self, script: str, *, check: bool = True, seconds: float = 400) -> str:
        """Run a shell script as root and give its standard output."""
        return self.run("sh", "-euc", script, check=check, seconds=seconds).stdout

    def wizard(self, *arguments: str, check: bool = True, seconds: float = 400) -> subprocess.CompletedProcess[str]:
        """Run the product inside the host."""
        return self.run("/usr/local/bin/redis-wizard", *arguments, check=check, seconds=seconds)

    def status(self) -> dict[str, Any]:
        """Ask the product where things stand; empty where it cannot say."""
        done = self.run("redis-wizard", "status", "--json", check=False)
        return dict(json.loads(done.stdout)) if done.returncode == 0 else {}

    def wait_for_stage(self, stage: str, *, seconds: float = 300) -> dict[str, Any]:
        """Wait until the newest apply is ``waiting`` or has ``ended``, as the product says, and return what it says.

        Each question starts a Python, so it is asked when the journal shows the stage, and now and then before that.
        """
        deadline = time.monotonic() + seconds
        while True:
            self.run("bash", "-euc", JOURNAL_SHOWS, "-", SHOWN_BY[stage])
            said = self.status()
            if said.get("stage") == stage:
                return said
            assert time.monotonic() < deadline, f"it never was {stage}: {said}"
            time.sleep(0.1)

    def lab(self, *command: str, check: bool = True, seconds: float = 60) -> subprocess.CompletedProcess[str]:
        """Run a command elsewhere on the host's network, as a client would."""
        done = subprocess.run([TESTHOST, "lab", *command], check=False, capture_output=True, text=True, timeout=seconds)
        assert not check or done.returncode == 0, f"{command} ended {done.returncode}:\n{done.stdout}\n{done.stderr}"
        return done

    def address(self) -> str:
        """Its address on the test network."""
        return self._testhost("addr", self.name).strip()

    def copy_from(self, path: str, to: Path) -> None:
        """Copy a file or directory out of the host."""
        self._testhost("cp", f"{self.name}:{path}", str(to))

    def copy_to(self, source: Path, path: str) -> None:
        """Copy a file or directory into the host."""
        self._testhost("cp", str(source), f"{self.name}:{path}")

    def reboot(self) -> None:
        """Reboot in order, and wait until it is up."""
        self._testhost("reboot", self.name)

    @staticmethod
    def _testhost(*arguments: str) -> str:
        done = subprocess.run([TESTHOST, *arguments], check=False, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, f"testhost {arguments} ended {done.returncode}:\n{done.stdout}\n{done.stderr}"
        return done.stdout


@contextmanager
def debian_host(
    name: str,
    *options: str,
    suite: str = "trixie",
    product: Path | None = None,
    emulated: bool = False,
    pristine: bool = False,
) -> Iterator[DebianHost]:
    """Boot a pristine host with the product in it, and take it down at the end.

    Args:
        name: Of the host.
        options: Of ``testhost up``.
        suite: Debian's.
        product: A copy of the product; one of this process by default.
        pristine: Without the product: the test brings a package of it.
        emulated: With a kernel and a disk of its own. It boots in a minute, and a command takes seconds.
    """
    # Tests of one file may run beside each other: each worker has its own host that calls itself so.
    options = ("--hostname", name, *options)
    name += f"-{os.environ['PYTEST_XDIST_WORKER']}" if "PYTEST_XDIST_WORKER" in os.environ else ""
    binds = [] if pristine else _binds(suite, product)
    kind = ["--vm"] if emulated else []
    command: list[str | Path] = [TESTHOST, "up", name, "--suite", suite, *kind, *binds, *options]
    subprocess.run(command, check=True, timeout=1200, stdin=subprocess.DEVNULL)
    host = DebianHost(name)
    try:
        if not pristine:
            _install_launcher(host)
        yield host
    finally:
        subprocess.run([TESTHOST, "down", name], check=True, timeout=60)


def _binds(suite: str, product: Path | None) -> list[str]:
    return [
        *("--bind-ro", f"{product or copy_of_the_product(suite)}:/opt/redis-wizard"),
        *("--bind-ro", f"{packages(suite)}:/opt/packages"),
    ]


@cache
def copy_of_the_product(suite: str = "trixie", *, more: str = "") -> Path:
    """Copy the three packages, once a process: what a test runs must not change under it.

    Args:
        suite: Whose Python will run it.
        more: Python text that goes to the end of ``wizard/apply/process.py``: faults to inject.
    """
    directory = Path(tempfile.mkdtemp(prefix="redis-wizard-"))
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    directory.chmod(0o755)
    for package in ("wizard", "screens", "assets"):
        shutil.copytree(PROJECT / package, directory / package, ignore=shutil.ignore_patterns("__pycache__"))
    if more:
        with (directory / "wizard" / "apply" / "process.py").open("a", encoding="utf-8") as file:
            file.write(more)
    _compile(directory, PYTHONS[suite])
    return directory


LAUNCHER = """\
#!/usr/bin/python3 -I
import sys
sys.path[:0] = ["/opt/redis-wizard", "/opt/packages"]
from wizard.cli.main import main
sys.exit(main())
"""


def _install_launcher(host: DebianHost) -> None:
    host.run(
        "sh",
        "-euc",
        'printf %s "$1" >/usr/local/bin/redis-wizard; chmod 755 /usr/local/bin/redis-wizard',
        "-",
        LAUNCHER,
    )
