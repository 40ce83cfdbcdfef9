"""The rows of an apply, a rollback or a rehearsal, and its keys. Pure."""

from collections.abc import Sequence
from typing import Protocol

from textual.content import Content

from screens.text import progress, results
from screens.text.formatting import cut, lines, literal, row
from screens.theme import TextStyle
from wizard.model.event import ClientReturn, Event, Outcome
from wizard.model.facts.instance import Instance
from wizard.model.plan import Plan
from wizard.model.text import counted

KEYS_WORKING = "F1 Help  l log                                     F10 Leave (job continues)"
KEYS_WAITING = "F1 Help  l log  p passwords  F8 confirm  r roll back  + 5 min      F10 Leave"
KEYS_DRY_RUN = "F1 Help  l log  x export  F7 Back                        F8 Next   F10 Quit"
KEYS_REHEARSED = "F1 Help  l log  a apply  x export  F7 Back               F8 Next   F10 Quit"
KEYS_ENDED = "F1 Help  l log                                           F8 Next   F10 Quit"

CONTINUES = "You can close this window: the job continues without it."
_APPLY = "a applies this plan now. x writes it to a file. F8 shows how clients connect."
_EXPORT = "x writes the plan to a file, for redis-wizard apply FILE. F8 continues."
_CHECKS_SHOWN = 9
_SECONDS = 9
"""Columns of the time behind a phase."""


class Followed(Protocol):
    """A job that is followed."""

    @property
    def outcome(self) -> Outcome | None:
        """How it finished."""
        ...

    @property
    def error(self) -> str:
        """Why that is unknown."""
        ...

    @property
    def started(self) -> bool:
        """Whether there is a job."""
        ...

    @property
    def succeeded(self) -> bool:
        """Whether it finished as wanted."""
        ...


def phase(line: progress.PhaseLine, width: int) -> Content:
    """Return what a phase does now."""
    seconds = "" if line.seconds is None else f"{line.seconds:6.1f} s"
    head = f"{progress.TITLES[line.phase]:<10} "
    room = width - len(line.sign) - 1 - len(head) - (_SECONDS if seconds else 0)
    return row(literal(f"{line.sign} ", line.tone), literal(f"{head}{cut(line.text, room):<{room}}{seconds}".rstrip()))


def event(event: Event, width: int = 0) -> Content:
    """Return an event; cut where a width is given."""
    text = f"{event.at[11:19]} {event.text or event.change}"
    return literal(cut(text, width) if width else text, TextStyle.MUTED if width else "")


def clients(seen: ClientReturn | None) -> list[str]:
    """Return every client by name, with whether it is connected again."""
    if seen is None:
        return []
    rows = (("not back", seen.missing), ("refused", seen.refused), ("back", seen.back), ("not known", (seen.unknown,)))
    return [*(f"{label:<10}{name}" for label, names in rows for name in names if name), ""]


def verdict(job: Followed, events: Sequence[Event], instance: Instance | None, width: int) -> Content:
    """Return how an apply or rollback finished."""
    if job.outcome is None:
        return results.unknown(job.error, started=job.started)
    if job.succeeded:
        return results.success(job.outcome, instance, width)
    return results.failure(job.outcome, progress.failed_phase(events))


def dry_run(job: Followed | None, plan: Plan | None, *, finished: bool) -> Content:
    """Return what a dry run does, or what it came to; without a job nothing is rehearsed."""
    wanted = counted(len(plan.changes) if plan else 0, "change")
    if job is None:
        return lines(
            literal(f"DRY RUN: an apply would make {wanted}. Nothing was written.", TextStyle.ACCENT),
            "Not rehearsed: with --dry-run no server is started. The wizard without that option has a dry run that "
            "starts a private server on the planned configuration.",
            literal(_EXPORT),
        )
    if not finished:
        return lines(
            literal(f"DRY RUN of {wanted}: the server's own binary runs on the planned configuration."),
            literal("A private copy is used; the running server stays as it is.", TextStyle.MUTED),
        )
    if job.outcome is None or not job.succeeded:
        why = job.outcome.summary if job.outcome else job.error
        return lines(
            literal(f"[FAIL] {why}", TextStyle.FAIL),
            "Change the answer that it names, or leave that change out (Space in the review).",
            literal("F8 goes back to the review.", TextStyle.ACCENT),
        )
    return lines(
        literal(f"[ ok ] DRY RUN of {wanted}: {job.outcome.summary}", TextStyle.OK),
        *results.checks(job.outcome, _CHECKS_SHOWN),
        literal(_APPLY, TextStyle.ACCENT),
    )
