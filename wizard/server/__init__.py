"""Redis and Valkey servers as programs that answer: a typed client, probes, masking of their replies.

What may not live here: what a host or a plan looks like.
"""
