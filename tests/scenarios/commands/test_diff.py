"""``--diff`` shows what ``apply --yes`` and ``rollback`` change, before they do."""

from pathlib import Path

import pytest

from tests.support.scenario import assert_refused, assert_silent, debian, owned, run


@pytest.fixture(scope="module")
def applied(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A tree after an apply, and what that showed."""
    place = tmp_path_factory.mktemp("applied")
    root = owned(debian(place))
    ran = run("apply", "--yes", "--quiet", "--diff", "--root", root, "--secrets-to", place / "secrets.toml")
    assert (ran.status, ran.err) == (0, "")
    return root, ran.out


def test_apply_shows_the_diffs_of_its_plan_first(applied: tuple[Path, str]) -> None:
    _, said = applied
    assert said.startswith("--- /dev/null\n+++ /etc/redis/users.acl\n")
    assert "\n+appendonly yes" in said.partition("To roll back:")[0]
    assert_silent(said)


def test_rollback_shows_the_way_back(applied: tuple[Path, str]) -> None:
    root, _ = applied
    plain = run("rollback", "--dry-run", "--root", root)
    ran = run("rollback", "--dry-run", "--diff", "--root", root)
    assert (ran.status, ran.err) == (0, "")
    assert "appendonly yes" not in plain.out
    assert "Every line that differs: redis-wizard snapshots diff" in plain.out
    assert "Every line that differs" not in ran.out
    shown = ran.out.partition("\n")[2]
    assert "-appendonly yes" in shown
    assert_silent(shown)
    done = run("rollback", "--yes", "--quiet", "--diff", "--root", root)
    assert (done.status, done.out.startswith(shown)) == (0, True)


@pytest.mark.parametrize(("line", "option"), [("plan --diff", "--diff"), ("detect -v", "-v"), ("-v status", "-v")])
def test_what_would_do_nothing_is_refused(line: str, option: str) -> None:
    assert_refused(run(*line.split()), option, status=64)
