"""What a plan leaves to the operator on hosts with SELinux and in containers of applications."""

from pathlib import PurePosixPath

import pytest

from tests.support.host_trees import HOSTS, load
from wizard.detect import collect_facts
from wizard.host.reader import HostReader
from wizard.host.rooted import RootedHost
from wizard.model.plan import Note
from wizard.planning.plan import plan
from wizard.planning.recommend.answers import recommend
from wizard.planning.select_instance import choose


def notes(host: HostReader) -> dict[str, Note]:
    facts, sources = collect_facts(host)
    instance = choose(facts)
    made = plan(facts, sources, recommend(facts, instance).answers, instance=instance.name)
    return {each.subject: each for each in made.notes}


def test_selinux_names_where_new_files_are() -> None:
    host = load("debian13-redis")
    assert "SELinux" not in notes(host)
    host.put(PurePosixPath("/sys/fs/selinux/enforce"), b"1")
    text = notes(host)["SELinux"].text
    assert "restorecon -Rnv /etc/redis" in text
    assert "keep their label" in text


@pytest.mark.parametrize(("tree", "has"), [("rocky-redis", True), ("ubuntu-redis", False)])
def test_an_image_is_labelled_at_its_first_boot(tree: str, *, has: bool) -> None:
    found = notes(RootedHost(PurePosixPath(HOSTS.parent / "trees" / tree)))
    assert ("SELinux" in found) is has
    assert not has or "/.autorelabel" in found["SELinux"].text


def test_in_a_container_each_part_has_its_owner() -> None:
    found = notes(load("container-v2"))
    assert {"container: image", "container: arguments", "container: orchestrator"} <= set(found)
    assert not [each for each in notes(load("debian13-redis")) if each.startswith("container")]
