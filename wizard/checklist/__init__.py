"""Judge a host by the checklist."""
