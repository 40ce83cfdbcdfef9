"""Frozen values that all parts share: facts, answers, findings, plans, events.

No behaviour beyond what a value knows of itself, and no access to the machine.
"""
