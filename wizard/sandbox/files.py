"""The files of a sandbox: where they are, and the deliberately insecure configuration it starts with.

Pure.
"""

import os
from pathlib import PurePosixPath
from string import Template

from wizard.errors import InvalidValueError

LONGEST_SOCKET = 107
"""Bytes that the path of a unix socket may have (unix(7): 108 with the closing NUL)."""

_LONGEST_INSIDE = len("/state/run/reh-0123456789ab/d/s")
"""The longest path of a socket that a rehearsal makes below the sandbox's directory."""

UNIT = "redis-sandbox.service"

SAMPLE_COMMANDS = (
    "SET sandbox:greeting hello",
    "SET sandbox:visits 42",
    "HSET sandbox:user:1 name Ada language Analytical",
    "HSET sandbox:user:2 name Grace language COBOL",
    "RPUSH sandbox:queue first second third",
    "ZADD sandbox:scores 10 ada 20 grace",
    "SET sandbox:session:1 soon-gone EX 86400",
)
"""A few keys, in the server's inline form."""


class Layout:
    """Paths of one sandbox.

    Args:
        directory: Absolute, without links.

    Raises:
        InvalidValueError: the path is so long that no socket fits below it, or holds what a
            configuration file cannot.
    """

    def __init__(self, directory: PurePosixPath) -> None:
        length = len(os.fsencode(directory))
        most = LONGEST_SOCKET - _LONGEST_INSIDE
        if length > most:
            raise InvalidValueError(
                f"{directory} has {length} bytes, and a unix socket below it would exceed the kernel's"
                f" {LONGEST_SOCKET}; give the sandbox a directory of at most {most}"
            )
        if not str(directory).isprintable() or set(str(directory)) & set("\"'\\ "):
            raise InvalidValueError(
                f"{directory} has spaces, quotes or control characters; give the sandbox another directory"
            )
        self.directory = directory
        self.record = directory / "sandbox.json"
        self.config = directory / "redis" / "redis.conf"
        self.data = directory / "data"
        self.run = directory / "run"
        self.socket = self.run / "redis.sock"
        self.log = directory / "log" / "redis.log"
        self.output = directory / "log" / "output"
        self.state = directory / "state"

    def directories(self) -> tuple[PurePosixPath, ...]:
        """What must be made, parents first."""
        return (self.config.parent, self.data, self.run, self.log.parent)


_INSECURE = Template("""\
# Redis configuration of a sandbox. It is an example of a configuration to fix.
#
# Note on units: when a size is needed it can be given as 1k 5GB 4M and so forth:
#
# 1k => 1000 bytes
# 1kb => 1024 bytes

################################## NETWORK #####################################

bind 127.0.0.1
protected-mode no
port $port
tcp-backlog 511
unixsocket $socket
unixsocketperm 777
timeout 0
tcp-keepalive 300

################################# TLS/SSL ######################################

# tls-port 6379
# tls-cert-file redis.crt
# tls-key-file redis.key
# tls-ca-cert-file ca.crt

################################# GENERAL ######################################

daemonize no
pidfile $run/redis.pid
loglevel notice
logfile $log
databases 16

################################ SNAPSHOTTING  #################################

save 900 1
save 300 10
save 60 10000
stop-writes-on-bgsave-error yes
rdbcompression yes
rdbchecksum yes
dbfilename dump.rdb
dir $data

################################## SECURITY ###################################

# requirepass foobared
# aclfile /etc/redis/users.acl
# rename-command CONFIG ""

################################### CLIENTS ####################################

# maxclients 10000

############################## MEMORY MANAGEMENT ################################

# maxmemory <bytes>
# maxmemory-policy noeviction

############################## APPEND ONLY MODE ###############################

appendonly no
# appendfsync everysec

################################## SLOW LOG ###################################

slowlog-log-slower-than 10000
slowlog-max-len 128
""")


def insecure_config(layout: Layout, port: int) -> str:
    """Write a usual configuration: stock in form, and open to every user of this machine.

    It listens on loopback only: a sandbox exposes nothing to the network.
    """
    return _INSECURE.substitute(port=port, socket=layout.socket, run=layout.run, log=layout.log, data=layout.data)
