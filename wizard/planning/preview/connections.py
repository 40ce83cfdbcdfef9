"""What the answers lead to for those who connect: ports and certificate, and which clients could not be seen."""

from wizard.model.answers import Answers
from wizard.model.facts.host import HostFacts
from wizard.model.facts.instance import Instance
from wizard.model.sources import FileContents
from wizard.model.value import Value, replace
from wizard.planning import usage
from wizard.planning.addresses import usable
from wizard.planning.context import Context
from wizard.planning.preview.new_server import NEW_SERVER
from wizard.planning.sections.certificate_files import names
from wizard.planning.sections.certificates import foreign, imported, in_use, server_is_issued
from wizard.planning.sections.tls import closes_plaintext, drains, obstacle, tls_in_effect

_NO_FILES = FileContents()


class ConnectionPreview(Value, frozen=True, kw_only=True):
    """The open ports, the server's certificate, and what is not known of the clients."""

    automatic: tuple[str, ...]
    """What ``auto`` stands for: host names and bound addresses."""
    others: tuple[str, ...]
    """Addresses of this host that ``auto`` leaves out: the server does not listen on them."""
    ports: str
    """The ports that will be open, for example ``6379 in plain text, 6380 with TLS``."""
    unlisted: str
    """Why no client could be listed, as a sentence; empty where they were."""
    brief: str
    """That programs connect for moments, so that a list misses them, as a sentence; empty where none was noticed."""
    certificate: str
    """Which certificate the server will show, in one sentence."""
    plaintext: str
    """What happens to the plaintext port, in one sentence."""
    harmful: bool
    """Clients are disconnected, or passwords stay readable."""


def connection_preview(
    facts: HostFacts, instance: Instance | None, answers: Answers, sources: FileContents = _NO_FILES
) -> ConnectionPreview:
    """Return what the answers lead to for those who connect; without an instance, for a server that is installed first.

    Args:
        facts: The host.
        instance: The server in question.
        answers: What the operator wants.
        sources: The files of the host; without them certificates that are there already are not seen.

    Raises:
        PlanError: an address of the answers cannot be resolved.
    """
    wanted = replace(answers, tls=replace(answers.tls, names=("auto",)))
    server = instance or NEW_SERVER
    automatic = names(Context(facts=facts, sources=sources, answers=wanted, instance=server))
    here = (address for interface in facts.interfaces for address in usable(interface))
    context = Context(facts=facts, sources=sources, answers=answers, instance=server)
    sentence, harmful = _plaintext(context)
    return ConnectionPreview(
        automatic=automatic,
        others=tuple(dict.fromkeys(address for address in here if address not in automatic)),
        ports=_ports(context),
        unlisted=(unlisted := usage.why_unlisted(context)),
        brief="" if unlisted else usage.why_unseen(context),
        certificate=_certificate(context),
        plaintext=sentence,
        harmful=harmful,
    )


def _ports(context: Context) -> str:
    port, tls = context.answers.network.port, context.answers.tls
    until = " until TLS works" if closes_plaintext(context) else " until unused" if drains(context) else ""
    found = [f"{port} in plain text{until}"] if port else []
    found += [f"{tls.port} with TLS"] if tls_in_effect(context) else []
    return ", ".join(found) or "none: the unix socket alone"


def _certificate(context: Context) -> str:
    if not tls_in_effect(context):
        return ""
    named = context.value("tls-cert-file")
    if imported(context):
        return f"Your own certificate is used: {context.answers.tls.certificate}."
    if foreign(context):
        return f"Your own certificate stays: {named}{_until(context, named)}."
    if not server_is_issued(context):
        return f"The certificate that is there stays{_until(context, str(in_use(context).certificate))}."
    authority = context.answers.tls.authority
    if not authority:
        return ""
    return f"A certificate is signed by {'an authority made here' if authority == 'create' else authority}."


def _until(context: Context, path: str) -> str:
    found = next((each for each in context.instance.tls.certificates if str(each.path) == path), None)
    return f", until {found.not_after[:10]}" if found else ""


def _plaintext(context: Context) -> tuple[str, bool]:
    port = str(context.answers.network.port)
    if port == "0":
        return "No plaintext port is open.", False
    if why := obstacle(context):
        return f"Port {port} stays open in plain text ({why.partition(';')[0].removeprefix('not planned: ')}).", True
    if not context.answers.tls.enabled:
        return f"Passwords and data on port {port} stay readable on the network.", True
    return _beside_tls(context, port)


def _beside_tls(context: Context, port: str) -> tuple[str, bool]:
    clients = usage.on_plaintext(context)
    if closes_plaintext(context):
        return _closed(context, port)
    if context.is_replicated:
        return f"Port {port} stays open: this server is a {context.role}. Close it in the whole group.", True
    if not drains(context):
        return f"Port {port} stays open in plain text beside TLS.", True
    if clients:
        return f"Port {port} stays open for {usage.connections(clients)}, until a plan finds none.", False
    unknown = "its clients are unknown" if usage.why_unlisted(context) else "programs connect for moments"
    return f'Port {port} stays open: {unknown}. "close" ends that.', False


def _closed(context: Context, port: str) -> tuple[str, bool]:
    if clients := usage.on_plaintext(context):
        return f"Port {port} closes; {usage.connections(clients)} must reconnect by TLS.", True
    if usage.why_unlisted(context):
        return f"Port {port} closes, also for clients that could not be listed.", True
    if usage.clients_unknown(context):
        return f"Port {port} closes, also for programs that connect for moments.", True
    return f"Port {port} closes; no client uses it now.", False
