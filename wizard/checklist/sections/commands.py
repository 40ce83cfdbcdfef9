"""Dangerous Command Protection: items 11 to 14."""

from collections.abc import Iterator, Sequence
from functools import partial

from wizard.acl.user import User
from wizard.checklist.accounts import JudgedUsers, accounts, judge_accounts, judge_each
from wizard.checklist.clients import sessions
from wizard.checklist.context import CheckContext
from wizard.checklist.item import Item
from wizard.checklist.manual import attestable
from wizard.checklist.result import Judgement, observed, passed, unknown
from wizard.checklist.rights import beyond_role, every_right, removed, rights_in, spelled
from wizard.checklist.setting import LIVE
from wizard.checklist.users import Users, file_users, live_users, quoted, user_evidence
from wizard.model.finding import Evidence, Severity, State
from wizard.model.rights import Rights
from wizard.model.text import counted
from wizard.model.value import replace

_DESTRUCTIVE = ("flushdb", "flushall", "debug", "shutdown")
_WIPING = ("flushdb", "flushall")
_AT_CONNECT = frozenset({"info"})
"""What libraries call when they connect: it shows facts of the server, no data and no secret."""
_FEW = 6


# --- 11 and 12 ---------------------------------------------------------------------------------------


def destructive(subject: CheckContext) -> Judgement:
    """Only administrators may run the four."""
    return _barrier(subject, _DESTRUCTIVE, summary="No application user may run FLUSHDB, FLUSHALL, DEBUG or SHUTDOWN.")


def keys_command(subject: CheckContext) -> Judgement:
    """Only administrators may run KEYS; the calls are counted."""
    judged = _barrier(subject, ("keys",), summary="No application user may run KEYS.")
    calls = subject.live.command_calls.get("keys", 0) if subject.live else 0
    if not calls:
        return judged
    evidence = observed("cmdstat_keys", f"{LIVE}, INFO commandstats", f"{calls} calls since the counters started")
    summary = f"{judged.summary} KEYS was called {counted(calls, 'time')}."
    return replace(judged, summary=summary, evidence=(*judged.evidence, evidence))


def _barrier(subject: CheckContext, commands: Sequence[str], *, summary: str) -> Judgement:
    """Commands that are taken away are so for everyone; for the rest, those with another name too, the users count."""
    gone = removed(subject) & set(commands)
    left = [command for command in commands if command not in gone]
    evidence = _rename_evidence(subject, commands)
    if not left:
        return passed(f"rename-command removes {spelled(commands)} for every user.", *evidence)
    judged = judge_accounts(subject, partial(_refused, left), summary=summary)
    return replace(judged, evidence=(*judged.evidence, *evidence))


def _rename_evidence(subject: CheckContext, commands: Sequence[str]) -> Iterator[Evidence]:
    """Say which line takes a command away, and which gives it a name by which it runs with the same rights."""
    gone = removed(subject)
    for line in subject.file.lines if subject.file else ():
        if line.name != "rename-command" or not line.arguments or line.arguments[0].lower() not in commands:
            continue
        found = partial(observed, f"rename-command {line.arguments[0]}", f"{line.path}:{line.line}")
        if line.arguments[0].lower() in gone:
            yield found("in effect")
        elif any(line.arguments[1:]):
            yield found("gives another name")


def _refused(commands: Sequence[str], subject: CheckContext, users: Users, judged: Sequence[User]) -> Judgement:
    """None of the users may run one of the commands, or give itself the right to."""

    def fault(_: User, rights: Rights) -> str:
        found = [name for each in commands for name in rights.commands if name.partition("|")[0] == each]
        return _fault(found, every_right(rights))

    return judge_each(subject, users, judged, fault, good=f"may not run {spelled(commands)}")


def _fault(found: Sequence[str], every: Sequence[str]) -> str:
    if found:
        return f"may run {_few(found)}"
    return f"can give itself every right ({_few(every)})" if every else ""


# --- 13 @dangerous -----------------------------------------------------------------------------------


