import pytest

from wizard.formats.redisconf.document import Document
from wizard.formats.redisconf.repair import repaired_arguments


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("timeout 300 # five minutes", ("300",)),
        ("timeout 300 # don't", ("300",)),
        ("bind 127.0.0.1 ::1 # loop", ("127.0.0.1", "::1")),
        ("save 3600 1 # hourly", ("3600", "1")),
        ('rename-command DEBUG "" # off', ("DEBUG", "")),
        ("user a on # x", ("a", "on")),
        ("maxmemory-policy allkeys-lru \\", ("allkeys-lru",)),
        ("maxmemory 1.5gb", ("1536mb",)),
        ("maxmemory 2tb", ("2048gb",)),
        ("maxmemory 1 GB", ("1gb",)),
        ("appendonly true", ("yes",)),
        ("appendonly OFF", ("no",)),
        ("tls-protocols TLSv1.2 TLSv1.3", ("TLSv1.2 TLSv1.3",)),
    ],
)
def test_gives_what_was_meant(line: str, meant: tuple[str, ...]) -> None:
    assert repaired_arguments(Document.parse(line.encode()).lines[0]) == meant


@pytest.mark.parametrize(
    "line",
    [
        "timeout 300",
        "requirepass #x",
        "requirepass a b",
        "user a on #5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8",
        "nonsense 5 # x",
        "timeout # none",
        "maxmemory lots",
        "maxmemory 0.3gb",
        "appendonly maybe",
        'requirepass "a',
        "# timeout 5 # x",
        "",
    ],
)
def test_leaves_alone_what_it_cannot_tell(line: str) -> None:
    assert [repaired_arguments(one) for one in Document.parse(line.encode()).lines] in ([None], [])
