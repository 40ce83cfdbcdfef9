"""The rules of iptables as ``iptables-save`` prints them, in the form of those of nftables.

Source:
    iptables-extensions(8), iptables 1.8.
"""

import shlex
from collections.abc import Callable, Mapping

from wizard.errors import InvalidValueError
from wizard.model.network import Action, FilterChain, FilterRule, Match

_HOOKS = {"PREROUTING": "prerouting", "INPUT": "input", "FORWARD": "forward"}
_PRIORITIES = {"raw": -300, "mangle": -150, "nat": -100, "filter": 0, "security": 50}
"""By table (Linux ``include/uapi/linux/netfilter_ipv4.h``, ``nf_ip_hook_priorities``)."""
_TARGETS = {
    "ACCEPT": Action.ACCEPT,
    "DROP": Action.DROP,
    "REJECT": Action.DROP,
    "RETURN": Action.RETURN,
    "SNAT": Action.ACCEPT,
    "MASQUERADE": Action.ACCEPT,
    **dict.fromkeys(
        ("LOG", "NFLOG", "AUDIT", "TRACE", "CLASSIFY", "CHECKSUM", "TCPMSS", "DSCP", "TOS", "SECMARK", "SET"),
        Action.CONTINUE,
    ),
}
_REVERSE_PATH = ("--loose", "--validmark", "--accept-local", "--invert")
_MODULES = frozenset(
    (
        *("tcp", "udp", "multiport", "conntrack", "state", "comment", "limit", "addrtype", "mark", "connmark"),
        *("hashlimit", "recent", "connlimit", "pkttype", "icmp", "icmp6", "rt", "hl", "ttl", "set", "mac"),
    )
)
"""Modules that match nothing without an option."""
_MARKS = ("MARK", "CONNMARK", "CONNSECMARK")


def parse_save(text: str, family: str, program: str) -> tuple[FilterChain, ...]:
    """Return the chains of one family.

    Args:
        text: What the program prints.
        family: ``ip`` or ``ip6``.
        program: Which rules these are.

    Raises:
        InvalidValueError: a line has another form.
    """
    table = ""
    policies: dict[tuple[str, str], str] = {}
    rules: dict[tuple[str, str], list[FilterRule]] = {}
    for line in text.splitlines():
        match line[:1]:
            case "*":
                table = line[1:].strip()
            case ":":
                name, policy, *_ = line[1:].split()
                policies[table, name] = policy
            case "-":
                words = _words(line)
                known = frozenset(name for place, name in policies if place == table)
                rules.setdefault((table, words[1]), []).append(_Line(line, words[2:], family, known).rule())
            case _:
                pass
    return tuple(
        FilterChain(
            program=program,
            family=family,
            table=table,
            name=name,
            rules=tuple(rules.get((table, name), ())),
            hook=_HOOKS.get(name, "") if policy != "-" else "",
            priority=_PRIORITIES.get(table, 0),
            drops=policy == "DROP",
            nat=table == "nat",
        )
        for (table, name), policy in policies.items()
        if policy == "-" or name in _HOOKS or (table, name) in rules
    )


def _words(line: str) -> list[str]:
    try:
        words = shlex.split(line)
    except ValueError:
        words = []
    if len(words) < 2 or words[0] != "-A":  # noqa: PLR2004 - the option and its chain
        raise InvalidValueError(f"iptables-save printed a line of an unknown form: {line}")
    return words


