"""Secrets are written although whoever forgets others takes the empty directory away at that moment."""

from pathlib import PurePosixPath

import pytest

from tests.support.memory_host.host import MemoryHost
from wizard.errors import NotFoundError
from wizard.jobs import worker_secrets
from wizard.jobs.worker_secrets import WorkerSecrets
from wizard.model.value import Secret


class Swept(MemoryHost):
    """The directory of secrets goes just before a file of it is written, so many times."""

    times = 1

    def write(
        self, path: PurePosixPath, data: bytes, *, expected: str | None, owner: str, group: str, mode: int
    ) -> None:
        """See the port."""
        if path.parent.name == "private" and self.times:
            self.times -= 1
            self.remove(path.parent)
            raise NotFoundError(path)
        super().write(path, data, expected=expected, owner=owner, group=group, mode=mode)


def test_a_directory_that_goes_at_that_moment_is_made_again() -> None:
    host = Swept()
    worker_secrets.store(host, "one", WorkerSecrets(passwords={"app": Secret("word")}))
    assert worker_secrets.load(host, "one").passwords["app"].reveal() == "word"


def test_one_that_goes_for_ever_is_said() -> None:
    host = Swept()
    host.times = 1000
    with pytest.raises(NotFoundError):
        worker_secrets.store(host, "one", WorkerSecrets(passwords={"app": Secret("word")}))
