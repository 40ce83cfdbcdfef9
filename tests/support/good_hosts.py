"""Hosts that an operator hardened by hand, each in another way, with the truth beside them.

Real servers, whose configuration file is the whole truth. What may not live here: the judging.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from tests.support.certificate_set import authority, leaf, store
from tests.support.server_process import as_written
from tests.support.servers import Server
from wizard.acl.password import hash_password
from wizard.model.change import CertificateRole
from wizard.model.finding import State
from wizard.model.login import Endpoint, Login
from wizard.model.value import Secret
from wizard.sandbox.ports import free_port

NOW = datetime.now(UTC)
CA = authority("Good hosts", now=NOW)
PASSWORD = "k3V9" * 8
HASH = f"#{hash_password(PASSWORD)}"
FAIL, UNKNOWN, NONE = State.FAIL, State.UNKNOWN, State.NOT_APPLICABLE

OFF = "user default off ~* &* +@all"
ADMIN = f"user admin on {HASH} ~* &* +@all"
APP = f"user app on {HASH} resetchannels ~app:* -@all +@read +@write -@dangerous"
USERS = (OFF, ADMIN, APP)
BASE = """daemonize no
timeout 300
maxmemory 64mb
maxmemory-policy noeviction
appendonly yes
slowlog-log-slower-than 5000
slowlog-max-len 256
"""
LOCAL = "bind 127.0.0.1\n"
RENAMES = "".join(f'rename-command {name} ""\n' for name in ("FLUSHALL", "FLUSHDB", "KEYS", "DEBUG", "SHUTDOWN"))


@dataclass(frozen=True)
class Place:
    """Where one server runs."""

    path: Path
    port: int = field(default_factory=free_port)
    tls_port: int = field(default_factory=free_port)

    @property
    def socket(self) -> str:
        """Lines for a unix socket of its own."""
        return f"unixsocket {self.path}/r.sock\nunixsocketperm 770\n"

    @property
    def tls(self) -> str:
        """Lines for mutual TLS alone, with the certificates made."""
        certificate, key = store(self.path, "server", leaf(by=CA, now=NOW))
        client, client_key = store(self.path, "client", leaf(CertificateRole.CLIENT, by=CA, now=NOW))
        (self.path / "ca.crt").write_bytes(CA.certificate)
        return (
            f"port 0\ntls-port {self.tls_port}\ntls-cert-file {certificate}\ntls-key-file {key}\n"
            f"tls-client-cert-file {client}\ntls-client-key-file {client_key}\ntls-ca-cert-file {self.path}/ca.crt\n"
            'tls-protocols "TLSv1.2 TLSv1.3"\ntls-replication yes\ntls-cluster yes\n'
        )

    def write(self, name: str, text: str) -> Path:
        """Write a file that its owner and group alone may read."""
        path = self.path / name
        path.write_text(text)
        path.chmod(0o640)
        return path

    def start(self, server: Server, text: str, users: tuple[str, ...] = (), *arguments: str) -> "Started":
        """Return how to start a server with these lines, and with these users in an ACL file."""
        if users:
            self.write("users.acl", "".join(f"{line}\n" for line in users))
            text += f"aclfile {self.path}/users.acl\n"
        config = self.write("redis.conf", f"{text}dir {self.path}\n")
        socket = "unixsocket " in config.read_text()
        tls = "tls-port " in text
        endpoint = (
            Endpoint(socket=PurePosixPath(self.path, "r.sock"))
            if socket
            else Endpoint(port=self.tls_port if tls else self.port, tls=tls)
        )
        return Started(server, config, endpoint, arguments)

    def login(self, user: str = "admin") -> Login:
        """Return the operator's login, with the client certificate where there is one."""
        named = {"certificate": "client.crt", "key": "client.key", "authority": "ca.crt"}
        files = {word: PurePosixPath(self.path, name) for word, name in named.items()}
        return Login(user, Secret(PASSWORD), **(files if (self.path / "client.crt").exists() else {}))


@dataclass(frozen=True)
class Started:
    """A server that is ready to start."""

    server: Server
    config: Path
    endpoint: Endpoint
    arguments: tuple[str, ...]

    @contextmanager
    def running(self) -> Iterator[None]:
        """Run it for the block."""
        with as_written(self.server, self.config, self.endpoint, *self.arguments):
            yield


