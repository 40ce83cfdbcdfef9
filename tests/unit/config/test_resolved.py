from pathlib import PurePosixPath

import pytest

from tests.support import facts_builder as build
from wizard.config import ResolvedConfig, configuration_of, join_lines, resolve
from wizard.errors import NotFoundError
from wizard.model.facts.configuration import ConfigLine
from wizard.model.facts.instance import Instance
from wizard.model.facts.service import Unit
from wizard.model.value import replace

MAIN, MORE = PurePosixPath("/etc/redis/redis.conf"), PurePosixPath("/etc/redis/more.conf")


def lines(*texts: str) -> tuple[ConfigLine, ...]:
    split = (text.split() for text in texts)
    return tuple(
        ConfigLine(name=name, arguments=tuple(arguments) or ("",), path=MAIN, line=number)
        for number, (name, *arguments) in enumerate(split, start=1)
    )


def started_with(options: str) -> Unit:
    unit = build.unit()
    return replace(unit, properties={**unit.properties, "ExecStart": f"/usr/bin/redis-server {MAIN} {options}"})


def test_a_live_value_is_in_force_and_the_file_is_the_next_start() -> None:
    config = ResolvedConfig(live={"timeout": "0"}, lines=lines("timeout 300"))
    assert (config.in_force("timeout"), config.next_start("timeout")) == ("0", ("300",))
    assert config.value("timeout") == "0"


def test_nothing_is_in_force_in_a_server_that_is_stopped() -> None:
    config = ResolvedConfig(lines=lines("timeout 300"))
    assert config.in_force("timeout") is None
    assert config.value("timeout") == "300"


def test_an_alias_is_the_same_directive() -> None:
    config = ResolvedConfig(live={"slaveof": ""}, lines=lines("slaveof 10.0.0.9 6379"))
    assert (config.in_force("replicaof"), config.next_start("replicaof")) == ("", ("10.0.0.9", "6379"))


def test_where_nothing_sets_it_the_server_has_its_own() -> None:
    config = ResolvedConfig(lines=())
    assert config.next_start("port") is None
    assert (config.after_start("port"), config.after_start("port", "")) == ("6379", "")
    assert config.after_start("aclfile") == ""


def test_the_command_line_wins_over_the_file() -> None:
    config = ResolvedConfig.from_facts(build.config(("port 6379",)), unit=started_with("--port 7000 --timeout 5"))
    assert (config.next_start("port"), config.override("port")) == (("7000",), "7000")
    assert config.values["timeout"] == ("5",)
    assert config.override("tcp-backlog") is None


def test_what_a_process_shows_or_a_variable_holds_is_named_but_is_no_path_to_follow() -> None:
    unit = started_with("--dir $DATA")
    config = ResolvedConfig.from_facts(
        build.config(("dir /var/lib/redis", "aclfile /etc/redis/users.acl")), None, unit, ("--aclfile", "/etc/shadow")
    )
    for name, said in (("dir", "$DATA"), ("aclfile", "/etc/shadow")):
        assert config.is_uncertain(name)
        assert config.override(name) == said
        assert said not in (config.next_start(name) or ())


@pytest.mark.parametrize(
    ("options", "save"),
    [
        ("--save 3600 1 --save 60 1000", ("3600", "1", "60", "1000")),
        ("--save", ()),
        ("--supervised systemd --daemonize no", None),
        ("--sentinel", None),
    ],
)
def test_options_are_read_like_lines(options: str, save: tuple[str, ...] | None) -> None:
    assert ResolvedConfig.from_facts(build.config(()), unit=started_with(options)).next_start("save") == save


@pytest.mark.parametrize(
    ("name", "given", "read"),
    [
        ("timeout", [("1",), ("2",)], ("2",)),
        ("bind", [("10.0.0.1",), ("127.0.0.1", "::1")], ("127.0.0.1", "::1")),
        ("save", [("3600", "1"), ("60", "10")], ("3600", "1", "60", "10")),
        ("save", [("3600", "1"), ("",), ("60", "10")], ("60", "10")),
        ("save", [("3600", "1"), ("",)], ()),
        ("rename-command", [("keys", ""), ("debug", "")], ("keys", "", "debug", "")),
        ("loadmodule", [("/a.so",), ("/b.so", "x")], ("/a.so", "/b.so", "x")),
        ("user", [], None),
        (
            "client-output-buffer-limit",
            [("replica", "1gb", "512mb", "60")],
            (*("normal", "0", "0", "0"), *("replica", "1gb", "512mb", "60"), *("pubsub", "32mb", "8mb", "60")),
        ),
    ],
)
def test_lines_of_one_directive_are_joined_as_the_server_reads_them(
    name: str, given: list[tuple[str, ...]], read: tuple[str, ...] | None
) -> None:
    assert join_lines(name, given) == read


def test_a_file_that_is_not_readable_sets_nothing() -> None:
    instance: Instance = build.pristine_host().instances[0]
    config = configuration_of(replace(instance, config=build.unreadable(str(MAIN), "closed")))
    assert not config.readable
    assert config.next_start("port") is None
    assert config.in_force("port") == "6379"


class Files:
    def __init__(self, **texts: bytes) -> None:
        self.texts = {PurePosixPath("/etc/redis") / f"{name}.conf": data for name, data in texts.items()}

    def read(self, path: PurePosixPath) -> bytes:
        if path not in self.texts:
            raise NotFoundError(path)
        return self.texts[path]

    def entries(self, path: PurePosixPath) -> tuple[str, ...]:
        return tuple(each.name for each in self.texts if each.parent == path)


def test_includes_are_read_in_place_and_staged_files_before_those_of_the_host() -> None:
    files = Files(redis=b"timeout 1\ninclude /etc/redis/more.conf\n", more=b"timeout 2\n")
    assert resolve(files, MAIN, {}).next_start("timeout") == ("2",)
    staged = resolve(files, MAIN, {MORE: b"timeout 3\n"}, replace(build.instance(), unit=started_with("--port 7")))
    assert (staged.next_start("timeout"), staged.next_start("port")) == (("3",), ("7",))
    assert staged.contents[MORE] == b"timeout 3\n"
    assert b"timeout" not in repr(staged).encode()
