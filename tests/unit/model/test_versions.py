"""What is unknown on a newer server is not called wrong."""

from pathlib import PurePosixPath

import pytest

from wizard.acl.problems import find_problems as acl_problems
from wizard.formats.redisconf.lint import find_problems
from wizard.model.facts.service import Flavour
from wizard.model.versions import newer_than_tables

CONF = PurePosixPath("/etc/redis/redis.conf")


@pytest.mark.parametrize(
    ("flavour", "version", "beyond"),
    [
        (Flavour.REDIS, "6.2.5", False),
        (Flavour.REDIS, "8.0.2", False),
        (Flavour.REDIS, "8.2.0", True),
        (Flavour.VALKEY, "9.1.2", False),
        (Flavour.VALKEY, "10.0.0", True),
        (Flavour.REDIS, "", True),
        (Flavour.KEYDB, "6.3.4", True),
    ],
)
def test_tables_reach_up_to_what_was_measured(flavour: Flavour, version: str, *, beyond: bool) -> None:
    assert newer_than_tables(flavour, version) is beyond


@pytest.mark.parametrize(("version", "fatal"), [("8.0.2", True), ("8.4.0", False)])
def test_an_unknown_directive_is_fatal_only_on_a_known_server(version: str, *, fatal: bool) -> None:
    (problem,) = find_problems(CONF, {CONF: b"brand-new-directive yes\n"}, Flavour.REDIS, version)
    assert problem.fatal is fatal
    assert (problem.code == "unknown-directive") is fatal


@pytest.mark.parametrize(("version", "fatal"), [("8.0.2", True), ("8.4.0", False)])
def test_an_unknown_command_is_fatal_only_on_a_known_server(version: str, *, fatal: bool) -> None:
    data = b"user default off\nuser a on +brandnew\n"
    (problem,) = acl_problems(PurePosixPath("/u"), data, version, flavour=Flavour.REDIS)
    assert problem.fatal is fatal
