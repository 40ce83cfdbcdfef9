"""The decision table of data loss: what a start with another configuration does to the keys of a running server.

A plan, an apply and a rollback each describe a `Start`; `data_loss_risks` asks every row of `TABLE` for its reasons.
A reason is one sentence of evidence. A restart that has one is planned, but made only with the operator's consent
(`wizard.planning.consent`).

Source:
    Measured on five servers: a server that starts with ``appendonly yes`` and no such files is empty; one with
    another ``dir`` or ``dbfilename`` than its data has is empty; a primary that comes back empty empties its
    replicas (redis.io, Replication, "Safety of replication when master has persistence turned off"); one whose limit
    is below its memory in use drops keys at once, unless its policy is ``noeviction``. What is left out of an
    append-only file: `wizard.acl.replay`.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import PurePosixPath

from wizard.formats.redisconf.directives import equivalent
from wizard.formats.redisconf.memory import memory_or_zero
from wizard.model.dataset import LIMIT, POLICY, memory_pressure
from wizard.model.text import number_or
from wizard.model.value import Value, field
from wizard.model.versions import release_of

_NAMES = {False: ("dbfilename",), True: ("appenddirname", "appendfilename")}
"""Directives that name the data files, by whether these are append-only."""
_MANY = 1 << 31


class Start(Value, frozen=True, kw_only=True):
    """A running server, and the configuration that its next start finds."""

    now: Callable[[str], str | None]
    """Value in force, by directive; ``None`` where it is not known."""
    then: Callable[[str], str | None]
    """Value after the start; ``None`` where it is not known, or stays."""
    reads_append_only: bool | None = None
    """The start reads the append-only file, or the RDB file; ``None`` where it may be either."""
    directory: PurePosixPath | None = None
    """Where the data is."""
    next_directory: PurePosixPath | None = None
    """Where the start looks for it; ``None`` where that is not known, or stays."""
    unseen: str | None = None
    """Why the running server could not be asked; ``None`` where it was, or nothing depends on it."""
    switches_append_only: bool = False
    """The append-only file is switched in the running server, so that it holds every key before the start."""
    replicas: int = 0
    highest_database: int = -1
    """Number of the last database with keys, -1 without any."""
    running_version: str = ""
    program_version: str = ""
    replay_loses: bool = False
    """The default user may not do all that others wrote in transactions and scripts."""
    used_memory: int = 0
    """Bytes in use now; 0 where the limit of memory is judged elsewhere."""
    set_before: Mapping[str, str] = field(default_factory=dict)
    """Values that the running server is given before it starts again."""

    def changes_of(self, name: str) -> tuple[str, str] | None:
        """Return the value in force and the one after the start where they differ."""
        now, then = self.now(name), self.then(name)
        if now is None or then is None or equivalent(name, now, then):
            return None
        return now, then

    def after(self, name: str) -> str:
        """Return the value after the start, also where it stays; empty where it is not known."""
        then = self.then(name)
        return (self.now(name) if then is None else then) or ""


def told_by_info(info: Mapping[str, str], name: str) -> str | None:
    """Return what INFO tells of a directive that ``CONFIG GET`` does not; ``None`` where it tells nothing."""
    if name == "appendonly" and "aof_enabled" in info:
        return "yes" if info["aof_enabled"] == "1" else "no"
    if name == "replicaof" and "role" in info:
        return f"{info['master_host']} {info.get('master_port', '')}" if "master_host" in info else ""
    return None


# --- the rows ------------------------------------------------------------------------------------


def _unseen(start: Start) -> Iterator[str]:
    if start.unseen is not None:
        why = f" ({start.unseen})" if start.unseen else ""
        yield (f"the running server refused the login, so its keys cannot be persisted before it is stopped{why}")


def _file_names(start: Start) -> Iterator[str]:
    kinds = _NAMES if start.reads_append_only is None else (start.reads_append_only,)
    for name in (each for kind in kinds for each in _NAMES[kind]):
        if found := start.changes_of(name):
            yield f"its file says {name} {found[1]!r} and its data is in {found[0]!r}: it would not load them"


def _directory(start: Start) -> Iterator[str]:
    now, then = start.directory, start.next_directory
    if now and then and now != then:
        yield f"its file says dir {then} and its data is in {now}: it would not load them"


def _append_only(start: Start) -> Iterator[str]:
    found = start.changes_of("appendonly")
    if found and found[1].lower() == "yes" and not start.switches_append_only:
        yield "its file says appendonly yes and the running server has it off: it would start empty, or with old data"


def _role(start: Start) -> Iterator[str]:
    found = start.changes_of("replicaof")
    if not found or start.after("cluster-enabled").lower() == "yes":
        # In a cluster the nodes tell each other who follows whom.
        return
    now, then = found
    if then and then.lower() != "no one":
        place = f"follows {now}" if now else "follows no primary"
        yield f"its file says replicaof {then} and it {place} now: its data would be replaced by that of {then}"
    elif now:
        yield f"it follows {now}, and its file does not say so: it would start as a primary"


def _replicas(start: Start) -> Iterator[str]:
    if start.replicas and start.after("appendonly").lower() != "yes" and not start.after("save"):
        yield (
            f"it saves no data by itself and has {start.replicas} replica{'s' if start.replicas > 1 else ''}: "
            "they are emptied when it starts empty, so keep a copy or let a replica take over first"
        )


def _databases(start: Start) -> Iterator[str]:
    found = start.changes_of("databases")
    if found and number_or(found[1], _MANY) <= start.highest_database:
        last = start.highest_database
        yield f"its file says databases {found[1]} and database {last} has keys: it would refuse to start"


def _program(start: Start) -> Iterator[str]:
    running, program = release_of(start.running_version), release_of(start.program_version)
    if running and program and program < running:
        yield (
            f"its program on disk is {start.program_version} and {start.running_version} runs: "
            "an older server does not read the data of a newer one"
        )


def _replay(start: Start) -> Iterator[str]:
    if start.replay_loses and start.now("appendonly") == "yes" and start.then("appendonly") != "no":
        yield (
            "it reads its append-only file as the default user, who lacks rights of other users: what they wrote in "
            "transactions and scripts would be lost"
        )


def _memory(start: Start) -> Iterator[str]:
    now = {name: start.now(name) for name in (LIMIT, POLICY)}
    for given in ({}, start.set_before):
        values = {name: given.get(name, start.after(name)) for name in now}
        # A full server that stays as it is drops what it dropped before.
        differs = any(value is not None and not equivalent(name, value, values[name]) for name, value in now.items())
        pressure = memory_pressure(memory_or_zero(values[LIMIT]), values[POLICY], start.used_memory)
        if differs and pressure:
            yield f"{pressure}: keys would be evicted at once"
            return


TABLE: Mapping[str, Callable[[Start], Iterator[str]]] = {
    "unseen": _unseen,
    "file-name": _file_names,
    "directory": _directory,
    "append-only": _append_only,
    "role": _role,
    "replicas": _replicas,
    "databases": _databases,
    "program": _program,
    "replay": _replay,
    "memory": _memory,
}
"""By what it would be lost, in the order they are said."""


def data_loss_risks(start: Start) -> tuple[str, ...]:
    """Return why a start may lose keys, one reason each; none where every key is loaded again."""
    return tuple(reason for row in TABLE.values() for reason in row(start))
