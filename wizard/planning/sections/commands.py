"""Dangerous commands: the barrier is the users' rules; a renamed command is a second one, with hazards."""

from collections.abc import Iterator

from wizard.errors import PlanError
from wizard.formats.redisconf.commands import commands
from wizard.formats.redisconf.directives import Support, nearest_version
from wizard.model.change import Risk
from wizard.model.facts.service import Role
from wizard.model.plan import Note
from wizard.model.text import counted
from wizard.model.value import replace
from wizard.planning import usage
from wizard.planning.accounts.command_access import users_that_may
from wizard.planning.accounts.existing_users import obstacle
from wizard.planning.context import Context
from wizard.planning.directives import support_of
from wizard.planning.goals import DirectiveGoal, SectionPlan, goal, merge

NAME = "rename-command"
SWITCHES = {
    "enable-protected-configs": "config|set",
    "enable-debug-command": "debug",
    "enable-module-command": "module",
}
"""What each of these directives lets clients call."""
_GROUP = frozenset({Role.PRIMARY, Role.REPLICA, Role.CLUSTER})


def plan_section(context: Context) -> SectionPlan:
    """Want the rename lines that the answers ask for, and no other; commands that reach the host stay refused.

    Raises:
        PlanError: the answers name a command that the server does not have.
    """
    if context.role is Role.SENTINEL:
        return SectionPlan()
    switches = SectionPlan(wanted=tuple(_switches(context)))
    return merge((_renames(context), switches))


def _switches(context: Context) -> Iterator[DirectiveGoal]:
    """Want off what lets a client redirect the server's files, run DEBUG or load modules."""
    calls = usage.calls(context.instance)
    for name, command in SWITCHES.items():
        found = {context.value(name, "no").lower(), (context.next_start(name) or ("no",))[0].lower()}
        if found == {"no"} or support_of(context, name) is Support.ABSENT:
            continue
        count = sum(number for called, number in calls.items() if called == command or called.startswith(f"{command}|"))
        shown = command.replace("|", " ").upper()
        evidence = f"clients that call {shown} get an error ({counted(count, 'call')} since the server started)"
        yield replace(goal(name, ("no",)), risk=Risk.DENY, evidence=evidence)


def _renames(context: Context) -> SectionPlan:
    answers = context.answers.commands
    now = tuple(line.arguments for line in context.lines(NAME))
    if context.role in _GROUP:
        if not answers.disable and not now:
            return SectionPlan()
        text = f"not changed: this server is a {context.role}, and every server of the group must have the same ones"
        return SectionPlan(notes=(Note(subject="renamed commands", text=text),))
    kept = (
        _distinct(now, commands(nearest_version(context.instance.flavour, context.version)))
        if answers.keep_renames or obstacle(context)
        else ()
    )
    taken = {line[0].lower() for line in kept if line}
    lines = (*kept, *((name.upper(), "") for name in map(str.lower, disabled(context)) if name not in taken))
    if not lines and not now:
        return SectionPlan()
    return SectionPlan(wanted=(_wanted(context, lines),))


def renamed_commands(context: Context) -> tuple[str, ...]:
    """Return the commands that do not have their own name in the configuration, in lower case."""
    arguments = (line.arguments for line in context.lines(NAME))
    return tuple(dict.fromkeys(words[0].lower() for words in arguments if words and words[0] not in words[1:]))


def disabled(context: Context) -> tuple[str, ...]:
    """Return the commands that the answers take away from everyone, checked.

    Raises:
        PlanError: the server has no such command, or is built so that it cannot be renamed.
    """
    known = commands(nearest_version(context.instance.flavour, context.version))
    for name in context.answers.commands.disable:
        if name.lower() not in known:
            raise PlanError(
                f"commands.disable: {name[:40]!r} is not a command of this server, so it would not start; correct it"
            )
    return tuple(dict.fromkeys(name.lower() for name in context.answers.commands.disable))


def _distinct(lines: tuple[tuple[str, ...], ...], known: frozenset[str]) -> tuple[tuple[str, ...], ...]:
    """Keep one line a command that there is: a second one is refused, and so is an unknown one."""
    first: dict[str, tuple[str, ...]] = {}
    for line in lines:
        if line and line[0].lower() in known:
            first.setdefault(line[0].lower(), line)
    return tuple(first.values())


def _wanted(context: Context, lines: tuple[tuple[str, ...], ...]) -> DirectiveGoal:
    appends = context.value("appendonly", "no") == "yes"
    why_kept = _why_not_rewritten(context) if appends else ""
    evidence = "clients that use the earlier name get an error"
    if appends:
        then = f"{why_kept}: the next start may refuse to load it" if why_kept else "it is rewritten before the restart"
        evidence = f"the append-only file may hold such a command, under its old or new name; {then}"
    if lines:
        why = "A second barrier beside the users' rules, for every user."
    else:
        why = "The rules of each user say who may run them, without a restart and without the risks of renaming."
    left = {line[0].lower() for line in lines if line}
    freed = [name for name in renamed_commands(context) if name not in left]
    if freed and (names := users_that_may(context, freed)):
        why = f"By answer, and looser than now: {', '.join(names)} may then run {', '.join(freed).upper()}."
    return replace(
        goal(NAME, *lines),
        why=why,
        risk=Risk.DATA if appends else Risk.DENY,
        evidence=evidence,
        requires_consent=bool(why_kept),
        all_files=True,
        undo="the earlier lines, and a restart after the append-only file is rewritten",
    )


def _why_not_rewritten(context: Context) -> str:
    """Return why no apply rewrites the append-only file before the restart; empty where it does."""
    if not context.running:
        return "the server does not run, so the file is not rewritten"
    if context.live is None:
        return "the server refused the login, so the file is not rewritten"
    return "" if context.instance.unit else f"{context.why_no_unit}, so the file is not rewritten"
