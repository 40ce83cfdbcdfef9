"""What an apply does on a real host when something goes wrong: every time the first state comes back, with all keys."""

from collections.abc import Iterator

import pytest

from tests.support.debian import DebianHost, debian_host
from tests.support.host_state import HostState, picture
from tests.support.in_host import PRELUDE

KEYS = 500
SECRETS = "/root/secrets.toml"

DRIVER = (
    PRELUDE
    + r"""
fault = sys.argv[1]


class Host(InHost):
    def write(self, path, data, **rights):
        if fault.startswith("kill:") and str(path) == fault.removeprefix("kill:"):
            os._exit(9)
        super().write(path, data, **rights)


host = Host()
wanted = recommended(host)
if fault == "logfile":
    wanted = with_line(wanted, "logfile", "/var/log/redis/blocked")
print(to_line(begin(host, wanted, seconds=1 if fault == "silence" else 0).outcome()))
"""
)


@pytest.fixture(scope="module")
def host() -> Iterator[DebianHost]:
    with debian_host("apply-faults") as made:
        script = f"for i in $(seq {KEYS}); do echo set key:$i value:$i; done | redis-cli >/dev/null"
        made.shell(script + "; redis-cli save >/dev/null")
        # A directory in the way of a log file: the rehearsal writes none, so only the real start meets it.
        made.shell("install -d -o redis -g redis /var/log/redis/blocked")
        yield made


@pytest.fixture
def before(host: DebianHost) -> HostState:
    return picture(host)


def drive(host: DebianHost, fault: str, *, check: bool = True) -> str:
    return host.run("python3", "-I", "-c", DRIVER, fault, check=check).stdout


def expect_first_state(host: DebianHost, before: HostState, said: str = "") -> None:
    assert not before.difference(picture(host)), said
    assert host.shell("redis-cli dbsize").split()[-1] == str(KEYS), said
    assert host.shell("systemctl is-active redis-server").strip() == "active"


def test_a_start_that_only_the_real_unit_refuses_is_undone(host: DebianHost, before: HostState) -> None:
    said = drive(host, "logfile")
    assert '"ending":"rolled-back"' in said, said
    assert "SAME" in said
    expect_first_state(host, before, said)


def test_no_confirmation_takes_it_back(host: DebianHost, before: HostState) -> None:
    said = drive(host, "silence")
    assert '"ending":"rolled-back"' in said, said
    assert "no confirmation" in said
    expect_first_state(host, before, said)


@pytest.mark.parametrize(
    "path", ["/etc/redis/certs/server.crt", "/etc/redis/redis.conf", "/etc/systemd/system/disable-thp.service"]
)
def test_a_killed_apply_is_undone_by_the_command(host: DebianHost, before: HostState, path: str) -> None:
    drive(host, f"kill:{path}", check=False)
    assert before.difference(picture(host))
    said = host.wizard("rollback", "--yes", "--verbose").stdout
    assert "everything is as before" in said, said
    expect_first_state(host, before, said)


def test_rollback_without_a_login_gives_the_first_state_back(host: DebianHost, before: HostState) -> None:
    host.wizard("apply", "--yes", "--secrets-to", SECRETS)
    said = host.wizard("rollback", "--yes", "--verbose").stdout
    assert "SAME" in said, said
    expect_first_state(host, before, said)
    host.shell(f"rm {SECRETS}")


def test_rollback_of_a_broken_server_in_its_start_limit_brings_it_up_again(host: DebianHost, before: HostState) -> None:
    host.wizard("apply", "--yes", "--secrets-to", SECRETS)
    host.shell(
        "echo no-such-directive 1 >>/etc/redis/redis.conf; systemctl restart redis-server || :; "
        "for i in $(seq 100); do systemctl is-failed -q redis-server && exit 0; sleep 0.1; done; exit 1"
    )
    said = host.wizard("rollback", "--yes", "--verbose").stdout
    assert "SAME" in said, said
    assert "changed manually" in said
    expect_first_state(host, before, said)
    host.shell(f"rm {SECRETS}")


def test_a_read_only_directory_is_refused_before_anything_changes(host: DebianHost, before: HostState) -> None:
    host.shell("mount --bind /etc/redis /etc/redis && mount -o remount,ro,bind /etc/redis")
    try:
        said = host.wizard("apply", "--yes", "--secrets-to", SECRETS, check=False)
        assert said.returncode == 1, said.stdout
        assert "read-only" in said.stdout + said.stderr
        assert not host.shell(f"ls {SECRETS} 2>/dev/null || :")
    finally:
        host.shell("umount /etc/redis")
    expect_first_state(host, before)


def test_a_short_start_limit_is_raised_for_our_starts_alone(host: DebianHost) -> None:
    drop_in = "/etc/systemd/system/redis-server.service.d/short.conf"
    host.shell(
        f"mkdir -p {drop_in.rpartition('/')[0]}; printf '[Service]\\nTimeoutStartSec=5\\n' >{drop_in}; "
        "systemctl daemon-reload"
    )
    first = picture(host)
    said = host.wizard("apply", "--yes", "--verbose", "--secrets-to", SECRETS)
    assert "verified from outside" in said.stdout
    host.wizard("rollback", "--yes", "--user", "admin", "--password-file", SECRETS)
    assert host.shell("systemctl show -P TimeoutStartUSec redis-server").strip() == "5s"
    assert "redis-wizard" not in host.shell("ls -R /run/systemd/system")
    # A rehearsal, an apply and a rollback leave nothing else behind.
    assert not host.shell("ls /run/redis-wizard 2>/dev/null || :")
    expect_first_state(host, first)
    host.shell(f"rm -r {drop_in.rpartition('/')[0]} {SECRETS}; systemctl daemon-reload")
