"""A host without any Redis: the distribution's package is the plan, and the next plan hardens what it brought."""

import json
from collections.abc import Iterator

import pytest

from tests.support.clients import python_client
from tests.support.debian import DebianHost, debian_host
from tests.support.host_state import FILES, picture
from tests.support.repository import SOURCE, repository
from tests.support.terminal import KEYS
from tests.support.wizard_terminal import answer, keep, leave, over_ssh

SECRETS = "/root/secrets.toml"
LOGIN = ["--user", "admin", "--password-file", SECRETS]


@pytest.fixture(scope="module")
def host() -> Iterator[DebianHost]:
    offered = repository("redis-server")
    with debian_host("package", "--pkg", "less", "--bind-ro", f"{offered}:/repository") as booted:
        yield booted


def words(text: str) -> str:
    """Give a text as one line, whatever the width it was wrapped at."""
    return " ".join(text.split())


def offer(host: DebianHost) -> None:
    """Let the host's package manager know the package."""
    host.shell(f"echo '{SOURCE.strip()}' >/etc/apt/sources.list; apt-get -qq update")


def test_without_an_offer_one_sentence_says_what_to_do(host: DebianHost) -> None:
    assert "No server package is available" in words(host.wizard("detect").stdout)
    done = host.wizard("plan", check=False)
    assert done.returncode == 1
    assert done.stdout == ""
    (sentence,) = done.stderr.splitlines()
    assert "no Redis or Valkey server" in sentence
    assert "install one" in sentence


def test_detect_finds_no_server_and_names_the_package(host: DebianHost) -> None:
    offer(host)
    facts = json.loads(host.wizard("detect", "--json").stdout)
    assert facts["instances"] == []
    (package,) = [each for each in facts["packages"] if each["name"] == "redis-server"]
    assert package["installed"] is False
    text = words(host.wizard("detect").stdout)
    assert "No Redis or Valkey found" in text
    assert "Available packages: redis-server" in text


def test_the_package_is_the_first_and_only_change(host: DebianHost) -> None:
    offer(host)
    done = host.wizard("plan", "--detailed-exitcode", check=False)
    assert done.returncode == 2, done.stderr
    assert "plan again" in words(done.stdout)
    plan = json.loads(host.wizard("plan", "--json").stdout)
    (change,) = plan["changes"]
    assert change["package"] == "redis-server"
    assert not host.shell("ls /var/lib/redis-wizard 2>/dev/null || :"), "a plan wrote something"
    assert host.run("which", "redis-server", check=False).returncode != 0


def test_check_says_that_there_is_nothing_to_check(host: DebianHost) -> None:
    done = host.wizard("check", check=False)
    assert done.returncode == 1
    assert done.stdout == ""
    (sentence,) = done.stderr.splitlines()
    assert "no Redis or Valkey server" in sentence
    assert "plan" in sentence


def test_a_package_that_cannot_be_loaded_changes_nothing(host: DebianHost) -> None:
    host.shell("mkdir /srv/empty; cp /repository/Packages /srv/empty")
    host.shell("echo 'deb [trusted=yes] file:/srv/empty ./' >/etc/apt/sources.list; apt-get -qq update")
    before = host.shell(FILES)
    done = host.wizard("apply", "--yes", "--quiet", check=False)
    assert done.returncode == 4
    assert "apt-get" in words(done.stdout)
    assert host.shell(FILES) == before
    offer(host)


def test_a_package_manager_that_is_killed_with_its_apply_is_told(host: DebianHost) -> None:
    offer(host)
    # dpkg unpacks first, and configures when it is called again.
    hook = "/etc/dpkg/dpkg.cfg.d/hold"
    host.shell(f"echo 'post-invoke=touch /run/unpacked; sleep 600' >{hook}; redis-wizard apply --yes >/dev/null 2>&1 &")
    host.shell("for i in $(seq 600); do test -e /run/unpacked && exit 0; sleep 0.1; done; exit 1")
    host.shell("systemctl kill -s KILL redis-wizard-apply.service")
    host.wait_for_stage("ended")
    said = words(host.wizard("status").stdout)
    assert "Rolled back, Not as before: dpkg left" in said
    assert "run dpkg --configure -a" in said
    host.shell(f"rm {hook}; dpkg --configure -a; apt-get -qq --yes --autoremove purge redis-server")


def test_apply_installs_it(host: DebianHost) -> None:
    offer(host)
    done = host.wizard("apply", "--yes")
    assert "Plan again" in words(done.stdout)
    assert "redis-server is installed" in words(done.stderr)
    assert host.shell("systemctl is-active redis-server").strip() == "active"


def test_the_next_apply_hardens_it_and_its_rollback_gives_the_new_server_back(host: DebianHost) -> None:
    before = picture(host)
    plan = json.loads(host.wizard("plan", "--json").stdout)
    assert len(plan["changes"]) > 10
    assert not [change for change in plan["changes"] if "package" in change]
    host.wizard("apply", "--yes", "--secrets-to", SECRETS)
    for user in ("app", "admin"):
        assert python_client(host, user, SECRETS) == "True"
        assert python_client(host, user, SECRETS, certificate=False).startswith("refused")
    assert host.wizard("plan", "--detailed-exitcode", *LOGIN, check=False).returncode == 0
    report = json.loads(host.wizard("check", "--format", "json", *LOGIN).stdout)
    assert not [item["number"] for item in report["items"] if item["state"] == "fail"]
    host.wizard("rollback", "--yes", *LOGIN)
    assert not before.difference(picture(host))


def test_a_package_stays_when_its_apply_is_rolled_back(host: DebianHost) -> None:
    done = host.wizard("rollback", "--yes")
    assert "the package redis-server stays installed" in words(done.stdout + done.stderr)
    assert host.shell("redis-cli ping").strip() == "PONG"


def test_the_wizard_installs_it_and_goes_on_with_the_new_server() -> None:
    options = ("--pkg", "less", "--bind-ro", f"{repository('redis-server')}:/repository")
    with debian_host("package-wizard", *options) as host:
        offer(host)
        with over_ssh(host) as terminal:
            terminal.wait_for("No Redis or Valkey was found", "Review recommended plan")
            terminal.review()
            terminal.wait_for(">9 Review", "redis-server")
            terminal.press(KEYS["F8"])
            answer(terminal, "Apply to package-wizard?")
            terminal.wait_for("Time left to confirm:")
            keep(terminal)
            terminal.press(KEYS["F8"])
            terminal.wait_for("Review recommended plan", "Score")
            terminal.review()
            terminal.wait_for(">9 Review", "changes in", "users.acl")
            leave(terminal)
        assert host.shell("redis-cli ping").strip() == "PONG"
