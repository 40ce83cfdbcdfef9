import pytest

from wizard.formats.redisconf import directives
from wizard.formats.redisconf.directives import Kind, Support, canonical, find, names, nearest_version, support
from wizard.model.facts.service import Flavour


def test_the_table_is_complete_and_in_order() -> None:
    rows = directives.directives()
    assert len(rows) > 250
    assert [row.name for row in rows] == sorted({row.name for row in rows})
    for row in rows:
        assert set(row.cells.values()) <= {*Support, "ignored"}, row.name
        assert row.name.isascii()
        assert row.name == row.name.lower()


def test_aliases_point_at_each_other() -> None:
    for row in directives.directives():
        for alias in row.aliases:
            other = find(alias)
            assert other is not None, alias
            assert row.name in other.aliases
            assert other.kind is row.kind
            assert other.secret is row.secret


def test_values_fit_their_kind() -> None:
    for row in directives.directives():
        for values in [row.values, *row.exceptions.values()]:
            if row.kind is Kind.INT and values:
                low, high = values.split("..")
                assert int(low) < int(high), row.name
            if row.kind in (Kind.ENUM, Kind.ENUMS):
                assert values.split(","), row.name


@pytest.mark.parametrize(
    ("flavour", "version", "nearest"),
    [
        (Flavour.REDIS, "6.0.16", "r62"),
        (Flavour.REDIS, "6.2.5", "r62"),
        (Flavour.REDIS, "7.0.15", "r74"),
        (Flavour.REDIS, "8.2.1", "r80"),
        (Flavour.REDIS, "255.255.255", "r80"),
        (Flavour.REDIS, "", "r80"),
        (Flavour.VALKEY, "7.2.4", "r74"),
        (Flavour.VALKEY, "8.0.1", "v81"),
        (Flavour.VALKEY, "9.1.2", "v91"),
        (Flavour.KEYDB, "6.3.4", "r62"),
        (Flavour.OTHER, "7.0.0", "r74"),
    ],
)
def test_a_version_is_judged_by_the_nearest_measured_one(flavour: Flavour, version: str, nearest: str) -> None:
    assert nearest_version(flavour, version) == nearest


@pytest.mark.parametrize(
    ("name", "flavour", "version", "expected"),
    [
        ("maxmemory", Flavour.REDIS, "7.4.1", Support.HOT),
        ("MaxMemory", Flavour.REDIS, "6.2.5", Support.HOT),
        ("aclfile", Flavour.REDIS, "8.0.2", Support.IMMUTABLE),
        ("dir", Flavour.REDIS, "6.2.5", Support.HOT),
        ("dir", Flavour.REDIS, "7.0.0", Support.PROTECTED),
        ("rename-command", Flavour.VALKEY, "8.1.1", Support.SPECIAL),
        ("dynamic-hz", Flavour.VALKEY, "8.1.1", Support.ABSENT),
        ("tls-port", Flavour.REDIS, "6.2.14", Support.HOT),
        ("nonsense", Flavour.REDIS, "8.0.2", Support.ABSENT),
    ],
)
def test_tells_how_a_server_takes_a_directive(name: str, flavour: Flavour, version: str, expected: Support) -> None:
    assert support(name, flavour, version) is expected


def test_tells_what_the_file_may_name() -> None:
    assert directives.in_file("dynamic-hz", Flavour.VALKEY, "8.1.1")
    assert directives.ignored("dynamic-hz", Flavour.VALKEY, "8.1.1")
    assert not directives.ignored("dynamic-hz", Flavour.REDIS, "8.0.2")
    assert not directives.in_file("primaryauth", Flavour.REDIS, "8.0.2")


def test_aliases_have_one_canonical_name() -> None:
    assert canonical("SLAVEOF") == canonical("replicaof")
    assert set(names("masterauth")) == {"masterauth", "primaryauth"}
    assert canonical("Nonsense") == "nonsense"


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("requirepass", True),
        ("masterauth", True),
        ("tls-key-file-pass", True),
        ("user", True),
        ("requirepas", True),
        ("tls-auth-clients", False),
        ("masteruser", False),
        ("maxmemory", False),
        ("maxmemmory", False),
    ],
)
def test_knows_secret_directives_and_misspelt_ones(name: str, *, secret: bool) -> None:
    assert directives.is_secret(name) is secret
