"""The screens that are no step: apply, status, checklist, snapshots. They show and ask; the controllers act."""
