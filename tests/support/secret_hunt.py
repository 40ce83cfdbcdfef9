"""Look for secrets in whatever a host shows or keeps, in every form in which they could slip out.

What runs on the host is one script: while something happens it looks at processes and files as fast as it can, and
it tells all it saw at the end. It writes nothing there, so it finds nothing of its own.
"""

import base64
import json
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import quote, quote_from_bytes

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from tests.support.debian import TESTHOST, DebianHost

_ALIGNMENTS = 3
_SHORTEST = 24
"""Bytes of a number that stand for all of it."""

WATCH = r"""
import base64, ctypes, json, os, select, stat, sys, threading, time

# None: processes are watched.
PLACES = sys.argv[1:]
# Seconds. A new process becomes another program soon; only one that replaces itself later waits for its turn.
AT_LEAST_EACH, ALERT = 0.02, 0.1
CHANGES = 0x2 | 0x4 | 0x8 | 0x40 | 0x80 | 0x100 | 0x200  # written, attributes, closed, moved, created, deleted
seen = {}
done = threading.Event()


def read(path):
    try:
        with open(path, "rb") as file:
            return file.read(1 << 20)
    except OSError:
        return b""


def note(kind, name, mode, owner, data):
    if data:
        seen.setdefault((kind, name, mode, owner, data), None)


def processes():
    for pid in os.listdir("/proc"):
        if pid.isdigit() and int(pid) != os.getpid():
            name = read(f"/proc/{pid}/comm").decode(errors="replace").strip()
            for what in ("cmdline", "environ"):
                note(what, name, 0, "", read(f"/proc/{pid}/{what}"))
            line = read(f"/proc/{pid}/cmdline")
            if b"redis-wizard" in line:
                limits = [limit for limit in read(f"/proc/{pid}/limits").splitlines() if b"core" in limit]
                note("limits", line.decode(errors="replace"), 0, "", b" ".join(b"".join(limits).split()))


known = {}
libc = ctypes.CDLL(None)
notices = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)


def files(place):
    # First, so that what comes after the look is noticed.
    libc.inotify_add_watch(notices, os.fsencode(place), CHANGES)
    try:
        entries = list(os.scandir(place))
    except OSError:
        return
    for entry in entries:
        try:
            status = entry.stat(follow_symlinks=False)
        except OSError:
            continue
        if stat.S_ISDIR(status.st_mode):
            if entry.name != "recovery":
                files(entry.path)
        elif stat.S_ISREG(status.st_mode):
            mark = (status.st_ino, status.st_mode, status.st_mtime_ns, status.st_size, status.st_uid)
            if known.get(entry.path) != mark:
                known[entry.path] = mark
                note("file", entry.path, stat.S_IMODE(status.st_mode), str(status.st_uid), read(entry.path))


def watch_processes():
    newest, alert, due = b"", 0.0, 0.0
    while not done.is_set():
        now, last = time.monotonic(), read("/proc/loadavg").split()[-1]
        if last != newest:
            newest, alert = last, now + ALERT
        if now < alert or now > due:
            processes()
            due = time.monotonic() + AT_LEAST_EACH
        else:
            time.sleep(0.001)


def watch_files():
    while not done.is_set():
        for place in PLACES:
            # It may be yet to come.
            libc.inotify_add_watch(notices, os.fsencode(os.path.dirname(place)), CHANGES)
            files(place)
        if select.select([notices], [], [], AT_LEAST_EACH)[0]:
            os.read(notices, 1 << 20)


watcher = threading.Thread(target=watch_files if PLACES else watch_processes)
watcher.start()
print("watching", flush=True)
sys.stdin.read()
done.set()
watcher.join()
json.dump([[*each[:4], base64.b64encode(each[4]).decode()] for each in seen], sys.stdout)
"""

SEARCH = r"""
import base64, json, os, stat, sys

told = json.load(sys.stdin)
forms = [base64.b64decode(each) for each in told["forms"]]
found = []
for place in told["places"]:
    for directory, names, files in os.walk(place):
        if os.path.ismount(directory) and directory not in told["places"]:
            names[:] = []
            continue
        for name in files:
            path = os.path.join(directory, name)
            try:
                status = os.lstat(path)
                if not stat.S_ISREG(status.st_mode) or status.st_ctime < told["since"]:
                    continue
                with open(path, "rb") as file:
                    data = file.read()
            except OSError:
                continue
            hits = [number for number, form in enumerate(forms) if form in data]
            if hits:
                found.append([path, stat.S_IMODE(status.st_mode), status.st_uid, hits])
json.dump(found, sys.stdout)
"""


