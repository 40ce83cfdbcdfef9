"""Beyond the chapter: who can change what the server reads."""

from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from wizard.checklist.context import ABSENT, AS_ROOT, CheckContext
from wizard.checklist.item import Item
from wizard.checklist.permissions import OTHERS, mode_evidence
from wizard.checklist.result import Judgement, failed, not_applicable, observed, passed, unknown
from wizard.checklist.setting import LIVE
from wizard.checklist.weak_passwords import weak_passwords
from wizard.checklist.writers import (
    LOG_GROUPS,
    is_readable_by_all,
    listed_access,
    service_accounts,
    unexpected_output_writers,
    unexpected_writers,
    writer_evidence,
)
from wizard.model.facts.configuration import AclFacts, Problem
from wizard.model.facts.files import FileKind, FileStatus, PlaceWriters
from wizard.model.facts.unreadable import Unreadable
from wizard.model.finding import Severity
from wizard.model.text import counted

_READ_LOGS = frozenset(f"group {each}" for each in LOG_GROUPS)
_IDLE = frozenset({"ignored-directive", "overridden"})
_OF_MODULES = frozenset({"module-directive", "module-command", "module-category"})
"""Mistakes of a server without modules."""


def writable_configuration(subject: CheckContext) -> Judgement:
    """Files that decide who is root in the server, and the directories that hold them."""
    if not subject.file:
        return subject.cannot_read_file()
    evidence = writer_evidence(subject)
    if not evidence:
        return unknown("The owners and modes of the files could not be read.", fix=AS_ROOT)
    if found := unexpected_writers(subject):
        return failed(" ".join(found), *evidence)
    acl = subject.instance.acl
    if isinstance(acl, Unreadable):
        return subject.cannot_read_acl(acl)
    first, *rest = evidence
    names = " and ".join(sorted(service_accounts(subject) - {"0"}))
    return passed(f"Only {names} can change the files that the server reads.", first, *rest)


def data_directory(subject: CheckContext) -> Judgement:
    """The data directory, by the path that the configuration names."""
    named = data_path(subject)
    found = [each for each in subject.instance.directories if str(each.path) == named]
    if found and found[0].kind is FileKind.ABSENT:
        return unknown(f"The data directory {named} does not exist.", fix="Create it, or correct dir.")
    if not found:
        return unknown("The mode of the data directory is not known.", fix=AS_ROOT)
    evidence = mode_evidence(found[0], "data directory")
    if found[0].mode & OTHERS:
        return failed(f"Every user of this host can enter {found[0].path} (mode {found[0].mode:04o}).", evidence)
    if words := listed_access(subject, found[0], "enter"):
        return failed(words, evidence, fix=f"setfacl -b {found[0].path} removes the access control list.")
    return passed("Only owner and group can enter the data directory.", evidence)


def log_file(subject: CheckContext) -> Judgement:
    """The log file and the pid file: who else reads the one, and writes either."""
    if not (subject.file or subject.live):
        return subject.cannot_read_file()
    named = subject.configuration.value("logfile", "")
    places = subject.instance.output_writers
    evidence = tuple(mode_evidence(each.status) for each in places)
    problems = unexpected_output_writers(subject)
    if not named or named.startswith("/dev/"):
        if problems:
            return failed(" ".join(problems), *evidence)
        shown = observed("logfile", LIVE if subject.live else "redis.conf", named or "not set: standard output")
        return not_applicable("The server writes no log file.", shown)
    log = _output(places, PurePosixPath(named).name)
    problems = [*(_log_readers(subject, log) if log else ()), *problems]
    if problems:
        return failed(" ".join(problems), *evidence)
    if log is None:
        return unknown(f"The log file {named} could not be looked at.", *evidence, fix=AS_ROOT)
    return passed("Other users can neither read nor write the log.", *evidence)


def _log_readers(subject: CheckContext, log: FileStatus) -> Iterator[str]:
    """Who else reads the log, a sentence each."""
    if is_readable_by_all(log, subject.instance.output_writers):
        yield f"Every user of this host can read {log.path} (mode {log.mode:04o})."
    if words := listed_access(subject, log, "read", besides=_READ_LOGS):
        yield words


def _output(places: Iterable[PlaceWriters], name: str) -> FileStatus | None:
    """Return the file that the server writes by this name, also where a link leads to another one."""
    files = (each for each in places if each.status.kind is FileKind.FILE)
    return next((each.status for each in files if any(path.name == name for path in each.holds)), None)


def data_path(subject: CheckContext) -> str:
    """The data directory as the live server or the file names it, empty when neither does."""
    return subject.configuration.value("dir").rstrip("/")


