"""Looser: a mode, an owner, a TLS setting or an address that lets more in makes no item better."""

import stat
from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.scenarios.checklist.cases.hosts import PRIVATE
from tests.support.facts_builder import (
    CONF,
    directory,
    filter_rule,
    hardened_host,
    listener,
    place,
    places,
    probe,
    tls,
    unreadable,
    with_both,
    with_file,
    with_instance,
    with_live,
    with_rules,
)
from wizard.checklist.registry import check
from wizard.model.facts.files import FileStatus
from wizard.model.facts.host import HostFacts
from wizard.model.finding import Report, State
from wizard.model.network import PacketFilter, ProbeAnswer
from wizard.model.value import replace

TODAY = date(2026, 5, 4)
WORSE = {State.FAIL: {State.FAIL}, State.UNKNOWN: {State.FAIL, State.UNKNOWN}}
Change = Callable[[HostFacts], HostFacts]

# --- where it begins ---------------------------------------------------------------------------------

COMMON = (0o400, 0o600, 0o640, 0o644, 0o660, 0o664, 0o666, 0o700, 0o750, 0o755, 0o770, 0o777)
MODES = st.sampled_from(COMMON)
NAMES = st.sampled_from(["root", "redis", "users", "nobody"])


@st.composite
def hosts(draw: st.DrawFn) -> HostFacts:
    """The hardened host, of which one thing may already be loose: more would hide what another change does."""
    facts = hardened_host()
    own = facts.instances[0]
    status = replace(own.tls.keys[0], mode=draw(MODES), owner=draw(NAMES), group=draw(NAMES))
    way = place(directory("/etc/redis", mode=draw(MODES), owner=draw(NAMES), group=draw(NAMES)), CONF, status.path)
    return draw(
        st.sampled_from(
            [
                facts,
                with_instance(facts, tls=tls(keys=(status,))),
                with_instance(facts, sockets=(replace(own.sockets[0], mode=draw(MODES)),)),
                with_instance(facts, writers=places(way)),
                with_file(facts, f"tls-auth-clients {draw(st.sampled_from(['optional', 'no']))}"),
                with_instance(facts, live=unreadable("the running server")),
                with_rules(PRIVATE, filter_rule(ip_saddr="10.0.4.0/24", tcp_dport="6380")),
                with_file(facts, 'rename-command FLUSHALL ""', 'rename-command KEYS ""'),
            ]
        )
    )


# --- what is looser ----------------------------------------------------------------------------------


def _more(status: FileStatus, bits: int) -> FileStatus:
    return replace(status, mode=status.mode | bits)


def _key(bits: int) -> Change:
    return lambda facts: with_instance(
        facts,
        tls=replace(facts.instances[0].tls, keys=tuple(_more(each, bits) for each in facts.instances[0].tls.keys)),
    )


def _socket(bits: int) -> Change:
    return lambda facts: with_instance(facts, sockets=tuple(_more(each, bits) for each in facts.instances[0].sockets))


def _way(bits: int) -> Change:
    def change(facts: HostFacts) -> HostFacts:
        ways = (place(_more(each.status, bits), *each.holds) for each in facts.instances[0].writers)
        return with_instance(facts, writers=tuple(ways))

    return change


def _owner(name: str) -> Change:
    def change(facts: HostFacts) -> HostFacts:
        ways = (replace(each, users=(*each.users, name)) for each in facts.instances[0].writers)
        return with_instance(facts, writers=tuple(ways))

    return change


def _probes(**over: object) -> Change:
    def change(facts: HostFacts) -> HostFacts:
        probes = facts.instances[0].probes
        return with_instance(facts, probes=tuple(replace(each, **over) if each.tls else each for each in probes))

    return change


def _file(line: str) -> Change:
    return lambda facts: with_file(facts, line)


def _set(name: str, value: str) -> Change:
    return lambda facts: with_live(facts, {name: value})


def _listening(address: str) -> Change:
    def change(facts: HostFacts) -> HostFacts:
        own = facts.instances[0]
        more = probe(address, 6379, ProbeAnswer.NEEDS_LOGIN)
        return with_instance(facts, listeners=(*own.listeners, listener(address)), probes=(*own.probes, more))

    return change


def _certificate(**over: object) -> Change:
    """Change the server's certificate, with the one of its authority beside it."""

    def change(facts: HostFacts) -> HostFacts:
        own = facts.instances[0].tls
        server, *others = own.certificates
        return with_instance(facts, tls=replace(own, certificates=(replace(server, **over), *others)))

    return change


def _directories(bits: int) -> Change:
    return lambda facts: with_instance(
        facts, directories=tuple(_more(each, bits) for each in facts.instances[0].directories)
    )


def _unit(**properties: str) -> Change:
    def change(facts: HostFacts) -> HostFacts:
        own = facts.instances[0].unit
        return with_instance(facts, unit=replace(own, properties={**own.properties, **properties}) if own else None)

    return change


