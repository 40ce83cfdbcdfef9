"""Every error an operator can meet, in one tree, each with its exit status.

::

    WizardError                      1
    ├── UsageError                  64   the command line is wrong
    ├── TerminalError               64   no terminal, or one that cannot show the wizard
    ├── InputError                       an input is wrong: what, where, what to do
    │   ├── InvalidValueError            a value has another form
    │   ├── AnswersError                 the answers file: file, line, key
    │   └── CertificateError             a certificate or key that cannot be used
    ├── HostError                        the machine said no
    │   ├── NotFoundError                a path that is not there
    │   ├── NotPermittedError            needs root, or another right
    │   ├── UnsafePathError              a link or an owner in the way that could redirect root's bytes
    │   │   └── ForeignStateError        the state directory is not root's alone
    │   ├── ChangedUnderUsError          a file is no longer what the plan was made from
    │   ├── NoSpaceError                 the disk is full
    │   ├── UnsupportedError             this host has no such thing (no systemd, read-only kernel)
    │   └── ProgramError                 a program failed or took too long
    ├── ServerError                      the Redis or Valkey server said no
    │   ├── UnreachableError             nothing answers there
    │   │   └── UnprovenError            something does, and it is not proven to be the server
    │   ├── LoginError                   it wants another user or password
    │   ├── LoadingError                 it is still reading its data; wait
    │   └── RehearsalError               the planned configuration does not boot or does not do what it promises
    ├── PlanError                        no plan can be made of these facts and answers
    │   └── StalePlanError               the host has moved since the plan was made
    ├── ApplyError                       an apply could not be done
    │   ├── BusyError                5   another apply holds the lock
    │   ├── VerifyError                  the host is not what the plan promised
    │   ├── RolledBackError          4   it was rolled back; the host is as before
    │   └── LeftRunningError         6   it continues in the background
    ├── SnapshotError                    a snapshot that is damaged, missing or of another host
    └── OperatorInterruptedError   130   nothing changed

The text of each says what, where, and what to do next, in one sentence. No text may hold a secret.

An error is caught at the narrowest place that can act on it.
"""

from pathlib import PurePosixPath


class WizardError(Exception):
    """Base of all errors that an operator may see. Its text is one clear sentence."""

    exit_status = 1


class UsageError(WizardError):
    """The command line asks for something that does not exist or does not go together."""

    exit_status = 64


class TerminalError(WizardError):
    """There is no terminal, or it cannot show the wizard."""

    exit_status = 64


class InputError(WizardError):
    """An input of the operator or of a file is wrong."""


class InvalidValueError(InputError):
    """A value has another form than its kind allows."""


class AnswersError(InputError):
    """The answers file has an unknown key, a wrong type or a value that cannot be."""

    def __init__(self, path: PurePosixPath, line: int, key: str, what: str) -> None:
        where = f"{path} line {line}" if line else f"{path}"
        super().__init__(f"{where}: {key}: {what}" if key else f"{where}: {what}")
        self.path = path
        self.line = line
        self.key = key


class CertificateError(InputError):
    """A certificate or private key that cannot be read or used."""


class HostError(WizardError):
    """The machine refused something."""


class NotFoundError(HostError):
    """A path is not there."""

    def __init__(self, path: PurePosixPath) -> None:
        super().__init__(f"{path} does not exist")
        self.path = path


class NotPermittedError(HostError):
    """The process may not read or change this; usually it needs root."""

    def __init__(self, path: PurePosixPath, what: str = "read", remedy: str = "run as root") -> None:
        super().__init__(f"cannot {what} {path}: permission denied; {remedy}")
        self.path = path


class UnsafePathError(HostError):
    """Something on the way to a path could redirect what root writes there."""

    def __init__(self, path: PurePosixPath, why: str) -> None:
        super().__init__(f"{path} is refused: {why}")
        self.path = path
        self.why = why


class ForeignStateError(UnsafePathError):
    """Another user than root can change the state directory, so nothing in it is read or run."""

    def __init__(self, path: PurePosixPath, what: str, remedy: str) -> None:
        super().__init__(path, f"{what}, so a user other than root could change it; {remedy}")


class ConcurrentChangeError(HostError):
    """A file is no longer what the plan was made from."""

    def __init__(self, path: PurePosixPath) -> None:
        super().__init__(f"{path} changed after the plan was made; plan again")
        self.path = path


class NoSpaceError(HostError):
    """A file system is full."""

    def __init__(self, path: PurePosixPath) -> None:
        super().__init__(f"no space left to write {path}; free some space and try again")
        self.path = path


class UnsupportedError(HostError):
    """This host has no such thing: no systemd, a read-only kernel setting, no package manager."""


class ProgramError(HostError):
    """A program that we started failed or took longer than it may."""

    def __init__(self, program: str, status: int | None, words: str) -> None:
        how = "took too long and was stopped" if status is None else f"ended with status {status}"
        super().__init__(f"{program} {how}" + (f": {words}" if words else ""))
        self.program = program
        self.status = status
        self.words = words


class ServerError(WizardError):
    """The Redis or Valkey server refused something."""


class UnreachableError(ServerError):
    """Nothing answers at this address."""


class UnprovenError(UnreachableError):
    """A process accepts at this address and is not proven to be the server; no login was sent."""


class LoginError(ServerError):
    """The server wants another user, password or certificate."""


class LoadingError(ServerError):
    """The server is up but still reads its data set; the same will work later."""


class RehearsalError(ServerError):
    """The planned configuration does not boot, or does not do what the plan promises."""


class PlanError(WizardError):
    """No plan can be made of these facts and answers."""


class StalePlanError(PlanError):
    """The host has moved since the plan was made."""


class ApplyError(WizardError):
    """An apply could not be done."""


class BusyError(ApplyError):
    """Another apply holds the lock."""

    exit_status = 5


class DataLossError(ApplyError):
    """A rollback may lose keys; the operator's word lets it begin."""

    def __init__(self, loss: str, advice: str) -> None:
        """Say what would be lost, and what to do instead."""
        super().__init__(f"{loss}; {advice}, or accept the data loss with --accept-data-loss; nothing was changed")
        self.loss = loss


class VerifyError(ApplyError):
    """After the change the host is not what the plan promised."""


class RolledBackError(ApplyError):
    """The change was rolled back; the host is as it was before."""

    exit_status = 4


class LeftRunningError(ApplyError):
    """The program that followed an apply was left; the apply goes on by itself."""

    exit_status = 6


class SnapshotError(WizardError):
    """A snapshot is damaged, missing, or of another host."""


class OperatorInterruptedError(WizardError):
    """The operator stopped it before anything changed."""

    exit_status = 130
