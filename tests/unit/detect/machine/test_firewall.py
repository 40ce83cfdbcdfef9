"""The packet filter is read as a whole, with programs that only look, or withheld with the reason."""

import json
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from tests.support.memory_host.host import MemoryHost
from wizard.detect.machine.firewall import read_packet_filter
from wizard.detect.machine.iptables import parse_save
from wizard.detect.machine.nftables import parse_ruleset
from wizard.detect.reader import Reader
from wizard.errors import InvalidValueError
from wizard.host.reader import Completed
from wizard.model.facts.unreadable import Unreadable
from wizard.model.network import Action, FilterRule, Match, PacketFilter

DATA = Path(__file__).parents[3] / "data/firewall"
"""Rulesets as ufw 0.36.2 and firewalld 2.3.1 write them, printed by nft 1.1.3 and iptables-save 1.8.11."""
LIST = ("/usr/sbin/nft", "--json", "--debug=netlink", "list", "ruleset")
EMPTY = '{"nftables": [{"metainfo": {"version": "1.1.3"}}]}'
NAMES = PurePosixPath("/proc/net/ip_tables_names")


def text(name: str) -> str:
    return (DATA / name).read_text()


def host(ruleset: str = EMPTY, **saves: str) -> MemoryHost:
    """Return a host whose programs print these texts; ``iptables_nft`` is iptables-nft-save."""
    made = MemoryHost()
    made.programs["nft"] = PurePosixPath("/usr/sbin/nft")
    made.results[LIST] = Completed(status=0, output=ruleset, errors="")
    for name, said in saves.items():
        program = f"{name.replace('_', '-')}-save"
        made.programs[program] = PurePosixPath("/usr/sbin", program)
        made.results[(f"/usr/sbin/{program}",)] = Completed(status=0, output=said, errors="")
    return made


def read(made: MemoryHost) -> PacketFilter:
    found = read_packet_filter(Reader(made))
    assert isinstance(found, PacketFilter), found
    return found


def refusal(made: MemoryHost) -> str:
    found = read_packet_filter(Reader(made))
    assert isinstance(found, Unreadable)
    return found.why


# --- what is read ------------------------------------------------------------------------------------


def test_reads_what_firewalld_wrote_by_one_program() -> None:
    made = host(text("firewalld.json"))
    found = read(made)
    base = [(each.name, each.hook, each.priority) for each in found.chains if each.hook]
    assert base == [
        ("mangle_PREROUTING", "prerouting", -140),
        ("nat_PREROUTING", "prerouting", -90),
        ("filter_PREROUTING", "prerouting", 10),
        ("filter_INPUT", "input", 10),
        ("filter_FORWARD", "forward", 10),
    ]
    assert made.runs == [LIST]


def test_reads_matches_of_iptables_from_iptables_save() -> None:
    made = host(text("ufw.json"), iptables_nft=text("ufw.ip.save"), ip6tables_nft=text("ufw.ip6.save"))
    found = read(made)
    assert {each.program for each in found.chains} == {"iptables"}
    assert {each.family for each in found.chains} == {"ip", "ip6"}
    rules = [rule.text for chain in found.chains if chain.name == "ufw-user-input" for rule in chain.rules]
    assert "-A ufw-user-input -s 10.0.4.0/24 -p tcp -m tcp --dport 6379 -j ACCEPT" in rules


def test_reads_legacy_iptables_where_its_tables_are_in_use() -> None:
    save = "*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -p tcp -m tcp --dport 6379 -j DROP\nCOMMIT\n"
    made = host(iptables_legacy=save)
    assert read(made).chains == ()
    made.put(NAMES, b"filter\n")
    (chain,) = read(made).chains
    assert (chain.program, chain.hook, chain.priority, chain.rules[0].action) == (
        "iptables-legacy",
        "input",
        0,
        Action.DROP,
    )


# --- what is withheld, and why -----------------------------------------------------------------------


def test_a_tree_has_none_and_runs_no_program() -> None:
    made = host()
    made.tree = PurePosixPath("/image")
    assert "a directory tree has none" in refusal(made)
    assert made.runs == []


def test_only_root_reads_it() -> None:
    made = host()
    made.user = "olga"
    assert "run as root" in refusal(made)
    assert made.runs == []


def test_says_which_program_is_missing() -> None:
    assert refusal(MemoryHost()) == "nft is not installed"
    assert refusal(host(text("ufw.json"))) == "iptables-nft-save is not installed"
    made = host()
    made.put(NAMES, b"filter\n")
    assert refusal(made) == "iptables-legacy-save is not installed"


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (Completed(status=1, output="", errors="netlink: Operation not permitted\nmore"), "Operation not permitted"),
        (Completed(status=1, output="", errors=""), "exit status 1"),
        (Completed(status=0, output="table inet x {", errors=""), "no ruleset in JSON"),
        (Completed(status=0, output='{"nftables": [{"rule": {}}]}', errors=""), "unknown form"),
        (Completed(status=0, output='{"nftables": 7}', errors=""), "no ruleset in JSON"),
    ],
)
def test_says_what_the_program_said(said: Completed, why: str) -> None:
    made = host()
    made.results[LIST] = said
    assert why in refusal(made)


