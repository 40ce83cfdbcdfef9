import pytest

from wizard.redisconf.directives import find, normal, same
from wizard.redisconf.values import value_problem


@pytest.mark.parametrize(
    ("name", "left", "right"),
    [
        ("maxmemory", "1gb", "1073741824"),
        ("maxmemory", ("1GB",), "1024mb"),
        ("maxmemory-policy", "AllKeys-LRU", "allkeys-lru"),
        ("appendonly", "YES", ("yes",)),
        ("notify-keyspace-events", "KEA", "AKE"),
        ("notify-keyspace-events", "A", "g$lshzxetd"),
        ("save", ("3600", "1", "300", "100"), "3600 1 300 100"),
        ("save", "", ("",)),
        ("client-output-buffer-limit", ("replica", "256mb", "64mb", "60"), "slave 268435456 67108864 60"),
        ("unixsocketperm", "0770", "770"),
        ("slaveof", "HOST 6379", "host 6379"),
        ("replicaof", "no one", ""),
        ("bind", "127.0.0.1 -::1", ("127.0.0.1", "-::1")),
        ("maxmemory-clients", "5%", ("5%",)),
        ("rename-command", ("DEBUG", ""), ("debug", "")),
        ("nonsense", "a b", ("a b",)),
    ],
)
def test_equal_meanings(name: str, left: str | tuple[str, ...], right: str | tuple[str, ...]) -> None:
    assert same(name, left, right)


@pytest.mark.parametrize(
    ("name", "left", "right"),
    [
        ("maxmemory", "1g", "1gb"),
        ("requirepass", "Secret", "secret"),
        ("notify-keyspace-events", "KEA", "KEAm"),
        ("bind", "127.0.0.1", "-127.0.0.1"),
        ("timeout", "5", "05"),
        ("timeout", "1000", "1_000"),
        ("logfile", "", "/x"),
        ("save", "60 1 300 1", "300 1 60 1"),
    ],
)
def test_other_meanings(name: str, left: str, right: str) -> None:
    assert not same(name, left, right)


def test_a_value_that_is_refused_stays_as_it_is() -> None:
    assert normal("maxmemory", "lots") == ("lots",)


@pytest.mark.parametrize(
    ("server", "name", "arguments", "fine"),
    [
        ("r62", "maxmemory-samples", ("100",), True),
        ("r80", "maxmemory-samples", ("100",), False),
        ("r62", "loglevel", ("nothing",), False),
        ("r80", "loglevel", ("nothing",), True),
        ("r62", "save", ("60", "1", "300", "1"), True),
        ("r80", "save", ("60", "1", "300"), False),
        ("r80", "save", ("0", "1"), False),
        ("r80", "maxmemory-clients", ("101%",), False),
        ("r80", "oom-score-adj-values", ("0", "200", "800"), True),
        ("r80", "oom-score-adj-values", ("0", "200", "2001"), False),
        ("r80", "latency-tracking-info-percentiles", ("50", "99.9"), True),
        ("r80", "shutdown-on-sigterm", ("save", "now"), True),
        ("v81", "cluster-announce-client-ipv6", ("::1",), True),
        ("v81", "cluster-announce-client-ipv6", ("127.0.0.1",), False),
        ("r80", "proc-title-template", ("{title} {{x",), True),
        ("r80", "proc-title-template", ("{nothing}",), False),
        ("r80", "replicaof", ("host", "70000"), False),
        ("r80", "user", (), False),
        ("r80", "loadmodule", (), False),
    ],
)
def test_accepts_what_the_server_accepts(server: str, name: str, arguments: tuple[str, ...], *, fine: bool) -> None:
    directive = find(name)
    assert directive is not None
    assert (value_problem(directive, arguments, server) == "") is fine