@dataclass(frozen=True, kw_only=True)
class GoodHost:
    """One host: how it is made, and every item of its server that is not a pass, with the truth."""

    server: str
    make: Callable[[Place, Server], Started]
    truth: Mapping[str, State] = field(default_factory=dict)
    """What else than a pass is right."""
    user: str = "admin"

    def __str__(self) -> str:
        return self.server


def _plain(text: Callable[[Place], str], users: tuple[str, ...] = USERS) -> Callable[[Place, Server], Started]:
    return lambda place, server: place.start(server, text(place), users)


def _included(place: Place, server: Server) -> Started:
    part = place.write("limits.conf", BASE)
    return place.start(server, f"include {part}\n{LOCAL}{place.tls}{place.socket}", USERS)


def _relative(place: Place, server: Server) -> Started:
    place.write("team.acl", "".join(f"{line}\n" for line in USERS))
    return place.start(server, f"{BASE}{LOCAL}{place.tls}{place.socket}aclfile team.acl\n")


def _closed(place: Place, server: Server) -> Started:
    started = place.start(server, f"{BASE}{LOCAL}{place.tls}{place.socket}unixsocketperm 777\n", USERS)
    (place.path / "server.key").chmod(0o644)
    return started


def _sentinel(place: Place, server: Server) -> Started:
    asks = f"user app on {HASH} &* -@all +auth +client|setname +sentinel|get-master-addr-by-name +subscribe +role"
    text = f"{LOCAL}{place.tls}sentinel monitor m 127.0.0.1 {free_port()} 2\n"
    return place.start(server, text, (OFF, ADMIN, asks), "--sentinel")


def _old_sentinel(place: Place, server: Server) -> Started:
    asks = f"user app on {HASH} &* -@all +auth +client|setname +sentinel|masters +sentinel|replicas +subscribe"
    text = f"{LOCAL}port {place.port}\nsentinel monitor m 127.0.0.1 {free_port()} 2\n"
    return place.start(server, text, (OFF, ADMIN, asks), "--sentinel")


def _stock(path: str) -> Callable[[Place, Server], Started]:
    """The distribution's file with the operator's lines at its end, and none taken out but paths of the package."""

    def make(place: Place, server: Server) -> Started:
        paths = ("pidfile", "logfile", "dir", "daemonize", "unixsocket", "aclfile")
        kept = [
            line for line in Path(path).read_text().splitlines() if line.split()[:1] not in [[each] for each in paths]
        ]
        return place.start(server, "\n".join(kept) + f"\n{BASE}{place.tls}{place.socket}", USERS)

    return make


_ALONE = {"2": NONE, "3": NONE, "4": NONE, "16": NONE}
"""One server that only this host reaches: no port for a firewall, no other server."""
_NO_TLS = {"15": NONE, "Xexpiry": NONE}
_SENTINEL = {
    **dict.fromkeys(("2", "3", "5", "7", "11", "12", "17", "18", "21", "25"), NONE),
    **dict.fromkeys(("Xprotected", "Xmodules", "Xdrift", "Xdisk"), NONE),
}
_CACHE = BASE.replace("noeviction", "allkeys-lru").replace("appendonly yes", 'appendonly no\nsave ""')
_REPORT = f"user report on {HASH} resetchannels %R~app:* -@all +@read -@dangerous -keys (%R~cache:* +get)"

