"""What to know where several units or processes use one configuration file."""

from collections.abc import Iterator

from wizard.model.plan import Note
from wizard.planning.context import Context


def notes(context: Context) -> tuple[Note, ...]:
    """Say that more than one server would run on one data set, and how to end that."""
    return (*_units(context), *_processes(context))


def _units(context: Context) -> Iterator[Note]:
    own = context.unit
    others = [unit for unit in context.instance.contenders if unit.name != own]
    if not others or (not own and not context.running and len(others) == 1):
        return
    names = [*([own] if own else []), *(unit.name for unit in others)]
    text = (
        f"{' and '.join(names)} run or start with {context.main}, so they write to the same data. "
        f"Keep only one: systemctl disable --now {' '.join(unit.name for unit in others)}"
    )
    yield Note(subject="units", text=text)


def _processes(context: Context) -> Iterator[Note]:
    if not context.instance.other_processes:
        return
    pids = ", ".join(map(str, context.instance.other_processes))
    text = (
        f"further servers run with {context.main} (process {pids}): this plan changes their file and restarts only "
        f"{context.unit or context.instance.name}. Stop them first"
    )
    yield Note(subject="processes", text=text)
