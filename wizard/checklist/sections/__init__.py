"""The items of the checklist, one module per section."""
