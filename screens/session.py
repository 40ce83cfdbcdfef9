"""The state of the wizard: one frozen value, changed by pure functions.

No secret is in it.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING

from screens import fields
from screens.detection import HostReading
from screens.engine import Detection, FieldProblem
from screens.step_table import STEPS, StepTable
from wizard.errors import InvalidValueError
from wizard.model import value as values
from wizard.model.answers import Answers, Draft, Reason, Recommendation, UserAnswer
from wizard.model.facts.host import HostFacts
from wizard.model.facts.instance import Instance
from wizard.model.finding import Report
from wizard.model.plan import Plan
from wizard.model.value import Value, field, replace

if TYPE_CHECKING:  # they are read after the first paint
    from wizard.config import ResolvedConfig
    from wizard.drift import Drift


class Mode(StrEnum):
    """What this run may change."""

    NORMAL = "normal"
    DRY_RUN = "dry-run"
    VIEW = "view"


class StepState(StrEnum):
    """The state of a step in the step bar."""

    BLANK = ""
    OK = "ok"
    EDIT = "edit"
    ERROR = "err"


class Session(Value, frozen=True, kw_only=True):
    """Everything that the screens show, except secrets."""

    mode: Mode = Mode.NORMAL
    steps: StepTable = STEPS
    done: str = "NOTHING CHANGED YET"
    """What this run has changed, for the first row."""
    last_apply: str = ""
    """How the newest apply finished, in one line, where the operator should know."""
    reading: bool = True
    """The host is being read."""
    failure: str = ""
    """Why the host could not be read; empty when it could."""
    detection: Detection | None = None
    instance: Instance | None = None
    recommendation: Recommendation | None = None
    report: Report | None = None
    left_by_applies: Mapping[str, str] = field(default_factory=dict)
    """The values that the applies in effect left, by directive or kernel key."""
    drift: "Drift | None" = None
    """What differs from what the last apply left; ``None`` where none is in force, and where it is not known."""
    configuration: "ResolvedConfig | None" = None
    """That of the instance."""
    user_rules: Mapping[str, str] = field(default_factory=dict)
    """The rules of each user of the instance, without passwords."""
    draft: Draft | None = None
    """Answers of an earlier run that were not applied."""
    file_answers: Answers | None = None
    """Answers of a file; they replace the recommended ones."""
    answers: Answers = field(default_factory=Answers)
    typed: Mapping[str, str] = field(default_factory=dict)
    """Texts with a wrong form, by field, as they were typed."""
    problems: Sequence[FieldProblem] = ()
    """The problems of the answers."""
    visited: frozenset[str] = frozenset()
    left_out: frozenset[str] = frozenset()
    """Ids of the changes that the operator leaves out of the plan."""
    plan: Plan | None = None
    """The plan without the changes that are left out."""
    full_plan: Plan | None = None
    """The plan with every change, to show what can be included again."""
    plan_failure: str = ""
    """Why there is no plan."""
    planned_for: tuple[Answers, frozenset[str]] | None = None
    """The answers and leave-outs that `plan` or `plan_failure` belongs to."""

    @property
    def facts(self) -> HostFacts | None:
        """The facts of the host."""
        return None if self.detection is None else self.detection.facts

    @property
    def offered_draft(self) -> Draft | None:
        """The draft, where it is for the instance that is shown."""
        name = self.instance.name if self.instance else ""
        return self.draft if self.draft is not None and self.ready and self.draft.instance == name else None

    @property
    def ready(self) -> bool:
        """Whether the host was read and the instance is known, so that steps can be shown."""
        return self.recommendation is not None

    @property
    def as_recommended(self) -> bool:
        """Whether every answer is the recommended one."""
        return self.recommendation is None or self.answers == self.recommendation.answers

    @property
    def has_own_choices(self) -> bool:
        """Whether the operator has chosen anything that an earlier choice or the host did not suggest."""
        return bool(self.left_out) or not (self.as_recommended or self.answers == self.file_answers)

    @property
    def planned(self) -> bool:
        """Whether the plan, or the reason for none, belongs to the present answers."""
        return self.planned_for == (self.answers, self.left_out)

    def reason(self, name: str) -> Reason | None:
        """Return why a field has its recommended value."""
        return None if self.recommendation is None else self.recommendation.reasons.get(name)

    def raw(self, name: str) -> str:
        """Return the text in a field."""
        return self.typed.get(name, fields.read(self.answers, name))

    def recommended_raw(self, name: str) -> str:
        """Return the recommended text of a field that differs from it; empty where it is the recommended one."""
        if self.recommendation is None or not name:
            return ""
        wanted = fields.read(self.recommendation.answers, name)
        return (wanted or "nothing") if wanted != self.raw(name) else ""

    def error(self, name: str) -> str:
        """Return the first error of a field; empty when it has none."""
        if name in self.typed:
            return _form_error(self.answers, name, self.typed[name])
        return next((p.text for p in self.problems if p.blocking and _about(p.field, name)), "")

    def warning(self, name: str) -> str:
        """Return the first warning about a field; empty when it has none."""
        return next((p.text for p in self.problems if not p.blocking and _about(p.field, name)), "")

    def blockers(self, step: str | None = None) -> tuple[tuple[str, str], ...]:
        """Return field and text of every error that forbids a plan, of one step or of all."""
        found = [(name, _form_error(self.answers, name, raw)) for name, raw in self.typed.items()]
        found += [(p.field, p.text) for p in self.problems if p.blocking and p.field not in self.typed]
        section = None if step is None else self.steps.named(step).section
        return tuple(pair for pair in found if section is None or pair[0].partition(".")[0] == section)

    def step_state(self, step: str) -> StepState:
        """Return the state of a step for the step bar."""
        if self.blockers(step):
            return StepState.ERROR
        section = self.steps.named(step).section
        if section and self.recommendation is not None:
            wanted = getattr(self.recommendation.answers, section)
            if getattr(self.answers, section) != wanted:
                return StepState.EDIT
        return StepState.OK if step in self.visited else StepState.BLANK


def _about(problem: str, name: str) -> bool:
    return problem == name or problem.startswith((f"{name}.", f"{name}["))


def _form_error(answers: Answers, name: str, raw: str) -> str:
    try:
        fields.write(answers, name, raw)
    except InvalidValueError as error:
        return str(error)
    return ""


def draft_of(session: Session, saved_at: str) -> Draft | None:
    """Return the operator's choices to save; ``None`` where there are none, or none will be applied.

    Args:
        session: What is shown.
        saved_at: The time now, ISO 8601.
    """
    recommendation = session.recommendation
    if session.mode is not Mode.NORMAL or recommendation is None or not session.has_own_choices:
        return None
    return Draft(
        instance=session.instance.name if session.instance else "",
        saved_at=saved_at,
        answers=session.answers,
        recommended=recommendation.answers,
        left_out=tuple(sorted(session.left_out)),
    )


def with_draft(session: Session, draft: Draft) -> Session:
    """Return the session with the choices of a draft; what the operator did not change is as recommended now."""
    wanted = session.recommendation.answers if session.recommendation else draft.recommended
    answers = _own_over(session, draft.answers, draft.recommended, wanted)
    return replace(session, answers=answers, left_out=frozenset(draft.left_out), typed={}, draft=None)


def with_stored_fields(session: Session, texts: Mapping[str, str]) -> Session:
    """Return the session with the texts of fields in its answers; a text with a wrong form stays a text."""
    answers, typed = session.answers, dict(session.typed)
    for name, raw in texts.items():
        try:
            answers = fields.write(answers, name, raw)
        except InvalidValueError:
            typed[name] = raw
        else:
            typed.pop(name, None)
    return replace(session, answers=answers, typed=typed)


def with_detection(session: Session, found: HostReading) -> Session:
    """Return the session with what was read of the host; answers that the operator changed stay."""
    new = replace(
        session,
        reading=False,
        failure=found.failure,
        detection=found.detection,
        instance=found.instance,
        recommendation=found.recommendation,
        report=found.report,
        left_by_applies=found.left_by_applies,
        drift=found.drift,
        configuration=found.configuration,
        user_rules=found.user_rules,
        plan=None,
        planned_for=None,
    )
    if found.recommendation is None:
        return new
    if session.recommendation is None:
        return replace(new, answers=session.file_answers or found.recommendation.answers)
    return replace(new, answers=_rebased(session, found.recommendation.answers))


def _rebased(session: Session, wanted: Answers) -> Answers:
    """Return the new recommendation in every field that the operator left as recommended."""
    assert session.recommendation is not None  # noqa: S101 - the caller asked
    return _own_over(session, session.answers, session.recommendation.answers, wanted)


def _own_over(session: Session, chosen: Answers, suggested: Answers, wanted: Answers) -> Answers:
    """Return the wanted answers with each field that was chosen otherwise than suggested."""
    answers = chosen
    for section in session.steps.sections:
        own, then = getattr(chosen, section), getattr(suggested, section)
        values = {name: getattr(own, name) for name in own.__struct_fields__}
        differing = {name: value for name, value in values.items() if value != getattr(then, name)}
        answers = replace(answers, **{section: replace(getattr(wanted, section), **differing)})
    return answers


def recommended(session: Session, step: str | None = None) -> Session:
    """Return the session with a step, or all steps, set to the recommended answers."""
    if session.recommendation is None:
        return session
    own = "" if step is None else session.steps.named(step).section
    sections = session.steps.sections if step is None else (own,) if own else ()
    answers = session.answers
    for section in sections:
        answers = fields.with_section(answers, section, session.recommendation.answers)
    typed = {name: raw for name, raw in session.typed.items() if name.partition(".")[0] not in sections}
    return replace(session, answers=answers, typed=typed)


_QUICK = frozenset({"network.bind", "memory.purpose", "acl.users"})
"""The fields that the quick path asks."""


def with_quick_answers(session: Session, answers: Answers) -> Session:
    """Return the session with the answers of the quick path; what is typed for other fields stays."""
    typed = {name: raw for name, raw in session.typed.items() if name not in _QUICK}
    return replace(session, answers=answers, typed=typed)


def sections_that_differ(session: Session, one: Answers, other: Answers) -> tuple[str, ...]:
    """Return the labels of the steps in which two sets of answers differ."""
    sections = session.steps.sections
    differing = (each for each in sections if getattr(one, each) != getattr(other, each))
    rows = (session.steps.by_section(each) for each in differing)
    return tuple(row.short for row in rows if row is not None)


def with_user(session: Session, user: UserAnswer, instead_of: str = "") -> Session:
    """Return the session with a planned user added, or in the place of the one that is named."""
    users = session.answers.acl.users
    if instead_of in {each.name for each in users}:
        return _with_users(session, tuple(user if each.name == instead_of else each for each in users))
    return _with_users(session, (*users, user))


def without_user(session: Session, name: str) -> Session:
    """Return the session without a planned user."""
    return _with_users(session, tuple(user for user in session.answers.acl.users if user.name != name))


def _with_users(session: Session, users: tuple[UserAnswer, ...]) -> Session:
    acl = values.replace(session.answers.acl, users=users)
    return replace(session, answers=values.replace(session.answers, acl=acl))
