"""One answer as a question: its label, its value, what to write, why, and the help text of its screen."""

from collections.abc import Iterator
from contextlib import suppress
from enum import StrEnum

import msgspec

from screens import fields
from screens.session import Session, with_stored_fields
from screens.text import help_text
from screens.text.steps.current import current, transition
from screens.text.steps.persistence import loss
from wizard.cli.plain import dialogue
from wizard.cli.plain.dialogue import Choice
from wizard.errors import WizardError
from wizard.model.facts.host import HostFacts
from wizard.model.network import Scope
from wizard.planning.preview.connections import connection_preview
from wizard.settings import Setting, setting_of

USERS = "acl.users"
"""The one answer that is no line of text."""


def names(session: Session, section: str) -> tuple[str, ...]:
    """Return the answers of a section, ``section.field`` each, that the present ones leave open."""
    found = (f"{section}.{field.name}" for field in msgspec.structs.fields(getattr(session.answers, section)))
    return tuple(name for name in found if name != USERS and fields.is_asked(session.answers, name))


def label(name: str) -> str:
    """Return the name of an answer on a screen."""
    return setting_of(name).label or name.partition(".")[2].replace("_", " ")


def line(session: Session, name: str) -> str:
    """Return an answer with its value, what the host has now, and the recommended one where it differs."""
    said = [current(session, name).sentence]
    if session.recommendation is not None:
        wanted = fields.read(session.recommendation.answers, name)
        said += [f"recommended: {dialogue.shown(wanted)}"] if wanted != session.raw(name) else []
    more = "; ".join(filter(None, said))
    return f"{label(name)}: {dialogue.shown(session.raw(name))}{f' ({more})' if more else ''}"


def remarks(session: Session, section: str) -> Iterator[str]:
    """Yield what is wrong with the answers of a section, each with its answer's name; errors first."""
    every = (*names(session, section), *((USERS,) if section == "acl" else ()))
    yield from (f"Error, {label(name)}: {text}" for name in every if (text := session.error(name)))
    yield from (f"Warning, {label(name)}: {text}" for name in every if (text := session.warning(name)))


def ask(session: Session, name: str, step: str) -> Session:
    """Ask for a value, and return the session with it; a value of a wrong form stays, with its error.

    Raises:
        Back, OperatorInterruptedError: as for `dialogue.read`.
    """
    setting, now = setting_of(name), session.raw(name)
    dialogue.say()
    reason = session.reason(name)
    dialogue.say(f"{label(name).capitalize()}. {reason.why if reason else setting.reason}")
    dialogue.say(f"Source: {reason.source if reason else setting.source}")
    if becomes := transition(session, name):
        dialogue.say(f"On this host: {becomes}.")
    if name == "network.bind" and session.facts is not None:
        dialogue.say(f"What is here: {', '.join(_addresses(session.facts))}.")
    for sentence in _about_tls(session, name):
        dialogue.say(sentence)
    if name == "persistence.durability":
        dialogue.say(loss(session.facts, session.instance, session.answers.persistence))
    explain = help_text.text_of(step, name)
    choices = _choices(session, name, setting)
    if not choices and setting.hint:
        dialogue.say(f"What to write: {setting.hint}.")
    typed = dialogue.choose("", choices, now, explain) if choices else dialogue.edit("", now, explain)
    return with_stored_fields(session, {name: typed})


def _about_tls(session: Session, name: str) -> Iterator[str]:
    """Yield what `auto` stands for in the names of the certificate, or what happens to the plaintext port now."""
    if session.facts is None or session.instance is None or name not in {"tls.names", "tls.plaintext"}:
        return
    with suppress(WizardError):  # the error of the answer is shown with its step
        preview = connection_preview(session.facts, session.instance, session.answers)
        if name == "tls.plaintext":
            yield preview.plaintext
            return
        yield f"auto stands for {', '.join(preview.automatic)}."
        if preview.others:
            yield f"The server does not listen on {', '.join(preview.others)}."


def _choices(session: Session, name: str, setting: Setting) -> tuple[Choice, ...]:
    section, _, field = name.partition(".")
    value = getattr(getattr(session.answers, section), field)
    if isinstance(value, bool):
        keys: tuple[str, ...] = (fields.YES, fields.NO)
    elif isinstance(value, StrEnum):
        keys = tuple(type(value))
    else:
        keys = setting.words
    return tuple(Choice(key, key) for key in keys)


def _addresses(facts: HostFacts) -> Iterator[str]:
    """Yield what `network.bind` takes on this host: loopback, and each other interface with its addresses."""
    yield "loopback"
    for each in facts.interfaces:
        reachable = [f"{one.address} {one.scope}" for one in each.addresses if one.scope is not Scope.LOOPBACK]
        if reachable:
            yield f"interface:{each.name} ({', '.join(reachable)})"
