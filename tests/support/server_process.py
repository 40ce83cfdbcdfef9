"""A real server whose configuration file is the whole truth: nothing is added on its command line.

What may not live here: servers that listen on a socket of the test's own (`servers`).
"""

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.servers import STARTED_WITHIN, Server, ServerDidNotStartError
from wizard.model.login import Endpoint


@contextmanager
def as_written(
    server: Server, config: Path, endpoint: Endpoint, *arguments: str
) -> Iterator["subprocess.Popen[bytes]"]:
    """Start it, wait until it answers there, and end it with the block."""
    output = config.with_suffix(".output")
    with output.open("wb") as sink:
        process = subprocess.Popen(
            [server.binary, str(config), *arguments],
            cwd=config.parent,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            umask=0o027,
            env={"PATH": os.environ["PATH"]},
        )
    try:
        _wait(process, endpoint, output)
        yield process
    finally:
        process.kill()
        process.wait(timeout=STARTED_WITHIN)


def _wait(process: "subprocess.Popen[bytes]", endpoint: Endpoint, output: Path) -> None:
    deadline = time.monotonic() + STARTED_WITHIN
    while not accepts(endpoint):
        if process.poll() is not None or time.monotonic() > deadline:
            raise ServerDidNotStartError(output.read_text(errors="replace")[-3000:])
        time.sleep(0.003)


def accepts(endpoint: Endpoint) -> bool:
    """Return whether a server accepts connections there."""
    try:
        if endpoint.socket is not None:
            with socket.socket(socket.AF_UNIX) as link:
                link.connect(str(endpoint.socket))
        else:
            socket.create_connection((endpoint.address, endpoint.port), timeout=5).close()
    except OSError:
        return False
    return True
