"""A rollback that must hold a line of the configuration for a while gives the old file back all the same."""

from collections.abc import Callable
from pathlib import Path, PurePosixPath

import pytest

from tests.support.apply_bench import Bench
from tests.support.data_bench import PERSISTENCE, configure, load
from wizard.errors import ApplyError
from wizard.jobs.status import unfinished_apply
from wizard.model.event import Result
from wizard.recovery.recover import Trigger, recover
from wizard.sandbox.files import UNIT

pytestmark = pytest.mark.server


class KilledError(BaseException):
    """The worker is killed."""


def killed_at(box: Bench, stop: PurePosixPath) -> Callable[..., None]:
    write = box.host.write

    def once(path: PurePosixPath, data: bytes, *, expected: str | None, owner: str, group: str, mode: int) -> None:
        if path == stop:
            raise KilledError
        write(path, data, expected=expected, owner=owner, group=group, mode=mode)

    return once


def test_the_very_same_file_is_there_after_a_boot_that_held_a_line(box: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    configure(box, *PERSISTENCE["rdb"])
    with box.client() as client:
        load(client, 100)
    config = Path(box.host.layout.config)
    before = config.stat()
    wanted = box.plan()
    with monkeypatch.context() as patch:
        patch.setattr(box.host, "write", killed_at(box, box.host.layout.config))
        with pytest.raises(KilledError):
            box.apply(wanted)
    box.crash()
    with pytest.raises(ApplyError, match="the keys are restored when the server is up"):
        recover(box.host, reason=Trigger.BOOT, identity=unfinished_apply(box.host))
    assert b"\nappendonly yes\n" in config.read_bytes()
    box.host.services.start(UNIT)
    outcome = recover(box.host, reason=Trigger.AFTER_SERVER_START)
    assert outcome is not None
    assert outcome.result is Result.ROLLED_BACK, outcome
    after = config.stat()
    assert (after.st_ino, after.st_mtime_ns, after.st_nlink) == (before.st_ino, before.st_mtime_ns, 1)
    assert sorted(path.name for path in config.parent.iterdir() if ".rw-" in path.name) == []
