"""What is known of a directive: the one door to the table and to the meaning of values.

What may not live here: any rule of its own.
"""

from wizard.redisconf.table import (
    Directive,
    Kind,
    Support,
    canonical,
    column,
    directives,
    find,
    ignored,
    in_file,
    is_secret,
    names,
    support,
)
from wizard.redisconf.values import normal, same

__all__ = [
    "Directive",
    "Kind",
    "Support",
    "canonical",
    "column",
    "directives",
    "find",
    "ignored",
    "in_file",
    "is_secret",
    "names",
    "normal",
    "same",
    "support",
]
