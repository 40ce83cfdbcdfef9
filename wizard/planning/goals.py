"""What one section of the planning wants: directives, finished changes, and notes."""

from wizard.model.change import Change, Effect, Risk
from wizard.model.plan import Note
from wizard.model.value import Value, field
from wizard.settings import setting_for


class DirectiveGoal(Value, frozen=True, kw_only=True):
    """How one directive should be, in the file and live."""

    name: str
    lines: tuple[tuple[str, ...], ...]
    """Arguments of each line; empty: no line of this name. An argument that is
    :data:`wizard.model.facts.unreadable.MASK` stands for the secret that the file holds there now."""
    why: str
    source: str
    items: tuple[int, ...] = ()
    risk: Risk = Risk.NONE
    evidence: str = ""
    requires_consent: bool = field(default=False, name="demands_word")
    needs: tuple[str, ...] = ()
    live: bool = True
    """False where only the file changes: set live it would open or lose something, or it is in effect already."""
    all_files: bool = False
    """Lines of this name in included files go away too."""
    default: str | None = None
    """What every server takes without a line; such a value needs none."""
    effect: Effect | None = None
    """When it takes effect; ``None``: as the server takes the directive."""
    again: bool = False
    """Set it live even when it is equal, so that the server reads the named file again."""
    undo: str = ""

    @property
    def text(self) -> str:
        """The value as ``CONFIG SET`` takes it."""
        return " ".join(argument for line in self.lines for argument in line)


def goal(name: str, *lines: tuple[str, ...]) -> DirectiveGoal:
    """Return the goal for a directive with the reason, source, items and default of its row.

    Args:
        name: The directive.
        lines: Arguments of each line; none to remove the directive.
    """
    row = setting_for(name)
    default = None if row.always_written else row.default
    return DirectiveGoal(name=name, lines=lines, why=row.reason, source=row.source, items=row.items, default=default)


class SectionPlan(Value, frozen=True, kw_only=True):
    """The wishes of one section."""

    wanted: tuple[DirectiveGoal, ...] = ()
    changes: tuple[Change, ...] = ()
    notes: tuple[Note, ...] = ()


def merge(parts: tuple[SectionPlan, ...]) -> SectionPlan:
    """Put parts behind each other; a change that several want, such as a directory, is made once."""
    return SectionPlan(
        wanted=tuple(each for part in parts for each in part.wanted),
        changes=tuple({each.id: each for part in parts for each in part.changes}.values()),
        notes=tuple(each for part in parts for each in part.notes),
    )
