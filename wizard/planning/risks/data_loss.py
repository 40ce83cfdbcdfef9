"""What a restart would do to the keys of a running server, where that is not: load them again.

Each reason is a sentence of evidence. A restart that has one is planned, but made only with the
operator's word (`wizard.planning.consent`); so is a rollback to a configuration that has one. What may not live
here: bringing keys to disk (apply), and what a change other than the restart does to them.

Source:
    Measured on five servers: a server that starts with ``appendonly yes`` and no such files is empty; one with
    another ``dir`` or ``dbfilename`` than its data has is empty; a primary that comes back empty empties its
    replicas (redis.io, Replication, "Safety of replication when master has persistence turned off"). What is left out
    of an append-only file: `wizard.acl.replay`.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from wizard.formats.redisconf.directives import canonical, equivalent
from wizard.model.change import Change, SetDirective
from wizard.planning.context import Context
from wizard.planning.risks.aof_replay import replay_loses_commands

NAMES = {"dbfilename": "dump.rdb", "appenddirname": "appendonlydir", "appendfilename": "appendonly.aof"}
"""Names of data files, with the server's own."""
_SAVES = "3600 1 300 100 60 10000"
_DATABASES = "16"
_RELEASE = re.compile(r"(\d+)\.(\d+)")


def restart_risks(context: Context, changes: Sequence[Change]) -> tuple[str, ...]:
    """Say why a restart may lose keys, one reason each; none where every key is loaded again.

    Args:
        context: The host and what is wanted.
        changes: Those of the plan; its files count as they will be.
    """
    if not context.running:
        return ()
    if context.live is None:
        return (_unseen(context),)
    after = _After(context, changes)
    values = Values(now=lambda name, _default: after.now(name), then=after.then)
    return (
        *_elsewhere(values, after),
        *_append_only(values, after),
        *role_risks(values),
        *_replicas(context, after),
        *database_risks(values, highest=max(databases(context.live.info), default=-1)),
        *_program(context),
        *_left_out(context, after, changes),
    )


# --- for whoever restarts a server ---------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Values:
    """The values in force, and those that a restart brings into force; ``None`` where one is not known, or stays."""

    now: Callable[[str, str], str | None]
    """By name, with what it is where nothing sets it."""
    then: Callable[[str, str], str | None]
    """Likewise."""

    def changes_of(self, name: str, default: str) -> tuple[str, str] | None:
        """The value in force and the one after a restart where they differ."""
        now, then = self.now(name, default), self.then(name, default)
        if now is None or then is None or equivalent(name, now, then):
            return None
        return now, then


def file_name_risks(values: Values, names: Sequence[str]) -> Iterator[str]:
    """The data would be looked for under another name than it has."""
    for name in names:
        if found := values.changes_of(name, NAMES[name]):
            yield f"its file says {name} {found[1]!r} and its data is in {found[0]!r}: it would not load them"


def directory_risks(now: PurePosixPath, then: PurePosixPath) -> Iterator[str]:
    """The data would be looked for in another place than it is in."""
    if now != then:
        yield f"its file says dir {then} and its data is in {now}: it would not load them"


def role_risks(values: Values) -> Iterator[str]:
    """Another server's data would come over its own, or it would be a primary beside its own."""
    found = values.changes_of("replicaof", "")
    if not found:
        return
    now, then = found
    if then and then.lower() != "no one":
        place = f"follows {now}" if now else "follows nobody"
        yield f"its file says replicaof {then} and it {place} now: its data would be replaced by that of {then}"
    elif now:
        yield f"it follows {now}, and its file does not say so: it would come back as a primary of its own"


def database_risks(values: Values, *, highest: int) -> Iterator[str]:
    """It would refuse to load what it has written.

    Args:
        values: Before and after.
        highest: Number of the last database with keys, -1 without any.
    """
    found = values.changes_of("databases", _DATABASES)
    if found and found[1].isdecimal() and int(found[1]) <= highest:
        yield f"its file says databases {found[1]} and database {highest} has keys: it would refuse to start"


def databases(info: Iterable[str]) -> Iterator[int]:
    """Number the databases with keys, by the names in INFO."""
    for name in info:
        if name.startswith("db") and name[2:].isdecimal():
            yield int(name[2:])


