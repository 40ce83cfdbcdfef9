"""A local user who wants a password: binds what the server leaves, answers like a server, and writes down every byte.

Runs as a program of its own inside a test host, with nothing but the standard library:
``hostile.py LOG HOW PLACE…``. HOW is ``hold`` (keep what was got), ``hit`` (take one connection, let go after 4 to
8 ms), ``silent`` (accept nothing), or ``tls1.2=FILE`` and ``tls1.3=FILE``: hold, and speak TLS of that version with
the certificate and key in FILE. A PLACE is ``ADDRESS,PORT``, the path of a unix socket, or ``LINK->SOCKET``. A path is
taken from the server again and again, as far as its directory lets this user. ``LOG.pid`` says who it is.
What may not live here: judging what was heard.
"""

import contextlib
import os
import secrets
import socket
import ssl
import sys
import threading
import time
from pathlib import Path

PONG = b"+PONG\r\n"
LISTEN_SECONDS = 0.3
"""So long one connection is listened to by ``hit``."""
SHOWN = "A CLIENT CERTIFICATE"
"""In the log: a client has shown one."""
_VERSIONS = {"tls1.2": ssl.TLSVersion.TLSv1_2, "tls1.3": ssl.TLSVersion.TLSv1_3}


def listener(place: str) -> socket.socket | None:
    """Bind a place, if it is free at this moment."""
    address, comma, port = place.rpartition(",")
    family = socket.AF_UNIX if not comma else socket.AF_INET6 if ":" in address else socket.AF_INET
    made = socket.socket(family)
    try:
        if comma:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):
                made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            made.bind((address, int(port)))
        else:
            plant(made, place)
        made.listen(64)
    except OSError:
        made.close()
        return None
    return made


def plant(made: socket.socket, place: str) -> None:
    """Bind a path, or a path that a link leads to, in place of what is there."""
    link, _, target = place.rpartition("->")
    for path in filter(None, (link, target)):
        Path(path).unlink(missing_ok=True)
    made.bind(target)
    Path(target).chmod(0o777)
    if link:
        Path(link).symlink_to(target)


class Ear:
    """Writes down what comes in."""

    def __init__(self, log: Path, how: str = "") -> None:
        self._file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        version, _, certificate = how.partition("=")
        self._tls = foreign(version, certificate) if certificate else None

    def note(self, text: str) -> None:
        """Add a line about ourselves."""
        os.write(self._file, f"# {time.time():.3f} {text}\n".encode())

    def hear(self, link: socket.socket, *, seconds: float | None) -> None:
        """Answer a client as an open server would, for so long."""
        link.settimeout(seconds)
        with contextlib.suppress(OSError), link, self._spoken(link) as talk:
            while data := talk.recv(65536):
                os.write(self._file, data + b"\n")
                talk.sendall(b"+OK\r\n" if b"AUTH" in data else PONG)

    def _spoken(self, link: socket.socket) -> socket.socket:
        if self._tls is None:
            return link
        try:
            return self._tls.wrap_socket(link, server_side=True)
        except ssl.SSLError as error:
            # No authority is trusted here, so any certificate that comes in fails, and only then.
            self.note(SHOWN if error.reason == "CERTIFICATE_VERIFY_FAILED" else f"no handshake: {error.reason}")
            raise


def foreign(version: str, certificate: str) -> ssl.SSLContext:
    """Make a context that asks for a client's certificate, and hears a client without one too."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = context.maximum_version = _VERSIONS[version]
    context.load_cert_chain(certificate)
    context.verify_mode = ssl.CERT_OPTIONAL
    return context


def attack(ear: Ear, how: str, place: str) -> None:
    """Try for ever."""
    while True:
        made = listener(place)
        if made is None:
            time.sleep(0.0002)
            continue
        ear.note(f"got {place}")
        with made:
            if how == "silent":
                time.sleep(3600)
            elif how == "hit":
                hit(ear, made)
            else:
                hold(ear, made, place)


def hold(ear: Ear, made: socket.socket, place: str) -> None:
    """Serve everybody, for as long as the place is ours."""
    mine = inode(place)
    made.settimeout(0.02 if mine else None)
    while inode(place) == mine:
        with contextlib.suppress(TimeoutError):
            link, _ = made.accept()
            threading.Thread(target=ear.hear, args=(link,), kwargs={"seconds": None}, daemon=True).start()


def inode(place: str) -> int:
    """Tell what a path leads to; 0 where it leads nowhere, or the place is a port."""
    link, _, target = place.rpartition("->")
    with contextlib.suppress(OSError):
        return 0 if "," in place else Path(link or target).stat().st_ino
    return 0


def hit(ear: Ear, made: socket.socket) -> None:
    """Take one connection and give the place back at once."""
    made.settimeout(0.004 + secrets.randbelow(5) / 1000)
    with contextlib.suppress(OSError):
        link, _ = made.accept()
        made.close()
        ear.hear(link, seconds=LISTEN_SECONDS)


def main(log: str, how: str, *places: str) -> None:
    """Attack all places at once."""
    ear = Ear(Path(log), how)
    Path(f"{log}.pid").write_text(f"{os.getpid()}\n")
    for place in places:
        threading.Thread(target=attack, args=(ear, how, place), daemon=True).start()
    threading.Event().wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
