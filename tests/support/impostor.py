"""A program of an ordinary user that takes a server's port whenever it is free, and answers as a server would.

Runs as a program of its own inside a test host: ``impostor.py STOP ADDRESS PORT``, until the file STOP exists. What
may not live here: judging what came of it.
"""

import socket
import sys
import time
from pathlib import Path


def main(stop: Path, address: str, port: int) -> None:
    """Hold the port, and say PONG and OK to whoever asks."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    while not stop.exists():
        with socket.socket(family, socket.SOCK_STREAM) as taken:
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                taken.bind((address, port))
                taken.listen(64)
            except OSError:
                time.sleep(0.0005)
                continue
            taken.settimeout(0.05)
            serve(taken, stop)


def serve(taken: socket.socket, stop: Path) -> None:
    """Answer until told to stop."""
    while not stop.exists():
        try:
            link, _ = taken.accept()
        except TimeoutError:
            continue
        with link:
            link.settimeout(0.5)
            try:
                while data := link.recv(4096):
                    link.sendall(b"+PONG\r\n" if b"PING" in data.upper() else b"+OK\r\n")
            except OSError:
                continue


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
