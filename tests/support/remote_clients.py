"""Clients elsewhere on a host's network, with the programs of this machine."""

import select
import subprocess
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.debian import TESTHOST, DebianHost

PATIENCE = 10
"""Seconds that an answer may take."""


@dataclass(frozen=True)
class Remote:
    """A connected client that is kept open."""

    process: subprocess.Popen[str]

    def ask(self, command: str) -> str:
        """Send one command and give the line that answers it; empty when none comes in time."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{command}\n")
        self.process.stdin.flush()
        while select.select([self.process.stdout], [], [], PATIENCE)[0]:
            if line := self.process.stdout.readline().strip():
                return line
        return ""


@contextmanager
def held(host: DebianHost, *, name: str) -> Iterator[Remote]:
    """Keep a client connected from elsewhere by the host's private address, without login or TLS."""
    command: list[str | Path] = [TESTHOST, "lab", "redis-cli", "--no-raw", "-h", host.address()]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.STDOUT, text=True, bufsize=0) as process:
        remote = Remote(process)
        try:
            assert remote.ask(f"client setname {name}") == "OK"
            yield remote
        finally:
            process.terminate()


def ping(
    host: DebianHost, user: str, kit: Path, *, certificate: bool = True, address: str = "", port: int = 6380
) -> str:
    """Ping as a user from elsewhere by mutual TLS, with the certificates and passwords that were copied out.

    Args:
        host: The host.
        user: Who.
        kit: A directory that holds the user's directory of certificates, and ``secrets.toml``.
        certificate: Whether to show the user's own one.
        address: Which address of the host; empty for its private one.
        port: Its TLS port.
    """
    own = kit / user
    shown = ["--cert", f"{own}/client.crt", "--key", f"{own}/client.key"] if certificate else []
    place = ["-h", address or host.address(), "-p", str(port)]
    command: list[str | Path] = [
        TESTHOST,
        "lab",
        "timeout",
        "10",
        "redis-cli",
        *place,
        "--tls",
        "--cacert",
        f"{own}/ca.crt",
        *shown,
    ]
    password = tomllib.loads((kit / "secrets.toml").read_text())["passwords"][user]
    said = subprocess.run(
        command, input=f"auth {user} {password}\nping\n", capture_output=True, text=True, timeout=30, check=False
    )
    return str(said.stdout + said.stderr).strip().rpartition("\n")[2]
