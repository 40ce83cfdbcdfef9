"""All rows, and the two ways to find one."""

from wizard.settings import access, audit, kernel, memory, network, persistence, tls
from wizard.settings.setting import Setting

SETTINGS = (*network.ROWS, *memory.ROWS, *access.ROWS, *tls.ROWS, *kernel.ROWS, *persistence.ROWS, *audit.ROWS)
"""One row for each answer, and for each directive that a plan sets without one."""

_BY_ANSWER = {row.answer: row for row in SETTINGS if row.answer}
_BY_TARGET = {target: row for row in SETTINGS for target in row.targets}


def setting_of(answer: str) -> Setting:
    """Return the row of an answer, ``section.field``.

    Raises:
        KeyError: no row has this answer.
    """
    return _BY_ANSWER[answer]


def setting_for(target: str) -> Setting:
    """Return the row that sets a directive, kernel key or unit property.

    Raises:
        KeyError: no row sets it.
    """
    return _BY_TARGET[target]
