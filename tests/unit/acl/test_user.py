import pytest

from wizard.acl.equivalence import same
from wizard.acl.password import fingerprint, hash_password
from wizard.acl.user import User, masked, parse_line, render
from wizard.errors import InvalidValueError
from wizard.model.facts.service import Flavour
from wizard.model.value import replace

ONE, TWO = hash_password("one"), hash_password("two")


def test_reads_flags_passwords_and_rules() -> None:
    assert parse_line(f"user app on #{ONE} >two resetchannels ~a:* -@all +get") == User(
        name="app", enabled=True, passwords=(ONE, TWO), rules=("resetchannels", "~a:*", "-@all", "+get")
    )


def test_reads_fingerprints() -> None:
    assert parse_line(f"user app on #{fingerprint(ONE)}").passwords == (fingerprint(ONE),)


@pytest.mark.parametrize(
    ("words", "passwords", "nopass"),
    [
        (f"#{ONE} nopass", (), True),
        (f"nopass #{ONE}", (ONE,), False),
        (f"#{ONE} resetpass #{TWO}", (TWO,), False),
        (f"#{ONE} #{TWO} !{ONE}", (TWO,), False),
        (">one >one", (ONE,), False),
        (">one <one", (), False),
        ("NoPass", (), True),
    ],
)
def test_folds_passwords_as_the_server_does(words: str, passwords: tuple[str, ...], nopass: bool) -> None:  # noqa: FBT001 - a case
    user = parse_line(f"user a {words}")
    assert (user.passwords, user.nopass) == (passwords, nopass)


def test_reset_forgets_what_stood_before_it() -> None:
    assert parse_line("user a on >one ~a +get reset ~b") == User(name="a", rules=("~b",))


def test_a_selector_is_one_rule() -> None:
    assert parse_line("user a on (~b* +get) ( +set )").rules == ("(~b* +get)", "( +set )")


@pytest.mark.parametrize("blank", ["  user a on", "user a  on", "user a on\t +get", "user a on\r\n", "user a \ton"])
def test_skips_blanks_as_the_server_does(blank: str) -> None:
    assert parse_line(blank).enabled


@pytest.mark.parametrize(
    "line",
    [
        "",
        "user",
        "user ",
        "user  a on",
        "USER a on",
        "# user a on",
        "user\ta on",
        f"user a #{ONE[:-1]}",
        "user a (+get",
    ],
)
def test_refuses_what_is_no_user_line(line: str) -> None:
    with pytest.raises(InvalidValueError):
        parse_line(line)


def test_no_error_holds_a_password() -> None:
    with pytest.raises(InvalidValueError) as caught:
        parse_line("user a on #hunter2")
    assert "hunter2" not in str(caught.value)


def test_renders_flags_first_and_rules_in_order() -> None:
    line = f"user app off #{ONE} ~b ~a -@all +get"
    assert render(parse_line(line)) == line
    assert render(parse_line("user a NOPASS ON +get")) == "user a on nopass +get"


def test_its_repr_shows_fingerprints_alone() -> None:
    user = parse_line(f"user app on #{ONE} +get")
    assert ONE not in repr(user)
    assert ONE not in str(user.__rich_repr__())
    assert fingerprint(ONE) in repr(user)
    assert masked(user).passwords == (fingerprint(ONE),)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("+get +set -@dangerous", "+set +get -@dangerous"),
        ("on sanitize-payload +get", "on +get"),
        ("resetchannels -@all +get", "-@all resetchannels +get"),
        ("~b ~a", "~a ~b"),
        ("allkeys", "~*"),
        ("%RW~a", "~a"),
        ("allcommands", "+@all"),
        ("+@read +get", "+@read"),
        ("+@read -@read", "-@all"),
        ("(~b* +get)", "(%RW~b* resetchannels -@all +get)"),
        ("+GET", "+get"),
        ("alldbs +get", "+get"),
    ],
)
def test_rules_that_allow_the_same_are_the_same(one: str, other: str) -> None:
    assert same(parse_line(f"user a {one}"), parse_line(f"user a {other}"))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("on", "off"),
        ("nopass", ">one"),
        (">one", ">two"),
        (">one", ">one >two"),
        ("~a", "~b"),
        ("%R~a", "~a"),
        ("resetchannels &a", "resetchannels &b"),
        ("+info +@all -@dangerous", "+@all -@dangerous +info"),
        ("+get", "+get +set"),
        ("(~b +get)", "(~b +set)"),
        ("skip-sanitize-payload", "sanitize-payload"),
        ("+nosuch", "+other"),
        ("+select|0", "+select|1"),
    ],
)
def test_rules_that_differ_are_not_the_same(one: str, other: str) -> None:
    assert not same(parse_line(f"user a {one}"), parse_line(f"user a {other}"))


def test_another_name_is_another_user() -> None:
    assert not same(parse_line("user a on"), parse_line("user b on"))


def test_a_fingerprint_is_as_good_as_the_hash() -> None:
    user = parse_line(f"user a on #{ONE}")
    assert same(user, masked(user))
    assert not same(user, replace(user, passwords=(fingerprint(TWO),)))


def test_new_users_of_6_2_have_every_channel() -> None:
    silent, closed = parse_line("user a on +get"), parse_line("user a on resetchannels +get")
    assert not same(silent, closed, flavour=Flavour.REDIS, version="6.2.5")
    assert same(silent, closed, flavour=Flavour.REDIS, version="7.4.1")


def test_what_6_2_writes_of_dangerous_is_the_same() -> None:
    rewritten = "+@all -@admin -flushall -flushdb -keys -role -sort -info -restore -restore-asking -migrate -swapdb"
    wanted, listed = parse_line("user a on +@all -@dangerous"), parse_line(f"user a on {rewritten}")
    assert same(wanted, listed, flavour=Flavour.REDIS, version="6.2.5")
    assert not same(wanted, listed, flavour=Flavour.REDIS, version="8.0.2")


@pytest.mark.parametrize(
    ("version", "channels", "equal"),
    [
        ("8.0.2", "allchannels", True),
        ("8.0.2", "resetchannels", False),
        ("8.0.2", None, False),
        ("6.2.5", "allchannels", True),
        ("6.2.5", "resetchannels", False),
    ],
)
def test_a_user_begins_with_the_channels_of_its_server(version: str, channels: str | None, *, equal: bool) -> None:
    line, live = parse_line("user a on ~a:* +get (~b +set)"), parse_line("user a on ~a:* &* +get (~b &* +set)")
    if version < "7":
        line, live = parse_line("user a on ~a:* +get"), parse_line("user a on ~a:* &* +get")
    assert same(line, live, version=version, channels=channels) is equal
