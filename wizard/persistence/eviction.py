"""When a limit of memory makes a running server drop keys at once."""

from collections.abc import Mapping
from dataclasses import dataclass

from wizard.formats.redisconf.memory import parse_memory
from wizard.server.client import Client

LIMIT, POLICY = "maxmemory", "maxmemory-policy"
DROPS_NOTHING = "noeviction"


def order_memory_directives(values: Mapping[str, str]) -> dict[str, str]:
    """Sort directives so that a server which takes them one by one (6.2) drops no key in between.

    A policy that drops nothing comes before the limit; one that drops keys comes after it.
    """
    policy = values.get(POLICY)
    if policy is None or LIMIT not in values:
        return dict(values)
    rest = {name: value for name, value in values.items() if name not in {POLICY, LIMIT}}
    first, second = (POLICY, LIMIT) if policy == DROPS_NOTHING else (LIMIT, POLICY)
    return {**rest, first: values[first], second: values[second]}


@dataclass(frozen=True, slots=True)
class MemoryPressure:
    """A limit of memory that makes a server drop keys at once."""

    limit: int
    policy: str
    used: int

    def __str__(self) -> str:
        return f"maxmemory {self.limit} with {self.policy} is below the {self.used} bytes in use now"


def memory_pressure(client: Client, values: Mapping[str, str]) -> MemoryPressure | None:
    """Tell whether a server would drop keys with these values beside those that it has; the memory in use is of now.

    Raises:
        ServerError: it does not tell its values.
        InvalidValueError: a limit has no known form.
    """
    found = client.config_get(LIMIT, POLICY) | {name: values[name] for name in (LIMIT, POLICY) if name in values}
    limit, policy = int(parse_memory(found.get(LIMIT) or "0")), found.get(POLICY, DROPS_NOTHING)
    used = int(client.info("memory").get("used_memory", "0"))
    return MemoryPressure(limit, policy, used) if policy != DROPS_NOTHING and 0 < limit < used else None
