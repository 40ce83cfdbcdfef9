"""The planned ACL users as questions: add, change, remove."""

from screens.engine import Engine
from screens.session import Session, with_user, without_user
from screens.text.steps.user_rules import user_of_rules
from wizard.cli.plain import dialogue
from wizard.cli.plain.dialogue import Choice
from wizard.errors import InvalidValueError
from wizard.model.answers import AclRole, UserAnswer
from wizard.model.text import counted
from wizard.model.value import replace

_SHOWN = 50
"""More users than this are named by typing their name, not by reading a list."""


def line(user: UserAnswer) -> str:
    """Return a user in one line."""
    state = "on" if user.enabled else "off"
    keys = f"keys {' '.join(user.keys)}" if user.keys else "no keys"
    channels = f", channels {' '.join(user.channels)}" if user.channels else ""
    return f"{user.name}: {user.role}, {state}, {keys}{channels}"


def ask(session: Session, engine: Engine) -> Session:
    """Show the users, and change them until the operator goes on.

    Raises:
        Back, OperatorInterruptedError: as for `dialogue.read`.
    """
    while True:
        users = session.answers.acl.users
        dialogue.say()
        dialogue.say(f"{counted(len(users), 'user')} planned. Passwords are generated when you apply.")
        for number, user in enumerate(users[:_SHOWN], 1):
            dialogue.item(f"{number:>3}", line(user))
        if len(users) > _SHOWN:
            dialogue.say(f"{len(users) - _SHOWN} more are not shown; type a name to see one.")
        typed = dialogue.read("Number or name to change, a to add, Enter to go on:")
        if not typed:
            return session
        if typed == "a":
            session = _add(session, engine)
            continue
        place = dialogue.number_in(typed, len(users))
        named = [users[place]] if place is not None else [each for each in users if each.name == typed]
        if named:
            session = _change(session, engine, named[0])
        else:
            dialogue.say(f"No planned user has the number or name {typed}.")


def _add(session: Session, engine: Engine) -> Session:
    try:
        name = dialogue.read("Name of the new user, < to cancel:")
        if not name:
            return session
        if any(each.name == name for each in session.answers.acl.users):
            dialogue.say(f"User {name} is in the plan already; type its number to change it.")
            return session
        return with_user(session, _details(session, engine, UserAnswer(name=name, role=AclRole.APPLICATION)))
    except dialogue.Back:
        return session


def _change(session: Session, engine: Engine, user: UserAnswer) -> Session:
    try:
        dialogue.say(line(user))
        dialogue.say(f"Its rules: {_rules(session, engine, user)}")
        typed = dialogue.read("c change, r rules as text, t try a command, d remove, Enter leave:")
        if typed == "r":
            text = dialogue.edit("All rules, for example ~app:* +@read.", _rules(session, engine, user))
            return with_user(session, _of_rules(session, user, text), instead_of=user.name)
        if typed == "t":
            command = dialogue.read("Command, for example GET app:1:")
            dialogue.say(f"After the apply: {engine.may(user, command.split(), session.instance)}")
            return session
        if typed == "d":
            return without_user(session, user.name)
        return with_user(session, _details(session, engine, user), instead_of=user.name) if typed == "c" else session
    except dialogue.Back:
        return session


def _details(session: Session, engine: Engine, user: UserAnswer) -> UserAnswer:
    roles = tuple(Choice(role, role) for role in AclRole)
    role = AclRole(dialogue.choose("Role.", roles, user.role, "A role is a proven set of command rules."))
    rules = (
        dialogue.edit("Command rules, for example +@read -@dangerous.", user.rules) if role is AclRole.CUSTOM else ""
    )
    keys = dialogue.edit("Key patterns, such as app:*.", " ".join(user.keys))
    channels = dialogue.edit("Channel patterns.", " ".join(user.channels))
    enabled = dialogue.choose(
        "Can log in.", (Choice("on", "on"), Choice("off", "off")), "on" if user.enabled else "off"
    )
    made = replace(
        user,
        role=role,
        rules=rules,
        keys=tuple(keys.split()),
        channels=tuple(channels.split()),
        enabled=enabled == "on",
    )
    dialogue.say(f"Rules: {_rules(session, engine, made)}")
    return made


def _of_rules(session: Session, user: UserAnswer, text: str) -> UserAnswer:
    try:
        made = user_of_rules(user, text, session.instance)
    except InvalidValueError as error:
        dialogue.say(f"Not changed: {error}.")
        return user
    dialogue.say(line(made))
    return made


def _rules(session: Session, engine: Engine, user: UserAnswer) -> str:
    try:
        return engine.rules(user, session.instance) or "none"
    except InvalidValueError as error:
        return str(error)
