from hypothesis import given
from hypothesis import strategies as st

from wizard.model.facts.unreadable import MASK
from wizard.server.redact import masked_config, redact, secrets_of


def test_hides_a_password_that_is_set_and_shows_that_none_is() -> None:
    shown = masked_config({"requirepass": "secret", "masterauth": "", "port": "6379"})
    assert shown == {"requirepass": MASK, "masterauth": "", "port": "6379"}


def test_finds_the_passwords_of_a_login() -> None:
    assert secrets_of(("AUTH", "app", "pw")) == ("pw",)
    assert secrets_of(("hello", "2", "auth", "app", "pw")) == ("pw",)


def test_finds_the_passwords_of_acl_rules_with_and_without_their_sign() -> None:
    assert secrets_of(("ACL", "SETUSER", "app", "on", ">pw", "#abc", "~*")) == (">pw", "#abc", "pw", "abc")


def test_finds_the_value_of_a_secret_directive_only() -> None:
    assert secrets_of(("CONFIG", "SET", "requirepass", "pw", "port", "1")) == ("pw",)
    assert secrets_of(("GET", "key")) == ()
    assert secrets_of(()) == ()


@given(st.text(min_size=1, alphabet=st.characters(exclude_characters="*")), st.text(), st.text())
def test_leaves_nothing_of_a_secret(secret: str, before: str, after: str) -> None:
    assert secret not in redact(before + secret + after, [secret, ""]).replace(MASK, "\0" * 99)


def test_hides_the_longer_of_two_secrets_first() -> None:
    assert redact("pass password", ["pass", "password"]) == f"{MASK} {MASK}"
