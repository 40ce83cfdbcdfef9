"""Users with one password are found by whole hashes, and named without them."""

from pathlib import PurePosixPath

from tests.support.memory_host.host import MemoryHost
from wizard.acl.password import fingerprint, hash_password
from wizard.acl.user import parse_line
from wizard.detect.reader import Reader
from wizard.detect.servers.config import read_acl, read_config
from wizard.detect.servers.shared_passwords import shared_of
from wizard.model.facts.configuration import AclFacts, ConfigFacts
from wizard.model.facts.service import Flavour

CONF = PurePosixPath("/etc/redis/redis.conf")
ACL = PurePosixPath("/etc/redis/users.acl")
ONE, OTHER = "k3V9k3V9k3V9k3V9k3V9k3V9k3V9-1175", "k3V9k3V9k3V9k3V9k3V9k3V9k3V9-87227"
"""Their hashes have the same fingerprint."""


def acl_file(text: str) -> list[tuple[str, ...]]:
    found = read_acl(Reader(MemoryHost({ACL: text.encode()})), ACL, Flavour.REDIS, "8.0.2")
    assert isinstance(found, AclFacts)
    assert hash_password(ONE) not in repr(found)
    return [each.users for each in found.shared_passwords]


def config(text: str) -> list[tuple[str, ...]]:
    found = read_config(Reader(MemoryHost({CONF: text.encode()})), CONF, Flavour.REDIS, "8.0.2")
    assert isinstance(found, ConfigFacts)
    assert ONE not in repr(found)
    return [each.users for each in found.shared_passwords]


def test_hashes_with_one_fingerprint_are_two_passwords() -> None:
    assert fingerprint(hash_password(ONE)) == fingerprint(hash_password(OTHER))
    assert acl_file(f"user a on >{ONE}\nuser b on #{hash_password(OTHER)}\n") == []
    assert config(f"user a on >{ONE}\nuser b on >{OTHER}\n") == []
    assert shared_of(parse_line(f"user {name} on >{text}") for name, text in (("a", ONE), ("b", OTHER))) == ()


def test_users_with_one_password_are_named_in_each_place() -> None:
    lines = f"user a on >{ONE}\nuser b on #{hash_password(ONE)}\nuser c on >{OTHER} >{ONE} <{ONE}\n"
    assert acl_file(lines) == [("a", "b")]
    assert config(lines) == [("a", "b")]
    assert [each.users for each in shared_of(parse_line(line) for line in lines.splitlines())] == [("a", "b")]


def test_requirepass_is_a_password_of_default() -> None:
    assert config(f"requirepass {ONE}\nuser app on #{hash_password(ONE)} ~app:* +get\n") == [("default", "app")]
    assert config(f"requirepass {ONE}\nrequirepass {OTHER}\nuser app on >{ONE}\n") == []
