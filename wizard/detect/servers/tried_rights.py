"""What users may do, asked of the server itself: ``ACL DRYRUN`` runs nothing and leaves no entry in ACL LOG.

Users with the same rules are tried once. What may not live here: which calls show a right (`wizard.acl.rights`).
"""

from collections.abc import Sequence
from itertools import islice

from wizard.acl.commands import CommandTable, parse_version, table
from wizard.acl.rights import Question, canonical, evaluate, questions, with_arity
from wizard.acl.user import parse_line
from wizard.errors import InvalidValueError, ServerError
from wizard.model.facts import Flavour
from wizard.model.rights import Rights, TriedRights
from wizard.server.client import Client

_SINCE = (7, 0)
MOST = 100
"""Sets of rules that are tried; those of further users are worked out."""
_NOT_ALLOWED = "no permissions to run the"


def try_rights(client: Client, lines: Sequence[str], flavour: Flavour, version: str) -> tuple[TriedRights, ...]:
    """Ask what the users of ``ACL LIST`` may do.

    Returns:
        One answer for each set of rules; none before Redis 7, which has no ``ACL DRYRUN``.

    Raises:
        ServerError: this login may not ask.
    """
    groups = _groups(lines)
    if not groups or flavour is Flavour.KEYDB or parse_version(version) < _SINCE:
        return ()
    client.acl_dryrun(next(iter(groups.values())), ("ping",))
    known, dangerous = table(flavour, version), frozenset(client.acl_category("dangerous"))
    asked = {rules: questions(rules, known, dangerous) for rules in islice(groups, MOST)}
    arities = client.command_arity(sorted({each.call[0] for group in asked.values() for each in group}))
    answers = client.acl_dryruns(
        [(groups[rules], with_arity(each.call, _arity(each.call, arities))) for rules in asked for each in asked[rules]]
    )
    said = iter(answers)
    return tuple(
        TriedRights(rules=rules, rights=_rights([(each, next(said)) for each in group], rules, known, dangerous))
        for rules, group in asked.items()
    )


def _groups(lines: Sequence[str]) -> dict[tuple[str, ...], str]:
    """Return the rules of users that are on, each with one that has them; most used ones first."""
    found: dict[tuple[str, ...], list[str]] = {}
    for line in lines:
        try:
            user = parse_line(line)
        except InvalidValueError:
            continue
        if user.enabled:
            found.setdefault(canonical(user.rules), []).append(user.name)
    ordered = sorted(found.items(), key=lambda item: -len(item[1]))
    return {rules: names[0] for rules, names in ordered}


def _arity(call: Sequence[str], arities: dict[str, int]) -> int:
    return arities.get("|".join(call[:2]).lower(), arities.get(call[0], 0))


def _rights(
    answers: Sequence[tuple[Question, str | ServerError]],
    rules: tuple[str, ...],
    known: CommandTable,
    dangerous: frozenset[str],
) -> Rights:
    """Read the answers; where the server does not know a command by this name, what the rules say counts."""
    worked_out = evaluate(rules, known, dangerous=dangerous)
    commands: list[str] = []
    foreign: list[str] = []
    for question, said in answers:
        if isinstance(said, ServerError):
            allowed = question.command in worked_out.commands or question.foreign in worked_out.foreign
        else:
            allowed = _NOT_ALLOWED not in said if question.command else not said
        if allowed:
            (commands if question.command else foreign).append(question.command or question.foreign)
    return Rights(commands=tuple(sorted(commands)), foreign=tuple(sorted(foreign)))
