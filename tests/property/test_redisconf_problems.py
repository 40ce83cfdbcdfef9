"""Laws of judgements and of masking: never a crash, never a secret."""

import re
from pathlib import PurePosixPath

from hypothesis import given
from hypothesis import strategies as st

from wizard.formats.redisconf.document import Document
from wizard.formats.redisconf.include import expand_includes
from wizard.formats.redisconf.lint import find_problems
from wizard.formats.redisconf.quoting import quote
from wizard.formats.redisconf.redact import redact_text
from wizard.formats.redisconf.repair import repaired_arguments
from wizard.model.facts.service import Flavour
from wizard.model.value import to_json

MAIN = PurePosixPath("/etc/redis/redis.conf")
VERSIONS = [(Flavour.REDIS, "6.2.5"), (Flavour.REDIS, "8.0.2"), (Flavour.VALKEY, "9.1.2"), (Flavour.KEYDB, "")]
SECRET = "s3cr3t-" + "w0rd" * 3
LINE = st.sampled_from(
    [
        "include /a.conf",
        "include /b*",
        "include b.conf",
        "dir /x",
        "save 1 1",
        "save 60 1 # x",
        "user a on >p",
        "user a",
        "aclfile /users.acl",
        "requirepass x",
        'rename-command DEBUG ""',
        "rename-command a",
        "cluster-enabled yes",
        "replicaof a 1",
        "maxmemory 1.5gb \\",
        'bind "',
        "bind",
        "port 1",
        "port 2",
        "\0",
        "\ufeffport 1",
    ]
)
TEXT = st.lists(st.one_of(LINE, st.text(max_size=12)), max_size=10).map(lambda lines: "\n".join(lines).encode())


@given(main=st.one_of(TEXT, st.binary()), first=TEXT, second=TEXT, server=st.sampled_from(VERSIONS))
def test_every_file_gets_a_judgement(main: bytes, first: bytes, second: bytes, server: tuple[Flavour, str]) -> None:
    contents = {MAIN: main, PurePosixPath("/a.conf"): first, PurePosixPath("/b.conf"): second}
    found = find_problems(MAIN, contents, *server)
    for problem in found:
        assert problem.what.endswith(".")
        assert problem.remedy.endswith(".")
        assert 1 <= problem.line <= contents[problem.path].count(b"\n") + 1
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", problem.code)
    to_json(found)
    to_json(expand_includes(MAIN, contents))


@given(st.one_of(TEXT, st.binary()))
def test_mending_ends_and_mends_once(data: bytes) -> None:
    document = Document.parse(data)
    for line in document.lines:
        meant = repaired_arguments(line)
        if meant is None:
            continue
        assert meant != line.arguments or line.problem
        again = Document.parse(" ".join([line.name, *map(quote, meant)]).encode()).lines[0]
        assert repaired_arguments(again) is None


SECRET_LINES = [
    "requirepass {}",
    "  RequirePass '{}'",
    'requirepass "{}',
    "requirepass {} {}",
    "requirepass a{}b # c",
    "# requirepass {}",
    "#requirepass '{}' # old",
    "# x\rrequirepass {}",
    "masterauth {}",
    "primaryauth {}",
    "tls-key-file-pass {}",
    "user a on >{} +get",
    "user a on <{} #{}",
    "# user a on >{}",
    "rename-command CONFIG {}",
    'rename-command {} ""',
    "requirepas {}",
    "requirepass={}",
    "masterauth: {}",
    "\ufeffrequirepass {}",
    "sentinel auth-pass mymaster {}",
    "requirepass\0{}",
    "timeout 5 # requirepass {}",
    "include x # masterauth '{}'",
    "timeout 'x requirepass \"{}'",
]


@given(st.lists(st.one_of(st.sampled_from(SECRET_LINES), LINE), max_size=8), st.sampled_from(VERSIONS))
def test_no_secret_leaves(lines: list[str], server: tuple[Flavour, str]) -> None:
    data = "\n".join(lines).replace("{}", SECRET).encode()
    document = Document.parse(data)
    contents = {MAIN: data}
    outgoing = [
        redact_text(data),
        to_json(find_problems(MAIN, contents, *server)),
        to_json(expand_includes(MAIN, contents)),
        repr(document),
        repr(document.lines),
        repr(document.set("requirepass", [[SECRET]])),
    ]
    assert not [text for text in outgoing if SECRET in text]


PLAIN = st.lists(
    st.sampled_from(["port 1", "# requirepass is a word", "", "save 60 1", "  tls-auth-clients yes", "# text é"]),
    max_size=8,
)


@given(PLAIN, st.sampled_from(["\n", "\r\n"]))
def test_lines_without_a_secret_are_shown_as_they_are(lines: list[str], end: str) -> None:
    text = end.join(lines)
    assert redact_text(text.encode()) == text


@given(st.binary())
def test_masking_keeps_the_number_of_lines(data: bytes) -> None:
    assert redact_text(data).count("\n") == data.count(b"\n")
