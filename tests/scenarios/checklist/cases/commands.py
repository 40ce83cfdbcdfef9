"""Items 11 to 14: dangerous commands."""

from collections.abc import Sequence

from tests.scenarios.checklist.cases.hosts import (
    ATTESTED,
    BARE,
    BLIND,
    FAIL,
    HARD,
    LOCKED,
    NOT_APPLICABLE,
    PASS,
    UNKNOWN,
    attestation,
    attested,
    case,
    with_acl,
    with_role,
)
from tests.support.facts_builder import FINGERPRINT, client, line, with_instance, with_live
from wizard.model.facts.host import HostFacts
from wizard.model.facts.service import Role
from wizard.model.facts.unreadable import Unreadable
from wizard.model.value import replace

_RENAMED = (
    "rename-command FLUSHDB x",
    "rename-command FLUSHALL x",
    "rename-command DEBUG x",
    "rename-command SHUTDOWN x",
)


def with_renames(facts: HostFacts, *lines: str, live: Sequence[str]) -> HostFacts:
    """The same host with rename-command lines in the file and commands that are gone live."""
    facts = with_live(facts, missing_commands=tuple(live))
    config = facts.instances[0].config
    assert not isinstance(config, Unreadable)
    added = tuple(line(text, 100 + number) for number, text in enumerate(lines))
    return with_instance(facts, config=replace(config, lines=(*config.lines, *added)))


_FOUR = "FLUSHDB, FLUSHALL, DEBUG, SHUTDOWN"
_REMOVED = f"rename-command removes {_FOUR} for every user."
_GONE = ("flushdb", "flushall", "debug", "shutdown")
_LOOSE = f"user app on #{FINGERPRINT} ~app:* resetchannels +@all -acl -config"

_ASKS = f"user app on #{FINGERPRINT} &* -@all +role +sentinel|get-master-addr-by-name +sentinel|replicas +subscribe"
_DOCUMENTED = (
    "&* -@all +multi +slaveof +ping +exec +subscribe +config|rewrite +role +publish +info +client|setname"
    " +client|kill +script|kill"
)
"""The user that the documentation of Redis gives to Sentinels."""

COMMANDS = [
    case("11", PASS, HARD, "No application user may run FLUSHDB"),
    case("11", PASS, with_renames(BARE, *(f'rename-command {each} ""' for each in _GONE), live=_GONE), _REMOVED),
    # Rules hold for a command under each of its names.
    case("11", PASS, with_renames(HARD, *_RENAMED, live=_GONE), "No application user may run FLUSHDB"),
    case("11", FAIL, with_renames(BARE, *_RENAMED, live=_GONE), f'"default" may run {_FOUR}'),
    case(
        "11",
        FAIL,
        with_renames(BARE, 'rename-command FLUSHDB ""', *_RENAMED[1:], live=_GONE),
        '"default" may run FLUSHALL, DEBUG, SHUTDOWN',
    ),
    case("12", FAIL, with_renames(BARE, "rename-command KEYS x", live=("keys",)), '"default" may run KEYS'),
    case("14", FAIL, with_renames(BARE, *_RENAMED, live=_GONE), "No second person must agree"),
    case("11", FAIL, BARE, '"default" may run FLUSHDB, FLUSHALL, DEBUG, SHUTDOWN'),
    case("11", FAIL, with_acl(HARD, _LOOSE), '"app" may run FLUSHDB'),
    case(
        "11",
        FAIL,
        with_acl(HARD, f"user job on #{FINGERPRINT} resetchannels -@all +flushall"),
        '"job" may run FLUSHALL',
    ),
    case("11", FAIL, with_acl(HARD, _LOOSE, live=False), 'After the next restart: User "app"'),
    case("11", FAIL, with_renames(BARE, live=_GONE), '"default" may run'),
    case("11", FAIL, with_renames(BARE, *_RENAMED, live=()), '"default" may run'),
    case("11", UNKNOWN, LOCKED, "ACL LIST"),
    case("12", PASS, HARD, "No application user may run KEYS"),
    case("12", PASS, with_live(HARD, command_calls={"keys": 7}), "KEYS was called 7 times"),
    case("12", FAIL, BARE, '"default" may run KEYS'),
    case("12", UNKNOWN, LOCKED, "ACL LIST"),
    case("13", PASS, HARD, "No application user may run a command of @dangerous"),
    case("13", FAIL, BARE, "more of @dangerous"),
    case(
        "13",
        FAIL,
        with_acl(HARD, f"user app on #{FINGERPRINT} ~a:* -@all +@read -@dangerous +info +client|list"),
        '"app" may run CLIENT LIST',
    ),
    case(
        "13", PASS, with_acl(HARD, f"user app on #{FINGERPRINT} ~a:* -@all +keys +@read -@dangerous"), "No application"
    ),
    case("13", PASS, with_acl(HARD, f"user app on #{FINGERPRINT} ~a:* -@all +@read -@dangerous +info"), "INFO aside"),
    case("13", UNKNOWN, LOCKED, "ACL LIST"),
    case("13", PASS, with_acl(with_role(HARD, Role.SENTINEL), _ASKS), "No application"),
    case(
        "13",
        FAIL,
        with_acl(with_role(HARD, Role.SENTINEL), f"{_ASKS} +sentinel|set"),
        '"app" may run SENTINEL SET',
    ),
    case("13", FAIL, with_acl(with_role(HARD, Role.SENTINEL), f"{_ASKS} +@all"), "may run ACL DELUSER"),
    case("7", PASS, with_acl(HARD, f"user sentinel on #{FINGERPRINT} {_DOCUMENTED}"), "reaches only its own"),
    case("13", PASS, with_acl(HARD, f"user sentinel on #{FINGERPRINT} {_DOCUMENTED}"), "No application"),
    case("7", FAIL, with_acl(HARD, f"user shop on #{FINGERPRINT} {_DOCUMENTED}"), '"shop" can reach'),
    case("7", FAIL, with_acl(HARD, f"user sentinel on #{FINGERPRINT} {_DOCUMENTED} ~* +get"), '"sentinel" can reach'),
    case("13", UNKNOWN, BLIND, "could not be"),
    *attested(14),
    case("14", FAIL, BARE, "No second person must agree"),
    case("14", FAIL, BARE, "An attestation does not change what was seen", [attestation(14)]),
    case("14", FAIL, with_acl(HARD, f"user app on #{FINGERPRINT} ~app:* -@all +get +acl|setuser"), "every right"),
    # An application that is logged in as the administrator wipes all data without a second person.
    case(
        "14", FAIL, with_live(HARD, clients=(client(user="admin", library="ioredis 5.4.0"),)), '"admin" may run FLUSHDB'
    ),
    # A person's session proves nothing: two people may have agreed on it.
    case("14", UNKNOWN, with_live(HARD, clients=(client(), client(user="admin", library=""))), "may be an application"),
    case("14", UNKNOWN, HARD, 'User "admin" can wipe all data alone'),
    case("14", UNKNOWN, with_renames(HARD, *_RENAMED, live=_GONE), "A host cannot prove"),
    case("14", UNKNOWN, LOCKED, "ACL LIST"),
    case("14", ATTESTED, LOCKED, "olga", [attestation(14)]),
    case("14", NOT_APPLICABLE, with_role(HARD, Role.SENTINEL), "keeps no data"),
]
