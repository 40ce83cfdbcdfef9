"""The users of a server and of the answers, as rows of one list: pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from screens.session import Session
from screens.text import facts


@dataclass(frozen=True, slots=True, kw_only=True)
class UserRow:
    """One user."""

    name: str
    state: str
    """What the plan does with it: ``new``, ``planned``, ``off`` or ``stays``."""
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
    for user in planned:
        yield UserRow(
            name=user.name,
            state="planned" if user.name in present else "new",
            enabled="on" if user.enabled else "off",
            role=user.role,
            keys=" ".join(user.keys),
            channels=" ".join(user.channels),
            rules=present.get(user.name, ""),
            clients=used.get(user.name, 0),
        )
    names = {user.name for user in planned}
    turned_off = session.answers.acl.manage and session.answers.acl.default_user == "off"
    for name, rules in present.items():
        if name not in names:
            state = "off" if name == "default" and turned_off else "stays"
            yield _existing(name, state, rules, used.get(name, 0))


def differ(one: Session, other: Session) -> bool:
    """Return whether two sessions may have other rows: thousands of users are not read again at each key."""
    return one.instance is not other.instance or one.answers.acl != other.answers.acl


def _existing(name: str, state: str, rules: str, clients: int) -> UserRow:
    words = rules.split()
    return UserRow(
        name=name,
        state=state,
        enabled="on" if "on" in words else "off",
        role="no password" if "nopass" in words else "-",
        keys=" ".join(word.removeprefix("~") for word in words if word[:1] in {"~", "%"}),
        channels=" ".join(word.removeprefix("&") for word in words if word[:1] == "&"),
        rules=rules,
        clients=clients,
    )


def matching(found: Sequence[UserRow], wanted: str) -> list[UserRow]:
    """Return the users whose name, rules or role have a text, in any case."""
    text = wanted.strip().lower()
    return [each for each in found if text in f"{each.name} {each.role} {each.keys} {each.rules}".lower()]
