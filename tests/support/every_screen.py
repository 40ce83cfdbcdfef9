"""Every dialog, question and screen of the wizard, each with an example that can be opened."""

import inspect
import pkgutil
from collections.abc import Callable, Mapping
from datetime import date
from importlib import import_module
from pathlib import PurePosixPath
from typing import Any

from textual.content import Content
from textual.screen import Screen

import screens
from screens.dialogs import questions
from screens.dialogs.attest import Attest
from screens.dialogs.confirm import ConfirmDialog
from screens.dialogs.diff import DiffDialog
from screens.dialogs.leave import Leave, LeaveRunning
from screens.dialogs.login import AskLogin
from screens.dialogs.path import PathDialog
from screens.dialogs.preview import PreviewDialog
from screens.dialogs.quick import QuickDialog
from screens.dialogs.step import StepDialog
from screens.dialogs.text import TextDialog
from screens.dialogs.try_command import TryCommand
from screens.dialogs.user_editor import UserEditor, UserPreview
from screens.quick_questions import quick_questions
from screens.steps.audit import AuditStep
from screens.steps.commands import CommandsStep
from screens.steps.host import HostStep
from screens.steps.kernel import KernelStep
from screens.steps.memory import MemoryStep
from screens.steps.network import NetworkStep
from screens.steps.persistence import PersistenceStep
from screens.steps.review import ReviewStep
from screens.steps.tls import TlsStep
from screens.steps.users import UsersStep
from screens.text.confirmation import PasswordDelivery
from screens.views.apply import ApplyScreen, ApplyTarget
from screens.views.checklist import ChecklistScreen
from screens.views.done import DoneScreen
from screens.views.passwords import PasswordsScreen
from screens.views.snapshots import SnapshotsScreen
from screens.views.unfinished_apply import UnfinishedApplyScreen
from screens.widgets.countdown import Countdown
from screens.wizard import WizardApp
from tests.support.fake_engine import APPLIED, plan, pruning, report, snapshot, standing
from wizard.model.answers import AclRole, Answers, UserAnswer
from wizard.model.event import Outcome, Result
from wizard.model.plan import Plan
from wizard.model.status import Operation
from wizard.model.value import Secret

Open = Callable[[WizardApp], Screen[Any]]
"""Makes an example for a wizard that has read its host."""
LOSS = "the rollback may lose data: dir was /var/lib/redis and is /srv/redis"
USER = UserAnswer(name="app", role=AclRole.APPLICATION, keys=("app:*", "session:*"), channels=("app:*",))
RULES = " ".join(["resetchannels &app:* ~app:* -@all +@read +@write -@dangerous"] * 6)
LONG = "\n\n".join(f"Paragraph {number} of a text that is longer than a screen." for number in range(40))


def _plan(app: WizardApp) -> Plan:
    return app.session.plan or plan(Answers())


def _delivery() -> PasswordDelivery:
    return PasswordDelivery(users=("admin", "app"))


def _done(app: WizardApp) -> DoneScreen:
    return DoneScreen(app.session, _plan(app), APPLIED, delivery=_delivery(), before=report("db1"))


def _passwords(app: WizardApp) -> PasswordsScreen:
    secrets = {name: Secret("x" * 43) for name in ("admin", "app")}
    return PasswordsScreen(app.session, secrets, reason="Take these first.", countdown=Countdown(lambda: 0.0, 300.0))


def _apply(app: WizardApp) -> ApplyScreen:
    target = ApplyTarget(title="Dry run", follower=None, plan=_plan(app), clock=lambda: 0.0)
    return ApplyScreen(app.session, target, _delivery())


def _lossy(app: WizardApp) -> ConfirmDialog:
    question = questions.ask_consent(plan(app.session.answers, lossy=True))
    assert question is not None
    return question


def _refused() -> Outcome:
    return Outcome(result=Result.REFUSED, snapshot="20260504-101112", summary="refused", seconds=0.1, loss=LOSS)


