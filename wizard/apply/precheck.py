"""What the plan does to the keys, proven on the running server before the first change.

Each check gives a sentence, or nothing. The facts may be as the plan has them and the data not: it
grows, disks fill.
"""

from collections.abc import Iterator
from pathlib import PurePosixPath

from wizard.changes.context import ApplyContext
from wizard.config import ResolvedConfig
from wizard.errors import ApplyError, HostError
from wizard.formats.redisconf.directives import canonical
from wizard.host.reader import HostReader
from wizard.model.change import Restart, SetDirective
from wizard.model.dataset import LIMIT, POLICY
from wizard.model.event import Phase
from wizard.model.sources import FileContents
from wizard.persistence import dataset, eviction
from wizard.persistence.datafiles import data_files, detect_rewrite, is_complete_aof
from wizard.planning.context import Context
from wizard.planning.risks.restart_loss import restart_risks
from wizard.server.client import Client

_LEAST = 1 << 20
"""Bytes that must be free for any save."""
_LOST = "where its next start would look for them"


def require_persistable(run: ApplyContext, planned: ResolvedConfig) -> None:
    """Let pass a plan that costs no key, but by the operator's word.

    Raises:
        ApplyError: it would, or what keeps them cannot be done; the text says why.
    """
    if problems := tuple(_obstacles(run, planned)):
        raise ApplyError("; ".join(problems))


def _obstacles(run: ApplyContext, planned: ResolvedConfig) -> Iterator[str]:
    restart = next((change for change in run.plan.changes if isinstance(change, Restart)), None)
    accepted = restart is not None and restart.id in run.plan.consents
    losses = _losses(run) if restart is not None and not accepted else []
    client = run.connector.connect_or_none() if run.live else None
    if client is not None:
        losses += _evictions(run, client)
    yield from losses
    # As the last check: after a save that fails the server refuses writes, as it is configured to do.
    if not losses and client is not None and (restart is not None or _switched(run, "appendonly") is not None):
        with run.journal.step(Phase.REHEARSE, "check that every key can be persisted"):
            yield from _cannot_save(run, planned, client, elsewhere=not accepted)


def _losses(run: ApplyContext) -> list[str]:
    """Look again for changes that need a consent, also in a plan that was made on another host or day."""
    context = Context(facts=run.facts, sources=FileContents(), answers=run.plan.answers, instance=run.server)
    return [f"a restart may lose data: {reason}" for reason in restart_risks(context, run.plan.changes)]


def _switched(run: ApplyContext, name: str) -> SetDirective | None:
    changes = (c for c in run.plan.changes if isinstance(c, SetDirective) and c.live is not None)
    return next((change for change in changes if canonical(change.name) == name), None)


def _evictions(run: ApplyContext, client: Client) -> Iterator[str]:
    """A limit and a policy that together drop keys at once: the memory in use is of now, not of the plan."""
    changes = [change for change in (_switched(run, LIMIT), _switched(run, POLICY)) if change is not None]
    if not changes or any(change.id in run.plan.consents for change in changes):
        return
    if found := eviction.memory_pressure(client, {change.name: change.live or "" for change in changes}):
        yield f"{found}: the server would evict keys at once; plan again, and accept the data loss there"


def _cannot_save(run: ApplyContext, planned: ResolvedConfig, client: Client, *, elsewhere: bool) -> Iterator[str]:
    """Prove that keys can be persisted: persist them now, to where the next start looks for them."""
    known = data_files(run.server, planned)
    if dataset.uses_append_only(client) and planned.value("appendonly", "no").lower() == "yes":
        if client.info("persistence").get("aof_last_write_status") == "err":
            yield "the server cannot write its append-only file; read its log"
        elif elsewhere and known and dataset.read_dataset_stats(client).keys and not is_complete_aof(run.host, known):
            yield f"the server keeps its append-only file elsewhere than in {known.dump.parent}, {_LOST}"
        return
    if shortage := _no_room(run.host, known.dump) if known else "":
        yield shortage
        return
    try:
        if known is None:
            dataset.save(client)
            return
        with detect_rewrite(run.host, known.dump) as rewritten:
            dataset.save(client)
            written = rewritten()
    except (ApplyError, HostError) as error:
        yield str(error)
        return
    if written is False and elsewhere:
        yield f"the server saved its data to another file than {known.dump}, {_LOST}"


def _no_room(host: HostReader, dump: PurePosixPath) -> str:
    """Say why a save would fail for want of space; empty where it may succeed.

    It is not tried then: a server whose save has failed refuses writes until one succeeds.
    """
    last, free = host.status(dump).size, host.space(dump.parent).free
    if free >= max(last, _LEAST):
        return ""
    return (
        f"the file system of {dump.parent} has {free} bytes free, too little to save the data "
        f"(the last dump has {last}); free some space and try again"
    )
