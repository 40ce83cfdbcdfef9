"""Ports for servers that are stopped and started again."""

import errno
import itertools
import os
import socket

from wizard.errors import UnsupportedError

_PORTS = range(10000, 32768)
_STRIDE = 1009
_turns = itertools.count()


def free_port() -> int:
    """Return a TCP port of the loopback address without a listener at this moment.

    It is below the range from which the kernel takes the ports of outgoing connections: one of those may hold the
    port at the moment in which a server is restarted. Processes that run beside each other look in places far
    apart, and no process gets the same port twice before all have had their turn.

    Raises:
        UnsupportedError: this machine has no address 127.0.0.1, or none of the ports is free.

    Source:
        Linux, ip-sysctl: ``ip_local_port_range`` is 32768 to 60999 by default.
    """
    begin = os.getpid() * _STRIDE
    for turn in itertools.islice(_turns, len(_PORTS)):
        port = _PORTS[(begin + turn) % len(_PORTS)]
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError as error:
                if error.errno == errno.EADDRINUSE:
                    continue
                raise UnsupportedError(f"a sandbox needs the address 127.0.0.1: {error.strerror}") from None
        return port
    raise UnsupportedError("every port from 10000 to 32767 of the address 127.0.0.1 is taken")
