"""The built wheel, installed on a host as an operator would: an environment of its own, no network."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.debian import PROJECT, PYTHONS, debian_host, wheels_for
from tests.support.wizard_terminal import leave, over_ssh


@pytest.fixture(scope="module")
def wheelhouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    house = tmp_path_factory.mktemp("wheelhouse")
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    lock = PROJECT / "requirements" / "run.txt"
    download = ["download", "--require-hashes", "--no-deps", "-r", str(lock), "--dest", str(house)]
    subprocess.run([*pip, *download, *wheels_for(PYTHONS["trixie"])], check=True)
    build = ["wheel", "--no-build-isolation", "--no-deps", "--wheel-dir", str(house), str(PROJECT)]
    subprocess.run([*pip, *build], check=True)
    house.chmod(0o755)
    return house


def test_installs_without_network_and_runs(wheelhouse: Path) -> None:
    with debian_host("wheel", "--bind-ro", f"{wheelhouse}:/wheelhouse") as host:
        host.shell(
            "python3 -m venv /root/rw;"
            " /root/rw/bin/pip --quiet install --no-index --find-links /wheelhouse redis-wizard",
            seconds=120,
        )
        assert host.run("/root/rw/bin/redis-wizard", "--version").stdout.startswith("redis-wizard ")
        assert '"redis-wizard/facts"' in host.run("/root/rw/bin/redis-wizard", "detect", "--json").stdout
        # The help texts and style sheets are in it: the wizard opens, and says that this is no terminal.
        assert host.run("/root/rw/bin/redis-wizard", check=False).returncode == 64
        with over_ssh(host, "--dry-run", program="/root/rw/bin/redis-wizard") as terminal:
            terminal.wait_for("Review recommended plan", "Score")
            leave(terminal)
        ran = host.shell("cd /tmp && /root/rw/bin/python -I -m wizard check --format json")
        assert '"redis-wizard/report"' in ran
