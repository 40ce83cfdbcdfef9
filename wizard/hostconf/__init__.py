"""The text of sysctl.d files and systemd units: lossless documents and who wins among them.

Nothing here reads a file: contents come in as bytes.
"""
