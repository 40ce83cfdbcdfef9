"""When a limit of memory makes a running server drop keys at once."""

from collections.abc import Mapping

from wizard.formats.redisconf.memory import memory_or_zero
from wizard.model import dataset
from wizard.model.dataset import DROPS_NOTHING, LIMIT, POLICY, MemoryPressure
from wizard.server.client import Client


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


def memory_pressure(client: Client, values: Mapping[str, str]) -> MemoryPressure | None:
    """Return whether a server would drop keys with these values beside those that it has; the memory in use is of now.

    Raises:
        ServerError: it does not tell its values.
    """
    found = client.config_get(LIMIT, POLICY) | {name: values[name] for name in (LIMIT, POLICY) if name in values}
    used = int(client.info("memory").get("used_memory", "0"))
    return dataset.memory_pressure(memory_or_zero(found.get(LIMIT, "")), found.get(POLICY, DROPS_NOTHING), used)
