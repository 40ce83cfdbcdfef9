"""Documents have one shape: lines that fit, decisions in short, a changelog without double headings."""

import re
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
DECISIONS = sorted((PROJECT / "docs/decisions").glob("*.md"))
DOCUMENTS = [*DECISIONS, *sorted((PROJECT / "docs").glob("*.md")), *sorted(PROJECT.glob("*.md"))]
COLUMNS = 120
HEADINGS = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"]
IN_SHORT = re.compile(r"\*Status\*: \w[^·]*· \*Date\*: \d{4}-\d\d-\d\d · \*In short\*: (.+)", re.DOTALL)


def name(path: Path) -> str:
    return path.relative_to(PROJECT).as_posix()


@pytest.mark.parametrize("path", DOCUMENTS, ids=name)
def test_lines_of_a_document_fit(path: Path) -> None:
    lines = enumerate(path.read_text().splitlines(), 1)
    # A row of a table cannot be broken, a command must not be.
    free = (" " * 4, "|")
    assert [number for number, line in lines if len(line) > COLUMNS and not line.startswith(free)] == []


@pytest.mark.parametrize("path", DECISIONS, ids=name)
def test_a_decision_opens_with_status_date_and_three_sentences(path: Path) -> None:
    title, first, *_ = path.read_text().split("\n\n")
    assert re.match(rf"# {int(path.name[:4])}\. \S", title)
    found = IN_SHORT.fullmatch(first.strip())
    assert found, "the second paragraph is *Status*: … · *Date*: … · *In short*: …"
    sentences = re.findall(r"[.?!](?=\s|$)", found.group(1))
    assert len(sentences) == 3, found.group(1)


def test_the_changelog_has_each_heading_once_in_order() -> None:
    for release in (PROJECT / "CHANGELOG.md").read_text().split("\n## ")[1:]:
        found = re.findall(r"^### (.+)$", release, re.MULTILINE)
        assert found == [heading for heading in HEADINGS if heading in found]


def test_an_entry_of_the_changelog_has_at_most_two_lines() -> None:
    entries = re.split(r"\n(?=- )", (PROJECT / "CHANGELOG.md").read_text())[1:]
    assert [entry for entry in entries if len(entry.partition("\n\n")[0].splitlines()) > 2] == []
