"""The word that an operator has to type before something is done."""

from wizard.cli import output
from wizard.errors import OperatorInterruptedError, UsageError


def demand_yes(what: str, question: str, *, deed: str) -> None:
    """Say what is at stake and ask; anything but ``yes`` ends the command.

    Raises:
        UsageError: nobody can be asked.
        InterruptedByOperatorError: the answer was another one.
    """
    if not output.interactive():
        raise UsageError(f"there is no terminal to ask on; add --yes to {deed}")
    output.entry(what)
    if output.ask(f"{question} Type yes: ") != "yes":
        raise OperatorInterruptedError("cancelled; nothing changed")
