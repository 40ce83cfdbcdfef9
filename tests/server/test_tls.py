"""A connection by TLS that fails is closed, at whatever moment the server hangs up."""

import contextlib
import gc
import socket
import struct
import threading
import warnings
from collections.abc import Iterator

import pytest

from wizard.errors import ServerError
from wizard.model.login import Endpoint
from wizard.model.network import Listener, ProbeAnswer
from wizard.server.connection import ServerConnection
from wizard.server.probe import probe
from wizard.server.tls_handshake import tls_handshake

pytestmark = pytest.mark.server

_RESET = struct.pack("ii", 1, 0)
"""SO_LINGER without patience: close() sends a reset."""
_TRIES = 60
"""So many that some resets arrive between the connection and the first byte of the handshake."""


@pytest.fixture
def resetting() -> Iterator[int]:
    """A listener that takes each connection and resets it at once; gives its port."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listening:

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    link, _ = listening.accept()
                    link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                    link.close()

        thread = threading.Thread(target=serve)
        thread.start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)
        thread.join()


def test_a_server_that_resets_leaves_no_socket_open(resetting: int) -> None:
    asked = Listener(address="127.0.0.1", port=resetting, pid=0, process="")
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always", ResourceWarning)
        for _ in range(_TRIES):
            assert probe(asked, tls=True).answer in {ProbeAnswer.SILENT, ProbeAnswer.NEEDS_CERTIFICATE}
            with pytest.raises(ServerError):
                tls_handshake("127.0.0.1", resetting, None, name="localhost")
            with pytest.raises(ServerError):
                ServerConnection(Endpoint(port=resetting, tls=True), None, seconds=1)
        gc.collect()
    assert [str(each.message) for each in seen] == []
