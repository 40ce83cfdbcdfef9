"""The former ids of the items beyond the chapter.

The table is frozen: an id is given once. Up to version 0.1 these ids were positions.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

FORMER_IDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "X1": "Xwritable",
        "X2": "Xdatadir",
        "X3": "Xsyntax",
        "X4": "Xpasswords",
        "X5": "Xroot",
        "X6": "Xsandbox",
        "X7": "Xprotected",
        "X8": "Xmodules",
        "X9": "Xversion",
        "X10": "Xdrift",
        "X11": "Xexpiry",
        "X12": "Xdaemonize",
        "X13": "Xboot",
        "X14": "Xbacklog",
        "X15": "Xnofile",
        "X16": "Xdisk",
        "X17": "Xswap",
        "X18": "Xfilemax",
    }
)
"""The present id by the former one."""


def current_id(text: str) -> str:
    """Return the present id of an item that is named by its present or its former id."""
    return FORMER_IDS.get(text, text)


def former_id(item_id: str) -> str:
    """Return the id that version 0.1 wrote for an item, empty when there is none."""
    return next((former for former, current in FORMER_IDS.items() if current == item_id), "")
