"""The wizard as numbered questions, for screen readers, serial consoles and terminals without a cursor.

It has the steps, answers and help texts of the screens, and applies as ``apply`` does.
What may not live here: a rule about Redis, a step of its own.
"""

from wizard.cli.plain.wizard import PlainWizard

__all__ = ["PlainWizard"]
