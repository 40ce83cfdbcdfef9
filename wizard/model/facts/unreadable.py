"""A fact that could not be read, and what stands for a secret in one that was."""

from wizard.model.value import Value

MASK = "********"
"""Replaces a secret argument."""


class Unreadable(Value, tag="unreadable", frozen=True, kw_only=True):
    """A fact that could not be read."""

    what: str
    """What was looked for, for example ``/proc/1/limits``."""

    why: str
    """Why not, in words that say what would make it possible."""
