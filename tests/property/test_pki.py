"""Laws of names and certificates."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.certificate_set import authority
from wizard.errors import CertificateError, InvalidValueError
from wizard.model.answers import KeyType
from wizard.model.change import CertificateRole
from wizard.pki.leaf import issue
from wizard.pki.names import subject_names
from wizard.pki.verify import chain_problem, describe

LABEL = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?", fullmatch=True)
HOSTS = st.lists(LABEL, min_size=1, max_size=3).map(".".join).map(lambda name: f"{name}.example")
ADDRESSES = st.ip_addresses().filter(lambda each: not each.is_unspecified and not each.is_multicast).map(str)


@given(st.lists(HOSTS | ADDRESSES, max_size=6))
def test_names_are_stable_and_kept_once(texts: list[str]) -> None:
    once = subject_names(texts)
    again = subject_names([*once.hosts, *once.addresses])
    assert once == again
    assert len(set(once.hosts)) == len(once.hosts)


@given(st.text(max_size=40))
def test_any_text_is_a_name_or_is_refused_with_a_sentence(text: str) -> None:
    try:
        names = subject_names([text])
    except InvalidValueError as error:
        assert str(error)  # noqa: PT017 - a name or a refusal, both are right
        assert "\x1b" not in str(error)  # noqa: PT017 - as above
    else:
        assert all(each.isascii() for each in (*names.hosts, *names.addresses))


@settings(max_examples=25, deadline=None)
@given(st.lists(HOSTS | ADDRESSES, min_size=1, max_size=4), st.integers(1, 900), st.integers(0, 3000))
def test_what_is_issued_says_what_was_asked_and_holds(texts: list[str], days: int, later: int) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    own = authority("Law CA", now=start)
    now = start + timedelta(days=later)
    names = subject_names(texts)
    try:
        made = issue(
            CertificateRole.SERVER,
            common_name="db1",
            names=names,
            key_type=KeyType.EC_P256,
            days=days,
            now=now,
            authority_certificate=own.certificate,
            authority_key=own.key,
        )
    except CertificateError as error:
        assert later + days > 3650
        assert "longer than the CA is valid" in str(error)  # noqa: PT017 - issued or refused, by the days left
        return
    told = describe(made.certificate)
    assert told.names == (*(f"DNS:{each}" for each in names.hosts), *(f"IP:{each}" for each in names.addresses))
    assert chain_problem(made.certificate, own.certificate, now) == ""
    assert chain_problem(made.certificate, own.certificate, now + timedelta(days=days)) == ""
    assert chain_problem(made.certificate, own.certificate, now + timedelta(days=days, seconds=1)) != ""


@given(st.binary(max_size=200))
def test_garbage_is_refused_with_a_sentence(data: bytes) -> None:
    with pytest.raises(CertificateError, match="PEM form"):
        describe(data)
