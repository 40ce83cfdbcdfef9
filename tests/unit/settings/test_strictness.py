"""Which value of a setting protects less, with the meanings that Redis and the kernel give them."""

import pytest

from wizard.settings import is_weaker, setting_for, setting_of

WEAKER = [
    # 0 is not the shortest time, it is never.
    ("timeout", "300", "0"),
    ("timeout", "300", "301"),
    ("tcp-keepalive", "300", "0"),
    ("latency-monitor-threshold", "100", "0"),
    ("slowlog-log-slower-than", "10000", "-1"),
    ("slowlog-log-slower-than", "0", "5000"),
    ("slowlog-max-len", "256", "128"),
    ("acllog-max-len", "128", "0"),
    ("loglevel", "notice", "warning"),
    ("loglevel", "WARNING", "nothing"),
    ("maxmemory", "1gb", "0"),
    ("maxmemory", "1gb", "1073741825"),
    ("client-output-buffer-limit", "normal 1gb 512mb 60", "normal 0 0 0"),
    ("client-output-buffer-limit", "slave 256mb 64mb 60", "replica 256mb 64mb 61"),
    ("client-output-buffer-limit", "replica 256mb 64mb 60", "replica 256mb 0 60"),
    ("protected-mode", "yes", "no"),
    ("port", "0", "6379"),
    ("tls-port", "6380", "0"),
    ("bind", "127.0.0.1 -::1", "* -::*"),
    ("bind", "127.0.0.1", "10.0.4.7"),
    ("bind", "10.0.4.7", "0.0.0.0"),  # noqa: S104 - a text, nothing is bound
    ("bind", "10.0.4.7", "10.0.4.7 10.0.4.8"),
    ("bind", "10.0.4.7", "10.0.4.7 ::"),
    ("unixsocketperm", "770", "777"),
    ("unixsocketperm", "700", "770"),
    ("tls-protocols", "TLSv1.2 TLSv1.3", "TLSv1.1 TLSv1.3"),
    ("tls-protocols", "", "TLSv1.1 TLSv1.2"),
    ("tls-protocols", "TLSv1.3", ""),
    ("tls-ciphers", "ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-RSA-AES256-GCM-SHA384:AES256-SHA"),
    ("tls-ciphersuites", "TLS_AES_256_GCM_SHA384", ""),
    ("tls-auth-clients", "yes", "optional"),
    ("tls-replication", "yes", "no"),
    ("tls-cluster", "yes", "no"),
    ("aclfile", "/etc/redis/users.acl", ""),
    ("acl-pubsub-default", "resetchannels", "allchannels"),
    ("rename-command", ("FLUSHALL", "", "KEYS", ""), ("flushall", "")),
    ("rename-command", ("FLUSHALL", ""), ("FLUSHALL", "FLUSHALL")),
    ("enable-debug-command", "local", "yes"),
    ("enable-module-command", "no", "local"),
    ("enable-protected-configs", "no", "yes"),
    ("appendonly", "yes", "no"),
    ("appendfsync", "always", "everysec"),
    ("appendfsync", "everysec", "no"),
    ("save", "3600 1 300 100", "3600 1"),
    ("save", "3600 1", ""),
    ("save", "300 10", "300 100"),
    ("notify-keyspace-events", "", "Ex"),
    ("notify-keyspace-events", "Ex", "KEA"),
    ("vm.overcommit_memory", "1", "0"),
    ("thp.enabled", "never", "madvise"),
    ("net.core.somaxconn", "4096", "128"),
    ("net.ipv4.tcp_keepalive_time", "300", "7200"),
    ("vm.swappiness", "1", "60"),
    ("LimitNOFILE", "infinity", "65535"),
    ("LimitNOFILE", "65535", "1024"),
]
EQUAL = [
    ("slowlog-log-slower-than", "-1", "-7"),
    ("maxmemory", "1gb", "1024mb"),
    ("port", "6379", "7000"),
    ("bind", "127.0.0.1", "-::1 127.0.0.1"),
    ("bind", "0.0.0.0", "* 10.0.4.7"),  # noqa: S104 - a text, nothing is bound
    ("unixsocketperm", "770", "0770"),
    ("unixsocketperm", "755", "700"),
    ("tls-protocols", "TLSv1.2", "TLSv1.2 TLSv1.3"),
    ("tls-protocols", "", "tlsv1.3 tlsv1.2"),
    ("client-output-buffer-limit", "normal 0 0 0", "slave 268435456 67108864 60"),
    ("client-output-buffer-limit", "normal 0 0 0", "normal 0 0 30"),
    ("save", "3600 1 300 100", "300 100 3600 1"),
    ("save", "300 10", "300 10 3600 10"),
    ("notify-keyspace-events", "", "lgx"),
    ("notify-keyspace-events", "KA", "Kg$lshzxetd"),
    ("loglevel", "Notice", "notice"),
]
NOT_COMPARABLE = [
    ("bind", "10.0.4.7", "10.0.4.8"),
    ("bind", "127.0.0.1", ""),
    ("bind", "10.0.4.7", "db1.example"),
    ("tls-ciphers", "", "ECDHE-RSA-AES256-GCM-SHA384"),
    ("tls-ciphers", "HIGH:!aNULL", "ECDHE-RSA-AES256-GCM-SHA384"),
    ("tls-ciphers", "AES256-SHA", "AES128-SHA"),
    ("unixsocketperm", "0", "770"),
    ("rename-command", ("FLUSHALL", ""), ("KEYS", "")),
    ("save", "3600 1", "60 10000"),
    ("notify-keyspace-events", "Ex", "Kx"),
    ("client-output-buffer-limit", "normal 0 1mb 60", "normal 0 2mb 10"),
    ("client-output-buffer-limit", "normal 0 0 0", "nosuch 0 0 0"),
    ("timeout", "300", ""),
    ("timeout", "300", "five minutes"),
    ("loglevel", "notice", "chatty"),
    # No direction at all.
    ("maxmemory-policy", "noeviction", "allkeys-lru"),
    ("maxclients", "10000", "10"),
    ("unixsocket", "", "/run/redis/redis.sock"),
    ("tls-cert-file", "/a.crt", "/a.crt"),
]


