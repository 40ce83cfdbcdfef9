"""Build `HostFacts` for tests: a complete host in one call, changed by naming what differs.

Two presets: `pristine` is what Debian 13 gives after `apt install redis-server`; `hardened` is the
same host after everything that one host can do for itself. `host(**over)` and `instance(**over)`
start from the pristine one; any field of `HostFacts` or `Instance` can be named.
"""

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from wizard.model.facts.configuration import AclFacts, ConfigFacts, ConfigLine
from wizard.model.facts.files import FileKind, FileStatus, PlaceWriters, Space
from wizard.model.facts.host import HostFacts, Package
from wizard.model.facts.instance import CertificateFacts, Instance, TlsFacts
from wizard.model.facts.live import ClientGroup, LiveServer
from wizard.model.facts.machine import Init, KernelSetting, MachineMemory, MemoryConsumer, OperatingSystem
from wizard.model.facts.service import Flavour, Role, ServerProcess, Unit
from wizard.model.facts.unreadable import Unreadable
from wizard.model.network import (
    Action,
    Address,
    FilterChain,
    FilterRule,
    Interface,
    Listener,
    Match,
    PacketFilter,
    Probe,
    ProbeAnswer,
    Scope,
)
from wizard.model.value import Memory, replace

GIB = 1 << 30
MIB = 1 << 20
PID = 4711
CONF = PurePosixPath("/etc/redis/redis.conf")
ACL_FILE = PurePosixPath("/etc/redis/users.acl")
CERTIFICATES = PurePosixPath("/etc/redis/certs")
SOCKET = PurePosixPath("/run/redis/redis.sock")
TAKEN_AT = "2026-05-04T10:11:12Z"
FINGERPRINT = "~1a2b3c4d"

APP_RULES = (
    "~app:* resetchannels &app:* -@all +@read +@write +@transaction +@pubsub -@dangerous -scan -randomkey -dbsize"
)
CONNECTION_BASE = "+ping +echo +select +client|setname +client|getname +client|setinfo +client|id"

PRISTINE_LIVE: dict[str, str] = {
    "bind": "127.0.0.1 -::1",
    "port": "6379",
    "tls-port": "0",
    "protected-mode": "yes",
    "unixsocket": "",
    "unixsocketperm": "0",
    "timeout": "0",
    "tcp-keepalive": "300",
    "tcp-backlog": "511",
    "requirepass": "",
    "aclfile": "",
    "masterauth": "",
    "masteruser": "",
    "maxmemory": "0",
    "maxmemory-policy": "noeviction",
    "maxmemory-samples": "5",
    "maxmemory-clients": "0",
    "maxclients": "10000",
    "save": "3600 1 300 100 60 10000",
    "appendonly": "no",
    "appendfsync": "everysec",
    "appendfilename": "appendonly.aof",
    "appenddirname": "appendonlydir",
    "dbfilename": "dump.rdb",
    "dir": "/var/lib/redis",
    "rdbchecksum": "yes",
    "rdbcompression": "yes",
    "stop-writes-on-bgsave-error": "yes",
    "slowlog-log-slower-than": "10000",
    "slowlog-max-len": "128",
    "latency-monitor-threshold": "0",
    "acllog-max-len": "128",
    "loglevel": "notice",
    "logfile": "/var/log/redis/redis-server.log",
    "notify-keyspace-events": "",
    "tls-cert-file": "",
    "tls-key-file": "",
    "tls-ca-cert-file": "",
    "tls-auth-clients": "yes",
    "tls-protocols": "",
    "tls-replication": "no",
    "tls-cluster": "no",
    "cluster-enabled": "no",
    "cluster-port": "0",
    "replicaof": "",
    "enable-protected-configs": "no",
    "enable-debug-command": "no",
    "enable-module-command": "no",
    "daemonize": "no",
    "supervised": "systemd",
    "databases": "16",
    "oom-score-adj": "no",
    "replica-read-only": "yes",
}

