"""Users: added, edited, removed, tried."""

from screens.dialogs.try_command import TryCommand
from screens.dialogs.user_editor import UserEditor
from screens.steps.users import UsersStep
from screens.widgets.field import Editor
from screens.widgets.table import Rows
from tests.screens.test_forms import to_step
from tests.support import facts_builder as build
from tests.support.fake_engine import RECOMMENDED, FakeEngine
from tests.support.screen import screen_text, until, wizard
from wizard.model.answers import AclRole
from wizard.model.change import SetUser
from wizard.model.value import replace


async def test_a_user_is_added() -> None:
    async with wizard().run_test(size=(80, 24)) as pilot:
        app = await to_step(pilot, "users")
        await pilot.press("a")
        await until(pilot, lambda: isinstance(app.screen, UserEditor))
        await pilot.press(*"cart", "down", "right", "down", *"cart:*")
        await until(pilot, lambda: "user cart resetchannels ~cart:* -@all +@read" in screen_text(app))
        await pilot.press("down", "down", "down", "down", "down", "right", "enter")
        await until(pilot, lambda: isinstance(app.screen, UsersStep))
        users = {user.name: user for user in app.session.answers.acl.users}
        assert users["cart"].role is AclRole.PUBSUB
        assert users["cart"].keys == ("cart:*",)
        await until(pilot, lambda: "cart" in screen_text(app))


async def test_a_planned_user_shows_the_keys_that_its_rules_reach() -> None:
    answered = replace(RECOMMENDED.acl, users=tuple(replace(each, keys=()) for each in RECOMMENDED.acl.users))
    engine = FakeEngine(recommended=replace(RECOMMENDED, acl=answered))
    async with wizard(engine).run_test(size=(80, 24)) as pilot:
        app = await to_step(pilot, "users")
        rows = [line.split() for line in screen_text(app).splitlines() if line.startswith(("  app", "  admin"))]
        assert [each[4:6] for each in rows] == [["-", "-"], ["*", "*"]]


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
        await pilot.press("tab", "tab", "d")
        await until(pilot, lambda: [user.name for user in app.session.answers.acl.users] == ["admin"])


async def test_a_command_is_tried() -> None:
    async with wizard().run_test(size=(80, 24)) as pilot:
        app = await to_step(pilot, "users")
        await pilot.press("tab", "tab", "t")
        await until(pilot, lambda: isinstance(app.screen, TryCommand))
        await pilot.press("enter")
        await until(pilot, lambda: "after the apply: yes" in screen_text(app))
        assert 'now: the server has no user "app" yet' in screen_text(app)
        await pilot.press("home", *"FLUSHALL ", "enter")
        await until(pilot, lambda: "after the apply: no: not in its rules" in screen_text(app))


async def test_the_server_answers_for_a_user_that_it_has() -> None:
    async with wizard().run_test(size=(80, 24)) as pilot:
        app = await to_step(pilot, "users")
        await pilot.press("tab", "tab", "end", "t")
        await until(pilot, lambda: isinstance(app.screen, TryCommand))
        await pilot.press("enter")
        await until(pilot, lambda: "now: no: default has no permissions to run GET app:1" in screen_text(app))
        assert "after the apply" not in screen_text(app)


async def test_the_form_follows_the_text_of_the_rules_and_the_text_the_form() -> None:
    async with wizard().run_test(size=(80, 24)) as pilot:
        app = await to_step(pilot, "users")
        await pilot.press("tab", "tab", "e")
        await until(pilot, lambda: isinstance(app.screen, UserEditor))
        assert "all rules as text      resetchannels ~app:* -@all +@read" in screen_text(app)
        await pilot.press(*["down"] * 6)
        text = app.screen.focused
        assert isinstance(text, Editor)
        text.value = "~cart:* &news +get -set (+set ~x)"  # typing costs seconds
        await pilot.press("enter")
        await until(pilot, lambda: "[err] the form has no field for (+set ~x)" in screen_text(app))
        assert app.screen.focused is text
        text.value = "~cart:* &news +get -set"
        await pilot.press("enter")
        await until(pilot, lambda: "< custom >" in screen_text(app) and "cart:*" in screen_text(app))
        await pilot.press("right", "enter")
        await until(pilot, lambda: isinstance(app.screen, UsersStep))
        app_user = next(user for user in app.session.answers.acl.users if user.name == "app")
        assert (app_user.role, app_user.rules) == (AclRole.CUSTOM, "+get -set")
        assert (app_user.keys, app_user.channels) == (("cart:*",), ("news",))


async def test_a_user_of_the_server_is_copied_with_its_rules_and_without_its_password() -> None:
    async with wizard(of_many(1)).run_test(size=(80, 24)) as pilot:
        app = await to_step(pilot, "users")
        await pilot.press("slash", *"svc0", "down", "c")
        await until(pilot, lambda: isinstance(app.screen, UserEditor))
        assert "all rules as text      resetchannels ~svc0:* -@all +@read" in screen_text(app)
        assert "[err]" not in screen_text(app)
        await pilot.press(*"new", *["down"] * 7, "right", "enter")
        await until(pilot, lambda: isinstance(app.screen, UsersStep))
        new = app.session.answers.acl.users[-1]
        assert (new.name, new.role, new.rules, new.keys) == ("new", AclRole.CUSTOM, "+@read", ("svc0:*",))


