"""Turns a plan into changes of a host, and undoes them: the only part that acts.

Front ends use `client` alone. What may not live here: what should be changed (`wizard.planning`).
"""
