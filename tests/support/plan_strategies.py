"""Hosts and answers for the laws of planning."""

from pathlib import PurePosixPath

from hypothesis import strategies as st

from tests.support import facts_builder as build
from tests.support.plan_model import World
from wizard.model.answers import (
    AclAnswers,
    AclRole,
    Answers,
    ClientCertificates,
    CommandAnswers,
    DefaultUser,
    Durability,
    Plaintext,
    Purpose,
    UserAnswer,
)
from wizard.model.facts.service import Flavour, Role
from wizard.model.value import replace

EXTRA_LINES = (
    "requirepass sekret-of-the-test",
    "requirepass open # remember: sekret-of-the-test",
    'rename-command FLUSHALL ""',
    'rename-command DEBUG ""\nrename-command DEBUG "DEBUG_x9y8z7"',
    "timeout 300 # five minutes",
    "maxmemory 100mb",
    "maxmemory 1gb # limit",
    "maxmemory-policy allkeys-lru",
    "maxmemory-policy lru",
    "save 900 1\nsave 300 10",
    'save ""',
    "save 3600 1 300 100",
    "save 3600 1 # hourly",
    "nosuchdirective yes",
    "appendonly yes",
    "bind 0.0.0.0",
    "bind 10.0.4.7 127.0.0.1",
    "maxclients 20000",
    "tcp-backlog 65535",
    "notify-keyspace-events KEA",
    "user alice on >sekret-of-alice ~alice:* +@read",
    "user default on >sekret-of-default ~* &* +@all",
    "aclfile /etc/redis/users.acl",
    "unixsocket /run/redis/other.sock\nunixsocketperm 777",
    "hz 10\nhz 20",
    "# maxmemory <bytes>",
    "slave-read-only yes",
)

GOOD_HASH = "5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8"
ACL_FILES = (
    None,
    "",
    "user default off\nuser admin on >AdminPass#789 ~* &* +@all\n",
    f"user default on nopass ~* &* +@all\nuser app on #{GOOD_HASH} ~app:* +@all\n",
    f"# users\nuser alice on #{GOOD_HASH[:-1]} ~a:* +@read\n",
    f"user bob on #{GOOD_HASH.upper()} ~b:* +@read\nuser bob on #{GOOD_HASH} ~b:* +get\n",
    f"user carol on #{GOOD_HASH} \\\n~c:* +get\nuser default off\n",
    f"user dave on #{GOOD_HASH} ~d:* +nosuch +get\nuser default on #{GOOD_HASH} ~* &* +@all\n",
)


