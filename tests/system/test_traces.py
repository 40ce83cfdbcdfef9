"""What the product leaves on a host: whose it is, which secrets are in it, and how it is removed.

One host; the tests of this file build on each other in order.
"""

import json
from collections.abc import Iterator

import pytest

from tests.support.debian import DebianHost, debian_host
from tests.support.host_state import HostState, picture
from tests.support.waiting import poll

STATE = "/var/lib/redis-wizard"
PRIVATE = "/run/redis-wizard/private"
SECRETS = "/root/secrets.toml"
LOGIN = ("--user", "admin", "--password-file", SECRETS)
PLANTED = """
import zipfile
with zipfile.ZipFile("/root/planted.pyz", "w") as archive:
    archive.writestr("__main__.py", "open('/root/owned', 'w').close()")
"""


@pytest.fixture(scope="module")
def host() -> Iterator[DebianHost]:
    with debian_host("traces") as made:
        made.shell("redis-cli set key value >/dev/null; redis-cli save >/dev/null")
        yield made


@pytest.fixture(scope="module")
def first(host: DebianHost) -> HostState:
    return picture(host)


def test_an_ordinary_user_can_try_it_though_its_memory_is_roots(host: DebianHost, first: HostState) -> None:
    for words in (("detect",), ("check",), ("status",), ("check", "--sandbox"), ("plan", "--sandbox")):
        done = host.run("runuser", "-u", "op", "--", "redis-wizard", *words, check=False)
        assert done.returncode == 0, (words, done.stderr)
    assert not first.difference(picture(host))


# --- whose it is -----------------------------------------------------------------------------------

FOREIGN = {
    "of the service account": f"install -d -o redis -g redis -m 0770 {STATE}",
    "of root, for its group": f"install -d -o root -g redis -m 0770 {STATE}",
    "with an order of the service account": f"install -d -m 0700 {STATE}; install -d -o redis {STATE}/applies",
    "with a planted program": f"install -d -m 0700 {STATE}/recovery; install -o redis /bin/true {STATE}/recovery/x",
    "with a link": f"install -d -m 0700 {STATE}; ln -s /tmp {STATE}/recovery",
    "a link of the service account": f"install -d /srv/own; ln -s /srv/own {STATE}; chown -h redis {STATE}",
    "below a sticky directory": f"install -d -m 0700 {STATE}; chmod 1777 /var/lib",
    "below a directory of the service account": f"install -d -m 0700 {STATE}; chown redis /var/lib",
    "with passwords of the service account": f"install -d -m 0700 {STATE}; install -d -o redis -D {PRIVATE}",
}
CLEAN = f"rm -rf {STATE} /run/redis-wizard; chmod 755 /var/lib; chown root /var/lib"


@pytest.mark.parametrize("how", FOREIGN)
def test_a_state_directory_that_is_not_roots_alone_is_refused(host: DebianHost, first: HostState, how: str) -> None:
    host.shell(FOREIGN[how])
    before = host.shell(f"find {STATE}/ | sort")
    try:
        for words in (("apply", "--yes", "--secrets-to", SECRETS), ("status",), ("rollback", "--yes"), ("recover",)):
            done = host.wizard(*words, check=False)
            assert done.returncode == 1, (words, done.stdout, done.stderr)
            assert "is refused" in done.stderr
            assert done.stderr.count("\n") == 1
        assert host.shell(f"find {STATE}/ | sort") == before
        assert host.run("test", "-e", SECRETS, check=False).returncode == 1
    finally:
        host.shell(CLEAN)
    assert not first.difference(picture(host))


def test_the_command_that_is_named_fixes_it(host: DebianHost) -> None:
    host.shell(FOREIGN["of the service account"])
    command = host.wizard("status", check=False).stderr.partition("then run: ")[2].strip()
    host.shell(command)
    assert host.wizard("status").returncode == 0
    host.shell(CLEAN)


