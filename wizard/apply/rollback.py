"""Rollback: put back what a snapshot has, in an order that keeps keys and access, and compare.

It works from the snapshot alone, so it serves a failed apply, the command, and whoever comes after
a crash. Each part goes on when one path or value cannot be put back, and says so. What may not live
here: the lock, and the decision to roll back.
"""

from contextlib import ExitStack, suppress

from wizard.apply import data, gone, keys, losses, otherhands, outside, shield
from wizard.apply.differences import RUNNING, differences, dropped, server_differences, server_unit
from wizard.apply.effective import Effective, effective
from wizard.apply.pulse import Pulse
from wizard.apply.reach import endpoints
from wizard.apply.steps import directives, files, kernel, liveusers, livevalues, package, restart, unit, users
from wizard.apply.steps.startlimit import enough
from wizard.apply.undo import Undo
from wizard.errors import ApplyError, HostError, ServerError, SnapshotError, WizardError
from wizard.model.event import Phase
from wizard.model.facts import FileKind
from wizard.model.snapshot import SavedPath, SavedUnit
from wizard.server.client import Client
from wizard.snapshots.handmade import hand_edits, lines

_PATIENCE = 60.0


def demand_safe(work: Undo) -> None:
    """Refuse a rollback that was asked for and would lose keys, before anything is touched.

    Raises:
        ApplyError: it would; the text says what to do.
    """
    if work.booting or work.host.tree is not None:
        return
    client = keys.enter(work)
    losses.demand_none(work, client)
    _demand_safe(work, client)


def _demand_safe(work: Undo, client: Client | None) -> None:
    if not work.booting and _restarts(work) and _up(work):
        keys.demand_safe(work, client, restarts=client is None or work.restarted)


def roll_back(work: Undo) -> None:
    """Put everything back; what could not be is in `work.kept` afterwards.

    Raises:
        ApplyError: keys would be lost; nothing was changed.
        SnapshotError: the bytes of a file are lost or damaged.
    """
    client = None if work.booting else keys.enter(work)
    _note_hand_made(work, client)
    shield.tighten(work)
    if client is not None:
        work.held_before = data.holding(client)
    livevalues.meet(work, client)
    liveusers.meet(work, client)
    hot = client is not None and not work.restarted
    _demand_safe(work, client)
    was_on = keys.is_on(work)
    switched = _switch_persistence(work, client)
    was_on = work.snapshot.append_only if switched else was_on
    work.refused.clear()
    unit.undo(work)
    existed, absent, directories = _split(work)
    changed = [saved for saved in existed if _put(work, saved)]
    liveusers.write(work, hot=hot)
    _hold_data(work, was_on=was_on)
    if hot:
        hot = _undo_hot(work)
    changed += [saved for saved in absent if _put(work, saved)]
    kernel.undo(work)
    if work.footprint.reloads and work.host.tree is None:
        _reload(work)
    unit.redo(work)
    if work.booting:
        work.waits_for_server = _holds(work, was_on=was_on)
    elif not hot and _restarts(work) and (changed or not _settled(work)):
        _restart(work, was_on=was_on)
    elif client is not None and not was_on:
        keys.set_aside(work)
    if not work.booting and work.host.tree is None:
        _serve_as_before(work)
    _set_live(work)
    liveusers.set_again(work)
    _demand_running(work)
    shield.loosen(work)
    for saved in directories:
        _put(work, saved)
    work.done += package.undo(work.host, work.snapshot)
    work.kept += package.interrupted(work.host, work.snapshot)
    work.kept += livevalues.sentences(work)
    work.kept += liveusers.finish(work)
    work.kept += differences(work)
    work.done += dropped(work)


def comparison(work: Undo) -> str:
    """Say in one sentence how the host compares with the snapshot."""
    if work.kept:
        return f"Not as before: {'; '.join(work.kept)}."
    counted = (
        f"{len(work.snapshot.paths)} paths",
        f"{len(work.snapshot.kernel)} kernel values",
        f"{len(work.snapshot.directives)} live directives",
        f"{len(work.snapshot.units)} units",
    )
    return f"SAME: {', '.join(counted)} are as in snapshot {work.snapshot.id}."


# --- the parts -----------------------------------------------------------------------------------


