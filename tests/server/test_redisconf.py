"""What is said of a configuration is what the real servers do with it."""

import os
from pathlib import Path, PurePosixPath

import pytest

from tests.support.servers import Server, ask, boots, running, server
from wizard.formats.redisconf.document import Document
from wizard.formats.redisconf.lint import find_problems
from wizard.formats.redisconf.repair import repaired_arguments
from wizard.model.facts.service import Flavour
from wizard.sandbox.ports import free_port

pytestmark = pytest.mark.server

__all__ = ["server"]

CONFIGS = Path(__file__).parents[1] / "data" / "configs"
CORPUS = sorted(path.name for path in CONFIGS.glob("*.conf"))
STOCK = [Path(path) for path in ("/etc/redis/redis.conf", "/etc/valkey/valkey.conf") if os.access(path, os.R_OK)]

SMALL: dict[str, bytes] = {
    "nothing": b"",
    "only comments": b"# a\n  # b # c\n\n \t \n",
    "no final newline": b"timeout 5",
    "carriage returns": b"timeout 5\r\n\r\n# x\r\nsave 60 1\r\n",
    "lone carriage return": b"timeout 5\rhz 10\n",
    "carriage return in a comment": b"# x\rnonsense 1\ntimeout 5\n",
    "byte order mark": b"\xef\xbb\xbftimeout 5\n",
    "byte order mark before a comment": b"\xef\xbb\xbf# x\ntimeout 5\n",
    "NUL": b"timeout 5\0\nhz 10\n",
    "vertical tab": b"timeout\x0b5\n",
    "vertical tab between blanks": b"timeout \x0b 5\n",
    "continued line": b"bind 127.0.0.1 \\\n 127.0.0.2\n",
    "quoted name": b'"timeout" "5"\n',
    "unbalanced": b'requirepass "abc\n',
    "apostrophe": b"requirepass don't\n",
    "text behind quote": b'requirepass "abc"def\n',
    "quote inside": b'requirepass ab"cd"\n',
    "quote inside and on": b'requirepass ab"cd"ef\n',
    "apostrophe in a comment": b"timeout 5 # don't\n",
    "hash as value": b"requirepass #5\n",
    "two words": b"requirepass a b\n",
    "empty password": b'requirepass ""\n',
    "no value": b"timeout\n",
    "true": b"appendonly true\n",
    "capitals": b"MaxMemory-Policy ALLKEYS-LRU\nprotected-mode YES\n",
    "half a unit": b"maxmemory 1.5gb\n",
    "percent": b"maxmemory 50%\n",
    "tera": b"maxmemory 1tb\n",
    "negative": b"maxmemory -1\n",
    "blank in a size": b"maxmemory 1 gb\n",
    "leading zero": b"timeout 05\n",
    "plus": b"timeout +5\n",
    "too high a port": b"port 99999\n",
    "no clients": b"maxclients 0\n",
    "wrong policy": b"maxmemory-policy lru\n",
    "misspelt": b"maxmemmory 1gb\n",
    "with a dot": b"search.timeout\n",
    "removed directives": b"dynamic-hz yes\nlua-replicate-commands yes\nio-threads-do-reads yes\n",
    "newer directives": b"latency-tracking yes\n",
    "path as file name": b"dbfilename a/b\n",
    "empty dir": b'dir ""\n',
    "rename twice": b'rename-command DEBUG ""\nrename-command debug x\n',
    "rename of nothing": b'rename-command NOSUCH ""\n',
    "rename to a taken name": b"rename-command DEBUG GET\n",
    "rename of a renamed": b"rename-command DEBUG abc\nrename-command ABC def\n",
    "rename of a subcommand": b'rename-command CLIENT|KILL ""\n',
    "user twice": b"user a on nopass\nuser a on nopass\n",
    "user with comment": b"user a on nopass # comment\n",
    "sixteen addresses": b"bind " + b" ".join(b"127.0.0.%d" % n for n in range(1, 17)) + b"\n",
    "seventeen addresses": b"bind " + b" ".join(b"127.0.0.%d" % n for n in range(1, 18)) + b"\n",
    "no address": b"bind\n",
    "bad octal": b"unixsocketperm 0888\n",
    "replica in a cluster": b"cluster-enabled yes\nreplicaof 127.0.0.1 1\n",
    "replica of no one": b"cluster-enabled yes\nreplicaof no one\n",
    "sentinel line": b"sentinel monitor mymaster 127.0.0.1 6379 2\n",
    "limits": b"client-output-buffer-limit normal 0 0\n",
    "limits of nobody": b"client-output-buffer-limit nobody 0 0 0\n",
    "events": b"notify-keyspace-events KEAz\nnotify-keyspace-events Q\n",
    "odd save": b"save 60\n",
    "save in words": b"save 60 many\n",
    "several pairs": b"save 3600 1 300 100\n",
}


