"""What only looks runs no program but those that only look."""

from pathlib import PurePosixPath

import pytest

from tests.support.memory_host.host import MemoryHost
from wizard.errors import UnsupportedError
from wizard.host.reader import Completed


@pytest.fixture
def host() -> MemoryHost:
    made = MemoryHost({PurePosixPath("/etc/a"): b"one"})
    made.answer = lambda line, _input, _user: Completed(status=0, output=" ".join(line), errors="")
    return made


@pytest.mark.parametrize(
    "line",
    [
        ["/usr/bin/redis-server", "--version"],
        ["/usr/bin/systemd-detect-virt"],
        ["/usr/bin/apt-cache", "policy", "redis-server"],
        ["/usr/bin/rpm", "-q", "--qf", "%{NAME}", "redis"],
        ["/usr/bin/dnf", "--cacheonly", "--quiet", "repoquery", "--latest-limit=1", "redis"],
        ["/usr/bin/zypper", "--no-refresh", "--xmlout", "search", "--details", "redis"],
        ["/sbin/apk", "search", "--exact", "--no-network", "redis"],
        ["/usr/sbin/nft", "--json", "--debug=netlink", "list", "ruleset"],
        ["/usr/sbin/iptables-nft-save"],
        ["/usr/sbin/ip6tables-legacy-save"],
    ],
)
def test_runs_what_only_looks(host: MemoryHost, line: list[str]) -> None:
    assert host.query(line).output == " ".join(line)


@pytest.mark.parametrize(
    "line",
    [
        ["/usr/bin/redis-server"],
        ["/usr/bin/redis-server", "/etc/a", "--version"],
        ["/usr/bin/systemctl", "restart", "x.service"],
        ["/usr/bin/apt-cache", "gencaches"],
        ["/usr/bin/rpm", "-e", "redis"],
        ["/usr/bin/dnf", "install", "redis"],
        ["/usr/bin/dnf", "--cacheonly", "--quiet", "repoquery", "--latest-limit=1", "--setopt=x=y", "redis"],
        ["/usr/bin/zypper", "--no-refresh", "--xmlout", "install", "redis"],
        ["/sbin/apk", "add", "redis"],
        ["/sbin/apk", "search", "--exact", "--no-network", "--root=/", "redis"],
        ["/usr/sbin/nft", "--json", "--debug=netlink", "flush", "ruleset"],
        ["/usr/sbin/nft", "--json", "--debug=netlink", "list", "ruleset", ";", "flush", "ruleset"],
        ["/usr/sbin/iptables-nft-save", "-f", "/etc/passwd"],
        ["/usr/bin/systemd-detect-virt", "--version", "--quiet"],
    ],
)
def test_refuses_what_could_change_the_host(host: MemoryHost, line: list[str]) -> None:
    with pytest.raises(UnsupportedError, match=rf"^{line[0]} is not run"):
        host.query(line)
    assert (host.changes, host.runs) == ([], [])
