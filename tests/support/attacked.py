"""Applies and rollbacks, again and again, of a host whose service account plays tricks meanwhile.

Runs as a program of its own inside a test host, as root: ``attacked.py GO STOP SECONDS [by-path]``. GO is there
while the attacker shall do its worst, STOP at the end. Only files are changed (the host is taken as a directory
tree), so that there are many rounds. Prints one JSON object.
What may not live here: the tricks (`attacker`).
"""

import json
import os
import secrets
import stat
import subprocess
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path, PurePosixPath

from wizard.app import generate_passwords, recover, start, start_rollback
from wizard.detect.collect import collect
from wizard.errors import HostError, WizardError
from wizard.host.rooted import RootedHost
from wizard.model.event import Outcome
from wizard.model.plan import Plan
from wizard.model.value import replace
from wizard.planning.plan import plan
from wizard.planning.recommend.answers import recommend
from wizard.planning.select_instance import choose

OWN = PurePosixPath("/etc/redis")
CONF = OWN / "redis.conf"
GUARDED = ("/srv/treasure", "/srv/public")
LINKED = "/srv/linked/key"
"""A file of root that has a second name in the account's directory, where the kernel lets accounts do that."""

_TIME_FOR_A_TRICK = 0.02
"""Seconds between the look at a path and its use, which a busy machine gives to an attacker too."""


class Host(RootedHost):
    """The machine as a tree; the worker is this process. A write may fail, so that it goes back by itself."""

    reopen_arguments = None

    def __init__(self, go: Path) -> None:
        super().__init__(PurePosixPath("/"))
        self.go = go
        self.fails_at = -1
        self.attacked = True

    def write(
        self, path: PurePosixPath, data: bytes, *, expected: str | None, owner: str, group: str, mode: int
    ) -> None:
        """See the port."""
        self.count(path)
        super().write(path, data, expected=expected, owner=owner, group=group, mode=mode)

    def count(self, path: PurePosixPath) -> None:
        """Call the attacker when it comes to the account's directory; fail where it was said."""
        if path.is_relative_to(OWN) and self.attacked:
            self.go.touch()
        if path.is_relative_to("/etc"):
            self.fails_at -= 1
            if self.fails_at == 0:
                raise HostError("the test says so")


class ByPath(Host):
    """What would be wrong: by the path alone, as it is often done. The campaign must catch it."""

    def write(
        self, path: PurePosixPath, data: bytes, *, expected: str | None, owner: str, group: str, mode: int
    ) -> None:
        """See the port."""
        del expected, owner, group
        self.count(path)
        time.sleep(_TIME_FOR_A_TRICK)
        beside = Path(path.parent, f".{path.name}.rw-{secrets.token_hex(6)}")
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        try:
            os.write(descriptor, data)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        beside.replace(path)

    def set_mode(self, path: PurePosixPath, *, owner: str, group: str, mode: int) -> None:
        """See the port."""
        os.chown(path, self._user(owner), self._group(group))
        Path(path).chmod(mode)


def look() -> dict[str, tuple[object, ...]]:
    """Everything that nobody but root may change: owners, modes, contents, times."""
    found: dict[str, tuple[object, ...]] = {}
    for top in GUARDED:
        for directory, names, files in os.walk(top):
            for name in (".", *names, *files):
                found[f"{directory}/{name}"] = _seen(Path(directory, name))
    found[LINKED] = _seen(Path(LINKED))[:4]
    found["/etc/shadow"] = _seen(Path("/etc/shadow"))
    for top in ("/etc", "/srv"):
        found[top] = tuple(sorted(path.name for path in Path(top).iterdir()))
    return found


def _seen(path: Path) -> tuple[object, ...]:
    status = path.lstat()
    data = path.read_bytes() if stat.S_ISREG(status.st_mode) else b""
    return (status.st_mode, status.st_uid, status.st_gid, data, status.st_ino, status.st_nlink, status.st_ctime_ns)


