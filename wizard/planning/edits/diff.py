"""What a plan writes, as unified diffs with every secret masked."""

import difflib
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

from wizard.formats.redisconf.redact import redact_text
from wizard.model.change import Change
from wizard.model.plan import FileDiff
from wizard.model.sources import FileContents
from wizard.model.text import escape
from wizard.planning.edits.acl_edit import acl_files, masked_texts
from wizard.planning.edits.edit import edited_contents, paths

CONTEXT_LINES = 3


def diffs(
    sources: FileContents, changes: Sequence[Change], config_files: Sequence[PurePosixPath], hashes: Mapping[str, str]
) -> tuple[FileDiff, ...]:
    """Return one diff for each file whose text changes, in the order of the changes."""
    found = (diff(path, sources.get(path), changes, hashes) for path in paths(changes, config_files))
    return tuple(each for each in found if each is not None)


def diff(
    path: PurePosixPath, data: bytes | None, changes: Sequence[Change], hashes: Mapping[str, str]
) -> FileDiff | None:
    """Return the diff of one file, ``None`` when its text stays as it is."""
    after = edited_contents(path, data or b"", changes, hashes)
    if data is not None and after == data:
        return None
    contents = (data or b"", after)
    old, new = masked_texts(*contents) if path in acl_files(changes) else map(redact_text, contents)
    return unified(path, old, new, new=data is None)


def unified(path: PurePosixPath, before: str, after: str, *, new: bool) -> FileDiff:
    """Compare two masked texts line by line."""
    name = escape(str(path))
    lines = list(
        difflib.unified_diff(
            _lines(before), _lines(after), "/dev/null" if new else name, name, n=CONTEXT_LINES, lineterm=""
        )
    )
    body = lines[2:]
    return FileDiff(
        path=path,
        text="\n".join(lines) + "\n" if lines else "",
        added=sum(line.startswith("+") for line in body),
        removed=sum(line.startswith("-") for line in body),
    )


def _lines(text: str) -> list[str]:
    return [line.removesuffix("\r") for line in text.split("\n")[: -1 if text.endswith("\n") else None]] if text else []
