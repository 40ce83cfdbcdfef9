"""Laws of the stricter direction of each setting."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wizard.settings import SETTINGS, Direction, Setting, is_weaker

Text = str | Sequence[str]

NUMBERS = st.integers(min_value=-2, max_value=1 << 40).map(str)
AMOUNTS = st.builds("{}{}".format, st.integers(0, 9), st.sampled_from(["", "kb", "mb", "gb", "%"]))
WORDS = st.sampled_from(sorted({"yes", "no", "", "0", "infinity", *(word for row in SETTINGS for word in row.words)}))
BIND = st.lists(
    st.sampled_from(["127.0.0.1", "-::1", "10.0.4.7", "10.0.4.8", "fd00::7", "0.0.0.0", "*", "::", "-::*", "db1"]),  # noqa: S104 - texts, nothing is bound
    max_size=4,
)
PROTOCOLS = st.lists(st.sampled_from(["TLSv1", "TLSv1.1", "TLSv1.2", "tlsv1.3", "SSLv3"]), max_size=3)
CIPHERS = st.lists(
    st.sampled_from(["AES256-SHA", "AES128-SHA", "ECDHE-RSA-AES256-GCM-SHA384", "TLS_AES_256_GCM_SHA384", "HIGH"]),
    max_size=3,
).map(":".join)
MODES = st.integers(0, 0o1000).map(oct).map(lambda text: text.removeprefix("0o"))
EVENTS = st.text("KEAg$lxmn", max_size=4)
RENAMES = st.lists(st.sampled_from(["KEYS", "keys", "DEBUG", "", "KEYS_x"]), max_size=5)
POINTS = st.lists(st.integers(1, 5).map(str), max_size=5).map(" ".join)
LIMITS = st.lists(
    st.builds(
        "{} {} {} {}".format,
        st.sampled_from(["normal", "slave", "replica", "pubsub", "nosuch"]),
        st.sampled_from(["0", "1mb", "2mb"]),
        st.sampled_from(["0", "1mb", "2mb"]),
        st.integers(0, 2),
    ),
    max_size=2,
).map(" ".join)
SPECIAL: dict[str, st.SearchStrategy[Text]] = {
    "bind": BIND.map(" ".join),
    "tls-protocols": PROTOCOLS.map(" ".join),
    "tls-ciphers": CIPHERS,
    "tls-ciphersuites": CIPHERS,
    "unixsocketperm": MODES,
    "notify-keyspace-events": EVENTS,
    "rename-command": RENAMES.map(tuple),
    "save": POINTS,
    "client-output-buffer-limit": LIMITS,
}
COMPARED = [row for row in SETTINGS if row.stricter is not Direction.NONE]


def values(row: Setting) -> st.SearchStrategy[Text]:
    """Give values that fit a setting, and some that do not."""
    own = SPECIAL.get(row.targets[0], NUMBERS) if row.targets else NUMBERS
    return st.one_of(own, st.sampled_from(row.words) if row.words else own, NUMBERS, AMOUNTS, WORDS)


@pytest.mark.parametrize("row", COMPARED, ids=lambda row: row.answer or row.targets[0])
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_strictness_is_an_order(row: Setting, data: st.DataObject) -> None:
    first, second, third = (data.draw(values(row)) for _ in range(3))
    there, back = is_weaker(row, first, second), is_weaker(row, second, first)
    assert is_weaker(row, first, first) is False
    assert (there is None) == (back is None)
    assert not (there and back)
    on, through = is_weaker(row, second, third), is_weaker(row, first, third)
    if there and on:
        assert through is True
    if there is False and on is False:
        assert through is False


@given(data=st.data())
def test_where_no_direction_is_stricter_nothing_is_judged(data: st.DataObject) -> None:
    row = data.draw(st.sampled_from([row for row in SETTINGS if row.stricter is Direction.NONE]))
    assert is_weaker(row, data.draw(WORDS), data.draw(NUMBERS)) is None