def _note_hand_made(work: Undo, client: Client | None) -> None:
    """Name what others did since, with the lines that are lost; it lies in the snapshot taken before this rollback."""
    if work.known is not None and not work.known.remembered:
        return
    with suppress(HostError, SnapshotError, ServerError):
        now = client.config_get() if client is not None else {}
        edits = hand_edits(work.host, work.store, work.snapshot, now)
        work.done += [edit.what for edit in edits]
        for line in lines(edits):
            work.journal.note(Phase.ROLLBACK, line)


def _switch_persistence(work: Undo, client: Client | None) -> bool:
    if client is None or not keys.differs(work):
        return False
    with work.journal.act(Phase.ROLLBACK, "bring every key to disk and switch persistence back"):
        keys.switch(work, client)
    return True


def _split(work: Undo) -> tuple[list[SavedPath], list[SavedPath], list[SavedPath]]:
    """Give what existed, what did not, and the directories, whose rights come back last, the innermost first."""
    ordered = files.in_order(work.snapshot.paths)
    kinds = {FileKind.ABSENT, FileKind.DIRECTORY}
    existed = [saved for saved in ordered if saved.status.kind not in kinds]
    absent = [saved for saved in ordered if saved.status.kind is FileKind.ABSENT]
    return existed, absent, [saved for saved in reversed(ordered) if saved.status.kind is FileKind.DIRECTORY]


def _put(work: Undo, saved: SavedPath) -> bool:
    try:
        return files.undo(work, saved)
    except HostError as error:
        work.refused.append(f"{saved.status.path} could not be put back: {error}")
        return False


def _undo_hot(work: Undo) -> bool:
    """Bring a server that was not restarted back by commands; false when it must be restarted after all."""
    try:
        with work.journal.act(Phase.ROLLBACK, "set the running server back"):
            client = work.doors.try_session()
            if client is None:
                return False
            directives.undo(client, directives.without_drops(work, client, livevalues.wanted(work)))
            users.undo(work, client)
            work.doors.session()
    except ServerError:
        return False
    return True


def _set_live(work: Undo) -> None:
    """Give a running server the values back that no file has: a restart made it forget them."""
    client = None if work.booting else work.doors.try_session()
    if client is None:
        return
    wanted = livevalues.wanted(work)
    with suppress(ServerError):
        wanted = directives.without_drops(work, client, wanted)
    for values in (wanted, *({name: value} for name, value in wanted.items())):
        try:
            directives.undo(client, values)
        except ServerError:
            # One that it refuses keeps none of the others back.
            continue
        if values is wanted:
            return


def _reload(work: Undo) -> None:
    try:
        with work.journal.act(Phase.ROLLBACK, "read the unit files anew"):
            work.host.services.reload_definitions()
    except HostError as error:
        work.kept.append(f"the unit files were not read anew: {error}")


def _settled(work: Undo) -> bool:
    """The server is up or down as it was, and has its old values, as far as a session can see."""
    server = server_unit(work)
    if server is None or server.active not in RUNNING:
        return not _up(work)
    if outside.not_running(work.host, server.name, seconds=0, main=_has_main(work)):
        return False
    return work.doors.try_session() is not None and not server_differences(work)


def _restart(work: Undo, *, was_on: bool, again: bool = False) -> None:
    """Restart into the old state, or leave the server stopped where it was stopped."""
    name = server_unit(work)
    if name is None:
        return
    if gone.is_gone(work, name):
        work.kept.append(gone.sentence(work, name, holds_line=_holds(work, was_on=was_on)))
        return
    try:
        with work.journal.act(Phase.ROLLBACK, f"restart {name.name} with its old configuration"):
            _restart_unit(work, name, was_on=was_on)
    except WizardError as error:
        if not again and otherhands.give_way(work):
            _restart(work, was_on=was_on, again=True)
        else:
            held = _holder(work)
            why = held if held and held not in str(error) else ""
            work.refused.append(f"{name.name} could not be restarted: {'; '.join(filter(None, (why, str(error))))}")


def _demand_free(work: Undo) -> None:
    """Start nothing that cannot listen.

    Raises:
        ApplyError: another process listens where the server will; the text names it.
    """
    if held := _holder(work):
        raise ApplyError(held)


def _holder(work: Undo) -> str:
    now = _configuration(work)
    return outside.holder(work, now) if now is not None else ""


def _configuration(work: Undo) -> Effective | None:
    main = keys.main_file(work)
    return None if main is None else effective(work.host, main, {})


