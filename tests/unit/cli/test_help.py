"""What ``--help`` shows, and what a mistyped word is answered with."""

import argparse
import re

import pytest

from wizard.cli.arguments import build, parse
from wizard.cli.descriptions import EXAMPLES, MORE
from wizard.errors import UsageError

COMMON = ("--instance", "--user", "--password-file", "--root", "--dry-run", "--quiet", "--no-color")


NAMES = (
    *("detect", "check", "attest", "plan", "apply", "confirm", "rollback", "recover", "status", "tour", "schema"),
    "uninstall",
    *(f"snapshots {name}" for name in ("list", "show", "diff", "verify", "prune")),
    *(f"answers {name}" for name in ("init", "show", "validate")),
    *(f"cert {name}" for name in ("show", "renew", "authority")),
    "export compose",
    *(f"timer {name}" for name in ("install", "remove", "status", "run")),
)


def help_of(name: str, *, repeat: bool = False) -> str:
    """Give the help of a command; the program's own has no name."""
    parser = build(repeat=repeat).parse_args(name.split()).parser
    assert isinstance(parser, argparse.ArgumentParser)
    return parser.format_help()


def test_the_common_options_stand_once_in_groups() -> None:
    text = help_of("")
    assert [option for option in COMMON if option not in text] == []
    places = [text.index(f"\n{title}:\n") for title in ("commands", "the wizard", "target", "login", "run and output")]
    assert places == sorted(places)
    assert "\nexamples:\n" in text


@pytest.mark.parametrize("name", NAMES)
def test_a_command_shows_its_own_options_and_where_the_others_are(name: str) -> None:
    text = help_of(name)
    own = text.partition("\nexamples:\n")[0]
    assert [option for option in COMMON if re.search(rf"^  .*{option}\b", own, re.MULTILINE)] == []
    assert text.endswith(f"{MORE}\n")
    assert len(text.splitlines()) <= 45


def test_examples_are_commands() -> None:
    lines = [line.strip() for text in EXAMPLES.values() for line in text.splitlines()[1:]]
    assert len(lines) > 10
    for line in lines:
        parse(re.split(r" {2,}", line)[0].split()[1:])


def test_every_command_is_among_those_looked_at() -> None:
    commands = re.findall(r"^    ([a-z]+) ", help_of("").partition("\nthe wizard:\n")[0], re.MULTILINE)
    # The parser of `acl` alone needs the words of the question behind it.
    assert {name.split()[0] for name in NAMES} | {"acl"} == set(commands)


@pytest.mark.parametrize("name", NAMES)
def test_a_shell_completes_common_options_behind_a_command(name: str) -> None:
    assert "--password-file" in help_of(name, repeat=True)


@pytest.mark.parametrize(
    ("line", "meant", "see"),
    [
        ("chekc", "check", "redis-wizard"),
        ("check --fomat json", "--format", "redis-wizard check"),
        ("check --format jsn", "json", "redis-wizard check"),
        ("check --usr admin", "--user", "redis-wizard check"),
        ("snapshots lst", "list", "redis-wizard snapshots"),
        ("snapshots prune --kep=3", "--keep", "redis-wizard snapshots prune"),
        ("--vew", "--view", "redis-wizard"),
    ],
)
def test_a_mistyped_word_is_answered_with_the_nearest_one(line: str, meant: str, see: str) -> None:
    with pytest.raises(UsageError, match=rf"is unknown; did you mean {meant}\? See '{see} --help'$"):
        parse(line.split())


@pytest.mark.parametrize("line", ["zzz", "check --zzzzz", "confirm one two"])
def test_a_word_that_is_near_to_none_is_named(line: str) -> None:
    with pytest.raises(UsageError, match=line.rsplit(maxsplit=1)[-1]):
        parse(line.split())
