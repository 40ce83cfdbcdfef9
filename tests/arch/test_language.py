"""One language: the left column of the glossary is in no name, docstring or sentence, and sentences are short."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
IDIOM = {
    "nobody, somebody, whoever, anybody, someone": r"nobody|somebody|whoever|anybody|someone",
    "word (of the operator), unspoken": r"unspoken|without a word|no word|your word",
    "take back, put back, go back, bring back, undo (an apply)": (
        r"(take|put|go|bring|taken|brought)s? (it )?back"
        r"|undo(es|ing)? (it|them|(an?|the|this) (apply|change|rollback)s?)"
    ),
    "keep a change": r"kept already|keep the change",
    "hands, other hands, by hand, hand-made": r"hands|by hand|hand-made",
    "nets": r"nets",
    "bring to an end, cut off": r"(bring|brought)s? (it |them )?to an end|cut off",
    "draw a key or password": r"draws?|drawn|drew",
    "mend": r"mend\w*",
    "standing": r"standing",
    "door, way in": r"doors?|ways? (back )?in",
    "still, stilled": r"stilled",
    "rests on, heir": r"rests? on|heirs?",
    "lent, borrow": r"lent|borrow\w*",
    "careless": r"careless\w*",
    "stranger, gets in": r"strangers?|(get|let)s? (us )?in",
    "in clear": r"in clear",
    "anew, meanwhile": r"anew|meanwhile",
    "the port without TLS": r"port without TLS",
}
"""What each row of the glossary's *Not these* means as a pattern."""

NAMES = re.compile(
    r"nobody|somebody|whoever|unspoken|hands|nets|drawn|mend(ed)?|stilled|heirs?|lent|borrow(ed)?|careless|strangers?|anew"
)
"""Words that are part of no name."""

ORDINARY = {"shake_hands": "TLS shakes hands"}
"""Names that have one of these words in its ordinary English sense."""

ALLOWED = re.compile(r"shake hands|user nobody|zz9\.nobody")
"""What docstrings and comments have in an ordinary sense: TLS shakes hands, ``nobody`` is an account."""

MOST_WORDS = 20


@cache
def product() -> tuple[tuple[str, str], ...]:
    """Every sentence with its place."""
    run = subprocess.run(
        [sys.executable, PROJECT / "tools/sentences"], check=True, capture_output=True, text=True, cwd=PROJECT
    )
    rows = (line.split(": ", 1) for line in run.stdout.splitlines())
    return tuple((place, re.sub(r"\{[^{}]*\}", "X", text)) for place, text in rows)


def left_column() -> list[str]:
    table = (PROJECT / "docs/glossary.md").read_text().partition("## Not these")[2]
    return re.findall(r"^\| ([^|]+) \| [^|]+ \|$", table, re.MULTILINE)[1:]


def test_each_row_of_the_glossary_is_looked_for() -> None:
    assert left_column() == list(IDIOM)


@pytest.mark.parametrize("row", IDIOM)
def test_no_sentence_has_a_word_of_the_left_column(row: str) -> None:
    found = re.compile(rf"\b({IDIOM[row]})\b", re.IGNORECASE)
    assert [f"{place}: {text}" for place, text in product() if found.search(text)] == []


def test_no_name_has_a_word_of_the_left_column() -> None:
    found = [
        f"{path.relative_to(PROJECT)}: {name}"
        for path in sorted(PROJECT.glob("wizard/**/*.py"))
        for name in _names(path)
        if name not in ORDINARY
        if any(NAMES.fullmatch(part) for part in re.split(r"_|(?<=[a-z])(?=[A-Z])", name) for part in [part.lower()])
    ]
    assert found == []


def _names(path: Path) -> Iterator[str]:
    """The module's name, and what it defines: functions, classes, arguments, variables."""
    yield path.stem
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id


@pytest.mark.parametrize("row", IDIOM)
def test_no_docstring_or_comment_has_a_word_of_the_left_column(row: str) -> None:
    found = re.compile(rf"\b({IDIOM[row]})\b", re.IGNORECASE)
    assert [f"{place}: {text}" for place, text in _remarks() if found.search(ALLOWED.sub("", text))] == []


@cache
def _remarks() -> tuple[tuple[str, str], ...]:
    """Every docstring and comment of the core, one line each, with its place."""
    lines = []
    for path in sorted(PROJECT.glob("wizard/**/*.py")):
        text = path.read_text()
        spans = [
            range(node.lineno, (node.end_lineno or node.lineno) + 1)
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        ]
        inside = {number for span in spans for number in span}
        for number, line in enumerate(text.splitlines(), 1):
            _, mark, comment = line.partition("# ")
            if number in inside or mark:
                lines.append((f"{path.relative_to(PROJECT)}:{number}", line if number in inside else comment))
    return tuple(lines)


@pytest.mark.parametrize("row", [row for row in IDIOM if "draw" not in row])  # documents draw pictures and screens
def test_no_document_has_a_word_of_the_left_column(row: str) -> None:
    found = re.compile(rf"\b({IDIOM[row]})\b", re.IGNORECASE)
    assert [f"{place}: {text}" for place, text in _documents() if found.search(text)] == []


@cache
def _documents() -> tuple[tuple[str, str], ...]:
    """Every line of the documents, without code and quotations."""
    paths = [*PROJECT.glob("*.md"), *PROJECT.glob("docs/**/*.md")]
    return tuple(
        (f"{path.relative_to(PROJECT)}:{number}", re.sub(r"`[^`]*`|\*[^*]*\*", "", line))
        for path in sorted(paths)
        if path.name != "glossary.md"
        for number, line in enumerate(path.read_text().splitlines(), 1)
    )


def test_sentences_are_short() -> None:
    sentences = ((place, each) for place, text in product() for each in re.split(r"[.;:!?](?=\s|$)", text))
    assert [f"{place}: {each}" for place, each in sentences if len(each.split()) > MOST_WORDS] == []


def test_what_does_not_belong_is_said_once_for_each_package() -> None:
    modules = [path for root in ("wizard", "screens", "assets") for path in PROJECT.glob(f"{root}/**/*.py")]
    inner = [path for path in modules if path.name != "__init__.py"]
    assert [path for path in inner if "may not live here" in " ".join(path.read_text().split())] == []


def test_no_class_name_has_two_meanings() -> None:
    homes: dict[str, list[str]] = {}
    for path in sorted(PROJECT.glob("wizard/**/*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                homes.setdefault(node.name, []).append(path.relative_to(PROJECT).as_posix())
    assert {name: places for name, places in homes.items() if len(places) > 1} == {}
