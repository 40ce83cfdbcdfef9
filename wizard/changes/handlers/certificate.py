"""Write certificates, their keys and files of trusted authorities, as the apply staged them."""

from collections.abc import Sequence

from wizard.changes import files
from wizard.changes.context import ApplyContext
from wizard.changes.handler import BY_FILES, BY_PATHS_COMPARED, BY_PATHS_UNDONE, CommitPhase, Handler
from wizard.model.change import IssueCertificate, TrustAuthorities


def _write(run: ApplyContext, _: Sequence[IssueCertificate | TrustAuthorities]) -> None:
    files.write(run, run.staged.certificates)


HANDLER: Handler[IssueCertificate | TrustAuthorities] = Handler(
    do={CommitPhase.CERTIFICATES: _write},
    # The running server is asked for its certificate by every verification (`wizard.apply.verify`).
    verify=BY_FILES,
    undo=BY_PATHS_UNDONE,
    differences=BY_PATHS_COMPARED,
)
