"""The items beyond the 25."""

from pathlib import PurePosixPath

from tests.scenarios.checklist.cases.hosts import (
    BARE,
    BLIND,
    COMMON,
    FAIL,
    HARD,
    LOCKED,
    NOT_APPLICABLE,
    PASS,
    REFUSED,
    STOPPED,
    UNKNOWN,
    case,
    with_certificates,
    with_directory,
    with_key,
    with_listed_readers,
    with_log,
    with_place,
    with_process,
    with_role,
    with_unit,
)
from tests.scenarios.checklist.cases.memory import without_config
from tests.support.facts_builder import (
    ACL_FILE,
    CONF,
    GIB,
    acl,
    authority_certificate,
    certificate,
    directory,
    file_status,
    kernel_setting,
    log_places,
    package,
    place,
    space,
    tls,
    unit,
    unreadable,
    with_both,
    with_file,
    with_instance,
    with_kernel,
    with_live,
)
from wizard.model.certificate import ChainCertificate
from wizard.model.facts.configuration import ConfigLine, Problem
from wizard.model.facts.files import FileKind
from wizard.model.facts.instance import TlsFacts
from wizard.model.facts.service import Flavour, Role
from wizard.model.facts.unreadable import MASK
from wizard.model.value import Memory, replace

_TRAILING = Problem(
    path=CONF,
    line=3,
    code="trailing-comment",
    what="a comment follows",
    remedy="put it on a line of its own",
    fatal=True,
)
_EXPIRED = ChainCertificate(subject="CN=Redis CA", not_before="2025-05-01T00:00:00Z", not_after="2026-05-01T00:00:00Z")
_OF_MODULE = replace(_TRAILING, code="module-directive", fatal=False)
_MODULE = ConfigLine(name="loadmodule", arguments=("/usr/lib/redis/x.so",), path=CONF, line=9)
_STOCK_LINES = (
    "save 3600 1",
    "save 300 100",
    "save 60 10000",
    "client-output-buffer-limit normal 0 0 0",
    "client-output-buffer-limit replica 256mb 64mb 60",
    "client-output-buffer-limit pubsub 32mb 8mb 60",
)
_DROP_IN = CONF.parent / "override.conf"

_RENAMED_CONFIG = with_live(without_config(HARD), missing_commands=("config",), unreadable=())