class Campaign:
    """Rounds, and what came of them."""

    def __init__(self, host: Host, pristine: bytes) -> None:
        self.host = host
        self.pristine = pristine
        self.first = look()
        self.endings: Counter[str] = Counter()
        self.sentences: Counter[str] = Counter()
        self.changed: list[str] = []
        self.crashes: list[str] = []
        self.applied = ""
        """The snapshot of an apply that is still to be taken back."""

    def run(self, seconds: float) -> None:
        """Play rounds until the time is over; longer on a slow machine, until each kind of end was seen."""
        begun = time.monotonic()
        while not self.changed and not self.crashes:
            passed = time.monotonic() - begun
            if passed > 12 * seconds or (passed > seconds and self._saw_enough()):
                return
            self._furnish()
            outcome = self._attempt("apply", self._apply)
            self._compare()
            if outcome is not None and outcome.result == "applied":
                self.applied = outcome.snapshot
                self.host.go.touch()
                self._go_back()
                self._compare()

    def _saw_enough(self) -> bool:
        if isinstance(self.host, ByPath):
            return bool(self.changed)
        back = self.endings["apply rolled-back"] + self.endings["apply rolled-back-in-part"]
        return self.endings["apply applied"] > 0 and back > 3

    def finish(self) -> None:
        """Bring what is open to an end, once nobody disturbs it any more."""
        self._come_back()
        self._compare()

    def _come_back(self) -> None:
        """End what is open, and take back what stayed, as an operator would."""
        for _ in range(3):
            if self._attempt("recover", lambda: recover(self.host)) is None and self.applied:
                self._go_back()

    def _go_back(self) -> None:
        outcome = self._attempt("rollback", partial(self._roll_back, self.applied))
        if outcome is not None and outcome.result.startswith("rolled-back"):
            self.applied = ""

    def _furnish(self) -> None:
        """Give the round something to begin with, as an operator would: nothing of the last one, and its file."""
        self.host.go.unlink(missing_ok=True)
        self._come_back()
        with suppress(HostError):
            self.host.set_mode(OWN, owner="redis", group="redis", mode=0o2770)
        # It goes by descriptors, so it follows no link either.
        delete: list[str | PurePosixPath] = ["/usr/bin/find", OWN, "-mindepth", "1", "!", "-path", CONF, "-delete"]
        subprocess.run(delete, check=False, stderr=subprocess.DEVNULL)
        with suppress(OSError):
            if not Path(CONF).is_file() or Path(CONF).is_symlink():
                Path(CONF).unlink()
        with suppress(HostError):
            RootedHost.write(self.host, CONF, self.pristine, expected=None, owner="redis", group="redis", mode=0o640)
        if not secrets.randbelow(10):
            with suppress(OSError):
                Path(OWN / "users.acl").hardlink_to(LINKED)

    def _apply(self) -> Outcome:
        # Some get through unharmed, and are attacked on the way back.
        self.host.attacked = secrets.randbelow(10) < 7
        self.host.fails_at = secrets.choice((-1, -1, 2, 4, 6, 8)) if self.host.attacked else -1
        wanted = self._plan()
        return start(self.host, wanted, login=None, passwords=generate_passwords(wanted)).outcome()

    def _roll_back(self, snapshot: str) -> Outcome:
        return start_rollback(self.host, snapshot, login=None).outcome()

    def _plan(self) -> Plan:
        found = collect(self.host)
        answers = recommend(found.facts, choose(found.facts)).answers
        wanted = plan(found.facts, found.sources, answers)
        if secrets.randbelow(10) < 7:
            # The directory stays the account's to the end, so that no part of an apply is spared.
            kept = tuple(each for each in wanted.changes if getattr(each, "path", None) != OWN)
            wanted = replace(wanted, changes=kept)
        return wanted

    def _attempt(self, what: str, act: Callable[[], Outcome | None]) -> Outcome | None:
        try:
            outcome = act()
        except WizardError as error:
            self.endings[f"{what} {type(error).__name__}"] += 1
            self.sentences[str(error)] += 1
            return None
        except BaseException:  # noqa: BLE001 - the worst that can happen is shown whole
            self.crashes.append(traceback.format_exc())
            return None
        finally:
            self.host.fails_at = -1
        if outcome is not None:
            self.endings[f"{what} {outcome.result}"] += 1
            self.sentences[outcome.summary] += 1
        return outcome

    def _compare(self) -> None:
        now = look()
        # Its own entries in /etc come and go with an apply; no new name may stay or be anywhere else.
        self.changed += [name for name in now.keys() | self.first.keys() if now.get(name) != self.first.get(name)]


def main(go: Path, stop: Path, seconds: float, *words: str) -> None:
    """Run a campaign and tell what came of it."""
    campaign = Campaign(ByPath(go) if words else Host(go), Path("/root/redis.conf").read_bytes())
    campaign.run(seconds)
    stop.touch()
    time.sleep(1)
    campaign.finish()
    told = {name: getattr(campaign, name) for name in ("endings", "sentences", "changed", "crashes")}
    sys.stdout.write(f"{json.dumps(told)}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3]), *sys.argv[4:])
