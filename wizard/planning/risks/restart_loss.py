"""What the restart of a plan would do to the keys of a running server."""

from collections.abc import Sequence
from pathlib import PurePosixPath

from wizard.formats.redisconf.directives import canonical
from wizard.model.change import Change, SetDirective
from wizard.model.dataset import keyspace
from wizard.planning.context import Context
from wizard.planning.risks.aof_replay import replay_loses_commands
from wizard.planning.risks.data_loss import Start, data_loss_risks, told_by_info


def restart_risks(context: Context, changes: Sequence[Change]) -> tuple[str, ...]:
    """Return why a restart may lose keys, one reason each; none where every key is loaded again.

    Args:
        context: The host and what is wanted.
        changes: Those of the plan; its files count as they will be.
    """
    if not context.running:
        return ()
    planned = {canonical(each.name): each for each in changes if isinstance(each, SetDirective)}
    return data_loss_risks(_start(context, planned, replay_loses=replay_loses_commands(context, changes)))


def _start(context: Context, planned: dict[str, SetDirective], *, replay_loses: bool) -> Start:
    live = context.live
    info = live.info if live else {}

    def now(name: str) -> str | None:
        value = context.in_force(name)
        return told_by_info(info, name) if value is None else value

    def then(name: str) -> str | None:
        if context.configuration.is_uncertain(name):
            return None
        change = planned.get(canonical(name))
        if change is not None:
            return " ".join(word for line in change.values for word in line)
        return context.configuration.after_start(name)

    switch = planned.get("appendonly")
    directory = now("dir")
    return Start(
        now=now,
        then=then,
        directory=PurePosixPath(directory) if directory else None,
        next_directory=_next_directory(context, planned),
        unseen=None if live else getattr(context.instance.live, "why", ""),
        switches_append_only=switch is not None and switch.live is not None,
        replicas=len(live.replicas) if live else 0,
        highest_database=max(keyspace(info.items()), default=-1),
        running_version=live.version if live else "",
        program_version=context.instance.version if isinstance(context.instance.version, str) else "",
        replay_loses=replay_loses,
    )


def _next_directory(context: Context, planned: dict[str, SetDirective]) -> PurePosixPath | None:
    """Return where it will work; ``None`` where that is not known, or stays."""
    if context.configuration.is_uncertain("dir"):
        return None
    if "dir" in planned:
        named = PurePosixPath(" ".join(word for line in planned["dir"].values for word in line))
        return named if named.is_absolute() else None
    return context.instance.next_directory
