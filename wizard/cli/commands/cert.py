"""``cert``: show, renew and issue certificates, and have a new authority take over."""

import argparse
import contextlib
import sys
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import PurePosixPath

from wizard.cli import output
from wizard.cli.commands.apply import perform
from wizard.cli.commands.plan import make
from wizard.cli.commands.status import require_idle
from wizard.cli.context import detect_host, host_of, instance_of, reader_of
from wizard.cli.plan_text import render
from wizard.detect import Detection
from wizard.errors import CertificateError, InputError, UsageError
from wizard.host.port import Host
from wizard.model.certificate import AuthorityStep, CertificateDetails, CertificateOrder, renewal_is_due
from wizard.model.facts.files import FileKind
from wizard.model.facts.host import HostFacts
from wizard.model.facts.instance import CertificateFacts
from wizard.model.text import counted, escape
from wizard.model.value import Value, to_json

_CA, _NEXT = "ca", "ca-next"
"""Directories of authorities, below the state directory. The second has a copy of the first once it took over."""
_NEXT_STEPS = {
    AuthorityStep.TRUST: (
        "Copy ca.crt to every client that has its own copy: from the server's certificates, or from the client's "
        "directory. It has both authorities. Then run: redis-wizard cert authority issue"
    ),
    AuthorityStep.ISSUE: (
        "Copy the new certificate and key to every client. Certificates of both authorities are accepted until then. "
        "When no client uses a former one, run: redis-wizard cert authority drop"
    ),
    AuthorityStep.DROP: (
        "Copy ca.crt to every client again: it has the new authority alone. The former key is in the snapshot of this "
        "apply, for a rollback."
    ),
}


class CertificateRow(Value, frozen=True, kw_only=True):
    """One certificate, where it is and what it says."""

    server: str
    """The server that reads it; empty for one that belongs to the host."""
    name: str
    role: str
    """``server``, ``client`` or ``authority``."""
    path: PurePosixPath
    key: PurePosixPath | None
    """Its private key, where that is on this host."""
    days_left: int
    due: bool
    """It is to be renewed now."""
    details: CertificateDetails


class CertificateList(Value, frozen=True, kw_only=True):
    """The certificates of a host."""

    schema: str = "redis-wizard/certificates"
    version: int = 1
    certificates: tuple[CertificateRow, ...]


def run(options: argparse.Namespace) -> int:
    """Do one of the actions."""
    actions = {"show": _show, "renew": _renew, "issue": _issue, "authority": _authority}
    return actions[options.action](options)


# --- show --------------------------------------------------------------------------------------------


def _show(options: argparse.Namespace) -> int:
    with reader_of(options) as host:
        detection = detect_host(host, options)
    chosen = instance_of(detection, options).name if options.instance or options.config else ""
    rows = [each for each in _rows(detection) if not chosen or each.server in {"", chosen}]
    if not detection.facts.root:
        output.info("redis-wizard: certificates of root's are not shown; run as root to see every one")
    if options.name:
        rows = [each for each in rows if each.name == options.name]
        if not rows:
            raise InputError(f"there is no certificate {options.name}; redis-wizard cert show lists them")
    if options.json:
        output.result(to_json(CertificateList(certificates=tuple(rows))))
    elif options.name or options.verbose:
        output.result("\n\n".join("\n".join(_full(each)) for each in rows))
    elif rows:
        output.result("\n".join(_table(rows)))
    else:
        output.result("No certificate was found.")
    return 0


def _rows(detection: Detection) -> Iterator[CertificateRow]:
    facts = detection.facts
    now = datetime.fromisoformat(facts.taken_at)
    for instance in facts.instances:
        keys = {each.path for each in instance.tls.keys if each.kind is FileKind.FILE}
        for shown in instance.tls.certificates:
            role = "authority" if shown.authority else "server"
            yield _row(instance.name, role, role, shown.path, keys, _details(shown), now)
    keys = {each.path for each in facts.files if each.kind is FileKind.FILE}
    for path in _of_state(facts):
        data = detection.sources.get(path)
        if data is None or (path.parent.name == _NEXT and data == detection.sources.get(facts.state / _CA / path.name)):
            continue
        from wizard.pki.verify import describe  # noqa: PLC0415 - cryptography costs 60 ms

        try:
            told = describe(data)
        except CertificateError:
            continue
        role = "authority" if told.authority else "server" if "serverAuth" in told.usages else "client"
        yield _row("", path.parent.name, role, path, keys, told, now)


def _of_state(facts: HostFacts) -> Iterator[PurePosixPath]:
    for each in facts.files:
        certificate = each.path.name == "client.crt" or each.path in {
            facts.state / name / "ca.crt" for name in (_CA, _NEXT)
        }
        if certificate and each.kind is FileKind.FILE and each.path.is_relative_to(facts.state):
            yield each.path


def _details(shown: CertificateFacts) -> CertificateDetails:
    return CertificateDetails(**{name: getattr(shown, name) for name in CertificateDetails.__struct_fields__})


