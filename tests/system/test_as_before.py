"""After a rollback a client of a real host meets what it met before: process, sockets, certificate, users, keys."""

import json
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.debian import PROJECT, TESTHOST, DebianHost, debian_host
from tests.support.host_state import HostState, picture
from tests.support.in_host import PRELUDE
from tests.support.waiting import poll

KEYS = 500
SECRETS, ANSWERS = "/root/secrets.toml", "/root/answers.toml"
LOGIN = ("--user", "admin", "--password-file", SECRETS)
SERIALS = """
openssl x509 -noout -serial -in /etc/redis/certs/server.crt
openssl s_client -connect 127.0.0.1:6380 </dev/null 2>/dev/null | openssl x509 -noout -serial
"""

# The server stops answering in the instant in which the verification begins, and goes on once that has failed.
RENEW_AND_FREEZE = (
    PRELUDE
    + r"""
import tomllib
from wizard.model.login import Login
from wizard.model.value import Secret


class Host(InHost):
    def append(self, path, data, *, durable=True):
        super().append(path, data, durable=durable)
        for event in map(json.loads, data.splitlines() if path.name == "journal.jsonl" else ()):
            if (event["kind"], event["phase"]) == ("begin", "verify"):
                subprocess.run(["systemctl", "kill", "-s", "STOP", "redis-server"], check=True)
            if (event["kind"], event["phase"]) == ("failed", "verify"):
                subprocess.run(["systemctl", "kill", "-s", "CONT", "redis-server"], check=True)
                print("frozen")


host = Host()
with open("/root/secrets.toml", "rb") as file:
    login = Login("admin", Secret(tomllib.load(file)["passwords"]["admin"]))
found = collect(host, login=login)
answers = recommend(found.facts, choose(found.facts)).answers
answers = replace(answers, tls=replace(answers.tls, names=("auto", "r2.example")))
wanted = plan(found.facts, found.sources, answers)
print(to_line(start(host, wanted, login=login, passwords={}, confirm_within=0).outcome()))
"""
)


@dataclass
class Place:
    """A host, hardened or not."""

    host: DebianHost
    first: HostState

    def serials(self) -> list[str]:
        """Serial numbers of the certificate in the file and of the one that is served."""
        return self.host.shell(SERIALS).split()

    def renew(self, *more: str, check: bool = True) -> "subprocess.CompletedProcess[str]":
        """Apply answers for which the certificate is made again."""
        return self.host.wizard("apply", "--yes", "--answers", ANSWERS, *LOGIN, *more, check=check)

    def begin(self, *arguments: str) -> "subprocess.Popen[bytes]":
        """Run the product, and do not wait for it."""
        command: list[str | Path] = [TESTHOST, "exec", self.host.name, "--", "/usr/local/bin/redis-wizard", *arguments]
        return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def said(self) -> str:
        """Every line of the newest journal."""
        return self.host.shell("cat $(ls -d /var/lib/redis-wizard/applies/* | tail -1)/journal.jsonl 2>/dev/null || :")

    def start(self, user: str, program: str, *arguments: str) -> None:
        """Run a program of tests/support as another user, until `stop`."""
        self.host.copy_to(PROJECT / "tests" / "support" / program, f"/run/attack/{program}")
        unit = program.removesuffix(".py")
        words = " ".join(arguments)
        self.host.shell(
            f"rm -f /run/attack/stop; systemd-run --quiet --collect --unit={unit} --uid={user} "
            f"python3 -I /run/attack/{program} /run/attack/stop {words}"
        )

    def stop(self) -> None:
        """End whatever was started."""
        self.host.shell("touch /run/attack/stop")

    def is_first(self) -> None:
        """All is as it was first, with every key, in the unit's own process."""
        assert not self.first.difference(picture(self.host))
        assert self.host.shell("redis-cli dbsize").split()[-1] == str(KEYS)
        assert self.host.shell("systemctl is-active redis-server").strip() == "active"


@pytest.fixture
def hardened() -> Iterator[Place]:
    with debian_host("rollback-before") as made:
        made.shell(
            f"for i in $(seq {KEYS}); do echo set key:$i value:$i; done | redis-cli >/dev/null; "
            "redis-cli save >/dev/null; install -d -m 755 /run/attack; install -d -m 700 /srv/treasure; "
            "echo of root >/srv/treasure/key"
        )
        place = Place(made, picture(made))
        made.wizard("apply", "--yes", "--secrets-to", SECRETS)
        made.wizard("answers", "init", *LOGIN, ANSWERS)
        made.shell(f'sed -i \'s/^names = .*/names = ["auto", "r2.example"]/\' {ANSWERS}')
        yield place


# --- the certificate that is served --------------------------------------------------------------


def test_a_renewed_certificate_is_rolled_back_in_the_running_server_too(hardened: Place) -> None:
    old = hardened.serials()
    hardened.renew()
    new = hardened.serials()
    assert old[0] == old[1] != new[0] == new[1]
    life = hardened.host.shell("systemctl show -P MainPID redis-server")
    said = hardened.host.wizard("rollback", "--yes", *LOGIN).stdout
    assert "the host is as it was" in said
    assert hardened.serials() == old
    assert hardened.host.shell("systemctl show -P MainPID redis-server") == life


def test_without_a_login_the_server_is_restarted_for_its_certificate(hardened: Place) -> None:
    old = hardened.serials()
    hardened.renew()
    hardened.host.wizard("rollback", "--yes")
    assert hardened.serials() == old


