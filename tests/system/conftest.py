"""System tests run as root on Debian; elsewhere each says why it was left out."""

import pytest

from tests.support.debian import why_not

_LONGEST = tuple(
    f"test_{name}.py"
    for name in (
        "fault_campaign",
        "debian_package",
        "stuck",
        "waits",
        "planted_links",
        "secrets",
        "instances",
        "as_before",
        "rehearsal",
        "snapshots",
        "other_hands",
        "package",
        "wizard_return",
        "wizard",
        "data",
    )
)
"""Files that come first: a worker takes a file whole, and no other should wait for a long one at the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark all that lies here, and leave it out where no host can be booted."""
    reason = why_not()
    for item in items:
        if "/tests/system/" in str(item.path):
            item.add_marker(pytest.mark.system)
            if reason:
                item.add_marker(pytest.mark.skip(reason=reason))
    items.sort(key=lambda item: _LONGEST.index(item.path.name) if item.path.name in _LONGEST else len(_LONGEST))