def verdict(server: Server, main: Path, contents: dict[Path, bytes], directory: Path) -> tuple[bool, list[str]]:
    pure = {PurePosixPath(path): data for path, data in contents.items()}
    found = find_problems(PurePosixPath(main), pure, server.flavour, server.version, directory=PurePosixPath(directory))
    return any(problem.fatal for problem in found), [f"{problem.line} {problem.code}" for problem in found]


def agree(server: Server, data: bytes, directory: Path) -> None:
    (directory / "users.acl").write_text("user default on nopass ~* &* +@all\n")
    fatal, codes = verdict(server, directory / "test.conf", {directory / "test.conf": data}, directory)
    up, words = boots(server, data, directory)
    assert up is not fatal, f"{codes} but {words}"


@pytest.mark.parametrize("name", SMALL)
def test_agrees_with_the_server_on_small_files(name: str, server: Server, tmp_path: Path) -> None:
    agree(server, SMALL[name], tmp_path)


@pytest.mark.parametrize("name", CORPUS)
def test_agrees_with_the_server_on_whole_files(name: str, server: Server, tmp_path: Path) -> None:
    agree(server, (CONFIGS / name).read_bytes().replace(b"@DIR@", bytes(tmp_path)), tmp_path)


@pytest.mark.parametrize("name", CORPUS)
def test_agrees_with_the_server_on_the_same_with_carriage_returns(name: str, server: Server, tmp_path: Path) -> None:
    data = (CONFIGS / name).read_bytes().replace(b"@DIR@", bytes(tmp_path))
    agree(server, data.replace(b"\n", b"\r\n"), tmp_path)


@pytest.mark.parametrize("path", STOCK, ids=str)
def test_agrees_with_the_server_on_the_distribution_s_file(path: Path, server: Server, tmp_path: Path) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    here = (b"dir ", b"logfile ", b"pidfile ", b"unixsocket ")
    agree(server, b"".join(line for line in lines if not line.startswith(here)), tmp_path)


@pytest.mark.parametrize("name", CORPUS)
def test_mended_lines_boot(name: str, server: Server, tmp_path: Path) -> None:
    data = (CONFIGS / name).read_bytes().replace(b"@DIR@", bytes(tmp_path))
    document = Document.parse(data)
    meant: dict[str, list[tuple[str, ...]]] = {}
    for line in document.lines:
        if line.name:
            meant.setdefault(line.name, []).append(repaired_arguments(line) or line.arguments)
    meant["rename-command"] = list({line[0].lower(): line for line in meant.get("rename-command", [])}.values())
    for directive, values in meant.items():
        document = document.set(directive, values)
    agree(server, document.data(), tmp_path)
    assert boots(server, document.data(), tmp_path)[0]


def test_the_mistakes_of_the_chapter_are_named(tmp_path: Path) -> None:
    main = tmp_path / "x"
    found = {}
    for name in CORPUS:
        contents = {PurePosixPath(main): (CONFIGS / name).read_bytes()}
        problems = find_problems(PurePosixPath(main), contents, *_valkey())
        found[name] = {(problem.line, problem.code) for problem in problems if problem.fatal}
    assert found["chapter-memory.conf"] == {(2, "trailing-comment"), (3, "trailing-comment")}
    assert found["chapter-kernel.conf"] == {(line, "trailing-comment") for line in (1, 2, 3)}
    assert found["chapter-renames.conf"] == {(7, "duplicate-rename")}
    assert {line for line, _ in found["chapter-persistence.conf"]} == {2, 3, 4, 5, 7, 12, 14, 15, 16, 17}
    assert found["chapter-template.conf"] == set()


def _valkey() -> tuple[Flavour, str]:
    from tests.support.servers import SERVERS  # noqa: PLC0415 - used by one test alone

    return SERVERS["v81"].flavour, SERVERS["v81"].version


