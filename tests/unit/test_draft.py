"""The draft: a private file of ours, or refused."""

import pytest

from tests.support.memory_host.host import MemoryHost
from wizard import draft as drafts
from wizard.errors import ForeignStateError, InvalidValueError
from wizard.model.answers import Answers, Draft, MemoryAnswers

DRAFT = Draft(
    instance="redis-server",
    saved_at="2026-05-04T10:11:12+00:00",
    answers=Answers(memory=MemoryAnswers(maxmemory="4gb")),
    recommended=Answers(),
)


@pytest.fixture
def saved() -> MemoryHost:
    host = MemoryHost()
    drafts.save(host, DRAFT)
    return host


def test_is_read_as_it_was_saved_and_private(saved: MemoryHost) -> None:
    assert drafts.load(saved) == DRAFT
    assert saved.status(saved.state / "draft.json").mode == 0o600


def test_none_is_there_before_and_after(saved: MemoryHost) -> None:
    assert drafts.load(MemoryHost()) is None
    drafts.remove(saved)
    assert drafts.load(saved) is None


def test_a_newer_one_takes_its_place(saved: MemoryHost) -> None:
    newer = Draft(instance="", saved_at="2026-05-05T00:00:00+00:00", answers=Answers(), recommended=Answers())
    drafts.save(saved, newer)
    assert drafts.load(saved) == newer


@pytest.mark.parametrize("data", [b"", b"[1]", b'{"answers": 1}', b"\xff\x1b[31m"])
def test_a_damaged_one_is_refused_without_its_text(saved: MemoryHost, data: bytes) -> None:
    owner = saved.status(saved.state / "draft.json").owner
    saved.write(saved.state / "draft.json", data, expected=None, owner=owner, group=owner, mode=0o600)
    with pytest.raises(InvalidValueError, match=r"draft\.json is damaged; remove it") as refused:
        drafts.load(saved)
    assert "\x1b" not in str(refused.value)


def test_a_file_that_others_read_is_refused(saved: MemoryHost) -> None:
    owner = saved.status(saved.state / "draft.json").owner
    saved.set_mode(saved.state / "draft.json", owner=owner, group=owner, mode=0o644)
    with pytest.raises(InvalidValueError, match="no file of this program"):
        drafts.load(saved)


def test_a_link_is_not_followed(saved: MemoryHost) -> None:
    path = saved.state / "draft.json"
    saved.rename(path, saved.state / "other.json")
    saved.link(path, target=str(saved.state / "other.json"))
    with pytest.raises(ForeignStateError, match="it is a link"):
        drafts.load(saved)