class _Line:
    """One rule while it is read, option by option."""

    def __init__(self, text: str, words: list[str], family: str, chains: frozenset[str]) -> None:
        self._text = text
        self._words = words
        self._family = family
        self._chains = chains
        self._protocol = ""
        self._module = ""
        self._matches: list[Match] = []
        self._effects: list[str] = []
        self._action = Action.CONTINUE
        self._target = ""

    def rule(self) -> FilterRule:
        """Return the rule."""
        negated = False
        while self._words:
            word = self._words.pop(0)
            if word == "!":
                negated = True
                continue
            self._option(word, negated=negated)
            negated = False
        return FilterRule(
            text=self._text,
            matches=tuple(self._matches),
            action=self._action,
            target=self._target,
            effects=tuple(self._effects),
        )

    def _option(self, word: str, *, negated: bool) -> None:
        if word == "-m":
            self._load(self._argument())
        elif word in ("-j", "-g"):
            self._jump(self._argument(), goes=word == "-g")
        elif word in _IGNORED:
            for _ in range(_IGNORED[word]):
                self._argument()
        elif word in _MATCHES:
            field, values = _MATCHES[word](self)
            self._matches.append(Match(fields=(field,), values=tuple((each,) for each in values), negated=negated))
        else:
            # What it needs is not known either: the words up to the next option belong to it.
            while self._words and not self._words[0].startswith("-") and self._words[0] != "!":
                self._argument()
            self._matches.append(Match(fields=(f"-m {self._module} {word}",)))

    def _load(self, module: str) -> None:
        self._module = module
        if module == "rpfilter":
            options = []
            while self._words and self._words[0] in _REVERSE_PATH:
                options.append(self._argument())
            self._matches.append(
                Match(fields=("fib saddr.iif oif",), values=(("false" if "--invert" in options else "true",),))
            )
        elif module not in _MODULES:
            self._matches.append(Match(fields=(f"-m {module}",)))

    def _argument(self) -> str:
        if not self._words:
            raise InvalidValueError(f"iptables-save printed a line of an unknown form: {self._text}")
        return self._words.pop(0)

    def _jump(self, target: str, *, goes: bool) -> None:
        rest, self._words = self._words, []
        if goes:
            self._action, self._target = Action.GOTO, target
        elif target in _TARGETS:
            self._action = _TARGETS[target]
        elif target in _MARKS:
            self._effects.append("mark")
        elif target == "NOTRACK" or (target == "CT" and "--notrack" in rest):
            self._effects.append("notrack")
        elif target == "CT":
            pass
        elif target in ("DNAT", "REDIRECT"):
            self._action, self._target = _translation(rest)
        elif target in self._chains:
            self._action, self._target = Action.JUMP, target
        else:
            self._action, self._target = Action.OTHER, target

    # --- options with a value of their own kind -------------------------------------------------

    def address(self, side: str) -> tuple[str, list[str]]:
        """Return a match on an address."""
        return f"{self._family} {side}", self._argument().split(",")

    def interface(self, side: str) -> tuple[str, list[str]]:
        """Return a match on an interface; a plus at the end stands for any ending."""
        name = self._argument()
        return f"meta {side}", [f"{name[:-1]}*" if name.endswith("+") else name]

    def protocol(self) -> tuple[str, list[str]]:
        """Return a match on the protocol, which later options belong to."""
        self._protocol = self._argument().lower()
        return "meta l4proto", [self._protocol]

    def ports(self, side: str) -> tuple[str, list[str]]:
        """Return a match on ports."""
        given = [each.replace(":", "-") for each in self._argument().split(",")]
        return f"{self._protocol or 'th'} {side}", [_whole_range(each) for each in given]

    def words(self, field: str) -> tuple[str, list[str]]:
        """Return a match on a list of words."""
        return field, self._argument().lower().split(",")

    def flags(self) -> tuple[str, list[str]]:
        """Return a match on the flags of TCP."""
        looked, wanted = self._argument().lower(), self._argument().lower()
        return "tcp flags", [f"{looked} {'' if wanted == 'none' else wanted}".strip()]

    def mark(self) -> tuple[str, list[str]]:
        """Return a match on a mark."""
        value = self._argument().partition("/")[0]
        return f"{'ct' if self._module == 'connmark' else 'meta'} mark", [str(int(value, 0))]

    def constant(self, field: str, value: str, arguments: int = 0) -> tuple[str, list[str]]:
        """Return a match whose option says all."""
        for _ in range(arguments):
            self._argument()
        return field, [value]


