"""One odd line in a configuration or ACL file gives a result or a sentence, never an internal error."""

from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.scenario import debian, run
from wizard.formats.redisconf.directives import directives

NAMES = sorted({row.name for row in directives()})
VALUES = (
    *(
        b"",
        b"yes",
        b"6379",
        b"0",
        b"-5",
        b"65536",
        b"4gb",
        b"12 gb",
        b"hostname.example",
        b"* -::*",
        b"::1%lo",
        b"/etc",
    ),
    *(b"3600 1 300", b'""', b"normal 0 0", b"default on nopass", b"alice on >x ~* (", b"nan", b"0777", b"[::1]", b"-"),
    *(b"/dev/null", b"../../x", b"127.0.0.1 " * 20, "\N{FULLWIDTH DIGIT ONE}".encode(), "\N{SUPERSCRIPT TWO}".encode()),
)
ENDS = (
    *(b"", b" # comment", b"#x", b" \xff\xfe", b" '", b' "', b" \\", b" " + b"9" * 5000, b" -1", b"\0", b" %s", b"\r"),
    *(b"\t\t", b" 1e9", b" +inf", b" 0x10", b" 1_000", b' "\\xff"', "\N{RIGHT-TO-LEFT OVERRIDE}".encode()),
)
IMPORTANT = (
    "port",
    "bind",
    "tls-port",
    "unixsocket",
    "unixsocketperm",
    "maxmemory",
    "save",
    "dir",
    "aclfile",
    "include",
)
lines = st.builds(
    lambda name, value, end: name.encode() + b" " + value + end,
    st.sampled_from(NAMES) | st.sampled_from(IMPORTANT),
    st.sampled_from(VALUES) | st.binary(max_size=20),
    st.sampled_from(ENDS),
)


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(line=lines, first=st.booleans())
def test_an_odd_line_is_no_internal_error(line: bytes, first: bool, tmp_path_factory: object) -> None:  # noqa: FBT001 - drawn
    root = debian(tmp_path_factory.mktemp("tree"))  # type: ignore[attr-defined]  # pytest's own factory
    path = Path(root, "etc/redis/redis.conf")
    text = path.read_bytes()
    path.write_bytes(line + b"\n" + text if first else text + line + b"\n")
    for command in ("detect", "check", "plan"):
        ran = run(command, "--root", root)
        assert ran.status in {0, 1}, ran
        assert "defect" not in ran.err, (line, ran.err)
        assert "internal error" not in ran.err, (line, ran.err)
