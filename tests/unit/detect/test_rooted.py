"""A directory tree on the disk, through the adapter that the operator gets with ``--root``."""

import shutil
import tomllib
from pathlib import Path, PurePosixPath

import pytest

from tests.support.host_trees import HOSTS
from wizard.detect.collect import collect
from wizard.host.rooted import RootedHost
from wizard.model.facts.configuration import ConfigFacts
from wizard.model.facts.host import HostFacts
from wizard.model.facts.machine import Init
from wizard.model.facts.unreadable import Unreadable


def facts_of(name: str, tmp_path: Path) -> HostFacts:
    """Put a host's files and links below a directory and look at it."""
    root = tmp_path / "image"
    shutil.copytree(HOSTS / name / "root", root)
    told = tomllib.loads((HOSTS / name / "host.toml").read_text(encoding="utf-8"))
    for path, target in told.get("links", {}).items():
        link = root / path.lstrip("/")
        if not link.exists() and not path.startswith("/proc"):
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(target)
    shutil.rmtree(root / "proc")
    shutil.rmtree(root / "sys")
    return collect(RootedHost(PurePosixPath(root))).facts


@pytest.mark.parametrize(
    ("name", "instances"),
    [
        ("debian13-redis", ["redis-server"]),
        ("debian13-valkey", ["valkey-server"]),
        ("two-instances", ["redis-server@a", "redis-server@b"]),
        ("by-hand", ["/etc/redis.conf"]),
        ("bare", []),
    ],
)
def test_finds_the_servers_of_an_image(name: str, instances: list[str], tmp_path: Path) -> None:
    facts = facts_of(name, tmp_path)
    assert facts.tree == PurePosixPath(tmp_path / "image")
    assert [instance.name for instance in facts.instances] == instances
    assert all(isinstance(instance.config, ConfigFacts) for instance in facts.instances)
    assert (facts.listeners, facts.interfaces) == ((), ())


def test_nothing_of_the_machine_that_looks_is_taken_for_the_image(tmp_path: Path) -> None:
    facts = facts_of("debian13-redis", tmp_path)
    (instance,) = facts.instances
    assert isinstance(facts.memory.total, Unreadable)
    assert all(isinstance(setting.live, Unreadable) and not setting.writable for setting in facts.kernel)
    assert isinstance(instance.live, Unreadable)
    assert (instance.process, instance.listeners, instance.probes) == (None, (), ())
    assert facts.memory.others == ()


def test_reads_version_unit_and_kernel_files_of_an_image(tmp_path: Path) -> None:
    facts = facts_of("debian13-redis", tmp_path)
    (instance,) = facts.instances
    assert (facts.os.id, facts.os.init) == ("debian", Init.SYSTEMD)
    assert (instance.version, instance.binary) == ("8.0.2", "/usr/bin/redis-server")
    assert instance.unit is not None
    assert instance.unit.properties["User"] == "redis"
