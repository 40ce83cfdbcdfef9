"""Programs of this host that read metrics of servers, and the user that their command line names.

Source:
    redis_exporter 1.69.0, README (``-redis.addr``, ``-redis.user``); the programs' own packages for their names.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from wizard.host.reader import ProcessFacts
from wizard.model.facts.host import Exporter

_PROGRAMS = frozenset(
    (
        *("redis_exporter", "prometheus-redis-exporter", "valkey_exporter", "prometheus-valkey-exporter"),
        *("netdata", "go.d.plugin", "telegraf", "datadog-agent", "zabbix_agentd", "zabbix_agent2", "collectd"),
        *("metricbeat", "node_exporter", "prometheus-node-exporter", "otelcol", "otelcol-contrib", "grafana-agent"),
        *("alloy", "newrelic-infra", "nri-redis", "pmm-agent", "check_mk_agent", "vmagent"),
    )
)
_OF_A_DIRECTORY = "datadog-agent"
"""Its program is called ``agent``; the directory names it."""
_USER = "redis.user"
_ADDRESS = "redis.addr"
_REDIS_PORT = 6379


def read_exporters(processes: Iterable[ProcessFacts]) -> tuple[Exporter, ...]:
    """Return the running programs that may read metrics of a server, by process id."""
    found = (_exporter(process) for process in processes)
    return tuple(sorted((each for each in found if each is not None), key=lambda each: each.pid))


def _exporter(process: ProcessFacts) -> Exporter | None:
    path = PurePosixPath(process.arguments[0] if process.arguments else process.name)
    name = _OF_A_DIRECTORY if _OF_A_DIRECTORY in path.parts else path.name
    if name not in _PROGRAMS:
        return None
    options = dict(_options(process.arguments[1:]))
    user, target = _address(options.get(_ADDRESS, ""))
    return Exporter(
        program=name, pid=process.pid, account=process.user, login=options.get(_USER, "") or user, target=target
    )


def _options(arguments: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Return options with their values: ``-name value``, ``-name=value``, with one dash or two (Go's ``flag``)."""
    for word, following in zip(arguments, (*arguments[1:], ""), strict=False):
        if word.startswith("-"):
            name, equals, value = word.lstrip("-").partition("=")
            yield name, value if equals else following


def _address(text: str) -> tuple[str, str]:
    """Return the user of an address and where it leads; never the password, which it may hold too."""
    try:
        parts = urlsplit(text if "//" in text else f"//{text}")
        port = parts.port or _REDIS_PORT
    except ValueError:
        return "", ""
    if parts.scheme == "unix":
        return unquote(parts.username or ""), parts.path
    host = {"localhost": "127.0.0.1"}.get(parts.hostname or "", parts.hostname or "")
    return unquote(parts.username or ""), f"{host}:{port}" if host else ""
