"""The core of redis-wizard: looks at a host, plans its hardening, applies it and rolls it back.

Nothing is imported here: `--version` must stay cheap.
"""

__version__ = "0.1.0"