def _serve_as_before(work: Undo) -> None:
    """Have the old certificate served again: the server reads its files again, by a command or by a restart."""
    now, server = _configuration(work), server_unit(work)
    if work.refused or now is None or not _restorable(work, now):
        return
    client = work.doors.try_session()
    if client is not None:
        with work.journal.act(Phase.ROLLBACK, "have the server read its certificate files again"):
            outside.read_certificates(client, now)
    if _restorable(work, now) and server is not None and server.active in RUNNING:
        _restart(work, was_on=keys.is_on(work))


def _restorable(work: Undo, now: Effective) -> bool:
    return outside.is_in_file(work, now, outside.other_certificates(work))


def _demand_running(work: Undo) -> None:
    """A server that ran before and does not now is put right later: it is tried again."""
    server = server_unit(work)
    if server is None or server.active not in RUNNING or work.refused or work.booting or work.host.tree is not None:
        return
    if gone.is_gone(work, server):
        return
    why = outside.not_running(work.host, server.name, seconds=outside.SETTLE_SECONDS, main=_has_main(work))
    if why:
        held = f": {text}" if (text := _holder(work)) else ""
        work.refused.append(f"{server.name} is {why}, was {server.active}{held}")


def _has_main(work: Undo) -> bool:
    return bool(work.instance and work.instance.unit and work.instance.unit.main_pid)


def _hold_data(work: Undo, *, was_on: bool) -> None:
    """Whenever the server starts, it does so on the data that is newest; what its configuration says follows then."""
    if _holds(work, was_on=was_on):
        keys.hold_line(work, on=was_on)


def _holds(work: Undo, *, was_on: bool) -> bool:
    return work.host.tree is None and was_on is not work.snapshot.append_only and keys.main_file(work) is not None


def _restart_unit(work: Undo, server: SavedUnit, *, was_on: bool) -> None:
    """Stop and start, on the data that is newest; the line of the append-only file follows where it differs."""
    was_up, seconds = _up(work), _PATIENCE
    _know_old_doors(work)
    client = keys.enter(work)
    if client is not None:
        seconds = data.patience(client)
    # Both limits are raised before the stop: one that saves would be killed, and it takes time.
    with ExitStack() as around:
        pulse = around.enter_context(Pulse(work.doors)) if was_up else None
        around.enter_context(enough(work.host, server.name, max(seconds, keys.stop_seconds(work))))
        if was_up:
            on = keys.stop(work, server.name, client, seconds=seconds, was_on=was_on)
        else:
            # It may hang in a start that fails again and again.
            work.host.services.stop(server.name, seconds=seconds)
            on = was_on
        _forget_new_doors(work)
        waiting = _set_line(work, on=on, was_on=was_on)
        if server.active not in RUNNING:
            if waiting:
                again = f"run redis-wizard rollback {work.snapshot.id} then"
                work.kept.append(f"the line appendonly waits until {server.name} is started: {again}")
            return
        if not was_up:
            _demand_free(work)
        work.host.services.start(server.name, seconds=seconds)
        restart.wait(work.doors, seconds=seconds, host=work.host, unit=server.name)
        work.downtime_seconds = round(pulse.gap(), 3) if pulse is not None else 0.0
    if waiting:
        keys.finish_data(work)


def _set_line(work: Undo, *, on: bool, was_on: bool) -> bool:
    """Let the stopped server start on the data that is newest; tell whether its line must wait until it is up."""
    waiting = on is not work.snapshot.append_only or not keys.let_the_line_follow(work)
    if waiting:
        keys.hold_line(work, on=on if on is not work.snapshot.append_only else was_on)
    else:
        keys.set_aside(work)
    return waiting


def _know_old_doors(work: Undo) -> None:
    """The restored configuration says where the server will listen; it may ask for no login."""
    now = _configuration(work)
    if now is not None:
        work.doors.prefer(places=endpoints(now.values))


def _forget_new_doors(work: Undo) -> None:
    """Forget the endpoints of the change: another process may listen there from now on."""
    old = _configuration(work)
    if old is not None:
        work.doors.only(endpoints(old.values))


def _restarts(work: Undo) -> bool:
    return work.host.tree is None and server_unit(work) is not None


def _up(work: Undo) -> bool:
    """It serves; so does one that was told to stop and could not save its data."""
    server = server_unit(work)
    if server is None:
        return False
    state = work.host.services.show(server.name)
    return state.active in {"active", "reloading", "deactivating"} and bool(state.main_pid)
