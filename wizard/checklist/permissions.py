"""What other users of the host may do with a file."""

from wizard.checklist.result import observed
from wizard.model.facts.files import FileStatus
from wizard.model.finding import Evidence

OTHERS = 0o007
OTHERS_READ = 0o004
OTHERS_WRITE = 0o002


def mode_evidence(status: FileStatus, what: str = "mode") -> Evidence:
    """Return mode, owner and group of a file as evidence."""
    return observed(what, str(status.path), f"{status.mode:04o} {status.owner}:{status.group}")
