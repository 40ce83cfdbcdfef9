"""The rehearsal's files: nothing reaches outside, line numbers stay, the server's words lead to the real line."""

from pathlib import PurePosixPath

import pytest

from wizard.rehearsal.config_copy import MODULE, ConfigCopy

MAIN = PurePosixPath("/etc/redis/redis.conf")
MORE = PurePosixPath("/etc/redis/conf.d/10-more.conf")
PLACE = PurePosixPath("/run/redis-wizard/reh-1")


def canary(main: str, more: str = "") -> ConfigCopy:
    return ConfigCopy(MAIN, {MAIN: main.encode(), MORE: more.encode()} if more else {MAIN: main.encode()}, PLACE)


def copied(main: str, more: str = "") -> dict[str, list[str]]:
    files = canary(main, more).files({"port": "0"}, keep=lambda name: name != MODULE)
    return {path.name: data.decode().split("\n") for path, data in files.items()}


def test_lines_that_reach_outside_are_blank_and_numbers_stay() -> None:
    lines = copied(
        "logfile /var/log/redis.log\nloadmodule /opt/x.so\nreplicaof 10.0.0.1 6379\n"
        "cluster-enabled yes\nsyslog-enabled yes\nmaxmemory 1gb\n"
    )["c0.conf"]
    assert lines[:6] == ["", "", "", "", "", "maxmemory 1gb"]
    assert lines[6] == "port 0"


def test_named_files_are_taken_from_their_copies() -> None:
    made = canary("aclfile /etc/redis/users.acl\ntls-cert-file /c/s.crt\ntls-key-file /c/s.key\n")
    text = made.files({})[PLACE / "c0.conf"].decode()
    assert text.startswith(f"aclfile {PLACE}/n0\ntls-cert-file {PLACE}/n1\ntls-key-file {PLACE}/n2\n")
    assert made.named[PurePosixPath("/c/s.key")] == PLACE / "n2"


def test_an_include_names_copies_only_of_what_it_includes() -> None:
    files = copied("include /etc/redis/conf.d/*.conf\ninclude /etc/none/*.conf\n", "timeout 5\n")
    assert files["c0.conf"][:2] == [f"include {PLACE}/g0.conf", f"include {PLACE}/g1.conf"]
    assert files["g0.conf"][0] == f"include {PLACE}/c1.conf"
    assert files["g1.conf"] == [""]
    assert files["c1.conf"][0] == "timeout 5"


def test_a_fatal_line_is_named_by_its_real_file() -> None:
    made = canary("bind 127.0.0.1\n", "timeout 5\ntimeout abc\n")
    made.files({})
    words = (
        "\n*** FATAL CONFIG FILE ERROR (Redis 8.0.2) ***\nReading the configuration file, at line 2\n"
        ">>> 'timeout abc'\nargument couldn't be parsed into an integer\n"
    )
    said = made.explain(words)
    assert said.startswith(f"{MORE} line 2: argument couldn't be parsed")
    assert "timeout abc" in said


def test_a_fatal_line_with_a_secret_is_masked() -> None:
    made = canary('requirepass "hunter2hunter2" x\n')
    made.files({})
    words = "at line 1\n>>> 'requirepass \"hunter2hunter2\" x'\nwrong number of arguments\n"
    assert "hunter2" not in made.explain(words)


def test_other_last_words_carry_real_paths_and_no_stamps() -> None:
    made = canary("aclfile /etc/redis/users.acl\n")
    made.files({})
    words = (
        "123:M 24 Nov 2026 09:00:00.123 * Running mode=standalone\n"
        f"123:M 24 Nov 2026 09:00:00.124 # Aborting Redis startup because of ACL errors: {PLACE}/n0:3: Syntax error\n"
    )
    said = made.explain(words)
    assert "/etc/redis/users.acl:3: Syntax error" in said
    assert "2026" not in said


@pytest.mark.parametrize("moved", [True, False])
def test_a_file_that_is_there_is_read_where_it_is(*, moved: bool) -> None:
    made = canary("tls-key-file /c/s.key\n").files({}, moved=lambda _path: moved)[PLACE / "c0.conf"]
    assert made == (f"tls-key-file {PLACE}/n0\n" if moved else "tls-key-file /c/s.key\n").encode()


@pytest.mark.parametrize(
    ("words", "where", "number", "name"),
    [
        ("at line 2\n>>> 'timeout abc'\nno integer\n", MORE, 2, "timeout"),
        (f"at line 2\n>>> 'aclfile {PLACE}/n0'\nno file\n", MAIN, 2, "aclfile"),
        ("# Unresolved Configuration(s) Detected:\n# >>> 'nonsense 1'\n# aborting\n", MAIN, 4, "nonsense"),
        ("# Failed to load private key: /c/s.key: error:8000000D::Permission denied\n", MAIN, 3, "tls-key-file"),
        (f"# Aborting: {PLACE}/n0:7: Syntax error\n", PurePosixPath("/etc/redis/users.acl"), 7, ""),
    ],
)
def test_the_line_behind_the_words_is_found(words: str, where: PurePosixPath, number: int, name: str) -> None:
    main = "bind 127.0.0.1\naclfile /etc/redis/users.acl\ntls-key-file /c/s.key\nnonsense 1\n"
    made = canary(main, "timeout 5\ntimeout abc\n")
    made.files({}, moved=lambda path: path.suffix == ".acl")
    culprit = made.locate(words)
    assert culprit is not None
    assert (culprit.path, culprit.number, culprit.name) == (where, number, name)


def test_of_a_file_named_twice_the_certificate_is_meant_and_of_lines_the_last() -> None:
    made = canary("tls-cert-file /c/a\ntls-ca-cert-file /c/a\ntls-cert-file /c/a\n")
    made.files({}, moved=lambda _path: False)
    culprit = made.locate("# Failed to load certificate: /c/a: no such file\n")
    assert culprit is not None
    assert (culprit.name, culprit.number) == ("tls-cert-file", 3)


def test_words_without_a_line_blame_none() -> None:
    made = canary("bind 127.0.0.1\n")
    made.files({})
    assert made.locate("# Failed listening on port 6380 (tls), aborting.\n") is None


def test_warnings_that_every_start_has_are_not_repeated() -> None:
    made = canary("bind 127.0.0.1\n")
    made.files({})
    said = made.explain(
        "1:C 1 Jan 2026 09:00:00.1 # WARNING Memory overcommit must be enabled!\n1:M 1 Jan 2026 09:00:00.1 # No\n"
    )
    assert said == "No"
