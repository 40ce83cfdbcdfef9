"""The steps, one after the other and back, until a plan is to be applied."""

from collections.abc import Callable
from datetime import UTC, datetime

from screens.detection import HostReading, read_host
from screens.engine import Engine
from screens.options import Options
from screens.session import Mode, Session, recommended, with_detection
from screens.step_table import StepRow
from screens.text import facts as fact_text
from screens.text import help_text
from screens.text import host as host_text
from screens.text import users as user_text
from screens.text.steps import rights
from wizard.cli import output
from wizard.cli.plain import dialogue, drafts, fields, users
from wizard.cli.plain.dialogue import Choice
from wizard.cli.plan_text import render, render_summary
from wizard.errors import OperatorInterruptedError, WizardError
from wizard.model.facts.live import LiveServer
from wizard.model.finding import State
from wizard.model.login import Login
from wizard.model.network import ProbeAnswer
from wizard.model.plan import Plan
from wizard.model.text import counted
from wizard.model.value import Secret, replace

_WORST = 5
_WANTS_LOGIN = {ProbeAnswer.NEEDS_LOGIN, ProbeAnswer.NEEDS_CERTIFICATE}
_KEYS = "At every question: < goes back, ? explains, q leaves and changes nothing. g and a number goes to a step."


class _Jump(Exception):  # noqa: N818 - a way out of a step, no error
    """The operator wants another step."""

    def __init__(self, row: StepRow) -> None:
        super().__init__(row.name)
        self.row = row


