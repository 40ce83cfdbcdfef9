"""The ACL file after a plan, and the hashes that users bring along from elsewhere.

What may not live here: which users there should be (`wizard.planning.users`).
"""

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

from wizard.model.change import Change


def with_users(path: PurePosixPath, data: bytes, changes: Sequence[Change], hashes: Mapping[str, str]) -> bytes:
    raise AssertionError


def masked_text(data: bytes) -> str:
    raise AssertionError
