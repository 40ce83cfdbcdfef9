"""What a host was before a change: taken, kept by content, restored and compared.

What may not live here: the order of an apply or rollback, and any talk with a server.
"""
