"""Commit: make the changes, in an order in which no instant is worse than the one before.

Directories are tightened first, then data, then what is new, then hot directives, files, kernel, units, the new ways
in, users, the old ways in, and the one restart. Every act is in the journal before it is done. What may not live here:
how an act is done (`steps`), and what happens when one fails (`worker`).
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from wizard.changes import files, listeners, live_config, user_record
from wizard.changes.context import ApplyContext
from wizard.changes.handlers import directives, directory, kernel, mode, package, restart, unit, users
from wizard.changes.handlers.kinds import Act, act_of
from wizard.changes.logins import administrator_logins, administrators, own_certificate
from wizard.changes.staging import StagedFile, certificates_of
from wizard.config import ResolvedConfig, resolve
from wizard.errors import ApplyError, ServerError
from wizard.formats.redisconf.directives import canonical
from wizard.model.change import (
    CertificateRole,
    ChangeBase,
    EnableUnit,
    InstallPackage,
    MakeDirectory,
    Restart,
    SetDirective,
    SetKernel,
    SetMode,
    SetUser,
)
from wizard.model.event import Phase
from wizard.model.facts import FileKind
from wizard.model.login import Endpoint
from wizard.persistence import dataset, quiesce
from wizard.persistence.datafiles import data_files, is_complete_aof
from wizard.server.client import Client
from wizard.server.sessions import endpoints

_Kind = TypeVar("_Kind", bound=ChangeBase)
_PATIENCE = 60.0
"""Seconds that a server may take to come up whose data nobody could ask for."""
_WORTH_A_WORD = 1.0
"""Seconds that writes may wait unsaid."""


def commit(run: ApplyContext) -> None:
    """Make every change of the plan.

    Raises:
        WizardError: whatever the first act that failed says; what was done before it stays done.
    """
    _look_at_plaintext(run)
    if run.live:
        run.dataset_before = dataset.read_dataset_stats(run.connector.connect())
    _each(run, InstallPackage, package.do)
    _tighten(run)
    _each(run, MakeDirectory, directory.do)
    _write(run, run.staged.certificates)
    if run.live:
        _append_only_on(run)
    _write(run, run.staged.users)
    if run.live:
        _become_administrator(run)
        _set_live(run)
        _append_only_off(run)
    _write(run, run.staged.configuration)
    if run.live:
        _set_aside(run)
    _set_modes(run)
    if run.is_running_host:
        _each(run, SetKernel, kernel.do)
    _write(run, run.staged.system)
    _units(run)
    if run.instance is not None:
        _doors(run)
    if run.is_running_host:
        _restart(run)


def planned_configuration(run: ApplyContext) -> ResolvedConfig:
    """The configuration as it will be, or is once it is committed."""
    return resolve(run.host, run.plan.config, {file.path: file.data for file in run.staged.files}, run.instance)


def _each(run: ApplyContext, kind: type[_Kind], act: Callable[[ApplyContext, _Kind], None]) -> None:
    for change in run.plan.changes:
        if isinstance(change, kind):
            with run.journal.step(Phase.COMMIT, change.title, changes=(change.id,)):
                act(run, change)


def _tighten(run: ApplyContext) -> None:
    """Set the rights of directories before anything is written there: who owned one could rename our files."""
    modes = (change for change in run.plan.changes if isinstance(change, SetMode))
    for change in sorted(modes, key=lambda each: each.path):
        if run.host.status(change.path).kind is FileKind.DIRECTORY:
            with run.journal.step(Phase.COMMIT, change.title, changes=(change.id,)):
                mode.do(run, change)


def _set_modes(run: ApplyContext) -> None:
    for change in run.plan.changes:
        if isinstance(change, SetMode) and run.host.status(change.path).kind is not FileKind.DIRECTORY:
            with run.journal.step(Phase.COMMIT, change.title, changes=(change.id,)):
                mode.do(run, change)


def _write(run: ApplyContext, staged: Sequence[StagedFile]) -> None:
    for file in staged:
        with run.journal.step(Phase.COMMIT, f"write {file.path}", changes=file.changes or ("",)):
            files.do(run, file)


def _append_only_on(run: ApplyContext) -> None:
    for change in _switches(run, on=True):
        with run.journal.step(Phase.COMMIT, "switch the append-only file on", changes=(change.id,)):
            directives.append_only_on(run)


def _append_only_off(run: ApplyContext) -> None:
    """Just before its line is written: a start in between would read files that nobody writes any more."""
    for change in _switches(run, on=False):
        with run.journal.step(Phase.COMMIT, "save, then switch the append-only file off", changes=(change.id,)):
            directives.append_only_off(run)


def _set_aside(run: ApplyContext) -> None:
    """The line is written: files that the server no longer uses must never be loaded over newer data."""
    for change in _switches(run, on=False):
        with run.journal.step(Phase.COMMIT, "set the old append-only files aside", changes=(change.id,)):
            directives.archive_aof(run, planned_configuration(run))


def _switches(run: ApplyContext, *, on: bool) -> list[SetDirective]:
    live = "yes" if on else "no"
    found = (c for c in run.plan.changes if isinstance(c, SetDirective) and c.live == live)
    return [change for change in found if canonical(change.name) == "appendonly"]


def _loads_users(run: ApplyContext) -> bool:
    """Whether the running server reads the ACL file that is written."""
    path = users.loaded_from(run)
    return any(file.path == path for file in run.staged.users)


def _become_administrator(run: ApplyContext) -> None:
    if _loads_users(run) and administrators(run):
        with run.journal.step(Phase.COMMIT, "go on as the new administrator"):
            users.switch_to_new_admin(run)


def _load_users(run: ApplyContext) -> None:
    ids = tuple(change.id for change in run.plan.changes if act_of(change) is Act.USERS)
    if _loads_users(run):
        with run.journal.step(Phase.COMMIT, "load the new users", changes=ids):
            users.load(run)


def _set_live(run: ApplyContext) -> None:
    """Set directives in the running server, all but those that open or close doors."""
    wanted = [
        change
        for change in run.plan.changes
        if isinstance(change, SetDirective) and canonical(change.name) not in listeners.NAMES
    ]
    values = live_config.live_values(wanted)
    if not values:
        return
    live_config.demand_unchanged(run)
    ids = tuple(change.id for change in wanted if change.name in values)
    with run.journal.step(Phase.COMMIT, f"set {len(values)} directives in the running server", changes=ids):
        run.connector.connect().config_set(values)


def _units(run: ApplyContext) -> None:
    if run.staged.reloads and run.is_running_host:
        with run.journal.step(Phase.COMMIT, "read the unit files anew"):
            run.host.services.reload_definitions()
    _each(run, EnableUnit, unit.do)


def _doors(run: ApplyContext) -> None:
    """Open the new ways in and prove them, let the new users in, and close the old ways last."""
    planned = planned_configuration(run)
    if run.live:
        # Our session is open, whatever becomes of the way that it came by.
        run.connector.connect()
        if not listeners.tls_reuses_port(run):
            _open(run, planned)
        _load_users(run)
        _close(run)
        if listeners.tls_reuses_port(run):
            _open(run, planned)
    run.connector.prefer(logins=administrator_logins(run, planned))
    run.connector.only((*endpoints(planned.values), *_until_the_restart(run)))


def _until_the_restart(run: ApplyContext) -> tuple[Endpoint, ...]:
    """List where the running server listens still, whatever the plan says; none where it closed the endpoint."""
    if not run.live:
        return ()
    try:
        found = run.connector.connect().config_get("unixsocket", "bind", "port", "tls-port")
    except ServerError:
        return tuple(run.connector.endpoints)
    words = {name: (value,) if name == "unixsocket" else tuple(value.split()) for name, value in found.items()}
    return endpoints(words)


def _open(run: ApplyContext, planned: ResolvedConfig) -> None:
    wanted = listeners.wanted(run)
    values = {name: wanted[name] for name in listeners.OPENING if name in wanted}
    if values:
        ids = listeners.ids(run, *listeners.OPENING)
        with run.journal.step(Phase.COMMIT, f"open {' and '.join(values)} in the running server", changes=ids):
            listeners.set_without_port_conflict(run.connector.connect(), values)
    if "tls-port" in wanted or listeners.closing_port(run):
        with run.journal.step(Phase.COMMIT, "prove TLS by a handshake"):
            _prove_tls(run, planned)


def _prove_tls(run: ApplyContext, planned: ResolvedConfig) -> None:
    admins = administrators(run)
    user = admins[0].user if admins else run.login.user if run.login else ""
    fresh = any(c.role is CertificateRole.CLIENT for c in certificates_of(run.plan))
    listeners.prove_tls(run, planned.values, own_certificate(run, user) if user else None, fresh=fresh)


def _look_at_plaintext(run: ApplyContext) -> None:
    """Stop before anything is done when somebody came by the port that drains since the plan was made."""
    port = listeners.closing_port(run)
    if port and listeners.waits_until_unused(run):
        listeners.ensure_unused(run.connector.connect(), port)


def _close(run: ApplyContext) -> None:
    wanted = listeners.wanted(run)
    if listeners.CLOSING not in wanted:
        return
    port, client = listeners.closing_port(run), run.connector.connect()
    waits = bool(port) and listeners.waits_until_unused(run)
    if waits:
        with run.journal.step(Phase.COMMIT, f"see that nobody uses port {port}"):
            listeners.ensure_unused(client, port, seconds=listeners.WATCH_SECONDS)
    value = wanted[listeners.CLOSING]
    title = f"close port {port}" if port else f"set port {value}"
    with run.journal.step(
        Phase.COMMIT, f"{title} in the running server", changes=listeners.ids(run, listeners.CLOSING)
    ):
        listeners.set_without_port_conflict(client, {listeners.CLOSING: value})
        if waits:
            # Whoever came in the last moment is connected still: the way is opened again for them.
            listeners.ensure_unused(client, port)
        elif port:
            listeners.log_disconnected(run, port, listeners.disconnect_clients(client, port))


def _restart(run: ApplyContext) -> None:
    for change in run.plan.changes:
        if not isinstance(change, Restart):
            continue
        client = run.connector.connect_or_none() if run.live else None
        seconds = dataset.save_timeout(client) if client is not None else _PATIENCE
        planned = endpoints(planned_configuration(run).values)
        with restart.prepared_restart(run.host, change.unit, run.connector, places=planned, seconds=seconds) as act:
            brought = _bring_to_disk(run, change, client) if client is not None else None
            user_record.demand_unchanged(run)
            live_config.demand_unchanged(run)
            with run.journal.step(Phase.COMMIT, change.title, changes=(change.id,)):
                run.restarted = True
                with _held(run, client, brought):
                    run.downtime_seconds = act()
                run.restarted_at, run.unit_state = time.monotonic(), restart.unit_state(run.host, change.unit)


def _bring_to_disk(run: ApplyContext, change: Restart, client: Client) -> quiesce.PersistedDataset:
    accepted = change.id in run.plan.consents
    with run.journal.step(Phase.COMMIT, "bring all keys to disk", changes=(change.id,)):
        on = _starts_from_append_only(run, client, accepted=accepted)
        brought = quiesce.persist(client, from_append_only=on, rewrite=directives.has_renamed_commands(run))
        known = data_files(run.server, planned_configuration(run))
        if on and known and not accepted and client.key_total() and not is_complete_aof(run.host, known):
            raise ApplyError(
                f"the server keeps its append-only file elsewhere than in {known.dump.parent}, where its next start "
                "would look for it, so it is not stopped"
            )
        return brought


@contextmanager
def _held(run: ApplyContext, client: Client | None, brought: quiesce.PersistedDataset | None) -> Iterator[None]:
    """Nothing lies between this and the stop: whoever writes may wait from now on."""
    if client is None or brought is None:
        yield
        return
    with quiesce.quiesced(client, brought, enter=run.connector.connect_or_none) as stilled:
        run.dataset_before = stilled.last
        yield
    if stilled.waited > _WORTH_A_WORD:
        run.checks.append(f"Writes waited for {stilled.waited:.0f} s while the last save ran; reads were answered.")


def _starts_from_append_only(run: ApplyContext, client: Client, *, accepted: bool) -> bool:
    """What the next start reads. Where it would find nothing and that was accepted, the keys go to the RDB file."""
    on = planned_configuration(run).value("appendonly", "no").lower() == "yes"
    return on and (dataset.uses_append_only(client) or not accepted)


def users_with_new_passwords(run: ApplyContext) -> tuple[SetUser, ...]:
    """The planned users whose new password we know."""
    return tuple(c for c in run.plan.changes if isinstance(c, SetUser) and c.user in run.passwords)
