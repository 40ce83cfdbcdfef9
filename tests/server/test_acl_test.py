"""``acl test``: the server decides where it can be asked, the rules where not; the answer says which."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.own_servers import OwnServers
from tests.support.scenario import assert_refused, debian, run
from tests.support.servers import need, running

USERS = "user default on nopass ~* &* +@all\nuser app on >pl4nted ~app:* +get +set\nuser gone off >pl4nted ~* +@all\n"


@pytest.fixture(params=["r62", "r80"])
def config(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr("wizard.host.local.LocalHost", OwnServers)
    (tmp_path / "users.acl").write_text(USERS, encoding="ascii")
    text = f"port 0\nunixsocket {tmp_path}/s\naclfile {tmp_path}/users.acl\n"
    with running(need(request.param), text, tmp_path):
        yield tmp_path / "test.conf"


ASKED = {
    ("app", "GET", "app:1"): "yes",
    ("app", "GET", "other"): "no",
    ("app", "GET", "--on-key", "app:1"): "yes",
    ("app", "GET", "--on-key", "other"): "no",
    ("app", "FLUSHALL"): "no",
    ("default", "FLUSHALL"): "yes",
    ("gone", "GET", "x"): "no",
}


@pytest.mark.server
def test_a_server_decides_where_it_can(config: Path, request: pytest.FixtureRequest) -> None:
    dryrun = "r62" not in request.node.name
    for words, answer in ASKED.items():
        ran = run("acl", "test", "--config", config, *words)
        assert (ran.status, ran.err) == (0, ""), ran.err
        assert ran.out.split()[0].strip(":") == answer, (words, ran.out)
        said = " ".join(ran.out.split())
        assert ("(ACL DRYRUN of the server)" in said) == (dryrun and words[0] != "gone"), said
        if not dryrun and words[0] != "gone":
            assert "(worked out from the rules in live server, ACL LIST); the server does not say:" in said
    asked = run("acl", "test", "--config", config, "app", "NOSUCH")
    assert "is in no table of" in " ".join(asked.out.split())


def tree(place: Path) -> Path:
    root = debian(place)
    (root / "etc/redis/users.acl").write_text(USERS, encoding="ascii")
    with (root / "etc/redis/redis.conf").open("a") as file:
        file.write("aclfile /etc/redis/users.acl\n")
    return root


def test_without_a_server_the_rules_of_the_file_decide(tmp_path: Path) -> None:
    root = tree(tmp_path)
    for words, answer in ASKED.items():
        ran = run("acl", "test", "--root", root, *words)
        assert (ran.status, ran.err) == (0, "")
        assert ran.out.split()[0].strip(":") == answer, (words, ran.out)
        assert "/etc/redis/users.acl)" in ran.out


def test_a_user_that_is_none_is_one_sentence(tmp_path: Path) -> None:
    ran = run("acl", "test", "--root", tree(tmp_path), "nobody", "GET", "x")
    assert_refused(ran, "there is no user nobody (/etc/redis/users.acl); the users are default, app, gone")
    assert_refused(run("acl", "test", "app"), "COMMAND", status=64)
