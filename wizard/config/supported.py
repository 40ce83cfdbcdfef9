"""Whether a configuration is one of Redis or Valkey."""

from wizard.model.facts.instance import Instance
from wizard.model.facts.service import Flavour
from wizard.model.facts.unreadable import Unreadable

_MOST_UNKNOWN = 3
"""More unknown directives than misspellings explain."""
_UNKNOWN = frozenset({"unknown-directive", "unmeasured-directive"})
_OTHERS = {
    "KeyDB": (
        *("server-threads", "server-thread-affinity", "min-clients-per-thread", "active-replica", "multi-master"),
        *(
            "active-client-balancing",
            "storage-provider",
            "scratch-file-path",
            "db-s3-object",
            "overload-protect-percent",
        ),
    ),
    "kvrocks": ("workers", "log-dir", "backup-dir", "compact-cron", "compaction-checker-range", "slave-read-only-ns"),
}
"""Directives that no Redis or Valkey ever had, by the server that has them."""


def why_unsupported(instance: Instance) -> str:
    """Return that a server or its file is of another program, without a full stop; empty for Redis and Valkey."""
    if name := _other(instance):
        return (
            f"{name} is not supported{'' if isinstance(instance.config, Unreadable) else f' ({instance.config.main})'}"
        )
    unknown = _unknown(instance)
    if len(unknown) <= _MOST_UNKNOWN or isinstance(instance.config, Unreadable):
        return ""
    named = ", ".join(unknown[:_MOST_UNKNOWN])
    count = f"{len(unknown)} of its directives are of neither Redis nor Valkey"
    return f"{instance.config.main} is not supported: {count} ({named}, …)"


def _other(instance: Instance) -> str:
    if instance.flavour is Flavour.KEYDB:
        return "KeyDB"
    unknown, names = set(_unknown(instance)), _names(instance)
    if any(name.startswith("rocksdb.") for name in names):
        return "kvrocks"
    if names and all(name.startswith("--") for name in names):
        return "Dragonfly"
    if names[:1] == ("{",):
        return "Garnet"  # its file is an object of JSON
    return next((name for name, own in _OTHERS.items() if unknown & set(own)), "")


def _names(instance: Instance) -> tuple[str, ...]:
    lines = () if isinstance(instance.config, Unreadable) else instance.config.lines
    return tuple(dict.fromkeys(line.name.lower() for line in lines))


def _unknown(instance: Instance) -> tuple[str, ...]:
    if isinstance(instance.config, Unreadable):
        return ()
    places = {(each.path, each.line) for each in instance.config.problems if each.code in _UNKNOWN}
    lines = (line for line in instance.config.lines if (line.path, line.line) in places)
    return tuple(dict.fromkeys(line.name.lower() for line in lines))
