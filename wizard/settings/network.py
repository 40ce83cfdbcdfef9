"""Where the server listens."""

from wizard.settings.measures import addresses, switch, writers
from wizard.settings.setting import Direction, Range, Setting

ROWS = (
    Setting(
        answer="network.bind",
        targets=("bind",),
        reason="Only the named addresses accept connections.",
        source="chapter 1; a leading - lets the server start before the address is up (measured)",
        items=(1,),
        label="addresses",
        hint="10.0.9.9; -10.0.9.9 if late",
        stricter=Direction.FEWER,
        measure=addresses,
    ),
    Setting(
        answer="network.port",
        targets=("port",),
        reason="Clients know this port.",
        source="the configuration",
        label="port",
        range=Range(0, 65535),
        stricter=Direction.OFF,
        measure=switch,
    ),
    Setting(
        answer="network.protected_mode",
        targets=("protected-mode",),
        reason="The server refuses other hosts while the default user has no password.",
        source="chapter 1; it does nothing once the default user has a password or is off (measured)",
        items=(1,),
        label="protected-mode",
        default="yes",
        stricter=Direction.ON,
        measure=switch,
    ),
    Setting(
        answer="network.unix_socket",
        targets=("unixsocket",),
        reason="Programs on this host need no network, and it is the way back in.",
        source="chapter 1",
        items=(5,),
        label="unix socket",
        hint="auto, keep, off or a path",
        stricter=Direction.NONE,
    ),
    Setting(
        answer="network.unix_socket_permissions",
        targets=("unixsocketperm",),
        reason="Only the service's group may connect; to connect needs the right to write.",
        source="chapter 1; without it the socket is 0755 and of no use to others (measured)",
        items=(5,),
        label="socket permissions",
        stricter=Direction.FEWER,
        measure=writers,
    ),
)
