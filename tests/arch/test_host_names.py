"""A host is named by one file alone: `debian_host` adds the worker, so that two never boot hosts of the same name."""

import re
from pathlib import Path

from tests.support.host_scheduling import shares_host

SYSTEM = Path(__file__).parents[1] / "system"


def test_no_two_files_name_the_same_host() -> None:
    names = [
        (path.name, said)
        for path in sorted(SYSTEM.glob("test_*.py"))
        for said in set(re.findall(r"\b(?:debian_host|hostile_host|stage)\((\"[^\"]+\")", path.read_text()))
    ]
    assert len({said for _, said in names}) == len(names), names


def test_only_tests_that_share_a_host_wait_for_each_other() -> None:
    shared = {path.name for path in SYSTEM.glob("test_*.py") if shares_host(path)}
    assert {"test_headless.py", "test_secrets.py"} <= shared
    assert not {"test_waits.py", "test_stuck.py", "test_as_before.py"} & shared
