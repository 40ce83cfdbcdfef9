"""Which act carries out which kind of change. A new kind of change must be placed here.

What may not live here: the acts.
"""

from enum import StrEnum

from wizard.model.change import (
    Change,
    EnableUnit,
    InstallPackage,
    IssueCertificate,
    MakeDirectory,
    RemoveUser,
    Restart,
    SetDirective,
    SetKernel,
    SetMode,
    SetUser,
    WriteFile,
)


class Act(StrEnum):
    """What is done for a change."""

    PACKAGE = "package"
    DIRECTORY = "directory"
    CERTIFICATE = "certificate"
    MODE = "mode"
    USERS = "users"
    DIRECTIVES = "directives"
    KERNEL = "kernel"
    SYSTEM = "system"
    ENABLE = "enable"
    RESTART = "restart"


def act_of(change: Change) -> Act:  # noqa: C901, PLR0911 - one line a kind, so that mypy lists this place for a new one
    """Tell what carries out a change."""
    match change:
        case InstallPackage():
            return Act.PACKAGE
        case MakeDirectory():
            return Act.DIRECTORY
        case IssueCertificate():
            return Act.CERTIFICATE
        case SetMode():
            return Act.MODE
        case SetUser() | RemoveUser():
            return Act.USERS
        case SetDirective():
            return Act.DIRECTIVES
        case SetKernel():
            return Act.KERNEL
        case WriteFile():
            return Act.SYSTEM
        case EnableUnit():
            return Act.ENABLE
        case Restart():
            return Act.RESTART
