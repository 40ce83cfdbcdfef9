"""Texts become names that a certificate can hold, or are refused at the door."""

import pytest

from wizard.errors import InvalidValueError
from wizard.pki.names import check_common_name, subject_names


def test_sorts_hosts_and_addresses_and_keeps_each_once() -> None:
    names = subject_names(["DB1.example.org.", "db1.example.org", "10.0.4.7", "IP:0:0::1", "DNS:redis_1"])
    assert names.hosts == ("db1.example.org", "redis_1")
    assert names.addresses == ("10.0.4.7", "::1")


def test_takes_a_wildcard_in_the_first_label_only() -> None:
    assert subject_names(["*.example.org"]).hosts == ("*.example.org",)
    with pytest.raises(InvalidValueError, match="neither a host name"):
        subject_names(["db.*.org"])


@pytest.mark.parametrize(
    "text",
    ["", " ", "a..b", "-db1", "db1-", "db 1", "a" * 64, "a." * 130, "bücher.example", "db1/24", "[::1]", "*"],
)
def test_refuses_what_is_no_name(text: str) -> None:
    with pytest.raises(InvalidValueError):
        subject_names([text])


@pytest.mark.parametrize(
    "text",
    [
        "0.0.0.0",  # noqa: S104 - refused, never bound
        "::",
        "224.0.0.1",
        "fe80::1%eth0",
        "1.2.3",
        "10.0.0.256",
        "IP:db1",
        "DNS:10.0.0.1",
    ],
)
def test_refuses_addresses_that_no_client_connects_to(text: str) -> None:
    with pytest.raises(InvalidValueError):
        subject_names([text])


@pytest.mark.parametrize("text", ["", "  ", "x" * 65, "a\x00b", "a\nb"])
def test_refuses_a_common_name_that_no_certificate_holds(text: str) -> None:
    with pytest.raises(InvalidValueError, match="common name"):
        check_common_name(text)