def dangerous(subject: CheckContext) -> Judgement:
    """No application user may run a command of @dangerous, `_AT_CONNECT` aside."""
    return judge_accounts(
        subject, _without_dangerous, summary="No application user may run a command of @dangerous (INFO aside)."
    )


def _without_dangerous(subject: CheckContext, users: Users, judged: Sequence[User]) -> Judgement:
    def fault(user: User, rights: Rights) -> str:
        found = [name for name in beyond_role(subject, user, rights).commands if name not in _AT_CONNECT]
        return f"may run {_few(found)}" if found else ""

    return judge_each(subject, users, judged, fault, good="no command of @dangerous (INFO aside)")


def _few(names: Sequence[str]) -> str:
    """Name the first few."""
    rest = len(names) - _FEW
    return f"{spelled(names[:_FEW])} and {rest} more of @dangerous" if rest > 0 else spelled(names)


# --- 14 dual approval --------------------------------------------------------------------------------


def dual_approval(subject: CheckContext) -> Judgement:
    """An application that can wipe all data needs no second person; of administrators a host sees the accounts."""
    judged = _barrier(subject, _WIPING, summary="No application can wipe the data.")
    if judged.state is State.FAIL:
        return replace(judged, summary=f"{judged.summary} No second person must agree.")
    if judged.state is not State.PASS:
        return judged
    users = live_users(subject) or file_users(subject)
    words, evidence = _administrators(subject, users) if users else ("", ())
    return unknown(
        f"A host cannot prove that two people must agree before data is destroyed.{words}",
        *judged.evidence,
        *evidence,
    )


def _administrators(subject: CheckContext, users: Users) -> tuple[str, tuple[Evidence, ...]]:
    """Name the accounts of people that can wipe all data alone, and which of them are logged in."""
    found: JudgedUsers = accounts(subject, users)
    rights_of = rights_in(subject, users)
    able = [user for user in found.administrators if _fault_of(rights_of(user.rules))]
    if not able:
        return "", ()
    inside = {user.name: sum(each.count for each in sessions(subject) if each.user == user.name) for user in able}

    def says(user: User) -> str:
        count = inside[user.name] if users.live else 0
        return (
            f"can wipe all data alone; {counted(count, 'connection')} now" if users.live else "can wipe all data alone"
        )

    return f" {quoted(able)} can wipe all data alone.", tuple(user_evidence(users, able, says=says))


def _fault_of(rights: Rights) -> str:
    found = [name for each in _WIPING for name in rights.commands if name.partition("|")[0] == each]
    return _fault(found, every_right(rights))


ITEMS = (
    Item(
        id="11",
        title="Destructive commands are refused",
        sentence="rename-command disables FLUSHDB, FLUSHALL, DEBUG, and SHUTDOWN.",
        severity=Severity.HIGH,
        step="commands",
        check=destructive,
        not_on_sentinel="A Sentinel has no FLUSHDB, FLUSHALL or DEBUG.",
        fix="Deny them to every application user by ACL (-@dangerous last in the rule).",
        source="Chapter 9, item 11, corrected: ACL does it without the hazards of rename-command. With that, a server "
        "refuses to start when its AOF holds the command (measured); a replica or cluster needs equal lines.",
    ),
    Item(
        id="12",
        title="KEYS is refused",
        sentence="rename-command disables KEYS; all code uses SCAN.",
        severity=Severity.MEDIUM,
        step="commands",
        check=keys_command,
        not_on_sentinel="A Sentinel has no KEYS.",
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
        source="Chapter 9, item 13, without INFO: libraries call it when they connect, and it shows no data and no "
        "secret. Order matters: `+keys +@all -@dangerous` denies KEYS, `+@all -@dangerous +keys` allows it (measured).",
    ),
    Item(
        id="14",
        title="Destructive commands need two people",
        sentence="Destructive operations (FLUSHALL, DROP DATABASE equivalent) require dual approval in production.",
        severity=Severity.MEDIUM,
        check=attestable(14, dual_approval),
        not_on_sentinel="A Sentinel keeps no data.",
        fix="Create a break-glass user that is off, and split its password into two shares.",
        source="Chapter 9, item 14. A server asks for no second person: a user that may run FLUSHALL runs it alone.",
    ),
)
