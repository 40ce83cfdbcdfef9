"""Build what operators install: one file that runs by itself, and a Debian package made from it."""
