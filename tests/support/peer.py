"""Access to a server that a test has started itself, identified by its unix socket."""

import socket
import struct
from pathlib import PurePosixPath

from wizard.host.local import LocalHost
from wizard.model.login import Endpoint
from wizard.server.access import ServerAccess, of_own


def access_of(endpoint: Endpoint) -> ServerAccess:
    """Return the access to whatever process listens on a unix socket of ours."""
    assert endpoint.socket is not None
    pid = pid_behind(endpoint.socket)
    return ServerAccess(LocalHost(), of_own("the test's server", lambda: pid))


def pid_behind(path: PurePosixPath) -> int:
    """Return the process that listens on a unix socket."""
    with socket.socket(socket.AF_UNIX) as link:
        link.connect(str(path))
        found: int = struct.unpack("3i", link.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[0]
        return found
