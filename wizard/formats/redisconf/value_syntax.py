"""What a server accepts as the value of a directive.

Reasons name the form that is wanted, never the value: it may be a password.
"""

import re
from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv6Address

from wizard.errors import InvalidValueError
from wizard.formats.redisconf.memory import parse_memory
from wizard.formats.redisconf.table import Directive, Kind
from wizard.model.network import HIGHEST_PORT
from wizard.model.text import number

INT = re.compile(r"0|-?[1-9][0-9]{0,18}", re.ASCII)
_OCTAL = re.compile(r"[0-7]{0,10}", re.ASCII)
_MEMORY = re.compile(r"[0-9]{0,127}(?:b|k|kb|m|mb|g|gb)?", re.ASCII | re.IGNORECASE)
_PERCENT = re.compile(r"[0-9]{1,9}%", re.ASCII)
_MOST_ADDRESSES = 16
LIMIT_CLASSES = {"normal": "normal", "slave": "slave", "replica": "slave", "pubsub": "pubsub"}
WORDS_OF_A_LIMIT = 4
_HIGHEST_MODE = 0o777

_HOSTNAME = re.compile(r"[A-Za-z0-9.-]{0,255}", re.ASCII)
_ANNOUNCED = re.compile(r"[A-Za-z0-9./:_`-]*", re.ASCII)
_NOT_IN_NODE_NAMES = frozenset("!#$%&()*+:;<>?@[]^{|}~")
_TITLE = re.compile(r"(?:[^{]|\{(?:title|listen-addr|server-mode|port|tls-port|unixsocket|config-file)\})*")

_ONE_ARGUMENT = frozenset(
    {
        Kind.BOOL,
        Kind.INT,
        Kind.MEMORY,
        Kind.MEMORY_OR_PERCENT,
        Kind.OCTAL,
        Kind.ENUM,
        Kind.FLAGS,
        Kind.STRING,
        Kind.FILENAME,
        Kind.PATH,
        Kind.INCLUDE,
    }
)


def is_single_valued(kind: Kind) -> bool:
    """Return whether a directive of this kind has exactly one argument."""
    return kind in _ONE_ARGUMENT


def value_problem(directive: Directive, arguments: Sequence[str], server: str) -> str:
    """Say what is wrong with the arguments for the server of a column, empty when nothing is.

    Source:
        redis ``src/config.c``, the parsers of each kind; the texts and limits are measured.
    """
    if is_single_valued(directive.kind) and len(arguments) != 1:
        return "it takes exactly one value"
    check = _CHECKS.get(directive.kind)
    return check(directive, arguments, server) if check else ""


def _check_bool(_directive: Directive, arguments: Sequence[str], _server: str) -> str:
    return "" if arguments[0].lower() in ("yes", "no") else "the value must be yes or no"


def _check_enum(directive: Directive, arguments: Sequence[str], server: str) -> str:
    words = directive.values_on(server).split(",")
    if arguments and all(argument.lower() in words for argument in arguments):
        return ""
    return f"the value must be one of {', '.join(words)}"


def _check_int(directive: Directive, arguments: Sequence[str], server: str) -> str:
    if not INT.fullmatch(arguments[0]):
        return "the value must be a whole number"
    return _check_range(directive, int(arguments[0]), server)


def _check_range(directive: Directive, number: int, server: str) -> str:
    limits = directive.values_on(server)
    low, high = limits.split("..") if limits else (str(-(1 << 63)), str((1 << 63) - 1))
    if int(low) <= number <= int(high):
        return ""
    return f"the value must be between {low} and {high}"


def _check_memory(directive: Directive, arguments: Sequence[str], server: str) -> str:
    if not _MEMORY.fullmatch(arguments[0]):
        return "the value must be an amount such as 512mb or 4gb"
    try:
        # The server reads a unit without digits as nothing.
        amount = parse_memory(f"0{arguments[0]}")
    except InvalidValueError:
        return "the value is more than a server can count"
    return _check_range(directive, amount, server)


def _check_memory_or_percent(directive: Directive, arguments: Sequence[str], server: str) -> str:
    if _PERCENT.fullmatch(arguments[0]) and int(arguments[0][:-1]) <= 100:  # noqa: PLR2004 - percent
        return ""
    return _check_memory(directive, arguments, server) and "the value must be an amount or a percentage such as 5%"


def _check_octal(_directive: Directive, arguments: Sequence[str], _server: str) -> str:
    if _OCTAL.fullmatch(arguments[0]) and int(arguments[0] or "0", 8) <= _HIGHEST_MODE:
        return ""
    return "the value must be octal permissions such as 770"


def _check_flags(directive: Directive, arguments: Sequence[str], server: str) -> str:
    letters = directive.values_on(server)
    return "" if set(arguments[0]) <= set(letters) else f"the value may only hold the letters {letters}"


def _check_filename(directive: Directive, arguments: Sequence[str], server: str) -> str:
    if set(arguments[0]) & {"/", "\\"}:
        return "the value must be a file name without a directory"
    return _check_string(directive, arguments, server)


def _check_string(directive: Directive, arguments: Sequence[str], server: str) -> str:
    form = _STRING_FORMS.get(directive.values_on(server))
    return "" if form is None or form[0](arguments[0]) else form[1]


def _check_path(directive: Directive, arguments: Sequence[str], _server: str) -> str:
    # An empty log file is standard output, as in the files that upstream ships.
    return "" if arguments[0] or directive.name == "logfile" else "the value must not be empty"


