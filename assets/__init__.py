"""Files that ship with the product and are no code: tables, templates, help, style sheets.

Read through :mod:`importlib.resources`, so they are found in a checkout and in an installed wheel
alike. What may not live here: anything that differs from host to host.
"""

from importlib.resources import files
from importlib.resources.abc import Traversable


def path(name: str) -> Traversable:
    """Return the place of a shipped file.

    Args:
        name: Relative, with ``/`` between its parts, for example ``redis/directives.tsv``.
    """
    return files(__name__).joinpath(*name.split("/"))


def text(name: str) -> str:
    """Read a shipped UTF-8 text.

    Raises:
        FileNotFoundError: there is no such file, which is a programming mistake.
    """
    return path(name).read_text(encoding="utf-8")
