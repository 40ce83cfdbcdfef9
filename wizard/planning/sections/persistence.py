"""What survives a crash: the append-only file, save points, and who can read the data.

A running server takes ``appendonly yes`` live and rewrites its data; switched on by the file alone,
the next start would come up empty.
"""

from collections.abc import Iterable

from wizard.config import configuration_of
from wizard.formats.redisconf.directives import nearest_version
from wizard.model.answers import Durability
from wizard.model.change import Risk
from wizard.model.facts.files import FileKind
from wizard.model.facts.instance import Instance
from wizard.model.plan import Note
from wizard.model.text import format_amount
from wizard.model.value import replace
from wizard.planning.context import Context
from wizard.planning.goals import DirectiveGoal, SectionPlan, goal
from wizard.planning.sizing import used_memory

_FSYNC = {Durability.ALWAYS: "always", Durability.SECOND: "everysec"}
_OLD_START = "switched off by the file alone, the server would start with its last dump, without what came after it"
_EMPTY_START = "switched on by the file alone, the server would start empty and overwrite its data (measured)"


def plan_section(context: Context) -> SectionPlan:
    """Want the append-only file, its fsync and the save points."""
    answers = context.answers.persistence
    if answers.durability is Durability.KEEP:
        return SectionPlan()
    wanted = [_save(context)]
    if answers.durability in _FSYNC:
        wanted.append(goal("appendfsync", (_FSYNC[answers.durability],)))
    obstacle = append_only_obstacle(context)
    if obstacle:
        return SectionPlan(wanted=tuple(wanted), notes=(Note(subject="directive:appendonly", text=obstacle),))
    return SectionPlan(wanted=(_append_only(context), *wanted))


def wants_append_only(context: Context) -> bool:
    """Return whether the answers ask for the append-only file."""
    return context.answers.persistence.durability in _FSYNC


def append_only_obstacle(context: Context) -> str:
    """Say why the append-only file is not switched now; empty when it can be."""
    wanted = "yes" if wants_append_only(context) else "no"
    if wanted == "yes" and (taken := _taken(context)):
        return taken
    if (now := context.in_force("appendonly")) is not None:
        return _no_space(context) if wanted == "yes" and now != "yes" else ""
    if wanted == context.configuration.after_start("appendonly").lower():
        return ""
    return _cannot_go_on(context) if wanted == "yes" else _cannot_go_off(context)


def _cannot_go_on(context: Context) -> str:
    """Say why it is not switched on by the file alone; empty where there is no data."""
    if context.running:
        return f"not planned: {_EMPTY_START}; give a login, so that it is switched on live"
    if _may_have_data(context):
        return f"not planned: {_EMPTY_START}; start the server, then plan again"
    return ""


def _cannot_go_off(context: Context) -> str:
    """Say why it is not switched off by the file alone; empty where nothing depends on it."""
    if context.running:
        return f"not planned: {_OLD_START}; give a login, so that every key is saved first"
    files = context.instance.append_only
    there = files is not None and files.kind is not FileKind.ABSENT
    return f"not planned: {_OLD_START}; start the server, then plan again" if there else ""


def _taken(context: Context) -> str:
    """Say that another server writes its append-only files to the same place; empty when none does.

    Source:
        Measured: with one ``dir`` and the usual names the second server replaces the files of the first, which
        comes up with the other's keys.
    """
    own = context.instance.append_only
    for sibling in context.siblings:
        theirs = sibling.append_only
        if own is not None and theirs is not None and own.path == theirs.path and _appends(sibling):
            remedy = "give this server a dir or an appenddirname of its own, restart it, and plan again"
            return f"not planned: {sibling.name} keeps its append-only files in {theirs.path} too; {remedy}"
    return ""


def _appends(instance: Instance) -> bool:
    """The append-only file is on: live, or by the file where the server was not asked."""
    return configuration_of(instance).value("appendonly").lower() == "yes"


def _no_space(context: Context) -> str:
    needed, free = used_memory(context.instance), free_bytes(context)
    if free is None or free >= needed:
        return ""
    return (
        f"not planned: only {format_amount(free)} are free and a rewrite needs {format_amount(needed)}; free some first"
    )


def free_bytes(context: Context) -> int | None:
    """Return the free bytes of the data's file system, ``None`` when they were not read."""
    directory = context.value("dir")
    return next((int(each.free) for each in context.instance.space if str(each.path) == directory), None)


def _may_have_data(context: Context) -> bool:
    dump = context.instance.dump
    if context.facts.tree is not None and dump is None:
        return False
    return dump is None or dump.kind is not FileKind.ABSENT


def _append_only(context: Context) -> DirectiveGoal:
    on = wants_append_only(context)
    now = context.value("appendonly", "no")
    risk, evidence = Risk.NONE, ""
    if on and now != "yes" and context.live:
        risk = Risk.DATA
        evidence = f"{context.live.keys} keys: switched on live first and its rewrite awaited; {_EMPTY_START}"
    elif not on and now == "yes":
        risk = Risk.DATA
        evidence = "writes since the last save point are lost in a crash; the old append-only files stay on disk"
    log = goal("appendonly", ("yes" if on else "no",))
    return replace(
        log,
        why=log.why if on else "No append-only file.",
        risk=risk,
        evidence=evidence,
        undo="CONFIG SET appendonly no, with the files archived: a stale one would be loaded instead of newer data",
    )


def _save(context: Context) -> DirectiveGoal:
    answers = context.answers.persistence
    points = () if answers.durability is Durability.NOTHING_KEPT else answers.snapshots
    off = not points and context.value("save", "on") != "" and not wants_append_only(context)
    replicas = len(context.live.replicas) if context.live else 0
    evidence = "no data is saved any more: after a stop or a crash the server starts with its last dump, or empty"
    if replicas:
        evidence += f", and its replicas ({replicas}) are emptied with it"
    save = goal("save", *save_lines(points, one_line=not before_seven(context)))
    return replace(
        save,
        why=save.why if points else "No snapshots.",
        risk=Risk.DATA if off else Risk.NONE,
        evidence=evidence,
        requires_consent=off and bool(replicas),
        all_files=True,
    )


def save_lines(points: Iterable[str], *, one_line: bool) -> tuple[tuple[str, ...], ...]:
    """Return the arguments of the ``save`` lines for points such as ``3600 1``."""
    pairs = tuple(tuple(point.split()) for point in points)
    if not pairs:
        return (("",),)
    return (tuple(word for pair in pairs for word in pair),) if one_line else pairs


def before_seven(context: Context) -> bool:
    """Return whether the server reads a file as Redis 6.2 does."""
    return nearest_version(context.instance.flavour, context.version) == "r62"
