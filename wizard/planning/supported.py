"""Whether a configuration is one of Redis or Valkey."""

from wizard.errors import PlanError
from wizard.model.facts import Flavour
from wizard.planning.context import Context

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


def require_supported(context: Context) -> None:
    """Refuse the files of other servers: a plan would remove their lines as mistakes.

    Raises:
        PlanError: the server is KeyDB, or the file is of another program.
    """
    if name := _other(context):
        raise PlanError(f"{name} is not supported; nothing is planned for {context.main}")
    unknown = _unknown(context)
    if len(unknown) > _MOST_UNKNOWN:
        named = ", ".join(unknown[:_MOST_UNKNOWN])
        what = f"{context.main} is not supported: {len(unknown)} of its directives are of neither Redis nor Valkey"
        raise PlanError(f"{what} ({named}, …); nothing is planned. Name the configuration of the server with --config")


def _other(context: Context) -> str:
    if context.instance.flavour is Flavour.KEYDB:
        return "KeyDB"
    unknown = set(_unknown(context))
    rocks = any(name.startswith("rocksdb.") for name in _names(context))
    return "kvrocks" if rocks else next((name for name, own in _OTHERS.items() if unknown & set(own)), "")


def _names(context: Context) -> tuple[str, ...]:
    lines = context.config.lines if context.config else ()
    return tuple(dict.fromkeys(line.name.lower() for line in lines))


def _unknown(context: Context) -> tuple[str, ...]:
    config = context.config
    if config is None:
        return ()
    places = {(each.path, each.line) for each in config.problems if each.code in _UNKNOWN}
    return tuple(dict.fromkeys(line.name.lower() for line in config.lines if (line.path, line.line) in places))
