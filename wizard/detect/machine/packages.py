"""Server packages that the package manager has or offers.

Databases are read as files where that is possible: it works in a tree and takes no time.
"""

import gzip
import io
import re
import zlib
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import PurePosixPath

from wizard.detect.reader import Reader
from wizard.model.facts.host import Package
from wizard.model.facts.unreadable import Unreadable

NAMES = ("redis-server", "redis", "valkey-server", "valkey", "keydb-server", "keydb", "redis6", "redis-sentinel")

_DPKG = PurePosixPath("/var/lib/dpkg/status")
_APK = (PurePosixPath("/lib/apk/db/installed"), PurePosixPath("/usr/lib/apk/db/installed"))
"""Where apk has its database; the second one is that of apk 3 on a system without the first."""
_PACMAN = PurePosixPath("/var/lib/pacman/local")
_LIMIT = 64 << 20
_SECONDS = 8


def read_packages(reader: Reader, manager: str) -> tuple[Package, ...]:
    """List the server packages that are installed, and when none is, those on offer."""
    match manager:
        case "apt":
            return _installed_by_dpkg(reader) or _offered(reader, _APT, candidates)
        case "dnf" | "yum":
            return _installed_by_rpm(reader) or _offered(reader, _DNF, offered_by_dnf)
        case "zypper":
            return _installed_by_rpm(reader) or _offered(reader, _ZYPPER, offered_by_zypper)
        case "apk":
            return _installed_by_apk(reader) or _offered(reader, _APK_SEARCH, offered_by_apk)
        case "pacman":
            return _installed_by_pacman(reader)
        case _:
            return ()


def upstream(version: str) -> str:
    """Return the server's own version of a package version: ``5:8.0.2-3+deb13u1`` → ``8.0.2``."""
    without_epoch = version.rpartition(":")[2]
    digits = without_epoch.partition("-")[0].partition("+")[0].partition("~")[0]
    return digits if digits[:1].isdecimal() else ""


def _installed_by_dpkg(reader: Reader) -> tuple[Package, ...]:
    """Find the paragraphs in dpkg's status file (deb822, one paragraph a package)."""
    data = reader.read(_DPKG, limit=_LIMIT)
    if isinstance(data, Unreadable):
        return ()
    text = b"\n" + data
    return tuple(package for name in NAMES if (package := _dpkg_package(reader, text, name)))


def _dpkg_package(reader: Reader, text: bytes, name: str) -> Package | None:
    start = text.find(f"\nPackage: {name}\n".encode())
    if start < 0:
        return None
    end = text.find(b"\n\n", start)
    paragraph = text[start : end if end > 0 else len(text)].decode(errors="replace").splitlines()
    fields = dict(_fields(paragraph))
    if not fields.get("Status", "").endswith(" installed"):
        return None
    changelog, flaws = _changelog_of_debian(reader, name)
    version = fields.get("Version", "")
    return Package(name=name, installed=True, version=version, changelog=changelog, fixed_flaws=flaws)


def _changelog_of_debian(reader: Reader, name: str) -> tuple[str, tuple[str, ...]]:
    """Return the path of a package's changelog and the CVE numbers in it (Debian Policy, 12.7)."""
    for file in ("changelog.Debian.gz", "changelog.gz"):
        path = PurePosixPath("/usr/share/doc", name, file)
        data = reader.read(path)
        if isinstance(data, bytes):
            with suppress(OSError, EOFError, zlib.error):
                unpacked = gzip.GzipFile(fileobj=io.BytesIO(data)).read(_LIMIT)
                return str(path), _flaws(unpacked.decode(errors="replace"))
    return "", ()


def _flaws(changelog: str) -> tuple[str, ...]:
    return tuple(sorted(set(re.findall(r"CVE-\d{4}-\d{4,7}", changelog))))


def _fields(lines: Iterable[str]) -> Iterable[tuple[str, str]]:
    for line in lines:
        name, colon, value = line.partition(": ")
        if colon and not name.startswith(" "):
            yield name, value


_APT = ("apt-cache", "policy")
_DNF = ("dnf", "--cacheonly", "--quiet", "repoquery", "--latest-limit=1", "--queryformat=%{name} %{evr}\\n")
_ZYPPER = ("zypper", "--no-refresh", "--xmlout", "search", "--details", "--match-exact", "--type=package")
_APK_SEARCH = ("apk", "search", "--exact", "--no-network")
"""What asks a package manager for its offer, by the lists that it has already: none of them loads a new one."""


