"""The controllers by themselves: no App, no terminal, no thread."""

from collections.abc import Callable, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar

import pytest
from textual.screen import Screen

from screens.background import TaskRunner
from screens.controllers.context import Context, SessionStore
from screens.controllers.host import HostController
from screens.controllers.navigation import NavigationController
from screens.controllers.passwords import PasswordsController
from screens.controllers.planning import PlanController
from screens.controllers.users import UsersController
from screens.engine import FieldProblem
from screens.session import Mode, Session, with_stored_fields
from tests.support.fake_engine import RECOMMENDED, FakeEngine
from wizard.errors import NotPermittedError
from wizard.model.answers import Answers
from wizard.model.facts.host import HostFacts
from wizard.model.facts.instance import Instance
from wizard.model.login import Login
from wizard.model.value import Secret, replace

T = TypeVar("T")


class AtOnce(TaskRunner):
    """Runs a task where it is asked for."""

    def __init__(self) -> None:
        """No App to post to."""

    def start(
        self, kind: str, work: Callable[[], T], then: Callable[[T], None], failed: Callable[[Exception], None]
    ) -> None:
        """Run it now."""
        del kind
        try:
            value = work()
        except Exception as error:  # noqa: BLE001 - as the real one
            failed(error)
        else:
            then(value)


class Desk:
    """A display without a terminal: a stack of screens that nothing draws."""

    def __init__(self) -> None:
        self.screen_stack: list[Screen[Any]] = [Screen(), Screen()]
        self.bells = 0
        self.notices: list[str] = []
        self.status: int | None = None

    @property
    def screen(self) -> Screen[Any]:
        return self.screen_stack[-1]

    def push_screen(self, screen: Screen[T], callback: Callable[[T | None], None] | None = None) -> None:
        del callback
        self.screen_stack.append(screen)

    push_when_free = push_screen

    def pop_screen(self) -> None:
        self.screen_stack.pop()

    def switch_screen(self, screen: Screen[Any]) -> None:
        self.screen_stack[-1] = screen

    def bell(self) -> None:
        self.bells += 1

    def notify(self, message: str, **options: object) -> None:
        assert options["markup"] is False
        self.notices.append(message)

    def exit(self, *, return_code: int = 0) -> None:
        self.status = return_code


def make(engine: FakeEngine | None = None, mode: Mode = Mode.NORMAL) -> tuple[Context, Desk, PlanController]:
    desk, engine = Desk(), engine or FakeEngine()
    context = Context(display=desk, store=SessionStore(Session(mode=mode), engine, desk), engine=engine, tasks=AtOnce())
    return context, desk, PlanController(context)


def make_host(context: Context, plans: PlanController, login: Login | None = None) -> HostController:
    return HostController(context, plans, login=login, config=None, name="")


def test_reading_the_host_ends_in_a_plan() -> None:
    context, _, plans = make()
    make_host(context, plans).read()
    assert context.session.answers == RECOMMENDED
    assert context.session.planned


def test_a_host_that_cannot_be_read_is_told() -> None:
    context, _, plans = make(FakeEngine(detect_error=NotPermittedError(PurePosixPath("/x"))))
    make_host(context, plans).read()
    assert "cannot read /x" in context.session.failure
    assert not context.session.reading


def test_a_refused_login_is_asked_for_again_only_where_the_operator_gave_it(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = FakeEngine()
    asked: list[str] = []
    context, _, plans = make(engine)
    host = make_host(context, plans, Login("me", Secret("old")))
    monkeypatch.setattr(host, "ask_login", asked.append)
    host.read_after_job(Login("admin", Secret("removed by the rollback")))
    assert host.login is None
    assert asked == []
    assert [login and login.user for login in engine.logins] == ["admin", None]
    host.read_as(Login("me", Secret("wrong")))
    assert host.login is None
    assert len(asked) == 1


def test_answers_are_judged_again_while_they_have_a_problem(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    engine = FakeEngine()
    context, _, plans = make(engine)
    make_host(context, plans).read()
    judged: list[int] = []
    judge = engine.problems

    def problems(answers: Answers, facts: HostFacts, instance: Instance | None) -> Sequence[FieldProblem]:
        judged.append(answers.network.port)
        return judge(answers, facts, instance)

    monkeypatch.setattr(engine, "problems", problems)

    def store_port(raw: str) -> None:
        context.store.edit(lambda session: with_stored_fields(session, {"network.port": raw}))

    for port in ("6400", "6400", "70000", "70000"):
        store_port(port)
    assert judged == [6400, 70000, 70000]
    assert context.session.problems
    make_host(context, plans).read()
    assert judged[3:], "what was read of the host decides anew"


def test_a_result_is_not_left_without_the_new_passwords(tmp_path: Path) -> None:
    context, desk, plans = make()
    passwords = PasswordsController(context, PurePosixPath(tmp_path / "secrets.toml"))
    navigation = NavigationController(context, plans, passwords)
    make_host(context, plans).read()
    passwords.hold({"app": Secret("x")}, job="20260504-101112")
    navigation.go("review")
    assert desk.notices == ["take the new passwords first: p shows or writes them"]
    assert passwords.write_early({"app": Secret("x")}).endswith("secrets.toml")
    passwords.mark_delivered()
    navigation.go("review")
    assert navigation.current == "review"
    assert passwords.delivery.users == ()


def test_a_run_that_only_looks_shows_no_step() -> None:
    context, desk, plans = make(mode=Mode.VIEW)
    navigation = NavigationController(context, plans, PasswordsController(context, None))
    make_host(context, plans).read()
    navigation.jump("review")
    assert desk.bells == 1
    assert navigation.current == ""


def test_a_user_is_judged_beside_the_others() -> None:
    context, _, plans = make()
    navigation = NavigationController(context, plans, PasswordsController(context, None))
    host = make_host(context, plans)
    users = UsersController(context, navigation, host)
    user = RECOMMENDED.acl.users[0]
    assert users.preview(user, "app").problems == ("the host was not read yet",)
    host.read()
    assert users.preview(user, "app").problems == ()
    assert users.preview(replace(user, name="admin"), "app").problems == ('user "admin" exists already',)
