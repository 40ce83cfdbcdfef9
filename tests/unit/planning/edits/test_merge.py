"""Our part taken out of texts that others changed as well."""

from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizard.formats.redisconf.document import Document
from wizard.planning.edits.merge import configuration, lines, revert_own_changes, users

OLD = b"# head\nport 6379\nsave 3600 1\nsave 300 100\n# tail\nmaxmemory 0\n"
OURS = b"# head\nport 0\nsave 60 1000\n# tail\nmaxmemory 1gb\nappendonly yes\n"


@pytest.mark.parametrize(
    ("now", "result"),
    [
        (OURS, OLD),
        (OLD, OLD),
        (b"# new\n" + OURS, b"# new\n" + OLD),
        (OURS + b"hz 17\n", OLD + b"hz 17\n"),
        (OLD + b"hz 17\n", OLD + b"hz 17\n"),
        # In other words, as a server writes it.
        (OURS.replace(b"1gb", b"1073741824"), OLD),
        # A third value is theirs, and stands where ours stood.
        (OURS.replace(b"port 0", b"port 7000"), OLD.replace(b"port 6379", b"port 7000")),
        (OURS + b"maxmemory 2gb\n", OLD + b"maxmemory 2gb\n"),
        # They took ours out themselves.
        (OURS.replace(b"maxmemory 1gb\n", b""), OLD.replace(b"maxmemory 0\n", b"")),
        # The rollback itself has turned this over, as the data on disk wanted it.
        (OLD + b"appendonly yes\n", OLD),
    ],
)
def test_a_configuration(now: bytes, result: bytes) -> None:
    assert Document.parse(configuration(OLD, OURS, now)) == Document.parse(result)


def test_what_an_alias_says_is_the_same_directive() -> None:
    assert configuration(b"slave-read-only no\n", b"replica-read-only yes\n", b"slave-read-only yes\nhz 9\n") == (
        b"slave-read-only no\nhz 9\n"
    )


HASH = "a" * 64
OLD_USERS = b"user default on nopass ~* &* +@all\nuser app on nopass ~* +get\n"
OUR_USERS = (
    f"user default off ~* &* +@all\nuser app on #{HASH} ~app:* +get\nuser admin on #{HASH} ~* &* +@all\n".encode()
)


@pytest.mark.parametrize(
    ("now", "result"),
    [
        (OUR_USERS, OLD_USERS),
        (OUR_USERS + b"user more on nopass ~* +get\n", OLD_USERS + b"user more on nopass ~* +get\n"),
        (OLD_USERS + b"user more on nopass ~* +get\n", OLD_USERS + b"user more on nopass ~* +get\n"),
        # Before, this user could read every key, the one that is added now among them.
        (OUR_USERS.replace(b"~app:*", b"~other:*"), OLD_USERS),
        (OUR_USERS.replace(b"+get", b"+get +info"), OLD_USERS.replace(b"+get", b"+get +info")),
        # Nothing of a user that we created stays, also with a second password.
        (OUR_USERS.replace(b"user admin on", b"user admin on #" + b"b" * 64), OLD_USERS),
    ],
)
def test_users(now: bytes, result: bytes) -> None:
    assert users(OLD_USERS, OUR_USERS, now) == result
    assert revert_own_changes(PurePosixPath("/x"), OLD_USERS, OUR_USERS, now, is_configuration=False) == result


TEXT = [b"a\n", b"b\n", b"\n", b"c\n", b"# d\n"]


@given(old=st.lists(st.sampled_from(TEXT), max_size=8), ours=st.lists(st.sampled_from(TEXT), max_size=8))
def test_lines_that_nobody_else_touched_come_back(old: list[bytes], ours: list[bytes]) -> None:
    was, made = b"".join(old), b"".join(ours)
    assert lines(was, made, made) == was
    assert lines(was, made, was) == was


@given(
    old=st.lists(st.sampled_from(TEXT), max_size=8),
    added=st.lists(st.sampled_from([b"x\n", b"y\n"]), min_size=1, max_size=3),
    theirs=st.lists(st.sampled_from([b"t\n", b"u\n"]), min_size=1, max_size=3),
    where=st.integers(0, 8),
)
def test_lines_of_others_stay_beside_ours(
    old: list[bytes], added: list[bytes], theirs: list[bytes], where: int
) -> None:
    """The usual: we add lines at the end, they add some anywhere, also behind ours and over the old text."""
    wanted = b"".join([*old[:where], *theirs, *old[where:]])
    now = b"".join([*old[:where], *theirs, *old[where:], *added])
    assert lines(b"".join(old), b"".join([*old, *added]), now) == wanted
    assert lines(b"".join(old), b"".join([*old, *added]), b"".join([*old, *added, *theirs])) == b"".join(
        [*old, *theirs]
    )
    assert lines(b"".join(old), b"".join([*old, *added]), wanted) == wanted


def test_what_cannot_be_told_apart_is_not_guessed() -> None:
    assert lines(b"one\ntwo\n", b"1\n2\n", b"1\nzwei\n") is None
