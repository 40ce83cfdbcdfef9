"""Sentences about findings and plans: pure, one line each."""

from collections.abc import Sequence

from screens.theme import TextStyle
from wizard.model.facts.instance import Instance
from wizard.model.facts.live import ClientGroup, LiveServer
from wizard.model.facts.unreadable import Unreadable
from wizard.model.finding import Finding, Report, Severity, State
from wizard.model.plan import Impact

_SEVERITIES = tuple(Severity)
CLIENTS_SHOWN = 4


def sign(finding: Finding) -> tuple[str, TextStyle]:
    """Return the six characters and the tone for a finding."""
    match finding.state:
        case State.PASS:
            return "[ ok ]", TextStyle.OK
        case State.NOT_APPLICABLE:
            return "[ -- ]", TextStyle.MUTED
        case State.ATTESTED:
            return "[man ]", TextStyle.ACCENT
        case State.UNKNOWN:
            return "[ ?? ]", TextStyle.WARN
        case State.FAIL:
            heavy = finding.severity in {Severity.CRITICAL, Severity.HIGH}
            return ("[FAIL]", TextStyle.FAIL) if heavy else ("[warn]", TextStyle.WARN)


def risks(report: Report | None) -> tuple[Finding, ...]:
    """Return what fails, the worst first."""
    if report is None:
        return ()
    failed = (finding for finding in (*report.items, *report.extra) if finding.state is State.FAIL)
    return tuple(sorted(failed, key=lambda finding: _SEVERITIES.index(finding.severity)))


def distinct_risks(report: Report | None) -> tuple[Finding, ...]:
    """Return what fails, the worst first, and each sentence once: several items may be about one fact."""
    told: dict[str, Finding] = {}
    for finding in risks(report):
        told.setdefault(finding.summary, finding)
    return tuple(told.values())


def fixed(before: Report, after: Report) -> int:
    """Return how many findings failed and pass now; one that is not known now is not fixed."""
    failed = {finding.id for finding in risks(before)}
    now = (*after.items, *after.extra)
    return sum(finding.id in failed and finding.state is State.PASS for finding in now)


def score(report: Report | None) -> str:
    """Return the score with the number of findings of each state."""
    if report is None:
        return "The checklist did not run."
    signs = [sign(finding)[0] for finding in (*report.items, *report.extra)]
    counts = {word: signs.count(word) for word in ("[FAIL]", "[warn]", "[ ok ]", "[ ?? ]")}
    words = "   ".join(f"{number} {word.strip('[] ')}" for word, number in counts.items())
    return f"Score {report.score}/100   {words}"


def named_clients(groups: Sequence[ClientGroup]) -> str:
    """Return the clients with their names, the most connections first, in one line."""
    found: dict[str, int] = {}
    for group in sorted(groups, key=lambda each: -each.count):
        who = group.name or group.exporter or group.library
        who = f"{who} at {group.address}" if who else group.address
        who = f"replica {who}" if group.replica else who
        user = "" if group.user in {"", "default"} else f" as {group.user}"
        found[f"{who}{user}"] = found.get(f"{who}{user}", 0) + group.count
    shown = [f"{who} ({count})" if count > 1 else who for who, count in found.items()]
    more = f" and {len(shown) - CLIENTS_SHOWN} more" if len(shown) > CLIENTS_SHOWN else ""
    return ", ".join(shown[:CLIENTS_SHOWN]) + more


def clients_as(instance: Instance | None, user: str) -> tuple[ClientGroup, ...]:
    """Return the clients that use a user now."""
    if instance is None or isinstance(instance.live, Unreadable):
        return ()
    return tuple(group for group in instance.live.clients if (group.user or "default") == user)


def users_now(instance: Instance | None) -> dict[str, int]:
    """Return the number of connections of each user."""
    found: dict[str, int] = {}
    if instance is not None and isinstance(instance.live, LiveServer):
        for group in instance.live.clients:
            found[group.user] = found.get(group.user, 0) + group.count
    return found


def todo(impact: Impact) -> str:
    """Return who loses something, and the remedy."""
    return f"{impact.who}: {impact.remedy}"


def evidence(finding: Finding) -> list[str]:
    """Return everything behind a finding, a line each."""
    rows = [finding.summary, ""]
    rows += [f"fact   {each.what}: {each.value}  ({each.source})" for each in finding.evidence]
    rows += [f"fix    {finding.fix}"] if finding.fix else []
    rows += [f"rule   {finding.sentence}"] if finding.sentence else []
    rows += [f"source {finding.source}"] if finding.source else []
    return rows
