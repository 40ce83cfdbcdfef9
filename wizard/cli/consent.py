"""The consent that an operator types before a command changes the host."""

from wizard.cli import output
from wizard.errors import OperatorInterruptedError, UsageError


def demand_yes(what: str, question: str, *, deed: str) -> None:
    """Say what is at stake and ask; anything but ``yes`` ends the command.

    Raises:
        UsageError: there is no terminal to ask on.
        InterruptedByOperatorError: the answer was another one.
    """
    if not output.interactive():
        raise UsageError(f"there is no terminal to ask on; add --yes to {deed}")
    output.entry(what)
    if output.ask(f"{question} Type yes: ") != "yes":
        raise OperatorInterruptedError("cancelled; nothing changed")
