"""Whatever a host holds, looking at it gives a value: no exception, no guess, no secret."""

from pathlib import PurePosixPath

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.host_trees import load, names
from tests.support.memory_host.host import MemoryHost
from wizard.detect.collect import collect
from wizard.model.facts.host import HostFacts
from wizard.model.facts.unreadable import Unreadable
from wizard.model.value import from_json, to_json

SECRET = "pl4nted-5ecret"

TREES = {name: sorted(path for path, node in load(name).nodes.items() if node.kind == "file") for name in names()}

contents = st.one_of(
    st.binary(max_size=200),
    st.sampled_from(
        [
            b"",
            b"\n",
            b"\0",
            b"max",
            b"-1",
            b"9" * 40,
            b"[never",
            b"0::",
            b"include /etc/*\n",
            b"include \xff*\ndir \xfe\n",
            b"a" * 5000,
        ]
    ),
)


@st.composite
def damaged_hosts(draw: st.DrawFn) -> MemoryHost:
    """One of the known hosts with some files missing, closed, or holding anything."""
    name = draw(st.sampled_from(sorted(TREES)))
    host = load(name, user=draw(st.sampled_from(["root", "op"])))
    for path in draw(st.lists(st.sampled_from(TREES[name]), max_size=6, unique=True)):
        fate = draw(st.sampled_from(["absent", "closed", "other", "directory", "link"]))
        node = host.nodes.pop(path)
        if fate == "closed":
            node.mode = 0
            host.nodes[path] = node
        elif fate == "other":
            host.put(path, draw(contents))
        elif fate == "directory":
            host.put_directory(path)
        elif fate == "link":
            host.put_link(path, draw(st.sampled_from(["/dev/null", "nowhere", path.name, "../../.."])))
    return host


@settings(max_examples=150, deadline=None)
@given(damaged_hosts())
def test_any_damage_gives_facts_that_survive_json(host: MemoryHost) -> None:
    facts = collect(host).facts
    assert from_json(HostFacts, to_json(facts)) == facts
    assert host.changes == []


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.one_of(st.binary(max_size=60), st.sampled_from([b"requirepass ", b'user a on >"', b"masterauth '"])))
)
def test_a_password_anywhere_in_a_configuration_stays_out_of_the_facts(parts: list[bytes]) -> None:
    line = b"requirepass " + SECRET.encode() + b"\nuser x on >" + SECRET.encode() + b" +@all\n"
    host = load("no-systemd")
    host.put(PurePosixPath("/etc/redis.conf"), b"\n".join(parts).replace(b"\n", b" ") + b"\n" + line)
    facts = collect(host).facts
    assert SECRET not in to_json(facts)
    assert SECRET not in repr(facts)


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(sorted(TREES)))
def test_a_host_of_which_nothing_can_be_read_is_unknown(name: str) -> None:
    host = load(name, user="op")
    for node in host.nodes.values():
        if node.kind == "file":
            node.owner, node.mode = "root", 0
    facts = collect(host).facts
    assert isinstance(facts.memory.total, Unreadable)
    assert all(isinstance(setting.live, Unreadable) for setting in facts.kernel)
