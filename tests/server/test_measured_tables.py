"""The tables are what the real servers say: measuring one again changes no byte."""

import pytest

from tests.support.measure_server import committed_tables, measured_tables
from tests.support.measured_tables import Tables
from tests.support.servers import Server, server

pytestmark = pytest.mark.server

__all__ = ["server"]


def test_a_measured_version_is_reproduced(server: Server) -> None:
    before = committed_tables()
    column, after = measured_tables(server.binary, before)
    assert column == server.key
    for name, file in Tables.files().items():
        committed = set(getattr(before, name).splitlines())
        assert [line for line in getattr(after, name).splitlines() if line not in committed] == [], file
    assert after == before
