"""Each item of the checklist has all of its parts, and keeps its id."""

from pathlib import Path

import pytest

from screens.step_table import STEPS
from screens.text.steps.fixes import FIELDS
from tests.scenarios.checklist.cases import CASES
from wizard.checklist.ids import FORMER_IDS, former_id
from wizard.checklist.item import Item
from wizard.checklist.registry import EXTRA, ITEMS
from wizard.checklist.report.page import HEADINGS
from wizard.model.answers import Answers
from wizard.model.finding import State

PUBLISHED = Path(__file__).parents[1] / "data/checklist/ids.tsv"
"""Every id with its former one. Add a line for a new item; change or remove none."""

PAGES = Path(__file__).parents[2] / "assets/help/items"

CANNOT = {
    "3": {State.PASS},  # only an operator knows which networks are between two hosts
    "14": {State.PASS},  # that two people must agree only an operator knows
    "22": {State.PASS},  # the target of a backup is not on the host
    "23": {State.PASS, State.FAIL},
}
"""States that an item cannot have, and why."""


def published() -> dict[str, str]:
    lines = PUBLISHED.read_text().splitlines()[1:]
    rows = (line.split("\t") for line in lines)
    return {row[0]: row[1] for row in rows}


@pytest.mark.parametrize(("current", "former"), list(published().items()))
def test_a_published_id_stays(current: str, former: str) -> None:
    assert current in {item.id for item in (*ITEMS, *EXTRA)}, f"{current} is published: no item may drop it"
    assert former_id(current) == former, f"{current} was called {former} by version 0.1"


@pytest.mark.parametrize("item", [*ITEMS, *EXTRA], ids=lambda item: item.id)
def test_the_id_of_an_item_is_published(item: Item) -> None:
    assert item.id in published(), f"add {item.id} to {PUBLISHED.name}"


def test_an_id_is_given_once() -> None:
    ids = [item.id for item in (*ITEMS, *EXTRA)]
    assert len(ids) == len(set(ids)) == len(published())
    assert not set(ids) & set(FORMER_IDS), "a former id would name two items"


@pytest.mark.parametrize("item", EXTRA, ids=lambda item: item.id)
def test_an_id_beyond_the_chapter_is_a_word_of_the_field(item: Item) -> None:
    name = item.id.removeprefix("X")
    assert item.id.startswith("X")
    assert (name.isascii(), name.isalpha(), name.islower()) == (True, True, True)
    assert len(item.id) <= 10, "the tables have ten columns for it"


@pytest.mark.parametrize("item", [*ITEMS, *EXTRA], ids=lambda item: item.id)
def test_the_title_of_an_item_is_short(item: Item) -> None:
    assert 0 < len(item.title) <= 45
    assert not item.title.endswith(".")


@pytest.mark.parametrize("item", [*ITEMS, *EXTRA], ids=lambda item: item.id)
def test_an_item_has_a_page(item: Item) -> None:
    for part in ("sentence", "fix", "source"):
        assert getattr(item, part), f"{item.id} has no {part}: check {item.id} shows it"
    page = PAGES / f"{item.id}.md"
    assert page.is_file(), f"add {page.name} to assets/help/items: check {item.id} shows it"
    lines = page.read_text().splitlines()
    parts = {
        heading: text.split()
        for heading, _, text in (each.partition("\n") for each in page.read_text().split("## ")[1:])
    }
    assert tuple(parts) == HEADINGS, page.name
    assert all(parts.values()), f"{page.name}: a part is empty"
    assert len(lines) <= 25, f"{page.name} fills more than a terminal"
    assert [line for line in lines if len(line) > 78] == [], page.name


@pytest.mark.parametrize("page", sorted(PAGES.iterdir()), ids=lambda page: page.name)
def test_a_page_has_an_item(page: Path) -> None:
    assert page.suffix == ".md"
    assert page.stem in {item.id for item in (*ITEMS, *EXTRA)}, f"no item is called {page.stem}: remove {page.name}"


@pytest.mark.parametrize("item", [*ITEMS, *EXTRA], ids=lambda item: item.id)
def test_an_item_has_a_case_for_each_state(item: Item) -> None:
    wanted = {State.PASS, State.FAIL, State.UNKNOWN} - CANNOT.get(item.id, set())
    missing = wanted - {case.state for case in CASES if case.item == item.id}
    assert not missing, f"tests/scenarios/checklist/cases/: {item.id} has no case for {', '.join(sorted(missing))}"


FIXED = {
    item.id: row.section
    for item in (*ITEMS, *EXTRA)
    for row in (STEPS.by_section(item.step),)
    if row is not None and row.section
}
"""The section of the answers in which a step fixes an item."""


@pytest.mark.parametrize("item", FIXED)
def test_an_item_that_a_step_fixes_has_a_field_of_that_step(item: str) -> None:
    section, _, field = FIELDS.get(item, "").partition(".")
    assert section == FIXED[item], f"screens/text/steps/fixes.py: {item} has no field of the section {FIXED[item]}"
    assert field in getattr(Answers(), section).__struct_fields__, f"{item}: {section}.{field} is no answer"


def test_no_field_is_named_for_an_item_that_no_step_fixes() -> None:
    assert FIELDS.keys() - FIXED.keys() == set()
