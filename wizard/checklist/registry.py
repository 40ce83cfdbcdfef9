"""All items in order, and the one function that judges a host."""

from collections.abc import Mapping, Sequence
from datetime import date
from types import MappingProxyType

from wizard.checklist.context import AS_ROOT, CheckContext, subject
from wizard.checklist.exposure import role_evidence
from wizard.checklist.extra import files, limits, server
from wizard.checklist.ids import former_id
from wizard.checklist.item import Item
from wizard.checklist.report.remaining import remaining
from wizard.checklist.result import Judgement, not_applicable, unknown
from wizard.checklist.sections import authentication, commands, memory, monitoring, network, persistence, transport
from wizard.config import why_unsupported
from wizard.model.answers import Attestation
from wizard.model.exposure import Exposure
from wizard.model.facts.host import HostFacts
from wizard.model.facts.service import Role
from wizard.model.finding import Evidence, Finding, Report, State
from wizard.model.text import escape
from wizard.model.value import replace

ITEMS: tuple[Item, ...] = (
    *network.ITEMS,
    *authentication.ITEMS,
    *commands.ITEMS,
    *transport.ITEMS,
    *memory.ITEMS,
    *persistence.ITEMS,
    *monitoring.ITEMS,
)
"""The 25 of the chapter, in its order."""

EXTRA: tuple[Item, ...] = (*files.ITEMS, *server.ITEMS, *limits.ITEMS)
"""Beyond the chapter, apart from the score."""

ITEMS_BY_ID: Mapping[str, Item] = MappingProxyType({item.id: item for item in (*ITEMS, *EXTRA)})

_KERNEL = "kernel"
"""The step of what the kernel is told, not the server."""
_NEEDS_FIX = (State.FAIL, State.UNKNOWN)
_NAME_ANOTHER = "For another server, name its configuration with --config."
_ON_THE_HOST = "A directory tree does not show it: check on the running host."
_NOT_READ = "Root could not read it either: see `redis-wizard detect` for what was refused."


def check(facts: HostFacts, *, instance: str = "", attestations: Sequence[Attestation] = (), today: date) -> Report:
    """Judge one instance of a host.

    Args:
        facts: What was read of the host.
        instance: Its name; empty when there is only one.
        attestations: Dated attestations of items that a host cannot prove.
        today: The date that certificates and attestations are judged on.

    Returns:
        All findings; every text in it is safe to show.

    Raises:
        InvalidValueError: there is no such instance, or several and none is named.
    """
    chosen = subject(facts, instance, attestations, today)
    foreign = why_unsupported(chosen.instance)
    items = tuple(_finding(item, chosen, foreign) for item in ITEMS)
    return Report(
        host=escape(facts.hostname),
        instance=escape(chosen.instance.name),
        taken_at=facts.taken_at,
        score=score(items),
        items=items,
        extra=tuple(_finding(item, chosen, foreign) for item in EXTRA),
        looked=escape(_looked(chosen)),
        exposure=Exposure() if foreign else remaining(chosen),
    )


def score(findings: Sequence[Finding]) -> int:
    """Return pass ÷ (pass + fail + unknown) in percent, rounded down; 0 when nothing counts."""
    states = [finding.state for finding in findings]
    counted = sum(states.count(state) for state in (State.PASS, State.FAIL, State.UNKNOWN))
    return states.count(State.PASS) * 100 // counted if counted else 0


def _looked(chosen: CheckContext) -> str:
    """Return what was looked at, and as whom."""
    facts, live, role = chosen.facts, chosen.live, chosen.role
    words = [f"{chosen.instance.flavour.title()} {chosen.version}".strip(), role.value if role else ""]
    words.append("a directory tree" if facts.tree is not None else f"checked {'as' if facts.root else 'without'} root")
    if live:
        words.append(f"login {live.user}")
    elif facts.tree is None:
        words.append("no login" if chosen.running else "the server does not run")
    return ", ".join(filter(None, words))


def _finding(item: Item, chosen: CheckContext, foreign: str) -> Finding:
    """Judge one item, unless `foreign` says why none is, and write that down with every host text made safe."""
    judged = unknown(f"{foreign}; nothing is judged.", fix=_NAME_ANOTHER) if foreign else _judgement(item, chosen)
    return Finding(
        id=item.id,
        number=item.number,
        title=item.title,
        state=judged.state,
        severity=item.severity,
        summary=escape(judged.summary),
        evidence=tuple(_clean(each) for each in judged.evidence),
        fix=escape(_fix(item, judged, chosen)),
        step=item.step if judged.state is State.FAIL and _can_be_planned(item, chosen) else "",
        source=item.source,
        former_id=former_id(item.id),
        sentence=item.sentence,
    )


def _can_be_planned(item: Item, chosen: CheckContext) -> bool:
    """Return whether a plan can change what the item is about."""
    if item.step == _KERNEL:
        return chosen.facts.tree is not None or any(each.writable for each in chosen.facts.kernel)
    return not chosen.instance.runs_without_file


def _judgement(item: Item, chosen: CheckContext) -> Judgement:
    """Judge one item; what a server is comes first, since a Sentinel has no data and few commands."""
    if item.not_on_sentinel and chosen.role is Role.SENTINEL:
        return not_applicable(item.not_on_sentinel, role_evidence(chosen, Role.SENTINEL))
    return item.check(chosen)


def _fix(item: Item, judged: Judgement, chosen: CheckContext) -> str:
    """Return what to do: the check's own fix where it has one, empty where nothing is to be done."""
    if judged.state not in _NEEDS_FIX:
        return ""
    fix = judged.fix or item.fix
    if chosen.facts.root and AS_ROOT in fix:
        return fix.replace(AS_ROOT, _ON_THE_HOST if chosen.facts.tree else _NOT_READ)
    return fix


def _clean(evidence: Evidence) -> Evidence:
    return replace(
        evidence, what=escape(evidence.what), source=escape(evidence.source), value=escape(evidence.value, limit=400)
    )
