"""`/` finds in every list and long text: typed words, n and N, Escape; the keys of a screen mean their own again."""

import pytest

from screens.dialogs.diff import DiffDialog
from screens.dialogs.text import TextDialog
from screens.search import following, matching
from screens.steps.memory import MemoryStep
from screens.steps.review import ReviewStep
from screens.text.formatting import lines
from screens.views.checklist import ChecklistScreen
from screens.views.snapshots import SnapshotsScreen
from screens.widgets.field import Editor, Field
from screens.widgets.option_widgets import RadioList
from screens.widgets.table import Rows
from tests.screens.test_apply import to_review
from tests.screens.test_forms import to_step
from tests.support.fake_engine import FakeEngine, snapshot
from tests.support.screen import ready, screen_text, strips, until, wizard

SIZES = ((80, 24), (120, 40))


@pytest.mark.parametrize("size", SIZES)
async def test_a_list_is_searched_and_n_goes_on_until_escape(size: tuple[int, int]) -> None:
    async with wizard().run_test(size=size) as pilot:
        app = await ready(pilot)
        await pilot.press("f9")
        await until(pilot, lambda: isinstance(app.screen, ChecklistScreen))
        await pilot.press("o", "home", "slash", *"item 1")
        await until(pilot, lambda: "1 of 11" in screen_text(app))
        assert " find /item 1" in screen_text(app)
        await pilot.press("enter", "n", "n")
        await until(pilot, lambda: "3 of 11" in screen_text(app))
        assert app.screen.query_one(Rows).current == "11"
        assert "n next  N previous  Esc ends" in screen_text(app)
        await pilot.press("N")
        await until(pilot, lambda: app.screen.query_one(Rows).current == "10")
        await pilot.press("escape")
        await until(pilot, lambda: "n next" not in screen_text(app))
        assert isinstance(app.screen, ChecklistScreen), "Escape ended the search alone"
        assert "/ find" in screen_text(app)
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(app.screen, ChecklistScreen))


async def test_what_is_nowhere_is_said_and_moves_nothing() -> None:
    async with wizard().run_test(size=(80, 24)) as pilot:
        app = await ready(pilot)
        await pilot.press("f9", "slash", *"xyz")
        await until(pilot, lambda: "no match" in screen_text(app))
        here = app.screen.query_one(Rows).current
        await pilot.press("enter", "n")
        await pilot.pause()
        assert app.screen.query_one(Rows).current == here


@pytest.mark.parametrize("size", SIZES)
async def test_a_long_text_scrolls_to_the_words_and_marks_them(size: tuple[int, int]) -> None:
    async with wizard().run_test(size=size) as pilot:
        app = await ready(pilot)
        text = lines(*(f"Paragraph {number} {'of many words ' * 12}" for number in range(60)))
        app.push_screen(TextDialog("Help", text))
        await until(pilot, lambda: "Paragraph 0" in screen_text(app))
        await pilot.press("slash", *"paragraph 47", "enter")
        await until(pilot, lambda: "Paragraph 47" in screen_text(app))
        row = next(strip for strip in strips(app) if "Paragraph 47" in strip.text)
        assert any(part.text == "Paragraph 47" and part.style and part.style.reverse for part in row)
        await pilot.press("slash", *"many", "enter", "n")
        await until(pilot, lambda: "49 of 60" in screen_text(app))
        await pilot.press("escape")
        await until(pilot, lambda: "closes" in screen_text(app))
        assert isinstance(app.screen, TextDialog)
        await pilot.press("enter")
        await until(pilot, lambda: not isinstance(app.screen, TextDialog))


async def test_a_search_in_the_review_goes_from_the_list_on_into_the_diff() -> None:
    async with wizard().run_test(size=(80, 24)) as pilot:
        app = await to_review(pilot)
        await pilot.press("slash", *"maxmemory-policy", "enter")
        await until(pilot, lambda: app.screen.query_one(Rows).current == "directive:maxmemory-policy")
        await pilot.press("slash", *"generated", "enter")
        await until(pilot, lambda: "1 of 2" in screen_text(app))
        assert app.screen.focused is not app.screen.query_one(Rows)
        await pilot.press("escape", "n")
        await until(pilot, lambda: isinstance(app.screen, TextDialog | ReviewStep))


async def test_the_whole_diff_is_searched() -> None:
    async with wizard().run_test(size=(80, 24)) as pilot:
        app = await to_review(pilot)
        await pilot.press("f3")
        await until(pilot, lambda: isinstance(app.screen, DiffDialog))
        await pilot.press("slash", *"user ad", "enter")
        await until(pilot, lambda: "1 of 1" in screen_text(app))
        row = next(strip for strip in strips(app) if "+user ad" in strip.text)
        assert any(part.text == "user ad" and part.style and part.style.reverse for part in row)


async def test_the_choices_of_a_step_are_searched_and_none_is_chosen() -> None:
    async with wizard().run_test(size=(80, 24)) as pilot:
        app = await to_step(pilot, "memory")
        chosen = app.session.answers.memory.purpose
        await pilot.press("tab", "slash", *"queue", "enter")
        await until(pilot, lambda: "1 of " in screen_text(app))
        assert isinstance(app.screen, MemoryStep)
        focused = app.screen.focused
        assert isinstance(focused, RadioList)
        assert "Queue" in focused.options[focused.cursor].label
        assert app.session.answers.memory.purpose is chosen


async def test_n_opens_the_snapshots_again_after_a_search() -> None:
    engine = FakeEngine(stored=tuple(snapshot(f"20260504-10111{n}") for n in range(3)))
    async with wizard(engine).run_test(size=(80, 24)) as pilot:
        app = await ready(pilot)
        await pilot.press("n")
        await until(pilot, lambda: "20260504-101112" in screen_text(app))
        await pilot.press("slash", *"101112", "enter")
        await until(pilot, lambda: app.screen.query_one(Rows).current == "20260504-101112")
        assert isinstance(app.screen, SnapshotsScreen)


def test_capitals_count_only_where_the_words_have_some() -> None:
    texts = ("maxmemory", "MAXMEMORY", "port")
    assert list(matching(texts, "maxmemory")) == [0, 1]
    assert list(matching(texts, "MAX")) == [1]
    assert list(matching(texts, "")) == []


@pytest.mark.parametrize(
    ("here", "by", "wanted"),
    [((0, 3), 0, (0, 3)), ((0, 3), 1, (1, 0)), ((1, 0), 1, (0, 3)), ((0, 3), -1, (1, 0)), ((1, 5), -1, (1, 0))],
)
def test_the_first_match_follows_the_last(here: tuple[int, int], by: int, wanted: tuple[int, int]) -> None:
    assert following([(0, 3), (1, 0)], here, by) == wanted


@pytest.mark.parametrize("answer", ["tls.authority", "tls.names", "network.unix_socket", "acl.file"])
async def test_a_slash_in_a_line_of_text_is_a_slash(answer: str) -> None:
    async with wizard().run_test(size=(80, 24)) as pilot:
        app = await ready(pilot)
        step = app.session.steps.by_section(answer.partition(".")[0])
        assert step is not None
        await pilot.press("f6", app.session.steps.key(step.name))
        await until(pilot, lambda: app.screen.query(Editor))
        editor = next(each for each in app.screen.query(Field) if each.answer == answer).query_one(Editor)
        editor.focus()
        editor.value = ""
        await pilot.press(*"/etc/n")
        assert editor.value == "/etc/n"
        assert not app.screen.has_class("searching")
