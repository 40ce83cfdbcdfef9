import pytest

from wizard.detect.machine.exporters import read_exporters
from wizard.host.reader import ProcessFacts
from wizard.model.facts.host import Exporter

SECRET = "hunter2"


def process(*arguments: str, name: str = "", pid: int = 9) -> ProcessFacts:
    return ProcessFacts(pid=pid, parent=1, name=name, arguments=arguments, user="prometheus", resident=0, started=0.0)


def exporter(program: str, **over: str) -> Exporter:
    return Exporter(program=program, pid=9, account="prometheus", **over)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        # As Debian's package of redis_exporter 1.69.0 runs.
        (("/usr/bin/prometheus-redis-exporter",), exporter("prometheus-redis-exporter")),
        (
            ("/usr/bin/prometheus-redis-exporter", "-redis.addr", "redis://127.0.0.1:16399", "-redis.user", "exporter"),
            exporter("prometheus-redis-exporter", login="exporter", target="127.0.0.1:16399"),
        ),
        (
            ("redis_exporter", f"--redis.addr=rediss://ops:{SECRET}@localhost", f"--redis.password={SECRET}"),
            exporter("redis_exporter", login="ops", target="127.0.0.1:6379"),
        ),
        (
            ("redis_exporter", f"-redis.addr=unix://ops:{SECRET}@/run/redis/redis.sock"),
            exporter("redis_exporter", login="ops", target="/run/redis/redis.sock"),
        ),
        (("redis_exporter", "-redis.addr", "[::1]:7000"), exporter("redis_exporter", target="::1:7000")),
        (("redis_exporter", "-redis.addr", "redis://[::1"), exporter("redis_exporter")),
        (("redis_exporter", "-redis.addr"), exporter("redis_exporter")),
        (("/opt/datadog-agent/bin/agent/agent", "run"), exporter("datadog-agent")),
        (("/usr/libexec/netdata/plugins.d/go.d.plugin", "1"), exporter("go.d.plugin")),
        (("/usr/bin/vi", "/etc/default/redis_exporter"), None),
        (("/usr/bin/my_redis_exporter_test",), None),
    ],
)
def test_a_program_is_an_exporter_by_its_name(arguments: tuple[str, ...], expected: Exporter | None) -> None:
    assert read_exporters([process(*arguments)]) == ((expected,) if expected else ())


def test_no_password_of_a_command_line_is_a_fact() -> None:
    found = read_exporters(
        [process("redis_exporter", "-redis.addr", f"redis://a:{SECRET}@h", "-redis.password", SECRET)]
    )
    assert SECRET not in repr(found)


def test_a_process_without_a_command_line_is_known_by_its_name() -> None:
    found = read_exporters([process(name="telegraf", pid=12), process(name="netdata", pid=7)])
    assert [each.program for each in found] == ["netdata", "telegraf"]
