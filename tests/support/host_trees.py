"""Load the hosts of ``tests/data/hosts`` into memory: a file tree, and what files cannot say."""

import tomllib
from collections.abc import Mapping, Sequence
from copy import deepcopy
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any

from tests.support.memory_host.host import MemoryHost
from tests.support.memory_host.services import MemoryServices, MemoryUnit
from wizard.errors import UnsupportedError
from wizard.host.reader import Completed, ProcessFacts
from wizard.host.services import ServiceState
from wizard.model.network import Address, Interface, Listener, Scope
from wizard.model.value import replace

HOSTS = Path(__file__).parent.parent / "data" / "hosts"

ACCOUNTS = {"root": 0, "adm": 4, "redis": 101, "valkey": 102, "app": 900, "op": 1000, "nobody": 65534}


def names() -> tuple[str, ...]:
    """All hosts there are."""
    return tuple(sorted(place.name for place in HOSTS.iterdir()))


class NoServices(MemoryServices):
    """A host without a service manager."""

    def list_units(self, patterns: Sequence[str]) -> tuple[str, ...]:
        del patterns
        raise UnsupportedError("this host has no systemd")

    def show(self, unit: str, properties: Sequence[str] = ()) -> ServiceState:
        del unit, properties
        raise UnsupportedError("this host has no systemd")


def load(name: str, *, user: str = "root") -> MemoryHost:
    """Give one host, looked at by this user."""
    told = deepcopy(_told(name))
    host = MemoryHost(_files(name), user=user, accounts=ACCOUNTS, services=_services(told))
    for path, target in told.get("links", {}).items():
        host.put_link(PurePosixPath(path), target)
    for path, rights in told.get("owners", {}).items():
        _set_rights(host, PurePosixPath(path), rights)
    host.programs = {program: PurePosixPath(path) for program, path in told.get("programs", {}).items()}
    host.results = {
        tuple(line.split()): Completed(status=0, output=said + "\n", errors="")
        for line, said in told.get("results", {}).items()
    }
    host.process_list = tuple(_process(each) for each in told.get("processes", ()))
    host.listener_list = tuple(Listener(**each) for each in told.get("listeners", ()))
    host.interface_list = tuple(_interface(each) for each in told.get("interfaces", ()))
    host.filesystem = replace(host.filesystem, filesystem=told.get("filesystem", ""))
    host.read_only |= {PurePosixPath(path) for path in told.get("read_only", ())}
    return host


@cache
def _told(name: str) -> dict[str, Any]:
    """Read what files cannot say."""
    return tomllib.loads((HOSTS / name / "host.toml").read_text(encoding="utf-8"))


@cache
def _files(name: str) -> Mapping[PurePosixPath, bytes]:
    root = HOSTS / name / "root"
    found = (path for path in root.rglob("*") if path.is_file())
    return {PurePosixPath("/") / path.relative_to(root): path.read_bytes() for path in found}


def _set_rights(host: MemoryHost, path: PurePosixPath, rights: str) -> None:
    if path not in host.nodes:
        host.put_directory(path)
    node = host.nodes[path]
    node.owner, node.group, mode = rights.split()
    node.mode = int(mode, 8)


def _services(told: dict[str, Any]) -> MemoryServices:
    units = {unit: MemoryUnit(**fields) for unit, fields in told.get("units", {}).items()}
    return MemoryServices(units) if told.get("systemd", True) else NoServices()


def _process(fields: dict[str, Any]) -> ProcessFacts:
    whole = {"parent": 0 if fields["pid"] == 1 else 1, "started": 1795512083.5, **fields}
    return ProcessFacts(**{**whole, "arguments": tuple(fields["arguments"])})


def _interface(fields: dict[str, Any]) -> Interface:
    addresses = tuple(_address(text) for text in fields["addresses"])
    return Interface(**{"default_route": False, **fields, "addresses": addresses})


def _address(text: str) -> Address:
    network, scope = text.split()
    address, _, prefix = network.partition("/")
    return Address(address=address, prefix=int(prefix), scope=Scope(scope))