def test_silence_gives_the_old_certificate_back(hardened: Place) -> None:
    old = hardened.serials()
    said = hardened.renew("--confirm-within", "3", check=False)
    assert "everything is as before" in said.stdout, said.stdout
    assert hardened.serials() == old


def test_a_renewal_that_is_killed_gives_the_old_certificate_back(hardened: Place) -> None:
    old = hardened.serials()
    begun = hardened.begin("apply", "--yes", "--answers", ANSWERS, *LOGIN, "--confirm-within", "300")
    poll(lambda: hardened.serials()[1] != old[1], "it was never renewed")
    hardened.host.shell("systemctl kill -s KILL --kill-whom=main redis-wizard-apply")
    begun.wait(120)
    assert hardened.serials() == old


def test_a_verification_that_fails_gives_the_old_certificate_back(hardened: Place) -> None:
    old = hardened.serials()
    life = hardened.host.shell("systemctl show -P MainPID redis-server")
    said = hardened.host.run("python3", "-I", "-c", RENEW_AND_FREEZE, seconds=300).stdout.splitlines()
    assert said[0] == "frozen", said
    assert json.loads(said[-1])["ending"] == "rolled-back", said
    assert "everything is as before" in said[-1]
    assert "Write /etc/redis/certs/server.crt" in hardened.said()
    assert hardened.serials() == old
    assert hardened.host.shell("systemctl show -P MainPID redis-server") == life


def test_a_certificate_that_no_file_has_is_named_and_planned(hardened: Place) -> None:
    """The server serves what its file no longer holds: the plan has the server read the file again."""
    hardened.host.shell("cp -a /etc/redis/certs /root/certs")
    hardened.renew()
    hardened.host.shell("cp -a /root/certs/server.crt /root/certs/server.key /etc/redis/certs/; rm -r /root/certs")
    stale = hardened.serials()
    assert stale[0] != stale[1]
    hardened.host.shell(f"sed -i 's/^names = .*/names = [\"auto\"]/' {ANSWERS}")
    planned = json.loads(hardened.host.wizard("plan", "--answers", ANSWERS, *LOGIN, "--json").stdout)
    assert [each["id"] for each in planned["changes"]] == ["directive:tls-cert-file"]
    hardened.host.wizard("apply", "--yes", "--answers", ANSWERS, *LOGIN)
    now = hardened.serials()
    assert now[0] == now[1] == stale[0]
    said = hardened.host.wizard("rollback", "--yes", *LOGIN, check=False)
    assert said.returncode == 1
    assert "the host is as it was" not in said.stdout + said.stderr
    assert "serves another certificate" in said.stdout + said.stderr


# --- the process and its port --------------------------------------------------------------------


@pytest.mark.parametrize(("address", "login"), [("127.0.0.1", LOGIN), ("127.0.0.1", ()), ("::1", LOGIN)])
def test_another_process_on_the_port_is_named_and_outlasted(
    hardened: Place, address: str, login: tuple[str, ...]
) -> None:
    hardened.start("op", "impostor.py", address, "6379")
    poll(lambda: ":6379" in hardened.host.shell("ss -Hltn"), "nobody took the port")
    begun = hardened.begin("rollback", "--yes", *login)
    named = f"user op) listens on {address} port 6379"
    poll(lambda: named in hardened.said(), "it was not named")
    assert "as it was" not in hardened.said()
    time.sleep(3)
    assert begun.poll() is None or begun.returncode != 0
    hardened.stop()
    hardened.host.wait_for_stage("ended")
    begun.wait(60)
    assert "as it was" in hardened.said()
    hardened.is_first()


def test_a_masked_unit_is_an_unfinished_rollback(hardened: Place) -> None:
    hardened.host.shell("systemctl stop redis-server; systemctl mask redis-server")
    begun = hardened.begin("rollback", "--yes", *LOGIN)
    poll(lambda: "is masked" in hardened.said(), "nothing was said", seconds=60)
    hardened.host.shell("systemctl unmask redis-server")
    begun.wait(120)
    hardened.host.shell(f"rm {SECRETS} {ANSWERS}")
    hardened.is_first()


# --- the service account -------------------------------------------------------------------------


ROLLBACK_SECONDS = 300
"""Each try to restore a file is bounded; the processors are the attacker's too."""


@pytest.mark.racing
@pytest.mark.parametrize("login", [LOGIN, ()])
def test_a_rollback_ends_while_links_are_planted_without_a_pause(hardened: Place, login: tuple[str, ...]) -> None:
    hardened.host.shell("chown redis:redis /etc/redis; chmod 2770 /etc/redis")
    hardened.start("redis", "renamer.py", "/etc/redis")
    poll(lambda: "l" in hardened.host.shell("stat -c %A /etc/redis/users.acl || :")[:1], "no link was planted")
    hardened.host.wizard("rollback", "--yes", *login, check=False, seconds=ROLLBACK_SECONDS)
    hardened.stop()
    assert hardened.host.shell("cat /srv/treasure/key; ls /srv/treasure").split() == ["of", "root", "key"]
    hardened.host.wait_for_stage("ended")
    assert hardened.host.shell("redis-cli dbsize").split()[-1] == str(KEYS)
    assert hardened.host.shell("systemctl is-active redis-server").strip() == "active"
