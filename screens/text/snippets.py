"""How clients connect after a plan: redis-py, redis-cli, a URL, an environment file. Never a password.

What may not live here: guesses; what the plan does not say is taken from the running server.
"""

from dataclasses import dataclass

from wizard.config import configuration_of
from wizard.model.change import CertificateRole, IssueCertificate, SetDirective, SetUser
from wizard.model.facts import HostFacts, Instance
from wizard.model.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way into the server for one user."""

    host: str
    port: str
    user: str
    tls: bool
    authority: str = ""
    certificate: str = ""
    key: str = ""


def users(plan: Plan) -> tuple[str, ...]:
    """Give the users that the plan writes, in its order."""
    return tuple(change.user for change in plan.changes if isinstance(change, SetUser) and change.user != "default")


def way(plan: Plan, facts: HostFacts | None, instance: Instance | None, user: str) -> Way:
    """Work out how a user gets in once the plan is applied."""
    secure = _value(plan, instance, "tls-port")
    tls = secure not in {"", "0"}
    client, server = _certificate(plan, CertificateRole.CLIENT, user), _certificate(plan, CertificateRole.SERVER, "")
    issued = client or server
    ca = (issued.copy_of_authority or issued.authority) if issued else _value(plan, instance, "tls-ca-cert-file")
    return Way(
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


def redis_py(way: Way) -> str:
    """Write a connection for redis-py."""
    parts = [
        f'host="{way.host}"',
        f"port={way.port}",
        f'username="{way.user}"',
        'password=os.environ["REDIS_PASSWORD"]',
    ]
    rows = ["import os, redis", f"r = redis.Redis({', '.join(parts[:3])},", f"    {parts[3]}"]
    if way.tls:
        rows[-1] += f', ssl=True,\n    ssl_ca_certs="{way.authority}"'
    if way.certificate:
        rows[-1] += f',\n    ssl_certfile="{way.certificate}",\n    ssl_keyfile="{way.key}"'
    return "\n".join(rows) + ")"


def redis_cli(way: Way) -> str:
    """Write a call of redis-cli; it asks for the password."""
    rows = [f"redis-cli -h {way.host} -p {way.port} --user {way.user} --askpass"]
    if way.tls:
        rows.append(f"  --tls --cacert {way.authority}")
    if way.certificate:
        rows += [f"  --cert {way.certificate}", f"  --key {way.key}"]
    return " \\\n".join(rows)


def url(way: Way) -> str:
    """Write the URL without its password."""
    return f"{'rediss' if way.tls else 'redis'}://{way.user}@{way.host}:{way.port}/0"


def environment(way: Way) -> str:
    """Write the lines of an environment file; the password's line is for the operator to fill."""
    rows = [f"REDIS_URL={url(way)}", "REDIS_PASSWORD="]
    rows += [f"REDIS_CA={way.authority}"] if way.tls else []
    rows += [f"REDIS_CERT={way.certificate}", f"REDIS_KEY={way.key}"] if way.certificate else []
    return "\n".join(rows)


KINDS = {"redis-py": redis_py, "redis-cli": redis_cli, "URL": url, "env file": environment}
"""Every kind of snippet by its name."""