HARDENED_CHANGES: dict[str, str] = {
    "port": "0",
    "tls-port": "6380",
    "unixsocket": str(SOCKET),
    "unixsocketperm": "770",
    "timeout": "300",
    "aclfile": str(ACL_FILE),
    "maxmemory": str(12 * GIB),
    "maxmemory-policy": "noeviction",
    "appendonly": "yes",
    "slowlog-log-slower-than": "5000",
    "slowlog-max-len": "256",
    "latency-monitor-threshold": "100",
    "tls-cert-file": str(CERTIFICATES / "server.crt"),
    "tls-key-file": str(CERTIFICATES / "server.key"),
    "tls-ca-cert-file": str(CERTIFICATES / "ca.crt"),
    "tls-protocols": "TLSv1.2 TLSv1.3",
    "tls-replication": "yes",
}

PRISTINE_LINES: tuple[str, ...] = (
    "bind 127.0.0.1 -::1",
    "protected-mode yes",
    "port 6379",
    "tcp-backlog 511",
    "timeout 0",
    "tcp-keepalive 300",
    "daemonize yes",
    "pidfile /run/redis/redis-server.pid",
    "loglevel notice",
    "logfile /var/log/redis/redis-server.log",
    "databases 16",
    "stop-writes-on-bgsave-error yes",
    "dbfilename dump.rdb",
    "dir /var/lib/redis",
    "appendonly no",
    "appendfsync everysec",
    "slowlog-log-slower-than 10000",
    "slowlog-max-len 128",
    "latency-monitor-threshold 0",
)

PRISTINE_ACL: tuple[str, ...] = ("user default on nopass sanitize-payload ~* &* +@all",)

HARDENED_ACL: tuple[str, ...] = (
    "user default off sanitize-payload ~* &* +@all",
    f"user admin on sanitize-payload #{FINGERPRINT} ~* &* +@all",
    f"user app on sanitize-payload #~5e6f7a8b {APP_RULES} {CONNECTION_BASE}",
    "user exporter on sanitize-payload #~90ab12cd resetchannels -@all +ping +info +client|setname +slowlog|len",
)


def line(text: str, number: int = 1, path: PurePosixPath = CONF) -> ConfigLine:
    """One plain directive without quoting; an empty argument is written ``""``."""
    name, *arguments = text.split()
    return ConfigLine(name=name, arguments=tuple("" if a == '""' else a for a in arguments), path=path, line=number)


def config(texts: Sequence[str] = PRISTINE_LINES, **over: Any) -> ConfigFacts:
    """A configuration file of these directives, numbered from 1."""
    status = file_status(CONF, owner="redis", group="redis", mode=0o640)
    fields: dict[str, Any] = {
        "main": CONF,
        "files": (status,),
        "lines": tuple(line(text, number) for number, text in enumerate(texts, 1)),
    }
    return ConfigFacts(**{**fields, **over})


def file_status(path: PurePosixPath | str, **over: Any) -> FileStatus:
    """A regular file of root, 0644."""
    fields: dict[str, Any] = {
        "path": PurePosixPath(path),
        "kind": FileKind.FILE,
        "owner": "root",
        "group": "root",
        "mode": 0o644,
        "size": Memory(100),
    }
    return FileStatus(**{**fields, **over})


def directory(path: PurePosixPath | str, **over: Any) -> FileStatus:
    """A directory of the service, 0750."""
    return file_status(path, **{"kind": FileKind.DIRECTORY, "owner": "redis", "group": "redis", "mode": 0o750, **over})


def socket(**over: Any) -> FileStatus:
    """The unix socket of the service, for its group."""
    return file_status(SOCKET, **{"kind": FileKind.SOCKET, "owner": "redis", "group": "redis", "mode": 0o770, **over})


