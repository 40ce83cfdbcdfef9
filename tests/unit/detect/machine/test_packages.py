import gzip
from collections.abc import Sequence
from pathlib import PurePosixPath

import pytest

from tests.support.host_trees import load
from tests.support.memory_host.host import MemoryHost
from wizard.detect.machine.packages import candidates, read_packages, upstream
from wizard.detect.reader import Reader
from wizard.host.reader import Completed
from wizard.model.facts.host import Package


def packages(host: MemoryHost, manager: str) -> tuple[tuple[str, bool, str], ...]:
    return tuple((each.name, each.installed, each.version) for each in read_packages(Reader(host), manager))


def test_reads_what_dpkg_installed_without_running_a_program() -> None:
    host = load("debian13-redis")
    assert packages(host, "apt") == (("redis-server", True, "5:8.0.2-3+deb13u3"),)
    assert host.runs == []


def test_asks_apt_for_what_is_on_offer_only_where_nothing_is_installed() -> None:
    assert packages(load("bare"), "apt") == (
        ("redis-server", False, "5:8.0.2-3+deb13u3"),
        ("redis", False, "5:8.0.2-3+deb13u3"),
        ("valkey-server", False, "8.1.1+dfsg1-3"),
    )


def test_a_removed_package_with_its_files_left_is_not_installed() -> None:
    host = load("bare")
    host.tree = PurePosixPath("/image")
    assert packages(host, "apt") == ()


def test_reads_the_databases_of_apk_and_pacman() -> None:
    assert packages(load("no-systemd"), "apk") == (("redis", True, "7.2.5-r0"),)
    newer = MemoryHost({PurePosixPath("/usr/lib/apk/db/installed"): b"C:Q1x\nP:valkey\nV:9.0.1-r0\n\nP:musl\nV:1\n"})
    assert packages(newer, "apk") == (("valkey", True, "9.0.1-r0"),)
    arch = MemoryHost({PurePosixPath("/var/lib/pacman/local/valkey-8.1.1-1/desc"): b""})
    assert packages(arch, "pacman") == (("valkey", True, "8.1.1-1"),)


def test_asks_rpm() -> None:
    host = MemoryHost()
    host.programs["rpm"] = PurePosixPath("/usr/bin/rpm")
    said = "redis (none):7.2.4-1.el9\npackage valkey is not installed\nkeydb 1:6.3.4-1\n"
    host.answer = lambda line, _input, _user: (
        Completed(status=2, output=said, errors="") if line[:2] == ("/usr/bin/rpm", "-q") else None
    )
    assert packages(host, "dnf") == (("redis", True, "7.2.4-1.el9"), ("keydb", True, "1:6.3.4-1"))


DNF = "redis 6.2.20-1.el9_6\nvalkey 8.0.6-1.el9_6\n\nredis-devel 6.2.20-1.el9_6\n"
ZYPPER = """<?xml version='1.0'?>
<stream>
<search-result version="0.0">
<solvable-list>
<solvable status="not-installed" name="redis" kind="package" edition="7.2.4-150600.3.6.1" repository="Up"/>
<solvable status="not-installed" name="redis" kind="package" edition="7.2.4-150600.1.8" repository="Main"/>
<solvable status="not-installed" name="redis" kind="patch" edition="9-9" arch="noarch" repository="Up"/>
</solvable-list>
</search-result>
</stream>
"""


@pytest.mark.parametrize(
    ("manager", "said", "offered"),
    [
        ("dnf", DNF, (("redis", False, "6.2.20-1.el9_6"), ("valkey", False, "8.0.6-1.el9_6"))),
        ("dnf", "redis6 6.2.14-1.amzn2023.0.1\n", (("redis6", False, "6.2.14-1.amzn2023.0.1"),)),
        ("zypper", ZYPPER, (("redis", False, "7.2.4-150600.3.6.1"),)),
        ("apk", "redis-7.2.5-r0\nvalkey-7.2.6-r0\n", (("redis", False, "7.2.5-r0"), ("valkey", False, "7.2.6-r0"))),
        ("dnf", "Error: Cache-only enabled but no cache for 'baseos'\n", ()),
        ("zypper", "<stream><message type='error'>x</message></stream>", ()),
        ("apk", "", ()),
    ],
)
def test_asks_other_package_managers_for_their_offer(
    manager: str, said: str, offered: tuple[tuple[str, bool, str], ...]
) -> None:
    host = MemoryHost()
    host.programs[manager] = PurePosixPath(f"/usr/bin/{manager}")
    lines: list[Sequence[str]] = []

    def answer(line: Sequence[str], _input: object, _user: object) -> Completed:
        lines.append(line)
        return Completed(status=0, output=said, errors="")

    host.answer = answer
    assert packages(host, manager) == offered
    (line,) = lines
    assert line[0] == f"/usr/bin/{manager}"


CHANGELOG = (
    b"redis (5:8.0.2-3+deb13u2) trixie-security\n  * CVE-2025-49844 / CVE-2025-46817: Lua\n  * CVE-2025-49844 again\n"
)


def test_reads_the_flaws_that_a_changelog_names() -> None:
    host = load("debian13-redis")
    path = PurePosixPath("/usr/share/doc/redis-server/changelog.Debian.gz")
    host.put(path, gzip.compress(CHANGELOG))
    (found,) = read_packages(Reader(host), "apt")
    assert (found.changelog, found.fixed_flaws) == (str(path), ("CVE-2025-46817", "CVE-2025-49844"))
    host.put(path, b"no archive")
    (found,) = read_packages(Reader(host), "apt")
    assert (found.changelog, found.fixed_flaws) == ("", ())


def test_asks_rpm_for_the_flaws_that_a_changelog_names() -> None:
    host = MemoryHost()
    host.programs["rpm"] = PurePosixPath("/usr/bin/rpm")

    def answer(line: Sequence[str], _input: object, _user: object) -> Completed:
        said = CHANGELOG.decode() if "--changelog" in line else "redis (none):8.0.2-1.el9\n"
        return Completed(status=0, output=said, errors="")

    host.answer = answer
    (found,) = read_packages(Reader(host), "dnf")
    assert (found.changelog, found.fixed_flaws) == ("rpm --changelog", ("CVE-2025-46817", "CVE-2025-49844"))


def test_knows_none_without_a_package_manager() -> None:
    assert packages(MemoryHost(), "") == ()
    assert packages(MemoryHost(), "apt") == ()


@pytest.mark.parametrize(
    ("version", "own"),
    [
        ("5:8.0.2-3+deb13u1", "8.0.2"),
        ("8.1.1+dfsg1-3", "8.1.1"),
        ("7.2.5-r0", "7.2.5"),
        ("7.0~rc1-1", "7.0"),
        ("", ""),
        ("git", ""),
    ],
)
def test_takes_the_servers_own_version_out_of_a_package_version(version: str, own: str) -> None:
    assert upstream(version) == own


def test_reads_no_candidate_of_a_package_that_has_none() -> None:
    text = "redis-server:\n  Installed: (none)\n  Candidate: (none)\nredis:\n  Candidate: 1\n"
    assert candidates(text) == (Package(name="redis", installed=False, version="1"),)
