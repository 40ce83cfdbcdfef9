"""Users and their rights: lines of an ACL file, rules, passwords, and what a user may do.

What may not live here: reading files, asking a server, drawing randomness by itself.
"""