def _offered(reader: Reader, line: tuple[str, ...], read: Callable[[str], tuple[Package, ...]]) -> tuple[Package, ...]:
    name, *words = line
    program = reader.ask(name, lambda: reader.host.find_program(name))
    if program is None or isinstance(program, Unreadable) or reader.host.tree is not None:
        return ()
    said = reader.ask(name, lambda: reader.host.query([str(program), *words, *NAMES], seconds=_SECONDS))
    return () if isinstance(said, Unreadable) else read(said.output)


def offered_by_dnf(rows: str) -> tuple[Package, ...]:
    """Read rows of a name, and epoch, version and release."""
    pairs = (row.split() for row in rows.splitlines())
    versions = {pair[0]: pair[1] for pair in pairs if len(pair) == 2 and pair[0] in NAMES}  # noqa: PLR2004 - a pair
    return tuple(Package(name=name, installed=False, version=version) for name, version in versions.items())


def offered_by_zypper(document: str) -> tuple[Package, ...]:
    """Read the ``solvable`` elements of zypper's XML; of several editions the first, which is the newest."""
    found: dict[str, str] = {}
    for element in re.findall(r"<solvable\s[^>]*>", document):
        fields = dict(re.findall(r'([\w-]+)="([^"]*)"', element))
        if fields.get("kind") == "package" and fields.get("name") in NAMES:
            found.setdefault(fields["name"], fields.get("edition", ""))
    return tuple(Package(name=name, installed=False, version=version) for name, version in found.items())


def offered_by_apk(rows: str) -> tuple[Package, ...]:
    """Read rows of ``name-version-release``."""
    parts = (row.strip().rsplit("-", 2) for row in rows.splitlines())
    named = (part for part in parts if len(part) == 3 and part[0] in NAMES)  # noqa: PLR2004 - name, version, release
    return tuple(
        Package(name=name, installed=False, version=f"{version}-{release}") for name, version, release in named
    )


def candidates(policy: str) -> tuple[Package, ...]:
    """Read ``apt-cache policy``: a name, then indented ``Installed:`` and ``Candidate:``."""
    found = []
    name = ""
    for line in policy.splitlines():
        if line.endswith(":") and not line.startswith(" "):
            name = line[:-1]
        label, _, version = line.strip().partition(": ")
        if label == "Candidate" and name and version != "(none)":
            found.append(Package(name=name, installed=False, version=version))
    return tuple(found)


def _installed_by_rpm(reader: Reader) -> tuple[Package, ...]:
    program = reader.ask("rpm", lambda: reader.host.find_program("rpm"))
    if program is None or isinstance(program, Unreadable) or reader.host.tree is not None:
        return ()
    line = [str(program), "-q", "--qf", "%{NAME} %{EPOCH}:%{VERSION}-%{RELEASE}\\n", *NAMES]
    said = reader.ask("rpm -q", lambda: reader.host.query(line, seconds=_SECONDS))
    words = () if isinstance(said, Unreadable) else (line.split() for line in said.output.splitlines())
    pairs = (pair for pair in words if len(pair) == 2 and pair[0] in NAMES)  # noqa: PLR2004 - name and version
    return tuple(_rpm_package(reader, str(program), name, version) for name, version in pairs)


def _rpm_package(reader: Reader, program: str, name: str, version: str) -> Package:
    said = reader.ask(
        "rpm --changelog", lambda: reader.host.query([program, "-q", "--changelog", name], seconds=_SECONDS)
    )
    read = not isinstance(said, Unreadable) and said.status == 0
    return Package(
        name=name,
        installed=True,
        version=version.removeprefix("(none):"),
        changelog="rpm --changelog" if read else "",
        fixed_flaws=_flaws(said.output) if not isinstance(said, Unreadable) else (),
    )


def _installed_by_apk(reader: Reader) -> tuple[Package, ...]:
    """Read paragraphs of ``P:name`` and ``V:version`` lines."""
    found = []
    for paragraph in next(filter(None, map(reader.text, _APK)), "").split("\n\n"):
        fields = {line[:2]: line[2:] for line in paragraph.splitlines()}
        if fields.get("P:") in NAMES:
            found.append(Package(name=fields["P:"], installed=True, version=fields.get("V:", "")))
    return tuple(found)


def _installed_by_pacman(reader: Reader) -> tuple[Package, ...]:
    """Read the names of directories ``name-version-release``."""
    parts = (entry.rsplit("-", 2) for entry in reader.entries(_PACMAN))
    named = (part for part in parts if len(part) == 3 and part[0] in NAMES)  # noqa: PLR2004 - name, version, release
    return tuple(Package(name=name, installed=True, version=f"{version}-{release}") for name, version, release in named)
