"""The recovery kit: a copy of this program in the state directory, for a recovery after a crash.

A rollback must not depend on a virtual environment in a home directory that is not mounted yet, or on a
package that was removed in between. The kit needs the Python interpreter and nothing else: one archive of
byte code, and beside it the one library with machine code. It is compared with its seal each time before
it is trusted, and made again where it is damaged.

::

    <state>/recovery/<digest>/redis-wizard.pyz
    <state>/recovery/<digest>/msgspec/…
    <state>/recovery/<digest>/seal.json
"""

import hashlib
import importlib.util
import io
import marshal
import os
import pkgutil
import sys
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import cache
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path, PurePosixPath
from types import CodeType

import wizard
from wizard.errors import HostError, UnsupportedError
from wizard.host.port import Host
from wizard.host.reader import HostReader
from wizard.jobs.bundle import loader
from wizard.jobs.bundle.location import LOCK, PROVEN, bases, is_trusted, kits, refusal
from wizard.jobs.bundle.seal import NAME, is_ours, is_sound, text_of
from wizard.jobs.lock import wait_for_lock
from wizard.model.facts.files import FileKind
from wizard.server.redis_py import parts
from wizard.snapshots.store import ensure_directory, own_names

_ARCHIVE = "redis-wizard.pyz"
_MAKING_SECONDS = 20.0
"""Making one takes a second, on a slow disk some."""
_LEFT_OUT = ("wizard.cli",)
"""Front ends are no part of a recovery."""
_MAIN = """\
import sys
sys.path.insert(1, sys.argv[0].rpartition("/")[0])
from wizard.apply.process import main
sys.exit(main(sys.argv[1:]))
"""


def command(host: Host) -> tuple[str, ...]:
    """Return the command that runs the kit, and make the kit first where it is not there yet.

    Raises:
        HostError: it cannot be written.
        UnsupportedError: a part of this program cannot be found.
    """
    archive = _running() or path_on_host(host, _made(host))
    return (_python(), *loader.command(host, archive))


def path_on_host(host: HostReader, path: PurePosixPath) -> PurePosixPath:
    """Return the path by which this machine knows a file of a host that may be a directory tree."""
    return path if host.tree is None else host.tree / path.relative_to("/")


def _running() -> PurePosixPath | None:
    """The kit that this process runs from; ``None`` where it is an installed package."""
    place = PurePosixPath(wizard.__file__ or "/")
    return next((path for path in place.parents if path.name == _ARCHIVE), None)


def _made(host: Host) -> PurePosixPath:
    """Return the archive of a sound kit in the first place from which its machine code runs."""
    own, *elsewhere = bases(host)
    if _runs(host, own / _digest()):
        return own / _digest() / _ARCHIVE
    refused = []
    for base in elsewhere:
        try:
            if not is_trusted(host, base):
                refused.append(f"{base} (users other than root can write it)")
            elif _runs(host, base / _digest()):
                return base / _digest() / _ARCHIVE
            else:
                refused.append(f"{base} (noexec)")
                _remove_kit(host, base / _digest())
        except HostError as error:
            refused.append(f"{base} ({error})")
    raise refusal(host, refused)


def _runs(host: Host, directory: PurePosixPath) -> bool:
    """Have a sound kit in a directory; return whether its machine code runs there."""
    if not is_sound(host, directory):
        _renew(host, directory)
    codes = [directory / "msgspec" / name for name in host.entries(directory / "msgspec") if name.endswith(".so")]
    if not all(host.runs_code(path) for path in codes):
        return False
    _forget_others(host, directory)
    return True


def _renew(host: Host, directory: PurePosixPath) -> None:
    """Make a kit again; another front end may be about to do the same.

    Raises:
        BusyError: the other one does not come to its end.
    """
    own = bases(host)[0]
    for base in {own, directory.parent}:
        if not is_ours(host, base):
            _remove(host, base)
    ensure_directory(host, own)
    with wait_for_lock(host, own / LOCK, seconds=_MAKING_SECONDS):
        if not is_sound(host, directory):
            _remove(host, directory)
            _make(host, directory)


def _forget_others(host: Host, directory: PurePosixPath) -> None:
    """Remove the kits of other versions and in other places, unless an apply is open whose watchdogs run them."""
    if any(host.status(host.state / name).kind is not FileKind.ABSENT for name in ("pending", "pending-data")):
        return
    own, *elsewhere = bases(host)
    others = [own / name for name in host.entries(own) if name not in {directory.name, LOCK, PROVEN}]
    others += [kit for base in elsewhere for kit in kits(host, base)]
    for path in others:
        if path != directory:
            with suppress(HostError):
                _remove_kit(host, path)


