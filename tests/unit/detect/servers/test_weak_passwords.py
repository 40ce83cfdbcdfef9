"""Passwords that others can guess, from every place that sets one."""

from pathlib import PurePosixPath

import pytest

from tests.support.memory_host.host import MemoryHost
from wizard.acl.password import hash_password
from wizard.acl.user import parse_line
from wizard.detect.reader import Reader
from wizard.detect.servers.config import read_acl, read_config
from wizard.detect.servers.weak_passwords import of_server
from wizard.model.facts.configuration import AclFacts, ConfigFacts
from wizard.model.facts.service import Flavour

CONF = PurePosixPath("/etc/redis/redis.conf")
ACL = PurePosixPath("/etc/redis/users.acl")
STRONG = "k3V9" * 8


def config(text: str) -> list[tuple[str, str, str]]:
    found = read_config(Reader(MemoryHost({CONF: text.encode()})), CONF, Flavour.REDIS, "8.0.2")
    assert isinstance(found, ConfigFacts)
    assert STRONG not in repr(found)
    return [(each.user, each.why, each.source) for each in found.weak_passwords]


def acl_file(text: str) -> list[tuple[str, str, str]]:
    found = read_acl(Reader(MemoryHost({ACL: text.encode()})), ACL, Flavour.REDIS, "8.0.2")
    assert isinstance(found, AclFacts)
    return [(each.user, each.why, each.source) for each in found.weak_passwords]


def test_requirepass_is_judged_by_its_last_line() -> None:
    assert config("requirepass foobared\n") == [("default", "is a common one", f"{CONF}:1")]
    assert config("requirepass k3V9k3V9\n") == [("default", "has fewer than 32 characters", f"{CONF}:1")]
    assert config(f"requirepass foobared\nrequirepass {STRONG}\n") == []
    assert config('requirepass ""\n') == []


@pytest.mark.parametrize("rule", [">redis", f"#{hash_password('redis')}"])
def test_user_lines_are_judged_in_both_files(rule: str) -> None:
    line = f"user app on {rule} ~app:* +get\n"
    assert config(line) == [("app", "is a common one", f"{CONF}:1")]
    assert acl_file(f"user default off\n{line}") == [("app", "is a common one", f"{ACL}:2")]


def test_a_password_of_no_characters_is_weak_and_one_that_was_taken_away_is_not() -> None:
    assert acl_file("user ops on > ~* +@all\n") == [("ops", "is empty", f"{ACL}:1")]
    assert acl_file(f"user ops on >redis <redis >{STRONG} ~* +@all\n") == []
    assert acl_file(f"user ops on >redis resetpass >{STRONG}\n") == []


def test_the_live_server_is_judged_by_real_hashes() -> None:
    found = of_server((parse_line(f"user joe on #{hash_password('joe')} ~* +@all"), parse_line("user default off")), "")
    assert [(each.user, each.why) for each in found] == [("joe", "is made of the user's name")]
    assert [each.why for each in of_server((), "k3V9xT")] == ["has fewer than 32 characters"]
    assert of_server((), STRONG) == ()
