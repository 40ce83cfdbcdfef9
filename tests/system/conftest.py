"""System tests run as root on Debian; elsewhere each says why it was left out."""

import pytest

from tests.support.debian import why_not
from tests.support.host_groups import group, rank


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark all that lies here, group it by host, and leave it out where no host can be booted."""
    reason = why_not()
    for item in items:
        if "/tests/system/" in str(item.path):
            item.add_marker(pytest.mark.system)
            if shared := group(item):
                item.add_marker(pytest.mark.xdist_group(shared))
            if reason:
                item.add_marker(pytest.mark.skip(reason=reason))
    items.sort(key=rank)
