from pathlib import PurePosixPath

import pytest

from wizard.acl.aclfile import AclDocument, find_problems
from wizard.acl.password import fingerprint, hash_password
from wizard.acl.user import masked, parse_line
from wizard.errors import InvalidValueError

ONE, TWO = hash_password("one"), hash_password("two")
FILE = f"user default off\n\nuser app on  #{ONE} ~a:* +get\r\n# note\nuser ops on #{TWO} +@all".encode()


def test_gives_back_every_byte() -> None:
    assert AclDocument.parse(FILE).data() == FILE
    assert AclDocument.parse(b"").data() == b""


def test_reads_the_users_that_can_be_read() -> None:
    document = AclDocument.parse(FILE + b"\nuser bad on #12\nuser")
    assert [user.name for user in document.users] == ["default", "app", "ops"]
    assert document.user("app") == parse_line(f"user app on #{ONE} ~a:* +get")
    assert document.user("bad") is None
    assert document.has("bad")
    assert not document.has("nobody")


def test_an_edit_changes_the_line_of_its_user_alone() -> None:
    document = AclDocument.parse(FILE).set_user(parse_line(f"user app on #{ONE} ~b:* +get"))
    assert document.data() == FILE.replace(b"on  #", b"on #").replace(b"~a:*", b"~b:*")


def test_a_line_that_says_the_same_stays_as_it_is() -> None:
    document = AclDocument.parse(FILE).set_user(parse_line(f"user app on #{ONE} +get ~a:* sanitize-payload"))
    assert document.data() == FILE


def test_a_password_in_clear_is_written_as_its_hash() -> None:
    document = AclDocument.parse(b"user app on >one +get\n").set_user(parse_line("user app on >one +get"))
    assert document.data() == f"user app on #{ONE} +get\n".encode()


def test_a_new_user_goes_to_the_end() -> None:
    assert AclDocument.parse(FILE).set_user(parse_line("user new off")).data() == FILE + b"\nuser new off\n"
    assert AclDocument.parse(b"").set_user(parse_line("user new off")).data() == b"user new off\n"


def test_of_two_lines_for_one_user_the_last_is_kept() -> None:
    document = AclDocument.parse(b"user a on +get\nuser b on\nuser a on +set\n").set_user(parse_line("user a off"))
    assert document.data() == b"user b on\nuser a off\n"


def test_a_line_that_cannot_be_read_is_replaced_too() -> None:
    document = AclDocument.parse(b"user a on #12\n").set_user(parse_line("user a off"))
    assert document.data() == b"user a off\n"


def test_removes_every_line_of_a_user() -> None:
    assert AclDocument.parse(b"user a on\nuser b on\nuser a off\n").remove_user("a").data() == b"user b on\n"
    assert AclDocument.parse(FILE).remove_user("nobody").data() == FILE


def test_a_fingerprint_becomes_the_hash_that_it_stands_for() -> None:
    user = masked(parse_line(f"user app on #{ONE} +set"))
    assert f"#{ONE} +set" in AclDocument.parse(FILE).set_user(user).data().decode()


def test_a_fingerprint_is_never_written() -> None:
    user = parse_line(f"user app on #{fingerprint(TWO)}")
    with pytest.raises(InvalidValueError, match="user app"):
        AclDocument.parse(FILE).set_user(user)


def test_its_repr_tells_nothing() -> None:
    assert repr(AclDocument.parse(FILE)) == "AclDocument(5 lines)"


def test_documents_are_equal_by_their_bytes() -> None:
    assert AclDocument.parse(FILE) == AclDocument.parse(FILE)
    assert AclDocument.parse(FILE) != AclDocument.parse(FILE + b"\n")
    assert len({AclDocument.parse(FILE), AclDocument.parse(FILE)}) == 1


def test_bytes_that_are_no_utf8_survive_an_edit() -> None:
    document = AclDocument.parse(b"user a on ~\xff\xfe\n")
    user = document.user("a")
    assert user is not None
    assert document.remove_user("a").set_user(user).data() == b"user a on ~\xff\xfe\n"


def test_reads_edits_and_checks_ten_thousand_users() -> None:
    data = b"user default off\n" + b"".join(
        b"user u%d on #%s ~u%d:* +get\n" % (n, ONE.encode(), n) for n in range(10_000)
    )
    document = AclDocument.parse(data)
    changed = document.set_users([parse_line(f"user u{n} off") for n in range(0, 10_000, 2)])
    assert len(document.users) == 10_001
    assert changed.data().count(b" off\n") == 5001
    assert find_problems(PurePosixPath("/u"), data, "8.0.2") == ()
