"""The standard streams: closed ones are replaced, a full or broken one is not reported as a defect."""

import codecs
import os
import sys
from contextlib import suppress
from typing import TextIO

from wizard.errors import HostError, UsageError

VISIBLE = "redis-wizard-visible"
"""Error handler for characters that standard output cannot encode; what it writes is valid in JSON too."""


def normalize() -> None:
    """Make the streams usable, whatever the program was started with.

    A closed descriptor would be taken by the next file that is opened, and what is written to the
    stream would go into that file; so it is filled.

    Raises:
        UsageError: standard output is closed.
    """
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    sys.stdin = sys.stdin or os.fdopen(0, encoding="utf-8")
    sys.stderr = sys.stderr or os.fdopen(2, "w", encoding="utf-8")
    if sys.stdout is None:
        sys.stdout = os.fdopen(1, "w", encoding="utf-8")
        raise UsageError("standard output is closed; redirect it to a file, or to /dev/null")
    codecs.register_error(VISIBLE, _visible)
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors=VISIBLE)


def _visible(error: UnicodeError) -> tuple[str, int]:
    r"""Write each character as ``\uXXXX``, beyond the basic plane as the pair that JSON wants."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    codes = error.object[error.start : error.end].encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{codes[at : at + 4]}" for at in range(0, len(codes), 4)), error.end


def flush() -> None:
    """Write out what is left of the result.

    Raises:
        BrokenPipeError: no process reads it.
        HostError: it cannot be written.
    """
    try:
        sys.stdout.flush()
    except OSError as error:
        raise translate_error(error) from None


def translate_error(error: OSError) -> OSError | HostError:
    """Return what to raise when standard output refuses: a broken pipe as it is, else one sentence."""
    discard(sys.stdout)
    if isinstance(error, BrokenPipeError):
        return error
    return HostError(f"standard output cannot be written: {os.strerror(error.errno or 0)}; the result is incomplete")


def discard(stream: TextIO) -> None:
    """Let what is still buffered for a stream vanish, so that the interpreter does not stumble over it at its end."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
