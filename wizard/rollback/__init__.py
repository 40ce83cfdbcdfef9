"""Restore what a snapshot holds, and leave external changes in place."""

from wizard.rollback.command import run_rollback
from wizard.rollback.engine import RollbackTask, connector_of, roll_back
from wizard.rollback.preview import RestorePreview, find_manual_changes, preview_restore
from wizard.rollback.shared import dependencies_of

__all__ = [
    "RestorePreview",
    "RollbackTask",
    "connector_of",
    "dependencies_of",
    "find_manual_changes",
    "preview_restore",
    "roll_back",
    "run_rollback",
]
