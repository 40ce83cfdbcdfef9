"""What a server takes for a directive that nothing sets."""

import pytest

from wizard.config.defaults import default_on
from wizard.model.facts.service import Flavour


@pytest.mark.parametrize(
    ("name", "flavour", "version", "value"),
    [
        ("maxclients", Flavour.REDIS, "6.2.14", "10000"),
        ("bind", Flavour.REDIS, "6.2.14", ""),
        ("repl-backlog-size", Flavour.VALKEY, "8.1.4", "10485760"),
        # No server of this release was measured: only what all agree on is known.
        ("repl-backlog-size", Flavour.VALKEY, "8.0.1", None),
        ("maxclients", Flavour.VALKEY, "8.0.1", "10000"),
        ("maxclients", Flavour.REDIS, "", "10000"),
        # Under any of its names, and only where the server has it.
        ("masterauth", Flavour.REDIS, "8.0.2", ""),
        ("primaryauth", Flavour.VALKEY, "8.1.1", ""),
        ("dynamic-hz", Flavour.VALKEY, "8.1.1", None),
        ("no-such-directive", Flavour.REDIS, "8.0.2", None),
        ("maxclients", Flavour.KEYDB, "6.3.4", None),
        # What the measurement itself sets.
        ("dir", Flavour.REDIS, "8.0.2", None),
    ],
)
def test_a_default_is_that_of_the_measured_server(name: str, flavour: Flavour, version: str, value: str | None) -> None:
    assert default_on(name, flavour, version) == value
