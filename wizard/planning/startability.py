"""Why a plan could not be carried out: mistakes in the present files that no change of it fixes."""

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from wizard.errors import PlanError
from wizard.formats.redisconf.directives import Kind, canonical, find
from wizard.formats.redisconf.include import expand_includes
from wizard.formats.redisconf.lint import find_problems
from wizard.model.change import IssueCertificate
from wizard.model.facts.configuration import ConfigFacts, Problem
from wizard.model.facts.host import HostFacts
from wizard.model.facts.instance import TlsFacts
from wizard.model.facts.service import Role
from wizard.model.facts.unreadable import Unreadable
from wizard.model.plan import Plan
from wizard.model.sources import FileContents
from wizard.model.value import replace
from wizard.planning.context import Context
from wizard.planning.edits.edit import edited_contents
from wizard.planning.select_instance import choose

_PATHS = frozenset({Kind.PATH, Kind.FILENAME, Kind.INCLUDE, Kind.MODULE})


def ensure_startable(facts: HostFacts, sources: FileContents, made: Plan) -> None:
    """Let pass a plan after which the server could start, as far as its files tell.

    Args:
        facts: What the plan was made from.
        sources: The bytes of the files that were read.
        made: The plan.

    Raises:
        PlanError: the configuration cannot be read, or a line of it that the plan does not fix keeps
            the server from starting or names a file that no plan can name.
    """
    if not facts.instances:
        return
    instance = choose(facts, made.instance)
    if isinstance(instance.config, Unreadable):
        _demand_readable(instance.config)
        return
    context = Context(facts=facts, sources=sources, answers=made.answers, instance=instance)
    if context.role is Role.SENTINEL:
        return
    left = [*_unnameable(instance.config), *_fatal(context, instance.config, made)]
    if left:
        more = f" ({len(left) - 1} more of this kind: see redis-wizard detect)" if len(left) > 1 else ""
        raise PlanError(f"{left[0].path} line {left[0].line}: {left[0].what} {left[0].remedy}{more}")
    after = _values_after(context, instance.config, made)
    _demand_reachable(after)
    if after.get("tls-port", "0") != "0":
        _demand_certificates(instance.tls, after, made)


def _demand_readable(config: Unreadable) -> None:
    # A server that was started without a file has none to be read.
    if config.what.startswith("/"):
        raise PlanError(f"{config.what} cannot be read ({config.why}); fix that, then plan again")


def _unnameable(config: ConfigFacts) -> Iterator[Problem]:
    """Return the lines that name a file by bytes that are no text; facts and plans hold text alone."""
    names = {(line.path, line.line): line.name for line in config.lines}
    for problem in config.problems:
        if problem.code == "not-utf8" and _is_path(names.get((problem.path, problem.line), "")):
            yield replace(problem, remedy="Rename the file, or name it by a link of plain letters.")


def _is_path(name: str) -> bool:
    directive = find(name)
    if directive is None or directive.secret:
        return False
    return directive.kind in _PATHS or directive.name.endswith(("file", "dir", "socket"))


def _fatal(context: Context, config: ConfigFacts, made: Plan) -> list[Problem]:
    """Return the mistakes that keep the server from starting and that the plan leaves, at their lines of now."""
    if not any(problem.fatal for problem in config.problems):
        return []
    after = find_problems(config.main, _after(context, config, made), context.instance.flavour, context.version)
    left = {(problem.path, problem.code, problem.what) for problem in after if problem.fatal}
    return [problem for problem in config.problems if (problem.path, problem.code, problem.what) in left]


def _after(context: Context, config: ConfigFacts, made: Plan) -> dict[PurePosixPath, bytes]:
    read = {status.path: context.sources.get(status.path) for status in config.files}
    return {path: edited_contents(path, data, made.changes, {}) for path, data in read.items() if data is not None}


def _values_after(context: Context, config: ConfigFacts, made: Plan) -> dict[str, str]:
    """Return the first argument of each directive that will count."""
    reading = expand_includes(config.main, _after(context, config, made), listing=None)
    return {canonical(line.name): line.arguments[0] if line.arguments else "" for line in reading.lines}


def _demand_reachable(after: Mapping[str, str]) -> None:
    """A server that no client can reach cannot be put right any more either."""
    if after.get("port", "6379") == after.get("tls-port", "0") == "0" and not after.get("unixsocket"):
        raise PlanError(
            "network.port: with 0, without TLS and without a unix socket no client can connect; keep one of them"
        )


def _demand_certificates(tls: TlsFacts, after: Mapping[str, str], made: Plan) -> None:
    """A server with TLS does not start without certificate, key and authority that hold together."""
    fresh = {
        str(path)
        for change in made.changes
        if isinstance(change, IssueCertificate)
        for path in (change.certificate, change.key, change.copy_of_authority)
    }
    kept = {after.get(name, "") for name in ("tls-cert-file", "tls-client-cert-file", "tls-ca-cert-file")} - fresh
    for problem in tls.problems:
        if problem.fatal and str(problem.path) in kept:
            raise PlanError(f"{problem.path}: {problem.what}; {problem.remedy}")
    key = after.get("tls-key-file", "")
    if tls.key_matches is False and key not in fresh and after.get("tls-cert-file") in kept:
        what = f"the private key {key} does not belong to the certificate {after.get('tls-cert-file')}"
        raise PlanError(f"{what}; replace it with the one that belongs to it, or name another pair")
