"""Which system tests share a host, and in which order their hosts are given out to workers.

A host has one name, so all tests of one go to one worker. What may not live here: hosts themselves (`debian`).
"""

import pytest

HOST_A_TEST = (
    "test_failed_unit.py",
    "test_hostile_endpoints.py",
    "test_hostile_listeners.py",
    "test_stuck.py",
    "test_waits.py",
)
"""Files in which each test boots a host of its own, named after the test."""
HOST_A_PARAMETER = {
    "test_headless.py": "evening",
    "test_live_changes.py": "place",
    "test_rehearsal.py": "other",
    "test_snapshots.py": "night",
}
"""Fixtures that boot a host for each of their parameters, named after it."""
LONGEST = tuple(
    f"test_{name}.py"
    for name in (
        "fault_campaign",
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
"""Files that come first. Single tests come last: they fill what a long file leaves."""


def group(item: pytest.Item) -> str:
    """Return what all tests on one host have in common; empty for a test that has its own."""
    if item.path.name in HOST_A_TEST:
        return ""
    callspec = getattr(item, "callspec", None)
    parameter = callspec.params.get(HOST_A_PARAMETER.get(item.path.name)) if callspec else None
    return f"{item.path.name} {parameter or ''}"


def rank(item: pytest.Item) -> int:
    """Return the place of a test's file in the order."""
    name = item.path.name
    if name in LONGEST:
        return LONGEST.index(name)
    return len(LONGEST) + (name in HOST_A_TEST)
