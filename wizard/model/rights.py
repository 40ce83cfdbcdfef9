"""What users may do, as far as the checklist asks: found out by trying, or worked out from their rules."""

from wizard.model.value import Value


class Rights(Value, frozen=True, kw_only=True):
    """What one set of rules allows beyond a user's own keys and channels."""

    commands: tuple[str, ...] = ()
    """Commands of ``@dangerous``, sorted: ``config|set``, and ``flushall|async`` where a first argument alone is
    allowed."""
    listing: tuple[str, ...] = ()
    """Further commands that show the names or the number of all keys, whatever the key patterns."""
    code: tuple[str, ...] = ()
    """Further commands that change functions, which run with the rights of the user that calls them."""
    foreign: tuple[str, ...] = ()
    """How keys and channels of no application are reached, such as ``read key zqjx7:1``; sorted."""
    data: bool = False
    """There are keys, or channels other than Sentinel's, that may be used."""


class TriedRights(Value, frozen=True, kw_only=True):
    """What a server itself said about the users with the same rules (``ACL DRYRUN``)."""

    rules: tuple[str, ...]
    """Their rules in the form of `wizard.acl.rights.canonical`."""
    rights: Rights


class WeakPassword(Value, frozen=True, kw_only=True):
    """A password that others can guess."""

    user: str
    why: str
    """The end of a sentence that begins with the password: ``is a common one``."""
    source: str
    """Where it is set: ``live server, ACL LIST``, or ``path:line``."""


class SharedPassword(Value, frozen=True, kw_only=True):
    """One password of several users, found by whole hashes."""

    users: tuple[str, ...]
    """Their names, in the order of the source."""
