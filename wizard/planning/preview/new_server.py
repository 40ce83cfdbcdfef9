"""A server that is not there yet, so that a step can show what the answers would do on this host."""

from typing import Final

from wizard.model.facts.instance import Instance, TlsFacts
from wizard.model.facts.live import LiveServer
from wizard.model.facts.service import Flavour, Role
from wizard.model.facts.unreadable import Unreadable

_NOT_YET = Unreadable(what="/etc/redis/redis.conf", why="the server is not installed")

NEW_SERVER: Final = Instance(
    name="",
    flavour=Flavour.REDIS,
    version=_NOT_YET,
    binary=_NOT_YET,
    tls_build=True,
    unit=None,
    process=None,
    config=_NOT_YET,
    acl=None,
    live=LiveServer(
        version="",
        role=Role.STANDALONE,
        user="",
        endpoint="",
        config={},
        acl=(),
        info={},
        command_calls={},
        clients=(),
    ),
    listeners=(),
    probes=(),
    directories=(),
    tls=TlsFacts(),
)
"""It has no client and no key; what its package sets is not known."""
