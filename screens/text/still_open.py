"""What stays open after an apply, in a row each, for a screen with little room. Pure."""

from collections.abc import Iterator

from textual.content import Content

from screens.text import facts
from screens.text.formatting import cut, literal
from screens.theme import TextStyle
from wizard.model.event import Outcome
from wizard.model.exposure import DEFAULT, Exposure
from wizard.model.facts.instance import Instance


def rows(exposure: Exposure, instance: Instance | None, width: int, *, more: str = "", most: int = 9) -> list[Content]:
    """Return what stays open and for which clients; the sentences of `Exposure` have the rest.

    Args:
        exposure: What stays open.
        instance: The server as it is now.
        width: Columns of a row; a longer text is cut.
        more: Where to read more, at the end of the last row.
        most: Number of rows.
    """
    found = list(_open(exposure))
    if found and (groups := facts.clients_as(instance, DEFAULT)):
        found.append(f"       for {facts.named_clients(groups)}")
    found += [f"[ ?? ] Not known: {', '.join(exposure.unknown)}"] if exposure.unknown else []
    found = found[:most]
    texts = [cut(text, width) for text in found[:-1]] + [cut(text, width - len(more)) + more for text in found[-1:]]
    return [literal(text, TextStyle.WARN) for text in texts]


def to_close(outcome: Outcome | None) -> list[str]:
    """Return what closes it, an imperative each."""
    exposure = outcome.exposure if outcome else None
    if exposure is None:
        return []
    others = (each.close for each in (exposure.default_login, exposure.plaintext) if each)
    return list(dict.fromkeys(text for text in (exposure.close if exposure.open else "", *others) if text))


def _open(exposure: Exposure) -> Iterator[str]:
    if exposure.open:
        yield f"[warn] Still open without a password: {', '.join(each.endpoint for each in exposure.open)}"
    if exposure.guessable:
        yield f"[warn] Still open by a password that others can guess: {', '.join(exposure.guessable)}"
    if exposure.default_login:
        yield f'[warn] Still open: user "{DEFAULT}" can log in with its password'
    if exposure.plaintext:
        yield f"[warn] Still open without TLS: {', '.join(exposure.plaintext.names)}"