HOSTS: Mapping[str, GoodHost] = {
    "users in redis.conf": GoodHost(
        server="r74",
        make=lambda place, server: place.start(
            server, f"{BASE}{LOCAL}{place.tls}{place.socket}" + "".join(f"{line}\n" for line in USERS)
        ),
        truth=_ALONE,
    ),
    "users in an ACL file": GoodHost(
        server="r80", make=_plain(lambda place: f"{BASE}{LOCAL}{place.tls}{place.socket}"), truth=_ALONE
    ),
    "a relative ACL file": GoodHost(server="r80", make=_relative, truth=_ALONE),
    "lines in an included file": GoodHost(server="r74", make=_included, truth=_ALONE),
    "a strong requirepass and renames, 6.2": GoodHost(
        server="r62",
        make=_plain(lambda place: f"{BASE}{LOCAL}port {place.port}\nrequirepass {PASSWORD}\n{RENAMES}", ()),
        # The chapter wants a user for each service, hashes and TLS: this host has none of them.
        truth={
            **_ALONE,
            **dict.fromkeys(("7", "8", "9", "10", "13", "15"), FAIL),
            **dict.fromkeys(("5", "Xprotected", "Xexpiry"), NONE),
        },
        user="default",
    ),
    "TLS alone, Valkey": GoodHost(
        server="v81", make=_plain(lambda place: f"{BASE}{LOCAL}{place.tls}"), truth={**_ALONE, "5": NONE}
    ),
    "a unix socket alone, 6.2": GoodHost(
        server="r62",
        make=_plain(lambda place: f"{BASE}port 0\n{place.socket}"),
        truth={**_ALONE, **_NO_TLS, "Xprotected": NONE},
    ),
    "a unix socket alone, 7.4": GoodHost(
        server="r74", make=_plain(lambda place: f"{BASE}port 0\n{place.socket}"), truth={**_ALONE, **_NO_TLS}
    ),
    "a port that no address has": GoodHost(
        server="r80",
        make=_plain(lambda place: f'{BASE}bind ""\nport {place.port}\n{place.socket}'),
        truth={**_ALONE, **_NO_TLS},
    ),
    "a unix socket alone, Valkey 9.1": GoodHost(
        server="v91", make=_plain(lambda place: f"{BASE}port 0\n{place.socket}"), truth={**_ALONE, **_NO_TLS}
    ),
    "a cache": GoodHost(
        server="r80",
        make=_plain(lambda place: f"{_CACHE}{LOCAL}{place.tls}{place.socket}"),
        truth={**_ALONE, "21": NONE},
    ),
    "a queue": GoodHost(
        server="v81",
        make=_plain(
            lambda place: f"{BASE}appendfsync always\n{LOCAL}{place.tls}{place.socket}",
            (OFF, ADMIN, APP.replace("~app:*", "~bull:*")),
        ),
        truth=_ALONE,
    ),
    "a cluster node": GoodHost(
        server="r80",
        make=_plain(lambda place: f"{BASE}{LOCAL}{place.tls}{place.socket}databases 16\ncluster-enabled yes\n"),
        truth={"2": NONE, "3": NONE},
    ),
    "a cluster node with its own bus port": GoodHost(
        server="v81",
        make=_plain(
            lambda place: f"{BASE}{LOCAL}{place.tls}{place.socket}cluster-enabled yes\ncluster-port {free_port()}\n"
        ),
        truth={"2": NONE, "3": NONE},
    ),
    "a Sentinel": GoodHost(server="r80", make=_sentinel, truth={**_SENTINEL, "16": UNKNOWN}),
    "a Sentinel of Valkey": GoodHost(server="v81", make=_sentinel, truth={**_SENTINEL, "16": UNKNOWN}),
    "a Sentinel, 6.2": GoodHost(
        server="r62", make=_old_sentinel, truth={**_SENTINEL, "15": FAIL, "16": FAIL, "Xexpiry": NONE}
    ),
    "Debian's file with lines at its end": GoodHost(server="r80", make=_stock("/etc/redis/redis.conf"), truth=_ALONE),
    "Debian's Valkey file with lines at its end": GoodHost(
        server="v81", make=_stock("/etc/valkey/valkey.conf"), truth=_ALONE
    ),
    "a directive that has no effect any more": GoodHost(
        server="v81", make=_plain(lambda place: f"{BASE}dynamic-hz yes\n{LOCAL}{place.tls}{place.socket}"), truth=_ALONE
    ),
    "a cluster node whose bus has no TLS": GoodHost(
        server="r80",
        make=_plain(
            lambda place: f"{BASE}{LOCAL}{place.tls}{place.socket}databases 16\ncluster-enabled yes\ntls-cluster no\n"
        ),
        # Its bus is on port 10000: the client port without TLS is 0.
        truth={"2": NONE, "3": NONE, "16": FAIL},
    ),
    "a command in the rules of a user that no server has": GoodHost(
        server="r74",
        make=_plain(
            lambda place: f'{BASE}{LOCAL}{place.tls}{place.socket}rename-command FLUSHALL ""\n',
            (OFF, ADMIN, f"{APP} +flushall"),
        ),
        truth=_ALONE,
    ),
    "a key and a socket for every user in a directory that is closed": GoodHost(
        server="r74", make=_closed, truth=_ALONE
    ),
    "a user that reads with a selector": GoodHost(
        server="r74",
        make=_plain(
            lambda place: f"{BASE}{LOCAL}{place.tls}{place.socket}", (*USERS, _REPORT, f"user old off {HASH} ~* +@all")
        ),
        truth=_ALONE,
    ),
}
"""By what is special about them."""
