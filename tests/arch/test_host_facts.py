"""Each fact of a host is read, and either changes the fingerprint of a plan or is left out for a reason."""

import re
from collections import defaultdict
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

import pytest

from tests.support.every_fact import fields_of, others, whole_host
from wizard.model.facts.host import HostFacts
from wizard.model.value import replace
from wizard.planning.fingerprint import fingerprint

WIZARD = Path(__file__).parents[2] / "wizard"

LEFT_OUT = {
    "schema": "of the document, not of the host",
    "version": "of the document, not of the host",
    "taken_at": "a time",
    "unreadable*": "a plan is made from what was read",
    "memory.available": "changes by itself",
    "memory.others*": "changes by itself",
    "processors": "no plan uses it",
    "numa_nodes": "no plan uses it",
    "listeners*": "programs open and close ports by themselves",
    "packet_filter*": "only the checklist uses it",
    "boot_filter*": "only the checklist uses it",
    "backup_jobs*": "only the checklist uses them",
    "client_commands*": "they are named as those who lose something; no change depends on them",
    "exporters*": "only the checklist uses it",
    "packages*": "no plan for a server uses them; without a server they count",
    "*.size": "the digest counts",
    "*.links": "the contents count",
    "*.modified": "the contents count",
    "*.problems*": "derived from the lines, which count",
    "*.weak_passwords*": "only the checklist uses them; the users count",
    "*.shared_passwords*": "only the checklist uses them; the users count",
    "instances.listeners*": "derived from the configuration, which counts",
    "instances.probes*": "tried again by each apply",
    "instances.space*": "changes by itself",
    "instances.dump*": "the server writes it",
    "instances.append_only*": "the server writes it",
    "instances.next_directory": "derived from the configuration, which counts",
    "instances.shared_unit": "decides only what a note says",
    "instances.other_units*": "decides only whether a plan can be made",
    "instances.other_processes": "decides only whether a plan can be made",
    "instances.other_names": "decides only how the server is named",
    "instances.writers*": "only the checklist uses it; owner and mode of the files count",
    "instances.data_places*": "only the checklist uses it; owner and mode of the directory count",
    "instances.socket_places*": "only the checklist uses it; modes of sockets count",
    "instances.output_writers.users*": "only the checklist uses it; the owners count",
    "instances.output_writers.groups*": "only the checklist uses it; groups and modes count",
    "instances.output_writers.readers*": "only the checklist uses it; the contents count",
    "instances.output_writers.everybody": "derived from the modes, which count",
    "instances.output_writers.holds*": "derived from the configuration, which counts",
    "instances.sockets*": "the directive counts",
    "instances.own_mounts": "decides only whether a plan can be made",
    "instances.unit.fragment": "the properties count",
    "instances.unit.active": "whether the server runs counts",
    "instances.unit.enabled": "whether the server is in use counts",
    "instances.unit.main_pid": "another one after each start",
    "instances.unit.needs_reload": "the properties count",
    "instances.unit.aliases": "decides only how the server is named",
    "instances.unit.wanted_by": "whether the server is in use counts",
    "instances.process.*": "another one after each start; what the unit and the files say counts",
    "instances.live.user": "of the login that looked",
    "instances.live.endpoint": "of the login that looked",
    "instances.live.info": "counters and times",
    "instances.live.command_calls": "counters",
    "instances.live.clients*": "clients come and go",
    "instances.live.refused*": "clients come and go",
    "instances.live.keys": "changes by itself",
    "instances.live.key_names*": "changes by itself",
    "instances.live.channel_names*": "changes by itself",
    "instances.live.rights*": "derived from the rules of the users, which count",
    "instances.live.modules": "only the checklist uses it",
    "instances.live.primary": "Sentinel changes it; the role counts",
    "instances.live.unreadable*": "of the login that looked",
    "instances.tls.certificates.*": "the fingerprint of the certificate counts",
}
"""Facts that do not make a saved plan stale, and why. All others do."""

COUNTS_ALL_THE_SAME = {f"instances.tls.certificates.{name}" for name in ("path", "fingerprint", "not_after")}
FILLED_WITHOUT_NAME = {"schema", "version"}
"""Fields that keep their default."""


@cache
def changes() -> dict[str, bool]:
    """Give for each fact whether another value of it changes the fingerprint."""
    host = whole_host()
    before = digest(host)
    found: dict[str, list[bool]] = defaultdict(list)
    for name, other in others(host):
        found[name].append(digest(other) != before)
    return {name: any(each) for name, each in found.items()}


def digest(facts: HostFacts) -> str:
    return fingerprint(facts, facts.instances[0] if facts.instances else None)


def reason(name: str) -> str:
    if name in COUNTS_ALL_THE_SAME:
        return ""
    return next((why for pattern, why in LEFT_OUT.items() if fnmatchcase(name, pattern)), "")


@pytest.mark.parametrize("name", changes())
def test_a_fact_makes_a_saved_plan_stale_or_is_left_out_for_a_reason(name: str) -> None:
    if reason(name):
        assert not changes()[name], f"{name} makes saved plans stale, although {reason(name)}"
    else:
        assert changes()[name], f"{name}: use it in planning/fingerprint.py, or say in LEFT_OUT why not"


@pytest.mark.parametrize("pattern", LEFT_OUT)
def test_a_reason_is_for_a_fact_that_exists(pattern: str) -> None:
    assert any(fnmatchcase(name, pattern) for name in changes())


def test_without_a_server_the_packages_count() -> None:
    bare = replace(whole_host(), instances=())
    assert digest(bare) != digest(replace(bare, packages=()))


@pytest.mark.parametrize("name", sorted(set(fields_of(HostFacts)) - FILLED_WITHOUT_NAME))
def test_a_fact_is_read(name: str) -> None:
    readers = [
        path for room in ("detect", "server", "formats", "acl", "pki", "host") for path in (WIZARD / room).rglob("*.py")
    ]
    assert any(re.search(rf"\b{name}=", path.read_text()) for path in readers), f"no reader fills {name}"