# --- a plan --------------------------------------------------------------------------------------


class _After:
    """The values that a restart brings into force, beside those that are in force."""

    def __init__(self, context: Context, changes: Sequence[Change]) -> None:
        self._context = context
        self._changes = {canonical(each.name): each for each in changes if isinstance(each, SetDirective)}

    def now(self, name: str) -> str | None:
        """The value in force, also where only INFO tells it; ``None`` when it cannot be read."""
        value = self._context.in_force(name)
        info = self._context.live.info if self._context.live else {}
        if value is None and name == "appendonly" and "aof_enabled" in info:
            return "yes" if info["aof_enabled"] == "1" else "no"
        if value is None and name == "replicaof" and "role" in info:
            return f"{info['master_host']} {info.get('master_port', '')}" if "master_host" in info else ""
        return value

    def then(self, name: str, default: str) -> str | None:
        """The value after a restart; ``None`` when an option that is not known sets it, so that it stays."""
        if self._context.configuration.is_uncertain(name):
            return None
        change = self._changes.get(canonical(name))
        if change is not None:
            return " ".join(word for line in change.values for word in line)
        return self._context.configuration.after_start(name, default)

    def directory(self) -> PurePosixPath | None:
        """Where it will work; ``None`` where that is not known, or stays."""
        if self._context.configuration.is_uncertain("dir"):
            return None
        if "dir" in self._changes:
            named = PurePosixPath(self.then("dir", "") or "")
            return named if named.is_absolute() else None
        return self._context.instance.next_directory

    def switched(self, name: str) -> bool:
        """The plan sets it live, so that both are equal before the restart."""
        change = self._changes.get(canonical(name))
        return change is not None and change.live is not None


def _unseen(context: Context) -> str:
    live = context.instance.live
    why = getattr(live, "why", "")
    return "nobody could look inside the running server, so its keys cannot be brought to disk before it is stopped" + (
        f" ({why})" if why else ""
    )


def _elsewhere(values: Values, after: _After) -> Iterator[str]:
    yield from file_name_risks(values, tuple(NAMES))
    now, then = after.now("dir"), after.directory()
    if now and then:
        yield from directory_risks(PurePosixPath(now), then)


def _append_only(values: Values, after: _After) -> Iterator[str]:
    """It would start from an append-only file that does not hold the data."""
    found = values.changes_of("appendonly", "no")
    if found and found[1].lower() == "yes" and not after.switched("appendonly"):
        yield "its file says appendonly yes and the running server has it off: it would start empty, or with old data"


def _replicas(context: Context, after: _After) -> Iterator[str]:
    """Its own emptiness would come over others' data."""
    if context.live and context.live.replicas and not _persistent(after):
        count = len(context.live.replicas)
        yield (
            f"it keeps nothing on disk by itself and has {count} replica{'s' if count > 1 else ''}: they empty "
            "themselves when it comes back empty, so keep a copy or let a replica take over first"
        )


def _persistent(after: _After) -> bool:
    values = {
        name: after.now(name) if (then := after.then(name, default)) is None else then
        for name, default in (("appendonly", "no"), ("save", _SAVES))
    }
    return (values["appendonly"] or "").lower() == "yes" or bool(values["save"])


def _program(context: Context) -> Iterator[str]:
    """It would refuse to load what a newer one has written."""
    running = _release(context.live.version if context.live else "")
    program = _release(context.instance.version if isinstance(context.instance.version, str) else "")
    if running and program and program < running:
        yield (
            f"its program on disk is {context.instance.version} and {context.version} runs: "
            "an older server does not read the data of a newer one"
        )


def _left_out(context: Context, after: _After, changes: Sequence[Change]) -> Iterator[str]:
    """It would read its append-only file as a user who may not do what stands there."""
    if (
        after.now("appendonly") == "yes"
        and after.then("appendonly", "no") != "no"
        and replay_loses_commands(context, changes)
    ):
        yield (
            "it reads its append-only file as the default user, who may not do all that others did: what they wrote in "
            "transactions and scripts would be left out"
        )


def _release(version: str) -> tuple[int, int] | None:
    found = _RELEASE.match(version)
    return (int(found[1]), int(found[2])) if found else None
