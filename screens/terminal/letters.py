"""Letters for terminals that draw ASCII alone, each as wide as the one that it stands for."""

from collections.abc import Mapping
from typing import Final

from rich.cells import cell_len

_WITHOUT: Final = ("vt", "ansi", "cons", "wy", "sun")
"""How the names of terminals begin that need not know UTF-8: hardware and its emulations on serial lines."""
_COERCED: Final = {"C.UTF-8", "C.utf8", "UTF-8"}
_STANDS_FOR: Final = {
    letter: ascii_letter
    for ascii_letter, letters in {
        "-": "─━\u2013\u2014",
        "|": "│┃",
        "+": "┌┐└┘├┤┬┴┼",
        ".": "·░",
        "*": "•×",
        "~": "…",
        ">": "→",
        "<": "←",
        "^": "↑",
        "v": "↓",
        "#": "█▌▐▀▄▆▇▓",
        "=": "▁▂▃▅▒",
        "x": "✗",
        "y": "✓",
        "'": "\u2018\u2019",
        '"': "\u201c\u201d",
    }.items()
    for letter in letters
}


def draws_ascii(environment: Mapping[str, str]) -> bool:
    """Return whether a terminal draws nothing but ASCII, by its name or a locale that is not UTF-8.

    A locale without a name of letters (``C``, unset) says nothing: it is usual in a root shell over ssh.

    Source:
        PEP 538: Python itself sets ``LC_CTYPE`` to a UTF-8 locale where the wanted one is not installed.
    """
    kind = environment.get("LC_CTYPE", "")
    name = environment.get("LC_ALL") or (kind if kind not in _COERCED else "") or environment.get("LANG") or ""
    letters = name.partition(".")[2].partition("@")[0].lower().replace("-", "")
    return environment.get("TERM", "").startswith(_WITHOUT) or letters not in {"", "utf8"}


def to_ascii(text: str) -> str:
    """Return a text in ASCII, in the same cells; a letter that nothing stands for is a question mark."""
    if text.isascii():
        return text
    return "".join(each if each.isascii() else _STANDS_FOR.get(each) or "?" * cell_len(each) for each in text)
