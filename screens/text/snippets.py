"""How clients connect after a plan: redis-py, redis-cli, a URL, an environment file. Never a password."""

from dataclasses import dataclass

from wizard.config import configuration_of
from wizard.model.change import CertificateRole, IssueCertificate, SetDirective, SetUser
from wizard.model.host import HostFacts, Instance
from wizard.model.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """How one user connects to the server."""

    host: str
    port: str
    user: str
    tls: bool
    authority: str = ""
    certificate: str = ""
    key: str = ""


def users(plan: Plan) -> tuple[str, ...]:
    """Return the users that the plan writes, in its order."""
    return tuple(change.user for change in plan.changes if isinstance(change, SetUser) and change.user != "default")


def connection(plan: Plan, facts: HostFacts | None, instance: Instance | None, user: str) -> Connection:
    """Return how a user connects once the plan is applied."""
    secure = _value(plan, instance, "tls-port")
    tls = secure not in {"", "0"}
    client, server = _certificate(plan, CertificateRole.CLIENT, user), _certificate(plan, CertificateRole.SERVER, "")
    issued = client or server
    ca = (issued.copy_of_authority or issued.authority) if issued else _value(plan, instance, "tls-ca-cert-file")
    return Connection(
        host=_host(plan, facts, instance),
        port=secure if tls else _value(plan, instance, "port") or "6379",
        user=user,
        tls=tls,
        authority=str(ca) if tls else "",
        certificate=str(client.certificate) if client and tls else "",
        key=str(client.key) if client and tls else "",
    )


def _value(plan: Plan, instance: Instance | None, name: str) -> str:
    planned = [change for change in plan.changes if isinstance(change, SetDirective) and change.name == name]
    if planned:
        return " ".join(planned[-1].values[-1]) if planned[-1].values else ""
    return (configuration_of(instance).in_force(name) or "") if instance is not None else ""


def _certificate(plan: Plan, role: CertificateRole, name: str) -> IssueCertificate | None:
    issued = (change for change in plan.changes if isinstance(change, IssueCertificate) and change.role is role)
    return next((change for change in issued if not name or change.common_name == name), None)


def _host(plan: Plan, facts: HostFacts | None, instance: Instance | None) -> str:
    bound = _value(plan, instance, "bind").split()
    if bound and all(word.lstrip("-").startswith(("127.", "::1")) for word in bound):
        return "127.0.0.1"
    if facts is None:
        return plan.host
    return next((name for name in facts.names if "." in name), facts.hostname)


def redis_py(connection: Connection) -> str:
    """Return a connection for redis-py."""
    parts = [
        f'host="{connection.host}"',
        f"port={connection.port}",
        f'username="{connection.user}"',
        'password=os.environ["REDIS_PASSWORD"]',
    ]
    rows = ["import os, redis", f"r = redis.Redis({', '.join(parts[:3])},", f"    {parts[3]}"]
    if connection.tls:
        rows[-1] += f', ssl=True,\n    ssl_ca_certs="{connection.authority}"'
    if connection.certificate:
        rows[-1] += f',\n    ssl_certfile="{connection.certificate}",\n    ssl_keyfile="{connection.key}"'
    return "\n".join(rows) + ")"


def redis_cli(connection: Connection) -> str:
    """Return a call of redis-cli; it asks for the password."""
    rows = [f"redis-cli -h {connection.host} -p {connection.port} --user {connection.user} --askpass"]
    if connection.tls:
        rows.append(f"  --tls --cacert {connection.authority}")
    if connection.certificate:
        rows += [f"  --cert {connection.certificate}", f"  --key {connection.key}"]
    return " \\\n".join(rows)


def url(connection: Connection) -> str:
    """Return the URL without its password."""
    return f"{'rediss' if connection.tls else 'redis'}://{connection.user}@{connection.host}:{connection.port}/0"


def environment(connection: Connection) -> str:
    """Return the lines of an environment file; the operator fills in the password."""
    rows = [f"REDIS_URL={url(connection)}", "REDIS_PASSWORD="]
    rows += [f"REDIS_CA={connection.authority}"] if connection.tls else []
    rows += [f"REDIS_CERT={connection.certificate}", f"REDIS_KEY={connection.key}"] if connection.certificate else []
    return "\n".join(rows)


KINDS = {"redis-py": redis_py, "redis-cli": redis_cli, "URL": url, "env file": environment}
"""Every kind of snippet by its name."""
