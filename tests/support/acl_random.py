"""Random users and commands for comparing our judgement with a server's."""

from pathlib import Path
from random import Random

from wizard.acl.commands import CommandTable

KEYS = ("a:1", "a:2", "b:1", "c", "ab")
PATTERNS = ("a:*", "b:*", "*", "a:?", "[ab]*", "c")
CHANNELS = ("a:1", "b:1", "a:*", "*")

_SHAPES = tuple((Path(__file__).parents[1] / "data" / "acl" / "commands.txt").read_text(encoding="utf-8").splitlines())
"""Commands with ``{k}`` for a key and ``{c}`` for a channel; each has a number of arguments that the server takes."""


def commands(random: Random, count: int) -> list[list[str]]:
    """Give commands with keys and channels filled in; not every server has all of them."""
    return [_fill(shape, random) for shape in random.choices(_SHAPES, k=count)]


def every_command(random: Random) -> list[list[str]]:
    """Give each shape once."""
    return [_fill(shape, random) for shape in _SHAPES]


def _fill(shape: str, random: Random) -> list[str]:
    choices = {"{k}": KEYS, "{c}": CHANNELS}
    return [random.choice(choices[word]) if word in choices else word for word in shape.split(" ")]


def rules(random: Random, known: CommandTable, *, selectors: bool = True) -> list[str]:
    """Give rules that the server takes."""
    words = ["resetchannels"] if not known.subcommands else []
    words += _patterns(random, known)
    words += random.sample(["-@all", "+@all", "nocommands", "ALLCOMMANDS", "+@read", "+@write"], k=random.randint(0, 2))
    names = sorted(name for name in known.categories if ":" not in name)
    plain = [name for name in names if "|" not in name]
    for _ in range(random.randint(0, 12)):
        words.append(_command_rule(random, known, names, plain))
    if selectors and known.subcommands and random.random() < 0.3:
        words.append("(" + " ".join(rules(random, known, selectors=False)) + ")")
    return words


def _command_rule(random: Random, known: CommandTable, names: list[str], plain: list[str]) -> str:
    sign = random.choice("+-")
    match random.randint(0, 9):
        case 0 | 1 | 2 | 3:
            return f"{sign}@{random.choice(sorted(set(known.members) - {'always'}))}"
        case 4 | 5:
            return sign + random.choice(plain)
        case 6:
            return random.choice(["+select|0", "+get|a:1", "+publish|a:1"])
        case 7:
            return sign + random.choice(
                ["config", "client", "object", "get", "set", "eval", "xread", "sort", "publish"]
            )
        case _ if known.subcommands:
            return sign + random.choice(names)
        case _:
            return "+" + random.choice(["config|get", "client|list", "client|setname", "memory|usage", "acl|whoami"])


def _patterns(random: Random, known: CommandTable) -> list[str]:
    keys = random.sample(PATTERNS, k=random.randint(0, 3))
    channels = random.sample(("a:*", "b:1", "*"), k=random.randint(0, 2))
    keys = [key for key in keys if key != "*"] + [key for key in keys if key == "*"]
    channels = [channel for channel in channels if channel != "*"] + [c for c in channels if c == "*"]
    signs = ("~", "%R~", "%W~", "%RW~") if known.subcommands else ("~",)
    return [random.choice(signs) + key for key in keys] + ["&" + channel for channel in channels]
