"""Entries with fields of their own in systemd's journal.

By its socket, in the form for values without a line end: the library for it (systemd-python) is in C and needs a
compiler and systemd's headers on each host, for one datagram.

Source:
    systemd, "Native Journal Protocol"; systemd.journal-fields(7); syslog(3) for priorities.
"""

import socket
from collections.abc import Mapping

from wizard.errors import UnsupportedError
from wizard.model.text import escape

_SOCKET = "/run/systemd/journal/socket"
_LONGEST = 40_000
"""Characters of a value: a datagram holds some 200 kB, and several values."""


def write(fields: Mapping[str, str]) -> None:
    """Write one entry.

    Args:
        fields: By their names in the journal, such as ``MESSAGE``; host text in them is made safe.

    Raises:
        UnsupportedError: there is no journal, or it takes no entry.
    """
    data = "".join(f"{name}={escape(value, limit=_LONGEST)}\n" for name, value in fields.items()).encode()
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.sendto(data, _SOCKET)
    except OSError as error:
        raise UnsupportedError(f"the journal of systemd takes no entry: {error.strerror}") from None