def of_many(count: int) -> FakeEngine:
    others = (f"user svc{each} on #~1a2b3c4d ~svc{each}:* +@read" for each in range(count))
    lines = ("user default on nopass ~* &* +@all", *others)
    server = build.instance(live=build.live(acl=lines))
    return FakeEngine(facts=build.host(instances=(server,)))


async def test_users_that_exist_are_shown_with_their_rules_and_no_password() -> None:
    async with wizard(of_many(3)).run_test(size=(80, 24)) as pilot:
        app = await to_step(pilot, "users")
        text = screen_text(app)
        assert "6 users" in text
        assert [line.split()[:2] for line in text.splitlines() if line.startswith("  default ")] == [["default", "off"]]
        await pilot.press("slash", *"svc2", "down", "enter")
        await until(pilot, lambda: "on ~svc2:* +@read" in screen_text(app))
        assert "1a2b3c4d" not in screen_text(app)


async def test_ten_thousand_users_are_found_by_name_and_few_are_drawn() -> None:
    async with wizard(of_many(10_000)).run_test(size=(80, 24)) as pilot:
        app = await to_step(pilot, "users")
        assert "200 shown of 10,003 users" in screen_text(app)
        assert app.screen.query_one(Rows).row_count == 200
        assert "ACL file" in screen_text(app)
        await pilot.press("slash", *"svc9998:")
        await until(pilot, lambda: "1 of 10,003 users" in screen_text(app) and "svc9998" in screen_text(app))


async def test_a_user_that_the_plan_does_not_name_is_not_edited_or_removed() -> None:
    async with wizard(of_many(1)).run_test(size=(80, 24)) as pilot:
        app = await to_step(pilot, "users")
        await pilot.press("slash", *"svc0", "down", "e", "d")
        await pilot.pause()
        assert isinstance(app.screen, UsersStep)
        assert [user.name for user in app.session.answers.acl.users] == ["app", "admin"]


async def test_the_matrix_says_who_may_run_what_and_finds_a_user_of_many() -> None:
    engine = of_many(300)
    async with wizard(engine).run_test(size=(80, 24)) as pilot:
        app = await to_step(pilot, "commands")
        rows = screen_text(app).splitlines()
        assert rows[4].split() == ["rename", "command", "calls", "app", "admin", "default"]
        assert next(row.split()[4:] for row in rows if " CONFIG " in row) == [
            "-",
            *["-", "->", "yes"],
            *["yes", "->", "-"],
        ]
        assert "1 to 3 of 303 users" in screen_text(app)
        await pilot.press("right")
        await until(pilot, lambda: "2 to 4 of 303 users" in screen_text(app) and "svc0" in screen_text(app))
        await pilot.press("slash", *"svc299", "down")
        await until(pilot, lambda: "1 user" in screen_text(app) and "svc299" in screen_text(app))
        await pilot.press("end")
        await until(pilot, lambda: any("@dangerous" in row and "part" in row for row in screen_text(app).splitlines()))
        await pilot.press("enter")
        await until(pilot, lambda: "allowed: admin" in screen_text(app) or "some subcommands: " in screen_text(app))


async def test_a_renamed_command_is_refused_to_every_user_and_a_group_is_not_renamed() -> None:
    async with wizard().run_test(size=(80, 24)) as pilot:
        app = await to_step(pilot, "commands")
        await pilot.press("down", "down", "down", "space")
        await until(pilot, lambda: app.session.answers.commands.disable == ("config",))
        await until(
            pilot,
            lambda: any(
                row.split()[3:] == ["-", "-", *["yes", "->", "-"]]
                for row in screen_text(app).splitlines()
                if "[x]     CONFIG" in row
            ),
        )
        await pilot.press("end", "space")
        await pilot.pause()
        assert app.session.answers.commands.disable == ("config",)


async def test_a_planned_user_that_the_plan_leaves_as_it_is_stays() -> None:
    lines = ("user default off ~* &* +@all", "user app on #~1a2b3c4d ~app:* +@read")
    engine = FakeEngine(facts=build.host(instances=(build.instance(live=build.live(acl=lines)),)))
    async with wizard(engine).run_test(size=(80, 24)) as pilot:
        app = await to_step(pilot, "users")
        await until(pilot, lambda: app.session.planned)

        def states() -> dict[str, str]:
            found = (
                line.split() for line in screen_text(app).splitlines() if line.startswith(("  app", "  adm", "  def"))
            )
            return {name: state for name, state, *_ in found}

        assert states() == {"app": "planned", "admin": "new", "default": "stays"}
        unchanged = tuple(each for each in app.session.plan.changes if not isinstance(each, SetUser))  # type: ignore[union-attr]
        app.screen.show_session(replace(app.session, plan=replace(app.session.plan, changes=unchanged)))  # type: ignore[attr-defined, type-var]
        await until(pilot, lambda: states()["app"] == "stays")


async def test_the_editor_says_how_the_rules_of_now_differ_from_the_planned_ones() -> None:
    lines = ("user default off ~* &* +@all", "user app on #~1a2b3c4d ~app:* +@read +keys")
    engine = FakeEngine(facts=build.host(instances=(build.instance(live=build.live(acl=lines)),)))
    async with wizard(engine).run_test(size=(80, 24)) as pilot:
        app = await to_step(pilot, "users")
        await pilot.press("tab", "tab", "e")
        await until(pilot, lambda: "now also +keys; now without resetchannels -@all" in screen_text(app))
        assert "user app resetchannels ~app:* -@all +@read" in screen_text(app)
        assert "1a2b3c4d" not in screen_text(app)