def configs() -> st.SearchStrategy[bytes]:
    """Stock files with lines that operators add at the end."""
    extra = st.lists(st.sampled_from(EXTRA_LINES), unique=True, max_size=5)
    ends = st.sampled_from(["\n", "\r\n"])
    stock = "\n".join(build.PRISTINE_LINES)
    return st.builds(
        lambda lines, end, last: (
            end.join([*stock.split("\n"), *"\n".join(lines).split("\n")]) + (end if last else "")
        ).encode(),
        extra,
        ends,
        st.booleans(),
    )


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Give a host: good, badly configured, running or not, with or without a login."""
    files = {build.CONF: draw(configs())}
    acl = draw(st.sampled_from(ACL_FILES))
    if acl is not None:
        files[PurePosixPath("/etc/redis/users.acl")] = acl.encode()
    if draw(st.booleans()):
        name = draw(st.sampled_from(["10-vm.conf", "99-local.conf", "zz-last.conf"]))
        files[PurePosixPath("/etc/sysctl.d") / name] = b"vm.overcommit_memory = 2\nnet.core.somaxconn=128\n"
    flavour, version = draw(
        st.sampled_from(
            [(Flavour.REDIS, "6.2.5"), (Flavour.REDIS, "7.4.1"), (Flavour.REDIS, "8.0.2"), (Flavour.VALKEY, "8.1.1")]
        )
    )
    running = draw(st.booleans())
    groups = st.builds(
        build.client,
        user=st.sampled_from(["default", "app", "alice"]),
        address=st.sampled_from(["10.0.4.21", "127.0.0.1", "unix"]),
        listener=st.sampled_from(["10.0.4.7:6379", "127.0.0.1:6379", "203.0.113.7:6379", "/run/redis/redis.sock"]),
        idle_seconds=st.sampled_from([0, 4000]),
    )
    return World(
        files=files,
        flavour=flavour,
        version=version,
        tls_build=draw(st.booleans()),
        role=draw(st.sampled_from([Role.STANDALONE, Role.STANDALONE, Role.PRIMARY, Role.REPLICA])),
        running=running,
        login=draw(st.booleans()),
        enabled=draw(st.booleans()),
        unit=draw(st.booleans()) or running,
        clients=tuple(draw(st.lists(groups, max_size=2))),
        has_dump=draw(st.booleans()),
        used=draw(st.sampled_from([1 << 20, 90 << 20, 3 << 30])),
        memory=draw(st.sampled_from([512 << 20, 4 << 30, 32 << 30])),
        machine_files=draw(st.sampled_from([20000, 1 << 20])),
        writable=draw(st.booleans()),
        started={build.CONF: "\n".join(build.PRISTINE_LINES).encode()} if running else {},
    )


@st.composite
def changed(draw: st.DrawFn, answers: Answers) -> Answers:
    """Give answers that differ from the recommended ones here and there."""
    users = answers.acl.users
    if draw(st.booleans()):
        role = draw(st.sampled_from([AclRole.READ_ONLY, AclRole.PUBSUB, AclRole.OPERATIONS, AclRole.HEALTH]))
        users = (*users, UserAnswer(name="more", role=role, keys=("more:*",), channels=("more:*",)))
    return replace(
        answers,
        network=replace(
            answers.network,
            bind=draw(
                st.sampled_from([answers.network.bind, ("loopback", "-interface:eth1"), ("loopback", "-10.9.9.9")])
            ),
            unix_socket=draw(st.sampled_from(["auto", "keep", "off", "/run/redis/mine.sock"])),
            port=draw(st.sampled_from([6379, 7000])),
        ),
        memory=replace(
            answers.memory,
            maxmemory=draw(st.sampled_from(["auto", "keep", "128mb", "50%"])),
            purpose=draw(st.sampled_from([*Purpose])),
        ),
        acl=AclAnswers(
            manage=draw(st.sampled_from([True, True, True, False])),
            users=users,
            default_user=draw(st.sampled_from([*DefaultUser])),
            file=draw(st.sampled_from(["auto", "auto", "/etc/redis/other.acl"])),
        ),
        commands=CommandAnswers(
            disable=draw(st.sampled_from([(), ("debug",), ("FLUSHALL", "keys")])), keep_renames=draw(st.booleans())
        ),
        tls=replace(
            answers.tls,
            plaintext=draw(st.sampled_from([*Plaintext])),
            client_certificates=draw(st.sampled_from([*ClientCertificates])),
        ),
        kernel=replace(
            answers.kernel,
            manage=draw(st.booleans()),
            swappiness=draw(st.sampled_from([-1, 1])),
            backlog=draw(st.sampled_from([0, 4096, 65535])),
        ),
        persistence=replace(
            answers.persistence,
            durability=draw(st.sampled_from([*Durability])),
            snapshots=draw(st.sampled_from([("3600 1",), ("900 1", "60 1000"), answers.persistence.snapshots])),
        ),
        audit=replace(
            answers.audit,
            timeout_seconds=draw(st.sampled_from([0, 300])),
            keyspace_events=draw(st.sampled_from(["", "KEA", "Ex"])),
            max_clients=draw(st.sampled_from([10000, 500])),
        ),
    )
