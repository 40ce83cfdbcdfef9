"""A host without a server: the package is the plan, and it stays when the apply is undone."""

from pathlib import PurePosixPath

import pytest

from tests.support import host_trees
from tests.support.memory_host.host import MemoryHost
from wizard.app import start, start_rollback
from wizard.detect.collect import collect
from wizard.host.reader import Completed
from wizard.model.answers import Answers
from wizard.model.change import InstallPackage
from wizard.model.event import Outcome, Result
from wizard.planning.plan import plan

APT = PurePosixPath("/usr/bin/apt-get")


DPKG = PurePosixPath("/var/lib/dpkg/status")
INSTALLED = "\nPackage: {name}\nStatus: install ok installed\nVersion: 5:8.0.2-3+deb13u3\n"


def bare(*, status: int) -> MemoryHost:
    """A host without a server, whose package manager ends with this status."""
    host = host_trees.load("bare")
    host.programs["apt-get"] = APT
    host.nodes[DPKG].data = b""

    def answer(line: tuple[str, ...], _given: bytes, _user: str) -> Completed | None:
        if line[0] != str(APT):
            return None
        if status:
            return Completed(status=status, output="", errors="E: Unable to fetch some archives")
        host.nodes[DPKG].data += INSTALLED.format(name=line[-1]).encode()
        return Completed(status=0, output="", errors="")

    host.answer = answer
    return host


def apply(host: MemoryHost) -> Outcome:
    detection = collect(host)
    wanted = plan(detection.facts, detection.sources, Answers())
    assert any(isinstance(change, InstallPackage) for change in wanted.changes)
    return start(host, wanted, login=None, passwords={}).outcome()


def test_installs_without_asking_and_says_what_stays() -> None:
    host = bare(status=0)
    outcome = apply(host)
    assert outcome.result is Result.APPLIED, outcome
    (line,) = [line for line in host.runs if line[0] == str(APT)]
    assert line[1:3] == ("install", "--yes")
    back = start_rollback(host, outcome.snapshot, login=None).outcome()
    assert any("stays installed" in check for check in back.checks), back


@pytest.mark.parametrize("status", [1, 100])
def test_a_package_manager_that_refuses_ends_it_with_its_words(status: int) -> None:
    outcome = apply(bare(status=status))
    assert outcome.result is Result.ROLLED_BACK
    assert "Unable to fetch some archives" in outcome.summary
    assert "stays installed" not in " ".join((outcome.summary, *outcome.checks))


@pytest.mark.parametrize(
    ("state", "update", "said"),
    [
        ("install ok unpacked", "", "dpkg left redis-server half installed; run dpkg --configure -a"),
        ("install reinstreq half-installed", "", "dpkg left redis-server half installed"),
        ("install ok half-configured", "", "dpkg left redis-server half installed"),
        ("install ok installed", "0001", "dpkg left a package half installed"),
        ("deinstall ok config-files", "", ""),
    ],
)
def test_a_package_manager_that_was_killed_is_told_with_what_finishes_it(state: str, update: str, said: str) -> None:
    host = bare(status=1)
    answer = host.answer

    def killed(line: tuple[str, ...], given: bytes, user: str) -> Completed | None:
        host.nodes[DPKG].data = INSTALLED.format(name="redis-server").replace("install ok installed", state).encode()
        if update:
            host.put(DPKG.parent / "updates" / update, b"")
        return answer(line, given, user)

    host.answer = killed
    outcome = apply(host)
    assert outcome.result is (Result.INCOMPLETE if said else Result.ROLLED_BACK)
    assert said in outcome.summary
