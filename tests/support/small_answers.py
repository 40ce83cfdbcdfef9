"""Answers by which next to nothing changes, for tests of how an apply goes and not of what it does."""

SMALL_ANSWERS = """\
version = 1
[network]
unix_socket = "off"
[acl]
manage = false
[tls]
enabled = false
[kernel]
manage = false
[persistence]
durability = "keep"
tighten_directories = false
"""
