"""Every configuration and ACL file that planning produces boots, and means there what the plan says."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePosixPath

import pytest

from tests.support import facts_builder as build
from tests.support.peer import access_of
from tests.support.plan_model import World
from tests.support.servers import Server, need, running, server
from wizard.detect.servers.live import read_live
from wizard.errors import LoginError
from wizard.model.answers import (
    AclRole,
    Answers,
    ClientCertificates,
    DefaultUser,
    Durability,
    EvictionPolicy,
    KeyType,
    Plaintext,
    Purpose,
    UserAnswer,
)
from wizard.model.change import CertificateRole, IssueCertificate
from wizard.model.facts.live import LiveServer
from wizard.model.login import Endpoint, Login
from wizard.model.plan import Plan
from wizard.model.value import Secret, replace
from wizard.pki.authority import create_authority
from wizard.pki.leaf import issue
from wizard.pki.names import subject_names
from wizard.planning.plan import plan
from wizard.planning.recommend.answers import recommend
from wizard.server.client import connect

__all__ = ["server"]

pytestmark = pytest.mark.server

STOCK = b"\n".join(line.encode() for line in build.PRISTINE_LINES) + b"\n"
OF_THE_TEST = frozenset({"port", "tls-port", "unixsocket", "dir", "logfile", "pidfile", "daemonize", "supervised"})
"""Set by the test for a private server, so they say nothing of the plan."""


def pristine(server: Server, text: bytes = STOCK, **over: object) -> World:
    fields = {"files": {build.CONF: text}, "flavour": server.flavour, "version": server.version}
    return World(**{**fields, "tls_build": server.tls, "started": {build.CONF: text}, **over})  # type: ignore[arg-type]


def every_role(answers: Answers) -> Answers:
    roles = [role for role in AclRole if role is not AclRole.CUSTOM]
    users = [UserAnswer(name=f"u-{role}", role=role, keys=("a:*", "b:?"), channels=("a:*",)) for role in roles]
    custom = UserAnswer(name="own", role=AclRole.CUSTOM, keys=("c:*",), rules="+get +set -@dangerous")
    return replace(answers, acl=replace(answers.acl, users=(*answers.acl.users, *users, custom)))


def strictest(answers: Answers) -> Answers:
    return replace(
        answers,
        memory=replace(answers.memory, maxmemory="100mb", purpose=Purpose.CACHE_MIXED, samples=10),
        commands=replace(answers.commands, disable=("debug", "FLUSHALL")),
        persistence=replace(answers.persistence, durability=Durability.ALWAYS, snapshots=("900 1", "60 100")),
        audit=replace(answers.audit, keyspace_events="KEA", timeout_seconds=60, log_level="verbose", max_clients=100),
        tls=replace(answers.tls, key_type=KeyType.RSA_2048, client_certificates=ClientCertificates.OPTIONAL),
    )


def loosest(answers: Answers) -> Answers:
    return replace(
        answers,
        memory=replace(answers.memory, maxmemory="50%", purpose=Purpose.CUSTOM, policy=EvictionPolicy.VOLATILE_TTL),
        acl=replace(answers.acl, default_user=DefaultUser.KEEP),
        persistence=replace(answers.persistence, durability=Durability.NOTHING_KEPT),
        tls=replace(answers.tls, plaintext=Plaintext.KEEP, client_certificates=ClientCertificates.NO),
        network=replace(answers.network, protected_mode=False, unix_socket="off"),
    )


def recommended(answers: Answers) -> Answers:
    return answers


def made(world: World, change: Callable[[Answers], Answers]) -> tuple[World, Plan]:
    facts, sources = world.detect()
    answers = change(recommend(facts, facts.instances[0]).answers)
    planned = plan(facts, sources, answers)
    return world.apply(planned), planned


@contextmanager
def booted(server: Server, world: World, planned: Plan, tmp_path: Path) -> Iterator[Endpoint]:
    """Start a server on what was planned, with paths moved into `tmp_path`."""
    texts = {path: moved(data, tmp_path) for path, data in world.files.items()}
    for file, data in texts.items():
        place = tmp_path / file.relative_to("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
    for folder in ("run/redis", "var/lib/redis", "var/log/redis"):
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
    draw_certificates(planned, tmp_path)
    arguments = ("--supervised", "no", *(("--tls-port", "0") if server.tls else ()))
    with running(server, texts[world.main], tmp_path, arguments=arguments) as (path, _):
        yield Endpoint(socket=PurePosixPath(path))


def moved(data: bytes, tmp_path: Path) -> bytes:
    for folder in (b"/etc/redis", b"/var/lib/redis", b"/var/log/redis", b"/run/redis"):
        data = data.replace(folder, str(tmp_path).encode() + folder)
    return data


def draw_certificates(planned: Plan, tmp_path: Path) -> None:
    """Issue what the plan names for the server, as an apply would."""
    now = datetime.now(UTC) - timedelta(minutes=1)
    authority = create_authority(common_name="CA", key_type=KeyType.EC_P256, days=30, now=now, passphrase=None)
    for change in planned.changes:
        if isinstance(change, IssueCertificate) and change.role is CertificateRole.SERVER:
            leaf = issue(
                change.role,
                common_name=change.common_name,
                names=subject_names(change.names),
                key_type=KeyType(change.key_type),
                days=10,
                now=now,
                authority_certificate=authority.certificate,
                authority_key=authority.key,
            )
            pairs = [(change.certificate, leaf.certificate), (change.key, leaf.key)]
            pairs += [(change.copy_of_authority, authority.certificate)] if change.copy_of_authority else []
            for path, data in pairs:
                place = tmp_path / path.relative_to("/")
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(data)


def login(user: str) -> Login:
    # The model draws as a user's password its name.
    return Login(user, Secret(user))


def seen_again(world: World, endpoint: Endpoint, tmp_path: Path) -> LiveServer:
    """What the started server says of itself, its paths moved back, with what the test set itself left as planned."""
    answer = read_live(access_of(endpoint), [(endpoint, login("admin"))])
    assert isinstance(answer, LiveServer)
    (instance,) = world.detect()[0].instances
    planned = instance.live
    assert isinstance(planned, LiveServer)
    real = {name: value.replace(str(tmp_path), "") for name, value in answer.config.items()}
    config = {**real, **{name: planned.config[name] for name in OF_THE_TEST & set(planned.config) & set(real)}}
    return replace(answer, config=config, clients=())


@pytest.mark.parametrize("change", [recommended, every_role, strictest, loosest])
def test_what_is_planned_boots_and_needs_no_second_plan(
    server: Server, change: Callable[[Answers], Answers], tmp_path: Path
) -> None:
    world, planned = made(pristine(server), change)
    with booted(server, world, planned, tmp_path) as endpoint:
        live = seen_again(world, endpoint, tmp_path)
        facts, sources = world.detect()
        second = plan(build.with_instance(facts, live=live), sources, planned.answers)
    assert [(each.id, each.before, each.after) for each in second.changes] == []


def test_nobody_enters_without_a_name(server: Server, tmp_path: Path) -> None:
    world, planned = made(pristine(server), recommended)
    with booted(server, world, planned, tmp_path) as endpoint:
        with pytest.raises(LoginError), connect(endpoint) as stranger:
            stranger.ping()
        with connect(endpoint, login("admin")) as admin:
            assert admin.acl_whoami() == "admin"


def test_a_password_of_requirepass_goes_on_working_when_default_is_kept(server: Server, tmp_path: Path) -> None:
    world, planned = made(pristine(server, STOCK + b"requirepass of-old\n"), loosest)
    assert "of-old" not in str(planned)
    with booted(server, world, planned, tmp_path) as endpoint:
        with connect(endpoint, Login("default", Secret("of-old"))) as client:
            assert client.acl_whoami() == "default"
        with pytest.raises(LoginError), connect(endpoint) as stranger:
            stranger.ping()


def test_users_of_the_configuration_move_with_their_passwords(server: Server, tmp_path: Path) -> None:
    text = STOCK + b'user alice on ">of alice" ~alice:* +@read +ping\n'
    world, planned = made(pristine(server, text), recommended)
    alice = Login("alice", Secret("of alice"))
    with booted(server, world, planned, tmp_path) as endpoint, connect(endpoint, alice) as client:
        client.ping()


MISTAKES = b"""\
timeout 300 # close idle client connections after 5 minutes
maxmemory 256mb
maxmemory-policy allkeys-lru # evict least-recently-used keys
rename-command DEBUG ""
rename-command DEBUG "DEBUG_x9y8z7w6v5u4"
requirepass "YourStr0ng!Password#2024"
nosuchdirective yes
hz 10 # calls a second
aclfile /etc/redis/users.acl
"""
USERS = (
    b"# users\nuser default off\n"
    b"user app_user on #5e884898da28047151d0e56f8dc629277b7b1ad36601f39a6e4c6a40f5e0a16 \\\n"
    b"~cache:* ~session:* +get +set +del +expire\n"
    b"user admin_user on >AdminPass#789 ~* &* +@all\n"
)


def test_a_host_full_of_mistakes_boots_once_they_are_mended(server: Server, tmp_path: Path) -> None:
    files = {build.CONF: STOCK + MISTAKES, PurePosixPath("/etc/redis/users.acl"): USERS}
    world, planned = made(pristine(server, files=files, running=False), recommended)
    with booted(server, world, planned, tmp_path) as endpoint:
        with connect(endpoint, Login("admin_user", Secret("AdminPass#789"))) as client:
            assert client.config_get("timeout") == {"timeout": "300"}
            assert client.config_get("hz") == {"hz": "10"}
        with connect(endpoint, login("app_user")) as client:
            assert client.execute("SET", "cache:1", "x") == "OK"


def test_one_save_line_survives_an_include(tmp_path: Path) -> None:
    build_of = need("r80")
    text = b"include /etc/redis/more.conf\n" + STOCK + b"save 3600 1\nsave 300 100\nsave 60 10000\n"
    files = {build.CONF: text, PurePosixPath("/etc/redis/more.conf"): b"# nothing\n"}
    world, planned = made(pristine(build_of, files=files), recommended)
    with booted(build_of, world, planned, tmp_path) as endpoint, connect(endpoint, login("admin")) as client:
        assert client.config_get("save") == {"save": "3600 1 300 100 60 10000"}
