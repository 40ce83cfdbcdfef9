import pytest

from wizard.formats.redisconf.redact import masked, masked_name, redact_text
from wizard.model.facts.unreadable import MASK


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("requirepass hidden\n", f"requirepass {MASK}\n"),
        ('  requirepass "hid den"\r\n', f"  requirepass {MASK}\r\n"),
        ('requirepass ""', 'requirepass ""'),
        ("# requirepass hidden", f"# requirepass {MASK}"),
        ('# requirepass "hidden" # replaced by ACL below', f"# requirepass {MASK} # replaced by ACL below"),
        ("# requirepass is not compatible with aclfile", "# requirepass is not compatible with aclfile"),
        ("user a on >hidden ~* +@all", f"user a on >{MASK} ~* +@all"),
        ("# user worker on >hidden", f"# user worker on >{MASK}"),
        ("rename-command CONFIG hidden", f"rename-command CONFIG {MASK}"),
        ('rename-command CONFIG ""', 'rename-command CONFIG ""'),
        ("sentinel auth-pass mymaster hidden", f"sentinel auth-pass {MASK} {MASK}"),
        ("sentinel monitor mymaster h 1 2", "sentinel monitor mymaster h 1 2"),
        ('masterauth "hidden', f"masterauth {MASK}"),
        ("requirepass=hidden", f"requirepass={MASK}"),
        ("timeout 5 # requirepass hidden", f"timeout 5 # requirepass {MASK}"),
        ("timeout 'x requirepass \"hidden'", f"timeout 'x requirepass {MASK}"),
        ("tls-auth-clients  yes", "tls-auth-clients  yes"),
        ("aclfile /etc/redis/users.acl", "aclfile /etc/redis/users.acl"),
    ],
)
def test_hides_secrets_and_nothing_else(text: str, shown: str) -> None:
    assert redact_text(text.encode()) == shown


def test_an_argument_is_masked_one_by_one() -> None:
    assert masked("user", ("a", "on", "#" + "0" * 64)) == ("a", "on", f"#{MASK}")
    assert masked("port", ("1",)) == ("1",)


def test_a_name_is_cut_at_its_value() -> None:
    assert masked_name("masterauth:hidden") == f"masterauth:{MASK}"
    assert masked_name("bind") == "bind"


def test_a_word_behind_a_lone_sign_of_a_user_is_masked_and_a_rule_is_not() -> None:
    assert masked("user", ("shop", "on", ">", "secret", "~*", "+@all")) == ("shop", "on", ">", MASK, "~*", "+@all")
    assert masked("user", ("ops", "on", ">", "~ops:*", "+get")) == ("ops", "on", ">", "~ops:*", "+get")
