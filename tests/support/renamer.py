"""A service account that plants links and pipes in its own directory, without a pause and without a mercy.

Runs as a program of its own inside a test host, as the account: ``renamer.py STOP DIRECTORY``, until the file STOP
exists. What may not live here: judging what came of it.
"""

import contextlib
import os
import secrets
import sys
from pathlib import Path

TARGETS = ("/etc/shadow", "/srv/treasure", "/srv/treasure/key")


def plant(path: Path) -> None:
    """Put a link or a pipe under a name, whatever was there."""
    with contextlib.suppress(OSError):
        path.rename(path.with_name(f".aside-{path.name}"))
    if secrets.randbelow(4):
        path.symlink_to(secrets.choice(TARGETS))
    else:
        os.mkfifo(path)


def main(stop: Path, own: Path) -> None:
    """Go on until told to stop."""
    names = ("redis.conf", "users.acl", "certs")
    while not stop.exists():
        hunted = [path for path in own.glob(".*.rw-*") if not path.is_symlink()]
        for path in (*hunted, *(own / name for name in names)):
            with contextlib.suppress(OSError):
                plant(path)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
