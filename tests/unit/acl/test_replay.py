"""What is left out of an append-only file when it is read."""

import pytest

from wizard.acl.replay import loses_on_replay
from wizard.acl.user import from_rules
from wizard.model.facts.service import Flavour

LOCKED = "off resetchannels -@all"


@pytest.mark.parametrize(
    ("rules", "out"),
    [
        ("off ~* &* +@all", False),
        ("on nopass ~* &* +@all", False),
        ("off ~* resetchannels -@all +@write +select", False),
        (LOCKED, True),
        ("off", True),
        ("off ~* &* -@all", True),
        ("off resetchannels +@all", True),
        ("on nopass ~cache:* +@all", True),
        ("on nopass %R~* +@all", True),
        ("on nopass ~* +@all -@dangerous", True),
    ],
)
def test_the_default_user_needs_every_write_on_every_key(rules: str, *, out: bool) -> None:
    assert loses_on_replay(from_rules("default", rules.split()), flavour=Flavour.REDIS, version="8.0.2") is out


@pytest.mark.parametrize(
    ("flavour", "version", "out"),
    [
        (Flavour.REDIS, "6.2.5", False),
        (Flavour.REDIS, "7.0.15", True),
        (Flavour.REDIS, "8.0.2", True),
        (Flavour.REDIS, "", True),
        (Flavour.VALKEY, "7.2.4", True),
        (Flavour.VALKEY, "8.1.1", True),
        (Flavour.VALKEY, "9.0.3", True),
        (Flavour.VALKEY, "9.1.2", False),
        (Flavour.KEYDB, "6.3.4", False),
    ],
)
def test_some_servers_do_not_ask(flavour: Flavour, version: str, *, out: bool) -> None:
    assert loses_on_replay(from_rules("default", LOCKED.split()), flavour=flavour, version=version) is out
