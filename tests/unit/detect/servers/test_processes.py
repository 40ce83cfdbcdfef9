from pathlib import PurePosixPath

import pytest

from tests.support.facts_builder import unit
from tests.support.host_trees import load
from tests.support.memory_host.host import MemoryHost
from wizard.detect.reader import Reader
from wizard.detect.servers.processes import control_group, program, read_process, server_processes, unit_of
from wizard.host.reader import ProcessFacts
from wizard.model.facts.service import ServerProcess
from wizard.model.facts.unreadable import MASK, Unreadable


def process(
    pid: int = 7, *, name: str = "redis-server", arguments: tuple[str, ...] = ("redis-server",)
) -> ProcessFacts:
    return ProcessFacts(pid=pid, parent=1, name=name, arguments=arguments, user="redis", resident=1, started=0.0)


def only(host: MemoryHost) -> ServerProcess:
    reader = Reader(host)
    (found,) = server_processes(reader, host.process_list)
    return read_process(reader, found)


def test_never_follows_the_link_that_decides_what_the_program_does() -> None:
    assert only(load("debian13-redis")).program == PurePosixPath("/usr/bin/redis-server")
    assert only(load("container-v2")).program == PurePosixPath("/usr/bin/redis-server")


def test_takes_the_executable_where_the_command_line_has_no_path() -> None:
    assert only(load("by-hand")).program == PurePosixPath("/usr/local/bin/redis-server")


def test_takes_the_search_path_where_the_executable_is_closed_to_us() -> None:
    host = MemoryHost()
    host.programs["redis-server"] = PurePosixPath("/opt/bin/redis-server")
    assert program(Reader(host), process()) == PurePosixPath("/opt/bin/redis-server")


def test_leaves_out_forks_that_save_and_programs_that_are_no_server() -> None:
    host = load("by-hand")
    assert [found.pid for found in server_processes(Reader(host), host.process_list)] == [900]


def test_ids_in_further_namespaces_show_a_container_where_links_cannot_be_read() -> None:
    host = load("debian13-redis")
    host.put(PurePosixPath("/proc/58/status"), b"Name:\tredis-server\nNSpid:\t58\t1\n")
    reader = Reader(host)
    assert server_processes(reader, host.process_list) == ()
    assert ["inside that container" in each.why for each in reader.unreadable()] == [True]


def test_leaves_out_what_runs_in_another_container_and_says_so() -> None:
    host = load("debian13-redis")
    host.put_link(PurePosixPath("/proc/1/ns/pid"), "pid:[1]")
    host.put_link(PurePosixPath("/proc/58/ns/pid"), "pid:[2]")
    reader = Reader(host)
    assert server_processes(reader, host.process_list) == ()
    assert ["inside that container" in each.why for each in reader.unreadable()] == [True]


@pytest.mark.parametrize(
    ("group", "command"),
    [
        ("/docker/0123456789abcdef0123", "docker exec -it 0123456789ab sh"),
        ("/system.slice/docker-0123456789abcdef0123.scope", "docker exec -it 0123456789ab sh"),
        ("/machine.slice/libpod-0123456789abcdef.scope/container", "podman exec -it 0123456789ab sh"),
        (
            "/kubepods.slice/pod1.slice/cri-containerd-0123456789abcdef.scope",
            "crictl exec -it 0123456789ab sh",
        ),
        (f"/kubepods/burstable/pod1/{'0123456789abcdef' * 4}", "crictl exec -it 0123456789ab sh"),
        ("/lxc.payload.web1/system.slice/redis-server.service", "lxc-attach --name web1"),
        ("/machine.slice/machine-db\\x2d1.scope/payload", "machinectl shell db-1"),
        ("/user.slice/user-1000.slice", ""),
        ("/docker/$(reboot)", ""),
    ],
)
def test_names_the_way_into_a_container(group: str, command: str) -> None:
    host = load("debian13-redis")
    host.put_link(PurePosixPath("/proc/1/ns/pid"), "pid:[1]")
    host.put_link(PurePosixPath("/proc/58/ns/pid"), "pid:[2]")
    host.put(PurePosixPath("/proc/58/cgroup"), f"0::{group}\n".encode())
    reader = Reader(host)
    server_processes(reader, host.process_list)
    (told,) = reader.unreadable()
    assert told.why.partition("inside that container")[2] == (f": {command}" if command else "")


