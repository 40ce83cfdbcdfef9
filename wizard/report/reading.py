"""Read a report back that an earlier run wrote as JSON."""

from datetime import datetime
from typing import Final

from wizard.errors import InputError, InvalidValueError
from wizard.model.finding import Report
from wizard.model.text import escape
from wizard.model.value import Value, from_json, from_json_of_later

_SCHEMA: Final = "redis-wizard/report"
_VERSION: Final = 1
_HIGHEST = 100


class _Head(Value, frozen=True, kw_only=True, forbid_unknown_fields=False):
    """What every document of this product begins with."""

    schema: str = ""
    version: int = 0


def read_report(text: str, name: str) -> Report:
    """Return the report.

    Args:
        text: The JSON document.
        name: Where it is from, for the error.

    Raises:
        InputError: it is another document, of a newer version, or damaged; the text says which.
    """
    try:
        head = from_json(_Head, text)
        if head.schema != _SCHEMA:
            raise InputError(f"{name} is no report; write one with redis-wizard check --format json")
        if head.version > _VERSION:
            raise InputError(
                f"{name} is a report of version {head.version}, and this redis-wizard reads version {_VERSION}; "
                "use the version that wrote it, or a later one"
            )
        report = from_json_of_later(Report, text)
        _check(report)
    except InvalidValueError as error:
        raise InputError(f"{name} is not a report that this version can read: {escape(str(error))}") from None
    return report


def _check(report: Report) -> None:
    """Refuse what the type of a field allows and no check writes."""
    try:
        zone = datetime.fromisoformat(report.taken_at).tzinfo
    except ValueError:
        zone = None
    if zone is None:
        raise InvalidValueError("$.taken_at is no time with its zone")
    if not 0 <= report.score <= _HIGHEST:
        raise InvalidValueError("$.score is not a number from 0 to 100")