class PlainWizard:
    """Asks the steps of the table on standard output and input.

    Args:
        engine: The product below the screens.
        options: What the command line gives.
    """

    def __init__(self, engine: Engine, options: Options) -> None:
        self._engine = engine
        self._options = options
        self._login = options.login
        self._name = options.instance
        mode = Mode.DRY_RUN if options.dry_run else Mode.NORMAL
        self._session = Session(mode=mode, file_answers=options.answers)

    @property
    def login(self) -> Login | None:
        """The login that reads the server, as given or asked for."""
        return self._login

    def ask(self) -> Plan | None:
        """Go through the steps; return the plan that the operator wants to apply, ``None`` where none is applied.

        Raises:
            OperatorInterruptedError: the operator left.
            WizardError: the host cannot be read.
        """
        self._read()
        if self._session.recommendation is None:
            raise OperatorInterruptedError(f"{self._session.failure or 'no server was chosen'}; nothing changed")
        self._session = drafts.offer(self._session, self._engine)
        self._judge()
        steps = self._session.steps
        row = steps.first
        while True:
            try:
                if row is steps.last:
                    return self._review()
                self._step(row)
                row = steps.after(row.name)
            except _Jump as jump:
                row = jump.row
            except dialogue.Back:
                row = steps.before(row.name)

    # --- the host ------------------------------------------------------------------------------

    def _read(self) -> None:
        """Read the host, and ask for what it takes: a login, one of several servers."""
        dialogue.say("Reading the host.")
        while True:
            today = datetime.now(UTC).date()
            attestations = self._session.answers.attestations
            found = read_host(self._engine, self._login, self._options.config, self._name, attestations, today)
            self._session = with_detection(self._session, found)
            self._judge()
            if found.refusal:
                dialogue.say(found.refusal)
            if not (self._choose_instance(found) or self._log_in(found)):
                return

    def _choose_instance(self, found: HostReading) -> bool:
        """Ask for one of several servers; return whether the host must be read again."""
        if found.recommendation is not None:
            return False
        dialogue.say(found.failure)
        choices = tuple(Choice(each.name, each.name) for each in found.detection.facts.instances)
        try:
            self._name = dialogue.choose("Which server?", choices, "")
        except dialogue.Back:
            return False
        return bool(self._name)

    def _log_in(self, found: HostReading) -> bool:
        """Ask for a login where the server wants one; return whether there is a new one."""
        if found.instance is None or isinstance(found.instance.live, LiveServer):
            return False
        if not any(probe.answer in _WANTS_LOGIN for probe in found.instance.probes):
            return False
        dialogue.say("The server asks for a login. Without one, much of this host is unknown.")
        try:
            user = dialogue.read("User to log in as, Enter to go on without:")
        except dialogue.Back:
            return False
        if not user:
            return False
        self._login = Login(user, Secret(dialogue.read_password()))
        return True

    def _judge(self) -> None:
        session = self._session
        if session.facts is not None and session.ready:
            problems = self._engine.problems(session.answers, session.facts, session.instance)
            self._session = replace(session, problems=problems)

    # --- a step --------------------------------------------------------------------------------

    def _step(self, row: StepRow) -> None:
        """Ask one step until the operator goes on; it is shown again behind each answer."""
        names = self._show(row)
        while True:
            typed = dialogue.read(self._prompt(row, names))
            if typed:
                if self._obey(row, typed, names):
                    names = self._show(row)
            elif blockers := self._session.blockers(row.name):
                dialogue.say(f"Not yet: {blockers[0][1]}")
            else:
                return

    def _title(self, row: StepRow) -> None:
        rows = self._session.steps.rows
        dialogue.say()
        dialogue.say(f"Step {rows.index(row) + 1} of {len(rows)}: {row.title}")

    def _show(self, row: StepRow) -> tuple[str, ...]:
        """Show a step; return its answers in the order of their numbers."""
        self._title(row)
        if not row.section:
            self._show_host()
            return ()
        names = fields.names(self._session, row.section)
        for number, name in enumerate(names, 1):
            dialogue.item(f"{number:>3}", fields.line(self._session, name))
        if row.name == "commands":
            self._show_rights()
        for remark in fields.remarks(self._session, row.section):
            dialogue.say(remark)
        return names

    def _show_rights(self) -> None:
        """Show who may run each dangerous command, and how often it was called."""
        users = list(user_text.rows(self._session))
        dialogue.say("Who may run the dangerous commands once the plan is applied:")
        for name in rights.dangerous(self._session):
            seen = rights.calls(self._session.instance, name)
            calls = "calls unknown" if seen is None else counted(seen, "call")
            dialogue.say(f"{name}: {calls}; {'; '.join(rights.who_may(self._session, users, name))}.")

    def _prompt(self, row: StepRow, names: tuple[str, ...]) -> str:
        if not row.section:
            return "Enter to go on, g and a number to go to a step, ? for help, q to leave:"
        users_too = "u for the users, " if row.section == "acl" else ""
        numbers = f"Number from 1 to {len(names)} to change, " if names else ""
        return f"{numbers}{users_too}r for the recommended answers, Enter to go on:"

    def _obey(self, row: StepRow, typed: str, names: tuple[str, ...]) -> bool:
        """Do what was typed; return whether an answer may be another now."""
        place = dialogue.number_in(typed, len(names))
        if typed == dialogue.HELP:
            dialogue.say(_KEYS)
            output.result(help_text.text_of(row.name))
        elif typed.startswith("g"):
            self._jump(typed.removeprefix("g").strip())
        elif place is not None:
            return self._change(lambda session: fields.ask(session, names[place], row.name))
        elif typed == "r" and row.section:
            return self._change(lambda session: recommended(session, row.name))
        elif typed == "u" and row.section == "acl":
            return self._change(lambda session: users.ask(session, self._engine))
        else:
            dialogue.say(f"{typed} is no answer here; ? explains.")
        return False

    def _jump(self, number: str) -> None:
        rows = self._session.steps.rows
        place = dialogue.number_in(number, len(rows))
        if place is not None:
            raise _Jump(rows[place])
        for at, row in enumerate(rows, 1):
            dialogue.item(f"{at:>3}", row.title)
        dialogue.say("Type g and the number of a step.")

    def _change(self, change: Callable[[Session], Session]) -> bool:
        try:
            self._session = change(self._session)
        except dialogue.Back:
            return False
        self._judge()
        drafts.save(self._session, self._engine)
        return True

    def _show_host(self) -> None:
        session = self._session
        if session.facts is None:
            return
        for label, text in host_text.about(session.facts, session.instance):
            dialogue.say(f"{label}: {text}")
        report = session.report
        if report is None:
            dialogue.say("No server is set up on this host yet.")
            return
        dialogue.say(f"Score {report.score} of 100.")
        worst = fact_text.risks(report)
        for finding in worst[:_WORST]:
            dialogue.item("  -", f"{finding.severity}: {finding.title}. {finding.summary}")
        if len(worst) > _WORST:
            dialogue.say(f"{counted(len(worst) - _WORST, 'more item')} failed.")
        unknown = sum(finding.state is State.UNKNOWN for finding in report.items)
        if unknown:
            dialogue.say(f"{counted(unknown, 'item')} could not be judged. 'redis-wizard check' says why.")

    # --- the review ----------------------------------------------------------------------------

    def _review(self) -> Plan | None:
        """Show what the plan comes to; return it when it is to be applied, ``None`` where nothing can be.

        Raises:
            Back, OperatorInterruptedError: as for `dialogue.read`.
        """
        self._title(self._session.steps.last)
        plan = self._plan()
        if plan is None:
            dialogue.read("Enter for the step before, q to leave:")
            raise dialogue.Back
        output.result(render_summary(plan))
        dry = self._session.mode is Mode.DRY_RUN
        if dry:
            dialogue.say(
                "Dry run: this plan cannot be applied, and with --dry-run no server is started to rehearse it."
            )
        end = "Enter to end, " if dry or plan.empty else "a to apply, "
        dry_run = "" if dry or plan.empty else "r for a dry run that rehearses, "
        while True:
            typed = dialogue.read(
                f"{end}{dry_run}d for every change and the diff, x to leave some out, < for the step before:"
            )
            if typed == "d":
                output.result(render(plan))
            elif typed == "x":
                plan = self._leave_out(plan)
            elif typed == "r" and dry_run:
                self._rehearse(plan)
            elif typed == "a" and not dry and not plan.empty:
                return plan
            elif not typed and (dry or plan.empty):
                return None
            else:
                dialogue.say(_KEYS if typed == dialogue.HELP else "Type one of these letters.")

    def _rehearse(self, plan: Plan) -> None:
        """Show what the rehearsal of a plan comes to."""
        try:
            outcome = self._engine.rehearse(plan, self._login).outcome()
        except WizardError as error:
            dialogue.say(f"Not rehearsed: {error}")
            return
        for check in outcome.checks:
            dialogue.item("  -", check)
        dialogue.say(f"Dry run: {outcome.summary}")

    def _leave_out(self, plan: Plan) -> Plan:
        """Ask for the changes to leave out, and return the plan without them; the same where that is not possible."""
        for number, change in enumerate(plan.changes, 1):
            dialogue.item(f"{number:>3}", change.title)
        typed = dialogue.read("Numbers to leave out, - for none, Enter for no change:")
        if not typed:
            return plan
        places = [dialogue.number_in(word, len(plan.changes)) for word in typed.replace(",", " ").split()]
        named = frozenset(plan.changes[place].id for place in places if place is not None)
        if typed != "-" and (None in places or not named):
            dialogue.say(f"Type numbers from 1 to {len(plan.changes)}.")
            return plan
        before = self._session
        self._session = replace(before, left_out=frozenset() if typed == "-" else before.left_out | named)
        made = self._plan()
        if made is None:
            self._session = before
            return plan
        drafts.save(self._session, self._engine)
        output.result(render_summary(made))
        return made

    def _plan(self) -> Plan | None:
        """Make the plan; say why there is none."""
        session = self._session
        if blockers := session.blockers():
            dialogue.say(f"There is no plan: {blockers[0][1]}")
            return None
        assert session.detection is not None  # noqa: S101 - a step was shown
        name = session.instance.name if session.instance else ""
        try:
            return self._engine.plan(session.detection, session.answers, name, session.left_out)
        except WizardError as error:
            dialogue.say(f"There is no plan: {error}")
            return None