SCREENS: Mapping[type[Screen[Any]], Open] = {
    AskLogin: lambda _: AskLogin('User "app" cannot log in to redis-server: the server refuses the password.'),
    Attest: lambda _: Attest(report("db1").items[2], "root", date(2026, 5, 4), stored=True),
    ConfirmDialog: lambda _: ConfirmDialog("Roll back?", ("It is.",), "Roll back", phrase="db1", detail=Content(LONG)),
    DiffDialog: lambda app: DiffDialog(app.session, app.color_scheme),
    Leave: lambda _: Leave(lost="The new passwords were not shown or written yet. After you leave they are gone."),
    LeaveRunning: lambda _: LeaveRunning(Operation.APPLY, without_passwords=True),
    PathDialog: lambda _: PathDialog("Write the plan", PurePosixPath("/root/redis-plan.json"), lambda _path: None),
    PreviewDialog: lambda _: PreviewDialog("A rollback changes", Content(LONG), "roll back"),
    QuickDialog: lambda app: QuickDialog(quick_questions(app.session), lambda _answers: ()),
    StepDialog: lambda app: StepDialog(app.session),
    TextDialog: lambda _: TextDialog("Help", Content(LONG)),
    TryCommand: lambda _: TryCommand("app", lambda _command: "yes", lambda _command, show: show("yes")),
    UserEditor: lambda _: UserEditor(
        USER, lambda _user: UserPreview(rules=RULES, problems=()), lambda user, _text: user, lambda _user: RULES
    ),
    AuditStep: lambda app: AuditStep(app.session),
    CommandsStep: lambda app: CommandsStep(app.session),
    HostStep: lambda app: HostStep(app.session),
    KernelStep: lambda app: KernelStep(app.session),
    MemoryStep: lambda app: MemoryStep(app.session),
    NetworkStep: lambda app: NetworkStep(app.session),
    PersistenceStep: lambda app: PersistenceStep(app.session),
    ReviewStep: lambda app: ReviewStep(app.session),
    TlsStep: lambda app: TlsStep(app.session),
    UsersStep: lambda app: UsersStep(app.session),
    ApplyScreen: _apply,
    ChecklistScreen: lambda app: ChecklistScreen(app.session),
    DoneScreen: _done,
    PasswordsScreen: _passwords,
    SnapshotsScreen: lambda app: SnapshotsScreen(app.session),
    UnfinishedApplyScreen: lambda app: UnfinishedApplyScreen(app.session, standing(), lambda: 0.0),
}
"""An example of each class."""
QUESTIONS: Mapping[Callable[..., object], Open] = {
    questions.ask_apply: lambda app: questions.ask_apply(_plan(app), 300),
    questions.ask_consent: _lossy,
    questions.ask_rollback_consent: lambda _: questions.ask_rollback_consent(_refused()),
    questions.ask_confirmation: lambda _: questions.ask_confirmation(without_passwords=True),
    questions.ask_rollback: lambda _: questions.ask_rollback(),
    questions.ask_prune: lambda _: questions.ask_prune(pruning([f"20260504-1011{n}" for n in range(40)], done=False)),
    questions.ask_restore: lambda _: questions.ask_restore(snapshot(), tuple(f"-line {n}" for n in range(40))),
}
"""An example of each question."""
EVERY: Mapping[str, Open] = {
    **{kind.__name__: make for kind, make in SCREENS.items()},
    **{ask.__name__: make for ask, make in QUESTIONS.items()},
}
"""All examples by name."""


def found_screens() -> set[type[Screen[Any]]]:
    """Every screen class below `screens` that is opened itself; a base of others is not."""
    for module in pkgutil.walk_packages(screens.__path__, "screens."):
        import_module(module.name)
    found: set[type[Screen[Any]]] = set()
    unseen: list[type[Screen[Any]]] = [Screen]
    while unseen:
        kind = unseen.pop()
        below = [each for each in kind.__subclasses__() if each not in found]
        unseen += below
        if not below and kind.__module__.startswith("screens."):
            found.add(kind)
    return found


def found_questions() -> set[Callable[..., object]]:
    """Every function that makes a question."""
    return {each for name, each in inspect.getmembers(questions, inspect.isfunction) if name.startswith("ask_")}
