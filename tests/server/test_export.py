"""``export compose``: a server that starts with its options alone becomes a compose file, and starts from it."""

import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from tests.support import composed
from tests.support.own_servers import OwnServers
from tests.support.scenario import assert_refused, run
from tests.support.servers import Server, ask, need
from tests.support.waiting import poll

PASSWORD = "a-Long-one-8315"
OPTIONS = {
    "port": "0",
    "requirepass": PASSWORD,
    "set-max-intset-entries": "77",
    "maxclients": "100",
}


@pytest.fixture(params=["r74", "v81"])
def server(request: pytest.FixtureRequest) -> Server:
    return need(request.param)


@pytest.fixture
def login(server: Server, place: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str | Path, ...]]:
    """A server without a file, as a container starts one; its options are in no file at all."""
    monkeypatch.setattr("wizard.host.local.LocalHost", OwnServers)
    (place / "data").mkdir()
    (place / "password").write_text(PASSWORD)
    options = {**OPTIONS, "unixsocket": str(place / "s"), "dir": str(place / "data")}
    words = [word for name, value in options.items() for word in (f"--{name}", value)]
    with (place / "log").open("wb") as log:
        process = subprocess.Popen([server.binary, *words], cwd=place, stdout=log, start_new_session=True)
    try:
        poll((place / "s").exists)
        yield ("--socket", place / "s", "--user", "default", "--password-file", place / "password")
    finally:
        process.kill()
        process.wait()


def client(socket: Path, user: str, password: str) -> redis.Redis:
    return redis.Redis(unix_socket_path=str(socket), username=user, password=password, decode_responses=True)


@pytest.mark.server
def test_the_server_of_the_compose_file_has_its_users_its_options_and_its_data(
    login: tuple[str | Path, ...], server: Server, place: Path
) -> None:
    with client(place / "s", "default", PASSWORD) as old:
        old.set("app:1", "kept")
        old.save()
    target = place / "composed"
    ran = run("export", "compose", target, *login)
    assert ran.status == 0, ran.err
    passwords = tomllib.loads((target / "secrets.toml").read_text())["passwords"]
    text = (target / "compose.yaml").read_text()
    assert not [secret for secret in (PASSWORD, *passwords.values()) if secret in text]
    # The append-only file waits: a server with it does not load the dump that is copied into the volume.
    assert 'appendonly stays "no"' in text
    inside = place / "inside"
    inside.mkdir()
    with composed.started(target, server, inside, data=place / "data") as (socket, check):
        assert subprocess.run(check, shell=True, check=False).returncode == 0  # noqa: S602 - compose runs it so
        assert ask(socket, "GET", "app:1").startswith("-NOAUTH")
        with client(socket, "admin", passwords["admin"]) as admin:
            assert admin.config_get("set-max-intset-entries") == {"set-max-intset-entries": "77"}
            assert admin.config_get("bind") == {"bind": "* -::*"}
        with client(socket, "app", passwords["app"]) as app:
            assert app.get("app:1") == "kept"


@pytest.mark.server
def test_users_of_the_memory_alone_are_not_left_open(login: tuple[str | Path, ...], place: Path) -> None:
    answers = place / "answers.toml"
    assert run("answers", "init", answers, *login).status == 0
    ran = run("export", "compose", place / "composed", "--answers", answers, *login)
    assert_refused(ran, "users or passwords that are in no file")
    assert not (place / "composed").exists()


@pytest.mark.server
def test_a_password_that_no_file_has_is_not_lost(login: tuple[str | Path, ...], place: Path) -> None:
    with client(place / "s", "default", PASSWORD) as old:
        old.config_set("masterauth", PASSWORD)
    assert_refused(run("export", "compose", *login), "masterauth of process-", "is in no file")
