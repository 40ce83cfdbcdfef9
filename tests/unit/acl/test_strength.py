"""Passwords that others can guess."""

import pytest

from wizard.acl.password import hash_password
from wizard.acl.strength import weakness


@pytest.mark.parametrize(
    ("word", "why"),
    [
        ("", "is empty"),
        ("myapp", "is made of the user's name"),
        ("MYAPP", "is made of the user's name"),
        ("myapp2026", "is made of the user's name"),
        ("P@ssw0rd2024", "is a common one"),
        ("S3cret!", "is a common one"),
        ("Myapp123", "is made of the user's name"),
        ("foobared", "is a common one"),
        ("password", "is a common one"),
        ("Password1!", "is a common one"),
        ("Summer2024!", "is a common one"),
        ("redis", "is a common one"),
    ],
)
def test_a_hash_tells_of_a_password_that_others_guess(word: str, why: str) -> None:
    assert weakness("myapp", hash_password(word)) == why
    assert weakness("myapp", hash_password(word), text=word) == why


@pytest.mark.parametrize("text", ["a" * 40, "ab" * 20, "abc" * 12])
def test_a_long_text_of_a_few_characters_is_weak(text: str) -> None:
    assert weakness("myapp", hash_password(text), text=text) == "repeats a few characters"


def test_a_text_needs_32_characters() -> None:
    short, long = "k3V9" * 7, "k3V9" * 8
    assert weakness("myapp", hash_password(short), text=short) == "has fewer than 32 characters"
    assert weakness("myapp", hash_password(long), text=long) == ""
    assert weakness("myapp", hash_password(short)) == ""
