"""Transport Security: items 15 and 16."""

from wizard.checklist.certificates import certificate_evidence, certificate_problems, key_file_problem
from wizard.checklist.context import AS_ROOT, LOGIN, CheckContext
from wizard.checklist.exposure import KERNEL, format_listener, listening, role_evidence
from wizard.checklist.item import Item
from wizard.checklist.result import Judgement, all_of, failed, not_applicable, observed, passed, unknown
from wizard.checklist.setting import LIVE, judge, setting
from wizard.model.facts import Role, Unreadable
from wizard.model.finding import Evidence, Severity
from wizard.model.network import Probe, ProbeAnswer

_OLD = frozenset({"TLSv1", "TLSv1.1"})


# --- 15 TLS ------------------------------------------------------------------------------------------


def tls(subject: CheckContext) -> Judgement:
    """Judge by handshakes that were tried, the certificates, and what the next start would do."""
    if subject.instance.tls_build is False:
        return failed(
            "This build of the server has no TLS.",
            observed("binary", str(subject.instance.binary), "no TLS"),
            fix="Install a build with TLS (the distribution's package has it).",
        )
    if not subject.tcp and subject.sockets and _next_ports(subject) == ("0", "0"):
        return not_applicable("The server has no TCP listener, so no data crosses a network.", *listening(subject))
    parts = (_plaintext(subject), _handshakes(subject), _served(subject), _files(subject), _next_start(subject))
    return all_of(parts, summary=f"Every TCP listener requires TLS 1.2 or later; {_client_certificates(subject)}.")


def _next_ports(subject: CheckContext) -> tuple[str | None, str | None]:
    """Plain and TLS port after the next start."""
    return setting(subject, "port").file, setting(subject, "tls-port").file


def _plaintext(subject: CheckContext) -> Judgement:
    """No listener may speak without TLS."""
    secure = {(each.address, each.port) for each in subject.answered if each.tls}
    plain = [each for each in subject.tcp if (each.address, each.port) not in secure]
    untried = [each for each in plain if not any(_of(probe, each.address, each.port) for probe in subject.answered)]
    if len(plain) > len(untried):
        words = ", ".join(format_listener(each) for each in plain if each not in untried)
        return failed(f"Clients can connect without TLS on {words}.", *_probe_evidence(subject))
    if untried:
        return unknown(
            f"No TLS handshake with {format_listener(untried[0])} was tried.",
            *listening(subject),
            fix=AS_ROOT,
        )
    if not subject.running:
        return _not_running()
    if not subject.instance.listeners:
        return unknown("The listening sockets could not be read.", fix=AS_ROOT)
    return passed("", observed("plaintext listeners", KERNEL, "none"))


def _not_running() -> Judgement:
    return unknown("The server does not run, so no TLS handshake was tried.", fix="Start the server and check again.")


def _of(probe: Probe, address: str, port: int) -> bool:
    return probe.address == address and probe.port == port


def _handshakes(subject: CheckContext) -> Judgement:
    """At least one TLS listener, and none takes a version below 1.2."""
    secure = [each for each in subject.answered if each.tls]
    if not secure:
        if not subject.running:
            return _not_running()
        if not subject.answered:
            return unknown("No listener was tried.", fix=AS_ROOT)
        return failed("TLS is off.", *_probe_evidence(subject))
    silent = [each for each in secure if each.answer is ProbeAnswer.SILENT or not each.tls_versions]
    if silent:
        return unknown("The TLS listener did not answer a handshake.", *_probe_evidence(subject), fix="Check again.")
    old = sorted({version for each in secure for version in each.tls_versions if version in _OLD})
    if old:
        return failed(f"The server accepts {' and '.join(old)}.", *_probe_evidence(subject))
    return passed("", *_probe_evidence(subject))


def _probe_evidence(subject: CheckContext) -> tuple[Evidence, ...]:
    """What each TCP listener answered to an unauthenticated client."""
    found = []
    for each in subject.answered:
        if each.port:
            spoken = f"TLS {', '.join(each.tls_versions)}" if each.tls else "plaintext"
            words = f"{spoken}; unauthenticated client: {each.answer.value}"
            found.append(observed(format_listener(each), "connection test", words))
    return tuple(found)


def _client_certificates(subject: CheckContext) -> str:
    """Return in words whether clients need a certificate."""
    secure = [each for each in subject.answered if each.tls]
    mutual = bool(secure) and all(each.answer is ProbeAnswer.NEEDS_CERTIFICATE for each in secure)
    return "clients need a certificate" if mutual else "clients need no certificate (mTLS is off)"


