import pytest

from wizard.formats.redisconf.directives import find
from wizard.formats.redisconf.value_syntax import value_problem


@pytest.mark.parametrize(
    ("server", "name", "arguments", "fine"),
    [
        ("r62", "maxmemory-samples", ("100",), True),
        ("r80", "maxmemory-samples", ("100",), False),
        ("r62", "loglevel", ("nothing",), False),
        ("r80", "loglevel", ("nothing",), True),
        ("r62", "save", ("60", "1", "300", "1"), True),
        ("r80", "save", ("60", "1", "300"), False),
        ("r80", "save", ("0", "1"), False),
        ("r80", "maxmemory-clients", ("101%",), False),
        ("r80", "oom-score-adj-values", ("0", "200", "800"), True),
        ("r80", "oom-score-adj-values", ("0", "200", "2001"), False),
        ("r80", "latency-tracking-info-percentiles", ("50", "99.9"), True),
        ("r80", "shutdown-on-sigterm", ("save", "now"), True),
        ("v81", "cluster-announce-client-ipv6", ("::1",), True),
        ("v81", "cluster-announce-client-ipv6", ("127.0.0.1",), False),
        ("r80", "proc-title-template", ("{title} {{x",), True),
        ("r80", "proc-title-template", ("{nothing}",), False),
        ("r80", "replicaof", ("host", "70000"), False),
        ("r80", "client-output-buffer-limit", ("normal", "0", "0", "0", "pubsub", "1mb", "1mb", "0"), True),
        ("r62", "client-output-buffer-limit", ("normal", "0", "0", "0", "pubsub", "1mb", "1mb", "0"), False),
        ("r80", "client-output-buffer-limit", ("nobody", "0", "0", "0"), False),
        ("r80", "client-output-buffer-limit", ("normal", "x", "0", "0"), False),
        ("r62", "bind", (), False),
        ("r80", "bind", (), True),
        ("r80", "bind", ("127.0.0.1",) * 17, False),
        ("r80", "bind", ("127.0.0.1,127.0.0.2",), False),
        ("r80", "dbfilename", ("a/b",), False),
        ("v81", "dbfilename", ("",), False),
        ("r80", "dir", ("",), False),
        ("r80", "hash-max-listpack-value", ("9" * 40,), False),
        ("r80", "timeout", ("9" * 19,), False),
        ("r80", "latency-tracking-info-percentiles", ("101",), False),
        ("r80", "oom-score-adj-values", ("1",), False),
        ("r80", "replicaof", ("host",), False),
        ("v91", "cluster-announce-ip", ("a b",), False),
        ("v81", "cluster-announce-hostname", ("a_b",), False),
        ("v81", "cluster-announce-human-nodename", ("a$",), False),
        ("r80", "user", (), False),
        ("r80", "loadmodule", (), False),
    ],
)
def test_accepts_what_the_server_accepts(server: str, name: str, arguments: tuple[str, ...], *, fine: bool) -> None:
    directive = find(name)
    assert directive is not None
    assert (value_problem(directive, arguments, server) == "") is fine
