"""A number of more digits than Python converts (4,300), in each directive that a plan computes with."""

from pathlib import Path

import pytest

from tests.support.scenario import debian, run

ENDLESS = "9" * 5000
DIRECTIVES = (
    *("port", "tls-port", "timeout", "databases", "maxclients", "maxmemory", "maxmemory-samples", "tcp-backlog"),
    *("repl-backlog-size", "save", "unixsocketperm", "client-output-buffer-limit", "slowlog-max-len"),
)


@pytest.mark.parametrize("directive", DIRECTIVES)
def test_it_is_told_and_stops_no_command(directive: str, tmp_path: Path) -> None:
    root = debian(tmp_path)
    (root / "etc/redis/redis.conf").write_text(f"bind 127.0.0.1\n{directive} {ENDLESS}\n", encoding="ascii")
    checked, planned = run("check", "--root", root), run("plan", "--root", root)
    said = checked.out + checked.err + planned.err
    assert "defect" not in said
    assert ENDLESS[:100] not in said, "it is no port and no amount"