def place(status: FileStatus, *holds: PurePosixPath, **over: Any) -> PlaceWriters:
    """A place that its owner can write, and its group where the mode says so."""
    fields: dict[str, Any] = {
        "status": status,
        "users": tuple({status.owner} - {"root"}),
        "groups": {status.group: (status.group,)} if status.mode & 0o020 else {},
        "everybody": bool(status.mode & 0o002),
        "holds": holds or (status.path,),
    }
    return PlaceWriters(**{**fields, **over})


def places(*more: PlaceWriters) -> tuple[PlaceWriters, ...]:
    """The way to the configuration of Debian's package, which gives the directory to the service, and more."""
    return (
        place(directory("/", owner="root", group="root", mode=0o755), CONF),
        place(directory("/etc", owner="root", group="root", mode=0o755), CONF),
        place(directory("/etc/redis", mode=0o2770), CONF),
        place(file_status(CONF, owner="redis", group="redis", mode=0o640)),
        *more,
    )


LOG = PurePosixPath("/var/log/redis/redis-server.log")


def log_places(*, directory_mode: int = 0o2750, **over: Any) -> tuple[PlaceWriters, ...]:
    """The way to the log of Debian's package; `over` changes the log itself."""
    log = {"owner": "redis", "group": "adm", "mode": 0o660, **over}
    return (
        place(directory("/var/log", owner="root", group="root", mode=0o755), LOG),
        place(directory("/var/log/redis", group="adm", mode=directory_mode), LOG),
        place(file_status(LOG, **log)),
    )


def acl(lines: Sequence[str] = HARDENED_ACL, **over: Any) -> AclFacts:
    """An ACL file with these user lines."""
    fields: dict[str, Any] = {
        "path": ACL_FILE,
        "status": file_status(ACL_FILE, group="redis", mode=0o640),
        "lines": tuple(lines),
    }
    return AclFacts(**{**fields, **over})


def live(config: Mapping[str, str] | None = None, **over: Any) -> LiveServer:
    """A running Redis 8.0.2 that we could log into; `config` changes single directives."""
    fields: dict[str, Any] = {
        "version": "8.0.2",
        "role": Role.STANDALONE,
        "user": "default",
        "endpoint": "127.0.0.1:6379",
        "config": {**PRISTINE_LIVE, **(config or {})},
        "acl": PRISTINE_ACL,
        "info": {
            "redis_version": "8.0.2",
            "redis_mode": "standalone",
            "role": "master",
            "used_memory": "1048576",
            "used_memory_rss": "8388608",
            "aof_enabled": "0",
            "aof_last_write_status": "ok",
            "aof_last_bgrewrite_status": "ok",
            "rdb_last_bgsave_status": "ok",
            "connected_clients": "1",
            "connected_slaves": "0",
        },
        "command_calls": {"ping": 3, "info": 2},
        "clients": (),
        "missing_commands": (),
    }
    return LiveServer(**{**fields, **over})


def client(**over: Any) -> ClientGroup:
    """One connection of the user app over the unix socket."""
    fields: dict[str, Any] = {
        "user": "app",
        "address": "unix",
        "name": "",
        "library": "redis-py 8.1.0",
        "listener": str(SOCKET),
        "count": 1,
    }
    return ClientGroup(**{**fields, **over})


def listener(address: str = "127.0.0.1", port: int = 6379, **over: Any) -> Listener:
    """A listener of the server's process."""
    fields: dict[str, Any] = {"address": address, "port": port, "pid": PID, "process": "redis-server"}
    return Listener(**{**fields, **over})


def probe(address: str = "127.0.0.1", port: int = 6379, answer: ProbeAnswer = ProbeAnswer.OPEN, **over: Any) -> Probe:
    """How a listener treats a stranger."""
    return Probe(**{"address": address, "port": port, "tls": False, "answer": answer, **over})


