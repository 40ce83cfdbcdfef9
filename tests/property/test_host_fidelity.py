"""The host in memory and the tree behave as the disk does: the same calls, the same ends."""

import contextlib
import tempfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.hosts import BENCHES, WORK, Bench, digest
from wizard.errors import WizardError

Step = Callable[[Bench], object]

# Few names, so that calls meet: a file where a directory is wanted, a link to a link, a loop.
names = st.sampled_from(["a", "b", "d", "d/a", "d/e", "d/e/a", "l", "l/a", "d/../a", "absent/a"])
# No absolute target, and a base that lies deep: whatever a script does, it stays in its temporary directory.
targets = st.sampled_from(["a", "d", "../a", "d/e", "l", "absent", ".", ".."])
DEPTH = str(WORK.relative_to("/srv"))
data = st.sampled_from([b"", b"one", b"two"])
modes = st.sampled_from([0o600, 0o640, 0o700, 0o755, 0o777])
directory_modes = modes | st.sampled_from([0o1777, 0o2750])
kept = st.sampled_from([".k", ".m", "a", "b", "l", "."])
digests = st.sampled_from(["", digest(b""), digest(b"one"), digest(b"two")])
expectations = st.sampled_from([None, "", digest(b""), digest(b"one"), digest(b"two")])


def step(what: str, name: str, **given_: object) -> tuple[str, Step]:
    """One call on one path, with what it needs."""

    def call(bench: Bench) -> object:
        arguments = dict(given_)
        if what in {"write", "make_directory", "set_mode"}:
            arguments |= {"owner": bench.user, "group": bench.group}
        if what == "restore_backup":
            arguments["owner"] = bench.user
        if "to" in arguments:
            arguments["to"] = bench.base / str(arguments["to"])
        positional = [arguments.pop(name) for name in ("data", "beside", "size") if name in arguments]
        return getattr(bench.host, what)(bench.base / name, *positional, **arguments)

    return f"{what} {name} {given_}", call


steps = st.one_of(
    st.builds(lambda n, d, e, m: step("write", n, data=d, expected=e, mode=m), names, data, expectations, modes),
    st.builds(lambda n, d: step("append", n, data=d), names, data),
    st.builds(lambda n, m: step("make_directory", n, mode=m), names, directory_modes),
    st.builds(lambda n, m: step("set_mode", n, mode=m), names, modes),
    st.builds(lambda n, t: step("rename", n, to=t), names, names),
    st.builds(lambda n, k: step("hard_link_backup", n, beside=k), names, kept),
    st.builds(
        lambda n, k, e, r: step("restore_backup", n, beside=k, expected=e, replaces=r), names, kept, digests, digests
    ),
    st.builds(lambda n, s: step("reserve", n, size=s), names, st.sampled_from([1, 5000])),
    st.builds(lambda n, t: step("link", n, target=t), names, targets),
    st.builds(lambda n, e: step("remove", n, expected=e), names, expectations),
    st.builds(lambda n: step("read", n), names),
    st.builds(lambda n: step("entries", n), names),
)


def outcome(call: Step, bench: Bench) -> object:
    """What a call gives, or the kind of its error."""
    try:
        return call(bench)
    except WizardError as error:
        return type(error).__name__


def picture(bench: Bench, place: PurePosixPath | None = None) -> list[object]:
    """Everything below a bench's directory, without sizes and counts of links of directories."""
    found: list[object] = []
    here = place or bench.base
    for name in bench.host.entries(here):
        status = bench.host.status(here / name, digest=True)
        path = str((here / name).relative_to(bench.base))
        links = status.links if status.kind == "file" else 0
        found.append((path, status.kind, status.mode & 0o7777, status.owner, status.target, status.digest, links))
        if status.kind == "directory":
            found += picture(bench, here / name)
    return found


@pytest.mark.parametrize("adapter", ["memory", "rooted"])
@settings(max_examples=60, deadline=None)
@given(script=st.lists(steps, max_size=12))
def test_behaves_as_the_disk_does(adapter: str, script: list[tuple[str, Step]]) -> None:
    with contextlib.ExitStack() as stack:
        places = [Path(stack.enter_context(tempfile.TemporaryDirectory()), DEPTH) for _ in range(2)]
        for place in places:
            place.mkdir(parents=True)
        disk, other = BENCHES["local"](places[0]), BENCHES[adapter](places[1])
        for words, call in script:
            wanted, got = outcome(call, disk), outcome(call, other)
            assert got == wanted, words
            assert picture(other) == picture(disk), words