INCLUDES: dict[str, dict[str, bytes]] = {
    "in place": {"test.conf": b"timeout 1\ninclude a.conf\ntimeout x\n", "a.conf": b"hz 5\n"},
    "mistake inside": {"test.conf": b"include a.conf\n", "a.conf": b"hz x\n"},
    "missing": {"test.conf": b"include a.conf\n"},
    "pattern": {"test.conf": b"include *.inc\n", "b.inc": b"hz 5\n", "a.inc": b"hz 5\n", ".c.inc": b"hz x\n"},
    "pattern without a match": {"test.conf": b"include *.inc\n"},
    "directory changed": {"test.conf": b"dir sub\ninclude a.conf\n", "sub/a.conf": b"hz 5\n"},
    "directory changed, file left behind": {"test.conf": b"dir sub\ninclude a.conf\n", "a.conf": b"", "sub/b": b""},
    "user beside aclfile": {"test.conf": b"aclfile users.acl\ninclude u.conf\n", "u.conf": b"user a on\n"},
    "rename in both": {
        "test.conf": b'rename-command DEBUG ""\ninclude r.conf\n',
        "r.conf": b"rename-command DEBUG x\n",
    },
    "two words": {"test.conf": b"include a b\n", "a": b""},
    "itself": {"test.conf": b"include test.conf\n"},
}


@pytest.mark.parametrize("name", INCLUDES)
def test_agrees_with_the_server_on_includes(name: str, server: Server, tmp_path: Path) -> None:
    contents = {tmp_path / path: data for path, data in INCLUDES[name].items()}
    for path, data in contents.items():
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
    (tmp_path / "users.acl").write_bytes(b"user default on nopass\n")
    fatal, codes = verdict(server, tmp_path / "test.conf", contents, tmp_path)
    up, words = boots(server, INCLUDES[name]["test.conf"], tmp_path)
    assert up is not fatal, f"{codes} but {words}"


LISTENING: dict[str, bytes] = {
    "comment": b"bind 127.0.0.1 # loop\n",
    "comma": b"bind 127.0.0.1,127.0.0.2\n",
    "prefix": b"bind 127.0.0.0/8\n",
    "backslash": b"bind 127.0.0.1 \\\n",
    "fine": b"bind 127.0.0.1\n",
}


@pytest.mark.parametrize("name", LISTENING)
def test_agrees_with_a_listening_server_on_addresses(name: str, server: Server, tmp_path: Path) -> None:
    data = LISTENING[name]
    fatal, codes = verdict(server, tmp_path / "test.conf", {tmp_path / "test.conf": data}, tmp_path)
    up, words = boots(server, data, tmp_path, arguments=("--port", str(free_port())))
    assert up is not fatal, f"{codes} but {words}"


def save_points(server: Server, data: bytes, directory: Path) -> str:
    with running(server, data, directory) as (path, _):
        return ask(path, "CONFIG", "GET", "save").split("\r\n")[-2]


def test_save_lines_behind_an_include_are_lost_where_we_say_so(server: Server, tmp_path: Path) -> None:
    (tmp_path / "a.conf").write_bytes(b"hz 10\n")
    data = b"include a.conf\nsave 3600 1\nsave 60 10000\n"
    contents = {tmp_path / "test.conf": data, tmp_path / "a.conf": b"hz 10\n"}
    _, codes = verdict(server, tmp_path / "test.conf", contents, tmp_path)
    lost = save_points(server, data, tmp_path) == "60 10000"
    assert lost is ("3 save-after-include" in codes)


def test_several_pairs_on_a_line_are_lost_where_we_say_so(server: Server, tmp_path: Path) -> None:
    data = b"save 3600 1 300 100\n"
    _, codes = verdict(server, tmp_path / "test.conf", {tmp_path / "test.conf": data}, tmp_path)
    assert (save_points(server, data, tmp_path) == "") is ("1 several-save-pairs" in codes)


def test_requirepass_beside_an_acl_file_leaves_the_server_open(server: Server, tmp_path: Path) -> None:
    (tmp_path / "users.acl").write_bytes(b"user other on nopass\n")
    data = b"requirepass secret\naclfile users.acl\n"
    _, codes = verdict(server, tmp_path / "test.conf", {tmp_path / "test.conf": data}, tmp_path)
    with running(server, data, tmp_path) as (path, _):
        assert ask(path, "PING").startswith("+PONG")
    assert codes == ["1 requirepass-beside-aclfile"]


@pytest.mark.parametrize("argument", ["plain", "a b", 'q"q', "a\\b", "#x", "\n\t\x07", "é ✓", "", "'"])
def test_the_server_reads_what_we_quote(argument: str, server: Server, tmp_path: Path) -> None:
    data = Document.parse(b"").set("masterauth", [[argument]]).data()
    with running(server, data, tmp_path) as (path, _):
        answer = ask(path, "CONFIG", "GET", "masterauth")
    assert answer.endswith(f"${len(argument.encode())}\r\n{argument}\r\n")
