"""Dangerous Command Protection: items 11 to 14."""

from collections.abc import Sequence

from wizard.acl.user import User
from wizard.checklist.context import CheckContext
from wizard.checklist.item import Item
from wizard.checklist.manual import attested
from wizard.checklist.result import Judgement, failed, not_applicable, observed, passed
from wizard.checklist.setting import LIVE
from wizard.checklist.users import (
    Users,
    allowed,
    applications,
    dangerous_commands,
    judge_users,
    ordinary,
    quoted,
    user_evidence,
)
from wizard.model.finding import Evidence, Severity
from wizard.model.text import counted

_DESTRUCTIVE: tuple[tuple[str, ...], ...] = (("flushdb",), ("flushall",), ("debug", "sleep", "0"), ("shutdown",))
_FEW = 6


# --- 11 and 12 ---------------------------------------------------------------------------------------


def destructive(subject: CheckContext) -> Judgement:
    """Only administrators may run the four."""
    return _barrier(subject, _DESTRUCTIVE, summary="No application user may run FLUSHDB, FLUSHALL, DEBUG or SHUTDOWN.")


def keys_command(subject: CheckContext) -> Judgement:
    """Only administrators may run KEYS; the calls are counted."""
    judged = _barrier(subject, (("keys", "*"),), summary="No application user may run KEYS.")
    calls = subject.live.command_calls.get("keys", 0) if subject.live else 0
    if not calls:
        return judged
    evidence = observed("cmdstat_keys", f"{LIVE}, INFO commandstats", f"{calls} calls since the counters started")
    return Judgement(
        state=judged.state,
        summary=f"{judged.summary} KEYS was called {counted(calls, 'time')}.",
        evidence=(*judged.evidence, evidence),
        fix=judged.fix,
    )


def _barrier(subject: CheckContext, commands: Sequence[tuple[str, ...]], *, summary: str) -> Judgement:
    """Commands that are renamed away are so for everyone; for the rest the users count."""
    gone = _renamed(subject)
    left = [command for command in commands if command[0] not in gone]
    if not left:
        words = f"rename-command removes {', '.join(command[0].upper() for command in commands)} for every user."
        return passed(words, *_rename_evidence(subject, gone))
    judged = judge_users(subject, lambda known, users: _only_administrators(known, users, left), summary=summary)
    evidence = (*judged.evidence, *_rename_evidence(subject, gone))
    return Judgement(state=judged.state, summary=judged.summary, evidence=evidence, fix=judged.fix)


def _renamed(subject: CheckContext) -> frozenset[str]:
    """Commands that are away live and in the file: a file that says otherwise brings them back."""
    if not subject.file:
        return frozenset()
    later = {
        line.arguments[0].lower() for line in subject.file.lines if line.name == "rename-command" and line.arguments
    }
    now = set(subject.live.missing_commands) if subject.live else (later if not subject.running else set())
    return frozenset(later & now)


def _rename_evidence(subject: CheckContext, gone: frozenset[str]) -> tuple[Evidence, ...]:
    if not subject.file:
        return ()
    return tuple(
        observed(f"rename-command {line.arguments[0]}", f"{line.path}:{line.line}", "in effect")
        for line in subject.file.lines
        if line.name == "rename-command" and line.arguments and line.arguments[0].lower() in gone
    )


def _only_administrators(subject: CheckContext, users: Users, commands: Sequence[tuple[str, ...]]) -> Judgement:
    """No ordinary user may run one of these."""
    known = ordinary(subject, users)
    able = [(user, [command for command in commands if allowed(subject, user, command)]) for user in known]
    guilty = [(user, found) for user, found in able if found]
    if guilty:
        words = "; ".join(f"{quoted([user])} may run {_names(found)}" for user, found in guilty)
        return failed(f"{words}.", *user_evidence(users, [user for user, _ in guilty]))
    return passed("", *_tried(users, known, commands))


def _names(commands: Sequence[tuple[str, ...]]) -> str:
    return ", ".join(dict.fromkeys(command[0].upper() for command in commands))


def _tried(users: Users, known: Sequence[User], commands: Sequence[tuple[str, ...]]) -> tuple[Evidence, ...]:
    """Return what was evaluated for whom; with no user at all the list itself is the evidence."""
    if not known:
        return (observed("users without administrator rights", users.source, "none"),)
    return tuple(observed(f"user {user.name}", users.source, f"may not run {_names(commands)}") for user in known)


# --- 13 @dangerous -----------------------------------------------------------------------------------


def dangerous(subject: CheckContext) -> Judgement:
    """No application user may run a command of @dangerous."""
    return judge_users(subject, _without_dangerous, summary="No application user may run a command of @dangerous.")


def _without_dangerous(subject: CheckContext, users: Users) -> Judgement:
    known = applications(subject, users)
    if not known:
        return not_applicable(
            f"No application user exists ({users.source}).", observed("users", users.source, len(users.all))
        )
    guilty = [(user, found) for user in known if (found := dangerous_commands(subject, user))]
    if guilty:
        words = "; ".join(f"{quoted([user])} may run {_few(found)}" for user, found in guilty)
        return failed(f"{words}.", *user_evidence(users, [user for user, _ in guilty]))
    return passed("", *(observed(f"user {each.name}", users.source, "no command of @dangerous") for each in known))


def _few(names: Sequence[str]) -> str:
    """Name the first few."""
    rest = len(names) - _FEW
    shown = ", ".join(name.upper().replace("|", " ") for name in names[:_FEW])
    return f"{shown} and {rest} more of @dangerous" if rest > 0 else shown


ITEMS = (
    Item(
        id="11",
        title="Destructive commands are refused",
        sentence="rename-command disables FLUSHDB, FLUSHALL, DEBUG, and SHUTDOWN.",
        severity=Severity.HIGH,
        step="commands",
        check=destructive,
        fix="Deny them to every application user by ACL (-@dangerous last in the rule).",
        source="Chapter 9, item 11, corrected: ACL does it without the hazards of rename-command, with which a server "
        "refuses to start when its AOF holds the command (measured), and a replica or cluster needs equal lines.",
    ),
    Item(
        id="12",
        title="KEYS is refused",
        sentence="rename-command disables KEYS; all code uses SCAN.",
        severity=Severity.MEDIUM,
        step="commands",
        check=keys_command,
        fix="Deny KEYS to every application user by ACL. SCAN shows all key names too: allow it deliberately.",
        source="Chapter 9, item 12, corrected: ACL does it without the hazards of rename-command (item 11).",
    ),
    Item(
        id="13",
        title="@dangerous commands are refused",
        sentence="ACL includes -@dangerous for all application users.",
        severity=Severity.HIGH,
        step="acl",
        check=dangerous,
        fix="Put -@dangerous after every +@ of the rule: the last one wins.",
        source="Chapter 9, item 13. Order matters: `+info +@all -@dangerous` denies INFO, `+@all -@dangerous +info` "
        "allows it (measured).",
    ),
    Item(
        id="14",
        title="Destructive commands need two people",
        sentence="Destructive operations (FLUSHALL, DROP DATABASE equivalent) require dual approval in production.",
        severity=Severity.MEDIUM,
        check=attested(14, "that two people must agree before data is destroyed"),
        fix="Create a break-glass user that is off, and split its password into two shares.",
        source="Chapter 9, item 14.",
    ),
)
