"""Whether keys are missing: what expired, was evicted or removed on purpose is no loss."""

import pytest

from wizard.model.dataset import DatasetStats, lost_keys
from wizard.model.value import from_json, replace, to_json

BEFORE = DatasetStats(run="a", keys=100, expiring=10, expired=5, evicted=1, removals=7, append_only=False)
SAME = BEFORE
NEXT = replace(BEFORE, run="b", expired=0, evicted=0, removals=0)
"""The same after a restart: the counters began anew."""


@pytest.mark.parametrize(
    ("after", "found"),
    [
        (SAME, 0),
        (NEXT, 0),
        (replace(SAME, keys=120), 0),
        (replace(NEXT, keys=99), 1),
        (replace(SAME, keys=90), 10),
        (replace(SAME, keys=90, expired=15), 0),
        (replace(NEXT, keys=90, expired=4), 6),
        (replace(NEXT, keys=90, expired=10), 0),
        (replace(SAME, keys=90, evicted=11), 0),
        (replace(SAME, keys=90, removals=8), None),
        (replace(NEXT, keys=90, removals=1), None),
        # Removed keys that others made up for tell nothing, and nothing is missing.
        (replace(NEXT, keys=100, removals=1), 0),
        (replace(NEXT, keys=0), 100),
    ],
)
def test_what_nobody_removed_is_missing(after: DatasetStats, found: int | None) -> None:
    assert lost_keys(BEFORE, after) == found


def test_what_the_append_only_file_or_the_last_save_has_is_on_disk() -> None:
    assert BEFORE.on_disk
    assert not replace(BEFORE, unsaved=1).on_disk
    assert replace(BEFORE, unsaved=1, append_only=True).on_disk


def test_it_is_written_and_read_back() -> None:
    assert from_json(DatasetStats, to_json(BEFORE)) == BEFORE
