"""A login that the operator gives is accepted, or ends the command: nothing is planned blind."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.own_servers import OwnServers
from tests.support.scenario import Ran, run
from tests.support.servers import need, running

pytestmark = pytest.mark.server

PASSWORD = "pl4nted-5ecret"
WRONG = "pl4nted-wr0ng"
USERS = f"""user default on >{PASSWORD} ~* &* +@all
user app on >{PASSWORD} ~* &* +@all
user gone off >{PASSWORD} ~* &* +@all
user mute on >{PASSWORD} ~* &* -@all
"""
COMMANDS = ("check", "plan", "detect")


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr("wizard.host.local.LocalHost", OwnServers)
    (tmp_path / "users.acl").write_text(USERS, encoding="ascii")
    text = f"port 0\nunixsocket {tmp_path}/s\naclfile {tmp_path}/users.acl\n"
    with running(need("r80"), text, tmp_path):
        yield tmp_path / "test.conf"


def asked(command: str, config: Path, user: str, password: str) -> Ran:
    file = config.parent / "password"
    file.write_text(f"{password}\n", encoding="utf-8")
    return run(command, "--config", config, "--user", user, "--password-file", file)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_login_that_the_server_accepts_is_used(command: str, config: Path) -> None:
    ran = asked(command, config, "app", PASSWORD)
    assert (ran.status, ran.err) == (0, "")


@pytest.mark.parametrize(
    ("user", "password"),
    [("app", WRONG), ("default", WRONG), ("nobody", PASSWORD), ("gone", PASSWORD), ("mute", PASSWORD), ("app", "a b")],
)
@pytest.mark.parametrize("command", COMMANDS)
def test_one_that_it_refuses_ends_the_command(command: str, user: str, password: str, config: Path) -> None:
    ran = asked(command, config, user, password)
    assert (ran.status, ran.out) == (1, "")
    assert ran.err.count("\n") == 1
    assert ran.sentence.startswith(f'user "{user}" cannot log in to ')
    assert ran.sentence.endswith("check --user and --password-file")
    assert PASSWORD not in ran.err
    assert WRONG not in ran.err


def test_a_wrong_user_is_refused_where_the_default_user_is_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wizard.host.local.LocalHost", OwnServers)
    with running(need("r80"), f"port 0\nunixsocket {tmp_path}/s\n", tmp_path):
        ran = asked("plan", tmp_path / "test.conf", "app", WRONG)
        accepted = asked("plan", tmp_path / "test.conf", "default", WRONG)
    assert (ran.status, ran.out) == (1, "")
    assert 'user "app" cannot log in' in ran.sentence
    # A user without a password takes any.
    assert (accepted.status, accepted.err) == (0, "")


@pytest.mark.parametrize("command", COMMANDS)
def test_a_login_that_is_kept_from_a_foreign_listener_says_so(command: str, config: Path) -> None:
    path, file = config.parent / "foreign", config.parent / "password"
    file.write_text(f"{PASSWORD}\n", encoding="utf-8")
    with socket.socket(socket.AF_UNIX) as foreign:
        foreign.bind(str(path))
        foreign.listen()
        ran = run(command, "--socket", path, "--user", "app", "--password-file", file)
    assert (ran.status, ran.out) == (1, "")
    assert ran.sentence.startswith(f'user "app" cannot log in to {path}: ')
    assert "so no login is sent" in ran.sentence
    assert "check --user" not in ran.sentence


def test_a_stopped_server_is_named_and_the_files_are_judged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wizard.host.local.LocalHost", OwnServers)
    config = tmp_path / "test.conf"
    config.write_text(f"port 0\nunixsocket {tmp_path}/s\n", encoding="ascii")
    ran = asked("check", config, "app", PASSWORD)
    assert ran.status == 0
    assert ran.sentence == f'the login of user "app" was not tried: {config} does not run'
