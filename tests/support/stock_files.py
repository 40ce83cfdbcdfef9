"""Upstream's and the distributions' files as they are shipped, for each release: `tests/data/configs/stock.tsv`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from wizard.model.facts.service import Flavour

_TABLE = Path(__file__).parent.parent / "data" / "configs" / "stock.tsv"
_ROWS = [line.split("\t") for line in _TABLE.read_text(encoding="utf-8").splitlines()[2:]]


@dataclass(frozen=True, kw_only=True)
class Stock:
    """One shipped file."""

    flavour: Flavour
    release: str
    package: Mapping[str, str] = field(default_factory=dict)
    """Values that a distribution puts in place of upstream's."""

    def text(self, own: Mapping[str, str] | None = None) -> str:
        """Return the file, with values of one's own in place of those shipped; new names come last."""
        instead = {**self.package, **(own or {})}
        column = 1 if self.flavour is Flavour.REDIS else 2
        lines = [row[0] for row in _ROWS if _is_in(self.release, row[column])]
        named = {line.split()[0] for line in lines}
        kept = [f"{name} {instead.get(name, value)}" for name, _, value in (line.partition(" ") for line in lines)]
        return "\n".join((*kept, *(f"{name} {instead[name]}" for name in instead if name not in named), ""))


def _is_in(release: str, span: str) -> bool:
    first, dash, last = span.partition("-")
    return bool(dash) and _number(first) <= _number(release) and (not last or _number(release) <= _number(last))


def _number(release: str) -> tuple[int, ...]:
    return tuple(map(int, release.split(".")))


def _debian(name: str) -> Mapping[str, str]:
    return {
        "daemonize": "yes",
        "pidfile": f"/run/{name}/{name}-server.pid",
        "logfile": f"/var/log/{name}/{name}-server.log",
        "dir": f"/var/lib/{name}",
    }


def _rpm(name: str) -> Mapping[str, str]:
    return {"logfile": f"/var/log/{name}/{name}.log", "dir": f"/var/lib/{name}"}


STOCK: Mapping[str, Stock] = {
    **{
        f"Redis {release}": Stock(flavour=Flavour.REDIS, release=release)
        for release in ("6.2", "7.0", "7.2", "7.4", "8.0", "8.2", "8.4", "8.6", "8.8", "8.10")
    },
    **{
        f"Valkey {release}": Stock(flavour=Flavour.VALKEY, release=release)
        for release in ("7.2", "8.0", "8.1", "9.0", "9.1")
    },
    "Debian 12 and Ubuntu 24.04, Redis": Stock(flavour=Flavour.REDIS, release="7.0", package=_debian("redis")),
    "Debian 13, Redis": Stock(flavour=Flavour.REDIS, release="8.0", package=_debian("redis")),
    "Debian 13, Valkey": Stock(flavour=Flavour.VALKEY, release="8.1", package=_debian("valkey")),
    "RHEL 9, Redis": Stock(flavour=Flavour.REDIS, release="6.2", package=_rpm("redis")),
    "RHEL 10 and Fedora, Valkey": Stock(flavour=Flavour.VALKEY, release="8.0", package=_rpm("valkey")),
}
"""By where they come from."""
