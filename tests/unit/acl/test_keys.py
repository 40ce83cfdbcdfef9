import pytest

from wizard.acl.commands import table_for
from wizard.acl.keys import channels, full_name, key_uses


@pytest.mark.parametrize(
    ("command", "uses"),
    [
        ("get a", "a:r"),
        ("set a 1", "a:w"),
        ("set a 1 ex 10 get", "a:rw"),
        ("set a get", "a:w"),
        ("mset a 1 b 2", "a:w b:w"),
        ("rename a b", "a:rw b:w"),
        ("exists a b", "a: b:"),
        ("eval return 2 a b c", "a:rw b:rw"),
        ("eval return 0 a", ""),
        ("eval return x a", ""),
        ("zunionstore a 2 b c weights 1 2", "a:w b:r c:r"),
        ("xread count 1 streams a b 0 0", "a:r b:r"),
        ("georadius a 0 0 1 m store b", "a:r b:w"),
        ("sort a by x* get y* store b", "a:r b:w"),
        ("sort_ro a", "a:r"),
        ("bitfield a get u4 0", "a:r"),
        ("bitfield a incrby u4 0 1", "a:rw"),
        ("brpop a b 1", "a:rw b:rw"),
        ("migrate h 1 a 0 1", "a:rw"),
        ("object encoding a", "a:"),
        ("memory usage a", "a:"),
        ("ping", ""),
        ("nosuch a", ""),
        ("get", ""),
        ("set", ""),
        ("sort", ""),
        ("eval", ""),
    ],
)
@pytest.mark.parametrize("server", ["r62", "r80", "v91"])
def test_finds_keys_and_what_is_done_to_them(command: str, uses: str, server: str) -> None:
    found = key_uses(command.split(), table_for(server))
    assert " ".join(f"{use.name}:{'r' * use.reads}{'w' * use.writes}" for use in found) == uses


def test_migrate_names_many_keys_behind_a_word() -> None:
    found = key_uses(["MIGRATE", "h", "1", "", "0", "1", "KEYS", "a", "b"], table_for("r80"))
    assert [use.name for use in found] == ["a", "b"]


def test_finds_channels_and_patterns() -> None:
    assert channels(["publish", "a", "text"]) == (("a",), False)
    assert channels(["SUBSCRIBE", "a", "b"]) == (("a", "b"), False)
    assert channels(["psubscribe", "a*"]) == (("a*",), True)
    assert channels(["unsubscribe", "a"]) == ((), False)


def test_a_subcommand_belongs_to_the_name_from_7_0_on() -> None:
    assert full_name(["CONFIG", "GET", "x"], table_for("r80")) == "config|get"
    assert full_name(["CONFIG", "GET", "x"], table_for("r62")) == "config"
    assert full_name(["GET", "a"], table_for("r80")) == "get"
