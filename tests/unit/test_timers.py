"""The units of the regular check: what they run, and that systemd reads it as it was written."""

from pathlib import Path, PurePosixPath

import pytest

from tests.support.memory_host.host import MemoryHost
from tests.support.scenario import assert_refused, debian, run
from wizard.cli import own_command as own
from wizard.errors import UnsafePathError
from wizard.model.facts.files import FileStatus
from wizard.recovery import survey_traces
from wizard.timers import Timer, credential_file, texts, unit_files

SERVICE = Timer.CHECK.service


def line(text: str, name: str) -> str:
    (found,) = (each for each in text.splitlines() if each.startswith(f"{name}="))
    return found.partition("=")[2]


def test_words_of_the_command_mean_nothing_to_systemd() -> None:
    text = texts(
        Timer.CHECK, ["/opt/a b/run", "--instance", "50%$x", "--password-file", str(credential_file("password"))]
    )[SERVICE]
    assert line(text, "ExecStart") == '"/opt/a b/run" --instance 50%%$$x --password-file %d/password'


def test_the_password_file_is_read_by_systemd_for_this_unit_alone() -> None:
    files = {"password-1": PurePosixPath("/root/s.toml"), "password-2": PurePosixPath("/root/a b")}
    text = texts(Timer.CHECK, ["/run"], credentials=files)[SERVICE]
    loaded = [each.partition("=")[2] for each in text.splitlines() if each.startswith("LoadCredential=")]
    assert loaded == ["password-1:/root/s.toml", 'password-2:"/root/a b"']
    assert "LoadCredential" not in texts(Timer.CHECK, ["/run"])[SERVICE]


def test_a_named_textfile_can_be_written() -> None:
    text = texts(Timer.CHECK, ["/run"], writes=PurePosixPath("/etc/my metrics"))[SERVICE]
    assert line(text, "ReadWritePaths") == '"-/etc/my metrics"'


@pytest.mark.parametrize("action", [("install",), ("remove",), ("status",)])
def test_a_host_without_systemd_is_refused_in_one_sentence(tmp_path: Path, action: tuple[str]) -> None:
    assert_refused(run("timer", *action, "--root", debian(tmp_path)), "systemd does not run this host")


def test_a_login_for_each_server_leaves_no_place_for_another_one(tmp_path: Path) -> None:
    login = ("--login", "redis-server", "admin", "/root/secrets.toml")
    ran = run("timer", "run", *login, "--instance", "redis-server", "--root", debian(tmp_path))
    assert_refused(ran, "--login names each server and its login; leave out --instance", status=64)
    ran = run("timer", "run", "renew", *login, "--socket", "/run/s", "--root", debian(tmp_path / "other"))
    assert_refused(ran, "leave out --socket", status=64)


def test_a_login_of_one_server_does_not_keep_the_others_from_their_check(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("x")
    login = ("--login", "other", "admin", tmp_path / "password")
    ran = run("timer", "run", *login, "--textfile", tmp_path / "t.prom", "--root", debian(tmp_path / "tree"))
    assert ran.status == 1
    assert "other: " in ran.err
    assert 'check_score_ratio{server="redis-server"}' in (tmp_path / "t.prom").read_text()


def test_uninstall_names_the_units() -> None:
    host = MemoryHost(dict.fromkeys(unit_files(Timer.CHECK), b"x"))
    assert set(unit_files(Timer.CHECK)) <= set(survey_traces(host, keep_snapshots=False, remove_ca=False).removes)


def test_a_program_that_others_can_change_is_not_run_by_root(monkeypatch: pytest.MonkeyPatch) -> None:
    class Open(MemoryHost):
        def writable_by_others(self, path: PurePosixPath) -> FileStatus | None:
            return self.status(PurePosixPath("/"))

    monkeypatch.setattr("sys.argv", ["/home/olga/bin/redis-wizard"])
    with pytest.raises(UnsafePathError, match="root would run it; install redis-wizard as root first"):
        own.own_command(Open())
    assert own.own_command(MemoryHost()) == ("/home/olga/bin/redis-wizard",)
