"""The defaults that the product assumes are those of every measured server."""

from pathlib import Path

import pytest

from tests.support.servers import Server, ask, running, server
from wizard.config.defaults import measured_defaults
from wizard.formats.redisconf.directives import equivalent, names

__all__ = ["server"]

pytestmark = pytest.mark.server


def test_a_server_that_is_told_nothing_has_these_values(server: Server, tmp_path: Path) -> None:
    with running(server, "", tmp_path) as (path, _process):
        answer = ask(path, "CONFIG", "GET", "*").split("\r\n")
        values = [word for word in answer[1:] if not word.startswith("$")]
        live = dict(zip(values[::2], values[1::2], strict=False))
    assumed = measured_defaults()
    # The test starts it on a socket alone.
    for name in ("unixsocket", "port"):
        del assumed[name]
    known = {name: value for name, value in assumed.items() if name in live or set(names(name)) & set(live)}
    shown = {name: next(live[each] for each in names(name) if each in live) for name in known}
    if server.key == "r62":
        assert shown.pop("bind") == ""
        del known["bind"]
    differ = {name: (shown[name], value) for name, value in known.items() if not equivalent(name, shown[name], value)}
    assert differ == {}
    assert len(known) > 20
