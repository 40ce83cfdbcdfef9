"""A local user who wants a password: binds what the server leaves, answers like a server, and writes down every byte.

Runs as a program of its own inside a test host, with nothing but the standard library:
``hostile.py LOG HOW PLACE…``. HOW is ``hold`` (keep what was got), ``hit`` (take one connection, let go after 4 to
8 ms) or ``silent`` (accept nothing). A PLACE is ``ADDRESS,PORT``, or the path of a unix socket. ``LOG.pid`` says who it
is. What may not live here: judging what was heard.
"""

import contextlib
import os
import secrets
import socket
import sys
import threading
import time
from pathlib import Path

PONG = b"+PONG\r\n"
LISTEN_SECONDS = 0.3
"""So long one connection is listened to by ``hit``."""


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
        made.bind((address, int(port)) if comma else place)
        made.listen(64)
    except OSError:
        made.close()
        return None
    return made


class Ear:
    """Writes down what comes in."""

    def __init__(self, log: Path) -> None:
        self._file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def note(self, text: str) -> None:
        """Add a line about ourselves."""
        os.write(self._file, f"# {time.time():.3f} {text}\n".encode())

    def hear(self, link: socket.socket, *, seconds: float | None) -> None:
        """Answer a client as an open server would, for so long."""
        link.settimeout(seconds)
        with contextlib.suppress(OSError), link:
            while data := link.recv(65536):
                os.write(self._file, data + b"\n")
                link.sendall(b"+OK\r\n" if b"AUTH" in data else PONG)


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
                hold(ear, made)


def hold(ear: Ear, made: socket.socket) -> None:
    """Serve everybody."""
    while True:
        link, _ = made.accept()
        threading.Thread(target=ear.hear, args=(link,), kwargs={"seconds": None}, daemon=True).start()


def hit(ear: Ear, made: socket.socket) -> None:
    """Take one connection and give the place back at once."""
    made.settimeout(0.004 + secrets.randbelow(5) / 1000)
    with contextlib.suppress(OSError):
        link, _ = made.accept()
        made.close()
        ear.hear(link, seconds=LISTEN_SECONDS)


def main(log: str, how: str, *places: str) -> None:
    """Attack all places at once."""
    ear = Ear(Path(log))
    Path(f"{log}.pid").write_text(f"{os.getpid()}\n")
    for place in places:
        threading.Thread(target=attack, args=(ear, how, place), daemon=True).start()
    threading.Event().wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