def _translation(words: list[str]) -> tuple[Action, str]:
    given = dict(zip(words[::2], words[1::2], strict=False))
    if "--to-ports" in given:
        target = f" {given['--to-ports']}"
    elif "--to-destination" in given:
        address, colon, port = given["--to-destination"].rpartition(":")
        bracketed = given["--to-destination"].startswith("[")
        whole = not colon or (":" in address and not bracketed)
        target = f"{given['--to-destination'] if whole else address.strip('[]')} {'' if whole else port}"
    else:
        target = " "
    if "-" in target:
        return Action.OTHER, f"translation to {target.strip()}"
    return Action.TRANSLATE, target


def _whole_range(ports: str) -> str:
    """Return a range with both of its ends."""
    first, dash, last = ports.partition("-")
    return f"{first or 0}-{last or 65535}" if dash else ports


_MATCHES: Mapping[str, Callable[[_Line], tuple[str, list[str]]]] = {
    "-s": lambda line: line.address("saddr"),
    "-d": lambda line: line.address("daddr"),
    "-i": lambda line: line.interface("iifname"),
    "-o": lambda line: line.interface("oifname"),
    "-p": lambda line: line.protocol(),
    "--dport": lambda line: line.ports("dport"),
    "--sport": lambda line: line.ports("sport"),
    "--dports": lambda line: line.ports("dport"),
    "--sports": lambda line: line.ports("sport"),
    "--tcp-flags": lambda line: line.flags(),
    "--syn": lambda line: line.constant("tcp flags", "syn,rst,ack,fin syn"),
    "--ctstate": lambda line: line.words("ct state"),
    "--state": lambda line: line.words("ct state"),
    "--ctstatus": lambda line: line.words("ct status"),
    "--ctdir": lambda line: line.words("ct direction"),
    "--ctorigdstport": lambda line: ("ct original proto-dst", [_whole_range(line.words("")[1][0].replace(":", "-"))]),
    "--dst-type": lambda line: line.words("fib daddr type"),
    "--src-type": lambda line: line.words("fib saddr type"),
    "--mark": lambda line: line.mark(),
    "--pkt-type": lambda line: line.words("meta pkttype"),
    "-f": lambda line: line.constant("ip frag-off & 8191", "1-8191"),
    "--icmp-type": lambda line: line.words("icmp type"),
    "--icmpv6-type": lambda line: line.words("icmpv6 type"),
    "--rt-type": lambda line: line.words("exthdr"),
    "--limit": lambda line: line.constant("limit", "below", 1),
    "--connlimit-above": lambda line: line.constant("ct count", "over", 1),
    "--connlimit-upto": lambda line: line.constant("ct count", "below", 1),
    "--hashlimit-above": lambda line: line.constant("limit", "over", 1),
    "--hashlimit-upto": lambda line: line.constant("limit", "below", 1),
    "--set": lambda line: line.constant("recent", "noted"),
    "--update": lambda line: line.constant("recent", "known"),
    "--rcheck": lambda line: line.constant("recent", "known"),
    "--remove": lambda line: line.constant("recent", "known"),
}
"""By option: the field that it looks at, and the values that match."""

_IGNORED = {
    "--comment": 1,
    "--limit-burst": 1,
    "--connlimit-mask": 1,
    "--connlimit-saddr": 0,
    "--connlimit-daddr": 0,
    "--hashlimit-burst": 1,
    "--hashlimit-mode": 1,
    "--hashlimit-name": 1,
    "--hashlimit-srcmask": 1,
    "--hashlimit-dstmask": 1,
    "--hashlimit-htable-size": 1,
    "--hashlimit-htable-max": 1,
    "--hashlimit-htable-expire": 1,
    "--hashlimit-htable-gcinterval": 1,
    "--seconds": 1,
    "--reap": 0,
    "--hitcount": 1,
    "--name": 1,
    "--mask": 1,
    "--rsource": 0,
    "--rdest": 0,
    "--rttl": 0,
    "-c": 2,
}
"""By option: the words after it. They narrow a match that is decided without them."""
