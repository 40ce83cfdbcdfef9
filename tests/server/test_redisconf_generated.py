"""Configurations that nobody wrote: what is said of them is what a real server does."""

import tempfile
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.servers import boots, need
from wizard.formats.redisconf.directives import Kind, directives
from wizard.formats.redisconf.lint import find_problems
from wizard.formats.redisconf.quoting import quote

pytestmark = pytest.mark.server

KEY = "r74"
"""The build with TLS that comes with the development packages."""

NEEDS_THE_HOST = frozenset(
    {"dir", "logfile", "loadmodule", "include", "aclfile", "unixsocket", "unixsocketgroup", "locale-collate", "user"}
    | {"port", "tls-port", "daemonize", "activedefrag", "cluster-enabled", "sentinel", "syslog-enabled", "bind"}
    | {row.name for row in directives() if row.name.startswith("tls-")}
)
"""Whether these work depends on files, addresses or the build, which no text can tell."""

ROWS = [row for row in directives() if row.name not in NEEDS_THE_HOST]
WORDS = ["yes", "no", "0", "1", "-1", "64", "100", "70000", "1gb", "5%", "x", "", "KEA", "770", "127.0.0.1", "#", "\\"]


@st.composite
def lines(draw: st.DrawFn) -> str:
    row = draw(st.sampled_from(ROWS))
    if row.kind in (Kind.ENUM, Kind.ENUMS) and draw(st.booleans()):
        words = [draw(st.sampled_from(row.values.split(",")))]
    elif row.kind is Kind.RENAME:
        names = st.sampled_from(["DEBUG", "debug", "KEYS", "get", "NOSUCH", "kept", ""])
        words = draw(st.lists(names, min_size=1, max_size=3))
    else:
        words = draw(st.lists(st.sampled_from(WORDS), max_size=4))
    end = draw(st.sampled_from(["", "", "", "", " # why", " \\", ' "', "\t"]))
    name = draw(st.sampled_from([row.name, row.name, row.name.upper(), row.name + "x"]))
    return " ".join([name, *map(quote, words)]) + end


FILES = st.tuples(st.lists(lines(), min_size=1, max_size=3), st.sampled_from(["\n", "\r\n"]))


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(FILES)
def test_agrees_with_the_server(file: tuple[list[str], str]) -> None:
    data = file[1].join(file[0]).encode()
    server = need(KEY)
    main = PurePosixPath("/test.conf")
    found = find_problems(main, {main: data}, server.flavour, server.version)
    with tempfile.TemporaryDirectory() as directory:
        up, words = boots(server, data, Path(directory))
    fatal = [f"{problem.line} {problem.code}" for problem in found if problem.fatal]
    assert up is not bool(fatal), f"{fatal} but {words[-400:]}"
