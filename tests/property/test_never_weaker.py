"""The law *never weaker*: no plan with recommended answers loosens what the host has."""

from dataclasses import replace
from pathlib import PurePosixPath

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support import facts_builder as build
from tests.support.plan_model import World
from tests.support.plan_strategies import worlds
from wizard.acl.aclfile import AclDocument
from wizard.acl.evaluate import allowed_commands, is_allowed
from wizard.acl.password import EMPTY
from wizard.config.defaults import default_of
from wizard.model.change import RemoveUser, SetDirective, SetKernel, SetUser
from wizard.model.plan import Plan
from wizard.planning.accounts.existing_users import (
    UserSource,
    existing_users,
    rules_of,
    user_from_rules,
    without_source,
)
from wizard.planning.context import Context
from wizard.planning.plan import plan
from wizard.planning.recommend.answers import recommend
from wizard.planning.sections.commands import renamed_commands
from wizard.settings import SETTINGS, Direction, is_weaker, setting_for

SLOW = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
NUMBERS = {
    "timeout": (0, 1, 60, 300, 4000),
    "slowlog-log-slower-than": (-1, 0, 1000, 20000),
    "slowlog-max-len": (0, 128, 1024),
    "latency-monitor-threshold": (0, 25, 50, 500),
    "acllog-max-len": (1, 128, 512),
    "tcp-keepalive": (0, 60, 300, 7200),
}
WORDS = {
    "loglevel": ("debug", "verbose", "notice", "warning"),
    "appendfsync": ("always", "everysec", "no"),
    "tls-protocols": ('"TLSv1.3"', '"TLSv1.3 TLSv1.2"', '"TLSv1.1 TLSv1.2"', '""'),
    "tls-ciphersuites": ("TLS_AES_256_GCM_SHA384", "TLS_AES_256_GCM_SHA384:TLS_AES_128_CCM_SHA256"),
    "tls-ciphers": ("ECDHE-ECDSA-AES256-GCM-SHA384", "HIGH:!aNULL", "AES128-SHA"),
    "tls-auth-clients": ("yes", "no", "optional"),
    "unixsocketperm": ("700", "770", "777", "0"),
    "protected-mode": ("yes", "no"),
    "bind": ("127.0.0.1", "127.0.0.1 10.0.4.7", "10.0.4.8", "* -::*", "10.0.4.7 203.0.113.7", '""'),
    "save": ('""', "900 1", "60 1 30 5", "3600 1 300 100"),
    "notify-keyspace-events": ("KEA", "Ex"),
    "client-output-buffer-limit": ("normal 1mb 1mb 10", "pubsub 8mb 2mb 10"),
    "enable-debug-command": ("no", "local", "yes"),
    "enable-module-command": ("no", "local", "yes"),
    "enable-protected-configs": ("no", "local", "yes"),
    "acl-pubsub-default": ("allchannels", "resetchannels"),
    "tls-replication": ("yes", "no"),
    "tls-cluster": ("yes", "no"),
    "tls-prefer-server-ciphers": ("yes", "no"),
    "appendonly": ("yes", "no", "YES"),
    "maxmemory": ("0", "1", "100mb", "4gb", "900gb"),
    "port": ("0", "6379"),
    "tls-port": ("0", "6379", "6390"),
}
KERNEL = {
    "vm.overcommit_memory": ("0", "1", "2"),
    "thp.enabled": ("always", "madvise", "never"),
    "thp.defrag": ("always", "defer", "defer+madvise", "madvise", "never"),
    "net.core.somaxconn": ("128", "4096", "65535"),
    "net.ipv4.tcp_max_syn_backlog": ("128", "4096", "65535"),
    "net.ipv4.tcp_keepalive_time": ("60", "300", "7200"),
    "net.ipv4.tcp_keepalive_intvl": ("5", "30", "75"),
    "net.ipv4.tcp_keepalive_probes": ("2", "3", "9"),
    "vm.swappiness": ("0", "1", "10", "60"),
}
LINES = st.one_of(
    *(st.sampled_from([f"{name} {value}" for value in values]) for name, values in {**NUMBERS, **WORDS}.items())
)
RENAMES = st.one_of(
    st.sampled_from([f'rename-command {name} ""' for name in ("FLUSHALL", "KEYS", "CONFIG", "DEBUG", "SHUTDOWN")]),
    st.builds(
        "user {0} on >{0}-secret-of-the-test ~{0}:* {1}".format,
        st.sampled_from(["app", "jobs", "ops"]),
        st.sampled_from(["+@all", "+@all -@admin", "-@all +@read", "+@all -@dangerous +keys", "+@all -@dangerous"]),
    ),
)


