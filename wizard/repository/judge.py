"""Findings of a repository: each mistake of a line, and the items that configuration and ACL files decide alone."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path, PurePosixPath
from typing import Final

from wizard.checklist import ITEMS_BY_ID, check
from wizard.detect import collect_facts
from wizard.errors import InputError
from wizard.formats.redisconf.lint import find_problems
from wizard.model.facts.configuration import AclFacts, ConfigFacts, Problem
from wizard.model.facts.instance import Instance
from wizard.model.facts.service import Flavour
from wizard.model.facts.unreadable import Unreadable
from wizard.model.finding import Evidence, Finding, Report, Severity, State
from wizard.model.text import counted, escape
from wizard.model.value import replace
from wizard.model.versions import measured_servers
from wizard.repository.files import Repository, find_files, given_files, is_acl, statement_of
from wizard.repository.template import Template, plain_name

_LINES: Final = "Xsyntax"
_USERS: Final = frozenset({"6", "7", "8", "10", "11", "12", "13", "Xpasswords"})
"""Items of users: any of them changes with any user."""
_BY_FILES: Final = _USERS | {"1", "15", "16", "17", "18", "21", "25", "Xprotected", "Xmodules", "Xdaemonize"}
"""Items that files decide without their host."""
_OF_OTHERS: Final = frozenset({"foreign-file", "missing-include", "missing-file", "plain-password"})
"""Problems that only the files of a host show, and the one that item 10 reports."""
_WITHOUT_EFFECT: Final = frozenset({"ignored-directive", "overridden"})
_USER_LINES: Final = frozenset({"user", "requirepass", "aclfile"})
_LISTENERS: Final = frozenset({"port", "tls-port", "unixsocket"})
_NOT_SET: Final = ", not set: default"
_LINE: Final = re.compile(r"(.+):([1-9]\d*)")


def judge_repository(root: Path, paths: Sequence[PurePosixPath], *, today: date) -> Report:
    """Judge configuration and ACL files.

    Args:
        root: The repository.
        paths: Files and directories in it; all of it by default.
        today: The date of the report.

    Returns:
        Findings with their lines in `extra`; there is no item of a host, and the score is 0 or 100.

    Raises:
        InputError: there is nothing to judge, or a file that was named cannot be read.
    """
    places = given_files(root, paths) if paths else find_files(root)
    if not places:
        raise InputError(f"no redis.conf, valkey.conf, sentinel.conf or users.acl is below {root}; name the files")
    repository = Repository(PurePosixPath(root), tuple(dict.fromkeys((*places, *find_files(root)))))
    findings: list[Finding] = []
    done: set[PurePosixPath] = set()
    for place in sorted(places, key=is_acl):
        if place not in done:
            found, read = _judged(repository, place, today)
            findings += found
            done |= read
    distinct = tuple({(each.id, each.summary, each.evidence): each for each in findings}.values())
    return Report(
        host="",
        instance=escape(root.name),
        taken_at=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        score=0 if any(each.state is State.FAIL for each in distinct) else 100,
        items=(),
        extra=tuple(sorted(distinct, key=_order)),
        looked=counted(len(places), "file"),
    )


def _order(finding: Finding) -> tuple[str, int]:
    place = _LINE.fullmatch(finding.evidence[0].source)
    return (place[1], int(place[2])) if place else (finding.evidence[0].source, 0)


def _judged(
    repository: Repository, place: PurePosixPath, today: date
) -> tuple[list[Finding], frozenset[PurePosixPath]]:
    """Return what is wrong with a file, and every file that was judged with it."""
    main = statement_of(place) if is_acl(place) else place
    repository.main = main
    facts = collect_facts(repository, config=main).facts
    instance = facts.instances[0]
    unread = instance.acl if is_acl(place) else instance.config
    if isinstance(unread, Unreadable):
        raise InputError(f"{place.relative_to('/')} cannot be read: {unread.why}")
    read = frozenset(repository.place(each) for each in _files(instance) if each != main or main == place)
    templates = {each: repository.template(each) for each in read | {place}}
    found = [_template(path, each) for path, each in templates.items() if each.lines]
    found += (_mistake(each) for each in _problems(repository, instance, templates))
    if _starts_a_server(place, instance.config):
        report = check(facts, instance=instance.name, today=today)
        undecided = _undecided(instance, templates.values())
        judged = _USERS if is_acl(place) else _BY_FILES
        found += (
            each
            for each in (*report.items, *report.extra)
            if each.id in judged and each.state is State.FAIL and not _is_undecided(each, *undecided)
        )
    return [each for one in found if (each := _placed(one, repository, read | {place}))], read


def _files(instance: Instance) -> Iterator[PurePosixPath]:
    if isinstance(instance.config, ConfigFacts):
        yield from (each.path for each in instance.config.files)
    if isinstance(instance.acl, AclFacts):
        yield instance.acl.path


def _starts_a_server(place: PurePosixPath, config: ConfigFacts | Unreadable) -> bool:
    """Return whether a file is the whole configuration of a server, and no part that another one includes."""
    listens = isinstance(config, ConfigFacts) and any(each.name in _LISTENERS for each in config.lines)
    return listens or is_acl(place) or re.search(r"redis|valkey|sentinel", plain_name(place.name)) is not None


def _problems(
    repository: Repository, instance: Instance, templates: dict[PurePosixPath, Template]
) -> Iterator[Problem]:
    """Return each mistake of a line, as the newest server that was measured has it."""
    config, acl = instance.config, instance.acl
    every = list(acl.problems) if isinstance(acl, AclFacts) else []
    if isinstance(config, ConfigFacts):
        contents = {each.path: repository.read(each.path) for each in config.files}
        every += find_problems(config.main, contents, instance.flavour, _newest(instance.flavour))
    sentinel = isinstance(config, ConfigFacts) and any(each.name == "sentinel" for each in config.lines)
    is_open = any(each.open or "user" in each.names for each in templates.values())
    for each in every:
        idle = each.code in _WITHOUT_EFFECT and not each.fatal
        other = each.code in _OF_OTHERS or (sentinel and each.code == "sentinel-directive")
        if not (idle or other or (is_open and not each.line)):
            yield each


def _newest(flavour: Flavour) -> str:
    return max((each for each in measured_servers() if each.flavour is flavour), key=lambda each: each.release).version


def _mistake(problem: Problem) -> Finding:
    place = f"{problem.path}:{problem.line}" if problem.line else str(problem.path)
    return _finding(
        _LINES,
        State.FAIL,
        problem.what.rstrip(".") + ".",
        Evidence(what=problem.code, source=place, value=""),
        severity=Severity.HIGH if problem.fatal else Severity.MEDIUM,
        fix=problem.remedy,
    )


def _template(path: PurePosixPath, template: Template) -> Finding:
    names = ", ".join(sorted(template.names)) or "what it sets"
    lines = f"{counted(len(template.lines), 'line')} {'are' if template.lines[1:] else 'is'}"
    return _finding(
        _LINES,
        State.UNKNOWN,
        f"{lines} decided when the template is rendered ({names}), and not judged.",
        Evidence(what="template", source=f"{path}:{template.lines[0]}", value=""),
        severity=Severity.LOW,
        fix="Check the rendered file too.",
    )


def _finding(identity: str, state: State, summary: str, evidence: Evidence, *, severity: Severity, fix: str) -> Finding:
    item = ITEMS_BY_ID[identity]
    return Finding(
        id=item.id,
        number=item.number,
        title=item.title,
        state=state,
        severity=severity,
        summary=escape(summary),
        evidence=(replace(evidence, source=escape(evidence.source)),),
        fix=escape(fix),
        source=item.source,
        sentence=item.sentence,
    )


def _undecided(instance: Instance, templates: Iterable[Template]) -> tuple[frozenset[str], bool]:
    """Return the directives that rendering or another file sets, and whether that can be any directive."""
    every = tuple(templates)
    problems = instance.config.problems if isinstance(instance.config, ConfigFacts) else ()
    missing = any(each.code in {"missing-include", "foreign-file"} for each in problems)
    return frozenset().union(*(each.names for each in every)), missing or any(each.open for each in every)


def _is_undecided(finding: Finding, names: frozenset[str], is_open: bool) -> bool:  # noqa: FBT001 - one pair of answers
    if finding.id in _USERS and (is_open or names & _USER_LINES):
        return True
    if is_open and any(each.source.endswith(_NOT_SET) for each in finding.evidence):
        return True
    return any(names.intersection(each.what.split()) for each in finding.evidence)


def _placed(finding: Finding, repository: Repository, places: Iterable[PurePosixPath]) -> Finding | None:
    """Return a finding with the places of its evidence in the repository; ``None`` where none is in it."""
    known = frozenset(places)
    found = [placed for each in finding.evidence if (placed := _evidence(each, repository, known))]
    return replace(finding, evidence=tuple(found)) if found else None


def _evidence(evidence: Evidence, repository: Repository, known: frozenset[PurePosixPath]) -> Evidence | None:
    text = evidence.source.removesuffix(_NOT_SET)
    match = _LINE.fullmatch(text)
    path = repository.place(PurePosixPath(match[1] if match else text))
    if path not in known:
        return None
    line = int(match[2]) if match else _line_of_user(evidence, repository, path)
    return replace(evidence, source=escape(f"{path}:{line}" if line else str(path)))


def _line_of_user(evidence: Evidence, repository: Repository, path: PurePosixPath) -> int:
    kind, _, name = evidence.what.partition(" ")
    if kind != "user":
        return 0
    rule = re.compile(rf"user\s+{re.escape(name)}(?:\s|$)")
    lines = repository.template(path).data.decode(errors="replace").splitlines()
    return next((number for number, line in enumerate(lines, start=1) if rule.match(line)), 0)
