import hashlib
import re
import secrets

import pytest

from wizard.acl.password import fingerprint, generate, hash_password, mask_line
from wizard.model.facts.unreadable import MASK
from wizard.model.value import Secret

HASH = hash_password("hunter2")


def test_draws_more_than_256_bits_in_a_safe_alphabet() -> None:
    asked: list[int] = []

    def token_bytes(count: int) -> bytes:
        asked.append(count)
        return secrets.token_bytes(count)

    drawn = generate(token_bytes)

    assert sum(asked) * 8 >= 256
    assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{43}", drawn.reveal())


@pytest.mark.parametrize("byte", [0x00, 0xFB, 0xFF])
def test_no_program_takes_a_drawn_password_for_an_option(byte: int) -> None:
    assert generate(lambda count: bytes([byte]) * count).reveal()[0].isalnum()


def test_hashes_as_the_server_does() -> None:
    assert hash_password(Secret("password")) == "5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8"
    assert hash_password("ü") == hashlib.sha256("ü".encode()).hexdigest()


def test_a_fingerprint_holds_no_digits_of_the_hash() -> None:
    assert re.fullmatch(r"~[0-9a-f]{8}", fingerprint(HASH))
    assert fingerprint(HASH)[1:] not in HASH
    assert fingerprint(fingerprint(HASH)) == fingerprint(HASH)
    assert fingerprint(HASH.upper()) == fingerprint(HASH)


@pytest.mark.parametrize(
    "line",
    [
        f"user a on #{HASH} ~* +@all",
        f"user a on #{HASH.upper()}",
        f"user a on #{HASH[:-1]} +get",
        f"user a on !{HASH}",
        "user a on >hunter2 +get",
        "user a on <hunter2",
        'user a on ">hunter2 hunter2" +get',
        "user a on '>x hunter2'",
        "user a on > hunter2",
        "user a on >  hunter2",
        "user a on\t>hunter2\t+get",
        "user a on >p\thunter2",
        "user a on (>hunter2)",
        "user a on +get # the password is hunter2",
        "# the password is hunter2",
        "  #hunter2",
        f"user a on #{HASH}\r",
        "user a on #hunter2",
    ],
)
def test_masks_every_secret_of_a_line(line: str) -> None:
    masked = mask_line(line)
    assert "hunter2" not in masked
    assert not any(HASH[place : place + 8] in masked.lower() for place in range(57))


def test_masking_leaves_all_else_as_it_is_and_is_stable() -> None:
    masked = mask_line(f"user a on  #{HASH} ~b:* %R~c &d -@all +config|get (~e +get)")
    assert masked == f"user a on  #{fingerprint(HASH)} ~b:* %R~c &d -@all +config|get (~e +get)"
    assert mask_line(masked) == masked


def test_a_password_in_clear_gets_the_fingerprint_of_its_hash() -> None:
    assert mask_line("user a >hunter2") == f"user a #{fingerprint(HASH)}"


def test_what_is_no_utf8_can_be_shown() -> None:
    assert mask_line(b"user a ~\xff".decode("utf-8", "surrogateescape")) == "user a ~\\xff"


@pytest.mark.parametrize(
    ("line", "masked"),
    [
        ("hunter is +get", f"{MASK} {MASK} +get"),
        ("user app on hunter2 ~* +@all", f"user app on {MASK} ~* +@all"),
        ("user App ON Hunter allkeys NoPass", f"user App ON {MASK} allkeys NoPass"),
        ("USER app on  newword (~a +get)", "USER app on  newword (~a +get)"),
    ],
)
def test_a_word_that_looks_like_no_rule_may_be_a_password(line: str, masked: str) -> None:
    assert mask_line(line) == masked


@pytest.mark.parametrize("text", ["user shop on > secret ~* +@all", "user shop on +get >  Secret-1"])
def test_a_word_behind_a_lone_sign_is_masked(text: str) -> None:
    assert "secret" not in mask_line(text).lower()


def test_a_rule_behind_an_empty_password_stays_readable() -> None:
    assert mask_line("user ops on > ~ops:* +get") == "user ops on > ~ops:* +get"
