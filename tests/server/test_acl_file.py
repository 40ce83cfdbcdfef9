"""What we say of an ACL file is what the server does with it."""

from pathlib import Path, PurePosixPath
from random import Random

import pytest

from tests.support.acl_server import acl_server
from tests.support.servers import Server, boots, server
from wizard.acl.aclfile import AclDocument, find_problems
from wizard.acl.equivalence import same
from wizard.acl.password import hash_password
from wizard.acl.repair import repair
from wizard.acl.user import parse_line
from wizard.model.change import Effect, SetUser
from wizard.model.value import replace
from wizard.planning.edits.acl_edit import edit_users

__all__ = ("server",)

pytestmark = pytest.mark.server

PATH = PurePosixPath("/etc/redis/users.acl")
DEFAULT = b"user default on nopass ~* &* +@all\n"
HASH = b"#" + b"0123456789abcdef" * 4

PIECES = (
    *(b"on", b"off", b"nopass", b"resetpass", b"reset", b"sanitize-payload", b"clearselectors", b">pw", b"<pw", HASH),
    *(HASH.upper(), HASH[:-1], b"!" + HASH[1:], b"#<hash>", b"#", b"# words here", b"#words", b"~a:*", b"~*", b"~b"),
    *(b"%R~a", b"%RR~a", b"%~a", b"allkeys", b"resetkeys", b"&a", b"&*", b"allchannels", b"resetchannels", b"+@all"),
    *(b"-@all", b"+@read", b"-@dangerous", b"+@nosuch", b"+get", b"-get", b"+GET", b"+nosuch", b"+config|get"),
    *(b"-config|get", b"+get|x", b"-get|x", b"+client|nosuch", b"+config|get|x", b"+get|", b"+", b"+@", b"(~b +get)"),
    *(
        b"( +get )",
        b"()",
        b"db=0",
        b"alldbs",
        b"\t+get",
        b"+get\t",
        b"+get\t+set",
        b"",
        b"\\",
        b"word",
        b'"a"',
        b"(>pw)",
    ),
)
LINES = (
    *(b"", b"  ", b"# comment", b"USER b on", b"user\tb on", b"user  b on", b"user", b"user b", b"\tuser b on", b"on"),
    *(
        b"user b on\r",
        b"user b\ton",
        b'user "b" on',
        b"user b on\x0b",
        b"user b on nopass\x00 +get",
        b"\xef\xbb\xbfuser b on",
    ),
    *(b"user \xc3\xa9 on", b"user b on ~\xff", b"user a on", b"user b on\x00"),
)


def test_names_as_fatal_what_the_server_refuses_and_nothing_else(server: Server, tmp_path: Path) -> None:
    random = Random(server.key)  # noqa: S311 - the same cases each time
    wrong, refused = [], 0
    with acl_server(server, tmp_path) as asked:
        for _ in range(400):
            data = _random_file(random)
            problems = find_problems(PATH, data, server.version, flavour=server.flavour)
            said = asked.load(data)
            refused += bool(said)
            if any(problem.fatal for problem in problems) != bool(said):
                wrong.append((data, said, [problem.code for problem in problems]))
    assert not wrong
    assert 0 < refused < 400


def _random_file(random: Random) -> bytes:
    line = b" ".join([b"user", b"a", *random.choices(PIECES, k=random.randint(0, 4))])
    lines = [DEFAULT.rstrip(), line]
    if random.random() < 0.3:
        lines.insert(random.randint(0, 2), random.choice(LINES))
    return b"\n".join(lines) + random.choice([b"", b"\n"])


def test_what_is_mended_is_taken(server: Server, tmp_path: Path) -> None:
    data = (
        b"\xef\xbb\xbf# The application's users\n"
        + DEFAULT
        + b"user app on "
        + HASH.upper()
        + b" \\\n    ~cache:* &x \\\n    +@read\n"
        + b"USER ops on nopass ~* ~b +info # of the night shift\nuser\ttabs\ton  +get\nuser tabs on +get\n"
    )
    with acl_server(server, tmp_path) as asked:
        assert asked.load(data) != ""
        document = repair(AclDocument.parse(data), flavour=server.flavour, version=server.version)
        assert asked.load(document.data()) == ""
        assert not any(problem.fatal for problem in find_problems(PATH, document.data(), server.version))
        app = parse_line("user app on " + HASH.decode().lower() + " ~cache:* resetchannels &x +@read")
        assert same(app, parse_line(asked.line("app")), flavour=server.flavour, version=server.version)


def test_a_selector_that_is_left_open_is_fatal(server: Server, tmp_path: Path) -> None:
    data = DEFAULT + b"user a on (~b +get\n"
    (tmp_path / "users.acl").write_bytes(data)
    started, _ = boots(server, f'aclfile "{tmp_path / "users.acl"}"\n'.encode(), tmp_path)
    codes = [problem.code for problem in find_problems(PATH, data, server.version) if problem.fatal]
    assert not started
    assert codes == ["open-selector"]


def test_without_a_default_line_the_server_is_open(server: Server, tmp_path: Path) -> None:
    with acl_server(server, tmp_path) as asked:
        assert asked.load(b"user a on nopass +get\n") == ""
        assert "nopass" in asked.line("default").split(" ")
        assert "+@all" in asked.line("default").split(" ")


def test_a_blank_behind_the_sign_of_a_password_opens_nothing(server: Server, tmp_path: Path) -> None:
    data = DEFAULT + b"user shop on > secret ~* +@all\n"
    with acl_server(server, tmp_path) as asked:
        assert asked.load(data) != ""
        edited = edit_users(PATH, data, (_kept("shop", "on ~* +@all"),), {})
        assert asked.load(edited) == ""
        assert asked.refuses("shop", "")
        assert not asked.refuses("shop", "secret")


def test_an_empty_password_is_accepted_by_servers_and_never_written(server: Server, tmp_path: Path) -> None:
    data = DEFAULT + b"user ops on > ~ops:* +get\n"
    with acl_server(server, tmp_path) as asked:
        assert asked.load(data) == ""
        assert not asked.refuses("ops", "")
        new = replace(_kept("ops", "on ~ops:* +get"), password="generate")
        assert asked.load(edit_users(PATH, data, (new,), {"ops": hash_password("another")})) == ""
        assert asked.refuses("ops", "")


def _kept(name: str, rules: str) -> SetUser:
    return SetUser(
        id=f"user:{name}",
        title=name,
        before="",
        after=rules,
        why="",
        source="",
        effect=Effect.RELOAD,
        undo="",
        path=PATH,
        user=name,
        rules=rules,
        password="keep",
    )
