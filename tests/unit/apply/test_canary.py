"""The rehearsal's files: nothing reaches outside, line numbers stay, the server's words lead to the real line."""

from pathlib import PurePosixPath

from wizard.apply.canary import MODULE, Canary

MAIN = PurePosixPath("/etc/redis/redis.conf")
MORE = PurePosixPath("/etc/redis/conf.d/10-more.conf")
PLACE = PurePosixPath("/run/redis-wizard/reh-1")


def canary(main: str, more: str = "") -> Canary:
    return Canary(MAIN, {MAIN: main.encode(), MORE: more.encode()} if more else {MAIN: main.encode()}, PLACE)


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
