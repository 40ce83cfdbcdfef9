"""The users of a server and of the answers, as rows of one list: pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from screens.session import Session
from screens.text import facts
from wizard.acl.presets import answered_rules
from wizard.errors import InvalidValueError
from wizard.model.answers import UserAnswer
from wizard.model.change import SetUser
from wizard.model.facts.instance import Instance
from wizard.model.facts.service import Flavour
from wizard.model.facts.unreadable import Unreadable

OLDEST = "7.0.0"
"""The version to judge rules by where that of the server is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UserRow:
    """One user."""

    name: str
    state: str
    """What the plan does with it: ``new``, ``planned`` (it gets other rules), ``off`` or ``stays``."""
    enabled: str
    role: str
    keys: str
    channels: str
    rules: str
    """Its present rules without passwords; empty for a new one."""
    clients: int

    @property
    def closed(self) -> bool:
        """Whether it cannot log in, once the plan is applied."""
        return "off" in {self.state, self.enabled}


def rows(session: Session) -> Iterator[UserRow]:
    """Yield the planned users, then the others that exist."""
    present = session.user_rules
    used = facts.users_now(session.instance)
    planned = session.answers.acl.users
    changed = _changed(session)
    for user in planned:
        words = _rules(user, session.instance).split()
        changes = user.name in changed if changed is not None else True
        yield UserRow(
            name=user.name,
            state="new" if user.name not in present else "planned" if changes else "stays",
            enabled="on" if user.enabled else "off",
            role=user.role,
            keys=_keys(words),
            channels=_channels(words),
            rules=present.get(user.name, ""),
            clients=used.get(user.name, 0),
        )
    names = {user.name for user in planned}
    turned_off = session.answers.acl.manage and session.answers.acl.default_user == "off"
    for name, rules in present.items():
        if name not in names:
            state = "off" if name == "default" and turned_off and "on" in rules.split() else "stays"
            yield _existing(name, state, rules, used.get(name, 0))


def differ(one: Session, other: Session) -> bool:
    """Return whether two sessions may have other rows: thousands of users are not read again at each key."""
    changed = one.instance is not other.instance or one.answers.acl != other.answers.acl
    return changed or _changed(one) != _changed(other)


def _changed(session: Session) -> frozenset[str] | None:
    """Return the users that the plan changes; ``None`` while there is no plan of these answers."""
    if session.plan is None or not session.planned:
        return None
    return frozenset(change.user for change in session.plan.changes if isinstance(change, SetUser))


def _existing(name: str, state: str, rules: str, clients: int) -> UserRow:
    words = rules.split()
    return UserRow(
        name=name,
        state=state,
        enabled="on" if "on" in words else "off",
        role="no password" if "nopass" in words else "-",
        keys=_keys(words),
        channels=_channels(words),
        rules=rules,
        clients=clients,
    )


def server_version(instance: Instance | None) -> tuple[Flavour, str]:
    """Return flavour and version to judge rules by."""
    if instance is None:
        return Flavour.REDIS, OLDEST
    return instance.flavour, OLDEST if isinstance(instance.version, Unreadable) else instance.version


def _rules(user: UserAnswer, instance: Instance | None) -> str:
    """Return the rules that a planned user gets; its patterns alone where they are still wrong."""
    flavour, version = server_version(instance)
    try:
        return answered_rules(user, flavour, version)
    except InvalidValueError:
        return " ".join((*(f"~{each}" for each in user.keys), *(f"&{each}" for each in user.channels)))


def _keys(words: Sequence[str]) -> str:
    return " ".join(word.removeprefix("~") for word in words if word[:1] in {"~", "%"})


def _channels(words: Sequence[str]) -> str:
    return " ".join(word.removeprefix("&") for word in words if word[:1] == "&")


def matching(found: Sequence[UserRow], wanted: str) -> list[UserRow]:
    """Return the users whose name, rules or role have a text, in any case."""
    text = wanted.strip().lower()
    return [each for each in found if text in f"{each.name} {each.role} {each.keys} {each.rules}".lower()]
