"""Commands as an operator types them, on trees that a test spoils: what was said, what it left behind.

A tree is a directory that stands for a host (``--root``). Secrets are planted in it, so that every
run can be searched for them.
"""

import hashlib
import io
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

from tests.support.host_trees import HOSTS
from wizard.cli.main import main
from wizard.model.text import escape

PASSWORD = "PLANTED-passw0rd-9f31c7"
HASH = hashlib.sha256(b"another PLANTED password").hexdigest()
KEY_BODY = "PLANTEDc3VwZXJzZWNyZXRrZXlib2R5MTIzNDU2Nzg5MA"
SECRETS = (PASSWORD, HASH, HASH.upper(), KEY_BODY)

ANY_USER = 65534
ENVIRONMENT = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "HOME": "/nonexistent"}


@dataclass(frozen=True)
class Ran:
    """How a command ended and what it said."""

    status: int
    out: str
    err: str

    @property
    def sentence(self) -> str:
        """The last line on standard error, without the program's name."""
        return self.err.rstrip("\n").rpartition("\n")[2].removeprefix("redis-wizard: ")


def run(*arguments: str | Path) -> Ran:
    """Run a command in this process, with streams as strict as real ones."""
    out, err = _stream("strict"), _stream("backslashreplace")
    with redirect_stdout(out), redirect_stderr(err):
        status = main([str(argument) for argument in arguments])
    return Ran(status, _text(out), _text(err))


def _stream(errors: str) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors=errors, newline="\n")


def _text(stream: io.TextIOWrapper) -> str:
    stream.flush()
    buffer = stream.buffer
    assert isinstance(buffer, io.BytesIO)
    return buffer.getvalue().decode()


def command(*arguments: str | Path) -> list[str]:
    """The command line of the program as its own process."""
    return [sys.executable, "-I", "-m", "wizard", *map(str, arguments)]


def spawn(*arguments: str | Path, environment: Mapping[str, str] | None = None, given: bytes = b"") -> Ran:
    """Run a command as its own process, with pipes."""
    done = subprocess.run(
        command(*arguments),
        input=given,
        capture_output=True,
        env={**ENVIRONMENT, **(environment or {})},
        cwd="/",
        check=False,
        timeout=60,
    )
    return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())


AS_ANY_USER = f"""
import encodings.ascii, encodings.idna, encodings.latin_1, encodings.utf_16_be, encodings.utf_8_sig
import os, pkgutil, sys, traceback
import wizard
from wizard.cli.main import main
from wizard.model.text import escape
# The interpreter may stand where only root can read: load all of the product before root is given up.
for module in pkgutil.walk_packages(wizard.__path__, "wizard."):
    if not module.name.endswith("__main__"):
        __import__(module.name)
import redis, tomlkit, tomllib, cryptography.x509
os.setgroups([])
os.setresgid({ANY_USER}, {ANY_USER}, {ANY_USER})
os.setresuid({ANY_USER}, {ANY_USER}, {ANY_USER})
sys.exit(main(sys.argv[1:]))
"""


def run_as_any_user(*arguments: str | Path) -> Ran:
    """Run a command without any privilege; needs root, to give it up."""
    done = subprocess.run(
        [sys.executable, "-I", "-c", AS_ANY_USER, *map(str, arguments)],
        capture_output=True,
        stdin=subprocess.DEVNULL,
        env=ENVIRONMENT,
        cwd="/",
        check=False,
        timeout=60,
    )
    return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())


def picture(directory: Path) -> dict[str, tuple[object, ...]]:
    """Everything below a directory: kind, mode, owner, time of change, bytes or target."""
    return {str(path.relative_to(directory)): _seen(path) for path in sorted(directory.rglob("*"))}


def _seen(path: Path) -> tuple[object, ...]:
    status = path.lstat()
    data: object = None
    if stat.S_ISREG(status.st_mode):
        data = path.read_bytes() if os.access(path, os.R_OK) else status.st_size
    elif stat.S_ISLNK(status.st_mode):
        data = str(path.readlink())
    return (status.st_mode, status.st_uid, status.st_gid, status.st_mtime_ns, data)


def debian(place: Path, *, folder: str = "image", flavour: str = "redis") -> Path:
    """Give a tree with a pristine Debian server in it; `folder` is the tree's own name."""
    root = place / folder
    shutil.copytree(HOSTS / f"debian13-{flavour}" / "root", root)
    for kernel in ("proc", "sys"):
        shutil.rmtree(root / kernel)
    (root / "etc/hostname").write_text("db1\n", encoding="ascii")
    return root


def rpm(place: Path) -> Path:
    """Give a tree laid out as packages of the RPM family do."""
    return Path(shutil.copytree(HOSTS.parent / "trees" / "rpm-redis", place / "image"))


def with_accounts(root: Path) -> Path:
    """Give a tree the accounts that changing it needs, with our own numbers."""
    numbers = f"{os.geteuid()}:{os.getegid()}"
    (root / "etc/passwd").write_text(f"root:x:{numbers}::/root:/bin/sh\nredis:x:{numbers}::/:/bin/false\n")
    (root / "etc/group").write_text(f"root:x:{os.getegid()}:\nredis:x:{os.getegid()}:\n")
    return root


def owned(root: Path) -> Path:
    """Give a tree the accounts of `with_accounts`, each file owned as a plan wants it.

    All accounts have our own number, and a number has the name that comes first.
    """
    accounts = (with_accounts(root) / "etc/passwd").read_text(encoding="ascii").splitlines(keepends=True)
    (root / "etc/passwd").write_text("".join(reversed(accounts)), encoding="ascii")
    return root


def assert_silent(*texts: str, secrets: Sequence[str] = SECRETS) -> None:
    """Nothing that was planted is in what was said, and nothing that steers a terminal."""
    for text in texts:
        assert not [secret for secret in secrets if secret in text]
        assert "Traceback" not in text
        assert "defect:" not in text, text
        assert not {sign for sign in text if sign != "\n" and escape(sign) != sign}, ascii(text)


def assert_refused(ran: Ran, *words: str, status: int = 1) -> None:
    """One sentence on standard error with these words in it, no result, the exit status."""
    assert ran.status == status, (ran.status, ran.err, ran.out[:500])
    assert ran.err.startswith("redis-wizard: ")
    assert ran.err.count("\n") == 1, ran.err
    assert ran.out == ""
    assert [word for word in words if word not in ran.err] == [], ran.err
    assert_silent(ran.err)
