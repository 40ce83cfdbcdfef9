"""``tools/measure-server BINARY``: write the tables of directives, commands and categories from a real server."""

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.support.measured_tables import NEW, Tables, column_of
from tests.support.measuring import measure
from wizard.formats.redisconf.directives import directives

ASSETS = Path(__file__).parents[2] / "assets/redis"


def committed_tables() -> Tables:
    """Return the tables as they are."""
    return Tables.read(lambda file: (ASSETS / file).read_text(encoding="utf-8"))


def measured_tables(binary: str, tables: Tables) -> tuple[str, Tables]:
    """Return the column of a server, and the tables with it."""
    with tempfile.TemporaryDirectory(prefix="rw-") as directory:
        measured = measure(binary, Path(directory), [each.name for each in directives()])
    return column_of(measured), tables.with_server(measured)


def main(arguments: Sequence[str]) -> int:
    """Write the tables; say what changed and what is left to do."""
    if len(arguments) != 1:
        sys.stderr.write("usage: tools/measure-server BINARY\n")
        return 64
    before = committed_tables()
    column, after = measured_tables(arguments[0], before)
    changed = [file for name, file in Tables.files().items() if getattr(before, name) != getattr(after, name)]
    for name, file in Tables.files().items():
        (ASSETS / file).write_text(getattr(after, name), encoding="utf-8")
    sys.stdout.write(f"{column}: {', '.join(changed) or 'nothing'} changed\n")
    new = [line.split("\t")[0] for line in after.directives.splitlines() if line.endswith(NEW)]
    if new:
        sys.stdout.write(f"describe in directives.tsv: {', '.join(new)}\n")
    if column not in before.columns():
        sys.stdout.write(f"add {column} to tests/support/servers.py\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
