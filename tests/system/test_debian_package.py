"""The Debian package: installed, upgraded over a hardened host and over an open apply, removed and purged."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.debian import PYTHONS, TESTHOST, DebianHost, debian_host
from tests.support.host_state import picture
from tests.support.repository import SOURCE, repository
from tests.support.terminal import Terminal
from tools.package import deb, pyz
from tools.package.address import VARIABLE
from wizard import __version__

SECRETS = "/root/secrets.toml"
LOGIN = ("--user", "admin", "--password-file", SECRETS)
NEXT = f"{__version__}.1"
ADDRESS = "https://host.example/redis-wizard"
READERS = ("man-db", "bash-completion", "zsh")
SHELLS = {
    "bash --rcfile /root/.bashrc": ".bashrc '. /usr/share/bash-completion/bash_completion'",
    "zsh": ".zshrc 'autoload -Uz compinit; compinit -u'",
}
COMPLETED = {
    "sna": "snapshots",
    "check --form": "check --format",
    "check --format js": "check --format json",
    "check --password-f": "check --password-file",
    "schema snapshots-d": "schema snapshots-diff",
    "snapshots ver": "snapshots verify",
    "plan --answers /etc/hostn": "plan --answers /etc/hostname",
    "apply /etc/hostn": "apply /etc/hostname",
    "export compose /etc/apt/sources.list": "export compose /etc/apt/sources.list.d",
}
"""What Tab makes of the beginning of a command."""


class Packages(NamedTuple):
    """Two releases for the Python of one suite."""

    suite: str
    first: Path
    second: Path


@pytest.fixture(scope="module", params=["trixie", "bookworm"])
def packages(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Packages:
    suite: str = request.param
    place, python = tmp_path_factory.mktemp(suite), PYTHONS[suite]
    program = pyz.build(python, place)
    first = deb.package(program, python, place)
    with pytest.MonkeyPatch.context() as quick:
        # The compression of a published package takes 20 seconds of a processor: the first one has it.
        quick.setenv("DPKG_DEB_COMPRESSOR_TYPE", "gzip")
        quick.setenv("DPKG_DEB_COMPRESSOR_LEVEL", "1")
        quick.setenv(VARIABLE, f"{ADDRESS}/")
        second = deb.package(program, python, place, release=NEXT)
    return Packages(suite, first, second)


@pytest.fixture
def host(packages: Packages) -> Iterator[DebianHost]:
    offered = repository(*READERS, without="redis-server", suite=packages.suite)
    mount = ("--bind-ro", f"{offered}:/repository")
    with debian_host(f"deb-{packages.suite}", *mount, suite=packages.suite, pristine=True) as booted:
        # The image leaves documents and man pages out of every package.
        booted.shell("sed -i '/^path-/d' /etc/dpkg/dpkg.cfg.d/*")
        for number, package in enumerate(packages[1:], start=1):
            booted.copy_to(package, f"/root/{number}.deb")
        yield booted


def test_a_package_names_the_address_of_its_publisher_alone(packages: Packages) -> None:
    fields = [["dpkg-deb", "--field", str(package), "Homepage"] for package in packages[1:]]
    found = [subprocess.run(field, check=True, capture_output=True, text=True).stdout.strip() for field in fields]
    assert found == ["", ADDRESS]


def test_lintian_finds_nothing(packages: Packages) -> None:
    program = shutil.which("lintian")
    if program is None:
        pytest.skip("lintian is not installed")
    command = [program, "--no-cfg", "--fail-on", "error,warning", str(packages.first)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")


def install(host: DebianHost, number: int) -> str:
    return host.shell(f"apt-get install -y --allow-downgrades /root/{number}.deb 2>&1")


def wizard(host: DebianHost, *arguments: str) -> str:
    return host.run("/usr/bin/redis-wizard", *arguments).stdout


def test_lives_through_a_host(host: DebianHost) -> None:
    _installs_what_dpkg_can_verify(host)
    _is_read_by_man(host)
    for shell, start in SHELLS.items():
        _is_completed_by(host, shell, start)
    before = picture(host)
    wizard(host, "apply", "--yes", "--quiet", "--secrets-to", SECRETS)
    _upgrades_a_hardened_host(host)
    _upgrades_below_an_open_apply(host)
    _is_removed_and_leaves_the_host_hardened(host)
    _is_purged_and_says_what_stays(host)
    install(host, 2)
    for _ in range(2):
        wizard(host, "rollback", "--yes", *LOGIN)
    assert not before.difference(picture(host))
    wizard(host, "uninstall", "--yes", "--remove-ca")
    assert "/var/lib/redis-wizard" not in host.shell("ls -d /var/lib/redis*")
    assert "stay" not in host.shell("dpkg --purge redis-wizard 2>&1")


def _installs_what_dpkg_can_verify(host: DebianHost) -> None:
    assert host.run("which", "redis-wizard", check=False).returncode != 0
    install(host, 1)
    assert wizard(host, "--version") == f"redis-wizard {__version__}\n"
    wizard(host, "detect")
    assert host.shell("dpkg --verify redis-wizard") == ""
    listed = host.shell("dpkg -L redis-wizard").splitlines()
    assert {f"/{each}" for each in deb.FILES} <= set(listed)
    assert f"redis-wizard ({__version__}+py" in host.shell("zcat /usr/share/doc/redis-wizard/changelog.gz")
    assert host.shell("zcat -f /usr/share/man/man8/redis-wizard.8*")[:3] in (".TH", '.\\"')
    assert "complete" in host.shell("cat /usr/share/bash-completion/completions/redis-wizard")


def _is_read_by_man(host: DebianHost) -> None:
    host.shell(f"echo '{SOURCE.strip()}' >/etc/apt/sources.list; apt-get -qq update")
    host.shell(f"DEBIAN_FRONTEND=noninteractive apt-get -qq -y install {' '.join(READERS)} >/dev/null 2>&1; mandb -q")
    page = host.run("env", "MANWIDTH=80", "man", "--warnings", "-P", "cat", "redis-wizard")
    assert page.stderr == "", "groff warns"
    words = " ".join(page.stdout.split())
    for command in ("redis-wizard apply", "redis-wizard snapshots prune", "redis-wizard export compose"):
        assert command in words
    assert "exit status: 0 done or nothing to do" in words
    assert "harden Redis or Valkey on this host" in host.shell("whatis redis-wizard")


def _is_completed_by(host: DebianHost, shell: str, start: str) -> None:
    name, line = start.split(" ", 1)
    host.shell(f"printf '%s\\n' 'PS1=\"READY> \"' {line} >/root/{name}")
    command = [str(TESTHOST), "ssh", host.name, "-tt", *shell.split()]
    with Terminal(command, environment=dict(os.environ)) as terminal:
        for typed, completed in COMPLETED.items():
            terminal.wait_for("READY>")
            terminal.press(f"redis-wizard {typed}\t")
            terminal.wait_for(f"redis-wizard {completed}")
            terminal.press("\x03")
            # The next prompt is below the one with the words that are not run.
            terminal.press("clear\r")
            terminal.settle()


def _upgrades_a_hardened_host(host: DebianHost) -> None:
    state = host.shell("ls -lR --full-time /var/lib/redis-wizard /etc/redis")
    install(host, 2)
    assert f"Version: {NEXT}+py" in host.shell("dpkg -s redis-wizard")
    assert host.shell("ls -lR --full-time /var/lib/redis-wizard /etc/redis") == state
    assert host.run("redis-wizard", "plan", "--detailed-exitcode", *LOGIN).returncode == 0
    install(host, 1)


def _upgrades_below_an_open_apply(host: DebianHost) -> None:
    host.shell("redis-wizard answers init /root/answers.toml --quiet " + " ".join(LOGIN))
    host.shell("sed -i 's/^timeout_seconds = .*/timeout_seconds = 240/' /root/answers.toml")
    # It waits for its confirmation as long as that may take, so it runs beside the test.
    waits = "apply --yes --quiet --answers /root/answers.toml --confirm-within 3600"
    host.shell(f"redis-wizard {waits} {' '.join(LOGIN)} >/root/apply.log 2>&1 &")
    host.wait_for_stage("waiting")
    said = host.shell("dpkg --remove redis-wizard 2>&1")
    assert "redis-wizard: an apply is open; its recovery program in /var/lib/redis-wizard finishes it" in said
    install(host, 2)
    wizard(host, "confirm", *LOGIN)
    assert "timeout 240" in host.shell("cat /etc/redis/redis.conf")


def _is_removed_and_leaves_the_host_hardened(host: DebianHost) -> None:
    host.shell("dpkg --remove redis-wizard")
    assert host.run("ls", "/usr/lib/redis-wizard", check=False).returncode != 0
    assert host.run("redis-cli", "ping", check=False).stdout.strip() != "PONG"
    assert host.shell("systemctl --failed --plain --no-legend") == ""
    host.reboot()
    assert host.shell("systemctl is-active redis-server").strip() == "active"
    assert host.shell("systemctl --failed --plain --no-legend") == ""


def _is_purged_and_says_what_stays(host: DebianHost) -> None:
    install(host, 2)
    said = host.shell("dpkg --purge redis-wizard 2>&1")
    assert "the host stays hardened; snapshots and the key of the CA stay in /var/lib/redis-wizard" in said
    assert "install the package again and run redis-wizard uninstall" in said
