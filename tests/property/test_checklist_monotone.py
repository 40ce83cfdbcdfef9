"""Monotone: more rights never make a host look better."""

from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.facts_builder import FINGERPRINT, acl, client, hardened_host, unreadable, with_instance, with_live
from wizard.acl.commands import table_for
from wizard.checklist.registry import check
from wizard.model.facts.host import Exporter, HostFacts
from wizard.model.facts.live import ClientGroup
from wizard.model.finding import Report, State
from wizard.model.value import replace

TODAY = date(2026, 5, 4)
KNOWN = table_for("r80")
NAMES = ("app", "shop", "billing", "admin", "redis-admin2", "ops", "replica", "sentinel", "exporter", "spy")
APPLICATION = f"user cart on #{FINGERPRINT} ~cart:* resetchannels -@all +get"
"""An application has a login of its own, as item 7 asks: the law of adding a user begins there."""

PATTERNS = st.sampled_from(["*", "**", "?*", "*:*", "app:*", "shop:*", "[a-z]*", "x", "a*", "[^\x01]*"])
COMMANDS = st.sampled_from(sorted(KNOWN.categories))
CATEGORIES = st.sampled_from(sorted(set(KNOWN.members) - {"always"}))
EVERYTHING = st.sampled_from(["allkeys", "allcommands", "+@all", "+config", "+acl", "+acl|setuser", "+@admin"])
GRANTS = st.one_of(
    EVERYTHING,
    st.sampled_from(["allkeys", "allchannels", "+flushall", "+keys", "+monitor", "+psync"]),
    st.sampled_from(["+flushall|async", "+debug|segfault", "+keys|a*", "+shutdown|nosave", "+config|set"]),
    st.builds("+{}".format, COMMANDS),
    st.builds("+@{}".format, CATEGORIES),
    st.builds("{}{}".format, st.sampled_from(["~", "%R~", "%W~", "&"]), PATTERNS),
    st.builds("(~{} +{})".format, PATTERNS, COMMANDS),
)
RULES = st.lists(
    GRANTS | st.builds("-{}".format, COMMANDS) | st.builds("-@{}".format, CATEGORIES) | st.just("-@all"), max_size=6
)
PASSWORDS = st.sampled_from(["on nopass", "on", "off", f"off #{FINGERPRINT}", *[f"on #{FINGERPRINT}"] * 6])


@st.composite
def _lines(draw: st.DrawFn) -> list[str]:
    # Few users: one that fails an item hides what another one does to it.
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=2, unique=True))
    default = draw(st.sampled_from([*["off"] * 8, "on nopass", f"on #{FINGERPRINT}"]))
    others = [f"user {name} {draw(PASSWORDS)} resetchannels {' '.join(draw(RULES))}".rstrip() for name in names]
    return [f"user default {default} ~* &* +@all", APPLICATION, *others]


def _clients() -> st.SearchStrategy[tuple[ClientGroup, ...]]:
    group = st.builds(
        client,
        user=st.sampled_from(("default", "cart", *NAMES)),
        library=st.sampled_from(["", "redis-py 8.1.0", "ioredis 5.4.0"]),
        name=st.sampled_from(["", "", "shop", "sentinel-1a2b-cmd", "redis_exporter"]),
        exporter=st.sampled_from(["", "", "telegraf"]),
        replica=st.booleans(),
        active=st.booleans(),
    )
    return st.just(()) | st.lists(group, max_size=3).map(tuple)


def _exporters() -> st.SearchStrategy[Exporter]:
    whole = Exporter(program="redis_exporter", pid=9, account="prometheus", target="127.0.0.1:6380")
    return st.sampled_from(("", "default", "new", *NAMES)).map(lambda name: replace(whole, login=name))


@st.composite
def _hosts(draw: st.DrawFn) -> tuple[list[str], HostFacts]:
    facts = with_live(hardened_host(), clients=draw(_clients()), user=draw(st.sampled_from(("default", *NAMES))))
    facts = replace(facts, exporters=draw(st.just(()) | st.tuples(_exporters())))
    if draw(st.sampled_from((True, False, False, False))):
        facts = with_live(facts, unreadable=(unreadable("CLIENT LIST"),), clients=())
    shown = draw(st.sampled_from(["live", "lost", "stopped"]))
    if shown == "lost":
        facts = with_instance(facts, live=unreadable("the running server"))
    if shown == "stopped":
        facts = with_instance(
            facts, live=unreadable("the running server"), process=None, unit=None, listeners=(), probes=()
        )
    return draw(_lines()), facts


def _with(facts: HostFacts, lines: list[str]) -> HostFacts:
    return with_instance(with_live(facts, acl=tuple(lines)), acl=acl(lines))


def _not_better(before: Report, after: Report) -> None:
    assert after.score <= before.score
    worse = {State.FAIL: {State.FAIL}, State.UNKNOWN: {State.FAIL, State.UNKNOWN}}
    for one, other in zip(before.items, after.items, strict=True):
        if one.state is State.NOT_APPLICABLE:
            assert other.state is not State.PASS, (one.id, other.summary)
        assert other.state in worse.get(one.state, set(State)), (one.id, one.summary, other.summary)


@settings(max_examples=250, deadline=None)
@given(host=_hosts(), grants=st.lists(GRANTS, min_size=1, max_size=3), data=st.data())
def test_a_granted_right_makes_no_item_better(
    host: tuple[list[str], HostFacts], grants: list[str], data: st.DataObject
) -> None:
    lines, facts = host
    chosen = data.draw(st.integers(min_value=1, max_value=len(lines) - 1))
    granted = [f"{line} {' '.join(grants)}" if number == chosen else line for number, line in enumerate(lines)]
    _not_better(check(_with(facts, lines), today=TODAY), check(_with(facts, granted), today=TODAY))


@settings(max_examples=150, deadline=None)
@given(host=_hosts(), name=st.sampled_from(("new", "new-admin", "replica2")), kept=PASSWORDS, rules=RULES)
def test_a_user_more_makes_no_item_better(
    host: tuple[list[str], HostFacts], name: str, kept: str, rules: list[str]
) -> None:
    lines, facts = host
    more = [*lines, f"user {name} {kept} {' '.join(rules)}".rstrip()]
    _not_better(check(_with(facts, lines), today=TODAY), check(_with(facts, more), today=TODAY))
