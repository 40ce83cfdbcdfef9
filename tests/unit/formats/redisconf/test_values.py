import pytest

from wizard.formats.redisconf.directives import equivalent, normalize


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
    assert equivalent(name, left, right)


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
    assert not equivalent(name, left, right)


def test_a_value_that_is_refused_stays_as_it_is() -> None:
    assert normalize("maxmemory", "lots") == ("lots",)
