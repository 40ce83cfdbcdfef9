"""A local user's program between a client and the server: passes bytes on, and writes down what comes from the client.

Runs as a program of its own inside a test host, with nothing but the standard library: ``relay.py LOG PORT TARGET
[CERTIFICATE]``. With a file of certificate and key it ends the TLS itself and opens its own to the server. What may
not live here: judging what was heard.
"""

import contextlib
import os
import socket
import ssl
import sys
import threading
from pathlib import Path


def main(log: str, port: str, target: str, certificate: str = "") -> None:
    """Serve for ever."""
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with socket.create_server(("127.0.0.1", int(port))) as listener:
        Path(f"{log}.pid").write_text(f"{os.getpid()}\n")
        while True:
            link, _ = listener.accept()
            threading.Thread(target=serve, args=(link, int(target), file, certificate), daemon=True).start()


def serve(link: socket.socket, target: int, file: int, certificate: str) -> None:
    """Connect one client with the server."""
    with contextlib.suppress(OSError), link:
        server = socket.create_connection(("127.0.0.1", target))
        if certificate:
            own = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            own.load_cert_chain(certificate)
            link = own.wrap_socket(link, server_side=True)
            server = careless().wrap_socket(server)
        threading.Thread(target=pump, args=(server, link, -1), daemon=True).start()
        pump(link, server, file)


def careless() -> ssl.SSLContext:
    """Make a context that trusts everybody."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname, made.verify_mode = False, ssl.CERT_NONE
    return made


def pump(source: socket.socket, sink: socket.socket, file: int) -> None:
    """Pass on what comes, and write it down where a file is given."""
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            if file >= 0:
                os.write(file, data)
            sink.sendall(data)


if __name__ == "__main__":
    main(*sys.argv[1:])
