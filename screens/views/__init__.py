"""The screens that are no step: apply, status, checklist, snapshots."""
