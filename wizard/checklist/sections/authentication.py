"""Authentication and Authorization: items 6 to 10."""

from collections.abc import Iterable, Sequence

from wizard.acl.user import User
from wizard.checklist.accounts import accounts, judge_accounts, judge_each
from wizard.checklist.clients import client_evidence, clients_known, sessions
from wizard.checklist.context import AS_ROOT, LOGIN, CheckContext
from wizard.checklist.exposure import bus_port, format_listener
from wizard.checklist.item import Item
from wizard.checklist.result import Judgement, all_of, failed, not_applicable, observed, passed, unknown
from wizard.checklist.rights import beyond_role, every_key, every_right, rights_in, spelled
from wizard.checklist.sections.plaintext import no_plaintext
from wizard.checklist.sections.shared_users import separate_users
from wizard.checklist.setting import LIVE
from wizard.checklist.users import Users, file_users, judge_users, live_users, quoted, user_evidence
from wizard.checklist.weak_passwords import weak_logins
from wizard.model.finding import Evidence, Severity, State
from wizard.model.network import Listener, Probe, ProbeAnswer
from wizard.model.rights import Rights
from wizard.model.text import counted
from wizard.model.value import replace

_FEW = 3
_CLOSE = "Close them with CLIENT KILL USER default."

# --- 6 authentication --------------------------------------------------------------------------------


def mandatory(subject: CheckContext) -> Judgement:
    """Judge by connecting without a login, by the users in effect and by those of the next start."""
    users = judge_users(subject, _closed, summary="Every user that can log in needs a password.")
    tried = "Every listener refuses an unauthenticated client. " if subject.running else ""
    return all_of((_tried(subject), users, weak_logins(subject)), summary=f"{tried}{users.summary}")


def _tried(subject: CheckContext) -> Judgement:
    """What an unauthenticated client got. Users are the server's, not a port's: one listener speaks for all."""
    evidence = tuple(_tried_evidence(subject.answered))
    answers = {each.answer: each for each in reversed(subject.answered)}
    if ProbeAnswer.OPEN in answers:
        return failed(f"{format_listener(answers[ProbeAnswer.OPEN])} accepts commands without a password.", *evidence)
    if ProbeAnswer.PROTECTED in answers:
        where = format_listener(answers[ProbeAnswer.PROTECTED])
        return failed(f"Only protected mode guards {where}: no password is set.", *evidence)
    if not subject.running:
        return not_applicable("The server does not run.")
    if ProbeAnswer.SILENT in answers:
        where = format_listener(answers[ProbeAnswer.SILENT])
        return unknown(f"{where} did not answer in time.", *evidence, fix="Check again.")
    return _all_tried(subject, evidence)


def _all_tried(subject: CheckContext, evidence: tuple[Evidence, ...]) -> Judgement:
    """Every listener was tried and refused an unauthenticated client."""
    untried = [each for each in subject.instance.listeners if not _was_tried(subject, each)]
    if untried or not evidence:
        named = format_listener(untried[0]) if untried else "A listener"
        return unknown(f"{named} was not tried without a login.", *evidence, fix=AS_ROOT)
    return passed("", *evidence)


def _was_tried(subject: CheckContext, listener: Listener) -> bool:
    """Return whether this listener was tried; the cluster bus speaks another protocol and knows no users."""
    return listener.port == bus_port(subject) != 0 or any(
        (each.address, each.port) == (listener.address, listener.port) for each in subject.instance.probes
    )


def _tried_evidence(probes: Iterable[Probe]) -> Iterable[Evidence]:
    return (
        observed(f"unauthenticated client on {format_listener(each)}", "connection test", each.answer.value)
        for each in probes
    )


def _closed(_: CheckContext, users: Users) -> Judgement:
    """Every enabled user needs a password."""
    open_ones = [user for user in users.logins if user.nopass]
    if open_ones:
        evidence = user_evidence(users, open_ones, says=_password)
        return failed(f"{quoted(open_ones)} can log in without a password.", *evidence)
    first, *more = user_evidence(users, users.all, says=_password)
    return passed("", first, *more)


def _password(user: User) -> str:
    if not user.enabled:
        return "off"
    return "needs no password" if user.nopass else counted(len(user.passwords), "password")


# --- 7 least privilege -------------------------------------------------------------------------------


def least_privilege(subject: CheckContext) -> Judgement:
    """Judge what every application user reaches, by patterns and by commands that ignore them."""
    judged = judge_accounts(subject, _fenced, summary="Each application user reaches only its own keys and channels.")
    users = live_users(subject) or file_users(subject)
    if judged.state is not State.PASS or users is None:
        return judged
    return replace(judged, summary=" ".join((judged.summary, *_seen_by_others(subject, users))))


def _fenced(subject: CheckContext, users: Users, judged: Sequence[User]) -> Judgement:
    libraries = subject.live.info.get("number_of_libraries", "0") if subject.live else "0"
    shared_functions = libraries != "0" and len(judged) > 1

    def fault(user: User, rights: Rights) -> str:
        rights = beyond_role(subject, user, rights)
        if rights.foreign:
            return "can reach keys or channels of others"
        if found := every_right(rights):
            return f"can give itself every right ({spelled(found)})"
        if found := every_key(rights):
            return f"can copy or wipe every key ({spelled(found)})"
        replaces = f"can replace functions that other users call ({spelled(rights.code)})"
        return replaces if rights.code and shared_functions else ""

    return judge_each(subject, users, judged, fault, good="reaches no foreign key or channel")


