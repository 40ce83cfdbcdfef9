"""Laws of sysctl files and units: lossless, and an edit is what is read back."""

from pathlib import PurePosixPath
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from wizard.formats.sysctl import SysctlFile, effective_source
from wizard.formats.unitfile import UnitFile

KEYS = st.sampled_from(["vm.swappiness", "vm/swappiness", "net.core.somaxconn", "net.ipv4.conf.eth0/1.rp_filter"])
VALUE = st.text("abc019 =#;\\-é", max_size=6).map(str.strip)
SYSCTL_LINE = st.one_of(
    st.builds("{}{}={}".format, st.sampled_from(["", "-", " "]), KEYS, VALUE),
    st.sampled_from(["# x", "; x", "", "nonsense", "-vm.swappiness", "vm.* = 7", "net.*.somaxconn=8"]),
    st.text(max_size=6),
)
SYSCTL = st.tuples(st.lists(SYSCTL_LINE, max_size=8), st.sampled_from(["\n", "\r\n"])).map(
    lambda parts: parts[1].join(parts[0]).encode()
)


@given(st.binary())
def test_any_bytes_come_back(data: bytes) -> None:
    assert SysctlFile.parse(data).data() == data
    assert UnitFile.parse(data).data() == data


@given(SYSCTL, KEYS, VALUE)
def test_a_set_value_is_read_back_and_nothing_else_changes(data: bytes, key: str, value: str) -> None:
    before = SysctlFile.parse(data)
    after = SysctlFile.parse(before.set(key, value).data())
    assert after.get(key) == value
    assert after.set(key, value) == after
    assert after.remove(key).get(key) is None
    others = [line.value for line in before.remove(key).assignments()]
    assert [line.value for line in after.remove(key).assignments()] == others


DIRECTORY = st.sampled_from(["/etc/sysctl.d", "/run/sysctl.d", "/usr/lib/sysctl.d", "/usr/local/lib/sysctl.d"])
PATHS = st.builds("{}/{}.conf".format, DIRECTORY, st.sampled_from(["10-a", "60-b", "99-z"])).map(PurePosixPath)
TREE = st.dictionaries(PATHS, SYSCTL, max_size=6)


@given(TREE, KEYS, st.randoms(use_true_random=False))
def test_the_winner_does_not_depend_on_the_order_given(
    tree: dict[PurePosixPath, bytes], key: str, random: Random
) -> None:
    files = list(tree.items())
    first = effective_source(key, files)
    random.shuffle(files)
    assert effective_source(key, files) == first


@given(TREE, KEYS, VALUE)
def test_a_last_file_of_highest_rank_wins(tree: dict[PurePosixPath, bytes], key: str, value: str) -> None:
    mine = PurePosixPath("/etc/sysctl.d/zz-last.conf")
    found = effective_source(key, [*tree.items(), (mine, SysctlFile.parse(b"").set(key, value).data())])
    assert (found.value, found.source) == (value, f"{mine}:1")


@given(TREE, KEYS)
def test_who_wins_is_not_among_the_losers(tree: dict[PurePosixPath, bytes], key: str) -> None:
    found = effective_source(key, list(tree.items()))
    assert (found.value is None) == (found.source == "")
    assert not [place for place in found.overridden if found.source and place.startswith(f"{found.source} ")]


UNIT_LINE = st.one_of(
    st.sampled_from(
        ["[Service]", "[Unit]", "[Bad", "", "# x", "; x", "#\\", "A=1", "A=", "A=1 \\", "B = 2", "  C", "\\"]
    ),
    st.text("AB=\\ #;[]x", max_size=8),
)
UNIT = st.tuples(
    st.lists(UNIT_LINE, max_size=10), st.sampled_from(["\n", "\r\n", "\r"]), st.sampled_from(["", "\n", "\ufeff"])
).map(lambda parts: (parts[2].strip("\n") + parts[1].join(parts[0]) + parts[2].strip("\ufeff")).encode())
SECTION = st.sampled_from(["Service", "Unit", "Install"])
KEY = st.sampled_from(["A", "B", "LimitNOFILE"])
UNIT_VALUE = st.text("abc =#[]x", min_size=1, max_size=6).map(str.strip).filter(bool)


def rest(file: UnitFile, section: str, key: str) -> list[tuple[str, str, str]]:
    return [
        (item.section, item.key, item.value)
        for item in file.assignments()
        if (item.section, item.key) != (section, key)
    ]


@given(UNIT, SECTION, KEY, st.lists(UNIT_VALUE, max_size=3))
def test_set_values_are_read_back_and_nothing_else_changes(
    data: bytes, section: str, key: str, values: list[str]
) -> None:
    before = UnitFile.parse(data)
    after = UnitFile.parse(before.set(section, key, values).data())
    assert after.get(section, key) == tuple(values)
    assert after.set(section, key, values) == after
    assert rest(after, section, key) == rest(before, section, key)


def comments(data: bytes) -> list[bytes]:
    return [line for line in data.splitlines() if line.strip()[:1] in (b"#", b";")]


@given(UNIT, SECTION, KEY, st.lists(UNIT_VALUE, max_size=3))
def test_every_comment_stays(data: bytes, section: str, key: str, values: list[str]) -> None:
    assert comments(UnitFile.parse(data).set(section, key, values).data()) == comments(data)