def certificate(path: PurePosixPath | str = CERTIFICATES / "server.crt", **over: Any) -> CertificateFacts:
    """A good server certificate, valid for a year from two weeks ago."""
    fields: dict[str, Any] = {
        "path": PurePosixPath(path),
        "status": file_status(path, group="redis", mode=0o644),
        "subject": "CN=db1",
        "issuer": "CN=Redis CA",
        "names": ("DNS:db1", "IP:127.0.0.1"),
        "usages": ("serverAuth", "clientAuth"),
        "authority": False,
        "key_usage": ("digitalSignature",),
        "key_type": "EC P-256",
        "not_before": "2025-05-01T00:00:00Z",
        "not_after": "2027-04-20T00:00:00Z",
        "fingerprint": "ab" * 32,
        "authority_key_identifier": True,
    }
    return CertificateFacts(**{**fields, **over})


def authority_certificate(**over: Any) -> CertificateFacts:
    """The CA certificate that goes with `certificate`."""
    fields: dict[str, Any] = {
        "path": CERTIFICATES / "ca.crt",
        "subject": "CN=Redis CA",
        "names": (),
        "usages": (),
        "authority": True,
        "key_usage": ("keyCertSign", "cRLSign"),
        "not_after": "2036-04-20T00:00:00Z",
        "fingerprint": "cd" * 32,
        "authority_key_identifier": False,
    }
    return certificate(**{**fields, **over})


def tls(**over: Any) -> TlsFacts:
    """Certificates and keys that are all as they should be."""
    fields: dict[str, Any] = {
        "certificates": (certificate(), authority_certificate()),
        "keys": (file_status(CERTIFICATES / "server.key", group="redis", mode=0o640),),
        "key_matches": True,
        "chain_valid": True,
    }
    return TlsFacts(**{**fields, **over})


def unit(**over: Any) -> Unit:
    """Debian's unit."""
    fields: dict[str, Any] = {
        "name": "redis-server.service",
        "fragment": PurePosixPath("/usr/lib/systemd/system/redis-server.service"),
        "drop_ins": (),
        "properties": {
            "Type": "notify",
            "User": "redis",
            "Group": "redis",
            "UMask": "0007",
            "LimitNOFILE": "65535",
            "LimitNOFILESoft": "65535",
            "MemoryMax": "infinity",
            "ReadWritePaths": "-/var/lib/redis -/var/log/redis -/run/redis -/etc/redis",
            "ProtectSystem": "strict",
            "NoExecPaths": "/",
            "ExecPaths": "/usr/bin/redis-server /usr/lib /lib",
            "PrivateUsers": "yes",
            "PrivateTmp": "yes",
            "ProtectHome": "yes",
            "Restart": "always",
            "TimeoutStopUSec": "infinity",
            "ExecStart": "/usr/bin/redis-server /etc/redis/redis.conf --supervised systemd --daemonize no",
            "Slice": "system.slice",
            "RuntimeDirectory": "redis",
        },
        "active": "active",
        "enabled": "enabled",
        "main_pid": PID,
        "needs_reload": False,
        "aliases": ("redis.service",),
    }
    return Unit(**{**fields, **over})


def process(**over: Any) -> ServerProcess:
    """The server's process."""
    fields: dict[str, Any] = {
        "pid": PID,
        "program": PurePosixPath("/usr/bin/redis-server"),
        "arguments": ("127.0.0.1:6379",),
        "user": "redis",
        "started": 1777800000.0,
        "open_files": 65535,
        "resident": Memory(12 * MIB),
        "anonymous_huge_pages": Memory(0),
        "control_group": "/system.slice/redis-server.service",
        "executable": "/usr/bin/redis-check-rdb",
    }
    return ServerProcess(**{**fields, **over})


