"""Where the server listens: addresses, protected mode, the plain port, the unix socket."""

from pathlib import PurePosixPath

from wizard.config import configuration_of
from wizard.model.change import Risk
from wizard.model.facts.instance import Instance
from wizard.model.network import bind_words
from wizard.model.plan import Note
from wizard.model.value import replace
from wizard.planning import paths, usage
from wizard.planning.addresses import bound
from wizard.planning.context import Context
from wizard.planning.goals import DirectiveGoal, SectionPlan, goal
from wizard.planning.sections.tls import closes_plaintext, drains, tls_in_effect
from wizard.planning.select_instance import config_path

_MOST_NAMED = 8
"""Groups of clients that a note names; more are counted."""
_GROUP = "not changed: this server is a {role}, and its group connects to its address and port"


def plan_section(context: Context) -> SectionPlan:
    """Want the addresses, the port, protected mode and the unix socket."""
    wanted = [goal("protected-mode", ("yes" if context.answers.network.protected_mode else "no",))]
    notes: list[Note] = []
    if context.is_replicated:
        notes.append(Note(subject="network", text=_GROUP.format(role=context.role)))
    else:
        wanted += [*_bind(context), _port(context)]
        notes += [_waits(context)] if drains(context) else []
    path = socket_path(context)
    if path:
        wanted += _socket(context, path)
    elif reason := _no_socket(context):
        notes.append(Note(subject="unix socket", text=reason))
    return SectionPlan(wanted=tuple(wanted), notes=tuple(notes))


def _bind(context: Context) -> tuple[DirectiveGoal, ...]:
    """Want the addresses; an empty bind, which opens nothing, stays until a port is wanted."""
    if context.configuration.binds_nothing and not (context.answers.network.port or tls_in_effect(context)):
        return ()
    named, then = set(bind_words(context.value("bind").split())), bound(context)
    loses = not named or not named <= set(bind_words(then))
    wanted = replace(
        goal("bind", then),
        risk=Risk.DISCONNECT if loses and _has_network_clients(context) else Risk.NONE,
        evidence="connections to an address that is no longer listed are refused",
    )
    return (wanted,)


def _port(context: Context) -> DirectiveGoal:
    closed = closes_plaintext(context)
    used = usage.clients_unknown(context) or usage.on_plaintext(context)
    moves = closed or str(context.answers.network.port) != context.value("port", "6379")
    return replace(
        goal("port", ("0" if closed else str(context.answers.network.port),)),
        why="The plaintext port is closed." if closed else "The plaintext port.",
        source="chapter 4" if closed else "the answer network.port",
        items=(15,) if closed else (),
        risk=Risk.DISCONNECT if moves and used else Risk.NONE,
        evidence="clients of the old port must use the new one; their open connections are closed"
        if closed
        else "clients of the old port must use the new one",
        needs=("directive:tls-port",) if closed else (),
    )


def _waits(context: Context) -> Note:
    """Say for which clients the plaintext port stays open."""
    port, tls = context.value("port", "6379"), context.answers.tls.port
    groups = usage.on_plaintext(context)
    if not groups:
        who = usage.why_unseen(context).rstrip(".")
    else:
        more = len(groups) - _MOST_NAMED
        named = [group.describe() for group in groups[:_MOST_NAMED]]
        who = f"used by {'; '.join(named)}{f'; and {more} more' if more > 0 else ''}"
    closes = "A later plan closes it when no client uses it; the answer close closes it now"
    return Note(subject=f"port {port}", text=f"stays open beside TLS port {tls}: {who}. {closes}")


def _has_network_clients(context: Context) -> bool:
    """Return whether any observed client comes by the network."""
    return usage.clients_unknown(context) or any(usage.local_port(group) for group in usage.clients(context))


# --- the unix socket -----------------------------------------------------------------------------


def _socket(context: Context, path: str) -> list[DirectiveGoal]:
    if path == "keep":
        return []
    if path == "off":
        return [replace(goal("unixsocket", ("",)), why="No unix socket.")]
    return [goal("unixsocket", (path,)), goal("unixsocketperm", (context.answers.network.unix_socket_permissions,))]


def socket_path(context: Context) -> str:
    """Return the socket's path, ``keep``, ``off``, or nothing where there is no good place for one."""
    answer = context.answers.network.unix_socket
    if answer == "keep":
        return "keep"
    now = socket_now(context)
    if answer == "off":
        return "off" if now else "keep"
    return answer if answer != "auto" else now or _free_path(context)


def socket_now(context: Context) -> str:
    """Return the path of the unix socket, now or at the next start by the file; empty without one."""
    return context.value("unixsocket") or " ".join(context.next_start("unixsocket") or ())


def _free_path(context: Context) -> str:
    directory = paths.runtime_directory(context)
    if directory is None:
        return ""
    taken = {path for sibling in context.neighbours for path in _socket_paths(sibling)}
    taken |= {each.address for sibling in context.neighbours for each in sibling.listeners if each.unix}
    stem = context.instance.flavour.value
    names = (
        f"{stem}.sock",
        f"{config_path(context.instance).stem}.sock",
        f"{stem}-{context.answers.network.port}.sock",
    )
    return next((str(directory / name) for name in names if str(directory / name) not in taken), "")


def _socket_paths(instance: Instance) -> set[str]:
    lines = configuration_of(instance).lines_of("unixsocket")
    return {str(PurePosixPath(line.arguments[0])) for line in lines if line.arguments}


def _no_socket(context: Context) -> str:
    why = (
        f"{context.unit} has no runtime directory for a socket"
        if context.unit
        else "no unit creates a directory for it"
    )
    return f"not planned: {why}; name a path in network.unix_socket"
