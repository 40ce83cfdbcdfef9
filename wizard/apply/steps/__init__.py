"""One file for each kind of act: how it is done, and how it is undone from a snapshot.

What may not live here: the order of a commit or rollback.
"""
