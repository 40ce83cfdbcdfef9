"""The reference is what the code says: `make reference` writes it anew."""

import re

import pytest

from tools.reference import DIRECTORY, pages
from wizard.checklist.registry import ITEMS_BY_ID
from wizard.cli.command_arguments import SCHEMAS
from wizard.settings import SETTINGS

PAGES = pages()


def test_there_is_no_other_page() -> None:
    assert {path.name for path in DIRECTORY.iterdir()} == set(PAGES)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_what_the_code_says(name: str) -> None:
    assert (DIRECTORY / name).read_text() == PAGES[name], "write it anew: make reference"


def test_every_answer_item_and_document_has_its_row() -> None:
    assert set(re.findall(r"^\| `(\w+\.\w+)`", PAGES["answers.md"], re.MULTILINE)) == {
        row.answer for row in SETTINGS if row.answer
    }
    assert set(re.findall(r"^\| (\d+|X\w+) \|", PAGES["items.md"], re.MULTILINE)) == set(ITEMS_BY_ID)
    assert re.findall(r"^## redis-wizard/([\w-]+)", PAGES["json.md"], re.MULTILINE) == list(SCHEMAS)


def test_a_row_has_the_cells_of_its_table() -> None:
    for text in PAGES.values():
        for table in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
            widths = {len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}
            assert len(widths) == 1, table
