"""The order of the steps and their names; the App makes screens of them.

What may not live here: an import of a screen.
"""

from enum import StrEnum


class StepName(StrEnum):
    """A step; the words are those of the sections of the answers where there is one."""

    HOST = "host"
    NETWORK = "network"
    MEMORY = "memory"
    USERS = "acl"
    COMMANDS = "commands"
    TLS = "tls"
    KERNEL = "kernel"
    PERSISTENCE = "persistence"
    AUDIT = "audit"
    REVIEW = "review"


ORDER = tuple(StepName)
"""From the first to the last; a digit of the step bar is the place in it."""

SHORT = {
    StepName.HOST: "Host",
    StepName.NETWORK: "Net",
    StepName.MEMORY: "Mem",
    StepName.USERS: "Users",
    StepName.COMMANDS: "Cmds",
    StepName.TLS: "TLS",
    StepName.KERNEL: "Kernel",
    StepName.PERSISTENCE: "Disk",
    StepName.AUDIT: "Audit",
    StepName.REVIEW: "Review",
}
"""Words of the step bar: the ten fill 76 columns."""

TITLES = {
    StepName.HOST: "Host",
    StepName.NETWORK: "Network and exposure",
    StepName.MEMORY: "Memory and eviction",
    StepName.USERS: "Users and access",
    StepName.COMMANDS: "Dangerous commands",
    StepName.TLS: "TLS and certificates",
    StepName.KERNEL: "Kernel and service",
    StepName.PERSISTENCE: "Persistence",
    StepName.AUDIT: "Audit and limits",
    StepName.REVIEW: "Review",
}

ASKING = ORDER[1:-1]
"""The steps that ask; each edits the section of its own name."""


def after(step: StepName) -> StepName:
    """Give the next step; the last stays."""
    return ORDER[min(ORDER.index(step) + 1, len(ORDER) - 1)]


def before(step: StepName) -> StepName:
    """Give the step before; the first stays."""
    return ORDER[max(ORDER.index(step) - 1, 0)]


def by_index(place: int) -> StepName:
    """Give the step with a digit, 0 to 9."""
    return ORDER[place]


def by_section(word: str) -> StepName | None:
    """Find the step that a finding or problem names; ``users`` is another word for ``acl``."""
    if word == "users":
        return StepName.USERS
    return StepName(word) if word in ORDER else None
