"""One connection as the client libraries write it, to be copied in one piece. Never a password.

A path has a line of its own, so that 80 columns do not cut it. Each text ends up in a program: names of the host are
written as literals of its language.

Source:
    The connection examples of redis-py, node-redis, go-redis, Lettuce and phpredis.
"""

import json
import shlex
from collections.abc import Callable, Mapping
from types import MappingProxyType
from urllib.parse import quote

from screens.text.snippets import Connection


def redis_py(connection: Connection) -> str:
    """Return a connection for redis-py."""
    place = f"host={_text(connection.host)}, port={connection.port}"
    if connection.socket:
        place = f"unix_socket_path={_text(connection.socket)}"
    rows = [
        "import os, redis",
        f"r = redis.Redis({place}, username={_text(connection.user)},",
        '    password=os.environ["REDIS_PASSWORD"]',
    ]
    if connection.tls:
        rows[-1] += f", ssl=True,\n    ssl_ca_certs={_text(connection.authority)}"
    if connection.certificate:
        rows[-1] += f",\n    ssl_certfile={_text(connection.certificate)},\n    ssl_keyfile={_text(connection.key)}"
    return "\n".join(rows) + ")"


def redis_cli(connection: Connection) -> str:
    """Return a call of redis-cli; it asks for the password."""
    place = f"-s {shlex.quote(connection.socket)}"
    if not connection.socket:
        place = f"-h {shlex.quote(connection.host)} -p {connection.port}"
    rows = [f"redis-cli {place} --user {shlex.quote(connection.user)} --askpass"]
    if connection.tls:
        rows.append(f"  --tls --cacert {shlex.quote(connection.authority)}")
    if connection.certificate:
        rows += [f"  --cert {shlex.quote(connection.certificate)}", f"  --key {shlex.quote(connection.key)}"]
    return " \\\n".join(rows)


def node(connection: Connection) -> str:
    """Return a connection for node-redis."""
    place = f"path: {_text(connection.socket)}"
    if not connection.socket:
        place = f"host: {_text(connection.host)}, port: {connection.port}"
    files = {"ca": connection.authority, "cert": connection.certificate, "key": connection.key}
    rows = [
        'import { createClient } from "redis";',
        'import { readFileSync } from "node:fs";',
        "const client = await createClient({",
        f"  username: {_text(connection.user)}, password: process.env.REDIS_PASSWORD,",
        f"  socket: {{ {place}{', tls: true,' if connection.tls else ' }'}",
    ]
    if connection.tls:
        rows += [f"    {name}: readFileSync({_text(path)})," for name, path in files.items() if path]
        rows.append("  }")
    return "\n".join([*rows, "}).connect();"])


def go(connection: Connection) -> str:
    """Return the lines of a function for go-redis; it imports crypto/tls, crypto/x509, os and go-redis."""
    place = f'Network: "unix", Addr: {_text(connection.socket)}'
    if not connection.socket:
        place = f"Addr: {_text(f'{connection.host}:{connection.port}')}"
    rows = []
    if connection.tls:
        rows += ["ca, err := os.ReadFile(", f"\t{_text(connection.authority)})", "if err != nil {", "\tpanic(err)", "}"]
        rows += ["roots := x509.NewCertPool()", "roots.AppendCertsFromPEM(ca)", "config := &tls.Config{RootCAs: roots}"]
    if connection.certificate:
        rows += ["pair, err := tls.LoadX509KeyPair(", f"\t{_text(connection.certificate)},"]
        rows += [f"\t{_text(connection.key)})", "if err != nil {", "\tpanic(err)", "}"]
        rows.append("config.Certificates = []tls.Certificate{pair}")
    rows += ["rdb := redis.NewClient(&redis.Options{", f"\t{place},"]
    rows.append(f'\tUsername: {_text(connection.user)}, Password: os.Getenv("REDIS_PASSWORD"),')
    rows += ["\tTLSConfig: config,"] if connection.tls else []
    return "\n".join([*rows, "})"])


def java(connection: Connection) -> str:
    """Return the lines of a method for Lettuce; it imports io.lettuce.core and java.io.File."""
    place = f"socket({_text(connection.socket)})"
    if not connection.socket:
        place = f"redis({_text(connection.host)}, {connection.port}){'.withSsl(true)' if connection.tls else ''}"
    rows = [
        f"RedisURI uri = RedisURI.Builder.{place}",
        f"    .withAuthentication({_text(connection.user)},",
        '        System.getenv("REDIS_PASSWORD").toCharArray()).build();',
        "RedisClient client = RedisClient.create(uri);",
    ]
    if connection.tls:
        rows += ["SslOptions tls = SslOptions.builder().trustManager(new File("]
        rows += [f"    {_text(connection.authority)}))"]
    if connection.certificate:
        rows += ["    .keyManager(new File(", f"    {_text(connection.certificate)}),"]
        rows += [f"    new File({_text(connection.key)}), new char[0])"]
    if connection.tls:
        rows += ["    .build();", "client.setOptions(ClientOptions.builder().sslOptions(tls).build());"]
    return "\n".join(rows)


def php(connection: Connection) -> str:
    """Return the lines of a script for phpredis."""
    files = {"cafile": connection.authority, "local_cert": connection.certificate, "local_pk": connection.key}
    rows = ["$redis = new Redis();"]
    if connection.socket:
        rows.append(f"$redis->connect({_php(connection.socket)});")
    elif connection.tls:
        rows.append(
            f"$redis->connect({_php(f'tls://{connection.host}')}, {connection.port}, 5, null, 0, 0, ['stream' => ["
        )
        rows += [f"    '{name}' => {_php(path)}," for name, path in files.items() if path]
        rows.append("]]);")
    else:
        rows.append(f"$redis->connect({_php(connection.host)}, {connection.port});")
    return "\n".join([*rows, f"$redis->auth([{_php(connection.user)}, getenv('REDIS_PASSWORD')]);"])


def url(connection: Connection) -> str:
    """Return the URL without its password."""
    user = quote(connection.user, safe="")
    if connection.socket:
        return f"unix://{user}@{connection.socket}?db=0"
    return f"{'rediss' if connection.tls else 'redis'}://{user}@{connection.host}:{connection.port}/0"


def environment(connection: Connection) -> str:
    """Return the lines of an environment file; the operator fills in the password."""
    rows = [f"REDIS_URL={url(connection)}", "REDIS_PASSWORD="]
    rows += [f"REDIS_CA={connection.authority}"] if connection.tls else []
    rows += [f"REDIS_CERT={connection.certificate}", f"REDIS_KEY={connection.key}"] if connection.certificate else []
    return "\n".join(rows)


KINDS: Mapping[str, Callable[[Connection], str]] = MappingProxyType(
    {
        "redis-py": redis_py,
        "redis-cli": redis_cli,
        "node": node,
        "Go": go,
        "Java": java,
        "PHP": php,
        "URL": url,
        "env": environment,
    }
)
"""Every kind of snippet by its name."""


def _text(value: str) -> str:
    """Return a literal of Python, JavaScript, Go and Java, in ASCII."""
    return json.dumps(value)


def _php(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