def mistakes(subject: CheckContext) -> Judgement:
    """Lines that the server would refuse, or take differently than they read."""
    if not subject.file:
        return subject.cannot_read_file()
    acl = subject.instance.acl
    every = (*subject.file.problems, *(acl.problems if isinstance(acl, AclFacts) else ()), *_missing(subject))
    modules = bool(subject.configuration.lines_of("loadmodule") or (subject.live and subject.live.modules))
    problems = [each for each in every if not (modules and each.code in _OF_MODULES)]
    without_effect = [observed(each.code, f"{each.path}:{each.line}", each.what) for each in problems if _idle(each)]
    problems = [each for each in problems if not _idle(each)]
    if not problems:
        read = observed("lines", str(subject.file.main), "no mistake found")
        left = f" {counted(len(without_effect), 'line')} without effect can go." if without_effect else ""
        return passed(f"The server accepts every line.{left}", read, *without_effect)
    first = max(problems, key=lambda each: each.fatal)
    effect = "stops the server from starting" if first.fatal else "has an unexpected effect"
    more = f" {counted(len(problems) - 1, 'more mistake')}." if problems[1:] else ""
    summary = f"{first.path.name}:{first.line} {effect}: {first.what.rstrip('.')}.{more}"
    evidence = (observed(each.code, f"{each.path}:{each.line}", each.what) for each in problems)
    return failed(summary, *evidence, fix=" ".join(dict.fromkeys(each.remedy for each in problems)))


def _idle(problem: Problem) -> bool:
    """Return whether the server reads over a line: another one replaces it, or it has no effect any more."""
    return problem.code in _IDLE and not problem.fatal


def _missing(subject: CheckContext) -> Iterator[Problem]:
    """What the configuration names and the host does not have, although no server starts without it."""
    lines = subject.configuration.lines_of
    for name, path in _absent(subject):
        for line in lines(name)[-1:]:
            yield Problem(
                path=line.path,
                line=line.line,
                code="missing-file",
                what=f"{name} names {path}, which does not exist",
                remedy=f"Create {path}, or correct {name}.",
                fatal=True,
            )


def _absent(subject: CheckContext) -> Iterator[tuple[str, str]]:
    """Each directive that names something absent, and its path."""
    absent = {each.path for each in subject.instance.directories if each.kind is FileKind.ABSENT}
    directory = subject.configuration.after_start("dir", "")
    if PurePosixPath(directory or "/") in absent:
        yield "dir", directory
    acl = subject.instance.acl
    if isinstance(acl, Unreadable) and acl.why == ABSENT:
        yield "aclfile", acl.what
    tls = subject.instance.tls
    gone = {str(each.path) for each in tls.problems if each.code == "certificate-missing"}
    gone |= {str(each.path) for each in tls.keys if each.kind is FileKind.ABSENT}
    if subject.configuration.after_start("tls-port", "0") in ("", "0"):
        return  # Without a TLS port the server reads no certificate at its start.
    for name in ("tls-cert-file", "tls-key-file", "tls-ca-cert-file", "tls-client-cert-file", "tls-client-key-file"):
        named = subject.configuration.after_start(name, "")
        found = str(PurePosixPath(directory or "/", named)) if named else ""
        if found in gone:
            yield name, found


ITEMS = (
    Item(
        id="Xwritable",
        title="Other users cannot write the configuration",
        sentence="Only root and the service can write the configuration, the ACL file and their directories.",
        severity=Severity.CRITICAL,
        step="acl",
        check=writable_configuration,
        fix="Set mode 0640, owner root and the service's group, in a directory that only root can write.",
        source="A user that can write the ACL file is administrator after the next load; CONFIG REWRITE and ACL SAVE "
        "leave 0644 (measured).",
    ),
    Item(
        id="Xdatadir",
        title="Other users cannot read the data directory",
        sentence="The data directory has mode 0750 or tighter.",
        severity=Severity.HIGH,
        step="persistence",
        check=data_directory,
        fix="Set mode 0750 and the service as owner.",
        source="Chapter 7, directory permissions.",
    ),
    Item(
        id="Xlog",
        title="Other users cannot read the log",
        sentence="Other users can neither read nor write the log file, nor replace it or the pid file.",
        severity=Severity.MEDIUM,
        step="persistence",
        check=log_file,
        fix="Set mode 0640 for the log, and 0750 for a log directory of the service.",
        source="The log names replicas, paths and, at level verbose, clients; the server makes it with mode 0644 under "
        "the usual umask (measured).",
    ),
    Item(
        id="Xsyntax",
        title="Every configuration line is valid",
        sentence="The server accepts every line of its configuration and ACL file, and takes it as it reads.",
        severity=Severity.HIGH,
        step="review",
        check=mistakes,
        fix="Correct the lines.",
        source="Grammar of redis.conf and of ACL files, measured on five servers: a trailing comment is fatal on most "
        "directives, a comment or a continuation is fatal in an ACL file.",
    ),
    Item(
        id="Xpasswords",
        title="Common passwords are not used",
        sentence="No ACL hash is that of a common password.",
        severity=Severity.CRITICAL,
        step="acl",
        check=weak_passwords,
        fix="Generate new passwords.",
        source="The chapter's own example hash is that of the word password, one digit short.",
    ),
)
