"""May a user run a command? The server decides where it can be asked, else the rules do; nothing runs."""

from collections.abc import Sequence

from wizard.acl.evaluate import is_allowed
from wizard.acl.user import User
from wizard.checklist import Users, users_of
from wizard.errors import InputError, ServerError
from wizard.host.reader import HostReader
from wizard.model.facts.host import HostFacts
from wizard.model.facts.instance import Instance
from wizard.model.facts.live import LiveServer
from wizard.model.facts.unreadable import Unreadable
from wizard.model.login import Login
from wizard.model.text import escape
from wizard.server.sessions import access_to, parse_endpoint

_NAMED = 10
"""Users in an error."""


def try_command(
    host: HostReader, facts: HostFacts, instance: Instance, name: str, words: Sequence[str], login: Login | None
) -> str:
    """Return yes or no, why not, and what decided it, in one sentence.

    Raises:
        InputError: the users could not be read, or none has this name.
    """
    users = users_of(facts, instance.name)
    if users is None:
        raise InputError(f"the users of {instance.name} could not be read; run as root, or give a login")
    return _answer(host, instance, users, _user(users, name), words, login)


def _user(users: Users, name: str) -> User:
    user = users.named(name)
    if user is None:
        known = [each.name for each in users.all]
        more = f" and {len(known) - _NAMED} more" if len(known) > _NAMED else ""
        raise InputError(f"there is no user {name} ({users.source}); the users are {', '.join(known[:_NAMED])}{more}")
    return user


def _answer(
    host: HostReader, instance: Instance, users: Users, user: User, words: Sequence[str], login: Login | None
) -> str:
    if not user.enabled:
        return f'no: user "{user.name}" is off and cannot log in ({users.source})'
    if not users.live or not isinstance(instance.live, LiveServer):
        return _worked_out(instance, users, user, words)
    try:
        return _asked(host, instance, instance.live, user, words, login)
    except ServerError as error:
        return f"{_worked_out(instance, users, user, words)}; the server does not say: {escape(str(error))}"


def _asked(
    host: HostReader, instance: Instance, live: LiveServer, user: User, words: Sequence[str], login: Login | None
) -> str:
    """Ask the server, which runs nothing.

    Raises:
        ServerError: it cannot be asked: ACL DRYRUN is since Redis 7.0, and may be refused.
    """
    endpoint = parse_endpoint(live.endpoint)
    if endpoint is None:
        raise ServerError(f"{live.endpoint} is no endpoint")
    with access_to(host, instance).connect(endpoint, login) as client:
        refusal = client.acl_dryrun(user.name, words)
    return f"no: {refusal} (ACL DRYRUN of the server)" if refusal else "yes (ACL DRYRUN of the server)"


def _worked_out(instance: Instance, users: Users, user: User, words: Sequence[str]) -> str:
    version = "" if isinstance(instance.version, Unreadable) else instance.version
    verdict = is_allowed(user, words, flavour=instance.flavour, version=version)
    sentence = verdict.sentence(words[0], instance.flavour, version)
    return f"{sentence} (worked out from the rules in {users.source})"
