"""From an item of the checklist to the field that fixes it, and back."""

from screens.steps.memory import MemoryStep
from screens.steps.users import UsersStep
from screens.views.checklist import ChecklistScreen
from screens.widgets.table import Rows
from tests.screens.test_forms import to_step
from tests.support.screen import screen_text, until, wizard


async def test_an_item_leads_to_its_field_and_back_to_the_item() -> None:
    async with wizard().run_test(size=(80, 24)) as pilot:
        app = await to_step(pilot, "audit")
        await pilot.press("f9")
        await until(pilot, lambda: isinstance(app.screen, ChecklistScreen))
        app.screen.query_one(Rows).go_to("17")
        await pilot.press("g")
        await until(
            pilot, lambda: isinstance(app.screen, MemoryStep) and app.screen.focused_answer == "memory.maxmemory"
        )
        assert "F7 Checklist  F8 Next" in screen_text(app)
        await pilot.press(*["delete"] * 4, *"4gb", "f7")
        await until(pilot, lambda: isinstance(app.screen, ChecklistScreen))
        await until(pilot, lambda: app.screen.query_one(Rows).current == "17")
        assert app.session.answers.memory.maxmemory == "4gb"
        await pilot.press("f7")
        await until(pilot, lambda: getattr(app.screen, "step", "") == "audit")
        assert "F7 Back  F8 Next" in screen_text(app)


async def test_a_list_is_the_field_of_users_and_going_on_forgets_the_checklist() -> None:
    async with wizard().run_test(size=(80, 24)) as pilot:
        app = await to_step(pilot, "host")
        await pilot.press("f9")
        await until(pilot, lambda: isinstance(app.screen, ChecklistScreen))
        app.screen.query_one(Rows).go_to("6")
        await pilot.press("g")
        await until(
            pilot, lambda: isinstance(app.screen, UsersStep) and app.screen.focused_answer == "acl.default_user"
        )
        await pilot.press("f8")
        await until(pilot, lambda: getattr(app.screen, "step", "") == "commands")
        await pilot.press("f7")
        await until(pilot, lambda: isinstance(app.screen, UsersStep))
        await pilot.press("f7")
        await until(pilot, lambda: isinstance(app.screen, MemoryStep))
