"""One pristine host with data in it, on which one fault is tried; and the verdict on how it ended."""

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.faults.inject import HOOK, Fault
from tests.support.debian import TESTHOST, DebianHost, copy_of_the_product, debian_host
from tests.support.host_state import HostState, picture

KEYS = 200
LATER = 20
SECRETS = "/root/secrets.toml"
APPLY = ("redis-wizard", "apply", "--yes", "--quiet", "--secrets-to", SECRETS)
STATE = "/var/lib/redis-wizard"
FILL = f"for i in $(seq {KEYS}); do echo set key:$i value:$i; done | redis-cli >/dev/null; redis-cli save >/dev/null"
ADMIN = f'$(sed -n \'s/^"admin" = "\\(.*\\)"$/\\1/p\' {SECRETS})'
CLI = f'redis-cli -s /run/redis/redis.sock --user admin --pass "{ADMIN}" --no-auth-warning'
UNSYNCED = "/root/never-synced"
SETTLE_SECONDS = 60.0


@dataclass(frozen=True)
class Verdict:
    """How a run ended."""

    ended: str
    """``planned``; the first state, as ``not begun``, ``refused`` or ``first`` again; or ``neither``."""
    undone_by: str
    """Who brought it to its end, by the reason that the tool gives."""
    summary: str
    """What the tool says of it."""
    problems: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Nothing is wrong."""
        return not self.problems


@dataclass
class Stage:
    """The host and what is known of it."""

    host: DebianHost
    first: HostState
    keys: int = KEYS
    emulated: bool = False
    cli: str = "redis-cli"
    """A client that may ask everything in the first state."""
    external: tuple[str, ...] = ()
    """What another administrator changed, each by a part of the line that shows it; it stays, and it is named."""
    notes: list[str] = field(default_factory=list)
    begun: "list[subprocess.Popen[bytes]]" = field(default_factory=list)

    # --- acting ------------------------------------------------------------------------------

    def plant(self, fault: Fault) -> None:
        """Have the hook act."""
        self.host.run("sh", "-euc", 'printf %s "$1" >/run/fault.json', "-", fault.text())

    def apply(self, *more: str) -> subprocess.CompletedProcess[str]:
        """Apply by the command line, to its end."""
        return self.host.run(*APPLY, *more, check=False, seconds=self._patience(300))

    def rollback(self) -> None:
        """Roll back by the command line, to its end."""
        login = ("--user", "admin", "--password-file", SECRETS)
        self.host.wizard("rollback", "--yes", "--quiet", *login, check=False, seconds=self._patience(300))

    def begin(self, *more: str, ssh: bool = False) -> "subprocess.Popen[bytes]":
        """Begin to apply, and go on."""
        where = ("ssh", self.host.name) if ssh else ("exec", self.host.name, "--")
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        begun = subprocess.Popen([TESTHOST, *where, *APPLY, *more], **pipes)  # type: ignore[call-overload]
        self.begun.append(begun)
        return begun  # type: ignore[no-any-return]

    def held(self, record: int, *more: str, ssh: bool = False) -> "subprocess.Popen[bytes]":
        """Begin to apply, and hold the worker after one record; `go_on` lets it go."""
        self.plant(Fault(record=record, signal="SIGSTOP"))
        begun = self.begin(*more, ssh=ssh)
        self.expect_hit()
        return begun

    def go_on(self) -> None:
        """Let the process go that the hook holds."""
        self.shell("kill -CONT $(cat /run/fault-hit)")

    def shell(self, script: str, *, check: bool = True) -> str:
        """Run a script in the host."""
        return self.host.shell(script, check=check, seconds=300)

    def wait(self, condition: str, *, seconds: float = 60) -> bool:
        """Wait for a shell condition; tell whether it came true."""
        script = f"until {condition}; do [ $SECONDS -lt {int(seconds)} ]; sleep 0.05; done"
        return self.host.run("bash", "-euc", script, check=False, seconds=seconds + 120).returncode == 0

    def expect(self, condition: str) -> None:
        """Wait for a shell condition that must come true."""
        if not self.wait(condition, seconds=self._patience(60)):
            self.notes.append(f"never true: {condition}")

    def expect_hit(self) -> None:
        """Wait until the hook has acted: a fault that never comes proves nothing."""
        self.expect("test -e /run/fault-hit")

    def wait_for_window(self) -> None:
        """Wait until the apply waits for a confirmation; then write a few keys more."""
        self.expect(f"grep -q '\"deadline\":[0-9]' {STATE}/applies/*/journal.jsonl 2>/dev/null")
        self.write_more()

    def write_more(self) -> None:
        """Write a few keys more, as somebody who may."""
        self.shell(f"for i in $(seq {LATER}); do echo set later:$i x; done | {CLI} >/dev/null")
        self.keys += LATER

    def finish(self) -> None:
        """Wait for every front end to end by itself."""
        for begun in self.begun:
            begun.wait(timeout=self._patience(300))

    def _patience(self, seconds: float) -> float:
        return seconds * (4 if self.emulated else 1)

    def outcome(self, *, seconds: float) -> str:
        """Wait for the outcome of the newest apply, and return its summary."""
        journal = f"{STATE}/applies/{self.status()['id']}/journal.jsonl"
        written = self.wait(f"grep -q '\"outcome\":{{' {journal}", seconds=seconds)
        assert written, self.status()
        return self.summary()

    def summary(self) -> str:
        """Return what the product says of its last apply."""
        outcome = self.status()["outcome"]
        assert isinstance(outcome, dict)
        return str(outcome["summary"])

    def expect_first(self) -> None:
        """Expect the first state, and nothing that is left beside it."""
        self.settle()
        assert not self.first.difference(picture(self.host))
        assert not self.leftovers()

    def take_first_again(self) -> None:
        """Call the present state the first one."""
        self.first = self._picture()

    def harden(self, *more: str) -> None:
        """Apply, and call that state the first one."""
        self.apply(*more)
        self.cli = CLI
        self.take_first_again()

    def _picture(self) -> HostState:
        return picture(self.host, cli=self.cli)

    def power_cut(self) -> None:
        """Cut the power, and boot again. With a disk of its own, what was never synced must be lost."""
        if self.emulated:
            self.shell(f"echo 'never synced' >{UNSYNCED}")
        subprocess.run([TESTHOST, "kill", self.host.name], check=True, timeout=60)
        for begun in self.begun:
            # A client over the network does not notice it for a long time.
            begun.kill()
        subprocess.run([TESTHOST, "start", self.host.name], check=True, timeout=600)
        if self.emulated and self.shell(f"cat {UNSYNCED} 2>/dev/null || :; rm -f {UNSYNCED}"):
            self.notes.append("the power cut lost nothing, so it proves nothing")

    def signal_front_end(self, name: str) -> None:
        """Send a signal to the program that the operator runs."""
        self.shell(f"pkill -{name} -f '[/]usr/local/bin/redis-wizard apply' || :")

    def network(self, state: str) -> None:
        """Cut the network of the host, or restore it: ``down`` or ``up``."""
        subprocess.run([TESTHOST, "net", self.host.name, state], check=True, timeout=60)

    def reboot(self) -> None:
        """Boot again in order."""
        self.host.reboot()

    # --- judging -----------------------------------------------------------------------------

    def settle(self) -> dict[str, object]:
        """Wait until the product says that nothing is open, and nobody is at work; return what it says."""
        idle = "case $(systemctl is-active redis-wizard-apply.service) in active|activating|deactivating) false;; esac"
        deadline = time.monotonic() + self._patience(SETTLE_SECONDS)
        said: dict[str, object] = {}
        # Nobody is at work first: that is a cheaper question than where things stand.
        while not (
            self.wait(idle, seconds=max(0.0, deadline - time.monotonic()))
            and (said := self.status())["stage"] in {"ended", "none"}
            and self.wait(idle, seconds=0)
        ):
            if time.monotonic() > deadline:
                self.notes.append(f"it does not come to an end: {said}")
                break
            time.sleep(0.2)
        return said

    def status(self) -> dict[str, object]:
        """Ask the product where things stand."""
        said = self.host.wizard("status", "--json", check=False)
        try:
            return dict(json.loads(said.stdout))
        except ValueError:
            return {"stage": f"status says {said.stdout!r} {said.stderr!r}"}

    def judge(self, ends: frozenset[str] = frozenset({"first", "planned"})) -> Verdict:
        """Compare the host with its first and its planned state, and with what the tool says.

        Args:
            ends: How it may have ended: ``not begun``, ``refused``, ``first``, ``planned``.
        """
        self.finish()
        status = self.settle()
        outcome = status.get("outcome")
        ending, summary = (outcome["ending"], outcome["summary"]) if isinstance(outcome, dict) else ("", "")
        difference = self._difference() if self._open() else ["the server asks for a login"]
        if not difference:
            ended, problems = _first(ending), self._problems_of_first(ending)
        elif not (missing := self._not_planned()):
            ended, problems = "planned", self._problems_of_planned(status, ending)
        else:
            ended, problems = "neither", [*difference[:6], *missing, str(status)[:600]]
        if ended not in ends:
            problems.append(f"it ends {ended}, which is none of {', '.join(sorted(ends))}")
        return Verdict(ended, _who(summary), summary, (*problems, *self.leftovers(), *self._reachable(), *self.notes))

    def _open(self) -> bool:
        return self.shell(f"{self.cli} ping || :").strip() == "PONG"

    def _difference(self) -> list[str]:
        lines = self.first.difference(self._picture())
        return [line for line in lines if not any(part in line for part in self.external)]

    def _problems_of_first(self, ending: str) -> list[str]:
        found = []
        if ending not in {"rolled-back", "refused", "", *({"rolled-back-in-part"} if self.external else ())}:
            found.append(f"the first state is back, the tool says {ending}")
        if not ending and self.shell(f"ls {STATE}/applies 2>/dev/null || :"):
            found.append("the tool does not say how it ended")
        return found + self.differing_keys(self.shell(f"{self.cli} dbsize"))

    def _not_planned(self) -> list[str]:
        said = self.host.run(
            *("redis-wizard", "plan", "--detailed-exitcode", "--user", "admin", "--password-file", SECRETS), check=False
        )
        return [] if said.returncode == 0 else [f"planning again ends with {said.returncode}: {said.stdout[:400]}"]

    def _problems_of_planned(self, status: dict[str, object], ending: str) -> list[str]:
        # A rollback that is cut off before it touched anything leaves what was applied, and says so.
        wanted = "refused" if status.get("kind") == "rollback" else "applied"
        found = [] if ending == wanted else [f"the planned state is there, the tool says {ending or 'nothing'}"]
        return found + self.differing_keys(self.shell(f"{CLI} dbsize"))

    def differing_keys(self, said: str) -> list[str]:
        """Say how many keys there are, by what DBSIZE said, where they are not those of the start."""
        count = said.rsplit(maxsplit=1)[-1]
        return [] if count == str(self.keys) else [f"{count} keys instead of {self.keys}"]

    def leftovers(self) -> list[str]:
        """Nothing that watched over the apply is left, and nothing beside the files."""
        # The service manager forgets a unit that has ended a moment later.
        self.wait("! ls /run/systemd/transient/redis-wizard* 2>/dev/null | grep -q .", seconds=10)
        left = self.shell(
            f"ls {STATE}/pending {STATE}/pending-data /etc/systemd/system/redis-wizard* "
            "/etc/systemd/system/*.wants/redis-wizard* /run/systemd/transient/redis-wizard* 2>/dev/null || :; "
            "find /etc /run/redis-wizard -name '*.rw-*' 2>/dev/null || :; ls /run/redis-wizard/private 2>/dev/null || :"
        ).split()
        return [f"left behind: {name}" for name in left]

    def _reachable(self) -> list[str]:
        done = subprocess.run([TESTHOST, "ssh", self.host.name, "true"], check=False, timeout=60, capture_output=True)
        active = self.shell("systemctl is-active redis-server || :").strip()
        found = [] if done.returncode == 0 else ["nobody gets in by ssh"]
        return found if active == "active" else [*found, f"redis-server is {active}"]


def _first(ending: str) -> str:
    """The first state, by the way that led to it."""
    return {"": "not begun", "refused": "refused"}.get(ending, "first")


def _who(summary: str) -> str:
    words = {
        "the worker was stopped": "ExecStopPost",
        "the worker was killed": "guard",
        "the worker did not answer": "timer",
        "the host was restarted": "boot unit",
        "could not be rolled back at once": "retry",
        "no confirmation came": "worker's deadline",
        "asked for a recovery": "recover",
        "requested by": "operator",
        "Nothing was changed": "refused",
        "Applied": "applied",
    }
    return next((name for text, name in words.items() if text in summary), "worker" if summary else "not begun")


@contextmanager
def stage(name: str, *options: str, emulated: bool = False) -> Iterator[Stage]:
    """Boot a pristine host with data in it."""
    with debian_host(name, *options, product=copy_of_the_product(more=HOOK), emulated=emulated) as host:
        host.shell(FILL)
        made = Stage(host, picture(host), emulated=emulated)
        try:
            yield made
        finally:
            for begun in made.begun:
                begun.kill()
                begun.wait(timeout=60)
