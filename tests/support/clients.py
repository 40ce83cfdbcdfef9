"""Clients of a hardened server, as applications would connect: redis-py and redis-cli, with and without certificate."""

from collections.abc import Iterator
from contextlib import contextmanager

from tests.support.debian import DebianHost

PYTHON_CLIENT = r"""
import sys
sys.path.insert(0, "/opt/packages")
import tomllib, redis
user, host, secrets, state = sys.argv[1:5]
with open(secrets, "rb") as file:
    password = tomllib.load(file)["passwords"][user]
files = f"{state}/clients/{user}"
keywords = dict(host=host, port=6380, username=user, password=password, ssl=True, socket_timeout=3,
                ssl_ca_certs=f"{files}/ca.crt")
if "--without-certificate" not in sys.argv:
    keywords |= dict(ssl_certfile=f"{files}/client.crt", ssl_keyfile=f"{files}/client.key")
client = redis.Redis(**keywords)
try:
    print(client.ping())
except redis.RedisError as error:
    print("refused:", type(error).__name__)
"""


def python_client(
    host: DebianHost, user: str, secrets: str, *, certificate: bool = True, address: str = "127.0.0.1"
) -> str:
    """Ping as a user with redis-py inside the host, by mutual TLS; ``True`` or ``refused: …``."""
    extra = [] if certificate else ["--without-certificate"]
    state = "/var/lib/redis-wizard"
    return host.run("python3", "-I", "-c", PYTHON_CLIENT, user, address, secrets, state, *extra).stdout.strip()


HELD_CLIENT = r"""
import sys
sys.path.insert(0, "/opt/packages")
import time, tomllib, redis
user, socket, secrets = sys.argv[1:4]
with open(secrets, "rb") as file:
    password = tomllib.load(file)["passwords"][user]
client = redis.Redis(unix_socket_path=socket, username=user, password=password, client_name=user)
client.ping()
time.sleep(600)
"""


@contextmanager
def held_client(host: DebianHost, user: str, secrets: str, socket: str) -> Iterator[None]:
    """Keep a client of a user connected by the unix socket, as an application on the host does."""
    unit = f"client-{user}"
    arguments = ("python3", "-I", "-c", HELD_CLIENT, user, socket, secrets)
    host.run("systemd-run", "--quiet", "--collect", f"--unit={unit}", *arguments)
    try:
        yield
    finally:
        host.run("systemctl", "stop", unit)


def cli_ping(host: DebianHost, user: str, secrets: str, *, cli: str = "redis-cli", certificate: bool = True) -> str:
    """Ping as a user with redis-cli inside the host, by mutual TLS, the password on standard input."""
    clients = f"/var/lib/redis-wizard/clients/{user}"
    cert = f"--cert {clients}/client.crt --key {clients}/client.key" if certificate else ""
    script = (
        f'password=$(sed -n \'s/^"{user}" = "\\(.*\\)"$/\\1/p\' {secrets}); '
        f'printf "auth {user} %s\\nping\\n" "$password" | '
        f"{cli} -h 127.0.0.1 -p 6380 --tls {cert} --cacert {clients}/ca.crt 2>&1 | tail -1"
    )
    return host.shell(script).strip()