@pytest.mark.parametrize(("target", "before", "after"), WEAKER)
def test_the_value_that_protects_less_is_weaker(target: str, before: str, after: str) -> None:
    assert is_weaker(setting_for(target), before, after) is True
    assert is_weaker(setting_for(target), after, before) is False


@pytest.mark.parametrize(("target", "before", "after"), EQUAL)
def test_another_text_of_the_same_strictness_is_not_weaker(target: str, before: str, after: str) -> None:
    assert is_weaker(setting_for(target), before, after) is False
    assert is_weaker(setting_for(target), after, before) is False


@pytest.mark.parametrize(("target", "before", "after"), NOT_COMPARABLE)
def test_what_cannot_be_compared_is_not_judged(target: str, before: str, after: str) -> None:
    assert is_weaker(setting_for(target), before, after) is None
    assert is_weaker(setting_for(target), after, before) is None


@pytest.mark.parametrize(
    ("answer", "before", "after"),
    [
        ("tls.plaintext", "close", "drain"),
        ("tls.plaintext", "drain", "keep"),
        ("tls.server_days", "90", "397"),
        ("tls.key_type", "ec-p256", "rsa-2048"),
        ("acl.default_user", "off", "keep"),
        ("memory.copy_on_write_percent", "25", "0"),
        ("persistence.server_writes", "no", "yes"),
        ("kernel.manage", "yes", "no"),
    ],
)
def test_an_answer_without_a_directive_is_compared_by_itself(answer: str, before: str, after: str) -> None:
    assert is_weaker(setting_of(answer), before, after) is True
