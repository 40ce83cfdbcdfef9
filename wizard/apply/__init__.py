"""Run one apply from the lock to the confirmation."""

from wizard.apply.process import perform

__all__ = ["perform"]
