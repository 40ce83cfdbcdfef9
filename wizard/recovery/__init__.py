"""Finish or roll back what an interruption left open."""

from wizard.recovery.following import Following
from wizard.recovery.guard import attempt as attempt_recovery
from wizard.recovery.guard import ended_frozen
from wizard.recovery.guard import look as guard_once
from wizard.recovery.launch import recover as launch_recovery
from wizard.recovery.launch import start as launch_job
from wizard.recovery.pruning import preview as preview_prune
from wizard.recovery.pruning import prune_locked as prune_snapshots
from wizard.recovery.recover import Trigger, kill_if_hung
from wizard.recovery.recover import abandon as abandon_job
from wizard.recovery.recover import recover as recover_job
from wizard.recovery.uninstall import Removal
from wizard.recovery.uninstall import survey as survey_traces
from wizard.recovery.uninstall import uninstall as remove_traces

__all__ = [
    "Following",
    "Removal",
    "Trigger",
    "abandon_job",
    "attempt_recovery",
    "ended_frozen",
    "guard_once",
    "kill_if_hung",
    "launch_job",
    "launch_recovery",
    "preview_prune",
    "prune_snapshots",
    "recover_job",
    "remove_traces",
    "survey_traces",
]
