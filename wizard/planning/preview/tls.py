"""What the answers on TLS lead to: the names of the certificate, and what happens to the plaintext port."""

from wizard.model.answers import Answers
from wizard.model.host import HostFacts, Instance
from wizard.model.sources import FileContents
from wizard.model.value import Value, replace
from wizard.planning import usage
from wizard.planning.addresses import usable
from wizard.planning.context import Context
from wizard.planning.sections.certificate_files import names
from wizard.planning.sections.certificates import foreign, imported
from wizard.planning.sections.tls import closes_plaintext, obstacle, tls_in_effect


class TlsPreview(Value, frozen=True, kw_only=True):
    """The names of the server's certificate, and the plaintext port."""

    automatic: tuple[str, ...]
    """What ``auto`` stands for: host names and bound addresses."""
    others: tuple[str, ...]
    """Addresses of this host that ``auto`` leaves out: the server does not listen on them."""
    certificate: str
    """Which certificate the server will show, in one sentence."""
    plaintext: str
    """What happens to the plaintext port, in one sentence."""
    harmful: bool
    """Clients are disconnected, or passwords stay readable."""


def tls_preview(facts: HostFacts, instance: Instance, answers: Answers) -> TlsPreview:
    """Return what the answers on TLS lead to.

    Raises:
        PlanError: an address of the answers cannot be resolved.
    """
    wanted = replace(answers, tls=replace(answers.tls, names=("auto",)))
    automatic = names(Context(facts=facts, sources=FileContents(), answers=wanted, instance=instance))
    here = (address for interface in facts.interfaces for address in usable(interface))
    context = Context(facts=facts, sources=FileContents(), answers=answers, instance=instance)
    sentence, harmful = _plaintext(context)
    return TlsPreview(
        automatic=automatic,
        others=tuple(dict.fromkeys(address for address in here if address not in automatic)),
        certificate=_certificate(context),
        plaintext=sentence,
        harmful=harmful,
    )


def _certificate(context: Context) -> str:
    if not tls_in_effect(context):
        return ""
    named = context.value("tls-cert-file")
    if imported(context):
        return f"Your own certificate is used: {context.answers.tls.certificate}."
    if foreign(context):
        found = next((each for each in context.instance.tls.certificates if str(each.path) == named), None)
        until = f", until {found.not_after[:10]}" if found else ""
        return f"Your own certificate stays: {named}{until}."
    authority = context.answers.tls.authority
    return f"A certificate is signed by {'an authority made here' if authority == 'create' else authority}."


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
    if not closes_plaintext(context):
        used = f"while {usage.connections(clients)} use it" if clients else "in plain text beside TLS"
        return f"Port {port} stays open {used}.", not clients
    if clients:
        return f"Port {port} closes; {usage.connections(clients)} must reconnect by TLS.", True
    if usage.clients_unknown(context):
        return f"Port {port} closes, also for clients that could not be listed.", True
    return f"Port {port} closes; no client uses it now.", False
