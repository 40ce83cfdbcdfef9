"""A port is unused when nobody works by it; a connection that only greets may leave first."""

from typing import cast

import pytest

from wizard.changes.listeners import ensure_unused
from wizard.errors import ApplyError
from wizard.server.client import Client


def connection(cmd: str, name: str = "") -> dict[str, str]:
    laddr, addr = "127.0.0.1:6379", "127.0.0.1:54452"
    return {"id": "7", "addr": addr, "laddr": laddr, "flags": "N", "name": name, "cmd": cmd, "user": "default"}


class Server:
    """Lists these connections, one look after another; the last look for good."""

    def __init__(self, *looks: list[dict[str, str]]) -> None:
        self._looks = [*looks]

    def identity(self) -> str:
        return "1"

    def client_list(self) -> list[dict[str, str]]:
        return self._looks.pop(0) if len(self._looks) > 1 else self._looks[0]


def look(*looks: list[dict[str, str]]) -> None:
    ensure_unused(cast("Client", Server(*looks)), "6379")


@pytest.mark.parametrize("cmd", ["NULL", "ping", "client|setname"])
def test_one_that_greets_and_leaves_does_not_count(cmd: str) -> None:
    look([connection(cmd)], [connection(cmd)], [])


def test_one_that_works_counts_at_once_and_after_its_greeting() -> None:
    for before in ([], [[connection("NULL")]]):
        with pytest.raises(ApplyError, match=r"port 6379 stays open: 127\.0\.0\.1:54452"):
            look(*before, [connection("get")])


def test_one_that_stays_counts_though_it_asks_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wizard.changes.listeners.GREETING_SECONDS", 0.05)
    with pytest.raises(ApplyError, match="stays open"):
        look([connection("ping", name="late")])
