"""The wizard on the terminal: one file a screen, nothing decided here.

A screen edits frozen answers and shows what pure functions of `wizard` return.
What may not live here: a rule about Redis, a file that is written, a program that is run.
"""
