"""How the contents of a file differ, shown without a secret.

Pure.
"""

import re
from pathlib import PurePosixPath

from wizard.formats.redisconf.redact import redact_text
from wizard.model.facts.unreadable import MASK
from wizard.planning.edits.acl_edit import masked_texts
from wizard.planning.edits.diff import unified

LONGEST = 4 << 20
"""A longer file is no configuration, and comparing it line by line takes long."""
_ASSIGNED = re.compile(r"((?:pas|pwd|auth|secret|token)[^=:\s\"']*[=:])[^\s\"']+", re.IGNORECASE)
"""Such as a unit file's ``Environment=REDISCLI_AUTH=…``, which is no directive of the server."""
_TEXT = frozenset({*range(0x20, 0x7F), *range(0x80, 0x100), *b"\t\r\n\f\v"})


class Shown:
    """What may be shown of two contents."""

    __slots__ = ("diff", "what")

    def __init__(self, what: str, diff: str = "") -> None:
        self.what = what
        """In a few words."""
        self.diff = diff
        """Unified, secrets masked; empty when it may not be shown or shows nothing."""


def compare_contents(path: PurePosixPath, before: bytes | None, after: bytes | None) -> Shown:
    """Compare two contents of one file, ``None`` where there is none."""
    both = (before or b"", after or b"")
    if any(b"-----BEGIN " in data for data in both):
        return Shown("contents (certificate or key, not shown)")
    if any(len(data) > LONGEST or not _is_text(data) for data in both):
        return Shown(f"contents (no text, {len(both[1])} bytes, was {len(both[0])})")
    shown = masked_texts(*both) if any(map(_is_acl_file, both)) else map(_masked, both)
    diff = unified(path, *shown, new=before is None).text
    return Shown("contents" if diff else "contents (the difference is masked)", diff)


def _masked(data: bytes) -> str:
    return _ASSIGNED.sub(rf"\g<1>{MASK}", redact_text(data))


def _is_text(data: bytes) -> bool:
    return not frozenset(data) - _TEXT


def _is_acl_file(data: bytes) -> bool:
    """Return an ACL file by its lines: each defines a user."""
    lines = [line.strip().lower() for line in data.splitlines() if line.strip() and not line.lstrip().startswith(b"#")]
    return bool(lines) and all(line.startswith((b"user ", b"user\t")) for line in lines)
