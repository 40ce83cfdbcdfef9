"""Items 24 and 25: monitoring."""

from pathlib import PurePosixPath
from typing import Any

from tests.scenarios.checklist.cases.hosts import (
    FAIL,
    HARD,
    LOCKED,
    PASS,
    UNKNOWN,
    attestation,
    attested,
    case,
    with_acl,
)
from tests.scenarios.checklist.cases.memory import setting
from tests.support.facts_builder import (
    FINGERPRINT,
    HARDENED_ACL,
    SOCKET,
    acl,
    client,
    unreadable,
    with_both,
    with_instance,
    with_live,
)
from wizard.model.facts.host import Exporter, HostFacts
from wizard.model.value import replace


def with_exporter(*rules: str, user: str = "exporter", **over: Any) -> HostFacts:
    """The hardened host with a connected exporter whose user has these rules."""
    facts = with_acl(HARD, *(f"user {user} on #{FINGERPRINT} {each}" for each in rules))
    return with_live(
        facts, clients=(client(), client(**{"user": user, "library": "", "name": "redis_exporter", **over}))
    )


UNWATCHED = with_live(HARD, clients=(client(),))
"""The hardened host, to which no exporter is connected."""
_EXPORTER = Exporter(program="prometheus-redis-exporter", pid=900, account="prometheus")
_WATCHES = "resetkeys resetchannels -@all +info +slowlog|len +latency|latest +client|setname"


def started_as(user: str, target: str = "127.0.0.1:6380") -> HostFacts:
    """The hardened host with an exporter that is not scraped now, and whose command line names a user."""
    return replace(UNWATCHED, exporters=(replace(_EXPORTER, login=user, target=target),))


MONITORING = [
    *attested(24, UNWATCHED, "No exporter is connected"),
    case("24", PASS, HARD, 'redis_exporter as user "exporter", without a right to keys. Alerts were not checked'),
    case("24", PASS, with_exporter(_WATCHES, address="10.0.4.9"), "redis_exporter at 10.0.4.9"),
    case("24", PASS, with_exporter(_WATCHES, name="", exporter="telegraf"), "telegraf as user"),
    # A client of another name, or a process without a connection, reads no metrics as far as is seen.
    case("24", UNKNOWN, with_exporter(_WATCHES, name="exporter"), "No exporter is connected"),
    case("24", UNKNOWN, replace(UNWATCHED, exporters=(_EXPORTER,)), "shows no connection of"),
    case("24", UNKNOWN, started_as("exporter"), "shows no connection of"),
    case("24", UNKNOWN, started_as("nosuch"), "shows no connection of"),
    case("24", UNKNOWN, started_as("admin", "10.0.9.9:6380"), "shows no connection of"),
    case("24", UNKNOWN, started_as("admin", "127.0.0.1:6399"), "shows no connection of"),
    case("24", FAIL, started_as("admin"), '(process 900) logs in as "admin", which can give itself every right'),
    case("24", FAIL, started_as("admin", str(SOCKET)), 'logs in as "admin"'),
    case("24", FAIL, with_exporter(user="default"), 'logged in as "default", which belongs to no service'),
    case("24", FAIL, with_exporter(user="admin"), "can give itself every right"),
    case("24", FAIL, with_exporter(f"{_WATCHES} +flushall"), "may run FLUSHALL, which metrics do not need"),
    case("24", FAIL, with_exporter(f"{_WATCHES} +get ~*"), "reaches keys or channels of applications"),
    case("24", FAIL, with_exporter(f"{_WATCHES} +get ~mine:*"), "reaches keys or channels, which metrics"),
    case("24", FAIL, with_exporter(user="admin"), "does not change what was seen", [attestation(24)]),
    case("24", FAIL, with_exporter(user="admin"), "every right", [attestation(24, 91)]),
    case("24", PASS, HARD, "Metrics are read by", [attestation(24)]),
    case(
        "24",
        FAIL,
        with_instance(HARD, acl=acl((*HARDENED_ACL[:3], f"user exporter on #{FINGERPRINT} ~* +@all"))),
        'After the next restart, user "exporter" of redis_exporter can give itself every right',
    ),
    case("24", UNKNOWN, LOCKED, "ACL LIST"),
    case("24", UNKNOWN, with_live(HARD, clients=(), unreadable=(unreadable("CLIENT LIST"),)), "CLIENT LIST"),
    case("24", UNKNOWN, replace(HARD, tree=PurePosixPath("/srv/image")), "A directory tree shows no running"),
    *setting("25", "slowlog-log-slower-than", "5000", "10000"),
    *setting("25", "slowlog-max-len", "256", "128"),
    case("25", FAIL, with_both(HARD, slowlog_log_slower_than="-1"), ""),
]
