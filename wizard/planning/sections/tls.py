"""Transport security in the configuration: ports, certificate files, protocols, who must show a certificate."""

from wizard.model.answers import Plaintext
from wizard.model.change import Risk
from wizard.model.facts.service import Role
from wizard.model.plan import Note
from wizard.model.value import replace
from wizard.planning import usage
from wizard.planning.context import Context
from wizard.planning.goals import DirectiveGoal, SectionPlan, goal
from wizard.planning.sections import certificates
from wizard.planning.sections.issuing import SERVER_ID
from wizard.planning.stricter import stricter_of

PROTOCOLS = "TLSv1.2 TLSv1.3"
CIPHERS = (
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-GCM-SHA256:"
    "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305"
)
_STALE = "The running server still serves another certificate than this file holds, until it reads the file again."
SUITES = "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256"


def obstacle(context: Context) -> str:
    """Say why TLS is left as it is; empty when it can be planned."""
    if context.instance.tls_build is False:
        return "not planned: this server was built without TLS; install a build that has it"
    if context.role is Role.SENTINEL:
        return "not planned: a Sentinel writes its own file"
    if context.is_replicated and context.value("tls-port", "0") in {"", "0"}:
        return f"not planned: this server is a {context.role}; switch TLS on in the whole group, replicas first"
    return ""


def tls_in_effect(context: Context) -> bool:
    """Return whether TLS is wanted and possible."""
    return context.answers.tls.enabled and not obstacle(context)


def closes_plaintext(context: Context) -> bool:
    """Return whether the plaintext port will be closed; never where TLS does not replace it."""
    if not tls_in_effect(context) or context.is_replicated:
        return False
    match context.answers.tls.plaintext:
        case Plaintext.CLOSE:
            return True
        case Plaintext.DRAIN:
            return usage.unused_plaintext(context)
        case Plaintext.KEEP:
            return False


def drains(context: Context) -> bool:
    """Return whether the plaintext port waits for its last client."""
    wanted = context.answers.tls.plaintext is Plaintext.DRAIN
    return wanted and tls_in_effect(context) and not context.is_replicated and not closes_plaintext(context)


def plan_section(context: Context) -> SectionPlan:
    """Want the directives of TLS, with the certificates that they name."""
    reason = obstacle(context)
    if not context.answers.tls.enabled and context.instance.tls_build is not False:
        return SectionPlan()
    if reason:
        return SectionPlan(notes=(Note(subject="tls", text=reason),))
    issued = certificates.plan_section(context)
    wanted = [*files(context, again=certificates.server_is_issued(context)), *_rules(context)]
    if not context.is_replicated:
        wanted.append(_port(context))
    link, note = _links(context)
    return SectionPlan(wanted=(*wanted, *link), changes=issued.changes, notes=(*issued.notes, *note))


def files(context: Context, *, again: bool) -> list[DirectiveGoal]:
    """Want the files of certificate, key and authorities; `again` has the running server read new ones there."""
    paths = certificates.in_use(context)
    needs = (SERVER_ID,) if again else ()
    stale = certificates.server_must_read(context)
    named = (
        ("tls-cert-file", paths.certificate),
        ("tls-key-file", paths.key),
        ("tls-ca-cert-file", paths.authority),
    )
    first, *others = (replace(goal(name, (str(path),)), needs=needs, again=again) for name, path in named)
    return [replace(first, why=_STALE, again=True) if stale else first, *others]


def _rules(context: Context) -> list[DirectiveGoal]:
    clients = context.answers.tls.client_certificates.value
    wanted = [
        goal("tls-protocols", (stricter_of(context, "tls-protocols", PROTOCOLS),)),
        goal("tls-ciphers", (stricter_of(context, "tls-ciphers", CIPHERS),)),
        goal("tls-ciphersuites", (stricter_of(context, "tls-ciphersuites", SUITES),)),
        goal("tls-prefer-server-ciphers", ("yes",)),
    ]
    show = goal("tls-auth-clients", (clients,))
    stricter = clients == "yes" and context.value("tls-port", "0") not in {"", "0"}
    wanted.append(
        replace(
            show,
            why=show.why if clients == "yes" else "This is your answer.",
            risk=Risk.DENY if stricter and context.value("tls-auth-clients", "yes") != "yes" else Risk.NONE,
            evidence="clients without a certificate of the authority are refused",
        )
    )
    return wanted


def _port(context: Context) -> DirectiveGoal:
    return replace(
        goal("tls-port", (str(context.answers.tls.port),)),
        needs=tuple(f"directive:{name}" for name in ("tls-cert-file", "tls-key-file", "tls-ca-cert-file")),
    )


def _links(context: Context) -> tuple[tuple[DirectiveGoal, ...], tuple[Note, ...]]:
    """Encrypt the link to a primary where no peer would be disconnected."""
    if not context.answers.tls.replication:
        return (), ()
    if context.role is Role.STANDALONE or _replicas_use_tls(context):
        return (goal("tls-replication", ("yes",)),), ()
    name = "tls-cluster" if context.role is Role.CLUSTER else "tls-replication"
    if context.value(name) == "yes":
        return (), ()
    text = f"not changed: this server is a {context.role}, and a peer without TLS would be disconnected"
    return (), (Note(subject=f"directive:{name}", text=text),)


def _replicas_use_tls(context: Context) -> bool:
    port = f":{context.answers.tls.port}"
    replicas = [group for group in context.live.clients if group.replica] if context.live else []
    return context.role is Role.PRIMARY and bool(replicas) and all(group.listener.endswith(port) for group in replicas)