@st.composite
def hosts(draw: st.DrawFn, more: st.SearchStrategy[str] = LINES) -> World:
    """Give hosts whose files and live values have any setting."""
    world = draw(worlds())
    # `user` and `rename-command` may stand once for each name, other directives once.
    words = 2 if more is RENAMES else 1
    lines = draw(st.lists(more, max_size=6, unique_by=lambda line: tuple(line.split()[:words])))
    main = world.files[build.CONF].rstrip(b"\r\n") + ("\n" + "\n".join(lines) + "\n").encode()
    files = {**world.files, build.CONF: main}
    live = draw(
        st.dictionaries(st.sampled_from(sorted(NUMBERS)), st.sampled_from(["0", "1", "50", "5000"]), max_size=2)
    )
    started = files if draw(st.booleans()) else world.started
    kernel = (
        {key: draw(st.sampled_from(words)) for key, words in KERNEL.items()} if draw(st.booleans()) else world.kernel
    )
    return replace(world, files=files, started=started if world.running else {}, overrides=live, kernel=kernel)


def test_every_setting_with_a_stricter_value_is_drawn() -> None:
    compared = {name for row in SETTINGS if row.stricter is not Direction.NONE for name in row.targets}
    # A file of users, renames (below) and a limit of the unit are no line with a value.
    apart = {"aclfile", "rename-command", "LimitNOFILE"}
    assert compared - {*NUMBERS, *WORDS, *KERNEL} == apart


def recommended_plan(world: World) -> tuple[Context, Plan]:
    facts, sources = world.detect()
    answers = recommend(facts, facts.instances[0]).answers
    context = Context(facts=facts, sources=sources, answers=answers, instance=facts.instances[0])
    return context, plan(facts, sources, answers)


@SLOW
@given(hosts())
def test_a_recommended_plan_moves_no_setting_against_its_direction(world: World) -> None:
    context, made = recommended_plan(world)
    for change in made.changes:
        if isinstance(change, SetDirective) and change.name not in {"rename-command", "tls-port"}:
            before = context.configuration.value(change.name)
            after = (
                " ".join(word for line in change.values for word in line) if change.values else default_of(change.name)
            )
            # With a limit of one byte a server refuses every write: a mistake, and no stricter limit.
            assert (change.name, before) == ("maxmemory", "1") or not _weaker(change.name, before, after), change
            assert change.live is None or not _weaker(change.name, before, change.live)
        elif isinstance(change, SetKernel):
            assert not _weaker(change.key, change.before, change.value)


def _weaker(name: str, before: str, after: str) -> bool:
    try:
        row = setting_for(name)
    except KeyError:
        return False
    return row.stricter is not Direction.NONE and bool(is_weaker(row, before, after))


@SLOW
@given(hosts())
def test_a_recommended_plan_opens_no_tcp_port_where_there_is_none(world: World) -> None:
    context, made = recommended_plan(world)
    ports = [context.configuration.value(name) for name in ("port", "tls-port")]
    opened = {change.name: change.values for change in made.changes if isinstance(change, SetDirective)}
    if context.configuration.binds_nothing:
        assert opened.get("port", (("0",),)) == (("0",),)
        assert opened.get("bind", (("",),)) == (("",),)
        assert "tls-port" not in opened
    elif set(ports) <= {"", "0"}:
        assert opened.get("port", (("0",),)) == (("0",),)
        assert opened.get("tls-port", (("0",),)) == (("0",),)


@SLOW
@given(hosts(RENAMES))
def test_a_recommended_plan_gives_no_user_a_command_that_a_rename_took(world: World) -> None:
    context, made = recommended_plan(world)
    change = next((each for each in made.changes if each.id == "directive:rename-command"), None)
    if isinstance(change, SetDirective):
        left = {line[0].lower() for line in change.values}
        users = {each.user: each.rules for each in made.changes if isinstance(each, SetUser)}
        for name in set(renamed_commands(context)) - left:
            for user, now in existing_users(context).items():
                rules = users.get(user, rules_of(now))
                allowed = is_allowed(user_from_rules(user, rules), [name], flavour=world.flavour, version=world.version)
                assert rules.startswith("off") or not allowed.allowed, (user, rules, name)