@dataclass(frozen=True)
class Sight:
    """Something that was seen on the host."""

    kind: str
    """``cmdline``, ``environ``, ``limits`` or ``file``."""
    name: str
    mode: int
    owner: str
    data: bytes = field(repr=False)


@dataclass
class Secrets:
    """What nobody may see, by name."""

    forms: dict[str, bytes] = field(default_factory=dict)
    """Each plain and in the forms in which programs write bytes."""

    def add_password(self, name: str, password: str) -> None:
        self._add(name, password.encode())

    def add_key(self, name: str, pem: bytes, passphrase: str | None = None) -> None:
        """Its secret numbers, and the lines of its file that hold some of them, or that are encrypted."""
        key = load_pem_private_key(pem, passphrase.encode() if passphrase else None)
        body = pem.splitlines()[1:-1]
        if isinstance(key, EllipticCurvePrivateKey):
            # What follows is the public point.
            numbers, lines = [key.private_numbers().private_value], body[:2]
        else:
            assert isinstance(key, RSAPrivateKey)
            secret = key.private_numbers()
            # The modulus comes first.
            numbers, lines = [secret.d, secret.p, secret.q], body[len(body) // 3 : -1]
        for count, number in enumerate(numbers):
            self._add(f"{name} (number {count})", number.to_bytes((number.bit_length() + 7) // 8)[-_SHORTEST:])
        for count, line in enumerate(lines):
            self._add(f"{name} (line {count})", line)

    def _add(self, name: str, text: bytes) -> None:
        self.forms |= {f"{name}, {how}": form for how, form in _forms(text)}

    def hits(self, data: bytes) -> list[str]:
        """Name every secret that stands in these bytes."""
        return [name for name, form in self.forms.items() if form in data]


def _forms(text: bytes) -> Iterator[tuple[str, bytes]]:
    yield "plain", text
    yield "hex", text.hex().encode()
    yield "HEX", text.hex().upper().encode()
    yield "with escapes", text.decode("latin-1").encode("unicode_escape")
    yield "in a URL", quote_from_bytes(text, safe="").encode()
    yield "in a URL twice", quote(quote_from_bytes(text, safe=""), safe="").encode()
    for before in range(_ALIGNMENTS):
        # Of a longer text in base64 only the letters that come from the secret alone are always the same.
        whole = base64.b64encode(bytes(before) + text)
        first, last = -(-before * 8 // 6), (before + len(text)) * 8 // 6
        yield f"base64 at {before}", whole[first:last]
        yield f"base64 for URLs at {before}", whole[first:last].translate(bytes.maketrans(b"+/", b"-_"))


@contextmanager
def watched(host: DebianHost, places: Iterable[str]) -> Iterator[list[Sight]]:
    """Watch all processes and these places while the block lasts; what was seen is in the list afterwards."""
    sights: list[Sight] = []
    with _watcher(host, ()) as processes, _watcher(host, places) as files:
        yield sights
        for watcher in (processes, files):
            told = json.loads(watcher.communicate()[0])
            sights += [Sight(kind, name, mode, owner, base64.b64decode(data)) for kind, name, mode, owner, data in told]


@contextmanager
def _watcher(host: DebianHost, places: Iterable[str]) -> Iterator[subprocess.Popen[str]]:
    command = [str(TESTHOST), "exec", host.name, "--", "python3", "-I", "-c", WATCH, *places]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as watcher:
        assert watcher.stdout is not None
        assert watcher.stdout.readline() == "watching\n"
        yield watcher


def search(host: DebianHost, secrets: Secrets, places: Iterable[str], since: float) -> dict[str, tuple[int, list[str]]]:
    """Find every file changed since, with its mode and the names of the secrets in it."""
    forms = secrets.forms
    names = list(forms)
    told = {
        "forms": [base64.b64encode(form).decode() for form in forms.values()],
        "places": list(places),
        "since": since,
    }
    done = subprocess.run(
        [str(TESTHOST), "exec", host.name, "--", "python3", "-I", "-c", SEARCH],
        input=json.dumps(told),
        capture_output=True,
        text=True,
        check=True,
    )
    return {path: (mode, [names[hit] for hit in hits]) for path, mode, _owner, hits in json.loads(done.stdout)}
