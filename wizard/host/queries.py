"""Programs that only look: what `HostReader.query` may run. Anything else needs a `Host`."""

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

import assets
from wizard.errors import UnsupportedError

_FIRST_ARGUMENTS: Mapping[str, frozenset[str]] = {
    "systemd-detect-virt": frozenset({""}),
    "apt-cache": frozenset({"policy"}),
    "rpm": frozenset({"-q"}),
}
"""By program: the first arguments with which it only looks; empty: none at all."""
_WHOLE_LINES = frozenset(
    {
        ("nft", "--json", "--debug=netlink", "list", "ruleset"),
        ("firewall-cmd", "--list-all-zones"),
        ("firewall-cmd", "--permanent", "--list-all-zones"),
        *((f"{family}-{kind}-save",) for family in ("iptables", "ip6tables") for kind in ("nft", "legacy")),
    }
)
"""Command lines of programs that could write with one more word."""
_BEGINNINGS = (
    ("dnf", "--cacheonly", "--quiet", "repoquery", "--latest-limit=1"),
    ("zypper", "--no-refresh", "--xmlout", "search"),
    ("apk", "search", "--exact", "--no-network"),
)
"""How command lines begin of programs that could write with another word there; names of packages follow."""
_OPTIONS = ("--queryformat=%{name} ", "--details", "--match-exact", "--type=package")
_VERSION = ["--version"]
"""Alone, it makes every program say its version and end."""


def require_query(arguments: Sequence[str]) -> None:
    """Refuse a command line that is not known to only look.

    Raises:
        UnsupportedError: with the program's path.
    """
    program, *words = arguments
    name = PurePosixPath(program).name
    known = _FIRST_ARGUMENTS.get(name, frozenset())
    if (name, *words) in _WHOLE_LINES or _only_asks(name, words):
        return
    if name == "unshare" and tuple(words[:5]) == _in_own_network():
        return
    if words != _VERSION and (words[0] if words else "") not in known:
        raise UnsupportedError(f"{program} is not run: it could change this host")


def _in_own_network() -> tuple[str, ...]:
    """Return the arguments with which unshare runs the script that prints what rules come of files."""
    return ("--net", "--", "sh", "-c", assets.text("firewall/rules-of-files.sh"))


def _only_asks(name: str, words: Sequence[str]) -> bool:
    """Return whether a package manager is asked what it offers, with no option behind the question that does more."""
    for beginning in _BEGINNINGS:
        if (name, *words)[: len(beginning)] == beginning:
            rest = words[len(beginning) - 1 :]
            return all(not word.startswith("-") or word.startswith(_OPTIONS) for word in rest)
    return False