def _check_addresses(_directive: Directive, arguments: Sequence[str], server: str) -> str:
    if not arguments and server == "r62":
        return "it takes at least one address"
    if len(arguments) > _MOST_ADDRESSES:
        return f"it takes at most {_MOST_ADDRESSES} addresses"
    if any("," in argument or "/" in argument for argument in arguments):
        return "addresses are separated by blanks, without commas and prefix lengths"
    return ""


def _check_save(_directive: Directive, arguments: Sequence[str], server: str) -> str:
    if not arguments or tuple(arguments) == ("",):
        return ""
    if server == "r62" and len(arguments) != 2:  # noqa: PLR2004 - a pair
        return ""
    if len(arguments) % 2 or not all(INT.fullmatch(argument) for argument in arguments):
        return "the values must be pairs of seconds and changes"
    pairs = zip(arguments[::2], arguments[1::2], strict=True)
    if all(int(seconds) >= 1 and int(changes) >= 0 for seconds, changes in pairs):
        return ""
    return "seconds must be at least 1 and changes at least 0"


def _check_limits(_directive: Directive, arguments: Sequence[str], server: str) -> str:
    if len(arguments) % WORDS_OF_A_LIMIT or (server == "r62" and len(arguments) != WORDS_OF_A_LIMIT):
        return "it takes a class, a hard limit, a soft limit and seconds"
    for start in range(0, len(arguments), WORDS_OF_A_LIMIT):
        name, hard, soft, seconds = arguments[start : start + WORDS_OF_A_LIMIT]
        if name.lower() not in LIMIT_CLASSES:
            return "the class must be normal, replica or pubsub"
        if not (_MEMORY.fullmatch(hard) and _MEMORY.fullmatch(soft) and number(seconds) is not None):
            return "the limits must be amounts such as 256mb and the time whole seconds"
    return ""


def _check_percentiles(_directive: Directive, arguments: Sequence[str], _server: str) -> str:
    for argument in arguments:
        if argument and not (re.fullmatch(r"[0-9]{1,3}(\.[0-9]*)?", argument, re.ASCII) and float(argument) <= 100):  # noqa: PLR2004 - percent
            return "the values must be percentiles between 0 and 100"
    return ""


def _check_integers(_directive: Directive, arguments: Sequence[str], _server: str) -> str:
    if len(arguments) != 3:  # noqa: PLR2004 - for primary, replicas and children
        return "it takes three numbers"
    if all(INT.fullmatch(argument) and -2000 <= int(argument) <= 2000 for argument in arguments):  # noqa: PLR2004 - the server's own limits
        return ""
    return "the numbers must be whole and between -2000 and 2000"


def _check_replica(_directive: Directive, arguments: Sequence[str], _server: str) -> str:
    if len(arguments) != 2:  # noqa: PLR2004 - host and port
        return "it takes a host and a port"
    if [argument.lower() for argument in arguments] == ["no", "one"]:
        return ""
    port = number(arguments[1])
    return "" if port is not None and port <= HIGHEST_PORT else "the port must be between 0 and 65535"


def _check_rename(_directive: Directive, arguments: Sequence[str], _server: str) -> str:
    return "" if len(arguments) == 2 else "it takes a command and its new name"  # noqa: PLR2004 - old and new name


def _check_user(_directive: Directive, arguments: Sequence[str], _server: str) -> str:
    return "" if arguments else "it takes a name and rules"


def _check_module(_directive: Directive, arguments: Sequence[str], _server: str) -> str:
    return "" if arguments else "it takes the path of a module"


def _is_address(text: str, kind: type[IPv4Address | IPv6Address]) -> bool:
    try:
        kind(text or "::1" if kind is IPv6Address else text or "127.0.0.1")
    except ValueError:
        return False
    return "%" not in text


def _is_title(text: str) -> bool:
    return bool(text) and _TITLE.fullmatch(text.replace("{{", "")) is not None


_STRING_FORMS: dict[str, tuple[Callable[[str], bool], str]] = {
    "nonempty": (bool, "the value must not be empty"),
    "ipv4": (lambda text: _is_address(text, IPv4Address), "the value must be an IPv4 address"),
    "ipv6": (lambda text: _is_address(text, IPv6Address), "the value must be an IPv6 address"),
    "hostname": (lambda text: bool(_HOSTNAME.fullmatch(text)), "the value must be a host name"),
    "announced": (lambda text: bool(_ANNOUNCED.fullmatch(text)), "the value must be an address or a host name"),
    "node-name": (lambda text: not set(text) & _NOT_IN_NODE_NAMES, "the value has a sign that no node name may have"),
    "title": (_is_title, "the value must be a text with known words in braces"),
}

_CHECKS: dict[Kind, Callable[[Directive, Sequence[str], str], str]] = {
    Kind.BOOL: _check_bool,
    Kind.ENUM: _check_enum,
    Kind.ENUMS: _check_enum,
    Kind.INT: _check_int,
    Kind.MEMORY: _check_memory,
    Kind.MEMORY_OR_PERCENT: _check_memory_or_percent,
    Kind.OCTAL: _check_octal,
    Kind.FLAGS: _check_flags,
    Kind.FILENAME: _check_filename,
    Kind.STRING: _check_string,
    Kind.PATH: _check_path,
    Kind.ADDRESSES: _check_addresses,
    Kind.SAVE: _check_save,
    Kind.LIMITS: _check_limits,
    Kind.PERCENTILES: _check_percentiles,
    Kind.INTEGERS: _check_integers,
    Kind.REPLICA: _check_replica,
    Kind.RENAME: _check_rename,
    Kind.USER: _check_user,
    Kind.MODULE: _check_module,
}