def _row(
    server: str,
    name: str,
    role: str,
    path: PurePosixPath,
    keys: set[PurePosixPath],
    details: CertificateDetails,
    now: datetime,
) -> CertificateRow:
    begins, ends = (datetime.fromisoformat(text) for text in (details.not_before, details.not_after))
    key = path.with_suffix(".key")
    return CertificateRow(
        server=server,
        name=name,
        role=role,
        path=path,
        key=key if key in keys else None,
        days_left=(ends - now).days,
        due=renewal_is_due(begins, ends, now),
        details=details,
    )


def _table(rows: Sequence[CertificateRow]) -> Iterator[str]:
    wide = max(len(escape(each.name)) for each in rows)
    servers = {each.server for each in rows}
    for each in rows:
        where = f"{each.server}: " if each.server and len(servers) > 2 else ""  # noqa: PLR2004 - one server and the host
        left = counted(each.days_left, "day") if each.days_left >= 0 else "expired"
        due = " renew" if each.due else ""
        yield escape(
            f"{each.name:<{wide}}  {each.role:<9}  {each.details.not_after[:10]}  {left:>10}{due}  {where}{each.path}"
        )
    if any(each.due for each in rows):
        yield "redis-wizard cert renew renews what expires soon."


def _full(row: CertificateRow) -> Iterator[str]:
    told = row.details
    yield escape(f"{row.name} ({row.role})" + (f" of {row.server}" if row.server else ""))
    for label, text in (
        ("subject", told.subject),
        ("issuer", told.issuer),
        ("names", ", ".join(told.names) or "none"),
        ("usages", ", ".join((*told.usages, *told.key_usage)) or "any"),
        ("valid", f"{told.not_before} to {told.not_after}, {counted(row.days_left, 'day')} left"),
        ("key type", told.key_type),
        ("SHA-256", told.fingerprint),
        ("file", str(row.path)),
        ("key", str(row.key) if row.key else "not on this host"),
    ):
        yield output.wrapped(text, indent=f"  {label:<9}", hanging=" " * 11)


# --- change ------------------------------------------------------------------------------------------


def _renew(options: argparse.Namespace) -> int:
    order = CertificateOrder(renew=tuple(options.certificates))
    if options.dry_run:
        return _preview(options, order)
    with host_of(options) as host:
        require_idle(host)
        statuses = [0]
        servers = _servers(host, options)
        if not servers:
            output.result("No server has a certificate; redis-wizard plan switches TLS on.")
        for name in servers:
            options.instance = name
            statuses.append(_carried_out(host, options, order, nothing=f"{name}: no certificate expires soon."))
    return max(statuses)


def _servers(host: Host, options: argparse.Namespace) -> tuple[str, ...]:
    """Return the servers whose certificates are renewed: the one that is named, else each that has one."""
    detection = detect_host(host, options)
    if options.instance or options.config or options.certificates:
        return (instance_of(detection, options).name,)
    return tuple(each.name for each in detection.facts.instances if each.tls.certificates)


def _issue(options: argparse.Namespace) -> int:
    order = CertificateOrder(issue=options.client, names=tuple(options.names), days=options.days)
    if options.dry_run:
        return _preview(options, order)
    if options.stdout and not options.yes:
        raise UsageError("--stdout writes a private key to standard output; add --yes, and redirect it to a 0600 file")
    with host_of(options) as host:
        require_idle(host)
        # Standard output is for the key then, and for nothing else.
        with contextlib.redirect_stdout(sys.stderr if options.stdout else sys.stdout):
            status = _carried_out(host, options, order)
        directory = host.state / "clients" / options.client
        if status:
            return status
        output.info(f"The files are in {directory}: client.key (0600), client.crt, ca.crt. Copy all three.")
        if options.stdout:
            for name in ("client.key", "client.crt", "ca.crt"):
                output.result(host.read(directory / name).decode())
    return status


def _authority(options: argparse.Namespace) -> int:
    if not options.step:
        return _next_step(options)
    step = AuthorityStep(options.step)
    order = CertificateOrder(authority=step)
    if options.dry_run:
        return _preview(options, order)
    with host_of(options) as host:
        require_idle(host)
        status = _carried_out(host, options, order)
        if not status:
            output.result(output.wrapped(_NEXT_STEPS[step]))
    return status


def _next_step(options: argparse.Namespace) -> int:
    with reader_of(options) as host:
        detection = detect_host(host, options)
    rows = list(_rows(detection))
    issuer = next((each.details.issuer for each in rows if each.server and each.role == "server"), "")
    new = next((each.details.subject for each in rows if each.name == _NEXT), "")
    if not new:
        text = "No authority is being replaced. The first step is: redis-wizard cert authority trust"
    elif issuer != new:
        text = f"Server and clients trust both authorities. {_NEXT_STEPS[AuthorityStep.TRUST]}"
    else:
        text = f"The new authority issued every certificate. {_NEXT_STEPS[AuthorityStep.ISSUE]}"
    output.result(output.wrapped(text))
    return 0


def _preview(options: argparse.Namespace, order: CertificateOrder) -> int:
    with reader_of(options) as host:
        output.result(render(make(host, options, certificates=order)[0]))
    return 0


def _carried_out(host: Host, options: argparse.Namespace, order: CertificateOrder, *, nothing: str = "") -> int:
    plan, _ = make(host, options, certificates=order)
    if plan.empty and nothing and not plan.notes:
        output.result(nothing)
        return 0
    return perform(host, plan, options)
