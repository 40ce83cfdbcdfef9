"""What a host was before a change: taken, kept by content, restored and compared.

What may not live here: the order of an apply or rollback, and any talk with a server.
"""

KEPT_SNAPSHOTS = 10
"""How many of the newest pruning leaves where nothing else is asked for."""
