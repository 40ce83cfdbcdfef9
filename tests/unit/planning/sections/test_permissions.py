"""Who may read and replace the files."""

from pathlib import PurePosixPath
from pathlib import PurePosixPath as P

from tests.support import facts_builder as build
from tests.support.plan_model import World, change, ids, notes, planned, recommended, stock
from wizard.model.facts.service import Role
from wizard.model.plan import Plan
from wizard.model.value import replace
from wizard.planning.plan import plan


def with_directory(path: str, owner: str, group: str, mode: int) -> Plan:
    facts, sources = stock().detect()
    other = [each for each in facts.instances[0].directories if str(each.path) != path]
    changed = build.directory(path, owner=owner, group=group, mode=mode)
    return plan(build.with_instance(facts, directories=(changed, *other)), sources, recommended(stock()))


def test_the_service_cannot_replace_roots_files() -> None:
    made = change(with_directory("/etc/redis", "redis", "redis", 0o2770), "mode:/etc/redis")
    assert (made.owner, made.group, made.mode) == ("root", "redis", 0o2750)


def test_a_directory_of_roots_own_stays() -> None:
    assert "mode:/etc/redis" not in ids(with_directory("/etc/redis", "root", "root", 0o755))
    assert "mode:/etc/redis" not in ids(with_directory("/etc/redis", "root", "redis", 0o750))


def test_the_data_is_closed_to_others_and_never_opened() -> None:
    assert change(with_directory("/var/lib/redis", "redis", "redis", 0o755), "mode:/var/lib/redis").mode == 0o750
    assert "mode:/var/lib/redis" not in ids(with_directory("/var/lib/redis", "redis", "redis", 0o700))


def test_data_that_root_owns_goes_to_the_service() -> None:
    made = change(with_directory("/var/lib/redis", "root", "root", 0o755), "mode:/var/lib/redis")
    assert (made.owner, made.group, made.mode) == ("redis", "redis", 0o750)


def test_a_directory_of_others_is_not_given_to_a_server_that_was_sent_there() -> None:
    text = stock().files[build.CONF]
    facts, sources = stock(started={build.CONF: text.replace(b"dir /var/lib/redis", b"dir /etc/ssh")}).detect()
    sent = build.with_instance(
        facts, directories=(build.directory("/etc/ssh", owner="root", group="root", mode=0o755),)
    )
    assert "mode:/etc/ssh" not in ids(plan(sent, sources, recommended(stock())))


def test_a_directory_that_is_shared_is_never_touched() -> None:
    text = stock().files[build.CONF].replace(b"dir /var/lib/redis", b"dir /srv")
    facts, sources = stock(files={build.CONF: text}, started={}).detect()
    shared = build.with_instance(facts, directories=(build.directory("/srv", owner="root", group="root", mode=0o1777),))
    assert "mode:/srv" not in ids(plan(shared, sources, recommended(stock())))


def test_a_group_member_keeps_its_file_writable() -> None:
    made = planned(stock(role=Role.REPLICA))
    assert not ids(made) & {"mode:/etc/redis", "mode:/etc/redis/redis.conf"}
    assert "rewrites its own" in notes(made)["configuration files"]


def test_nothing_is_tightened_when_nobody_asks() -> None:
    answers = recommended(stock())
    made = planned(stock(), replace(answers, persistence=replace(answers.persistence, tighten_directories=False)))
    assert not [each for each in ids(made) if each.startswith("mode")]


def test_an_acl_file_is_for_root_and_the_service() -> None:
    acl = PurePosixPath("/etc/redis/users.acl")
    world = stock(files={**stock(f"aclfile {acl}\n").files, acl: b"user default off\n"})
    made = change(planned(world), f"mode:{acl}")
    assert (made.owner, made.group, made.mode) == ("root", "redis", 0o640)


def writing(world: World, **over: object) -> Plan:
    answers = recommended(world)
    return planned(world, replace(answers, persistence=replace(answers.persistence, server_writes=True, **over)))


def test_a_plan_says_for_whom_the_server_stops_writing_its_files() -> None:
    made = with_directory("/etc/redis", "redis", "redis", 0o2770)
    said = notes(made)["CONFIG REWRITE and ACL SAVE"]
    assert "fail after this plan for user" in said
    assert "admin" in said
    assert "persistence.server_writes" in said


def test_a_server_that_writes_its_files_gets_the_right_and_nobody_else_does() -> None:
    made = change(writing(stock(modes={P("/etc/redis"): ("redis", "redis", 0o3775)})), "mode:/etc/redis")
    assert (made.owner, made.group, made.mode) == ("root", "redis", 0o2770)
    assert "CONFIG REWRITE and ACL SAVE" not in notes(writing(stock()))


def test_files_as_the_server_writes_them_are_in_order() -> None:
    modes = {P("/etc/redis"): ("root", "redis", 0o2770), build.CONF: ("redis", "redis", 0o644)}
    assert not ids(writing(stock(modes=modes))) & {"mode:/etc/redis", f"mode:{build.CONF}"}
    modes[build.CONF] = ("redis", "redis", 0o646)
    assert change(writing(stock(modes=modes)), f"mode:{build.CONF}").mode == 0o640


def test_a_unit_that_forbids_writing_is_named() -> None:
    facts, sources = stock().detect()
    unit = facts.instances[0].unit
    assert unit is not None
    sealed = replace(
        unit, properties={**unit.properties, "ProtectSystem": "strict", "ReadWritePaths": "/var/lib/redis"}
    )
    answers = recommended(stock())
    answers = replace(answers, persistence=replace(answers.persistence, server_writes=True))
    made = plan(build.with_instance(facts, unit=sealed), sources, answers)
    assert "add ReadWritePaths=/etc/redis" in notes(made)["CONFIG REWRITE and ACL SAVE"]
