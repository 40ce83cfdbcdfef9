"""A client that pings a server all the time, as an application on its host would, and tells what it met.

It is a program of its own, so that it runs inside a test host too and nothing here slows it down.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PROGRAM = r"""
import json, os, select, socket, sys, time, tomllib

place, user, secrets, command = (sys.argv[1:] + ["", "", "", ""])[:4]
words = (command or "PING").split()
password = ""
if secrets:
    with open(secrets, "rb") as file:
        password = tomllib.load(file)["passwords"][user]


def encoded(*words):
    return b"".join([b"*%d\r\n" % len(words), *(b"$%d\r\n%s\r\n" % (len(w), w) for w in map(str.encode, words))])


def connect():
    if place.startswith("/"):
        link = socket.socket(socket.AF_UNIX)
        link.settimeout(30)
        link.connect(place)
    else:
        host, _, port = place.rpartition(":")
        link = socket.create_connection((host, int(port)), timeout=30)
    if password:
        ask(link, encoded("AUTH", user, password))
    return link


def ask(link, data):
    link.sendall(data)
    answer = link.recv(4096)
    if not answer or answer.startswith(b"-"):
        raise OSError(answer.decode(errors="replace").strip() or "hung up")


answers = connections = failures = 0
longest, last, link, said = 0.0, None, None, []
while not select.select([sys.stdin], [], [], 0.005)[0]:
    try:
        if link is None:
            link = connect()
            connections += 1
        ask(link, encoded(*words))
    except OSError as error:
        failures += 1
        said = [*said, f"{time.monotonic():.3f} {error}"][-20:]
        if link is not None:
            link.close()
        link = None
        continue
    now = time.monotonic()
    answers += 1
    if answers == 1:
        print("ready", flush=True)
    longest = max(longest, now - last) if last is not None else 0.0
    last = now
report = {"answers": answers, "connections": connections, "failures": failures, "longest": longest, "said": said}
print(json.dumps(report), flush=True)
"""


@dataclass
class Seen:
    """What the client met, once its context has ended."""

    answers: int = 0
    connections: int = 0
    """How often it connected."""
    failures: int = 0
    longest: float = 0.0
    """Seconds between two good answers, at most."""
    said: list[str] = field(default_factory=list)
    """The last errors."""

    def take(self, report: dict[str, Any]) -> None:
        """Fill it with what the program printed."""
        for name, value in report.items():
            setattr(self, name, value)


@contextmanager
def pinging(
    place: str, *, user: str = "", secrets: Path | str = "", command: str = "PING", within: tuple[str, ...] = ()
) -> Iterator[Seen]:
    """Ping while the context lasts.

    Args:
        place: A unix socket, or ``address:port``.
        user: Whom to log in as.
        secrets: TOML file with the passwords of users.
        command: What to ask instead.
        within: Command that runs another one somewhere else, such as in a test host.
    """
    python = "python3" if within else sys.executable
    program = [*within, python, "-I", "-c", PROGRAM, place, user, str(secrets), command]
    seen = Seen()
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == "ready\n"
            yield seen
        except BaseException:
            process.kill()
            raise
        report, _ = process.communicate(timeout=60)
        seen.take(json.loads(report))
