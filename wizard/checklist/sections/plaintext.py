"""Passwords in plain text, in every place of this host that the server reads (item 10)."""

import re

from wizard.checklist.context import AS_ROOT, CheckContext
from wizard.checklist.permissions import mode_evidence
from wizard.checklist.result import Judgement, all_of, failed, not_applicable, observed, passed, unknown
from wizard.checklist.users import file_users, live_users
from wizard.checklist.writers import readers
from wizard.model.facts.configuration import AclFacts, ConfigLine
from wizard.model.facts.unreadable import MASK, Unreadable
from wizard.model.finding import Evidence, State


def no_plaintext(subject: CheckContext) -> Judgement:
    """Look for passwords in plain text in every place of this host that the server reads."""
    parts = (
        _config_secrets(subject),
        _acl_secrets(subject),
        _hashes(subject),
        _command_line(subject),
        _environment(subject),
    )
    judged = all_of(
        parts,
        summary="The files of the server hold no password in plain text. Those of its applications are not checked.",
    )
    if judged.state is State.PASS and not _has_secrets(subject):
        return not_applicable("The server has no password.", *judged.evidence)
    return judged


def _has_secrets(subject: CheckContext) -> bool:
    """Whether a user has a password, or the server knows one of another server; true where that is not known."""
    users = (*((live_users(subject),) if subject.running else ()), file_users(subject))
    without = all(known is not None and not any(user.passwords for user in known.all) for known in users)
    return not without or bool(_needed(subject))


def _needed(subject: CheckContext) -> list[ConfigLine]:
    """Lines with a secret that cannot be a hash: the server shows it to another one, or opens a key with it."""
    lines = subject.file.lines if subject.file else ()
    return [line for line in lines if line.name not in _HASHABLE and MASK in line.arguments]


_HASHABLE = frozenset({"requirepass", "user", "rename-command"})
"""``rename-command`` hides a name, not a password."""


def _config_secrets(subject: CheckContext) -> Judgement:
    """Passwords in the configuration: those that could be hashes fail, those that cannot need a closed file."""
    if not subject.file:
        return subject.cannot_read_file()
    clear = [line for line in subject.file.lines if _holds_clear(line)]
    if clear:
        words = ", ".join(dict.fromkeys(line.name for line in clear))
        return failed(
            f"{clear[0].path} holds passwords in plain text ({words}).", *(_line_evidence(line) for line in clear)
        )
    statuses = {each.path: each for each in subject.file.files}
    for line in _needed(subject):
        status = statuses.get(line.path, subject.file.files[0] if subject.file.files else None)
        if status and (who := readers(subject, status)):
            named = " ".join((line.name, *line.arguments[:1])) if line.name == "sentinel" else line.name
            return failed(
                f"{named} holds a password that cannot be hashed, and {who} can read {status.path}.",
                *(_line_evidence(each) for each in _needed(subject)),
                mode_evidence(status),
                fix="Set mode 0640 and the group of the service; setfacl -b PATH removes its access control list.",
            )
    modes = (mode_evidence(each) for each in subject.file.files)
    return passed("", observed("plaintext passwords", str(subject.file.main), "none that could be hashed"), *modes)


def _hashes(subject: CheckContext) -> Judgement:
    """Judge who can read the hashes: SHA-256 without salt can be guessed, so only the server and root may read them."""
    places = []
    if isinstance(subject.instance.acl, AclFacts) and any("#" in each for each in subject.instance.acl.lines):
        places.append(subject.instance.acl.status)
    if subject.file:
        named = {line.path for line in subject.file.lines if line.name == "user" and "#" in " ".join(line.arguments)}
        places += [each for each in subject.file.files if each.path in named]
    for each in places:
        if who := readers(subject, each):
            return failed(
                f"{who[:1].upper()}{who[1:]} can read the password hashes in {each.path}, which have no salt.",
                mode_evidence(each),
                fix="Set mode 0640 and the group of the service; setfacl -b PATH removes its access control list.",
            )
    return not_applicable("", *(mode_evidence(each) for each in places))


def _holds_clear(line: ConfigLine) -> bool:
    if line.name == "user":
        return any(argument.startswith(">") for argument in line.arguments)
    return line.name == "requirepass" and any(line.arguments)


def _line_evidence(line: ConfigLine) -> Evidence:
    return observed(line.name, f"{line.path}:{line.line}", MASK)


def _acl_secrets(subject: CheckContext) -> Judgement:
    acl = subject.instance.acl
    if acl is None:
        return not_applicable("")
    if isinstance(acl, Unreadable):
        return subject.cannot_read_acl(acl)
    clear = [each for each in acl.problems if each.code == "plain-password"]
    if clear:
        return failed(
            f"{acl.path} holds a password in plain text.", observed("ACL file", f"{acl.path}:{clear[0].line}", MASK)
        )
    return passed("", observed("ACL file", str(acl.path), "hashes only"), mode_evidence(acl.status))


_SECRET_OPTIONS = ("--requirepass", "--masterauth", "--primaryauth", "--user", "--tls-key-file-pass")
_TITLE = re.compile(r"\S*:\d+|unixsocket:\S+")
"""What a server writes over its arguments (redis ``src/server.c``, ``redisSetProcTitle``)."""


def _command_line(subject: CheckContext) -> Judgement:
    """A password on a command line is shown to every user of the host."""
    unit, process = subject.instance.unit, subject.instance.process
    words = " ".join((unit.properties.get("ExecStart", "") if unit else "", *(process.arguments if process else ())))
    named = [name for name in _SECRET_OPTIONS if name in words.split()]
    if named:
        return failed(
            f"The command line of the server holds a password ({named[0]}).", observed(named[0], "unit", MASK)
        )
    if process and not unit and process.arguments and _TITLE.fullmatch(process.arguments[0]):
        return unknown(
            "The server has overwritten its command line, and no unit starts it: a password there is not seen.",
            fix="Look into the script or the container definition that starts the server.",
        )
    return not_applicable("")


def _environment(subject: CheckContext) -> Judgement:
    process = subject.instance.process
    if process is None:
        return not_applicable("")
    names = process.secrets_in_environment
    if isinstance(names, Unreadable):
        by_hand = "no unit" in names.why
        fix = "Look into the script or the container definition that starts the server." if by_hand else AS_ROOT
        return unknown(f"The environment of the server could not be read ({names.why}).", fix=fix)
    source = f"/proc/{process.pid}/environ and unit"
    if names:
        words = ", ".join(names)
        return failed(
            f"The environment of the server holds {words}.", *(observed(name, source, MASK) for name in names)
        )
    return passed("", observed("secrets in the environment", source, "none"))
