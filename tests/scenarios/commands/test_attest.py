"""``attest``: what an operator records counts in each later check of the server, until it expires."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.support.scenario import assert_refused, debian, run
from wizard.checklist.manual import ATTESTABLE
from wizard.checklist.registry import ITEMS

NOTE = "restored into db-test"
STATE = "var/lib/redis-wizard/attestations.json"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return debian(tmp_path)


def day(days_ago: int) -> str:
    return (datetime.now(UTC).date() - timedelta(days=days_ago)).isoformat()


def item(root: Path, number: int, *more: str | Path) -> dict[str, object]:
    report = json.loads(run("check", "--format", "json", "--root", root, *more).out)
    found: dict[str, object] = report["items"][number - 1]
    return found


def test_an_attested_item_is_shown_with_name_and_day(root: Path) -> None:
    assert item(root, 23)["state"] == "unknown"
    ran = run("attest", "23", "--by", "olga", "--on", day(1), "--note", NOTE, "--root", root)
    assert (ran.status, ran.err) == (0, "")
    assert f"olga attested it on {day(1)}" in " ".join(ran.out.split())
    found = item(root, 23)
    assert found["state"] == "attested"
    assert f"olga attested it on {day(1)}" in str(found["summary"])
    assert (root / STATE).stat().st_mode & 0o777 == 0o600


def test_an_expired_one_says_so_in_check_and_list(root: Path) -> None:
    run("attest", "23", "--by", "olga", "--note", NOTE, "--root", root)
    text = (root / STATE).read_text(encoding="utf-8")
    (root / STATE).write_text(text.replace(day(0), day(91)), encoding="utf-8")
    found = item(root, 23)
    assert found["state"] == "unknown"
    assert f"The attestation by olga on {day(91)} expired after 90 days." in str(found["summary"])
    assert f"olga on {day(91)}, expired on {day(1)}" in run("attest", "--root", root).out


def test_the_newer_one_of_host_and_answers_counts(root: Path, tmp_path: Path) -> None:
    run("attest", "23", "--by", "olga", "--on", day(3), "--note", NOTE, "--root", root)
    answers = tmp_path / "answers.toml"
    answers.write_text(f'[[attestations]]\nitem = 23\nby = "ivan"\non = {day(2)}\nnote = "n"\n', encoding="ascii")
    assert "ivan" in str(item(root, 23, "--answers", answers)["summary"])
    answers.write_text(f'[[attestations]]\nitem = 23\nby = "ivan"\non = {day(4)}\nnote = "n"\n', encoding="ascii")
    assert "olga" in str(item(root, 23, "--answers", answers)["summary"])


def test_is_listed_and_withdrawn(root: Path) -> None:
    assert "Nothing is attested" in run("attest", "--root", root).out
    run("attest", "22", "--note", NOTE, "--root", root)
    assert "22  " in run("attest", "--root", root).out
    assert json.loads(run("attest", "--json", "--root", root).out)["servers"][0]["attestations"][0]["note"] == NOTE
    assert "withdrawn" in run("attest", "22", "--withdraw", "--root", root).out
    assert "Nothing to do" in run("attest", "22", "--withdraw", "--root", root).out
    assert item(root, 22)["state"] == "unknown"


def test_what_the_host_shows_comes_first_and_is_said(root: Path) -> None:
    ran = run("attest", "14", "--note", "two people", "--root", root)
    assert ran.status == 0
    assert item(root, 14)["state"] == "fail"
    assert "now it is: fail" in ran.err


@pytest.mark.parametrize(
    ("arguments", "words", "status"),
    [
        (("6", "--note", NOTE), "item 6 is decided by what the host shows", 1),
        (("6",), "item 6 is decided by what the host shows", 1),
        (("26", "--note", NOTE), "is not a number from 1 to 25", 64),
        (("23",), 'add --note "what was checked, and how"', 64),
        (("--note", NOTE), "name the item", 64),
        (("23", "--note", NOTE, "--dry-run"), "leave out --dry-run", 64),
    ],
)
def test_mistakes_are_one_sentence(root: Path, arguments: tuple[str, ...], words: str, status: int) -> None:
    ran = run("attest", *arguments, "--root", root)
    assert_refused(ran, words, status=status)
    assert not (root / STATE).exists()


def test_uninstall_removes_it(root: Path) -> None:
    run("attest", "23", "--note", NOTE, "--root", root)
    run("uninstall", "--yes", "--root", root)
    assert not (root / STATE).exists()


def test_every_item_that_asks_for_an_attestation_takes_one() -> None:
    told = {each.number for each in ITEMS if "attest" in each.source + each.fix}
    assert told <= ATTESTABLE
