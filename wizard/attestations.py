"""What operators attest: kept on the host, for its root alone, and counted by each check of the same server."""

from datetime import date
from pathlib import PurePosixPath

from wizard import state_file
from wizard.checklist import ATTESTABLE, VALID_DAYS
from wizard.errors import InvalidValueError
from wizard.host.port import Host
from wizard.host.reader import HostReader
from wizard.model.answers import Attestation, Attestations, AttestedServer
from wizard.model.text import escape

_LONGEST_NAME = 64
_LONGEST_NOTE = 400


def record(host: Host, instance: str, attestation: Attestation, *, today: date) -> None:
    """Record an attestation, in the place of an earlier one of the same item.

    Args:
        host: Where.
        instance: Name of the server that it is for.
        attestation: Item, name, day and note.
        today: The day by which its own must not be in the future, nor expired.

    Raises:
        InvalidValueError: it could not count; the text says what is missing.
        WizardError: it cannot be stored.
    """
    _demand_countable(attestation, today)
    before = attestations_of(host, instance)
    others = tuple(each for each in before if each.item != attestation.item)
    _save(host, instance, tuple(sorted((*others, attestation), key=lambda each: each.item)))


def withdraw(host: Host, instance: str, item: int) -> bool:
    """Remove the attestation of an item; false where there was none. Raises WizardError."""
    before = attestations_of(host, instance)
    left = tuple(each for each in before if each.item != item)
    if left == before:
        return False
    _save(host, instance, left)
    return True


def attestations_of(host: HostReader, instance: str) -> tuple[Attestation, ...]:
    """Return what was recorded for a server, expired ones too; raises as `state_file.load`."""
    return next((each.attestations for each in _load(host).servers if each.instance == instance), ())


def _save(host: Host, instance: str, attestations: tuple[Attestation, ...]) -> None:
    others = (each for each in _load(host).servers if each.instance != instance)
    own = AttestedServer(instance=instance, attestations=attestations)
    servers = sorted((*others, *((own,) if attestations else ())), key=lambda each: each.instance)
    state_file.save(host, _path(host), Attestations(servers=tuple(servers)))


def _load(host: HostReader) -> Attestations:
    return state_file.load(host, _path(host), Attestations) or Attestations()


def _path(host: HostReader) -> PurePosixPath:
    return host.state / "attestations.json"


def _demand_countable(given: Attestation, today: date) -> None:
    if given.item not in ATTESTABLE:
        numbers = ", ".join(map(str, sorted(ATTESTABLE)))
        raise InvalidValueError(f"item {given.item} is decided by what the host shows; you can attest {numbers}")
    for what, text, longest, remedy in (
        ("name", given.by, _LONGEST_NAME, "give the name of who checked it"),
        ("note", given.note, _LONGEST_NOTE, "write what was checked, and how"),
    ):
        if not text.strip():
            raise InvalidValueError(f"the {what} is missing; {remedy}")
        if len(text) > longest or not text.isprintable():
            raise InvalidValueError(f"the {what} is one line of at most {longest} printable characters; {remedy}")
    age = (today - _day(given.on)).days
    if age < 0:
        raise InvalidValueError(f"{given.on} is in the future; give the day on which it was checked")
    if age > VALID_DAYS:
        raise InvalidValueError(f"an attestation of {given.on} has expired after {VALID_DAYS} days; check it again")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidValueError(f"{escape(text)[:20]!r} is not a day; write one such as 2026-07-01") from None