def test_reads_limits_huge_pages_and_the_names_of_secret_variables() -> None:
    found = only(load("by-hand"))
    assert (found.open_files, found.anonymous_huge_pages) == (1024, 2048 * 1024)
    assert found.secrets_in_environment == ("DB_PASSWORD", "REDISCLI_AUTH")
    assert found.arguments == ("/etc/redis.conf", "--requirepass", MASK, "--port 7379")


def test_says_that_the_program_was_replaced_since_the_start() -> None:
    host = load("debian13-redis")
    assert only(host).executable == "/usr/bin/redis-check-rdb"
    link = PurePosixPath(f"/proc/{only(host).pid}/exe")
    host.put_link(link, "/usr/bin/redis-check-rdb (deleted)")
    assert only(host).executable == "/usr/bin/redis-check-rdb (deleted)"


def test_says_what_only_root_can_see() -> None:
    found = only(load("debian13-redis", user="op"))
    assert isinstance(found.anonymous_huge_pages, Unreadable)
    assert isinstance(found.secrets_in_environment, Unreadable)
    assert found.open_files == 65535


def test_says_that_a_limit_is_missing() -> None:
    host = load("debian13-redis")
    host.put(PurePosixPath("/proc/58/limits"), b"Max open files unlimited unlimited files\n")
    assert isinstance(only(host).open_files, Unreadable)


def test_a_title_leaves_no_empty_words() -> None:
    assert only(load("debian13-redis")).arguments == ()


def test_reads_the_control_group_of_either_version() -> None:
    host = MemoryHost(
        {
            PurePosixPath("/proc/1/cgroup"): b"0::/system.slice/a.service\n",
            PurePosixPath("/proc/2/cgroup"): b"4:memory:/m\n1:name=systemd:/s\n0::/\n",
            PurePosixPath("/proc/3/cgroup"): b"4:cpu,memory:/m\n",
            PurePosixPath("/proc/4/cgroup"): b"0::/\n",
            PurePosixPath("/proc/5/cgroup"): b"garbage\n",
        }
    )
    groups = [control_group(Reader(host), pid) for pid in range(1, 7)]
    assert groups == ["/system.slice/a.service", "/s", "/m", "/", "/", ""]


def test_reads_the_unit_of_a_control_group() -> None:
    assert unit_of("/system.slice/system-redis.slice/redis@a.service") == "redis@a.service"
    assert unit_of("/user.slice/user-0.slice/session-1.scope") == ""


def test_a_unit_of_a_users_own_manager_is_no_unit_of_the_host() -> None:
    own = "/user.slice/user-1000.slice/user@1000.service/app.slice/redis-server.service"
    assert unit_of(own) == "user@1000.service"


OVERWRITTEN = bytes(200)
"""What a server leaves of its environment (measured on five servers)."""
DROP_IN = b'[Service]\nEnvironment="LANG=C" REDIS_PASSWORD=planted\nEnvironmentFile=-/etc/default/redis\n'


def test_an_environment_that_the_server_has_overwritten_is_not_known_to_be_free_of_passwords() -> None:
    host = load("by-hand")
    host.put(PurePosixPath("/proc/900/environ"), OVERWRITTEN)
    found = only(host).secrets_in_environment
    assert isinstance(found, Unreadable)
    assert found.why == "the server has overwritten it, and no unit starts it"


def test_the_files_of_its_unit_tell_what_the_server_has_overwritten() -> None:
    host = load("by-hand")
    host.put(PurePosixPath("/proc/900/environ"), OVERWRITTEN)
    host.put(PurePosixPath("/etc/systemd/system/r.service.d/x.conf"), DROP_IN)
    host.put(PurePosixPath("/etc/default/redis"), b"# comment\nVAULT_TOKEN=planted\nHOME=/\n")
    started = unit(fragment=None, drop_ins=(PurePosixPath("/etc/systemd/system/r.service.d/x.conf"),))
    (process,) = server_processes(Reader(host), host.process_list)
    found = read_process(Reader(host), process, started).secrets_in_environment
    assert found == ("REDIS_PASSWORD", "VAULT_TOKEN")
