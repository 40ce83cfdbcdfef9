"""Persist every key and pause writes, just before a server is asked to stop."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from wizard.errors import ApplyError, ServerError
from wizard.model.dataset import DatasetStats
from wizard.model.value import Value
from wizard.persistence import dataset
from wizard.server.client import Client

SAFE_SAVE = "3600 1"
"""Any save point makes the server save when it is asked to stop."""
PAUSE_SECONDS = 10.0
"""Writes wait for so long at most unless the pause is extended: so long after the worker is killed."""
STOP_SECONDS = 60.0
"""Writes wait for so long after the last look, that is until the server is asked to stop."""
SHORT_SAVE_SECONDS = 10.0
"""A shorter save is left to the stop where clients write: they wait less than for a save in the background."""
_TRIES = 3


class PersistedDataset(Value, frozen=True):
    """A running server whose keys are on disk, and how the rest gets there."""

    run: str
    """``run_id`` of the process."""
    points: str | None
    """Its save points, ``None`` where they may not be read."""
    hz: str | None = None
    """How often a second it looks whether it is asked to stop, ``None`` where that may not be read."""
    append_only: bool = False
    """The next start reads the append-only file, which is complete at any time."""
    renames: bool = False
    """That file was written again, and nothing more may come to it."""
    replica: bool = False
    brief: bool = False
    """What comes from now on can be left to the stop: it saves, and that does not take long."""


@dataclass(slots=True)
class QuiescedServer:
    """What was done to a running server so that its end loses nothing; it goes with the process."""

    run: str
    """``run_id`` of the process."""
    points: str | None = None
    """Save points that it had, ``None`` where they are untouched."""
    hz: str | None = None
    """Its own ``hz``, ``None`` where that is untouched."""
    paused: bool = False
    """Writes wait."""
    waited: float = 0.0
    """Seconds that they have waited until now."""
    last: DatasetStats | None = None
    """What it held at the last look. Where writes do not wait, keys may still come, but none goes."""

    def is_safe_to_kill(self, client: Client) -> bool:
        """Return whether the process could end in any way now, without losing a key."""
        now = dataset.read_dataset_stats(client)
        return now.run == self.run and now.saves and now.on_disk

    def resume(self, client: Client | None) -> None:
        """Let a server that was not stopped after all go on as before; another process, or none, is left alone."""
        if client is None or client.info("server").get("run_id") != self.run:
            return
        if self.paused:
            client.execute("CLIENT", "UNPAUSE")
        if self.points is not None:
            client.config_set({"save": self.points})
        if self.hz is not None:
            client.config_set({"hz": self.hz})


def persist(client: Client, *, from_append_only: bool, rewrite: bool = False) -> PersistedDataset:
    """Persist every key while clients go on, as far as that can be done before a stop.

    Args:
        client: Logged in, as a user who may administrate.
        from_append_only: What the next start reads, by the configuration that it will find.
        rewrite: The append-only file may hold commands that are about to be renamed.

    Raises:
        ApplyError: the keys cannot be persisted; nothing was done.
    """
    run, points = client.info("server").get("run_id", ""), _live(client, "save")
    hz = _live(client, "hz")
    if from_append_only:
        _demand_append_only(client, rewrite=rewrite)
        return PersistedDataset(run, points, hz, append_only=True, renames=rewrite)
    begun = time.monotonic()
    dataset.save(client)
    if client.info("replication").get("role") == "slave":
        return PersistedDataset(run, points, hz, replica=True)
    brief = time.monotonic() - begun < SHORT_SAVE_SECONDS and _saves_when_told_to_stop(client)
    return PersistedDataset(run, points, hz, brief=brief)


def quiesce(client: Client, persisted: PersistedDataset) -> QuiescedServer:
    """Make sure that no key is lost or uncounted from now on; call it just before the server is asked to stop.

    Where the next start reads the append-only file, the stop itself need not save. Where it reads the RDB
    file and no client wrote since the last save, the stop need not save either; otherwise a short save is
    left to it, as in any other restart. A long save is repeated before the stop, while writes wait and
    reads are served: in the stop it would block both for as long, and could fail.

    Writes wait only where something depends on it: a save that the stop no longer makes, or the count of
    the keys where a client ever removed one, since a new process counts removals again.

    Raises:
        ApplyError: the keys cannot be persisted; the server goes on as before.
    """
    quiesced = QuiescedServer(persisted.run)
    try:
        _hold(client, persisted, quiesced)
    except BaseException:
        with suppress(ServerError):
            quiesced.resume(client)
        raise
    return quiesced


@contextmanager
def quiesced(
    client: Client, persisted: PersistedDataset, *, enter: Callable[[], Client | None]
) -> Iterator[QuiescedServer]:
    """Quiesce the server for the context, in which it is stopped; where that fails it goes on as before.

    Args:
        client: Logged in.
        persisted: What `persist` returned.
        enter: Gives a new session, if the server still accepts a login.
    """
    quiesced = quiesce(client, persisted)
    try:
        yield quiesced
    except BaseException:
        with suppress(ServerError):
            quiesced.resume(enter())
        raise


def persist_and_quiesce(client: Client, *, from_append_only: bool, rewrite: bool = False) -> QuiescedServer:
    """Persist and quiesce at once.

    Raises:
        ApplyError: the keys cannot be persisted; nothing was done.
    """
    return quiesce(client, persist(client, from_append_only=from_append_only, rewrite=rewrite))


def _hold(client: Client, persisted: PersistedDataset, quiesced: QuiescedServer) -> None:
    if persisted.append_only:
        _take_points(client, persisted, quiesced)
    quiesced.last = dataset.read_dataset_stats(client)
    if persisted.append_only:
        if persisted.renames or not quiesced.last.count_cannot_drop:
            _hold_writes(client, persisted, quiesced)
    elif persisted.replica or (persisted.brief and quiesced.last.unsaved and quiesced.last.count_cannot_drop):
        # A replica's writes come from its primary, which does not wait; they come again after the start.
        _let_it_save(client, persisted, quiesced)
    elif _hold_writes(client, persisted, quiesced) and _is_saved(client, persisted, quiesced):
        _take_points(client, persisted, quiesced)
    else:
        _let_it_save(client, persisted, quiesced)


def _hold_writes(client: Client, persisted: PersistedDataset, quiesced: QuiescedServer) -> bool:
    """Pause writes until the stop; false where the login has no such command, as before 6.2.

    Source:
        redis ``src/server.c``, ``serverCron()``: it looks `hz` times a second whether a signal asked it to stop.
    """
    if persisted.hz:
        quiesced.hz = persisted.hz
        client.config_set({"hz": "500"})
    quiesced.paused = True
    try:
        _pause(client, STOP_SECONDS)
    except ServerError:
        quiesced.paused = False
        return False
    quiesced.last = dataset.read_dataset_stats(client)
    return True


def _is_saved(client: Client, persisted: PersistedDataset, quiesced: QuiescedServer) -> bool:
    """Return whether the RDB file has everything; where the stop had better not save it is written once more."""
    begun = time.monotonic()
    for _ in range(_TRIES):
        quiesced.last = dataset.read_dataset_stats(client)
        if not quiesced.last.unsaved:
            return True
        if persisted.brief:
            break
        dataset.save(client, in_between=_PauseKeepalive(client))
        _pause(client, STOP_SECONDS)
        quiesced.waited = time.monotonic() - begun
    return False


def _demand_append_only(client: Client, *, rewrite: bool) -> None:
    fields = client.info("persistence")
    if fields.get("aof_enabled") != "1":
        raise ApplyError(
            "the next start would read an append-only file, and the running server has it off: it would start empty, "
            "or with old data, so it was not stopped"
        )
    if fields.get("aof_last_write_status") == "err":
        raise ApplyError("the server cannot write its append-only file; read its log; nothing was stopped")
    dataset.wait_for(client, dataset.save_timeout(client), "the running append-only rewrite", dataset.nothing_rewrites)
    if rewrite or client.info("persistence").get("aof_last_bgrewrite_status") != "ok":
        # It may never have been whole: a first rewrite that fails is tried again and again.
        dataset.rewrite_append_only(client)


def _pause(client: Client, seconds: float) -> None:
    client.execute("CLIENT", "PAUSE", str(int(seconds * 1000)), "WRITE")


class _PauseKeepalive:
    """Keeps a pause alive while it is called often."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._at = time.monotonic()

    def __call__(self) -> None:
        if time.monotonic() - self._at > PAUSE_SECONDS / 3:
            _pause(self._client, PAUSE_SECONDS)
            self._at = time.monotonic()


def _take_points(client: Client, persisted: PersistedDataset, quiesced: QuiescedServer) -> None:
    """Take the save points away for the rest of this process: the stop need not save."""
    if persisted.points:
        quiesced.points = persisted.points
        client.config_set({"save": ""})


def _let_it_save(client: Client, persisted: PersistedDataset, quiesced: QuiescedServer) -> None:
    """Make the server save when it is asked to stop; it does so only while it has a save point."""
    if persisted.points == "":
        quiesced.points = ""
        client.config_set({"save": SAFE_SAVE})


def _saves_when_told_to_stop(client: Client) -> bool:
    """Return whether SIGTERM can be configured not to save, since 7.0."""
    try:
        words = client.config_get("shutdown-on-sigterm").get("shutdown-on-sigterm", "default")
    except ServerError:
        return True
    return "nosave" not in words.split()


def _live(client: Client, name: str) -> str | None:
    """A live value, ``None`` where it may not be read."""
    try:
        return client.config_get(name).get(name)
    except ServerError:
        return None
