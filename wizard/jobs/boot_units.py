"""The two unit files of an open apply: one recovers it before the server starts at boot, one after.

Source:
    systemd.unit(5), systemd.service(5), systemd.syntax(7).
"""

from collections.abc import Sequence
from pathlib import PurePosixPath

BOOT_UNIT = "redis-wizard-recover.service"
DATA_UNIT = "redis-wizard-recover-data.service"
_SERVERS = ("redis-server.service", "redis.service", "valkey-server.service", "valkey.service")

_BOOT = """\
# Written by redis-wizard while a change waits for its confirmation; it removes itself.
[Unit]
Description=Roll back a Redis change that was not confirmed
CollectMode=inactive-or-failed
DefaultDependencies=no
RequiresMountsFor=/etc {state} {python} {kit}
After=local-fs.target
Before=systemd-sysctl.service disable-thp.service shutdown.target {servers}
Conflicts=shutdown.target
ConditionPathExists={state}/pending

[Service]
Type=oneshot
ExecStart={command} recover boot {identity}
TimeoutStartSec=300

[Install]
WantedBy=sysinit.target
"""

_DATA = """\
# Written by redis-wizard while a change waits for its confirmation; it removes itself.
[Unit]
Description=Restore Redis and its keys after a change that was not confirmed
CollectMode=inactive-or-failed
StartLimitIntervalSec=0
After={boot} {servers}
ConditionPathExists=|{state}/pending
ConditionPathExists=|{state}/pending-data

[Service]
Type=simple
ExecStart={command} recover data {identity}
Restart=on-failure
RestartSec=30

[Install]
WantedBy=multi-user.target
"""


def texts(state: PurePosixPath, identity: str, command: Sequence[str], server: str) -> dict[str, str]:
    """Return the texts of both unit files by name.

    Args:
        state: The product's own directory.
        identity: Of the apply.
        command: That runs the recovery kit.
        server: The unit of the server, empty where it has none.
    """
    servers = dict.fromkeys([*([server] if server else []), *_SERVERS])
    values = {
        "state": quote_word(str(state)),
        "python": quote_word(command[0]),
        "kit": quote_word(str(PurePosixPath(command[-1]).parent)),
        "boot": BOOT_UNIT,
        "servers": " ".join(quote_word(name) for name in servers),
        "command": " ".join(quote_word(word) for word in command),
        "identity": identity,
    }
    return {BOOT_UNIT: _BOOT.format_map(values), DATA_UNIT: _DATA.format_map(values)}


def quote_word(word: str) -> str:
    """Write one word of a unit file; specifiers and variables in it mean nothing.

    Source:
        systemd.syntax(7), systemd.service(5) on command lines.
    """
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{escaped}"' if any(letter.isspace() or letter in "\"'\\;" for letter in word) else escaped
