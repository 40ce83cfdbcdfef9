"""A compose file as its engine reads it, and its server started with the mounted files, without an engine."""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

import yaml
from jsonschema import Draft7Validator

from tests.support.server_process import as_written
from tests.support.servers import Server
from wizard.model.login import Endpoint

SCHEMA = Path(__file__).parents[1] / "data" / "schemas" / "compose-spec.json"


def read(text: str) -> dict[str, Any]:
    """Read a compose file; it must be valid by the Compose Specification."""
    document: dict[str, Any] = yaml.safe_load(text)
    problems = [each.message for each in Draft7Validator(json.loads(SCHEMA.read_text())).iter_errors(document)]
    assert not problems
    return document


def mounts(document: dict[str, Any]) -> dict[str, str]:
    """Give the files that the service sees: where each is in the container, and beside the compose file."""
    service = document["services"]["redis"]
    files = {name: each["file"] for name, each in document.get("secrets", {}).items()}
    found = {each["target"]: each["source"] for each in service["volumes"] if each["type"] == "bind"}
    return found | {each["target"]: files[each["source"]] for each in service.get("secrets", ())}


@contextmanager
def started(directory: Path, server: Server, place: Path, *, data: Path) -> Iterator[tuple[Path, str]]:
    """Start the service with each path of the container below `place`; give its socket and its health check."""
    document = read((directory / "compose.yaml").read_text())
    service = document["services"]["redis"]
    program, config = service["command"]
    assert program == f"{server.flavour.value}-server"
    (tmpfs,) = (each.partition(":")[0] for each in service["tmpfs"])
    (volume,) = (each["target"] for each in service["volumes"] if each["type"] == "volume")
    moved = {target: place / Path(target).name for target in mounts(document)} | {tmpfs: place, volume: data}
    for target, source in mounts(document).items():
        shutil.copy(directory / source, moved[target])
    text = moved[config].read_text()
    check: str = service["healthcheck"]["test"][1]
    # The longest first: a directory may be the start of another path.
    for target in sorted(moved, key=len, reverse=True):
        text, check = text.replace(target, str(moved[target])), check.replace(target, str(moved[target]))
    moved[config].chmod(0o600)
    moved[config].write_text(f"{text}\ntls-port 0\n")
    socket = place / "redis.sock"
    with as_written(server, moved[config], Endpoint(socket=PurePosixPath(socket))):
        yield socket, f'PATH={Path(server.binary).parent}:{os.environ["PATH"]} timeout 20 sh -c "{check}"'
