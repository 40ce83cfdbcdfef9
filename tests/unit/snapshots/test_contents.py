"""How contents differ, without a secret."""

from pathlib import PurePosixPath

import pytest

from wizard.snapshots.contents import LONGEST, compare_contents

PATH = PurePosixPath("/etc/redis/redis.conf")
HASH = "5" * 64
KEY = b"-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n"


def test_a_configuration_is_shown_line_by_line() -> None:
    shown = compare_contents(PATH, b"port 6379\nmaxmemory 1gb\n", b"port 0\nmaxmemory 1gb\n")
    assert shown.what == "contents"
    assert "-port 6379\n+port 0\n maxmemory 1gb\n" in shown.diff


def test_a_new_file_is_shown_in_full() -> None:
    assert "--- /dev/null" in compare_contents(PATH, None, b"port 0\n").diff
    assert "-port 0\n" in compare_contents(PATH, b"port 0\n", None).diff


@pytest.mark.parametrize(
    ("before", "after", "secret"),
    [
        (b"requirepass hunter2\n", b"requirepass hunter3\n", "hunter"),
        (b"port 1\n", b"port 1\nmasterauth hunter2\n", "hunter"),
        (b"user a on >hunter2 ~* +@all\n", b"user a on >hunter3 ~* +@all\n", "hunter"),
        (f"user a on #{HASH} +@all\n".encode(), b"user a on nopass +@all\n", HASH),
        (b"# password of a: hunter2\nuser a on +@all\n", b"user a off +@all\n", "hunter"),
        (b"[Service]\n", b"[Service]\nEnvironment=REDISCLI_AUTH=hunter2\n", "hunter"),
        (b"[Service]\n", b'[Service]\nEnvironment="A=b" "DB_PASSWORD=hunter2"\n', "hunter"),
        (b"[Service]\n", b"[Service]\nExecStart=/usr/bin/redis-server --requirepass hunter2\n", "hunter"),
        (None, KEY, "c2VjcmV0"),
        (KEY, KEY.replace(b"c2VjcmV0", b"c2VjcmV1"), "c2VjcmV"),
        (b"port 1\n" + KEY, b"port 2\n" + KEY, "c2VjcmV0"),
    ],
)
def test_no_secret_is_shown(before: bytes | None, after: bytes, secret: str) -> None:
    for one, other in ((before, after), (after, before)):
        shown = compare_contents(PATH, one, other)
        assert secret not in shown.diff + shown.what
        assert shown.what


def test_equal_behind_the_mask_is_said() -> None:
    shown = compare_contents(PATH, b"requirepass a1\n", b"requirepass b2\n")
    assert (shown.what, shown.diff) == ("contents (the difference is masked)", "")


def test_another_hash_of_a_user_shows_as_another_fingerprint() -> None:
    shown = compare_contents(PATH, f"user a on #{HASH} +@all\n".encode(), f"user a on #{'6' * 64} +@all\n".encode())
    assert shown.diff.count("#~") == 2


@pytest.mark.parametrize("data", [b"\x30\x02\x01\x01", b"a\0b", b"x" * (LONGEST + 1)])
def test_what_is_no_text_is_only_measured(data: bytes) -> None:
    shown = compare_contents(PATH, b"port 1\n", data)
    assert shown.diff == ""
    assert shown.what == f"contents (no text, {len(data)} bytes, was 7)"