def instance(**over: Any) -> Instance:
    """The pristine instance with some fields changed."""
    fields: dict[str, Any] = {
        "name": "redis-server",
        "flavour": Flavour.REDIS,
        "version": "8.0.2",
        "binary": "/usr/bin/redis-server",
        "tls_build": True,
        "unit": unit(),
        "process": process(),
        "config": config(),
        "acl": None,
        "live": live(),
        "listeners": (listener(), listener("::1")),
        "probes": (probe(), probe("::1")),
        "directories": (
            directory("/etc/redis", mode=0o770),
            directory("/var/lib/redis"),
            directory("/var/log/redis", group="adm"),
            directory("/run/redis", mode=0o755),
        ),
        "tls": TlsFacts(),
        "writers": places(),
        "output_writers": log_places(),
        "space": (space("/var/lib/redis"),),
        "dump": file_status("/var/lib/redis/dump.rdb", owner="redis", group="redis", mode=0o660),
        "append_only": file_status("/var/lib/redis/appendonlydir", kind=FileKind.ABSENT, mode=0, owner="", group=""),
    }
    return Instance(**{**fields, **over})


def hardened_instance(**over: Any) -> Instance:
    """The instance after the wizard: TLS on the loopback, a unix socket, users, limits, AOF."""
    changed = tuple(f"{name} {value}" for name, value in HARDENED_CHANGES.items() if name != "tls-protocols")
    kept = tuple(text for text in PRISTINE_LINES if text.split()[0] not in HARDENED_CHANGES)
    lines = tuple(line(text, number) for number, text in enumerate((*kept, *changed), 1))
    protocols = ConfigLine(
        name="tls-protocols", arguments=(HARDENED_CHANGES["tls-protocols"],), path=CONF, line=len(lines) + 1
    )
    answer = live()
    certain: dict[str, Any] = {"tls": True, "tls_versions": ("TLSv1.2", "TLSv1.3"), "certificate": "ab" * 32}
    fields: dict[str, Any] = {
        "config": config((), lines=(*lines, protocols)),
        "acl": acl(),
        "live": live(
            HARDENED_CHANGES,
            user="admin",
            endpoint=str(SOCKET),
            acl=HARDENED_ACL,
            info={**answer.info, "aof_enabled": "1"},
            clients=(client(), client(user="exporter", library="", name="redis_exporter")),
        ),
        "listeners": (listener(port=6380), listener("::1", port=6380), listener(str(SOCKET), port=0)),
        "sockets": (socket(),),
        "probes": (
            probe(port=6380, answer=ProbeAnswer.NEEDS_CERTIFICATE, **certain),
            probe("::1", port=6380, answer=ProbeAnswer.NEEDS_CERTIFICATE, **certain),
            probe(str(SOCKET), port=0, answer=ProbeAnswer.NEEDS_LOGIN),
        ),
        "directories": (
            directory("/etc/redis", owner="root", group="redis", mode=0o750),
            directory("/var/lib/redis"),
            directory("/var/log/redis", group="adm"),
            directory("/run/redis", mode=0o755),
        ),
        "tls": tls(),
        "append_only": directory("/var/lib/redis/appendonlydir", mode=0o770),
    }
    return instance(**{**fields, **over})


def space(path: PurePosixPath | str, **over: Any) -> Space:
    """A file system with 100 GiB free of 200."""
    fields: dict[str, Any] = {
        "path": PurePosixPath(path),
        "free": Memory(100 * GIB),
        "total": Memory(200 * GIB),
        "filesystem": "ext4",
        "read_only": False,
    }
    return Space(**{**fields, **over})


def kernel_setting(key: str, value: str, next_boot: str | None = None, **over: Any) -> KernelSetting:
    """One kernel setting; nothing sets it at the next boot unless said."""
    source = "" if next_boot is None else "/etc/sysctl.d/60-redis-wizard.conf:3"
    return KernelSetting(**{"key": key, "live": value, "next_boot": next_boot, "next_boot_source": source, **over})


