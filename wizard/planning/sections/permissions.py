"""Which users may read and replace the files: configuration, ACL file, data.

A service that owns a directory can replace every file in it, root's too.
"""

from pathlib import PurePosixPath

from wizard.model.change import Effect, Risk, SetMode
from wizard.model.facts.files import FileKind, FileStatus
from wizard.model.plan import Note
from wizard.model.value import replace
from wizard.planning import rewrites
from wizard.planning.accounts.acl_goals import acl_path
from wizard.planning.context import SYSTEM_DIRECTORIES, Context
from wizard.planning.goals import SectionPlan

SOURCE = "chapter 7 and 9; a service that owns the directory replaces root's files in it (measured)"
_SECRET_FILE = 0o640
_OTHERS = 0o007
_WRITE_BY_GROUP = 0o020


def plan_section(context: Context) -> SectionPlan:
    """Tighten what is too open."""
    if not context.answers.persistence.tighten_directories:
        return SectionPlan()
    changes = [*_data(context), *(() if rewrites.wanted(context) else _acl_file(context)), *_log(context)]
    notes: list[Note] = []
    if context.is_replicated:
        text = f"stay writable for the service: a {context.role} rewrites its own configuration"
        notes.append(Note(subject="configuration files", text=text))
    elif rewrites.wanted(context):
        changes += [*_writable_directory(context), *_rewritten_files(context)]
    else:
        changes += [*_config_directory(context), *_config_files(context)]
    return SectionPlan(changes=tuple(changes), notes=tuple(notes))


def _data(context: Context) -> list[SetMode]:
    directory = context.value("dir")
    status = context.status(PurePosixPath(directory)) if directory.startswith("/") else None
    if status is None or status.kind is not FileKind.DIRECTORY or status.path in SYSTEM_DIRECTORIES:
        return []
    mode = status.mode & 0o7750
    if (status.mode, status.owner) == (mode, context.user):
        return []
    if status.owner != context.user and not _is_filed(context, status.path):
        # A client of the server may set any directory; the owner of a foreign directory is not changed for that.
        return []
    why = "Other users of this host could read the data."
    return [_set(status, context.user, context.group, mode, why, items=(21,))]


def _log(context: Context) -> list[SetMode]:
    """Close the service's own log directory, which outlasts a new file in it; elsewhere the file alone.

    A directory that other services share stays as it is.
    """
    named = context.value("logfile")
    files = [each.status for each in context.instance.output_writers if each.status.kind is FileKind.FILE]
    log = next((each for each in files if str(each.path) == named), None)
    directory = context.status(log.path.parent) if log else None
    if log is None or directory is None or not (log.mode & _OTHERS and directory.mode & _OTHERS):
        return []
    taken = {context.main.parent, PurePosixPath(context.value("dir") or "/")}
    if directory.path in taken:
        return []
    own = directory.owner == context.user and directory.path not in SYSTEM_DIRECTORIES
    if not own and directory.owner not in {"root", "0"}:
        return []
    status, why = (directory, "It holds the log") if own else (log, "It is the log")
    change = _set(status, status.owner, status.group, status.mode & 0o7770, f"{why}, which other users could read.")
    evidence = "programs of other users that read this log (log shippers) no longer can; add them to its group"
    return [replace(change, risk=Risk.DENY, evidence=evidence)]


def _is_filed(context: Context, directory: PurePosixPath) -> bool:
    named = context.next_start("dir") or ("",)
    return directory in {PurePosixPath(named[0]), context.instance.next_directory}


def _config_directory(context: Context) -> list[SetMode]:
    status = context.status(context.main.parent)
    if status is None or status.kind is not FileKind.DIRECTORY or status.path in SYSTEM_DIRECTORIES:
        return []
    writes = status.owner != "root" or status.mode & 0o002 or (status.mode & _WRITE_BY_GROUP and status.group != "root")
    if not writes:
        return []
    group = context.group if status.owner != "root" else status.group
    why = "The service could replace the files that root writes there; CONFIG REWRITE then no longer works."
    return [_set(status, "root", group, (status.mode & 0o7750) | 0o050, why)]


def _writable_directory(context: Context) -> list[SetMode]:
    """Let only the server write beside its configuration; a sticky bit would forbid the rename."""
    status = context.status(context.main.parent)
    if status is None or status.kind is not FileKind.DIRECTORY or status.path in SYSTEM_DIRECTORIES:
        return []
    mode = (status.mode & 0o6750) | 0o070
    if (status.owner, status.group, status.mode) == ("root", context.group, mode):
        return []
    why = "CONFIG REWRITE and ACL SAVE write a new file there; other users cannot read it."
    return [_set(status, "root", context.group, mode, why)]


def _rewritten_files(context: Context) -> list[SetMode]:
    """Leave files as the server writes them (its own, 0644): the directory keeps others out."""
    files = [each for each in (context.config.files if context.config else ()) if each.kind is FileKind.FILE]
    acl = context.status(acl_path(context)) if context.answers.acl.manage else None
    files += [acl] if acl is not None and acl.kind is FileKind.FILE else []
    changes = []
    for status in files:
        inside = status.path.parent == context.main.parent and status.path.parent not in SYSTEM_DIRECTORIES
        bad = _OTHERS & ~0o004 if inside else _OTHERS
        if status.owner not in {"root", context.user} or status.mode & (bad | _WRITE_BY_GROUP):
            owner = status.owner if status.owner == context.user else "root"
            why = "It holds passwords or hashes, and only root and the server should change it."
            changes.append(_set(status, owner, context.group, _SECRET_FILE, why, items=(10,)))
    return changes


def _config_files(context: Context) -> list[SetMode]:
    found = []
    for status in context.config.files if context.config else ():
        if status.kind is FileKind.FILE and (status.owner != "root" or status.mode & (_OTHERS | _WRITE_BY_GROUP)):
            why = "It may hold passwords, and only root should change it."
            found.append(_set(status, "root", context.group, _SECRET_FILE, why, items=(10,)))
    return found


def _acl_file(context: Context) -> list[SetMode]:
    """Tighten an ACL file that is there; a new one is made so from its first byte."""
    status = context.status(acl_path(context)) if context.answers.acl.manage else None
    if status is None or status.kind is not FileKind.FILE:
        return []
    if (status.owner, status.group, status.mode) == ("root", context.group, _SECRET_FILE):
        return []
    why = "It holds the hashes of all passwords; the service only reads it."
    return [_set(status, "root", context.group, _SECRET_FILE, why, items=(10,))]


def _set(status: FileStatus, owner: str, group: str, mode: int, why: str, *, items: tuple[int, ...] = ()) -> SetMode:
    before, after = (
        f"{each[0]}:{each[1]} {each[2]:04o}"
        for each in ((status.owner, status.group, status.mode), (owner, group, mode))
    )
    return SetMode(
        id=f"mode:{status.path}",
        title=f"{status.path} {mode:04o}"[:60],
        before=before,
        after=after,
        why=why,
        source=SOURCE,
        items=items,
        effect=Effect.NOW,
        undo=f"{before} again",
        path=status.path,
        owner=owner,
        group=group,
        mode=mode,
    )
