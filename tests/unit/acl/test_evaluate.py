import pytest

from wizard.acl.evaluate import Refusal, Verdict, allowed_commands, is_allowed
from wizard.acl.user import parse_line
from wizard.model.facts.service import Flavour


def verdict(rules: str, command: str, version: str = "8.0.2") -> Verdict:
    return is_allowed(parse_line(f"user a {rules}"), command.split(), flavour=Flavour.REDIS, version=version)


@pytest.mark.parametrize(
    ("rules", "command"),
    [
        ("~a:* +get", "GET a:1"),
        ("~* +@read", "get b"),
        ("+@all -@dangerous +info", "info"),
        ("+config|get", "config get x"),
        ("+config -config|set", "config get x"),
        ("+select|1", "select 1"),
        ("%R~a +set +get", "get a"),
        ("%W~a +set", "set a 1"),
        ("%R~a %W~b +copy", "copy a b"),
        ("&a:* +subscribe", "subscribe a:1"),
        ("&a:* +psubscribe", "psubscribe a:*"),
        ("(~a +get)", "get a"),
        ("-@all", "auth x"),
        ("+@all", "json.get a"),
        ("allkeys allcommands allchannels", "publish x y"),
        ("~b ALLKEYS +get", "get a"),
    ],
)
def test_allows(rules: str, command: str) -> None:
    assert verdict(rules, command).allowed


@pytest.mark.parametrize(
    ("rules", "command", "refusal", "subject"),
    [
        ("~a:* +get", "get b", Refusal.KEY, "b"),
        ("~* +get", "SET a 1", Refusal.COMMAND, "set"),
        ("+info +@all -@dangerous", "info", Refusal.COMMAND, "info"),
        ("+config|get", "config set x y", Refusal.COMMAND, "config|set"),
        ("+config -config|set", "config set x y", Refusal.COMMAND, "config|set"),
        ("+select|1", "select 0", Refusal.COMMAND, "select"),
        ("+select|1 -select", "select 1", Refusal.COMMAND, "select"),
        ("%R~a +set +get", "set a 1", Refusal.KEY, "a"),
        ("%W~a +set", "set a 1 get", Refusal.KEY, "a"),
        ("%R~a %W~a +set", "set a 1 get", Refusal.KEY, "a"),
        ("~* resetkeys +get", "get a", Refusal.KEY, "a"),
        ("&a:* +psubscribe", "psubscribe a:b*", Refusal.CHANNEL, "a:b*"),
        ("+publish", "publish a x", Refusal.CHANNEL, "a"),
        ("&* resetchannels +publish", "publish a x", Refusal.CHANNEL, "a"),
        ("(~a +get) (~b +set)", "get b", Refusal.COMMAND, "get"),
        ("(~a +get) clearselectors", "get a", Refusal.COMMAND, "get"),
        ("+@all -get", "json.get a", Refusal.COMMAND, "json.get"),
    ],
)
def test_refuses_and_says_why(rules: str, command: str, refusal: Refusal, subject: str) -> None:
    found = verdict(rules, command)
    assert (found.allowed, found.refusal, found.subject) == (False, refusal, subject)


def test_says_when_a_command_is_in_no_table() -> None:
    assert not verdict("+@all", "json.get a").known
    assert verdict("+@all", "get a").known


def test_being_off_or_without_password_does_not_matter() -> None:
    assert verdict("off +ping", "ping").allowed
    assert verdict("off nopass +ping", "ping").allowed


def test_takes_keys_and_channels_that_are_given() -> None:
    user = parse_line("user a ~a &c +eval +publish")
    server = {"flavour": Flavour.REDIS, "version": "8.0.2"}
    assert is_allowed(user, ["eval"], keys=["a"], **server).allowed  # type: ignore[arg-type]  # by their names
    assert not is_allowed(user, ["eval"], keys=["a", "b"], **server).allowed  # type: ignore[arg-type]  # by their names
    assert not is_allowed(user, ["publish"], channels=["d"], **server).allowed  # type: ignore[arg-type]  # by their names


def test_6_2_knows_subcommands_as_first_arguments_alone() -> None:
    assert verdict("+client|setname", "client setname x", "6.2.5").allowed
    assert not verdict("+client|setname", "client list", "6.2.5").allowed
    assert not verdict("+client|setname -@dangerous", "client setname x", "6.2.5").allowed
    assert verdict("+client|setname -@dangerous", "client setname x", "7.4.1").allowed
    assert verdict("+publish", "publish any x", "6.2.5").allowed


def test_lists_what_is_allowed() -> None:
    user = parse_line("user a +get +client|list (+set)")
    assert allowed_commands(user, flavour=Flavour.REDIS, version="8.0.2") == {"get", "set", "client|list"}
    assert "client|list" in allowed_commands(user, flavour=Flavour.REDIS, version="6.2.5")
