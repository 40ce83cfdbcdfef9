"""The text edit, and its diff."""

from pathlib import PurePosixPath

import pytest

from tests.support import facts_builder as build
from tests.support.plan_model import STOCK, change, diff, digest_of, planned, stock
from wizard.errors import PlanError
from wizard.planning.edits.acl_edit import existing_password_hashes, masked_texts
from wizard.planning.edits.edit import edited_contents, paths

ACL = PurePosixPath("/etc/redis/users.acl")


def test_only_named_lines_change() -> None:
    made = planned(stock())
    after = edited_contents(build.CONF, STOCK, made.changes, {}).decode().splitlines()
    assert "databases 16" in after
    assert "port 0" in after


def test_a_real_hash_takes_the_place_of_a_new_password() -> None:
    made = planned(stock())
    hashes = {user: digest_of(user) for user in ("app", "admin")}
    text = edited_contents(ACL, b"", made.changes, hashes).decode()
    assert f"user app on #{digest_of('app')} " in text
    assert text.endswith("user default off ~* &* +@all\n")


def test_a_missing_hash_writes_nothing() -> None:
    with pytest.raises(PlanError, match="no password hash of user app"):
        edited_contents(ACL, b"", planned(stock()).changes, {})


def test_it_is_the_same_when_it_is_done_twice() -> None:
    made = planned(stock())
    once = edited_contents(build.CONF, STOCK, made.changes, {})
    assert edited_contents(build.CONF, once, made.changes, {}) == once


def test_line_ends_of_the_file_stay() -> None:
    dos = STOCK.replace(b"\n", b"\r\n")
    after = edited_contents(build.CONF, dos, planned(stock(files={build.CONF: dos})).changes, {})
    assert after.count(b"\n") == after.count(b"\r\n")


def test_hashes_come_along_from_the_configuration() -> None:
    text = b'requirepass "of default"\nuser alice on >of-alice >second ~*\nuser bob on nopass\n'
    found = existing_password_hashes({build.CONF: text})
    assert set(found) == {"default", "alice"}
    assert len(found["alice"].split()) == 2


def test_a_line_of_the_default_user_goes_before_requirepass() -> None:
    text = b"user default on >mine ~* +@all\nrequirepass other\n"
    assert existing_password_hashes({build.CONF: text})["default"] == digest_of("mine")


def test_every_file_that_is_written_is_named_once() -> None:
    made = planned(stock('rename-command KEYS ""\n'))
    found = paths(made.changes, (build.CONF,))
    assert len(found) == len(set(found))
    assert {build.CONF, ACL} <= set(found)


def test_a_new_file_is_shown_whole() -> None:
    assert diff(planned(stock()), ACL).startswith("--- /dev/null\n+++ /etc/redis/users.acl\n@@ -0,0 +1,3 @@\n")


def test_a_file_of_ours_is_written_whole() -> None:
    made = planned(stock())
    file = change(made, "file:/etc/sysctl.d/60-redis-wizard.conf")
    assert edited_contents(file.path, b"old", made.changes, {}) == file.content.encode()


def test_hashes_are_never_shown() -> None:
    assert digest_of("x") not in masked_texts(f"user a on #{digest_of('x')} +get\n".encode())[0]
