"""Templates of configuration files: what can be judged before they are rendered.

Jinja, Go templates and ERB. A line that holds an expression, or that lies in a condition or a loop, becomes empty:
every other line keeps its number.

Source:
    Jinja "Template Designer Documentation"; Go ``text/template``; Ruby ``ERB``.
"""

import re
from typing import Final

from wizard.model.value import Value

_TAG: Final = re.compile(rb"\{\{(.*?)\}\}|\{%(.*?)%\}|\{#.*?#\}|<%(.*?)%>", re.DOTALL)
_CREDENTIAL: Final = re.compile(rb"(?<=[ \t>#])([>#])(?:\{\{[^\n]*?\}\}|<%=[^\n]*?%>)")
"""A password or its hash in an ACL rule: what it is does not matter for the other rules of its line."""
_PLACEHOLDER: Final = {b">": b">value-of-the-template", b"#": b"#" + b"5d" * 32}
_OPENS: Final = re.compile(
    rb"[-+\s]*(?:(?:if|for|macro|call|filter|unless|while|range|with|block|define)\b|.*\bdo\b\s*(?:\|.*\|)?[-\s]*$)",
    re.DOTALL,
)
_CLOSES: Final = re.compile(rb"[-+\s]*(?:end\w*|\})[-+\s]*$")
_NAME: Final = re.compile(rb"\s*([a-zA-Z][\w.-]*)(?:[ \t]|$)")
_ANYTHING: Final = re.compile(rb"[-+\s]*(?:include|import|template|partial|render)\b")
TEMPLATES: Final = (".j2", ".jinja", ".jinja2", ".erb", ".epp", ".tmpl", ".tpl", ".gotmpl")
"""How the names of templates end."""


class Template(Value, frozen=True, kw_only=True):
    """A file as far as it can be judged."""

    data: bytes
    """Its bytes, with empty lines in place of those that only rendering decides."""
    lines: tuple[int, ...] = ()
    """The numbers of those lines."""
    names: frozenset[str] = frozenset()
    """The directives that they set."""
    open: bool = False
    """They can set any directive."""


def plain_name(name: str) -> str:
    """Return the name of the file that a template becomes."""
    return next((name.removesuffix(each) for each in TEMPLATES if name.endswith(each)), name)


def read_template(data: bytes) -> Template:
    """Return the judgeable part of a file; a file without an expression is itself."""
    data = _CREDENTIAL.sub(lambda match: _PLACEHOLDER[match[1]], data)
    lines = data.split(b"\n")
    found = [each for each in _TAG.finditer(data) if not _in_comment(data, each)]
    if not found:
        return Template(data=data)
    decided = _decided(data, found)
    names = [match[1].decode().lower() for number in decided if (match := _NAME.match(lines[number - 1]))]
    return Template(
        data=b"\n".join(b"" if number in decided else line for number, line in enumerate(lines, start=1)),
        lines=tuple(sorted(decided)),
        names=frozenset(names),
        open=any(_is_open(lines[number - 1]) for number in decided),
    )


def _in_comment(data: bytes, tag: re.Match[bytes]) -> bool:
    start = data.rfind(b"\n", 0, tag.start()) + 1
    return data[start : tag.start()].lstrip().startswith(b"#") and b"\n" not in tag[0]


def _decided(data: bytes, found: list[re.Match[bytes]]) -> set[int]:
    """Return the numbers of the lines that hold a tag, or lie between one that opens and one that closes."""
    numbers: set[int] = set()
    depth, opened = 0, 0
    for tag in found:
        first, last = (data.count(b"\n", 0, place) + 1 for place in tag.span())
        numbers.update(range(first, last + 1))
        words = next((each for each in tag.groups() if each is not None), b"")
        if _CLOSES.match(words) and depth:
            depth -= 1
            if not depth:
                numbers.update(range(opened, last + 1))
        elif _OPENS.match(words) and not tag[0].startswith(b"<%="):
            opened = opened if depth else first
            depth += 1
    if depth:
        numbers.update(range(opened, data.count(b"\n") + 2))
    return numbers


def _is_open(line: bytes) -> bool:
    """Return whether a line can become any directive: its first word is an expression, or it takes in other text."""
    first = _TAG.match(line.strip())
    if first is None:
        return False
    words = next((each for each in first.groups() if each is not None), b"")
    if first[0].startswith((b"{{", b"<%=")):
        return not (_OPENS.match(words) or _CLOSES.match(words) or words.lstrip(b"- ").startswith((b"else", b"/*")))
    return bool(_ANYTHING.match(words))
