"""Passwords in plain text, in every place of this host that the server reads (item 10)."""

from wizard.checklist.context import AS_ROOT, CheckContext
from wizard.checklist.permissions import OTHERS_READ, mode_evidence
from wizard.checklist.result import Judgement, all_of, failed, not_applicable, observed, passed, unknown
from wizard.checklist.users import file_users, live_users
from wizard.model.facts import MASK, ConfigLine, Unreadable
from wizard.model.finding import Evidence


def no_plaintext(subject: CheckContext) -> Judgement:
    """Look for passwords in plain text in every place of this host that the server reads."""
    users = (live_users(subject), file_users(subject))
    if all(known is not None and not any(user.passwords for user in known.all) for known in users):
        return not_applicable("No user has a password.")
    return all_of(
        (_config_secrets(subject), _acl_secrets(subject), _unit_secrets(subject), _environment(subject)),
        summary="No file of the server holds a password in plain text. The files of its applications are not checked.",
    )


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
    needed = [line for line in subject.file.lines if line.name in _CANNOT_BE_HASHED and line.arguments[-1:] == (MASK,)]
    readable = [each for each in subject.file.files if each.mode & OTHERS_READ]
    if needed and readable:
        return failed(
            f"{needed[0].name} cannot be hashed, and every user of this host can read {readable[0].path}.",
            *(_line_evidence(line) for line in needed),
            *(mode_evidence(each) for each in readable),
        )
    modes = (mode_evidence(each) for each in subject.file.files)
    return passed("", observed("plaintext passwords", str(subject.file.main), "none that could be hashed"), *modes)


_CANNOT_BE_HASHED = frozenset({"masterauth", "primaryauth", "tls-key-file-pass", "tls-client-key-file-pass"})
"""A server needs these in plain text, to show them to another."""


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


def _unit_secrets(subject: CheckContext) -> Judgement:
    """A password on a command line is shown to every user of the host."""
    unit, process = subject.instance.unit, subject.instance.process
    words = " ".join((unit.properties.get("ExecStart", "") if unit else "", *(process.arguments if process else ())))
    named = [name for name in ("--requirepass", "--masterauth", "--user") if name in words.split()]
    if named:
        return failed(
            f"The command line of the server holds a password ({named[0]}).", observed(named[0], "unit", MASK)
        )
    return not_applicable("")


def _environment(subject: CheckContext) -> Judgement:
    process = subject.instance.process
    if process is None:
        return not_applicable("")
    names = process.secrets_in_environment
    if isinstance(names, Unreadable):
        return unknown(f"The environment of the server could not be read ({names.why}).", fix=AS_ROOT)
    source = f"/proc/{process.pid}/environ"
    if names:
        words = ", ".join(names)
        return failed(
            f"The environment of the server holds {words}.", *(observed(name, source, MASK) for name in names)
        )
    return passed("", observed("secrets in the environment", source, "none"))
