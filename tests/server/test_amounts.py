"""An amount of memory is read as the real servers read it."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.support.servers import Server, ask, running, server
from wizard.errors import InvalidValueError
from wizard.formats.redisconf.memory import parse_memory

pytestmark = pytest.mark.server

__all__ = ["server"]

_LARGEST = (1 << 63) - 1

AMOUNTS = st.builds(
    "{}{}{}{}".format,
    st.sampled_from(("", "", "", "-", "+", " ", "0x", "0")),
    st.one_of(st.integers(0, 1 << 12), st.integers(0, 1 << 66), st.just("")),
    st.sampled_from(("", "", " ", ".5")),
    st.sampled_from(("", "b", "B", "k", "K", "kb", "Kb", "KB", "m", "mB", "mb", "g", "G", "gb", "GB", "t", "tb", "%")),
)


def test_an_amount_is_what_the_server_makes_of_it(server: Server, tmp_path: Path) -> None:
    with running(server, "", tmp_path) as (path, _process):

        @settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
        @example("1k")
        @example("1kb")
        @example("-1")
        @example("5%")
        @given(AMOUNTS)
        def same(text: str) -> None:
            taken = ask(path, "CONFIG", "SET", "maxmemory", text).startswith("+OK")
            try:
                ours = parse_memory(text)
            except InvalidValueError:
                # The server reads a unit without digits as nothing, and lets an amount overflow; 6.2 counts with a
                # sign, so that it takes -0 and what overflows below.
                signed = server.key == "r62" and text.startswith("-")
                assert not taken or not any(map(str.isdigit, text)) or signed or _overflows(text)
                return
            assert taken
            assert f"\r\n{ours}\r\n" in ask(path, "CONFIG", "GET", "maxmemory")

        same()


def _overflows(text: str) -> bool:
    digits = text.rstrip("bBkKmMgG")
    try:
        parse_memory(f"1{text[len(digits) :]}")
    except InvalidValueError:
        return False
    return digits.isdecimal() and int(digits) * parse_memory(f"1{text[len(digits) :]}") > _LARGEST
