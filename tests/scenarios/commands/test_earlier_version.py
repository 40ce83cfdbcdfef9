"""What version 0.1 has written stays readable: a state directory with journal and snapshot, a plan, answers."""

import filecmp
import os
import shutil
from pathlib import Path, PurePosixPath

import pytest

from tests.support.scenario import run
from wizard.checklist import current_id
from wizard.model.event import Result
from wizard.model.finding import Report
from wizard.model.plan import Plan
from wizard.model.value import from_json
from wizard.planning.answers_file import parse

DATA = Path(__file__).parents[2] / "data"
EARLIER = DATA / "earlier"
STATE = Path("var/lib/redis-wizard")
APPLY = "20261128-063822"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A directory tree to which version 0.1 has applied a plan."""
    made = tmp_path / "tree"
    shutil.copytree(EARLIER / "tree", made, symlinks=True)
    for path in [made / STATE, *(made / STATE).rglob("*")]:
        path.chmod(0o700 if path.is_dir() else 0o600)
    return made


def test_its_journal_tells_how_the_apply_ended(tree: Path) -> None:
    told = run("--root", tree, "status", "--json")
    assert told.status == 0, told
    assert f'"ending": "{Result.APPLIED}"' in told.out
    assert "verified from outside" in told.out


def test_its_snapshot_is_listed_and_intact(tree: Path) -> None:
    assert APPLY in run("--root", tree, "snapshots", "list").out
    assert "intact" in run("--root", tree, "snapshots", "verify").out


@pytest.mark.skipif(os.geteuid() != 0, reason="a rollback gives files to other users")
def test_its_apply_is_rolled_back(tree: Path) -> None:
    assert run("--root", tree, "rollback", "--yes").status == 0
    before = DATA / "trees" / "rpm-redis"
    paths = [path.relative_to(before) for path in before.rglob("*") if path.is_file()]
    assert filecmp.cmpfiles(before, tree, [str(path) for path in paths], shallow=False)[1:] == ([], [])
    assert not (tree / "etc/redis/users.acl").exists()


def test_its_plan_and_its_answers_are_read() -> None:
    plan = from_json(Plan, (EARLIER / "plan.json").read_bytes())
    assert (plan.fingerprint, len(plan.changes)) != ("", 0)
    assert parse((EARLIER / "answers.toml").read_text(), PurePosixPath("answers.toml")).version == 1


def test_the_ids_in_its_report_still_select_items(tree: Path) -> None:
    report = from_json(Report, (EARLIER / "report.json").read_bytes())
    former = [finding.id for finding in (*report.items, *report.extra)]
    chosen = run("--root", tree, "check", "--format", "json", "--only", *former)
    now = from_json(Report, chosen.out)
    assert [finding.id for finding in (*now.items, *now.extra)] == [current_id(each) for each in former]
    assert [finding.former_id for finding in now.extra] == [finding.id for finding in report.extra]
