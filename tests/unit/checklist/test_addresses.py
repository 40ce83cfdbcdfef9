"""How far an address reaches."""

import pytest

from wizard.checklist.addresses import bind_words, is_wildcard, scope_of
from wizard.model.network import Scope


@pytest.mark.parametrize(
    ("text", "scope"),
    [
        ("127.0.0.1", Scope.LOOPBACK),
        ("127.8.8.8", Scope.LOOPBACK),
        ("::1", Scope.LOOPBACK),
        ("::ffff:127.0.0.1", Scope.LOOPBACK),
        ("localhost", Scope.LOOPBACK),
        ("10.255.0.1", Scope.PRIVATE),
        ("172.16.0.1", Scope.PRIVATE),
        ("172.32.0.1", Scope.GLOBAL),
        ("192.168.1.1", Scope.PRIVATE),
        ("fd00::1", Scope.PRIVATE),
        ("100.64.0.1", Scope.SHARED),
        ("100.128.0.1", Scope.GLOBAL),
        ("169.254.1.1", Scope.LINK_LOCAL),
        ("fe80::1%eth0", Scope.LINK_LOCAL),
        ("192.0.2.1", Scope.GLOBAL),
        ("2001:db8::1", Scope.GLOBAL),
        ("::ffff:8.8.8.8", Scope.GLOBAL),
        ("0.0.0.0", None),  # noqa: S104 - judged, never bound
        ("::", None),
        ("db1", None),
        ("", None),
    ],
)
def test_tells_how_far_an_address_reaches(text: str, scope: Scope | None) -> None:
    assert scope_of(text) is scope


def test_reads_bind_words_without_the_dash() -> None:
    assert bind_words("127.0.0.1 -::1  -10.0.0.1") == ("127.0.0.1", "::1", "10.0.0.1")
    assert bind_words("") == ()
    assert [is_wildcard(word) for word in bind_words("* -::* 10.0.0.1")] == [True, True, False]