def _both(name: str, value: str) -> Change:
    return lambda facts: with_both(facts, **{name: value})


def _filter(**over: object) -> Change:
    return lambda facts: replace(facts, **over)


BARRIERS: tuple[Change, ...] = (
    *(_set(name, value) for name, value in (("protected-mode", "no"), ("enable-debug-command", "yes"))),
    _file("protected-mode no"),
    _both("enable-module-command", "local"),
    _both("enable-protected-configs", "yes"),
    _file("acl-pubsub-default allchannels"),
    _both("timeout", "0"),
    _file("logfile /tmp/redis.log"),
    _file("rename-command GET FETCH"),
    _file("masterauth short"),
    _file("requirepass foobared"),
    lambda facts: with_file(facts, without=["aclfile"]),
    _certificate(not_after="2026-05-20T00:00:00Z"),
    _certificate(not_after="2026-05-01T00:00:00Z"),
    _certificate(key_type="RSA 1024"),
    _certificate(names=("DNS:other",)),
    _certificate(usages=("clientAuth",)),
    _unit(ProtectSystem="no"),
    _unit(NoExecPaths=""),
    _unit(User="root"),
    lambda facts: with_live(facts, modules=("/opt/x.so",)),
    _filter(packet_filter=PacketFilter()),
    _filter(boot_filter=PacketFilter()),
    _filter(interfaces=()),
)
"""What takes a barrier away, or puts a weak one in its place."""
MORE = (stat.S_IRGRP, stat.S_IWGRP, stat.S_IXGRP, stat.S_IROTH, stat.S_IWOTH, 0o007, 0o077, 0o022)
BITS = st.sampled_from(MORE)
LOOSER = st.one_of(
    *(st.builds(each, BITS) for each in (_key, _socket, _way, _directories)),
    st.sampled_from(BARRIERS),
    st.builds(_owner, st.sampled_from(["nobody", "deploy"])),
    st.sampled_from(
        [
            _probes(tls_versions=("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3")),
            _probes(weak_ciphers=("NULL",)),
            _probes(answer=ProbeAnswer.NEEDS_LOGIN),
            _probes(answer=ProbeAnswer.OPEN, foreign_certificate=ProbeAnswer.OPEN),
            _probes(foreign_certificate=ProbeAnswer.NEEDS_LOGIN),
            *(_file(f"tls-auth-clients {each}") for each in ("no",)),
            *(_set("tls-auth-clients", each) for each in ("optional", "no")),
            _file("tls-protocols TLSv1 TLSv1.1 TLSv1.2 TLSv1.3"),
            _file("tls-ciphers ALL:COMPLEMENTOFALL:@SECLEVEL=0"),
            _file("tls-replication no"),
            _file("port 6379"),
            _file("bind * -::*"),
            _file("unixsocketperm 777"),
            *(_listening(each) for each in ("0.0.0.0", "203.0.113.7", "127.0.0.1")),  # noqa: S104 - facts of a host
        ]
    ),
)


def not_better(before: Report, after: Report) -> None:
    assert after.score <= before.score
    for one, other in zip((*before.items, *before.extra), (*after.items, *after.extra), strict=True):
        if one.id == "Xdrift":
            continue  # A value that is as loose in the server as in its file drifts no longer.
        if one.state is State.NOT_APPLICABLE:
            assert other.state is not State.PASS, (one.id, other.summary)
        assert other.state in WORSE.get(one.state, set(State)), (one.id, one.summary, other.summary)


@settings(max_examples=250, deadline=None)
@given(facts=hosts(), changes=st.lists(LOOSER, min_size=1, max_size=3))
def test_what_lets_more_in_makes_no_item_better(facts: HostFacts, changes: list[Change]) -> None:
    looser = facts
    for change in changes:
        looser = change(looser)
    not_better(check(facts, today=TODAY), check(looser, today=TODAY))


@pytest.mark.parametrize("group", ["redis", "users"])
@pytest.mark.parametrize("kind", [_key, _socket, _way])
def test_no_bit_more_of_a_mode_makes_an_item_better(kind: Callable[[int], Change], group: str) -> None:
    own = hardened_host().instances[0]
    key, socket = replace(own.tls.keys[0], mode=0, group=group), replace(own.sockets[0], mode=0, group=group)
    way = place(directory("/etc/redis", mode=0, group=group), CONF, key.path)
    bare = with_instance(hardened_host(), tls=tls(keys=(key,)), sockets=(socket,), writers=(way,))
    reports = {
        mode: check(kind(mode)(bare), today=TODAY) for mode in {each | bits for each in COMMON for bits in (0, *MORE)}
    }
    for mode in COMMON:
        for bits in MORE:
            not_better(reports[mode], reports[mode | bits])