PRISTINE_KERNEL: tuple[KernelSetting, ...] = (
    kernel_setting("vm.overcommit_memory", "0"),
    kernel_setting("vm.swappiness", "60"),
    kernel_setting("net.core.somaxconn", "4096"),
    kernel_setting("net.ipv4.tcp_max_syn_backlog", "2048"),
    kernel_setting("net.ipv4.tcp_keepalive_time", "7200"),
    kernel_setting("net.ipv4.tcp_keepalive_intvl", "75"),
    kernel_setting("net.ipv4.tcp_keepalive_probes", "9"),
    kernel_setting("fs.file-max", "9223372036854775807"),
    kernel_setting("thp.enabled", "always"),
    kernel_setting("thp.defrag", "madvise"),
)

HARDENED_KERNEL: tuple[KernelSetting, ...] = (
    kernel_setting("vm.overcommit_memory", "1", "1"),
    kernel_setting("vm.swappiness", "60"),
    kernel_setting("net.core.somaxconn", "4096", "4096"),
    kernel_setting("net.ipv4.tcp_max_syn_backlog", "4096", "4096"),
    kernel_setting("net.ipv4.tcp_keepalive_time", "300", "300"),
    kernel_setting("net.ipv4.tcp_keepalive_intvl", "30", "30"),
    kernel_setting("net.ipv4.tcp_keepalive_probes", "3", "3"),
    kernel_setting("fs.file-max", "9223372036854775807"),
    kernel_setting("thp.enabled", "never", "never", next_boot_source="disable-thp.service"),
    kernel_setting("thp.defrag", "never", "never", next_boot_source="disable-thp.service"),
)


def interface(name: str, *addresses: Address, default_route: bool = False) -> Interface:
    """An interface that is up."""
    return Interface(name=name, up=True, mtu=1500, addresses=addresses, default_route=default_route)


def address(text: str, scope: Scope, prefix: int = 24) -> Address:
    """One address."""
    return Address(address=text, prefix=prefix, scope=scope)


INTERFACES: tuple[Interface, ...] = (
    interface("lo", address("127.0.0.1", Scope.LOOPBACK, 8), address("::1", Scope.LOOPBACK, 128)),
    interface("eth0", address("203.0.113.7", Scope.GLOBAL), default_route=True),
    interface("eth1", address("10.0.4.7", Scope.PRIVATE)),
)


def host(**over: Any) -> HostFacts:
    """A Debian 13 machine with 32 GiB and the pristine instance, with some fields changed."""
    fields: dict[str, Any] = {
        "hostname": "db1",
        "names": ("db1.example.org",),
        "taken_at": TAKEN_AT,
        "root": True,
        "tree": None,
        "state": PurePosixPath("/var/lib/redis-wizard"),
        "os": OperatingSystem(
            id="debian",
            version="13",
            name="Debian GNU/Linux 13 (trixie)",
            kernel="6.12.0",
            architecture="x86_64",
            init=Init.SYSTEMD,
            virtualisation="kvm",
            container=False,
            package_manager="apt",
            security_modules=("apparmor",),
        ),
        "memory": MachineMemory(
            total=Memory(32 * GIB),
            available=Memory(30 * GIB),
            swap=Memory(0),
            others=(MemoryConsumer(name="others", pid=0, resident=Memory(512 * MIB)),),
        ),
        "processors": 4,
        "interfaces": INTERFACES,
        "listeners": (listener(), listener("::1"), listener("0.0.0.0", 22, pid=600, process="sshd")),  # noqa: S104 - a fact of a host, nothing is bound
        "kernel": PRISTINE_KERNEL,
        "instances": (instance(),),
        "packages": (package(),),
    }
    return HostFacts(**{**fields, **over})


def package(**over: Any) -> Package:
    """Debian's package, with the fixes that its changelog names."""
    fields: dict[str, Any] = {
        "name": "redis-server",
        "installed": True,
        "version": "5:8.0.2-3+deb13u2",
        "changelog": "/usr/share/doc/redis-server/changelog.Debian.gz",
        "fixed_flaws": ("CVE-2025-32023", "CVE-2025-46817", "CVE-2025-46818", "CVE-2025-49844"),
    }
    return Package(**{**fields, **over})


