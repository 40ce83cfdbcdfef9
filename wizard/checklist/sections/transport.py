"""Transport Security: items 15 and 16."""

import re
from collections.abc import Callable, Iterator

from wizard.checklist.certificates import certificate_evidence, certificate_problems, key_file_problem
from wizard.checklist.clients import clients_known
from wizard.checklist.context import AS_ROOT, LOGIN, CheckContext
from wizard.checklist.exposure import KERNEL, bus_port, format_listener, listening, ports, role_evidence
from wizard.checklist.item import Item
from wizard.checklist.result import Judgement, all_of, failed, not_applicable, observed, passed, unknown
from wizard.checklist.setting import LIVE, SettingState, judge, seen_in, setting
from wizard.model.facts.service import Role
from wizard.model.facts.unreadable import Unreadable
from wizard.model.finding import Evidence, Severity
from wizard.model.network import Probe, ProbeAnswer

_OLD = frozenset({"TLSv1", "TLSv1.1"})
_LET_IN = frozenset({ProbeAnswer.OPEN, ProbeAnswer.NEEDS_LOGIN, ProbeAnswer.PROTECTED})
"""Answers after a handshake that succeeded."""
_BROKEN = re.compile(r"NULL|EXP|RC4|DES|MD5|ADH|AECDH|LOW|COMPLEMENTOF|@SECLEVEL=0", re.IGNORECASE)
"""Words of a cipher list that allow broken ciphers, keys or hashes (openssl-ciphers(1))."""


# --- 15 TLS ------------------------------------------------------------------------------------------


def tls(subject: CheckContext) -> Judgement:
    """Judge by handshakes that were tried, the certificates, and what the next start would do."""
    if not subject.tcp and (subject.sockets or not subject.running) and subject.file and not ports(subject):
        said = "The server has no TCP listener" if subject.running else "The file opens no TCP port"
        found = (each for name in ("bind", "port", "tls-port") for each in setting(subject, name).evidence)
        return not_applicable(f"{said}, so no data crosses a network.", *listening(subject), *found)
    if subject.instance.tls_build is False:
        return failed(
            "This build of the server has no TLS.",
            observed("binary", str(subject.instance.binary), "no TLS"),
            fix="Install a build with TLS (the distribution's package has it).",
        )
    parts = (_plaintext(subject), _handshakes(subject), _served(subject), _files(subject), _next_start(subject))
    return all_of(parts, summary="Every TCP listener requires TLS 1.2 or later and a client certificate.")


def _plaintext(subject: CheckContext) -> Judgement:
    """No listener may speak without TLS; item 16 judges the cluster bus, which speaks a protocol of its own."""
    secure = {(each.address, each.port) for each in subject.answered if each.tls}
    bus = bus_port(subject)
    plain = [each for each in subject.tcp if (each.address, each.port) not in secure and each.port != bus]
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
    evidence = _probe_evidence(subject)
    if problems := [text for each in secure for text in _weaknesses(each)]:
        return failed(" ".join(dict.fromkeys(problems)), *evidence)
    if doubts := [text for each in secure if (text := _doubt(each))]:
        return unknown(" ".join(doubts), *evidence, fix="Check again; if it stays so, look into the server's log.")
    return passed("", *evidence)


def _weaknesses(probe: Probe) -> Iterator[str]:
    """What a listener agreed to that it should refuse, a sentence each."""
    where = format_listener(probe)
    if old := [version for version in probe.tls_versions if version in _OLD]:
        yield f"{where} accepts {' and '.join(old)}."
    if probe.weak_ciphers:
        yield f"{where} accepts broken ciphers ({', '.join(probe.weak_ciphers)})."
    if not probe.forward_secrecy and probe.rsa_key_exchange:
        yield f"{where} accepts only ciphers without forward secrecy (RSA key exchange)."
    if probe.answer in _LET_IN:
        yield f"{where} accepts clients without a certificate (mTLS is off)."
    elif probe.foreign_certificate in _LET_IN:
        yield f"{where} accepts a client certificate of an unknown authority."


def _doubt(probe: Probe) -> str:
    """Return what a listener did not answer; empty when it answered everything."""
    where = format_listener(probe)
    if not probe.tls_versions:
        return f"No TLS handshake with {where} succeeded, from TLS 1.0 to 1.3."
    if probe.answer is not ProbeAnswer.NEEDS_CERTIFICATE:
        return f"{where} did not show whether it requires a client certificate: no handshake was completed."
    if probe.foreign_certificate not in (None, ProbeAnswer.NEEDS_CERTIFICATE):
        return f"{where} did not answer a client with a certificate of an unknown authority."
    return ""


