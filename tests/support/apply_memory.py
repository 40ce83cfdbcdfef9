"""Hosts in memory that an apply can be run on, as a directory tree: no server, only files and units."""

import dataclasses
from collections.abc import Callable
from functools import cache
from pathlib import PurePosixPath
from typing import cast

from tests.support import host_trees
from tests.support.memory_host.host import MemoryHost
from tests.support.memory_host.services import MemoryServices
from tests.support.memory_host.tree import Node
from wizard.app import generate_passwords, start, start_rollback
from wizard.detect.collect import collect
from wizard.errors import UnsupportedError
from wizard.host.files.rooted_writer import TreeFiles
from wizard.host.rooted_units import TreeServices
from wizard.model.answers import Answers
from wizard.model.event import Outcome
from wizard.model.plan import Plan
from wizard.planning.plan import plan
from wizard.planning.recommend.answers import recommend
from wizard.planning.select_instance import choose

HOSTS = ("by-hand", "cgroup-v1", "container-v2", "debian13-redis", "debian13-valkey", "no-systemd")
"""Hosts of the test data with exactly one server."""

_OWN = ("snapshots", "blobs", "applies", "lock", "run", "pending")


class Stopped(BaseException):
    """The process is killed."""


def tree(name: str) -> MemoryHost:
    """Load a host as a directory tree."""
    host = host_trees.load(name)
    host.tree = PurePosixPath("/srv/tree")
    host.process_list, host.listener_list = (), ()
    if _has_units(host):
        host.services = cast("MemoryServices", TreeServices(cast("TreeFiles", host)))
    return host


def _has_units(host: MemoryHost) -> bool:
    try:
        host.services.list_units(("*",))
    except UnsupportedError:
        return False
    return True


def make_plan(host: MemoryHost, change: Callable[[Answers], Answers] = lambda answers: answers) -> Plan:
    """Plan the recommended answers, changed a little."""
    detection = collect(host)
    instance = choose(detection.facts)
    answers = change(recommend(detection.facts, instance).answers)
    return plan(detection.facts, detection.sources, answers, instance=instance.name)


@cache
def first_plan(name: str) -> Plan:
    """Plan the recommended answers for a host of the test data as it is loaded, once a process."""
    return make_plan(tree(name))


def apply(host: MemoryHost, wanted: Plan) -> Outcome:
    """Apply to the end."""
    return start(host, wanted, login=None, passwords=generate_passwords(wanted)).outcome()


def rollback(host: MemoryHost, snapshot: str) -> Outcome:
    """Roll back to the end."""
    return start_rollback(host, snapshot, login=None).outcome()


def picture(host: MemoryHost) -> dict[PurePosixPath, Node]:
    """Everything on the host but our own records: contents, owners, modes, links, attributes."""
    own = tuple(f"{host.state / name}/" for name in _OWN)
    return {
        path: dataclasses.replace(node, attributes=dict(node.attributes))
        for path, node in host.nodes.items()
        if path != host.state and not f"{path}/".startswith(own)
    }


def stop_before(host: MemoryHost, number: int, error: BaseException) -> Callable[[], bool]:
    """Let every change from the n-th on fail, until the hook is taken off.

    Returns:
        Tells whether it came to that.
    """
    left = number
    stopped = False

    def count(_what: str, _path: PurePosixPath) -> None:
        nonlocal left, stopped
        if left <= 0:
            stopped = True
            raise error
        left -= 1

    host.before_change = count
    return lambda: stopped


def fail_once(host: MemoryHost, number: int, error: BaseException) -> Callable[[], bool]:
    """Let the n-th change alone fail.

    Returns:
        Tells whether it came to that.
    """
    left = number
    failed = False

    def count(_what: str, _path: PurePosixPath) -> None:
        nonlocal left, failed
        if left == 0:
            failed = True
            left -= 1
            raise error
        left -= 1

    host.before_change = count
    return lambda: failed


def fill_up(host: MemoryHost, number: int) -> None:
    """Let the disk be full from the n-th change on."""
    left = number

    def count(_what: str, _path: PurePosixPath) -> None:
        nonlocal left
        host.full = host.full or left <= 0
        left -= 1

    host.before_change = count


def fail_once_then_stop(host: MemoryHost, number: int, error: BaseException, *, after: int) -> None:
    """Let the n-th change fail, and kill whoever goes on from there so many changes later."""
    left = number

    def count(_what: str, _path: PurePosixPath) -> None:
        nonlocal left
        left -= 1
        if left == -1:
            raise error
        if left < -1 - after:
            raise Stopped

    host.before_change = count


def unmarkable(host: MemoryHost, error: BaseException) -> None:
    """Let no snapshot be marked any more: its manifest is written once, when it is taken."""
    written: set[PurePosixPath] = set()

    def refuse(what: str, path: PurePosixPath) -> None:
        if what == "write" and path.name == "manifest.json":
            if path in written:
                raise error
            written.add(path)

    host.before_change = refuse
