"""What operators attest: validated before it is stored, private, per server."""

from datetime import date

import pytest

from tests.support.memory_host.host import MemoryHost
from wizard.app import attest
from wizard.attestations import attestations_of, withdraw
from wizard.errors import InvalidValueError
from wizard.model.answers import Attestation
from wizard.model.value import replace

TODAY = date(2026, 5, 4)
DRILL = Attestation(item=23, by="olga", on="2026-05-01", note="restored into db-test in 4 minutes")


def test_is_stored_for_root_alone_and_for_one_server() -> None:
    host = MemoryHost()
    attest(host, "redis-a", DRILL, today=TODAY)
    assert attestations_of(host, "redis-a") == (DRILL,)
    assert attestations_of(host, "redis-b") == ()
    assert host.status(host.state / "attestations.json").mode == 0o600


def test_a_later_one_replaces_that_of_the_item_and_leaves_the_others() -> None:
    host, other, later = MemoryHost(), replace(DRILL, item=14), replace(DRILL, by="ivan")
    for each in (DRILL, other, later):
        attest(host, "redis-a", each, today=TODAY)
    attest(host, "redis-b", DRILL, today=TODAY)
    assert attestations_of(host, "redis-a") == (other, later)
    assert attestations_of(host, "redis-b") == (DRILL,)


def test_is_withdrawn_once() -> None:
    host = MemoryHost()
    attest(host, "redis-a", DRILL, today=TODAY)
    assert [withdraw(host, "redis-a", 23), withdraw(host, "redis-a", 23)] == [True, False]
    assert attestations_of(host, "redis-a") == ()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"item": 6}, "item 6 is decided by what the host shows; you can attest 2, 3, 4, 14, 22, 23, 24"),
        ({"by": " "}, "the name is missing"),
        ({"by": "x" * 65}, "at most 64 printable characters"),
        ({"note": ""}, "the note is missing; write what was checked"),
        ({"note": "a\x1b[2J"}, "at most 400 printable characters"),
        ({"on": "2026-05-05"}, "2026-05-05 is in the future"),
        ({"on": "2026-02-02"}, "2026-02-02 has expired after 90 days"),
        ({"on": "yesterday"}, "'yesterday' is not a day"),
    ],
)
def test_one_that_could_not_count_is_refused(changes: dict[str, object], words: str) -> None:
    host = MemoryHost()
    with pytest.raises(InvalidValueError, match=words):
        attest(host, "redis-a", replace(DRILL, **changes), today=TODAY)
    assert attestations_of(host, "redis-a") == ()
