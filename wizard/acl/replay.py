"""What a server leaves out when it reads its append-only file, because the default user may not do it.

Source:
    Measured on Redis 7.4 and 8.0 and Valkey 8.1, not so on Redis 6.2 and Valkey 9.1: EXEC asks for the rights of
    ``default`` while the file is read, and what they lack is left out without an error.
    github.com/redis/redis/issues/14541, github.com/valkey-io/valkey/issues/3983.
"""

from wizard.acl.commands import parse_version, table
from wizard.acl.evaluate import selectors
from wizard.acl.user import User
from wizard.model.facts.service import Flavour

_SINCE_REDIS = (7,)
_FIXED_VALKEY = (9, 1, 2)
_ALL_KEYS = ("rw", "*")


def loses_on_replay(default: User, *, flavour: Flavour, version: str) -> bool:
    """Return whether transactions and scripts that wrote may be missing after a start.

    Args:
        default: The user ``default`` as the next start finds it; on or off does not matter.
        flavour: Which server.
        version: Its version; one that is not known counts as concerned.
    """
    if not _asks(flavour, version):
        return False
    known = table(flavour, version)
    writes = known.members["write"] | {"select"}
    return not any(
        _ALL_KEYS in selector.keys and (selector.everything or writes <= selector.commands)
        for selector in selectors(default.rules, known)
    )


def _asks(flavour: Flavour, version: str) -> bool:
    have = parse_version(version)
    if flavour is Flavour.KEYDB:
        return False
    if flavour is Flavour.VALKEY:
        return not have or have < _FIXED_VALKEY
    return not have or have >= _SINCE_REDIS