USER_LINES = st.builds(
    "user {} {} {} {}".format,
    st.sampled_from(["shop", "ops-admin", "jobs"]),
    st.sampled_from(
        ["on", "off", "on nopass", "on >", "on > sekret-of-the-test", "on >pw-of-the-test", "on >${PASSWORD}"]
    ),
    st.sampled_from(["~shop:*", "~* &*", "resetkeys %R~a:* ~b:*", "allkeys"]),
    st.sampled_from(
        ["+@all", "+@all -@dangerus", "+@all -flushal -keys", "-@all +@read +nosuch", "+@all nocommandz", "-@all"]
    ),
)


@st.composite
def odd_users(draw: st.DrawFn) -> World:
    """Give hosts with users in the file or inline, whose lines are odd in one way or another."""
    world = draw(hosts())
    lines = draw(st.lists(USER_LINES, max_size=3, unique_by=lambda line: line.split()[1]))
    text = "".join(f"{line}\n" for line in lines)
    acl = PurePosixPath("/etc/redis/users.acl")
    if draw(st.booleans()):
        files = {**world.files, build.CONF: world.files[build.CONF] + text.encode()}
        return replace(world, files={path: data for path, data in files.items() if path != acl})
    named = world.files[build.CONF] + f"aclfile {acl}\n".encode()
    return replace(world, files={**world.files, build.CONF: named, acl: f"user default off\n{text}".encode()})


@SLOW
@given(odd_users())
def test_a_recommended_plan_loses_no_user_and_gives_none_more(world: World) -> None:
    context, made = recommended_plan(world)
    before = existing_users(context)
    empty = {user.name for user in AclDocument.parse(_acl_of(world)).users if EMPTY in user.passwords}
    after = {user.name: user for user in AclDocument.parse(_acl_of(world.apply(made))).users}
    touched = {each.user for each in made.changes if isinstance(each, SetUser)}
    removed = {each.user for each in made.changes if isinstance(each, RemoveUser)}
    assert removed.isdisjoint(name for name, user in before.items() if user.source is not UserSource.LIVE)
    for name in touched & set(before) - {"default"}:
        now, then = before[name], after[name]
        assert EMPTY not in then.passwords or name in empty - touched
        assert now.enabled or not then.enabled
        assert now.nopass or not then.nopass
        assert {rule for rule in now.rules if rule.startswith("-")} <= set(then.rules), (now.rules, then.rules)
        known = {"flavour": world.flavour, "version": world.version}
        assert allowed_commands(then, **known) <= allowed_commands(without_source(now), **known)  # type: ignore[arg-type]
        assert {rule for rule in then.rules if rule[0] in "~%&"} <= set(now.rules)


@SLOW
@given(
    hosts(),
    st.sampled_from(["on nopass", "off", "on >of-the-test-13579"]),
    st.sampled_from(["~* &* -@all", "~c:* &c +@all", "+@all ~* &* -@dangerous", "~* &* +@all -keys", "-@all +ping"]),
)
def test_a_default_user_that_goes_may_then_do_no_more_than_its_data_needs(world: World, how: str, rules: str) -> None:
    named = world.files[build.CONF] + b"aclfile /etc/redis/users.acl\n"
    text = f"user default {how} {rules}\nuser boss-admin on #{'12' * 32} ~* &* +@all\n".encode()
    world = replace(world, files={**world.files, build.CONF: named, PurePosixPath("/etc/redis/users.acl"): text})
    context, made = recommended_plan(world)
    before = without_source(existing_users(context)["default"])
    known = {"flavour": world.flavour, "version": world.version}
    for each in made.changes:
        if isinstance(each, SetUser) and each.user == "default":
            after = user_from_rules("default", each.rules)
            assert before.enabled or not after.enabled
            more = allowed_commands(after, **known) - allowed_commands(before, **known)  # type: ignore[arg-type]
            needed = user_from_rules("default", "on ~* -@all +@write +select +pfcount")
            assert more <= allowed_commands(needed, **known), each.rules  # type: ignore[arg-type]


def _acl_of(world: World) -> bytes:
    return world.files.get(PurePosixPath("/etc/redis/users.acl"), b"")
