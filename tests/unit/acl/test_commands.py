import pytest

from wizard.acl.commands import table, table_for
from wizard.model.facts.service import Flavour
from wizard.model.versions import columns, nearest_column


@pytest.mark.parametrize(
    ("flavour", "version", "expected"),
    [
        (Flavour.REDIS, "6.0.16", "r62"),
        (Flavour.REDIS, "6.2.14", "r62"),
        (Flavour.REDIS, "7.0.15", "r74"),
        (Flavour.REDIS, "7.4.1", "r74"),
        (Flavour.REDIS, "8.0.2", "r80"),
        (Flavour.REDIS, "9.0", "r80"),
        (Flavour.REDIS, "", "r80"),
        (Flavour.VALKEY, "7.2.8", "v81"),
        (Flavour.VALKEY, "8.1.1", "v81"),
        (Flavour.VALKEY, "9.1.2", "v91"),
        (Flavour.VALKEY, "unknown", "v91"),
        (Flavour.KEYDB, "6.3.4", "r62"),
        (Flavour.OTHER, "7.2.4", "r74"),
    ],
)
def test_takes_the_nearest_measured_server(flavour: Flavour, version: str, expected: str) -> None:
    assert nearest_column(flavour, version) == expected
    assert table(flavour, version).column == expected


def test_a_version_lacks_what_came_after_it() -> None:
    assert "hexpire" in table(Flavour.REDIS, "7.4.1").categories
    assert "hexpire" not in table(Flavour.REDIS, "7.2.5").categories
    assert "client|setinfo" not in table(Flavour.REDIS, "7.0.1").children["client"]


@pytest.mark.parametrize(("name", "dangerous"), [("r62", 32), ("r74", 75), ("r80", 75), ("v81", 78), ("v91", 83)])
def test_holds_the_categories_as_they_were_counted(name: str, dangerous: int) -> None:
    assert len(table_for(name).members["dangerous"]) == dangerous


@pytest.mark.parametrize(
    ("flavour", "version", "blocks"),
    [
        (Flavour.REDIS, "7.0.15", False),
        (Flavour.REDIS, "7.2.0", True),
        (Flavour.REDIS, "8.0.2", True),
        (Flavour.VALKEY, "7.2.4", True),
    ],
)
def test_wait_is_a_blocking_command_since_it_is_one(flavour: Flavour, version: str, *, blocks: bool) -> None:
    assert ("blocking" in table(flavour, version).categories["wait"]) is blocks
    assert ("wait" in table(flavour, version).members["blocking"]) is blocks


def test_every_server_has_its_table() -> None:
    assert [table_for(name).column for name in columns()] == list(columns())
