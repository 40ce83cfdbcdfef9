"""The bytes of a file after a plan: the one text edit that the diff shows and the apply writes."""

from codecs import BOM_UTF8
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

from wizard.errors import PlanError
from wizard.formats.redisconf.document import Document, Line
from wizard.formats.redisconf.redact import masked
from wizard.formats.redisconf.repair import repaired_arguments
from wizard.model.change import Change, SetDirective, WriteFile
from wizard.model.facts.unreadable import MASK
from wizard.planning.edits.acl_edit import acl_files, edit_users
from wizard.planning.kinds import traits_of


def paths(changes: Sequence[Change], config_files: Sequence[PurePosixPath] = ()) -> tuple[PurePosixPath, ...]:
    """Name the files whose text a plan writes, each once, in the order of the changes.

    Args:
        changes: The plan's.
        config_files: The main configuration and its includes; a change to all files touches each.
    """
    return tuple(dict.fromkeys(path for change in changes for path in traits_of(change).edits(change, config_files)))


def edited_contents(path: PurePosixPath, data: bytes, changes: Sequence[Change], hashes: Mapping[str, str]) -> bytes:
    """Return the bytes of one file after all of the changes that concern it.

    Args:
        path: The file.
        data: Its bytes now; empty for a new one.
        changes: All changes of a plan; those for other files are passed over.
        hashes: By user, the SHA-256 in hex of each password (several parted by a blank) for users
            whose password is generated, or kept from outside the ACL file (:func:`existing_password_hashes` of
            `wizard.planning.edits.acl_edit`). The diff gives fingerprints instead.

    Raises:
        PlanError: a hash is missing.
        InvalidValueError: an argument cannot stand in a file.
    """
    written = [change for change in changes if isinstance(change, WriteFile) and change.path == path]
    if written:
        return written[-1].content.encode()
    if path in acl_files(changes):
        return edit_users(path, data, changes, hashes)
    return _with_directives(path, data, [change for change in changes if isinstance(change, SetDirective)])


def _with_directives(path: PurePosixPath, data: bytes, changes: Sequence[SetDirective]) -> bytes:
    # A byte order mark hides the name of the first directive; with any edit it goes.
    document = Document.parse(data.removeprefix(BOM_UTF8) if changes else data)
    for change in changes:
        if change.path == path:
            document = document.set(change.name, _unmasked(path, document, change))
        elif change.all_files:
            document = document.set(change.name, ())
    return document.data()


def _unmasked(path: PurePosixPath, document: Document, change: SetDirective) -> list[tuple[str, ...]]:
    """Put the secrets that the file holds where the plan has its mask."""
    left = list(document.lines_of(change.name))
    return [values if MASK not in values else _secret_line(path, left, change, values) for values in change.values]


def _secret_line(
    path: PurePosixPath, left: list[Line], change: SetDirective, values: tuple[str, ...]
) -> tuple[str, ...]:
    """Take the first line that reads as `values` once its secrets are masked, each line once."""
    for line in left:
        arguments = repaired_arguments(line) or line.arguments
        if masked(change.name, arguments) == values:
            left.remove(line)
            return arguments
    raise PlanError(f"{path} no longer has the line of {change.name} that the plan keeps; plan again")
