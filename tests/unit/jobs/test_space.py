"""The space that a rollback may use on a full disk."""

from pathlib import PurePosixPath

import pytest

from tests.support.memory_host.host import MemoryHost
from wizard.errors import NoSpaceError, UnsupportedError
from wizard.jobs import space, watchdog
from wizard.model.facts.files import FileKind

ID = "20261124-120000"
RESERVE = PurePosixPath("/var/lib/redis-wizard/applies") / ID / "reserve"


@pytest.fixture
def host() -> MemoryHost:
    return MemoryHost()


def test_space_is_set_aside_for_us_alone_and_given_back(host: MemoryHost) -> None:
    space.reserve_space(host, ID)
    space.reserve_space(host, ID)
    assert (host.status(RESERVE).size, host.status(RESERVE).mode) == (1 << 20, 0o600)
    space.release_space(host, ID)
    space.release_space(host, ID)
    assert host.status(RESERVE).kind is FileKind.ABSENT


def test_no_change_begins_without_space_to_take_it_back(host: MemoryHost) -> None:
    host.put_directory(RESERVE.parent)
    host.full = True
    with pytest.raises(NoSpaceError):
        space.reserve_space(host, ID)


def test_a_file_system_that_sets_nothing_aside_is_no_obstacle(
    host: MemoryHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_path: PurePosixPath, _size: int) -> None:
        raise UnsupportedError("nothing is set aside here")

    monkeypatch.setattr(host, "reserve", refuse)
    space.reserve_space(host, ID)
    space.release_space(host, ID)


def test_an_end_gives_the_space_back_whatever_it_was(host: MemoryHost) -> None:
    space.reserve_space(host, ID)
    watchdog.disarm(host, ID)
    assert host.status(RESERVE).kind is FileKind.ABSENT
