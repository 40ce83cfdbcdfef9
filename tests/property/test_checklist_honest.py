"""Honest: whatever could not be read, no check raises, and none passes without evidence."""

from collections.abc import Callable
from datetime import date
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.facts_builder import hardened_host, pristine_host
from wizard.checklist.context import subject
from wizard.checklist.registry import check
from wizard.checklist.report import json as json_report
from wizard.checklist.report import table
from wizard.model.facts.host import HostFacts
from wizard.model.facts.instance import Instance
from wizard.model.facts.live import LiveServer
from wizard.model.facts.machine import KernelSetting
from wizard.model.facts.service import Role
from wizard.model.facts.unreadable import Unreadable
from wizard.model.finding import Report, State
from wizard.model.network import ProbeAnswer
from wizard.model.value import from_json, replace

TODAY = date(2026, 5, 4)
LOST = Unreadable(what="something", why="permission denied")
NASTY = st.text(st.characters(), max_size=30) | st.sampled_from(
    ["", "0", "-1", "yes", "\x1b]52;c;AAAA\x1b\\", "[/bold]", "user", "9" * 400, "²", "1.5gb", "-", "::", "* -::*"]
)

Change = Callable[[HostFacts], HostFacts]


def _instance(**over: Any) -> Change:
    return lambda facts: replace(facts, instances=(replace(facts.instances[0], **over),))


def _host(**over: Any) -> Change:
    return lambda facts: replace(facts, **over)


def _live(change: Callable[[LiveServer], LiveServer]) -> Change:
    def apply(facts: HostFacts) -> HostFacts:
        own: Instance = facts.instances[0]
        return facts if isinstance(own.live, Unreadable) else _instance(live=change(own.live))(facts)

    return apply


def _memory(**over: Any) -> Change:
    return lambda facts: replace(facts, memory=replace(facts.memory, **over))


def _process(**over: Any) -> Change:
    def apply(facts: HostFacts) -> HostFacts:
        own = facts.instances[0].process
        return facts if own is None else _instance(process=replace(own, **over))(facts)

    return apply


def _kernel_without_values(facts: HostFacts) -> HostFacts:
    def blind(each: KernelSetting) -> KernelSetting:
        return replace(each, live=LOST)

    return replace(facts, kernel=tuple(blind(each) for each in facts.kernel))


_BLIND: tuple[Change, ...] = (
    _instance(live=LOST),
    _instance(config=LOST),
    _instance(acl=LOST),
    _instance(acl=None),
    _instance(version=LOST, binary=LOST, tls_build=LOST),
    _instance(process=None),
    _instance(unit=None),
    _instance(listeners=()),
    _instance(probes=()),
    _instance(directories=(), space=()),
    _instance(dump=None, append_only=None),
    _process(open_files=LOST, anonymous_huge_pages=LOST, secrets_in_environment=LOST),
    _live(lambda live: replace(live, config={})),
    _live(lambda live: replace(live, acl=())),
    _live(lambda live: replace(live, info={})),
    _live(lambda live: replace(live, clients=(), command_calls={})),
    _live(lambda live: replace(live, unreadable=(LOST,))),
    _memory(total=LOST, available=LOST),
    _memory(limits=(), others=()),
    _kernel_without_values,
    _host(kernel=()),
    _host(interfaces=()),
    _host(packet_filter=LOST),
    _host(root=False),
)


@st.composite
def hosts(draw: st.DrawFn) -> HostFacts:
    """A hardened or pristine host of which some facts are lost and some texts are garbage."""
    facts = draw(st.sampled_from([hardened_host(), pristine_host()]))
    for change in draw(st.lists(st.sampled_from(_BLIND), max_size=6)):
        facts = change(facts)
    return _garbled(draw, facts)


def _garbled(draw: st.DrawFn, facts: HostFacts) -> HostFacts:
    own = facts.instances[0]
    if not isinstance(own.live, Unreadable):
        values = draw(st.dictionaries(st.sampled_from(sorted(own.live.config) or ["bind"]), NASTY, max_size=4))
        role = draw(st.sampled_from(Role))
        facts = _live(lambda live: replace(live, config={**live.config, **values} if live.config else {}, role=role))(
            facts
        )
        if draw(st.booleans()):
            text = draw(NASTY)
            facts = _live(lambda live: replace(live, acl=(*live.acl, f"user {text}"), version=text))(facts)
    if not isinstance(own.config, Unreadable) and own.config.lines:
        picked = draw(st.sampled_from(own.config.lines))
        words = tuple(draw(st.lists(NASTY, max_size=3)))
        lines = tuple(replace(each, arguments=words) if each == picked else each for each in own.config.lines)
        facts = _instance(config=replace(own.config, lines=lines))(facts)
    answers = draw(st.lists(st.sampled_from(ProbeAnswer), min_size=len(own.probes), max_size=len(own.probes)))
    probes = tuple(replace(each, answer=answer) for each, answer in zip(own.probes, answers, strict=True))
    return _instance(probes=probes)(facts)


@settings(max_examples=150, deadline=None)
@given(hosts())
def test_no_check_raises_and_none_passes_without_evidence(facts: HostFacts) -> None:
    report = check(facts, today=TODAY)
    assert [each.number for each in report.items] == list(range(1, 26))
    for finding in (*report.items, *report.extra):
        assert finding.summary
        if finding.state is State.PASS:
            assert finding.evidence, finding.id
        if finding.state in (State.FAIL, State.UNKNOWN):
            assert finding.fix, finding.id


@settings(max_examples=60, deadline=None)
@given(hosts())
def test_no_report_can_steer_a_terminal_or_runs_over_its_width(facts: HostFacts) -> None:
    report = check(facts, today=TODAY)
    text = table.render(report)
    assert all(len(each) <= 80 for each in text.split("\n"))
    for shown in (text, json_report.render(report)):
        assert not any(
            (ord(c) < 0x20 and c != "\n") or 0x7F <= ord(c) < 0xA0 or ord(c) in (0x202E, 0x200B) for c in shown
        )
    assert from_json(Report, json_report.render(report)) == report


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(_BLIND), max_size=8))
def test_losing_sight_never_turns_a_failure_into_a_pass(changes: list[Change]) -> None:
    facts = pristine_host()
    bad = {each.id for each in check(facts, today=TODAY).items if each.state is State.FAIL}
    for change in changes:
        facts = change(facts)
    good = {each.id for each in check(facts, today=TODAY).items if each.state is State.PASS}
    assert not bad & good


@settings(max_examples=100, deadline=None)
@given(facts=hosts(), stopped=st.booleans())
def test_a_server_that_was_not_asked_passes_nothing_inside(facts: HostFacts, stopped: bool) -> None:  # noqa: FBT001 - a value drawn
    facts = _instance(live=LOST)(facts)
    if stopped:
        facts = _instance(process=None, unit=None, listeners=(), probes=())(facts)
    running = subject(facts, "", (), TODAY).running
    for finding in check(facts, today=TODAY).items:
        if finding.id in {"6", "7", "8", "9", "11", "12", "13"} and finding.state is State.PASS:
            renamed = "rename-command" in finding.summary
            assert not running, finding.summary
            assert renamed or "The server does not run: " in finding.summary
            assert not any("live server" in each.source for each in finding.evidence)
