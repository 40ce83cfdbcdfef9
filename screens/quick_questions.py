"""The three questions of the quick path, with what the host shows about each. Pure."""

from dataclasses import dataclass

from screens.session import Session
from screens.text.facts import named_clients
from screens.widgets.option_widgets import Option
from wizard.errors import WizardError
from wizard.model.answers import AclRole, Answers, Purpose, UserAnswer
from wizard.model.facts.instance import Instance
from wizard.model.facts.unreadable import Unreadable
from wizard.model.network import Interface, Scope
from wizard.model.text import counted
from wizard.model.value import replace
from wizard.planning.preview.connections import connection_preview

LOCAL = "loopback"
_PURPOSES = {
    Purpose.STORE: "writes fail, every key stays",
    Purpose.CACHE_HOT: "rarely used keys are dropped",
    Purpose.CACHE_RECENT: "keys not used lately are dropped",
    Purpose.CACHE_MIXED: "keys that have a TTL are dropped",
}
_AS_FOUND = {
    Purpose.QUEUE: "queues: writes fail, every key stays",
    Purpose.CUSTOM: "as in the configuration: ",
}
"""Offered where they are recommended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuickQuestions:
    """What is asked, what is suggested, and the evidence for it."""

    answers: Answers
    """The answers so far: the recommended ones, until an operator, a file or a draft gives others."""
    networks: tuple[Option, ...]
    """The keys are texts of ``network.bind``; the present one comes first."""
    clients: str
    purposes: tuple[Option, ...]
    keys_seen: str
    """What the keys show about eviction."""
    user: UserAnswer | None
    """The new user for the application; ``None`` where no such user is planned."""
    users_seen: str
    """Where the key patterns come from, or why no user is asked for."""

    def answered(self, *, bind: str, purpose: str, user: UserAnswer | None) -> Answers:
        """Return the answers with those of the three questions."""
        answers = replace(
            self.answers,
            network=replace(self.answers.network, bind=tuple(bind.split())),
            memory=replace(self.answers.memory, purpose=Purpose(purpose)),
        )
        if self.user is None or user is None:
            return answers
        users = tuple(user if each is self.user else each for each in self.answers.acl.users)
        return replace(answers, acl=replace(answers.acl, users=users))


def quick_questions(session: Session) -> QuickQuestions:
    """Return the questions for a host that was read."""
    answers = session.answers
    user = _new_application(answers, session.instance)
    return QuickQuestions(
        answers=answers,
        networks=_networks(answers, session),
        clients=_clients(session),
        purposes=_purposes(answers),
        keys_seen=_why(session, "memory.purpose"),
        user=user,
        users_seen=_why(session, "acl.users") if user else "No new user is planned: existing users stay.",
    )


def renamed(user: UserAnswer, name: str, keys: tuple[str, ...]) -> UserAnswer:
    """Return a user with another name and other keys; channels that were equal to its keys follow them."""
    channels = keys if user.channels == user.keys else user.channels
    return replace(user, name=name, keys=keys, channels=channels)


def _why(session: Session, field: str) -> str:
    reason = session.reason(field)
    return reason.why if reason is not None else ""


def _new_application(answers: Answers, instance: Instance | None) -> UserAnswer | None:
    """Return the planned user for an application, unless the server knows it: its rights are edited in step 3."""
    known = instance.user_rules if instance else {}
    mine = (each for each in answers.acl.users if each.role is AclRole.APPLICATION and each.name not in known)
    return next(mine, None) if answers.acl.manage else None


def _clients(session: Session) -> str:
    instance = session.instance
    if session.facts is None or instance is None:
        return "No server runs yet, so no client is connected."
    if isinstance(instance.live, Unreadable):
        return f"[ ?? ] clients are unknown: {instance.live.why}"
    groups = instance.live.clients
    if not groups:
        try:
            brief = connection_preview(session.facts, instance, session.answers).brief
        except WizardError:
            brief = ""
        return f"No client is connected now. {brief}".rstrip()
    return f"Connected now: {counted(sum(each.count for each in groups), 'client')}: {named_clients(groups)}"


def _purposes(answers: Answers) -> tuple[Option, ...]:
    found = answers.memory.purpose
    words = dict(_PURPOSES)
    if found in _AS_FOUND:
        words[found] = _AS_FOUND[found] + (answers.memory.policy if found is Purpose.CUSTOM else "")
    return tuple(Option(key=key, label=label) for key, label in words.items())


def _networks(answers: Answers, session: Session) -> tuple[Option, ...]:
    """Return the addresses so far, this host alone, and each interface."""
    interfaces = [each for each in (session.facts.interfaces if session.facts else ()) if each.addresses]
    outer = [each for each in interfaces if each.addresses[0].scope is not Scope.LOOPBACK]
    words = {LOCAL: "only programs on this host"}
    words |= {f"{LOCAL} -interface:{each.name}": f"hosts on {_interface(each)}" for each in outer}
    wanted = " ".join(answers.network.bind)
    same = next((key for key in words if _places(key) == _places(wanted)), None)
    options = {wanted: words.pop(same) if same else f"as planned: {wanted}", **words}
    return tuple(Option(key=key, label=label) for key, label in options.items())


def _places(bind: str) -> frozenset[str]:
    return frozenset(word.removeprefix("-") for word in bind.split())


def _interface(interface: Interface) -> str:
    address = interface.addresses[0]
    scope = "PUBLIC" if address.scope is Scope.GLOBAL else str(address.scope)
    return f"{interface.name}, {address.address}/{address.prefix} {scope}"
