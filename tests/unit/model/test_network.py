"""How far an address reaches."""

import pytest

from wizard.model.network import Scope, bind_words, local_address, parse_address, scope_of, wildcard_family


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
        ("172.31.255.255", Scope.PRIVATE),
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
    assert bind_words(["127.0.0.1", "-::1", "-10.0.0.1"]) == ("127.0.0.1", "::1", "10.0.0.1")
    assert bind_words([""]) == ()


@pytest.mark.parametrize(
    ("word", "family", "local"),
    [
        ("*", 4, "127.0.0.1"),
        ("0.0.0.0", 4, "127.0.0.1"),  # noqa: S104 - judged, never bound
        ("-::*", 6, "::1"),
        ("::", 6, "::1"),
        ("-10.0.0.1", None, "10.0.0.1"),
        ("db1", None, "db1"),
    ],
)
def test_a_wildcard_stands_for_one_family_and_is_reached_by_loopback(word: str, family: int | None, local: str) -> None:
    assert (wildcard_family(word), local_address(word)) == (family, local)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("[::1]", "::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("::ffff:10.0.0.1", "10.0.0.1"),
        ("2001:DB8:0::1", "2001:db8::1"),
        ("10.0.0.256", None),
        ("010.0.0.1", None),
        ("/run/redis.sock", None),
        ("*", None),
        ("", None),
    ],
)
def test_an_address_is_read_in_any_of_its_forms(text: str, address: str | None) -> None:
    found = parse_address(text)
    assert (None if found is None else str(found)) == address
