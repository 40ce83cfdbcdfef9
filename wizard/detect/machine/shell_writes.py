"""What a shell script writes to a file of the kernel, as far as that is certain.

A script is read, never run: what stands in a comment, behind ``exit``, in a branch whose condition is not about the
file itself, or behind a command that may fail, counts as not written.
"""

import re
import shlex
from collections.abc import Iterable, Iterator, Mapping
from itertools import takewhile
from pathlib import PurePosixPath
from typing import NamedTuple

_SEPARATORS = frozenset({";", "&", "&&", "|", "||", "(", ")", ";;", "\n"})
_OPENING = frozenset({"if", "elif", "while", "until"})
_LEADING = frozenset({"then", "do", "{", "}", "!", "time", "sudo", "exec"})
_CLOSING = frozenset({"fi", "done", "esac"})
_LEAVING = frozenset({"exit", "return"})
_WRITERS = frozenset({"echo", "printf"})
_SURE = frozenset({*_WRITERS, "true", ":", "sleep", "set", "export", "tee"})
"""Commands that do not fail, so that ``&&`` goes on behind them."""
_ASSIGNMENT = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=(.*)", re.DOTALL)
_VARIABLE = re.compile(r"\$(?:\{([A-Za-z_][A-Za-z0-9_]*)\}|([A-Za-z_][A-Za-z0-9_]*))")
_SIGNS = ";&|()<>"
_REDIRECTIONS = frozenset({">", ">>", ">|", "<"})
_MOST_WORDS = 4000


class ShellCommand(NamedTuple):
    """One command of a script."""

    before: str
    """The separator in front of it."""
    words: tuple[str, ...]


def written(commands: Iterable[ShellCommand], path: str) -> str:
    """Return the last word that a script surely writes to a file; empty where there is none.

    Args:
        commands: Of the script, as `commands_of` gives them.
        path: Of the file, absolute.
    """
    about = PurePosixPath(path).parent.name
    values: dict[str, tuple[str, ...]] = {}
    branches: list[bool] = []
    found, said, sure = "", "", True
    for before, all_words in commands:
        words = _without_keywords(list(all_words), branches)
        if not words:
            continue
        if words[0] in _OPENING:
            _open(words, branches, about=about)
        elif words[0] == "for" and "in" in words:
            values[words[1]] = tuple(words[words.index("in") + 1 :])
            branches.append(True)
        elif words[0] == "case":
            branches.append(False)
        elif words[0] in _LEAVING and all(branches):
            break
        elif (assigned := _ASSIGNMENT.fullmatch(words[0])) and len(words) == 1:
            values[assigned[1]] = (assigned[2],)
        else:
            runs = all(branches) and before != "||" and (before != "&&" or sure)
            said = said if before == "|" else _said(words, values)
            if runs and said and path in _targets(words, values):
                found = said
        sure = words[0] in _SURE or about in " ".join(words)
    return found


def _without_keywords(words: list[str], branches: list[bool]) -> list[str]:
    while words:
        if words[0] in _CLOSING and branches:
            branches.pop()
        elif words[0] == "else" and branches:
            branches[-1] = False
        elif words[0] not in _LEADING and words[0] not in _CLOSING:
            return [PurePosixPath(words[0]).name, *words[1:]] if words[0].startswith("/") else words
        words = words[1:]
    return words


def _open(words: list[str], branches: list[bool], *, about: str) -> None:
    """Enter a branch: it is sure to be taken where its condition asks for the file itself."""
    certain = about in " ".join(words) and "!" not in words
    if words[0] == "elif" and branches:
        branches[-1] = False
    else:
        branches.append(certain)


def _said(words: list[str], values: Mapping[str, tuple[str, ...]]) -> str:
    """Return what a command writes to its output, if it is one word."""
    if words[0] not in _WRITERS:
        return ""
    text = [word for word in takewhile(lambda word: not word.startswith(">"), words[1:]) if not word.startswith("-")]
    expanded = list(_expanded(text[0], values)) if len(text) == 1 else []
    return expanded[0].removesuffix("\\n") if len(expanded) == 1 else ""


def _targets(words: list[str], values: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    """Return the files that a command writes: those behind ``>``, and the arguments of ``tee``."""
    for at, word in enumerate(words[:-1]):
        if word in _REDIRECTIONS and word != "<":
            yield from _expanded(words[at + 1], values)
    if words[0] == "tee":
        for word in takewhile(lambda word: not word.startswith(">"), words[1:]):
            yield from _expanded(word, values)


def _expanded(word: str, values: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    """Return a word for each value of its first variable; a variable that is not known is left as it is."""
    found = _VARIABLE.search(word)
    name = (found[1] or found[2]) if found else ""
    if not found or name not in values:
        yield word
        return
    for value in values[name]:
        yield from _expanded(f"{word[: found.start()]}{value}{word[found.end() :]}", {**values, name: ()})


def commands_of(script: str) -> Iterator[ShellCommand]:
    """Return the commands of a text for a POSIX shell, in their order."""
    before = "\n"
    words: list[str] = []
    for token in _tokens(script):
        if token in _SEPARATORS:
            if words:
                yield ShellCommand(before, tuple(words))
            before, words = token, []
        else:
            words.append(token)
    if words:
        yield ShellCommand(before, tuple(words))


def _tokens(script: str) -> Iterator[str]:
    """Return words and separators; a line that no shell could read ends the script."""
    left = _MOST_WORDS
    for line in script.replace("\\\n", " ").splitlines():
        lexer = shlex.shlex(line, posix=True, punctuation_chars=_SIGNS)
        lexer.whitespace_split = True
        try:
            tokens = list(lexer)
        except ValueError:
            return
        left -= len(tokens)
        if left < 0:
            return
        for token in tokens:
            # Signs that stand together come as one: `);`.
            whole = token in _SEPARATORS or token in _REDIRECTIONS or not set(token) <= set(_SIGNS)
            yield from (token,) if whole else token
        yield "\n"
