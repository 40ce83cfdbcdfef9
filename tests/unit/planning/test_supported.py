"""Files of servers that are neither Redis nor Valkey."""

import pytest

from tests.support.plan_model import ids, planned, stock
from wizard.errors import PlanError
from wizard.model.facts import Flavour


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("server-threads 2\n", "KeyDB is not supported"),
        ("workers 8\ncompact-cron 0 3 * * *\n", "kvrocks is not supported"),
        ("rocksdb.block_size 16384\n", "kvrocks is not supported"),
        ("listen 80;\nserver_name x;\nroot /srv;\ngzip on;\n", "4 of its directives are of neither"),
    ],
)
@pytest.mark.parametrize("version", ["8.0.2", ""])
def test_another_servers_file_is_left_alone(lines: str, said: str, version: str) -> None:
    with pytest.raises(PlanError, match=said):
        planned(stock(lines, version=version, login=False, running=False))


def test_keydb_is_refused_whatever_its_file_says() -> None:
    with pytest.raises(PlanError, match="KeyDB is not supported"):
        planned(stock(flavour=Flavour.KEYDB))


def test_a_few_misspellings_are_fixed_as_ever() -> None:
    assert "directive:maxmemry" in ids(planned(stock("maxmemry 1gb\ntimeot 300\n", running=False)))
