"""The answers of an earlier run that was not applied: saved behind each answer, offered at the start."""

from datetime import UTC, datetime

from screens.engine import Engine
from screens.session import Mode, Session, draft_of, with_draft
from screens.text import draft as draft_text
from wizard.cli.plain import dialogue
from wizard.errors import WizardError
from wizard.model.value import replace


def offer(session: Session, engine: Engine) -> Session:
    """Ask whether a draft is taken, and return the session with it; without one as it is."""
    if session.mode is not Mode.NORMAL:
        return session
    try:
        draft = engine.load_draft()
    except WizardError as error:
        dialogue.say(f"The draft of an earlier run cannot be read: {error}")
        return session
    rows = draft_text.describe(replace(session, draft=draft))
    if draft is None or not rows:
        return session
    for row in rows:
        dialogue.say(row)
    try:
        typed = dialogue.read("d to take these answers, Enter to start with the recommended ones:")
    except dialogue.Back:
        return session
    return with_draft(session, draft) if typed == "d" else session


def save(session: Session, engine: Engine) -> None:
    """Save what the operator has chosen so far."""
    draft = draft_of(session, datetime.now(UTC).isoformat(timespec="seconds"))
    if draft is None:
        return
    try:
        engine.save_draft(draft)
    except WizardError as error:
        dialogue.say(f"The answers cannot be saved as a draft: {error}")