def _probe_evidence(subject: CheckContext) -> tuple[Evidence, ...]:
    """What each TCP listener answered to an unauthenticated client."""
    found = []
    for each in subject.answered:
        if each.port:
            words = f"{_spoken(each)}; unauthenticated client: {each.answer.value}"
            if each.foreign_certificate is not None:
                words += f"; client with an unknown certificate: {each.foreign_certificate.value}"
            found.append(observed(format_listener(each), "connection test", words))
    return tuple(found)


def _spoken(probe: Probe) -> str:
    """Return what a listener speaks, in words."""
    if not probe.tls:
        return "plaintext"
    words = ", ".join((*probe.tls_versions, *(f"{each} ciphers" for each in probe.weak_ciphers))) or "no handshake"
    return f"TLS {words}{', RSA key exchange' if probe.rsa_key_exchange else ''}"


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
    problems += [text for key in facts.keys if (text := key_file_problem(key, subject))]
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
    names = ("port", "tls-port", "tls-protocols", "tls-auth-clients", "tls-ciphers")
    found = plain, secure, protocols, clients, ciphers = tuple(setting(subject, name) for name in names)
    if plain.file is None or secure.file is None:
        return subject.cannot_read_file()
    evidence = tuple(each for one in found for each in one.evidence)
    if secure.file in ("0", ""):
        lost = secure.live not in (None, "", "0")
        return failed(f"The file sets no tls-port{': the next restart switches TLS off' if lost else ''}.", *evidence)
    if plain.file != "0":
        return failed(f"The next restart opens the plaintext port {plain.file}.", *evidence)
    if loose := [*_loose(protocols, _old_versions), *_loose(ciphers, _broken_ciphers), *_loose(clients, _optional)]:
        return failed(" ".join(loose), *evidence)
    if ciphers.live is not None and ciphers.live != ciphers.file:
        return unknown(
            "The next restart changes tls-ciphers, and no handshake shows what the new list accepts.",
            *evidence,
            fix="Set the same list in the running server, and check again.",
        )
    return passed("", *evidence)


def _loose(found: SettingState, weakness: Callable[[str], str]) -> Iterator[str]:
    """What is weak in a directive, in the running server and in the file."""
    for value, where in ((found.live, "running server"), (found.file, "file")):
        if words := weakness((value or "").replace('"', " ").strip()):
            yield f"The {where} {words}."


def _old_versions(protocols: str) -> str:
    old = sorted(_OLD & set(protocols.split()))
    return f"allows {' and '.join(old)}" if old else ""


def _broken_ciphers(ciphers: str) -> str:
    broken = [each for each in re.split(r"[: ,]+", ciphers) if each[:1] not in ("!", "-") and _BROKEN.search(each)]
    return f"allows broken ciphers (tls-ciphers {', '.join(broken)})" if broken else ""


def _optional(clients: str) -> str:
    required = clients.lower() in ("", "yes")
    return "" if required else f"lets clients connect without a certificate (tls-auth-clients {clients})"


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
    parts = [judge(subject, name, lambda value: value.lower() == "yes", wanted="yes") for name in names]
    parts.append(_links(subject))
    if subject.live and role is Role.REPLICA:
        status = subject.live.info.get("master_link_status", "")
        if status and status != "up":
            parts.append(
                failed(f"The link to the primary is {status}.", observed("master_link_status", f"{LIVE}, INFO", status))
            )
    return all_of(parts, summary=f"{' and '.join(names)}: yes, {seen_in(subject)}.")


def _links(subject: CheckContext) -> Judgement:
    """Each replica that is connected came by a port, and that is the plaintext port or the one with TLS."""
    if not subject.live or not (subject.live.replicas or any(each.replica for each in subject.live.clients)):
        return not_applicable("")
    if not clients_known(subject):
        return subject.cannot_ask("CLIENT LIST")
    links = [each for each in subject.live.clients if each.replica]
    evidence = [
        observed("link of a replica", f"{LIVE}, CLIENT LIST", f"{each.address} at {each.listener or 'unknown'}")
        for each in links
    ]
    tls = {str(each.port) for each in subject.answered if each.tls} | {setting(subject, "tls-port").live or ""}
    if plain := [each for each in links if each.listener and each.listener.rpartition(":")[2] not in tls]:
        words = ", ".join(f"{each.address} at {each.listener}" for each in plain)
        return failed(f"Replication is in plain text: a replica came by the plaintext port ({words}).", *evidence)
    if not links or any(not each.listener for each in links):
        return unknown(
            "The list of clients does not show by which port each replica came.",
            *evidence,
            fix="Check again once the replicas are connected; only 6.2 and later show the port.",
        )
    return passed("", evidence[0], *evidence[1:])


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
        "names, which Python 3.13 refuses; port 0 and tls-auth-clients yes at once disconnect every client, so the "
        "wizard does it in two phases (measured).",
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