def test_an_endless_ruleset_is_withheld() -> None:
    rule = {"rule": {"family": "ip", "table": "t", "chain": "c", "expr": [{"drop": None}]}}
    chain = {"chain": {"family": "ip", "table": "t", "name": "c", "hook": "input", "prio": 0}}
    assert "20,000 rules" in refusal(host(json.dumps({"nftables": [chain, *[rule] * 20_001]})))


# --- expressions -------------------------------------------------------------------------------------


def rules(*expressions: dict[str, Any], elements: dict[str, list[Any]] | None = None) -> tuple[FilterRule, ...]:
    table = {"family": "inet", "table": "t"}
    named = [
        {"map" if isinstance(each[0], list) else "set": {**table, "name": name, "elem": each}}
        for name, each in (elements or {}).items()
    ]
    chain = {"chain": {**table, "name": "c", "hook": "input", "prio": 0, "policy": "drop", "type": "filter"}}
    rule = {"rule": {**table, "chain": "c", "expr": list(expressions)}}
    return parse_ruleset(json.dumps({"nftables": [*named, chain, rule]})).chains[0].rules


def expressions() -> list[list[Any]]:
    found: list[list[Any]] = json.loads(text("expressions.json"))
    return found


@pytest.mark.parametrize(("rule", "printed"), expressions(), ids=lambda each: each if isinstance(each, str) else "")
def test_reads_every_expression_that_nft_prints(rule: str, printed: list[dict[str, Any]]) -> None:
    found = rules(*printed)
    assert found
    for verdict in ("accept", "drop", "jump x", "goto x"):
        if rule.endswith(verdict):
            assert {each.action.value for each in found} == {verdict.split(" ")[0]}


def match(field: str, *values: str, negated: bool = False) -> Match:
    return Match(fields=(field,), values=tuple((each,) for each in values), negated=negated)


def test_a_verdict_map_is_one_rule_an_element() -> None:
    key = {"payload": {"protocol": "ip", "field": "saddr"}}
    pairs = [
        ["10.0.0.1", {"accept": None}],
        [{"prefix": {"addr": "10.1.0.0", "len": 16}}, {"jump": {"target": "x"}}],
        ["*", {"drop": None}],
    ]
    for data, named in (({"set": pairs}, {}), ("@m", {"m": pairs})):
        found = rules({"vmap": {"key": key, "data": data}}, elements=named)
        assert [(each.matches, each.action, each.target) for each in found] == [
            ((match("ip saddr", "10.0.0.1"),), Action.ACCEPT, ""),
            ((match("ip saddr", "10.1.0.0/16"),), Action.JUMP, "x"),
            ((match("ip saddr", "10.0.0.1", "10.1.0.0/16", negated=True),), Action.DROP, ""),
        ]


def test_a_statement_that_is_not_known_may_be_a_verdict() -> None:
    for statement in ({"queue": {"num": 3}}, {"tproxy": {"port": 1}}, {"xt": {"type": "target", "name": "X"}}):
        assert [each.action for each in rules(statement)] == [Action.OTHER]
    changed = {"mangle": {"key": {"payload": {"protocol": "tcp", "field": "dport"}}, "value": 80}}
    assert [each.action for each in rules(changed, {"accept": None})] == [Action.OTHER]


@pytest.mark.parametrize(
    ("kind", "code", "wanted"),
    [
        ("icmp", "", (match("meta nfproto", "ipv4"),)),
        ("icmpv6", "", (match("meta nfproto", "ipv6"),)),
        ("icmpx", "", ()),
        (
            "tcp reset",
            "  [ meta load nfproto => reg 1 ]\n  [ cmp eq reg 1 0x0000000a ]",
            (match("meta nfproto", "ipv6"),),
        ),
        (
            "tcp reset",
            "  [ meta load nfproto => reg 1 ]\n  [ cmp eq reg 1 0x00000002 ]",
            (match("meta nfproto", "ipv4"),),
        ),
        (
            "tcp reset",
            "  [ meta load protocol => reg 1 ]\n  [ cmp eq reg 1 0x0000dd86 ]",
            (match("meta nfproto", "ipv6"),),
        ),
        ("tcp reset", "  [ meta load l4proto => reg 1 ]\n  [ cmp eq reg 1 0x00000002 ]", ()),
        ("tcp reset", "", (Match(fields=("the family of reject",)),)),
    ],
)
def test_nft_leaves_out_the_family_of_a_rule_that_rejects(kind: str, code: str, wanted: tuple[Match, ...]) -> None:
    """nft 1.1.3 prints ``meta nfproto ipv6 reject with tcp reset`` without its family; the bytecode has it."""
    table = {"family": "inet", "table": "t"}
    chain = {"chain": {**table, "name": "c", "hook": "input", "prio": 0}}
    rule = {"rule": {**table, "chain": "c", "handle": 7, "expr": [{"reject": {"type": kind}}]}}
    printed = json.dumps({"nftables": [chain, rule]})
    found = parse_ruleset(f"inet t c 7 6\n{code}\n{printed}" if code else printed).chains[0].rules[0]
    assert (found.matches, found.action) == (wanted, Action.DROP)


