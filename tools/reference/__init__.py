"""Write ``docs/reference`` from the code: answers, items, JSON documents, exit statuses.

A test compares the files with `pages`, so a change of the code without them fails.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from itertools import groupby
from pathlib import Path
from typing import Any

from screens.text.snippet_kinds import KINDS
from screens.text.snippets import Connection
from wizard.checklist.item import Item
from wizard.checklist.registry import EXTRA, ITEMS
from wizard.checklist.report.table import SECTIONS
from wizard.cli.command_arguments import SCHEMAS
from wizard.cli.commands.schema import schema_of
from wizard.cli.descriptions import EPILOGUE
from wizard.model.answers import Answers
from wizard.settings import SETTINGS, Setting

DIRECTORY = Path(__file__).parents[2] / "docs/reference"
_HOW = "Written by `make reference` from the code.\n"
_DOCUMENTS = {
    "report": "`check --format json`",
    "facts": "`detect --json`",
    "plan": "`plan --json`, `plan --out FILE`",
    "status": "`status --json`",
    "drift": "`status --drift --json`",
    "certificates": "`cert show --json`",
    "attestations": "`attest --json`",
    "timers": "`timer status --json`",
    "uninstall": "`uninstall --json`",
    "snapshots": "`snapshots list --json`",
    "snapshot": "`snapshots show --json`, `snapshots keep --json`",
    "snapshots-diff": "`snapshots diff --json`",
    "snapshots-verify": "`snapshots verify --json`",
    "snapshots-prune": "`snapshots prune --json`",
}
"""What writes each document."""


def pages() -> dict[str, str]:
    """Return the text of each page by the name of its file."""
    made = {
        "answers.md": _answers(),
        "clients.md": _clients(),
        "exit-statuses.md": _statuses(),
        "items.md": _items(),
        "json.md": _json(),
    }
    return {name: "\n".join(lines) + "\n" for name, lines in made.items()}


def _table(head: Sequence[str], rows: Iterator[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield "|---" * len(head) + "|"
    for row in rows:
        yield f"| {' | '.join(each.replace('|', chr(92) + '|') for each in row)} |"


# --- answers ---------------------------------------------------------------------------------------


def _answers() -> Iterator[str]:
    yield "# Answers\n"
    yield f"{_HOW}\n`redis-wizard answers init` writes the recommended ones for a host, with the same reasons. Without"
    yield "a file each answer is the recommended one; a file that leaves one out has its default.\n"
    rows = [row for row in SETTINGS if row.answer]
    for section, settings in groupby(rows, key=lambda row: row.answer.partition(".")[0]):
        yield f"## {section}\n"
        yield from _table(
            ("answer", "takes", "default", "sets", "why"),
            (_answer(row) for row in settings),
        )
        yield ""
    yield "Users are tables `[[acl.users]]`; attestations are tables `[[attestations]]`, written in an editor."


def _answer(row: Setting) -> Sequence[str]:
    section, _, name = row.answer.partition(".")
    default = getattr(getattr(Answers(), section), name)
    targets = ", ".join(f"`{each}`" for each in row.targets)
    return f"`{row.answer}`", _takes(row, default), _shown(default), targets, row.reason


def _takes(row: Setting, default: object) -> str:
    unit = f" {row.unit}" if row.unit else ""
    if row.range:
        return f"{row.range.low} to {row.range.high}{unit}"
    if row.words or isinstance(default, Enum):
        words = row.words or tuple(each.value for each in type(default))  # type: ignore[attr-defined]  # an enumeration
        return ", ".join(f"`{each}`" for each in words)
    if isinstance(default, bool):
        return "true, false"
    return row.hint or {tuple: "a list", str: "text", int: "a number"}.get(type(default), "text")


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return f"`[{', '.join(map(str, value))}]`"
    text = value.value if isinstance(value, Enum) else str(value)
    return f"`{text}`" if text else '`""`'


# --- clients ---------------------------------------------------------------------------------------

_CLIENT = "/etc/app/redis"
_CONNECTION = Connection(
    host="redis.example",
    port="6380",
    user="app",
    tls=True,
    authority=f"{_CLIENT}/ca.crt",
    certificate=f"{_CLIENT}/client.crt",
    key=f"{_CLIENT}/client.key",
)


def _clients() -> Iterator[str]:
    yield "# Clients with certificates\n"
    yield f"{_HOW}\nThe wizard shows these lines with the values of the host after an apply, and writes them to a file."
    yield "An apply puts the files of each user into `/var/lib/redis-wizard/clients/USER`: copy that directory to the"
    yield "host of the client, mode 0600 for the key. The password is in the file of `--secrets-to`.\n"
    yield "The name that a client connects to must be one of the certificate (`tls.names`). A client that reports"
    yield "*unable to get local issuer* misses the CA's certificate; *certificate required* misses its own.\n"
    for name, write in KINDS.items():
        yield f"## {name}\n"
        yield from (f"    {line}" for line in write(_CONNECTION).expandtabs(4).splitlines())
        yield ""
    yield "Connections stay open when a certificate is renewed; new ones need the new files at the client."


# --- items -----------------------------------------------------------------------------------------


def _items() -> Iterator[str]:
    yield "# Items of the checklist\n"
    yield f"{_HOW}\n`redis-wizard check ID` shows the evidence on a host, and the page of an item."
    yield "The score counts 1 to 25.\n"
    for first, last, name in SECTIONS:
        yield from _section(name, [item for item in ITEMS if first <= item.number <= last])
    yield from _section("Beyond the 25 items", EXTRA)


def _section(name: str, items: Sequence[Item]) -> Iterator[str]:
    yield f"## {name}\n"
    rows = ((item.id, item.severity.value, item.title, item.fix or "see its page", item.step) for item in items)
    yield from _table(("id", "severity", "passes when", "fix", "step of the wizard"), rows)
    yield ""


# --- JSON ------------------------------------------------------------------------------------------


def _json() -> Iterator[str]:
    yield "# JSON documents\n"
    yield f"{_HOW}\n`redis-wizard schema NAME` shows the JSON schema of a document. Later versions may add fields; a"
    yield "change that breaks readers has a higher `version`. Modes are octal text; numbers of version 0.1 are read.\n"
    for name in SCHEMAS:
        schema = schema_of(name)
        roots = [each["$ref"].rpartition("/")[2] for each in schema["anyOf"]]
        yield f"## redis-wizard/{name}\n"
        yield f"Written by {_DOCUMENTS[name]}.\n"
        for kind in roots:
            yield from _fields(kind if len(roots) > 1 else "", schema["$defs"][kind])
    yield "The values inside are in the schema."


def _fields(title: str, kind: Mapping[str, Any]) -> Iterator[str]:
    if title:
        yield f"### {title}\n"
    required = kind.get("required", ())
    rows = (
        (f"`{name}`", _type(value), "" if name in required or "const" in value else "may be left out")
        for name, value in kind["properties"].items()
    )
    yield from _table(("field", "type", ""), rows)
    yield ""


def _type(value: Mapping[str, Any]) -> str:
    if "const" in value:
        return f"`{value['const']}`"
    if "$ref" in value:
        return str(value["$ref"].rpartition("/")[2])
    if "anyOf" in value:
        return " or ".join(dict.fromkeys(_type(each) for each in value["anyOf"]))
    if value.get("type") == "array":
        return f"list of {_type(value.get('items') or {})}"
    return str(value.get("type", "any"))


# --- exit statuses ---------------------------------------------------------------------------------


def _statuses() -> Iterator[str]:
    yield "# Exit statuses\n"
    yield _HOW
    told = " ".join(EPILOGUE.partition(":")[2].split())
    yield from _table(("status", "means"), (each.strip().split(" ", 1) for each in re.split(r";(?= \d)", told)))
    yield "\nThe result is on standard output, errors and progress are on standard error: one sentence each."


def main() -> None:
    """Write every page."""
    DIRECTORY.mkdir(exist_ok=True)
    for name, text in pages().items():
        (DIRECTORY / name).write_text(text)
