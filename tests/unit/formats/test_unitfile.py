from pathlib import PurePosixPath

import pytest

from wizard.errors import InvalidValueError
from wizard.formats.unitfile import UnitFile, expand_specifiers, in_effect, insert_drop_in, merged, unescaped

UNIT = """# Redis
[Unit]
Description=Redis \\
  in memory
; comment
[Service]
Type = notify
ExecStart=/usr/bin/redis-server \\
# said between
    /etc/redis/redis.conf
ReadWritePaths=/var/lib/redis
ReadWritePaths=-/etc/redis
LimitNOFILE=1024

[Install]
WantedBy=multi-user.target
"""


def test_reads_sections_keys_and_continued_lines() -> None:
    file = UnitFile.parse(UNIT.encode())
    assert file.get("Unit", "Description") == ("Redis   in memory".replace("   ", "  "),)
    assert file.get("Service", "Type") == ("notify",)
    assert file.get("Service", "ExecStart") == ("/usr/bin/redis-server  /etc/redis/redis.conf",)
    assert file.get("Service", "ReadWritePaths") == ("/var/lib/redis", "-/etc/redis")
    assert file.get("Service", "Nothing") == ()
    assert file.get("Install", "Type") == ()


def test_an_empty_assignment_takes_away_those_before() -> None:
    assert UnitFile.parse(b"[Service]\nExecStart=a\nExecStart=\nExecStart=b\n").get("Service", "ExecStart") == ("b",)


def test_a_section_may_come_twice() -> None:
    assert UnitFile.parse(b"[Service]\nA=1\n[Unit]\nA=2\n[Service]\nA=3\n").get("Service", "A") == ("1", "3")


@pytest.mark.parametrize(
    ("data", "values"),
    [
        (b"[S]\r\nA=1\r\n", ("1",)),
        (b"[S]\rA=1\r", ("1",)),
        (b"[S]\nA=1", ("1",)),
        (b"\xef\xbb\xbf[S]\nA=1\n", ("1",)),
        (b"A=0\n[S]\n  A = 1 2 \n", ("1 2",)),
        (b"[S]\nA=1\\\\\nB=2\n", ("1\\\\",)),
        (b"[S]\nA=1 \\\n\nA=2\n", ("1", "2")),
        (b"[S]\nA=1 \\", ("1",)),
        (b"[S]\nA=1 # x\n", ("1 # x",)),
        (b"[S]\nA=b=c\n", ("b=c",)),
        (b"[S]\n#A=1\n;A=2\n", ()),
    ],
)
def test_reads_as_systemd_does(data: bytes, values: tuple[str, ...]) -> None:
    assert UnitFile.parse(data).get("S", "A") == values


def test_drop_ins_are_read_after_the_unit() -> None:
    unit = UnitFile.parse(b"[Service]\nLimitNOFILE=1\nExecStart=a\n")
    drop_in = UnitFile.parse(b"[Service]\nLimitNOFILE=2\nExecStart=\nExecStart=b\n")
    assert in_effect([unit, drop_in], "Service", "LimitNOFILE") == ("1", "2")
    assert in_effect([unit, drop_in], "Service", "ExecStart") == ("b",)


def test_an_edit_touches_its_own_lines_alone() -> None:
    edited = UnitFile.parse(UNIT.encode()).set("Service", "LimitNOFILE", "65535")
    assert edited.data().decode() == UNIT.replace("LimitNOFILE=1024", "LimitNOFILE=65535")


def test_comments_inside_a_continued_line_stay() -> None:
    edited = UnitFile.parse(UNIT.encode()).set("Service", "ExecStart", "/bin/true")
    assert b"ExecStart=/bin/true\n# said between\nReadWritePaths" in edited.data()


def test_several_values_stand_on_lines_of_their_own() -> None:
    edited = UnitFile.parse(UNIT.encode()).set("Service", "ReadWritePaths", ["/a", "/b", "/c"])
    assert edited.get("Service", "ReadWritePaths") == ("/a", "/b", "/c")
    assert edited.data().count(b"ReadWritePaths") == 3


def test_a_new_key_goes_to_the_end_of_its_section() -> None:
    edited = UnitFile.parse(UNIT.encode()).set("Service", "Nice", "5")
    assert edited.data().decode() == UNIT.replace("LimitNOFILE=1024\n", "LimitNOFILE=1024\nNice=5\n")


def test_a_new_section_goes_to_the_end() -> None:
    assert UnitFile.parse(b"[A]\nB=1").set("C", "D", "2").data() == b"[A]\nB=1\n\n[C]\nD=2\n"
    assert UnitFile.parse(b"").set("C", "D", "2").data() == b"[C]\nD=2\n"


def test_a_last_line_that_asks_for_more_does_not_swallow_an_edit() -> None:
    for data in (b"[A]\nB=1 \\", b"[A]\nB=1 \\\n# x\n"):
        edited = UnitFile.parse(data).set("A", "C", "2").set("D", "E", "3")
        assert UnitFile.parse(edited.data()).get("A", "B") == ("1",)
        assert UnitFile.parse(edited.data()).get("A", "C") == ("2",)
        assert UnitFile.parse(edited.data()).get("D", "E") == ("3",)


def test_no_values_take_a_key_out() -> None:
    assert UnitFile.parse(b"[A]\nB=1\nC=2\nB=3\n").set("A", "B", []).data() == b"[A]\nC=2\n"


@pytest.mark.parametrize(
    ("section", "key", "value"),
    [("", "A", "1"), ("S]", "A", "1"), ("S", "", "1"), ("S", "A B", "1"), ("S", "A", "1\n2"), ("S", "A", "1\\")],
)
def test_refuses_what_would_be_another_line(section: str, key: str, value: str) -> None:
    with pytest.raises(InvalidValueError):
        UnitFile.parse(b"").set(section, key, value)


def test_a_new_drop_in_stands_by_its_name_and_takes_the_place_of_a_namesake() -> None:
    order = tuple(
        map(
            PurePosixPath,
            ("/usr/lib/systemd/system/a.service.d/20-b.conf", "/run/systemd/system/a.service.d/90-c.conf"),
        )
    )
    etc = PurePosixPath("/etc/systemd/system/a.service.d")
    assert insert_drop_in(order, etc / "60-x.conf") == (order[0], etc / "60-x.conf", order[1])
    assert insert_drop_in(order, etc / "20-b.conf") == (etc / "20-b.conf", order[1])


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("%i %I %n %N %p", r"a\x2db-c a-b/c redis@a\x2db-c.service redis@a\x2db-c redis"),
        ("%t/x %S %% 50% %-", "/run/x /var/lib % 50% %-"),
        ("%u %h", "root /root"),
    ],
)
def test_specifiers_of_the_name_and_of_directories_are_filled_in(text: str, value: str) -> None:
    assert expand_specifiers(text, r"redis@a\x2db-c.service") == value


def test_a_specifier_that_only_the_manager_knows_is_refused() -> None:
    with pytest.raises(InvalidValueError, match="%m"):
        expand_specifiers("/var/lib/%m", "redis.service")


def test_escapes_stand_for_bytes() -> None:
    assert unescaped(r"\xc3\xa4-x") == "ä/x"


def test_a_section_over_several_files() -> None:
    parts = [UnitFile.parse(b"[Service]\nA=1\n[Unit]\nA=2\n"), UnitFile.parse(b"[Service]\nA=\nB=3\n")]
    assert [(item.key, item.value) for item in merged(parts, "Service")] == [("A", "1"), ("A", ""), ("B", "3")]