def pristine_host(**over: Any) -> HostFacts:
    """A host straight after the package was installed."""
    return host(**over)


def hardened_host(**over: Any) -> HostFacts:
    """A host that does everything that one host can."""
    own = hardened_instance()
    fields: dict[str, Any] = {
        "instances": (own,),
        "kernel": HARDENED_KERNEL,
        "listeners": (
            *(each for each in own.listeners if not each.unix),
            listener("0.0.0.0", 22, pid=600, process="sshd"),  # noqa: S104 - a fact of a host, nothing is bound
        ),
    }
    return host(**{**fields, **over})


def with_instance(facts: HostFacts, **over: Any) -> HostFacts:
    """The same host, its first instance changed."""
    return replace(facts, instances=(replace(facts.instances[0], **over), *facts.instances[1:]))


def with_live(facts: HostFacts, config: Mapping[str, str] | None = None, **over: Any) -> HostFacts:
    """The same host, its first instance answering differently; `config` changes single directives."""
    server = facts.instances[0].live
    if isinstance(server, Unreadable):
        return facts
    return with_instance(facts, live=replace(server, config={**server.config, **(config or {})}, **over))


def with_file(facts: HostFacts, *texts: str, without: Sequence[str] = ()) -> HostFacts:
    """The same host with these directives in the file in place of all lines of their name."""
    seen = facts.instances[0].config
    if isinstance(seen, Unreadable):
        return facts
    names = {text.split()[0] for text in texts} | set(without)
    kept = [each for each in seen.lines if each.name not in names]
    lines = (*kept, *(line(text, len(seen.lines) + number) for number, text in enumerate(texts, 1)))
    return with_instance(facts, config=replace(seen, lines=tuple(lines)))


def with_both(facts: HostFacts, **directives: str) -> HostFacts:
    """The same host with these directives live and in the file; ``_`` in a name stands for ``-``."""
    named = {name.replace("_", "-"): value for name, value in directives.items()}
    return with_file(with_live(facts, named), *(f"{name} {value}".rstrip() for name, value in named.items()))


def with_kernel(facts: HostFacts, key: str, value: str | Unreadable, next_boot: str | None = None) -> HostFacts:
    """The same host with one kernel setting changed, now and at the next boot."""
    kept = tuple(each for each in facts.kernel if each.key != key)
    changed = kernel_setting(key, "", next_boot)
    return replace(facts, kernel=(*kept, replace(changed, live=value)))


def unreadable(what: str = "CONFIG GET", why: str = "no permission") -> Unreadable:
    """A fact that could not be read."""
    return Unreadable(what=what, why=why)


# --- the packet filter ---------------------------------------------------------------------------


def filter_rule(action: Action = Action.ACCEPT, *, target: str = "", **fields: str) -> FilterRule:
    """One rule: ``filter_rule(ip_saddr="10.0.4.0/24", tcp_dport="6380")``."""
    conditions = {name.replace("_", " "): value for name, value in fields.items()}
    matches = tuple(Match(fields=(name,), values=((value,),)) for name, value in conditions.items())
    text = " ".join([*(f"{name} {value}" for name, value in conditions.items()), action])
    return FilterRule(text=text, matches=matches, action=action, target=target)


def filter_chain(*rules: FilterRule, drops: bool = True, hook: str = "input", name: str = "") -> FilterChain:
    """One base chain of a table that is called ``t``."""
    return FilterChain(program="nft", family="inet", table="t", name=name or hook, rules=rules, hook=hook, drops=drops)


def with_rules(facts: HostFacts, *rules: FilterRule, drops: bool = True) -> HostFacts:
    """Give a host one base chain of the hook input, now and at the next boot."""
    found = PacketFilter(chains=(filter_chain(*rules, drops=drops),))
    return replace(facts, packet_filter=found, boot_filter=found)
