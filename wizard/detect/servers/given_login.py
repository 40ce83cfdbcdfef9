"""What became of the login that the operator gave: accepted, refused, or not tried.

Pure: it reads the facts alone.
"""

from collections.abc import Sequence

from wizard.model.facts.instance import Instance
from wizard.model.facts.live import LiveServer
from wizard.model.login import Login
from wizard.model.unit_state import RUNNING

_ADVICE = "; give a user and its password to read it"
"""What detection adds to a refusal for an operator who gave no login."""
_WITHHELD = "is sent"
"""In the reason of `wizard.server.access` for sending no login, which says what to do."""


def refusal(instances: Sequence[Instance], login: Login | None, *, by_endpoint: bool = False) -> str:
    """Return why none of these servers accepts the given login, with what to do; empty where one accepts it.

    Args:
        instances: The servers that it is for.
        login: What the operator gave; a CA certificate alone is no login.
        by_endpoint: The operator named the endpoint of the first one, which may have no process on this host.
    """
    if login is None or not _proves(login) or any(_accepted(each, login) for each in instances):
        return ""
    running = next((each for each in instances if by_endpoint or _runs(each)), None)
    if running is None:
        return ""
    if isinstance(running.live, LiveServer):
        why = "the server refuses the login: wrong password, unknown user, or disabled user"
    else:
        why = running.live.why.removesuffix(_ADVICE).rstrip(".")
    remedy = "" if _WITHHELD in why else f"; {_remedy(login)}"
    return f"{_named(login)} cannot log in to {running.name}: {why}{remedy}"


def untried(instances: Sequence[Instance], login: Login | None) -> str:
    """Return that the given login could not be tried, where none of these servers runs; else nothing."""
    if login is None or not _proves(login) or any(_runs(each) for each in instances):
        return ""
    what = f"{instances[0].name} does not run" if instances else "no server was found"
    return f"the login of {_named(login)} was not tried: {what}"


def _proves(login: Login) -> bool:
    return login.password is not None or login.certificate is not None


def _accepted(instance: Instance, login: Login) -> bool:
    if not isinstance(instance.live, LiveServer):
        return False
    # Where the login was refused everywhere, the server was asked as the default user.
    return login.password is None or instance.live.user == login.user


def _runs(instance: Instance) -> bool:
    active = instance.unit.active if instance.unit else ""
    return instance.process is not None or isinstance(instance.live, LiveServer) or active in RUNNING


def _named(login: Login) -> str:
    return f'user "{login.user}"' if login.password is not None else "the client certificate"


def _remedy(login: Login) -> str:
    return "check --user and --password-file" if login.password is not None else "check --cert, --key and --cacert"
