"""The two parts of redis-py that are used here, without its front.

Its package file imports every client class, synchronous, asynchronous and clustered, with all their
commands: a third of the start-up time and 7 MiB that nothing here needs. Its connections work without it.
"""

import importlib
import importlib.util
import sys
from functools import cache
from types import ModuleType
from typing import Any, NamedTuple


class Parts(NamedTuple):
    """Modules of redis-py; their contents have no types."""

    connection: Any
    exceptions: Any


@cache
def parts() -> Parts:
    """Import them, once."""
    front = None if "redis" in sys.modules else _without_front()
    try:
        return Parts(importlib.import_module("redis.connection"), importlib.import_module("redis.exceptions"))
    finally:
        # A later import of redis gets all of it.
        if front is not None and sys.modules.get("redis") is front:
            del sys.modules["redis"]


def _without_front() -> ModuleType | None:
    """Stand in for the package with a module that knows where its parts are, its own file not run."""
    spec = importlib.util.find_spec("redis")
    if spec is None:
        return None
    front = importlib.util.module_from_spec(spec)
    sys.modules["redis"] = front
    return front
