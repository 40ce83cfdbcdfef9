from pathlib import PurePosixPath

import pytest

from wizard.errors import InvalidValueError
from wizard.formats.sysctl import EffectiveSource, SysctlFile, effective_source, path_of

OWN = """# Values for Redis.
; also a comment
vm.overcommit_memory = 1
-net.core.somaxconn=511

net/ipv4/tcp_keepalive_time =300
"""


def files(**contents: str) -> list[tuple[PurePosixPath, bytes]]:
    places = {"etc": "/etc/sysctl.d", "run": "/run/sysctl.d", "local": "/usr/local/lib/sysctl.d"}
    found = []
    for name, text in contents.items():
        place, _, rest = name.partition("_")
        directory = places.get(place, "/usr/lib/sysctl.d")
        found.append((PurePosixPath(directory) / f"{rest.replace('_', '-')}.conf", text.encode()))
    return found


@pytest.mark.parametrize(
    ("key", "path"),
    [
        ("vm.swappiness", "vm/swappiness"),
        ("vm/swappiness", "vm/swappiness"),
        ("net.ipv4.conf.eth0/1.forwarding", "net/ipv4/conf/eth0.1/forwarding"),
        ("net/ipv4/conf/eth0.1/forwarding", "net/ipv4/conf/eth0.1/forwarding"),
        ("plain", "plain"),
    ],
)
def test_names_a_setting_by_its_path(key: str, path: str) -> None:
    assert path_of(key) == path


def test_reads_what_systemd_reads() -> None:
    file = SysctlFile.parse(OWN.encode())
    assert file.get("vm.overcommit_memory") == "1"
    assert file.get("net.core.somaxconn") == "511"
    assert file.get("net.ipv4.tcp_keepalive_time") == "300"
    assert file.get("vm.swappiness") is None


def test_a_hash_behind_a_value_belongs_to_it() -> None:
    assert SysctlFile.parse(b"vm.swappiness = 1 # x\n").get("vm.swappiness") == "1 # x"


def test_an_edit_keeps_the_rest_of_the_line_and_the_file() -> None:
    file = SysctlFile.parse(OWN.encode())
    edited = file.set("net/core/somaxconn", "4096").set("net.ipv4.tcp_keepalive_time", "60")
    assert edited.data().decode() == OWN.replace("=511", "=4096").replace("=300", "=60")


def test_of_repeated_lines_the_last_is_edited() -> None:
    assert SysctlFile.parse(b"a.b=1\na.b=2\n").set("a.b", "3").data() == b"a.b=1\na.b=3\n"


def test_a_new_setting_goes_to_the_end() -> None:
    assert SysctlFile.parse(b"a.b=1").set("c.d", "2").data() == b"a.b=1\nc.d = 2\n"
    assert SysctlFile.parse(b"a.b=1\r\n").set("c.d", "2").data() == b"a.b=1\r\nc.d = 2\r\n"
    assert SysctlFile.parse(b"").set("c.d", "2").data() == b"c.d = 2\n"


def test_takes_every_line_of_a_setting_out() -> None:
    assert SysctlFile.parse(b"a.b=1\n# x\na/b=2\n").remove("a.b").data() == b"# x\n"


@pytest.mark.parametrize(("key", "value"), [("", "1"), ("a b", "1"), ("a=b", "1"), ("-a.b", "1"), ("a.b", "1\nc=2")])
def test_refuses_what_would_be_another_line(key: str, value: str) -> None:
    with pytest.raises(InvalidValueError):
        SysctlFile.parse(b"").set(key, value)


def test_the_last_name_wins_whatever_its_directory() -> None:
    found = effective_source("vm.swappiness", files(etc_10_a="vm.swappiness=1\n", lib_20_b="\nvm.swappiness = 2\n"))
    assert found == EffectiveSource("2", "/usr/lib/sysctl.d/20-b.conf:2", ("/etc/sysctl.d/10-a.conf:1 = 1",))


def test_a_name_hides_the_same_name_further_down() -> None:
    found = effective_source(
        "vm.swappiness", files(lib_10_a="vm.swappiness=1\n", run_10_a="a.b=1\n", etc_10_a="", local_10_a="")
    )
    assert found == EffectiveSource(None, "", ("/usr/lib/sysctl.d/10-a.conf:1 = 1",))


def test_the_directories_rank_etc_run_local_lib() -> None:
    found = effective_source("a.b", files(lib_x="a.b=4", local_x="a.b=3", run_x="a.b=2", etc_x="a.b=1"))
    assert found.source == "/etc/sysctl.d/x.conf:1"
    assert found.overridden[0] == "/run/sysctl.d/x.conf:1 = 2"


def test_sysctl_conf_counts_as_the_link_to_it() -> None:
    conf = (PurePosixPath("/etc/sysctl.conf"), b"vm.swappiness=5\n")
    assert effective_source("vm.swappiness", [conf, *files(etc_98_a="vm.swappiness=1\n")]).value == "5"
    assert effective_source("vm.swappiness", [conf, *files(etc_99_z="vm.swappiness=1\n")]).value == "1"


def test_other_names_are_not_read() -> None:
    assert effective_source("a.b", [(PurePosixPath("/etc/sysctl.d/x.conf.bak"), b"a.b=1\n")]).value is None


def test_the_last_line_of_a_file_wins() -> None:
    assert effective_source("a.b", files(etc_x="a.b=1\na/b=2\n")).source == "/etc/sysctl.d/x.conf:2"


def test_a_full_name_wins_over_a_later_pattern() -> None:
    found = effective_source(
        "net.ipv4.conf.eth0.rp_filter",
        files(etc_10_a="net.ipv4.conf.eth0.rp_filter=1", lib_50_b="net.ipv4.conf.*.rp_filter=2"),
    )
    assert found.value == "1"
    assert found.overridden == ("/usr/lib/sysctl.d/50-b.conf:1 = 2",)


def test_a_pattern_does_not_cross_a_separator() -> None:
    assert effective_source("net.ipv4.conf.eth0.rp_filter", files(etc_x="net.ipv4.*.rp_filter=2")).value is None
    assert (
        effective_source("net.ipv4.conf.eth0.rp_filter", files(etc_x="net.ipv4.conf.eth[01].rp_filter=2")).value == "2"
    )


def test_a_bare_minus_keeps_patterns_away() -> None:
    assert (
        effective_source(
            "net.ipv4.conf.all.rp_filter", files(etc_x="net.ipv4.conf.*.rp_filter=2\n-net.ipv4.conf.all.rp_filter")
        ).value
        is None
    )


def test_nothing_sets_it() -> None:
    assert effective_source("vm.swappiness", []) == EffectiveSource(None, "", ())
