"""Laws of the port's files, over all adapters."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.hosts import BENCHES, Bench, digest
from wizard.errors import ConcurrentChangeError, InvalidValueError
from wizard.host.files.paths import kernel_path
from wizard.model.facts.files import FileKind

contents = st.binary(max_size=2000)
modes = st.sampled_from([0o600, 0o640, 0o644, 0o660, 0o400, 0o2755])
few = settings(max_examples=25, deadline=None)


def listing(bench: Bench) -> dict[str, object]:
    """Everything in a bench's directory."""
    return {name: bench.host.status(bench.base / name, digest=True) for name in bench.host.entries(bench.base)}


@pytest.mark.parametrize("adapter", sorted(BENCHES))
@few
@given(before=contents, after=contents, mode=modes, other=modes)
def test_replace_then_replace_back_is_no_change(
    adapter: str, before: bytes, after: bytes, mode: int, other: int
) -> None:
    with tempfile.TemporaryDirectory() as place:
        bench = BENCHES[adapter](Path(place))
        bench.write("a", before, expected="", mode=mode)
        was = listing(bench)
        bench.write("a", after, expected=digest(before), mode=other)
        assert bench.host.read(bench.base / "a") == after
        bench.write("a", before, expected=digest(after), mode=mode)
        assert listing(bench) == was


@pytest.mark.parametrize("adapter", sorted(BENCHES))
@few
@given(before=contents, guess=contents, after=contents)
def test_a_wrong_expectation_changes_nothing(adapter: str, before: bytes, guess: bytes, after: bytes) -> None:
    with tempfile.TemporaryDirectory() as place:
        bench = BENCHES[adapter](Path(place))
        bench.write("a", before)
        was = listing(bench)
        if guess != before:
            with pytest.raises(ConcurrentChangeError):
                bench.write("a", after, expected=digest(guess))
            assert listing(bench) == was
        bench.host.remove(bench.base / "a", expected=digest(before))
        assert bench.host.status(bench.base / "a").kind is FileKind.ABSENT


@pytest.mark.parametrize("adapter", sorted(BENCHES))
@few
@given(parts=st.lists(contents, max_size=8))
def test_what_is_appended_is_read_back_in_order(adapter: str, parts: list[bytes]) -> None:
    with tempfile.TemporaryDirectory() as place:
        bench = BENCHES[adapter](Path(place))
        path = bench.write("log", b"")
        for part in parts:
            bench.host.append(path, part, durable=False)
        assert bench.host.read(path) == b"".join(parts)


@given(key=st.text(max_size=40) | st.from_regex(r"[a-z.]{1,8}\.[a-z./-]{1,12}"), value=st.text(max_size=10))
def test_a_kernel_key_never_leads_out_of_the_kernels_directories(key: str, value: str) -> None:
    try:
        path = kernel_path(key, value)
    except InvalidValueError:
        return
    assert ".." not in path.parts
    assert path.is_relative_to("/proc/sys") or path.is_relative_to("/sys/kernel/mm/transparent_hugepage")
