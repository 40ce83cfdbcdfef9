"""A service account that owns a directory and tries, without a pause, to redirect what root writes there.

Runs as a program of its own inside a test host, as the account: ``attacker.py GO STOP``, until the file STOP
exists, and hardest while GO does. Prints how often each trick was played. What may not live here: judging
what came of it.
"""

import contextlib
import json
import os
import secrets
import sys
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

OWN = Path("/etc/redis")
TREASURE = Path("/srv/treasure")
"""Only root may look into it."""
PUBLIC = Path("/srv/public")
"""Everybody may look into it, only root may write."""

DIRECTORIES = (TREASURE, PUBLIC, Path("/etc"), Path("/srv"))
FILES = (TREASURE / "key", TREASURE / "new", PUBLIC / "readme", PUBLIC / "new", Path("/etc/shadow"))
NAMES = ("redis.conf", "users.acl")
ASIDE = ".aside"


def pause() -> None:
    """Leave things as they are for a moment: both ways must be met now and then."""
    time.sleep(secrets.choice((0, 0.0001, 0.0005, 0.002, 0.01)))


def read(path: Path) -> bytes:
    """Read a file; never wait for a pipe of our own."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
    try:
        return os.read(descriptor, 1 << 20)
    finally:
        os.close(descriptor)


def write(path: Path, data: bytes) -> None:
    """Write a file; never wait for a reader of a pipe of our own that we could not clear away."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NONBLOCK, 0o644)
    try:
        os.write(descriptor, data)
    finally:
        os.close(descriptor)


def plant(path: Path, data: bytes) -> None:
    """Put something under a name: a link, a copy that stays open for writing, a directory, a pipe."""
    match secrets.choice(("link", "link", "copy", "directory", "pipe")):
        case "link":
            path.symlink_to(secrets.choice(FILES if path.suffix else DIRECTORIES))
        case "copy":
            write(path, data)
            path.chmod(0o666)
        case "directory":
            path.mkdir()
        case _:
            os.mkfifo(path)


def clear(path: Path) -> None:
    """Remove whatever is there of ours."""
    with contextlib.suppress(OSError):
        path.unlink()
    with contextlib.suppress(OSError):
        path.rmdir()


def swap_directory() -> None:
    """Put a link in the place of a directory, and back."""
    certs, aside = OWN / "certs", OWN / f"{ASIDE}-certs"
    with contextlib.suppress(OSError):
        certs.rename(aside)
    certs.symlink_to(secrets.choice(DIRECTORIES))
    pause()
    certs.unlink()
    aside.rename(certs)


def own_directory() -> None:
    """Be first with the directory of certificates, and fill it."""
    certs = OWN / "certs"
    certs.mkdir()
    for name in ("server.key", "server.crt", "ca.crt"):
        plant(certs / name, b"mine")
    pause()
    for name in ("server.key", "server.crt", "ca.crt"):
        clear(certs / name)
    pause()
    certs.rmdir()


def swap_file() -> None:
    """Put a link, or something else, in the place of a file, and back."""
    path = OWN / secrets.choice(NAMES)
    aside, data = OWN / f"{ASIDE}-{path.name}", b""
    with contextlib.suppress(OSError):
        path.rename(aside)
        data = read(aside)
    plant(path, data)
    pause()
    clear(path)
    pause()
    aside.rename(path)


def take_kept_name() -> None:
    """Be first with the name under which an old file is kept: it follows from the time."""
    name = secrets.choice(NAMES)
    at = datetime.now(UTC) + timedelta(seconds=secrets.randbelow(2))
    path = OWN / f".{name}.rw-{at:%Y%m%d-%H%M%S}"
    plant(path, read(OWN / name))
    pause()
    clear(path)


def hunt() -> None:
    """Take a file of ours away while it has no final name, or before it comes back."""
    for path in sorted(OWN.glob(".*.rw-*")) + sorted(OWN.glob("certs/.*.rw-*")):
        aside, data = OWN / f"{ASIDE}-hunted", b""
        with contextlib.suppress(OSError):
            (OWN / f"{ASIDE}-stolen").hardlink_to(path)
        with contextlib.suppress(OSError):
            data = read(path)
        path.rename(aside)
        plant(path, data)
        pause()
        clear(path)
        if secrets.randbelow(2):
            aside.rename(path)


def borrow_hands() -> None:
    """Name files of others in a configuration of our own, so that root reads and edits them for us."""
    path = OWN / "redis.conf"
    aside, data = OWN / f"{ASIDE}-{path.name}", read(path)
    line = f"{secrets.choice(('include', 'include', 'aclfile'))} {secrets.choice(FILES)}\n"
    path.rename(aside)
    write(path, data + line.encode())
    # It must stay from the look at the host to the last write, or nothing comes of it.
    if secrets.randbelow(2):
        pause()
        clear(path)
        aside.rename(path)


def hard_links() -> None:
    """Give another's file a name here; most kernels refuse."""
    path = OWN / "users.acl"
    path.hardlink_to(secrets.choice(FILES))
    pause()
    clear(path)


TRICKS: tuple[Callable[[], None], ...] = (
    swap_directory,
    own_directory,
    swap_file,
    take_kept_name,
    borrow_hands,
    hunt,
    hunt,
    hunt,
    hard_links,
)


def tidy() -> None:
    """Leave nothing lying about that the next trick trips over."""
    for path in OWN.glob(f"{ASIDE}*"):
        clear(path)


def main(go: Path, stop: Path) -> None:
    """Play tricks until told to stop."""
    played: Counter[str] = Counter()
    while not stop.exists():
        # Now and then it lies in wait: root must come as far as writing, or there is nothing to redirect.
        restless = int(time.monotonic()) % 3 == 0
        if not go.exists() and secrets.randbelow(20 if restless else 2000):
            time.sleep(0.001)
            continue
        trick = secrets.choice(TRICKS)
        try:
            trick()
        except OSError:
            continue
        finally:
            tidy()
        played[trick.__name__] += 1
    sys.stdout.write(f"{json.dumps(played)}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
