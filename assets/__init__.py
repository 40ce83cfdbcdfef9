"""Files that ship with the product and are no code: tables, templates, help, style sheets.

They are files beside this one, in a checkout, in an installed wheel and in the one-file program, which unpacks itself.
Only the recovery kit reads them inside its archive. What may not live here: anything that differs from host to host.
"""

import pkgutil
from pathlib import Path

_HERE = Path(__file__).parent


def path(name: str) -> Path:
    """Return the place of a shipped file; Textual reads style sheets from files alone.

    Args:
        name: Relative, with ``/`` between its parts, for example ``redis/directives.tsv``.
    """
    return _HERE.joinpath(*name.split("/"))


def text(name: str) -> str:
    """Read a shipped UTF-8 text, from a file or inside of an archive.

    Raises:
        OSError: there is no such file, which is a programming mistake.
    """
    return (pkgutil.get_data(__name__, name) or b"").decode()
