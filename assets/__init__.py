"""Files that ship with the product and are no code: tables, templates, help, style sheets.

They are plain files beside this one, in a checkout, in an installed wheel and in the one-file program, which unpacks
itself: Textual reads style sheets from files alone. What may not live here: anything that differs from host to host.
"""

from pathlib import Path

_HERE = Path(__file__).parent


def path(name: str) -> Path:
    """Return the place of a shipped file.

    Args:
        name: Relative, with ``/`` between its parts, for example ``redis/directives.tsv``.
    """
    return _HERE.joinpath(*name.split("/"))


def text(name: str) -> str:
    """Read a shipped UTF-8 text.

    Raises:
        FileNotFoundError: there is no such file, which is a programming mistake.
    """
    return path(name).read_text(encoding="utf-8")