def test_a_set_beyond_the_limit_is_named_and_not_a_fact() -> None:
    many = [f"10.{each // 256}.{each % 256}.1" for each in range(5_001)]
    compared = {"match": {"op": "==", "left": {"payload": {"protocol": "ip", "field": "saddr"}}, "right": "@big"}}
    (found,) = rules(compared, {"accept": None}, elements={"big": many})
    assert found.matches == (Match(fields=("ip saddr @big (5,001 elements)",)),)


def test_a_dormant_table_counts_for_nothing() -> None:
    table = {"table": {"family": "ip", "name": "t", "flags": ["dormant"]}}
    chain = {"chain": {"family": "ip", "table": "t", "name": "c", "hook": "input", "prio": 0, "policy": "drop"}}
    assert parse_ruleset(json.dumps({"nftables": [table, chain]})).chains == ()


# --- iptables ----------------------------------------------------------------------------------------


def saved(line: str) -> FilterRule:
    head = "*filter\n:INPUT DROP [0:0]\n:X - [0:0]\n"
    chains = parse_save(f"{head}-A INPUT {line}\nCOMMIT\n", "ip", "iptables")
    return next(each for each in chains if each.name == "INPUT").rules[0]


@pytest.mark.parametrize(
    ("line", "matches", "action", "target"),
    [
        (
            "! -s 10.0.0.0/8 -i eth+ -p tcp -j DROP",
            [
                match("ip saddr", "10.0.0.0/8", negated=True),
                match("meta iifname", "eth*"),
                match("meta l4proto", "tcp"),
            ],
            Action.DROP,
            "",
        ),
        (
            "-p tcp -m multiport --dports 6379,7000:7010 -j X",
            [match("meta l4proto", "tcp"), match("tcp dport", "6379", "7000-7010")],
            Action.JUMP,
            "X",
        ),
        ('-m comment --comment "a -j ACCEPT" -g X', [], Action.GOTO, "X"),
        ("-m conntrack ! --ctstate NEW -j RETURN", [match("ct state", "new", negated=True)], Action.RETURN, ""),
        ("-m set --match-set x src -j ACCEPT", [Match(fields=("-m set --match-set",))], Action.ACCEPT, ""),
        ("-m socket -j ACCEPT", [Match(fields=("-m socket",))], Action.ACCEPT, ""),
        ("-m rpfilter --validmark --invert -j DROP", [match("fib saddr.iif oif", "false")], Action.DROP, ""),
        ("-j NFQUEUE --queue-num 1", [], Action.OTHER, "NFQUEUE"),
        ("-j DNAT --to-destination 172.17.0.2:6379", [], Action.TRANSLATE, "172.17.0.2 6379"),
        ("-j DNAT --to-destination [fd00::1]:6379", [], Action.TRANSLATE, "fd00::1 6379"),
        ("-j DNAT --to-destination fd00::1", [], Action.TRANSLATE, "fd00::1 "),
        ("-j REDIRECT --to-ports 6379", [], Action.TRANSLATE, " 6379"),
        ("-j DNAT --to-destination 10.0.0.1-10.0.0.9", [], Action.OTHER, "translation to 10.0.0.1-10.0.0.9"),
    ],
)
def test_reads_a_line_of_iptables_save(line: str, matches: list[Match], action: Action, target: str) -> None:
    found = saved(line)
    assert (list(found.matches), found.action, found.target) == (matches, action, target)
    assert found.text == f"-A INPUT {line}"


@pytest.mark.parametrize("line", ["-A", "-I INPUT -j DROP", '-A INPUT -m comment --comment "x', "-A INPUT -j"])
def test_a_line_of_another_form_withholds_the_rules(line: str) -> None:
    with pytest.raises(InvalidValueError, match="unknown form"):
        parse_save(f"*filter\n:INPUT DROP [0:0]\n{line}\n", "ip", "iptables")