def _remove_kit(host: Host, directory: PurePosixPath) -> None:
    """Remove a kit, and the directory around it where nothing else is in it."""
    _remove(host, directory)
    if not host.entries(directory.parent):
        host.remove(directory.parent)


def _remove(host: Host, path: PurePosixPath) -> None:
    for name in host.entries(path) if host.status(path).kind is FileKind.DIRECTORY else ():
        _remove(host, path / name)
    host.remove(path)


def _python() -> str:
    """The interpreter itself, not the link to it in a virtual environment."""
    return os.path.realpath(sys.executable)


def _make(host: Host, directory: PurePosixPath) -> None:
    files = {**_library(), PurePosixPath(_ARCHIVE): _archive()}
    for path, data in files.items():
        _write(host, directory / path, data)
    # Last, so that a kit with its seal is complete.
    digests = {path: hashlib.sha256(data).hexdigest() for path, data in files.items()}
    _write(host, directory / NAME, text_of(digests))


def _write(host: Host, path: PurePosixPath, data: bytes) -> None:
    ensure_directory(host, path.parent)
    owner, group = own_names(host)
    host.write(path, data, expected=None, owner=owner, group=group, mode=0o600)


# --- what is in it -----------------------------------------------------------------------------------


@cache
def _digest() -> str:
    """Return what identifies this build: names, sizes and times of all its files."""
    seen = hashlib.sha256(f"{_python()} {sys.implementation.cache_tag} {_MAIN}".encode())
    for path in sorted([*_tree(_directory("wizard")), *_tree(_directory("assets")), *_tree(_directory("msgspec"))]):
        status = path.stat()
        seen.update(f"{path} {status.st_size} {status.st_mtime_ns}".encode())
    return seen.hexdigest()[:16]


def _directory(package: str) -> Path:
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise UnsupportedError(
            f"the package {package} of this program was not found, so no recovery can be prepared; install it again"
        )
    return Path(next(iter(spec.submodule_search_locations)))


def _tree(directory: Path) -> Iterator[Path]:
    for path in directory.rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            yield path


def _library() -> dict[PurePosixPath, bytes]:
    """Machine code cannot be loaded from an archive. Byte code without a source lets Python write none of its own."""
    directory, made = _directory("msgspec"), {}
    for path in _tree(directory):
        place = PurePosixPath("msgspec") / path.relative_to(directory)
        if path.suffix == ".so":
            made[place] = path.read_bytes()
        elif path.suffix == ".py":
            code = compile(path.read_bytes(), str(place), "exec", dont_inherit=True)
            made[place.with_suffix(".pyc")] = _byte_code(code)
    return made


@cache
def _archive() -> bytes:
    # One process may prepare many trees: compiling all of us takes half a second.
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("__main__.pyc", _byte_code(compile(_MAIN, "__main__", "exec", dont_inherit=True)))
        for spec in _modules():
            code = spec.loader.get_code(spec.name) if spec.loader and hasattr(spec.loader, "get_code") else None
            if code is not None:
                place = spec.name.replace(".", "/") + ("/__init__" if spec.submodule_search_locations else "")
                archive.writestr(f"{place}.pyc", _byte_code(code))
        directory = _directory("assets")
        for path in _tree(directory):
            if path.suffix != ".py":
                archive.writestr(f"assets/{path.relative_to(directory)}", path.read_bytes())
    return made.getvalue()


def _modules() -> Iterator[ModuleSpec]:
    parts()
    redis = sorted(name for name in sys.modules if name.startswith("redis."))
    yield from filter(None, map(importlib.util.find_spec, ("wizard", "assets", "redis", *redis)))
    yield from _inner_modules(wizard.__path__, "wizard.")


def _inner_modules(path: Iterable[str], prefix: str) -> Iterator[ModuleSpec]:
    """Yield what is in a package. `pkgutil.walk_packages` imports each, with all that it needs: 0.2 s."""
    for module in pkgutil.iter_modules(path, prefix):
        spec = None if module.name.startswith(_LEFT_OUT) else PathFinder.find_spec(module.name, [*path])
        if spec is not None:
            yield spec
            yield from _inner_modules(spec.submodule_search_locations or (), f"{module.name}.")


def _byte_code(code: CodeType) -> bytes:
    """Return a ``.pyc`` that is never compared with a source.

    Source:
        PEP 552: magic number, flags, source time and size.
    """
    return importlib.util.MAGIC_NUMBER + bytes(12) + marshal.dumps(code)
