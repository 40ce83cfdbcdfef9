"""A server that rewrites its own files in the middle of an apply: our part is found in its words and taken out."""

import hashlib
from pathlib import Path

import pytest

from tests.support.servers import Server, ask, running, server
from wizard.formats.redisconf.directives import normalize
from wizard.formats.redisconf.document import Document
from wizard.planning.edits.merge import configuration, users

__all__ = ["server"]
pytestmark = pytest.mark.server

OLD = b"# by hand\nmaxmemory 0\nsave 3600 1 300 100\ntimeout 0\nslowlog-max-len 128\nappendonly no\n# end\n"
OURS = {
    "maxmemory": "64mb",
    "save": "60 1000 30 5",
    "timeout": "300",
    "slowlog-max-len": "256",
    "maxmemory-policy": "allkeys-lru",
    "notify-keyspace-events": "Ex",
}
THEIRS = {"hz": "17", "slowlog-max-len": "999"}


def old_for(server: Server) -> bytes:
    """6.2 takes one pair of save points a line."""
    return OLD.replace(b"save 3600 1 300 100", b"save 3600 1\nsave 300 100") if server.key == "r62" else OLD


def ours_for(server: Server, old: bytes) -> bytes:
    document = Document.parse(old)
    for name, value in OURS.items():
        words = value.split()
        pairs = [tuple(words[at : at + 2]) for at in range(0, len(words), 2)] if name == "save" else [tuple(words)]
        document = document.set(name, pairs if server.key == "r62" or name != "save" else [tuple(words)])
    return document.data()


def meaning(data: bytes, name: str) -> list[str]:
    return [word for line in Document.parse(data).values(name) for word in normalize(name, line)]


@pytest.mark.parametrize("started_from_ours", [True, False])
def test_config_rewrite(server: Server, tmp_path: Path, *, started_from_ours: bool) -> None:
    old = old_for(server)
    ours = ours_for(server, old)
    with running(server, ours if started_from_ours else old, tmp_path) as (path, _process):
        # Set live before our text is in the file, or there since its start: the server writes both out alike.
        for name, value in {**OURS, **THEIRS}.items():
            assert ask(path, "CONFIG", "SET", name, value).startswith("+OK"), name
        assert ask(path, "CONFIG", "REWRITE").startswith("+OK")
        now = (path.parent / "test.conf").read_bytes()
    assert meaning(now, "maxmemory") == meaning(ours, "maxmemory")
    result = configuration(old, ours, now)
    for name in OURS:
        wanted = ["999"] if name == "slowlog-max-len" else meaning(old, name)
        assert meaning(result, name) == wanted, name
    assert meaning(result, "hz") == ["17"]
    assert b"# by hand\n" in result
    assert b"# end\n" in result


def test_acl_save(server: Server, tmp_path: Path) -> None:
    old = b"user default on nopass ~* &* +@all\nuser app on nopass ~app:* -@all +get\n"
    hashed = hashlib.sha256(b"secret").hexdigest()
    ours = (
        "user default on nopass ~* &* +@all\n"
        f"user app on #{hashed} resetchannels ~app:* -@all +@read\n"
        f"user admin on #{hashed} ~* &* +@all\n"
    )
    file = tmp_path / "users.acl"
    file.write_bytes(ours.encode())
    with running(server, f"aclfile {file}\n", tmp_path) as (path, _process):
        assert ask(path, "ACL", "SETUSER", "more", "on", "nopass", "~*", "+get").startswith("+OK")
        assert ask(path, "ACL", "SAVE").startswith("+OK")
        result = users(old, ours.encode(), file.read_bytes())
    names = [line.split()[1] for line in result.splitlines()]
    assert sorted(names) == [b"app", b"default", b"more"]
    assert hashed.encode() not in result