def _served(subject: CheckContext) -> Judgement:
    """The certificate in the file is the one that is served."""
    shown = {each.certificate for each in subject.answered if each.tls and each.certificate}
    known = {each.fingerprint for each in subject.instance.tls.certificates}
    if shown and known and not shown & known:
        return failed(
            "The server still serves another certificate than its file holds.",
            *(observed("served certificate", "connection test", each[:16] + "…") for each in sorted(shown)),
            fix="Reload the file: CONFIG SET tls-cert-file PATH.",
        )
    return not_applicable("")


def _files(subject: CheckContext) -> Judgement:
    """Certificate, key, chain and modes."""
    facts = subject.instance.tls
    if not facts.certificates and not facts.problems:
        return unknown("The certificate files could not be read.", fix=AS_ROOT)
    problems = certificate_problems(subject)
    evidence = certificate_evidence(subject)
    problems += [text for key in facts.keys if (text := key_file_problem(key))]
    if problems:
        return failed(" ".join(problems), *evidence)
    for proof, what in (
        (facts.key_matches, "The match of key and certificate"),
        (facts.chain_valid, "The certificate chain"),
    ):
        if not isinstance(proof, bool):
            why = proof.why if isinstance(proof, Unreadable) else "there is no key or CA file"
            return unknown(f"{what} could not be verified: {why}.", *evidence, fix=AS_ROOT)
    return passed("", *evidence)


def _next_start(subject: CheckContext) -> Judgement:
    """The file must say the same as the running server."""
    ports = setting(subject, "port"), setting(subject, "tls-port"), setting(subject, "tls-protocols")
    plain, secure, protocols = ports
    if plain.file is None or secure.file is None:
        return subject.cannot_read_file()
    evidence = tuple(each for found in ports for each in found.evidence)
    if secure.file in ("0", ""):
        lost = secure.live not in (None, "", "0")
        return failed(f"The file sets no tls-port{': the next restart switches TLS off' if lost else ''}.", *evidence)
    if plain.file != "0":
        return failed(f"The next restart opens the plaintext port {plain.file}.", *evidence)
    for allowed, where in ((protocols.live, "running server"), (protocols.file, "file")):
        # A client without a certificate cannot finish a handshake below 1.3, so trying alone proves too little.
        old = sorted(_OLD & set((allowed or "").replace('"', " ").split()))
        if old:
            return failed(f"The {where} allows {' and '.join(old)}.", *evidence)
    return passed("", *evidence)


# --- 16 replication and bus --------------------------------------------------------------------------


def group_tls(subject: CheckContext) -> Judgement:
    """Judge tls-replication and tls-cluster where there is a group."""
    role = subject.role
    if role is None:
        return unknown(
            "Neither the server nor its file shows whether it has replicas or belongs to a cluster.", fix=LOGIN
        )
    if role is Role.STANDALONE:
        return not_applicable("The server has no replica, no primary and no cluster.", role_evidence(subject, role))
    names = ("tls-replication", "tls-cluster") if role is Role.CLUSTER else ("tls-replication",)
    parts = [judge(subject, name, lambda value: value == "yes", wanted="yes") for name in names]
    if subject.live and role is Role.REPLICA:
        status = subject.live.info.get("master_link_status", "")
        if status and status != "up":
            parts.append(
                failed(f"The link to the primary is {status}.", observed("master_link_status", f"{LIVE}, INFO", status))
            )
    return all_of(parts, summary=f"{' and '.join(names)}: yes, live and in the file.")


ITEMS = (
    Item(
        id="15",
        title="TLS is required",
        sentence="TLS is enabled in production; minimum TLS 1.2, TLS 1.3 preferred; mTLS for sensitive environments.",
        severity=Severity.HIGH,
        step="tls",
        check=tls,
        fix="Create a CA and certificates, open tls-port beside the plaintext port, move the clients, then close the "
        "plaintext port.",
        source="Chapter 9, item 15. The chapter's openssl recipe gives a CA without keyUsage and a certificate without "
        "names, which Python 3.13 refuses; port 0 and tls-auth-clients yes at once cut off every client, so the wizard "
        "does it in two phases (measured).",
    ),
    Item(
        id="16",
        title="Replication and cluster bus use TLS",
        sentence="Replica and Cluster inter-node communication also uses TLS (tls-replication yes, tls-cluster yes).",
        severity=Severity.HIGH,
        step="tls",
        check=group_tls,
        fix="Give every member a certificate with serverAuth and clientAuth, then set tls-replication and tls-cluster "
        "member by member.",
        source="Chapter 9, item 16. One certificate serves both ends, so it needs both usages (measured).",
    ),
)
