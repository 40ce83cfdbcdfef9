"""Law: a server that neither runs nor starts at boot changes nothing for another one."""

from pathlib import PurePosixPath

from hypothesis import given
from hypothesis import strategies as st

from tests.support import facts_builder as build
from wizard.model.answers import Answers
from wizard.model.facts.host import HostFacts
from wizard.model.facts.instance import Instance
from wizard.model.facts.machine import MemoryLimit
from wizard.model.facts.service import Unit
from wizard.model.sources import FileContents
from wizard.model.value import Memory, replace
from wizard.planning import paths
from wizard.planning.context import Context
from wizard.planning.sections.network import socket_path
from wizard.planning.sizing import sizing

UNITS = st.builds(
    Unit,
    name=st.sampled_from(["redis-old.service", "redis-server@old.service"]),
    fragment=st.none(),
    drop_ins=st.just(()),
    properties=st.just({}),
    active=st.sampled_from(["inactive", "failed", "deactivating"]),
    enabled=st.sampled_from(["disabled", "static", "linked", "indirect", "masked", "generated", ""]),
    main_pid=st.just(0),
    needs_reload=st.booleans(),
)


@st.composite
def phantoms(draw: st.DrawFn) -> Instance:
    """A server that is only a file or a unit that nothing starts, beside the one in question."""
    lines = [f"maxmemory {draw(st.sampled_from(['1gb', '17gb', '900gb']))}", "unixsocket /run/redis/redis.sock"]
    unit = draw(st.none() | UNITS)
    return build.instance(
        name=unit.name if unit else "/etc/redis/redis-old.conf",
        unit=unit,
        process=None,
        live=build.unreadable("the running server"),
        listeners=(),
        config=build.config(lines, main=PurePosixPath("/etc/redis/redis-old.conf")),
    )


def looked_at(facts: HostFacts) -> tuple[object, ...]:
    instance = next(each for each in facts.instances if each.name == build.host().instances[0].name)
    context = Context(facts=facts, sources=FileContents(), answers=Answers(), instance=instance)
    size = sizing(facts, instance, context.answers.memory)
    return size, paths.acl_file(context), paths.certificates(context), socket_path(context)


@given(phantom=phantoms(), limit=st.sampled_from([Memory(1 << 28), Memory(1 << 40)]))
def test_a_server_that_nothing_starts_changes_nothing(phantom: Instance, limit: Memory) -> None:
    alone = build.host()
    source = f"{phantom.unit.name} MemoryMax" if phantom.unit else "redis-old.service MemoryMax"
    memory = replace(alone.memory, limits=(*alone.memory.limits, MemoryLimit(limit=limit, source=source)))
    beside = replace(alone, instances=(*alone.instances, phantom), memory=memory)
    assert looked_at(beside) == looked_at(alone)
