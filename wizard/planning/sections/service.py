"""The unit's file limit, and what has to fit into it and into the kernel's queue."""

from pathlib import PurePosixPath

from wizard.formats.unitfile import UnitFile
from wizard.model.change import Change, Effect, WriteFile
from wizard.model.facts.machine import Init
from wizard.model.plan import Note
from wizard.model.text import number
from wizard.model.value import replace
from wizard.planning import paths
from wizard.planning.context import Context
from wizard.planning.goals import DirectiveGoal, SectionPlan, goal
from wizard.planning.sections.issuing import make_directory
from wizard.settings import RESERVED_FILES, setting_for

UNLIMITED = 1 << 62
_SOMAXCONN = "net.core.somaxconn"
_DEFAULT_BACKLOG = 511


def plan_section(context: Context) -> SectionPlan:
    """Want a drop-in where the file limit is too low, and a backlog that the kernel does not cut."""
    backlog = _backlog(context)
    if not context.answers.kernel.manage or not raises_limit(context):
        return SectionPlan(wanted=backlog)
    if not _has_systemd_unit(context):
        text = f"not changed: {context.why_no_unit}; raise its limit where it is started"
        return SectionPlan(wanted=backlog, notes=(Note(subject="open files", text=text),))
    changes = tuple(_drop_in(context))
    return SectionPlan(wanted=backlog, changes=changes, notes=() if changes else (_overruled(context),))


def _has_systemd_unit(context: Context) -> bool:
    """Return whether a drop-in can raise the limit."""
    return context.facts.os.init is Init.SYSTEMD and bool(context.unit)


def _overruled(context: Context) -> Note:
    """Say that the product's drop-in is there and not in effect."""
    path = paths.drop_in(context.unit)
    later = (
        [each.name for each in context.instance.unit.drop_ins if each.name > path.name] if context.instance.unit else []
    )
    who = f"; {', '.join(later)} is read later and may set less" if later else ""
    text = (
        f"{path} allows {target_open_files(context)}, and the limit in force is lower{who}: "
        "remove the lower one, then restart"
    )
    return Note(subject="open files", text=text)


def target_open_files(context: Context) -> int:
    """Return how many files the service should be able to open; 0 leaves the limit."""
    if not context.answers.kernel.open_files:
        return 0
    return max(context.answers.kernel.open_files, context.answers.audit.max_clients + RESERVED_FILES)


def raises_limit(context: Context) -> bool:
    """Return whether the limit in force and the one of the unit are both too low.

    The unit alone proves nothing: the machine may allow less than the unit says. A unit that says
    enough already is left alone, since to say it again changes nothing.
    """
    wanted = target_open_files(context)
    in_force = context.instance.process.open_files if context.instance.process else None
    if not wanted or (isinstance(in_force, int) and in_force >= wanted):
        return False
    hard, soft = _unit_limits(context)
    return hard is None or hard < wanted or (soft is not None and soft < wanted)


def _unit_limits(context: Context) -> tuple[int | None, int | None]:
    properties = context.instance.unit.properties if context.instance.unit else {}
    return limit(properties.get("LimitNOFILE", "")), limit(properties.get("LimitNOFILESoft", ""))


def limit(text: str) -> int | None:
    """Read a limit of systemd, such as ``65535``, ``1024:524288`` (the second counts) or ``infinity``."""
    word = text.rsplit(":", maxsplit=1)[-1]
    if word == "infinity":
        return UNLIMITED
    return number(word)


def _drop_in(context: Context) -> list[Change]:
    path = paths.drop_in(context.unit)
    data = context.sources.get(path) or b""
    content = UnitFile.parse(data).set("Service", "LimitNOFILE", _line(context)).data()
    if content == data:
        return []
    changes: list[Change] = []
    if not context.exists(path.parent) and not _has_drop_ins(context, path.parent):
        changes.append(make_directory(path.parent, why="The drop-in is there.", group="root", mode=0o755))
    in_force = context.instance.process.open_files if context.instance.process else ""
    row = setting_for("LimitNOFILE")
    changes.append(
        WriteFile(
            id=f"file:{path}",
            title=f"LimitNOFILE of {context.unit}"[:60],
            before=str(in_force) if isinstance(in_force, int) else "",
            after=str(target_open_files(context)),
            why=row.reason,
            source=row.source,
            effect=Effect.RESTART,
            undo="the earlier drop-in, or none, and a restart",
            path=path,
            content=content.decode("utf-8", "replace"),
            before_digest=context.sources.digest(path),
        )
    )
    return changes


def _has_drop_ins(context: Context, directory: PurePosixPath) -> bool:
    return bool(context.instance.unit and any(path.parent == directory for path in context.instance.unit.drop_ins))


def _line(context: Context) -> str:
    """Write the limit so that the hard one is never lowered."""
    wanted, (hard, _) = target_open_files(context), _unit_limits(context)
    if hard is None or hard <= wanted:
        return str(wanted)
    return f"{wanted}:{'infinity' if hard == UNLIMITED else hard}"


# --- what has to fit -----------------------------------------------------------------------------


def clients_that_fit(context: Context) -> int:
    """Return how many clients are accepted: by answer, or by the limit in force where the unit cannot raise it.

    The server lowers ``maxclients`` by itself then, and refuses to raise it live.
    """
    wanted = context.answers.audit.max_clients
    most = _fit_now(context)
    if most is None or most >= wanted or _drop_in_raises_limit(context):
        return wanted
    return max(1, most)


def _drop_in_raises_limit(context: Context) -> bool:
    return raises_limit(context) and context.answers.kernel.manage and _has_systemd_unit(context)


def maxclients_is_live(context: Context) -> bool:
    """Return whether the running server can accept as many clients as answered: its own limit is read at start."""
    most = _fit_now(context)
    return most is None or most >= context.answers.audit.max_clients


def _fit_now(context: Context) -> int | None:
    """Return how many clients the limit of the running process allows, ``None`` when it is not known."""
    in_force = context.instance.process.open_files if context.instance.process else None
    return in_force - RESERVED_FILES if isinstance(in_force, int) else None


def _backlog(context: Context) -> tuple[DirectiveGoal, ...]:
    # It is read at start, so the file decides, where it sets a value.
    now = number(" ".join(context.next_start("tcp-backlog") or (context.value("tcp-backlog", str(_DEFAULT_BACKLOG)),)))
    most = _queue_after(context)
    if now is None or most is None or now <= most:
        return ()
    # The running server has that shorter queue already: nothing for a restart to change.
    return (replace(goal("tcp-backlog", (str(most),)), live=False),)


def _queue_after(context: Context) -> int | None:
    """Return the kernel's queue as it will be."""
    live = next((setting.live for setting in context.facts.kernel if setting.key == _SOMAXCONN), None)
    length = number(live) if isinstance(live, str) else None
    if length is None:
        return None
    setting = next(setting for setting in context.facts.kernel if setting.key == _SOMAXCONN)
    raised = context.answers.kernel.backlog if context.answers.kernel.manage and setting.writable else 0
    return max(length, raised)
