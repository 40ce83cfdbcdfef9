"""Users: added, edited, removed, tried."""

from screens.dialogs.try_command import TryCommand
from screens.dialogs.user_editor import UserEditor
from screens.steps.users import UsersStep
from tests.screens.test_forms import to_step
from tests.support.screen import screen_text, until, wizard
from wizard.model.answers import AclRole


async def test_a_user_is_added() -> None:
    async with wizard().run_test(size=(80, 24)) as pilot:
        app = await to_step(pilot, "users")
        await pilot.press("a")
        await until(pilot, lambda: isinstance(app.screen, UserEditor))
        await pilot.press(*"cart", "down", "right", "down", *"cart:*")
        assert "user cart" in screen_text(app) or "New user" in screen_text(app)
        await pilot.press("down", "down", "down", "down", "right", "enter")
        await until(pilot, lambda: isinstance(app.screen, UsersStep))
        users = {user.name: user for user in app.session.answers.acl.users}
        assert users["cart"].role is AclRole.PUBSUB
        assert users["cart"].keys == ("cart:*",)
        await until(pilot, lambda: "cart" in screen_text(app))


async def test_a_name_that_is_taken_is_refused() -> None:
    async with wizard().run_test(size=(80, 24)) as pilot:
        app = await to_step(pilot, "users")
        await pilot.press("a")
        await until(pilot, lambda: isinstance(app.screen, UserEditor))
        await pilot.press(*"admin", "shift+tab", "enter")
        await until(pilot, lambda: '[err] user "admin" exists already' in screen_text(app))


async def test_a_user_is_removed_from_the_plan() -> None:
    async with wizard().run_test(size=(80, 24)) as pilot:
        app = await to_step(pilot, "users")
        await pilot.press("tab", "d")
        await until(pilot, lambda: [user.name for user in app.session.answers.acl.users] == ["admin"])


async def test_a_command_is_tried() -> None:
    async with wizard().run_test(size=(80, 24)) as pilot:
        app = await to_step(pilot, "users")
        await pilot.press("tab", "t")
        await until(pilot, lambda: isinstance(app.screen, TryCommand))
        await pilot.press("enter")
        await until(pilot, lambda: "yes" in screen_text(app))
        await pilot.press("home", *"FLUSHALL ", "enter")
        await until(pilot, lambda: "no: not in its rules" in screen_text(app))
