"""The service account owns the directory that root writes to: it plants links, copies, pipes and lines in a loop."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.debian import PROJECT, DebianHost, debian_host
from tests.support.host_state import HostState, picture

pytestmark = pytest.mark.racing

SECONDS = 25
SECRETS = "/root/secrets.toml"
SUPPORT = PROJECT / "tests" / "support"

PREPARE = """
stat -c '%U %a' /etc/redis | grep -q '^redis 2770$'
cp /etc/redis/redis.conf /root/redis.conf
install -d -m 700 /srv/treasure /srv/linked
install -d -m 755 /srv/public /run/attack
echo "of root, for root" >/srv/treasure/key
echo "user default on nopass sanitize-payload ~* &* +@all" >/srv/linked/key
chmod 600 /srv/treasure/key /srv/linked/key
echo "of root, for all" >/srv/public/readme
chmod 644 /srv/public/readme
"""

ATTACKED = """
runuser -u redis -- python3 -I /run/attack/attacker.py /run/attack/go /run/attack/stop >/run/played 2>/run/trouble &
PYTHONPATH=/opt/redis-wizard:/opt/packages python3 /run/attack/attacked.py /run/attack/go /run/attack/stop "$@"
wait
cat /run/trouble >&2
cat /run/played
"""


# Hardest while there is something to write: then the directory of certificates has been made.
BACKGROUND = """
cd /run/attack
systemd-run --quiet --collect --unit=attacker --property=User=redis python3 -I $PWD/attacker.py $PWD/go $PWD/stop
systemd-run --quiet --collect --unit=watcher --working-directory=$PWD sh -c 'while ! test -e stop; do
  if test -e /etc/redis/certs; then touch go; else rm -f go; fi; sleep 0.02
done'
"""

GUARDED = """
find /srv /etc/shadow -printf '%p %i %m %U %G %n %s %T@ %C@\\n' | sort
find /srv -type f -exec sha256sum {} + | sort
ls -A /etc
"""


@pytest.fixture
def host() -> Iterator[DebianHost]:
    with debian_host("planted") as made:
        made.shell(PREPARE)
        for name in ("attacker.py", "attacked.py"):
            made.copy_to(SUPPORT / name, f"/run/attack/{name}")
        yield made


def campaign(host: DebianHost, *arguments: str) -> tuple[dict[str, Any], dict[str, int]]:
    """Attack the host for a while; tell what came of the rounds, and which tricks were played."""
    done = host.run("sh", "-euc", ATTACKED, "-", *arguments, seconds=SECONDS * 24)
    came, played = (json.loads(line) for line in done.stdout.splitlines())
    return came, played


@pytest.mark.parametrize("line", ["include /etc/ssh/sshd_config", "aclfile /etc/shadow", "dir /etc/ssh"])
def test_a_line_of_the_account_gives_it_no_hand_of_root(host: DebianHost, line: str) -> None:
    name = line.split()[1]
    host.shell(f"echo '{line}' | runuser -u redis -- tee -a /etc/redis/redis.conf")
    before = picture(host)
    for command in ("plan", "apply"):
        said = host.wizard(command, *(["--yes", "--secrets-to", SECRETS] if command == "apply" else []), check=False)
        words = " ".join((said.stdout + said.stderr).split())
        assert said.returncode == 1, words
        assert f"redis can write this line, but {name} belongs to root" in words, words
    assert not before.difference(picture(host))
    # What root vouches for is followed.
    host.shell(
        "install -m 644 /dev/null /etc/our.conf; sed -i '$d' /etc/redis/redis.conf; "
        "echo include /etc/our.conf >>/etc/redis/redis.conf; chown root:redis /etc/redis /etc/redis/redis.conf; "
        "chmod 750 /etc/redis; chmod 640 /etc/redis/redis.conf"
    )
    host.wizard("plan")


def expect_order(host: DebianHost, before: HostState) -> None:
    """Once nobody disturbs it, the host is brought into order, as an operator would do it."""
    host.wizard("recover", check=False)
    host.shell(
        "find /etc/redis -mindepth 1 ! -name redis.conf -delete; chown redis:redis /etc/redis; chmod 2770 /etc/redis; "
        "install -o redis -g redis -m 640 /root/redis.conf /etc/redis/redis.conf; systemctl restart redis-server"
    )
    assert not before.difference(picture(host))
    host.wizard("apply", "--yes", "--secrets-to", SECRETS)
    said = host.wizard("rollback", "--yes", "--user", "admin", "--password-file", SECRETS).stdout
    assert "the host is as it was" in " ".join(said.split())
    host.shell(f"rm {SECRETS}")
    assert not before.difference(picture(host))


def test_no_byte_of_root_lands_elsewhere_and_every_end_is_said(host: DebianHost) -> None:
    before = picture(host)
    came, played = campaign(host, str(SECONDS))
    assert not came["crashes"], came["crashes"][0]
    assert not came["changed"]
    # There was something to redirect, and somebody who tried.
    rounds = Counter(came["endings"])
    assert rounds["apply applied"], came
    assert rounds["apply rolled-back"] + rounds["apply rolled-back-in-part"] > 3, came
    tricks = {"swap_directory", "own_directory", "swap_file", "take_kept_name", "borrow_hands", "hunt"}
    assert tricks <= played.keys(), played
    for sentence in came["sentences"]:
        assert "internal error" not in sentence
        assert "\n" not in sentence
    expect_order(host, before)


def test_the_attack_would_catch_a_write_by_path(host: DebianHost) -> None:
    came, _ = campaign(host, str(SECONDS), "by-path")
    assert any(name.startswith(("/srv", "/etc")) for name in came["changed"]), came


def test_whole_applies_end_in_order_however_they_are_disturbed(host: DebianHost) -> None:
    before = picture(host)
    guarded = host.shell(GUARDED)
    host.shell(BACKGROUND)
    for turn in range(3):
        secrets = f"/root/secrets.{turn}"
        said = host.wizard("apply", "--yes", "--secrets-to", secrets, check=False)
        assert said.returncode in {0, 1, 4}, said
        assert "internal error" not in said.stdout + said.stderr
        assert "Traceback" not in said.stderr
        host.wizard("recover", check=False)
        said = host.wizard("rollback", "--yes", "--user", "admin", "--password-file", secrets, check=False)
        assert said.returncode in {0, 1, 4}, said
    host.shell("touch /run/attack/stop; while systemctl is-active -q attacker watcher; do sleep 0.1; done")
    assert host.shell(GUARDED) == guarded
    expect_order(host, before)