def _seen_by_others(subject: CheckContext, users: Users) -> Iterable[str]:
    """Say what application users see of each other all the same."""
    judged, rights_of = accounts(subject, users).judged, rights_in(subject, users)
    found: dict[str, list[User]] = {}
    patterns: dict[str, list[User]] = {}
    for user in judged:
        if names := rights_of(user.rules).listing:
            found.setdefault(spelled(names), []).append(user)
        for rule in dict.fromkeys(rule for rule in user.rules if rule.startswith("~")):
            patterns.setdefault(rule[1:], []).append(user)
    for commands, able in list(found.items())[:_FEW]:
        yield f"{quoted(able)} can list the names or the number of all keys ({commands})."
    shared = [(pattern, both) for pattern, both in patterns.items() if len(both) > 1]
    for pattern, both in shared[:_FEW]:
        yield f"{quoted(both)} share the keys {pattern}."


# --- 8 default user ----------------------------------------------------------------------------------


def default_off(subject: CheckContext) -> Judgement:
    """Judge default in both places, and whether a client is still logged in as default."""
    off = judge_users(subject, _off, summary='User "default" is off.')
    if not subject.live:
        return off
    return all_of(
        (off, _no_session(subject)), summary='User "default" is off, live and in the file, and has no open connection.'
    )


def _off(_: CheckContext, users: Users) -> Judgement:
    default = users.named("default")
    if default is None:
        return unknown(f"{users.source} does not name user default.", fix=LOGIN)
    if default.enabled:
        return failed('User "default" can log in.', *user_evidence(users, [default]))
    return passed("", observed("user default", users.source, "off"))


def _no_session(subject: CheckContext) -> Judgement:
    """A session that was opened as default keeps its rights."""
    if not subject.live or not clients_known(subject):
        return subject.cannot_ask("CLIENT LIST")
    inside = [each for each in sessions(subject) if each.user == "default"]
    if inside:
        count = sum(each.count for each in inside)
        return failed(
            f"User default has {counted(count, 'open connection')}: each keeps its rights until you close it.",
            *client_evidence(inside),
            fix=_CLOSE,
        )
    silent = [each for each in subject.live.clients if each.user == "default"]
    if silent:
        count = sum(each.count for each in silent)
        return unknown(
            f"{counted(count, 'connection')} without a name may be logged in as default: the server does not tell.",
            *client_evidence(silent),
            fix=_CLOSE,
        )
    return passed("", observed("connections as default", f"{LIVE}, CLIENT LIST", "none"))


ITEMS = (
    Item(
        id="6",
        title="Authentication is required",
        sentence="Authentication is mandatory — requirepass or ACL with a strong password; no anonymous access.",
        severity=Severity.CRITICAL,
        step="acl",
        check=mandatory,
        fix="Generate a password for every user and switch user default off.",
        source="Chapter 9, item 6, corrected: with an aclfile that does not name default, requirepass does nothing. "
        "The server is open, whatever CONFIG GET says (measured on five servers).",
    ),
    Item(
        id="7",
        title="Users reach only their own keys",
        sentence="ACL enforces least privilege: each application user is restricted to its own key namespace.",
        severity=Severity.HIGH,
        step="acl",
        check=least_privilege,
        not_on_sentinel="A Sentinel has no keys.",
        fix="Give each application a user with its own key and channel patterns.",
        source="Chapter 9, item 7. SCAN, KEYS, RANDOMKEY and DBSIZE ignore key patterns (measured).",
    ),
    Item(
        id="8",
        title="Default user is off",
        sentence="The default user is disabled: ACL SETUSER default off.",
        severity=Severity.HIGH,
        step="acl",
        check=default_off,
        fix="Write `user default off` into the ACL file and load it, then CLIENT KILL USER default.",
        source="Chapter 9, item 8, corrected: connections that are open as default have full rights until they are "
        "closed (measured); the next restart loses what only the command has set.",
    ),
    Item(
        id="9",
        title="Each service has its own user",
        sentence="Different services use different Redis users; sensitive services use separate logical databases.",
        severity=Severity.MEDIUM,
        step="acl",
        check=separate_users,
        fix="Give every service a user of its own.",
        source="Chapter 9, item 9, corrected: no ACL restricts databases before Valkey 9; only key patterns separate.",
    ),
    Item(
        id="10",
        title="Passwords are not stored in plain text",
        sentence="Passwords and credentials are stored in a secrets manager (HashiCorp Vault, AWS Secrets Manager); "
        "never hard-coded.",
        severity=Severity.HIGH,
        step="acl",
        check=no_plaintext,
        fix="Replace requirepass with users that have hashes. Store their passwords in a secrets manager or a 0600 "
        "file.",
        source="Chapter 9, item 10. The ACL file needs only the SHA-256.",
    ),
)