BEYOND = [
    *[
        case(item, UNKNOWN, _RENAMED_CONFIG, "no CONFIG under this name (rename-command)")
        for item in ("18", "25", "Xprotected", "Xdrift")
    ],
    case("Xwritable", PASS, HARD),
    case("Xwritable", PASS, BARE, "Only redis and root"),
    case("Xwritable", PASS, STOPPED, "Only redis and root"),
    case("Xwritable", FAIL, with_place(file_status(ACL_FILE, mode=0o666)), "Every user of this host can change"),
    case("Xwritable", FAIL, with_place(file_status(CONF, owner="nobody")), "User nobody can change"),
    case("Xwritable", FAIL, with_place(file_status(CONF, group="users", mode=0o660)), "Group users can change"),
    case("Xwritable", FAIL, with_place(directory("/etc/redis", mode=0o777), CONF), "and so replace /etc/redis/redis"),
    case("Xwritable", FAIL, with_place(directory("/srv/more", mode=0o777)), "this host can add files to /srv/more."),
    case("Xwritable", FAIL, with_place(directory("/etc", owner="deploy", mode=0o755), CONF), "User deploy can change"),
    case(
        "Xwritable",
        FAIL,
        with_place(directory("/etc/redis", mode=0o2770), CONF, groups={"redis": ("redis", "shop")}),
        "Shop (group redis) can change /etc/redis",
    ),
    case("Xwritable", FAIL, with_process(HARD, user="valkey"), "User redis can change"),
    case("Xwritable", UNKNOWN, BLIND, "could not be read"),
    case("Xwritable", UNKNOWN, with_instance(HARD, writers=()), "owners and modes"),
    case("Xwritable", UNKNOWN, with_instance(HARD, acl=unreadable(str(ACL_FILE))), "ACL file could not be read"),
    case("Xdatadir", PASS, HARD),
    case("Xdatadir", FAIL, with_instance(HARD, directories=(directory("/var/lib/redis", mode=0o755),)), "mode 0755"),
    case(
        "Xdatadir",
        FAIL,
        with_instance(HARD, data_places=(place(directory("/var/lib/redis"), readers=("user app", "user redis")),)),
        "User app can enter /var/lib/redis (access control list)",
    ),
    case("Xdatadir", UNKNOWN, BLIND, "not known"),
    case("Xlog", PASS, HARD, "neither read nor write"),
    case("Xlog", PASS, with_log(mode=0o644), "neither read nor write"),
    case(
        "Xlog", FAIL, with_log(mode=0o644, directory_mode=0o755), "can read /var/log/redis/redis-server.log (mode 0644"
    ),
    case("Xlog", FAIL, with_log(mode=0o666), "can change /var/log/redis/redis-server.log"),
    case("Xlog", FAIL, with_log(directory_mode=0o777), "can change /var/log/redis, and so replace"),
    case("Xlog", FAIL, with_log(owner="deploy"), "User deploy can change"),
    case("Xlog", FAIL, with_log(group="users"), "Group users can change"),
    case(
        "Xlog",
        FAIL,
        with_instance(
            HARD,
            output_writers=(*log_places(), place(directory("/srv/run", mode=0o777), PurePosixPath("/srv/run/r.pid"))),
        ),
        "can change /srv/run, and so replace /srv/run/r.pid",
    ),
    case("Xlog", FAIL, with_listed_readers("user app", "group adm"), "User app can read /var/log/redis/redis-server."),
    case("Xlog", PASS, with_listed_readers("group adm"), "neither read nor write"),
    case(
        "Xlog",
        FAIL,
        with_instance(
            with_both(HARD, logfile=""),
            output_writers=(place(directory("/srv/run", mode=0o777), PurePosixPath("/srv/run/r.pid")),),
        ),
        "can change /srv/run, and so replace /srv/run/r.pid",
    ),
    case("Xlog", UNKNOWN, BLIND, "could not be read"),
    case("Xlog", UNKNOWN, with_instance(HARD, output_writers=()), "could not be looked at"),
    case("Xlog", NOT_APPLICABLE, with_both(HARD, logfile=""), "writes no log file"),
    case("Xlog", NOT_APPLICABLE, with_both(HARD, logfile="/dev/stdout"), "writes no log file"),
    case("Xsyntax", PASS, HARD),
    case(
        "Xsyntax",
        FAIL,
        with_instance(HARD, config=replace(BARE.instances[0].config, problems=(_TRAILING,))),
        "redis.conf:3 stops the server from starting",
    ),
    case("Xsyntax", UNKNOWN, BLIND, "could not be read"),
    *[
        case(
            "Xsyntax",
            FAIL if fatal else PASS,
            with_instance(
                HARD, config=replace(BARE.instances[0].config, problems=(replace(_TRAILING, code=code, fatal=fatal),))
            ),
            "stops the server" if fatal else "1 line without effect can go",
        )
        for code, fatal in (("overridden", False), ("ignored-directive", False), ("ignored-directive", True))
    ],
    case(
        "Xsyntax", FAIL, with_directory("/var/lib/redis", kind=FileKind.ABSENT), "stops the server from starting: dir"
    ),
    case(
        "Xsyntax",
        FAIL,
        with_instance(HARD, acl=unreadable(str(ACL_FILE), "it does not exist")),
        "aclfile names /etc/redis/users.acl, which does not exist",
    ),
    *[
        case("Xsyntax", state, with_live(host, modules=modules))
        for host in [with_instance(HARD, config=replace(BARE.instances[0].config, problems=(_OF_MODULE,)))]
        for state, modules in ((FAIL, ()), (PASS, ("/opt/redisbloom.so",)))
    ],
    case("Xsyntax", FAIL, with_key(kind=FileKind.ABSENT), "tls-key-file names /etc/redis/certs/server.key"),
    case(
        "Xsyntax",
        FAIL,
        with_file(with_key(kind=FileKind.ABSENT), "dir /etc/redis", "tls-key-file certs/server.key"),
        "tls-key-file names /etc/redis/certs/server.key",
    ),
    case("Xdatadir", UNKNOWN, with_directory("/var/lib/redis", kind=FileKind.ABSENT), "does not exist"),
    case("7", UNKNOWN, with_instance(HARD, acl=unreadable(str(ACL_FILE), "it does not exist")), "does not exist"),
    case("Xpasswords", PASS, HARD),
    case(
        "Xpasswords",
        FAIL,
        with_instance(HARD, acl=acl(weak_passwords=(COMMON,))),
        'The password of "app" is a common one',
    ),
    case("Xpasswords", UNKNOWN, BLIND, "could not be read"),
    case("Xpasswords", NOT_APPLICABLE, BARE, "No user has a password"),
    case("Xroot", PASS, HARD),
    case("Xroot", PASS, STOPPED, "redis"),
    case("Xroot", FAIL, with_process(HARD, user="root"), "The server runs as root"),
    case("Xroot", PASS, STOPPED, "redis-server.service starts the server as redis"),
    case("Xroot", UNKNOWN, with_instance(HARD, process=None, unit=None), "Neither"),
    case("Xsandbox", PASS, HARD),
    case("Xsandbox", FAIL, with_unit(HARD, [_DROP_IN], ProtectSystem="no"), "override.conf"),
    case("Xsandbox", UNKNOWN, with_instance(HARD, unit=unit(properties={})), "could not be read"),
    case("Xsandbox", NOT_APPLICABLE, with_instance(HARD, unit=None), "No systemd unit"),
    case("Xprotected", PASS, HARD),
    case("Xprotected", FAIL, with_both(HARD, enable_debug_command="yes"), "enable-debug-command"),
    case("Xprotected", UNKNOWN, LOCKED, "could not be read"),
    case("Xprotected", PASS, HARD, "live and in the file"),
    case("Xprotected", PASS, STOPPED, "in the file; the server does not run"),
    case("Xprotected", NOT_APPLICABLE, with_live(HARD, version="6.2.5"), "does not have these"),
    case("Xmodules", PASS, HARD),
    case(
        "Xmodules",
        FAIL,
        with_instance(HARD, config=replace(HARD.instances[0].config, lines=(_MODULE,))),
        "1 module",
    ),
    case("Xmodules", FAIL, with_live(HARD, modules=("/opt/redisbloom.so",)), "1 module with every right"),
    case("Xmodules", FAIL, with_process(HARD, arguments=("--loadmodule", "/opt/bloom.so")), "/opt/bloom.so"),
    case("Xmodules", UNKNOWN, BLIND, "could not be read"),
    case("Xmodules", UNKNOWN, LOCKED, "MODULE LIST could not be read"),
    case("Xmodules", UNKNOWN, STOPPED, "MODULE LIST was not read"),
    case("Xversion", PASS, HARD, "names a fix for each known flaw of 8.0.2"),
    case("Xversion", FAIL, replace(HARD, packages=(package(fixed_flaws=()),)), "names no fix"),
    case("Xversion", FAIL, replace(HARD, packages=()), "8.0.2 has known flaws (CVE-2025-49844"),
    case("Xversion", FAIL, with_instance(HARD, binary="/opt/redis/bin/redis-server"), "remote code by EVAL"),
    case("Xversion", UNKNOWN, replace(HARD, packages=(package(changelog="", fixed_flaws=()),)), "could not be read"),
    case(
        "Xversion", UNKNOWN, with_process(HARD, executable="/usr/bin/redis-check-rdb (deleted)"), "was replaced since"
    ),
    case(
        "Xversion",
        UNKNOWN,
        with_process(HARD, executable="/opt/redis/bin/redis-server"),
        "not where redis-server has its program",
    ),
    case("Xversion", UNKNOWN, with_process(HARD, executable=""), "could not be read"),
    case("Xversion", FAIL, with_live(HARD, version="6.0.16"), "known flaws"),
    case("Xversion", FAIL, with_live(HARD, version="7.0.15"), "known flaws"),
    case("Xversion", FAIL, with_live(HARD, version="7.4.1"), "CVE-2025-49844"),
    case("Xversion", UNKNOWN, with_live(HARD, version="7.4.6"), "does not know later ones"),
    case("Xversion", UNKNOWN, with_live(HARD, version="8.10.0"), "newer than the list"),
    case("Xversion", FAIL, with_live(with_instance(HARD, flavour=Flavour.VALKEY), version="8.1.1"), "known flaws"),
    case("Xversion", UNKNOWN, with_live(with_instance(HARD, flavour=Flavour.VALKEY), version="9.1.2"), "newer"),
    case("Xversion", UNKNOWN, with_instance(HARD, flavour=Flavour.KEYDB), "KeyDB is not supported"),
    case("Xversion", UNKNOWN, with_instance(LOCKED, version=unreadable("version")), "not known"),
    case("Xdrift", PASS, HARD),
    case("Xdrift", PASS, with_file(HARD, "maxmemory 12gb")),
    case("Xdrift", FAIL, with_live(HARD, {"loglevel": "debug"}), "loglevel"),
    case("Xdrift", UNKNOWN, LOCKED, "could not be read"),
    case("Xdrift", PASS, BARE),
    case("Xdrift", PASS, with_file(BARE, *_STOCK_LINES)),
    case("Xdrift", FAIL, with_live(BARE, {"protected-mode": "no"}), "changes protected-mode:"),
    case("Xdrift", FAIL, with_file(with_live(HARD, {"protected-mode": "no"}), without=["protected-mode"]), "protected"),
    case("Xdrift", FAIL, with_live(HARD, {"maxclients": "500"}), "changes maxclients:"),
    case("Xdrift", PASS, with_process(with_live(HARD, {"maxclients": "992"}), open_files=1024)),
    case("Xdrift", FAIL, with_process(with_live(HARD, {"maxclients": "500"}), open_files=1024), "maxclients"),
    case("Xdrift", FAIL, with_live(BARE, {"requirepass": MASK}), "changes requirepass:"),
    case("Xdrift", PASS, with_live(HARD, {"requirepass": MASK})),
    case("Xdrift", FAIL, with_live(HARD, {"requirepass": MASK}, acl=()), "changes requirepass:"),
    case("Xdrift", FAIL, with_live(HARD, {"save": ""}), "changes save:"),
    case("Xdrift", PASS, with_file(HARD, "dir /var/lib/redis/")),
    case("Xdrift", FAIL, with_live(HARD, {"dir": "/tmp"}), "changes dir:"),  # noqa: S108 - a fact of a host
    case("Xdrift", FAIL, with_live(HARD, {"databases": "1"}), "changes databases:"),
    case("Xdrift", PASS, with_live(with_role(HARD, Role.CLUSTER), {"databases": "1"})),
    *[
        case(item, NOT_APPLICABLE, with_role(HARD, Role.SENTINEL), "A Sentinel")
        for item in ("Xdrift", "Xprotected", "Xdisk")
    ],
    case("Xdrift", PASS, with_live(with_role(HARD, Role.CLUSTER), {"replicaof": "10.0.4.8 6379"})),
    case("Xdrift", FAIL, with_live(with_role(HARD, Role.REPLICA), {"replicaof": "10.0.4.8 6379"}), "replicaof"),
    case("Xdrift", UNKNOWN, with_instance(HARD, config=unreadable(str(CONF), "permission denied")), "permission"),
    case("Xexpiry", PASS, HARD),
    case("Xexpiry", FAIL, with_certificates(not_after="2026-05-20T00:00:00Z"), "expires in 16 days"),
    case(
        "Xexpiry",
        FAIL,
        with_certificates(chain=(_EXPIRED,)),
        "The intermediate CN=Redis CA in /etc/redis/certs/server.crt expired on 2026-05-01",
    ),
    case(
        "15",
        FAIL,
        with_instance(HARD, tls=tls(certificates=(certificate(), authority_certificate(bundled=142)))),
        "trusts 142 authorities: a client certificate of any of them is accepted",
    ),
    case("Xexpiry", NOT_APPLICABLE, BARE, "no certificate"),
    case("Xexpiry", UNKNOWN, with_instance(BLIND, live=REFUSED), "configuration file could not be read"),
    case("Xexpiry", UNKNOWN, with_instance(HARD, tls=TlsFacts()), "could not be read"),
    case("Xdaemonize", PASS, HARD),
    case("Xdaemonize", FAIL, with_unit(HARD, ExecStart="/usr/bin/redis-server /etc/redis/redis.conf"), "restart"),
    case(
        "Xdaemonize",
        UNKNOWN,
        with_unit(LOCKED, ExecStart="/usr/bin/redis-server /etc/redis/redis.conf --daemonize no"),
        "could not be read",
    ),
    case("Xdaemonize", NOT_APPLICABLE, with_instance(HARD, unit=None), "No unit"),
    case("Xboot", PASS, HARD),
    case("Xboot", FAIL, with_kernel(HARD, "net.core.somaxconn", "4096", "128"), "now 4096, then 128"),
    case("Xboot", UNKNOWN, replace(HARD, kernel=()), "could be read"),
    case("Xbacklog", PASS, HARD),
    case("Xbacklog", FAIL, with_kernel(HARD, "net.core.somaxconn", "128"), "cuts tcp-backlog 511 to 128"),
    case("Xbacklog", UNKNOWN, replace(HARD, kernel=()), "could not be read"),
    case("Xnofile", PASS, HARD),
    case("Xnofile", FAIL, with_process(HARD, open_files=1024), "too few for maxclients 10000"),
    case(
        "Xnofile",
        FAIL,
        with_process(with_live(HARD, {"maxclients": "992"}), open_files=1024),
        "too few for maxclients 10000: the server lowered it to 992",
    ),
    case("Xnofile", FAIL, with_process(with_live(HARD, {"maxclients": "500"}), open_files=1024), "maxclients 10000"),
    case("Xnofile", PASS, with_process(with_both(HARD, maxclients="992"), open_files=1024)),
    case("Xnofile", UNKNOWN, with_instance(HARD, process=None, unit=None), "could not be read"),
    case("Xdisk", PASS, HARD),
    case("Xdisk", FAIL, with_instance(HARD, space=(space("/var/lib/redis", free=Memory(10)),)), "may need"),
    case("Xdisk", FAIL, with_instance(HARD, space=(space("/var/lib/redis", read_only=True),)), "read-only"),
    case("Xdisk", UNKNOWN, LOCKED, "not known"),
    case("Xdisk", UNKNOWN, with_instance(HARD, space=(space("/etc/redis"),)), "not known"),
    case("Xswap", PASS, HARD),
    case(
        "Xswap", UNKNOWN, replace(HARD, memory=replace(HARD.memory, swap=unreadable("/proc/meminfo"))), "of swap could"
    ),
    case("Xswap", FAIL, replace(HARD, memory=replace(HARD.memory, swap=Memory(GIB))), "swaps keys out early"),
    case(
        "Xswap", UNKNOWN, replace(HARD, memory=replace(HARD.memory, swap=Memory(GIB)), kernel=()), "could not be read"
    ),
    case("Xfilemax", PASS, HARD),
    case("Xfilemax", FAIL, with_kernel(HARD, "fs.file-max", "9223372036854775807", "1000000"), "lowers fs.file-max"),
    case(
        "Xfilemax", UNKNOWN, replace(HARD, kernel=(kernel_setting("vm.overcommit_memory", "1"),)), "could not be read"
    ),
]
