"""What is known of a directive: the table and the meaning of values, as other packages use them."""

from wizard.formats.redisconf.table import (
    Directive,
    Kind,
    Support,
    canonical,
    directives,
    find,
    ignored,
    in_file,
    is_secret,
    names,
    nearest_version,
    support,
)
from wizard.formats.redisconf.values import equivalent, normalize

__all__ = [
    "Directive",
    "Kind",
    "Support",
    "canonical",
    "directives",
    "equivalent",
    "find",
    "ignored",
    "in_file",
    "is_secret",
    "names",
    "nearest_version",
    "normalize",
    "support",
]