def test_a_program_that_was_planted_in_the_window_is_not_run(host: DebianHost, first: HostState) -> None:
    host.run("python3", "-c", PLANTED)
    host.shell(f"redis-wizard apply --yes --confirm-within 300 --secrets-to {SECRETS} >/dev/null 2>/root/said &")
    host.wait_for_stage("waiting")
    host.shell(
        f"chown -R redis:redis {STATE}; cp -a {STATE} /root/saved;"
        f"for kit in {STATE}/recovery/*/redis-wizard.pyz; do cp /root/planted.pyz $kit; done;"
        "systemctl kill --signal=KILL --kill-whom=main redis-wizard-apply"
    )
    poll(lambda: "is refused" in host.shell("journalctl -b --no-pager -o cat | grep redis-wizard: || :"))
    assert host.run("test", "-e", "/root/owned", check=False).returncode == 1
    # The front end that followed it ends, and says why.
    poll(lambda: not host.shell("pgrep -f '^/usr/bin/python3 -I /usr/local/bin/redis-wizard apply' || :"))
    assert f"{STATE} is refused" in host.shell("tail -1 /root/said")
    # Given back to root with what was in it, the apply is rolled back.
    host.shell(f"rm -rf {STATE}; cp -a /root/saved {STATE}; chown -R root:root {STATE}; rm -rf /root/saved")
    host.wizard("recover", check=False)
    host.wait_for_stage("ended")
    assert not first.difference(picture(host))
    host.shell(f"rm -f {SECRETS} /root/planted.pyz /root/said")


# --- secrets ---------------------------------------------------------------------------------------


def test_after_every_end_no_secret_is_below_run(host: DebianHost) -> None:
    assert host.run("test", "-e", "/run/redis-wizard", check=False).returncode == 1
    host.wizard("apply", "--yes", "--secrets-to", SECRETS)
    assert host.run("test", "-e", "/run/redis-wizard", check=False).returncode == 1


def test_a_rollback_names_the_keys_that_stay_and_they_can_be_removed(host: DebianHost, first: HostState) -> None:
    said = " ".join(host.wizard("rollback", "--yes", *LOGIN).stdout.split())
    assert "/etc/redis/certs/server.key" in said
    assert f"The passwords in {SECRETS} are not in force" in said
    keys = f"grep -lr 'PRIVATE KEY-----' {STATE} || :"
    assert "/blobs/" in host.shell(keys)
    host.wizard("snapshots", "prune", "--private-keys")
    assert host.shell(keys) == ""
    assert not first.difference(picture(host))


def test_a_killed_front_end_and_worker_leave_no_secret(host: DebianHost, first: HostState) -> None:
    host.shell(
        f"rm -f {SECRETS}; redis-wizard apply --yes --confirm-within 300 >/dev/null 2>&1 --secrets-to {SECRETS} &"
    )
    host.wait_for_stage("waiting")
    assert host.run("test", "-e", "/run/redis-wizard/private", check=False).returncode == 0
    host.shell("pkill -KILL -f '^/usr/bin/python3 -I /usr/local/bin/redis-wizard apply' || :")
    host.shell("systemctl kill --signal=KILL --kill-whom=main redis-wizard-apply")
    host.wait_for_stage("ended")
    assert host.run("test", "-e", "/run/redis-wizard", check=False).returncode == 1
    assert f"{SECRETS} are not valid" in host.wizard("status").stdout
    assert not first.difference(picture(host))
    host.shell(f"rm -f {SECRETS}")


# --- removal ---------------------------------------------------------------------------------------


def test_it_is_not_removed_while_an_apply_is_open(host: DebianHost) -> None:
    host.shell(f"redis-wizard apply --yes --confirm-within 300 --secrets-to {SECRETS} >/dev/null 2>&1 &")
    host.wait_for_stage("waiting")
    done = host.wizard("uninstall", "--yes", "--remove-ca", check=False)
    assert done.returncode == 5
    assert "redis-wizard confirm" in done.stderr
    host.wizard("confirm")


def test_all_that_it_left_goes_and_the_host_stays_hardened(host: DebianHost) -> None:
    files = "find /etc /usr/local -type f -exec sha256sum {} + | sort"
    hardened = host.shell(files)
    said = host.wizard("uninstall", "--yes").stdout
    for path in ("/etc/redis/redis.conf", "/etc/redis/users.acl", f"{STATE}/ca", "--remove-ca"):
        assert path in said
    assert host.shell(f"ls {STATE}").split() == ["ca", "clients"]
    host.wizard("uninstall", "--yes", "--remove-ca")
    assert host.run("test", "-e", STATE, check=False).returncode == 1
    assert host.shell("systemctl list-units --all --plain --no-legend 'redis-wizard*'") == ""
    left = host.shell("find /etc /run /var/lib /usr/lib/systemd -name '*redis-wizard*' -not -path '*/sysctl.d/*' || :")
    assert [path for path in left.split() if not path.endswith(".conf")] == []
    assert host.shell(files) == hardened
    assert json.loads(host.wizard("status", "--json").stdout)["stage"] == "none"
    assert host.wizard("plan", "--detailed-exitcode", *LOGIN, check=False).returncode in {0, 2}
