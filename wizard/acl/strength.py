"""Whether others can guess a password: by its text where that is known, else by its hash."""

from functools import cache, lru_cache
from hashlib import sha256

import assets
from wizard.acl.password import EMPTY, hash_password

SHORTEST = 32
"""Characters that a password needs where its text is known."""

_FEWEST_CHARACTERS = 4
"""Different characters that a password needs, whatever its length."""

_EVERYDAY = (
    *("spring", "summer", "autumn", "fall", "winter", "monday", "friday", "sunday", "january", "february", "march"),
    *("april", "june", "july", "august", "september", "october", "november", "december", "welcome", "hello", "letmein"),
    *("qwerty", "changeme", "default", "company", "cache", "session", "production", "database", "server", "service"),
)
_DISGUISED = ("p@ssw0rd", "p@ssword", "passw0rd", "pa55word", "s3cret", "s3cr3t", "adm1n", "r3dis", "r00t")
_RECENT = tuple(str(year).encode() for year in range(2023, 2028))
_SHORT_ENDINGS = (b"", b"1", b"12", b"123", b"1234", b"!", b"1!", b"123!", *_RECENT)
_YEARS = tuple(str(year) for year in range(2010, 2036))
_ENDINGS = (
    *("", "1", "12", "123", "1234", "12345", "123456", "01", "!", "1!", "12!", "123!", "1234!", "@1", "@123", "#1"),
    *("_1", "_123", "-1", "-123", *_YEARS, *(f"{year}!" for year in _YEARS), *(f"@{year}" for year in _YEARS)),
)


def weakness(user: str, hashed: str, *, text: str | None = None) -> str:
    """Say why a password can be guessed, as the end of a sentence; empty where nothing shows that.

    Args:
        user: Whose password it is.
        hashed: Its SHA-256 in hexadecimal digits.
        text: The password itself where it is known: then its length counts too.
    """
    if why := _of_hash(user, hashed):
        return why
    if text is not None and len(set(text)) < _FEWEST_CHARACTERS:
        return "repeats a few characters"
    return f"has fewer than {SHORTEST} characters" if text is not None and len(text) < SHORTEST else ""


@lru_cache(maxsize=1 << 14)
def _of_hash(user: str, hashed: str) -> str:
    """Judge by the hash alone, which is the same in the running server and in its files."""
    if hashed == EMPTY:
        return "is empty"
    if _is_of_name(user, hashed):
        return "is made of the user's name"
    return "is a common one" if hashed in _common() else ""


def _is_of_name(user: str, hashed: str) -> bool:
    """Return whether a hash is that of one of the few words that are made of a name."""
    for form in {user, user.capitalize()}:
        begun = sha256(form.encode("utf-8", "surrogateescape"))
        for ending in _SHORT_ENDINGS:
            word = begun.copy()
            word.update(ending)
            if word.hexdigest() == hashed:
                return True
    return hashed in map(hash_password, (user.upper(), user[::-1], user * 2))


@cache
def _common() -> frozenset[str]:
    listed = assets.text("redis/acl-common-passwords.tsv").splitlines()[1:]
    words = dict.fromkeys(word.lower() for word in (*listed, *_EVERYDAY) if word.isalpha())
    words |= dict.fromkeys(_DISGUISED)
    forms = {form.encode() for word in words for form in (word, word.capitalize(), word.upper())}
    endings = [ending.encode() for ending in _ENDINGS]
    return frozenset(
        sha256(each).hexdigest()
        for each in (*(form + ending for form in forms for ending in endings), *map(str.encode, listed))
    )
