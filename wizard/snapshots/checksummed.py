"""A JSON document with its own checksum: its first field is the digest of the rest.

It is one file, so that no power cut can separate the digest from the document, and plain JSON for other
programs.
"""

import hashlib
import re
from typing import TypeVar

from wizard.errors import InputError, InvalidValueError
from wizard.model.value import Value, from_json, to_json

_V = TypeVar("_V", bound=Value)
_SEAL = re.compile(rb'\{\n  "checksum": "([0-9a-f]{64})",')


def dump(value: Value) -> bytes:
    """Write a value as JSON with its checksum."""
    body = to_json(value).encode().removeprefix(b"{")
    return b'{\n  "checksum": "' + _digest(body) + b'",' + body


def load(kind: type[_V], data: bytes) -> _V:
    """Read a value back.

    Raises:
        InvalidValueError: it is damaged; the text goes on a sentence that names the document.
    """
    if not data.strip(b"\0"):
        raise InvalidValueError("is empty, for example after a power cut")
    found = _SEAL.match(data)
    if found is None:
        raise InvalidValueError("is damaged: it has no checksum")
    body = data[found.end() :]
    if _digest(body) != found[1]:
        raise InvalidValueError("is damaged: its checksum does not match")
    try:
        return from_json(kind, b"{" + body)
    except InputError as error:
        raise InvalidValueError(f"is not one that this version can read ({error})") from None


def _digest(body: bytes) -> bytes:
    return hashlib.sha256(body).hexdigest().encode()
