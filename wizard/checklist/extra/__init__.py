"""The items beyond the checklist, apart from the score."""
