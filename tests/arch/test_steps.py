"""A step of the wizard is complete: forgetting its title, section, screen, help text or style fails here, by name."""

import re
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import assets
from screens.step import Step
from screens.step_table import KEYS, STEPS, StepRow
from wizard.model.answers import Answers
from wizard.model.value import replace

HELP = assets.path("help")
WITHOUT_STEP = {"version", "attestations"}
"""Parts of the answers that no step edits."""
IN_A_LIST = {"acl.users", "commands.disable"}
"""Answers that a list edits; the help text of the step explains them as a whole."""
TOUR = HELP.parents[1] / "docs/tour.md"
HELP_WIDTH, TITLE_WIDTH, SHORT_WIDTH = 76, 27, 6
AUDIT = STEPS.named("audit")


def screen(row: StepRow) -> type[Step] | None:
    module, _, name = row.screen.partition(":")
    try:
        found = getattr(import_module(module), name)
    except (ImportError, AttributeError, ValueError):
        return None
    return found if isinstance(found, type) and issubclass(found, Step) and found.step == row.name else None


def faults(row: StepRow, *, help_folder: Path = HELP) -> list[str]:
    """Name what is missing of a step."""
    path = help_folder / f"{row.name}.md"
    text = path.read_text() if path.exists() else ""
    known = getattr(Answers(), row.section, None) if row.section else None
    asked = [f"{row.section}.{field}" for field in getattr(known, "__struct_fields__", ())]
    explained = set(re.findall(r"^## (\S+)$", text, re.MULTILINE))
    return [
        *([] if 0 < len(row.title) <= TITLE_WIDTH else [f"{row.name}: no title of 1 to {TITLE_WIDTH} characters"]),
        *([] if 0 < len(row.short) <= SHORT_WIDTH else [f"{row.name}: no short name of 1 to {SHORT_WIDTH} characters"]),
        *([] if screen(row) else [f"{row.name}: {row.screen} is not the screen of this step"]),
        *([f"{row.name}: the answers have no section {row.section}"] if row.section and known is None else []),
        *([] if text else [f"{row.name}: no help text {path.name}"]),
        *_tour_faults(row),
        *(f"{row.name}: no help for {each}" for each in asked if text and each not in explained | IN_A_LIST),
        *(f"{row.name}: help for {each}, which is no answer" for each in sorted(explained - set(asked))),
        *(
            f"{path.name}:{place} is too long"
            for place, line in enumerate(text.splitlines(), 1)
            if len(line) > HELP_WIDTH
        ),
    ]


def _tour_faults(row: StepRow) -> list[str]:
    parts = {part.partition("\n")[0].partition(" ")[2]: part for part in TOUR.read_text().split("\n## ")}
    shown = re.findall(r"\(pictures/([\w-]+\.svg)\)", parts.get(row.title, ""))
    return [
        *([] if row.title in parts else [f'{row.name}: docs/tour.md has no part "{row.title}"']),
        *([] if f"{row.name}-80x24.svg" in shown else [f"{row.name}: docs/tour.md has no picture of it"]),
        *(f"{each}: make pictures" for each in shown if not (TOUR.parent / "pictures" / each).exists()),
    ]


@pytest.mark.parametrize("row", STEPS.rows, ids=lambda row: row.name)
def test_a_step_is_complete(row: StepRow) -> None:
    assert faults(row) == []


@pytest.mark.parametrize(
    ("over", "fault"),
    [
        ({"title": ""}, "audit: no title of 1 to 27 characters"),
        ({"short": "Auditing"}, "audit: no short name of 1 to 6 characters"),
        ({"screen": "screens.steps.audit:Audit"}, "audit: screens.steps.audit:Audit is not the screen of this step"),
        ({"screen": "screens.steps.tls:TlsStep"}, "audit: screens.steps.tls:TlsStep is not the screen of this step"),
        ({"section": "auditing"}, "audit: the answers have no section auditing"),
        ({"section": "tls"}, "audit: no help for tls.port"),
        ({"name": "extra"}, "extra: no help text extra.md"),
        ({"name": "extra"}, "extra: docs/tour.md has no picture of it"),
        ({"title": "Audit"}, 'audit: docs/tour.md has no part "Audit"'),
    ],
)
def test_what_is_missing_of_a_step_is_named(over: dict[str, Any], fault: str) -> None:
    assert fault in faults(replace(AUDIT, **over))


def test_an_answer_without_help_is_named(tmp_path: Path) -> None:
    text = (HELP / "audit.md").read_text().replace("## audit.log_level\n", "")
    (tmp_path / "audit.md").write_text(text)
    assert faults(AUDIT, help_folder=tmp_path) == ["audit: no help for audit.log_level"]


def test_every_section_of_the_answers_has_its_step() -> None:
    assert {*STEPS.sections} == {*Answers.__struct_fields__} - WITHOUT_STEP
    assert len({row.name for row in STEPS.rows}) == len(STEPS.rows) <= len(KEYS)
    assert STEPS.first.section == STEPS.last.section == ""


def test_the_style_sheet_names_only_what_exists() -> None:
    sheet = re.sub(r"/\*.*?\*/", "", assets.text("app.tcss"))
    styled = {name for part in re.findall(r"([^{}]+)\{", sheet) for name in re.findall(r"(?<![\w.#-])[A-Z]\w+", part)}
    sources = "\n".join(path.read_text() for path in (HELP.parents[1] / "screens").rglob("*.py"))
    missing = {name for name in styled if not re.search(rf"\b{name}\b", sources)}
    assert missing == set(), "a screen or widget was renamed or removed"


def test_every_screen_has_its_help_text() -> None:
    sources = "\n".join(path.read_text() for path in (HELP.parents[1] / "screens/views").rglob("*.py"))
    wanted = {*re.findall(r'^    help = "(\w+)"$', sources, re.MULTILINE), *(row.name for row in STEPS.rows)}
    assert {path.stem for path in HELP.glob("*.md")} == wanted
