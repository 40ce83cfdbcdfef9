"""The public address of the project, as the publisher of a build gives it in ``REDIS_WIZARD_ADDRESS``.

A build without it names no address: one that is not registered could be registered by another party (decision 59).

Source:
    "Well-known Project URLs in Metadata" and "Core metadata specifications" (packaging.python.org);
    deb-control(5), Homepage.
"""

import os
import re
from collections.abc import Mapping
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

VARIABLE = "REDIS_WIZARD_ADDRESS"
_ADDRESS = re.compile(
    r"https://(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*(?::[0-9]{1,5})?(?:/[\w.~-]+)*/?", re.ASCII
)


def public_address(environment: Mapping[str, str] = os.environ) -> str:
    """Return the address without a slash at its end; empty where none is given.

    Raises:
        SystemExit: It is no ``https`` address, or has an account, a query or a fragment.
    """
    given = environment.get(VARIABLE, "")
    if given and not _ADDRESS.fullmatch(given):
        message = (
            f"{VARIABLE} is {given!r}: give an address such as https://host.example/redis-wizard, or leave it out."
        )
        raise SystemExit(message)
    return given.rstrip("/")


class AddressHook(MetadataHookInterface):
    """Puts the address into ``[project.urls]`` of a wheel and of an sdist."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Add the address to the metadata, where there is one."""
        address = public_address()
        if address:
            metadata["urls"] = {"Homepage": address}
