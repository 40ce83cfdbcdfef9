"""Endpoints that a configuration opens."""

import pytest

from wizard.config import configured_endpoints


@pytest.mark.parametrize(
    ("values", "binds", "names"),
    [
        ({}, True, ["127.0.0.1:6379", "[::1]:6379"]),
        ({"bind": "127.0.0.1 -10.0.4.7"}, True, ["127.0.0.1:6379", "10.0.4.7:6379"]),
        ({"bind": "127.0.0.1 # local only"}, True, ["127.0.0.1:6379"]),
        ({"bind": "${BIND}"}, True, []),
        ({"port": "${PORT}"}, True, []),
        ({"port": "6379 # main"}, True, []),
        ({"bind": ""}, False, []),
        ({"bind": "", "unixsocket": "/run/r.sock"}, False, ["/run/r.sock"]),
    ],
)
def test_what_is_no_port_or_address_opens_nothing(values: dict[str, str], binds: bool, names: list[str]) -> None:  # noqa: FBT001 - a row of the table
    found = configured_endpoints(values.get, (), binds=binds)
    assert [each.name for each in found] == names
