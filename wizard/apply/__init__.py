"""Run one apply from the lock to the confirmation, or as a dry run up to the rehearsal."""

from wizard.apply.dry_run import rehearse
from wizard.apply.process import perform

__all__ = ["perform", "rehearse"]
