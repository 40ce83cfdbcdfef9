"""Answers that can be wrong on any host: forms and ranges."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date

from wizard.acl.names import check_pattern, check_user_name
from wizard.acl.password import mask_rule
from wizard.errors import InvalidValueError, PlanError
from wizard.model.answers import AclRole, Answers, Durability, UserAnswer
from wizard.model.network import parse_address
from wizard.model.text import at_least, number
from wizard.model.value import Value
from wizard.pki.names import subject_names
from wizard.planning.addresses import INTERFACE, LOOPBACK
from wizard.planning.sizing import amount_of, percent_of
from wizard.settings import SETTINGS, setting_of

_EVENTS = frozenset("AKEg$lshzxetdmn")
_LEVELS = setting_of("audit.log_level").words
_LONGEST_PATH = 107
"""Of a unix socket: ``sun_path`` of unix(7) less the end."""


class FieldProblem(Value, frozen=True, kw_only=True):
    """Why an answer cannot be, or what it will come to."""

    field: str
    """``section.field``; for one user ``acl.users.NAME`` or ``acl.users.NAME.keys``."""
    text: str
    """What is wrong, the value, what to do."""
    blocking: bool = True
    """No plan should be applied with it."""


def validate_values(answers: Answers) -> tuple[FieldProblem, ...]:
    """Return what is wrong with the answers by themselves."""
    checks = (_numbers, _network, _memory, _users, _tls, _persistence, _audit, _attestations)
    return tuple(problem for check in checks for problem in check(answers))


def _numbers(answers: Answers) -> Iterator[FieldProblem]:
    for row in SETTINGS:
        section, _, field = row.answer.partition(".")
        if row.range and (value := getattr(getattr(answers, section), field)) not in row.range:
            text = f"{value} is out of range; it takes {row.range.low} to {row.range.high}."
            yield FieldProblem(field=row.answer, text=text)


def _tried(field: str, checks: Iterable[Callable[[], object]]) -> Iterator[FieldProblem]:
    for check in checks:
        try:
            check()
        except (InvalidValueError, PlanError) as error:
            yield FieldProblem(field=field, text=str(error))


def _network(answers: Answers) -> Iterator[FieldProblem]:
    network = answers.network
    if not network.bind:
        yield FieldProblem(field="network.bind", text="No address is given; name at least loopback.")
    for word in network.bind:
        plain = word.removeprefix("-")
        if plain != LOOPBACK and not plain.startswith(INTERFACE) and not _is_address(plain):
            text = f"{word[:60]!r} is not an address; write loopback, interface:NAME or one such as 10.0.4.7."
            yield FieldProblem(field="network.bind", text=text)
    socket = network.unix_socket
    if socket not in {"auto", "keep", "off"} and not _is_path(socket, longest=_LONGEST_PATH):
        text = (
            f"{socket[:60]!r} is not a path of at most {_LONGEST_PATH} characters; write auto, keep, off or one from /."
        )
        yield FieldProblem(field="network.unix_socket", text=text)
    yield from _permissions(network.unix_socket_permissions)


def _permissions(text: str) -> Iterator[FieldProblem]:
    field = "network.unix_socket_permissions"
    if not (text.isascii() and text.isdecimal() and len(text) <= 4 and not set(text) - set("01234567")):  # noqa: PLR2004 - digits of a mode
        yield FieldProblem(field=field, text=f"{text[:20]!r} is not octal; write 770 or 700.")
    elif int(text, 8) & 0o007:
        yield FieldProblem(field=field, text=f"{text} allows every local user to connect. Use 770 and a group.")
    elif int(text, 8) > 0o777:  # noqa: PLR2004 - the permission bits
        yield FieldProblem(field=field, text=f"{text} has more than permission bits; write 770 or 700.")


def _is_address(text: str) -> bool:
    return text == "*" or (parse_address(text) is not None and not set("%[]") & set(text))


def _is_path(text: str, *, longest: int = 4000) -> bool:
    parts = text.split("/")
    return (
        text.startswith("/")
        and len(text) <= longest
        and text.isprintable()
        and not {".", ".."} & set(parts)
        and (not text.endswith("/"))
    )


def _memory(answers: Answers) -> Iterator[FieldProblem]:
    text = answers.memory.maxmemory
    if text not in {"auto", "keep"}:
        yield from _tried("memory.maxmemory", (lambda: percent_of(text) if text.endswith("%") else amount_of(text),))
    reserve = answers.memory.system_reserve
    if reserve != "auto":
        yield from _tried("memory.system_reserve", (lambda: amount_of(reserve),))


def _users(answers: Answers) -> Iterator[FieldProblem]:
    seen: set[str] = set()
    for user in answers.acl.users:
        field = f"acl.users.{user.name}"
        yield from _tried(f"{field}.name", (lambda user=user: check_user_name(user.name),))  # type: ignore[misc]  # bound at once
        if user.name in seen:
            yield FieldProblem(field=f"{field}.name", text=f"User {user.name} is listed twice; keep one of the two.")
        seen.add(user.name)
        yield from _rights(field, user)
    if answers.acl.file != "auto" and not _is_path(answers.acl.file):
        text = f"{answers.acl.file[:60]!r} is not an absolute path; write auto or one from /."
        yield FieldProblem(field="acl.file", text=text)


def _rights(field: str, user: UserAnswer) -> Iterator[FieldProblem]:
    for part, patterns in (("keys", user.keys), ("channels", user.channels)):
        yield from _tried(f"{field}.{part}", [lambda pattern=pattern: check_pattern(pattern) for pattern in patterns])  # type: ignore[misc]  # bound at once
    if user.role is not AclRole.CUSTOM and user.rules:
        text = f"Rules are for role custom; {user.role} has its own. Clear them, or choose custom."
        yield FieldProblem(field=f"{field}.rules", text=text)
    for word in user.rules.split():
        if word[0] not in "+-" or len(word) == 1:
            text = f"{mask_rule(word)!r:.40} is not a command rule; write for example +get, -keys or +@read."
            yield FieldProblem(field=f"{field}.rules", text=text)
    if user.role in {AclRole.APPLICATION, AclRole.READ_ONLY} and "*" in user.keys:
        text = "~* gives every key. Type a prefix such as cache:*."
        yield FieldProblem(field=f"{field}.keys", text=text, blocking=False)
    if user.role in {AclRole.APPLICATION, AclRole.READ_ONLY} and not user.keys:
        text = f"{user.name} has access to no key. Type a prefix such as cache:*."
        yield FieldProblem(field=f"{field}.keys", text=text, blocking=False)


def _tls(answers: Answers) -> Iterator[FieldProblem]:
    tls = answers.tls
    if tls.enabled and tls.port == answers.network.port:
        text = f"Port {tls.port} is the plaintext port; choose another one."
        yield FieldProblem(field="tls.port", text=text)
    yield from _tried("tls.names", [lambda name=name: subject_names((name,)) for name in tls.names if name != "auto"])  # type: ignore[misc]  # bound at once
    if not tls.names:
        yield FieldProblem(field="tls.names", text="A certificate without a name is refused by clients; write auto.")
    own = tls.authority != "create"
    imports = tls.certificate != "create"
    if imports and not _is_path(tls.certificate):
        text = f"{tls.certificate[:60]!r} is not an absolute path; write create or the path of a certificate."
        yield FieldProblem(field="tls.certificate", text=text)
    if imports and not _is_path(tls.certificate_key):
        text = "A certificate of your own needs its key; write its absolute path."
        yield FieldProblem(field="tls.certificate_key", text=text)
    if imports and not own:
        text = "A certificate of your own needs its authority; write the path of the CA certificate."
        yield FieldProblem(field="tls.authority", text=text)
    if own and not _is_path(tls.authority):
        text = f"{tls.authority[:60]!r} is not an absolute path; write create or the path of a CA certificate."
        yield FieldProblem(field="tls.authority", text=text)
    if own and not imports and not _is_path(tls.authority_key):
        text = "An authority of your own needs its key to sign; write its absolute path."
        yield FieldProblem(field="tls.authority_key", text=text)
    if not own and tls.server_days > tls.authority_days:
        text = f"The CA ends after {tls.authority_days} days: the certificate cannot be longer."
        yield FieldProblem(field="tls.server_days", text=text)
    phrase = tls.authority_key_passphrase_file
    if phrase and not _is_path(phrase):
        text = "This is not an absolute path; name a file with the passphrase in its first line, not the passphrase."
        yield FieldProblem(field="tls.authority_key_passphrase_file", text=text)


def _persistence(answers: Answers) -> Iterator[FieldProblem]:
    points = answers.persistence.snapshots
    for point in points:
        words = point.split()
        if len(words) != 2 or not at_least(words[0], 1) or number(words[1]) is None:  # noqa: PLR2004 - a pair
            text = f"{point[:40]!r} is not a save point; write seconds and changes such as 3600 1."
            yield FieldProblem(field="persistence.snapshots", text=text)
    if answers.persistence.durability is Durability.SNAPSHOTS and not points:
        text = "Snapshots without a save point save no data; name one such as 3600 1."
        yield FieldProblem(field="persistence.snapshots", text=text)


def _audit(answers: Answers) -> Iterator[FieldProblem]:
    audit = answers.audit
    if audit.log_level not in _LEVELS:
        text = f"{audit.log_level[:20]!r} is not a level; write one of {', '.join(_LEVELS)}."
        yield FieldProblem(field="audit.log_level", text=text)
    unknown = sorted(set(audit.keyspace_events) - _EVENTS)
    if unknown:
        text = f"Unknown class {unknown[0]!r}: a server accepts A g $ l s h z x e K E t d m n."
        yield FieldProblem(field="audit.keyspace_events", text=text)
    if audit.slow_log_microseconds == 0:
        text = "Threshold 0 logs every command."
        yield FieldProblem(field="audit.slow_log_microseconds", text=text, blocking=False)


def validate_attestations(answers: Answers, today: date) -> Iterator[FieldProblem]:
    """Return why attestations cannot count: without a note of what was checked, or dated after today."""
    for place, each in enumerate(answers.attestations):
        field = f"attestations[{place}]"
        if not each.note.strip():
            yield FieldProblem(field=f"{field}.note", text="The note is missing; write what was checked, and how.")
        if date.fromisoformat(each.on) > today:
            text = f"{each.on} is in the future; write the day on which it was checked."
            yield FieldProblem(field=f"{field}.on", text=text)


def _attestations(answers: Answers) -> Iterator[FieldProblem]:
    for place, each in enumerate(answers.attestations):
        field = f"attestations[{place}]"
        if not 1 <= each.item <= 25:  # noqa: PLR2004 - the chapter's items
            yield FieldProblem(field=f"{field}.item", text=f"Item {each.item} does not exist; there are 1 to 25.")
        if not each.by.strip():
            yield FieldProblem(field=f"{field}.by", text="The name is missing; write who attests it.")
        try:
            date.fromisoformat(each.on)
        except ValueError:
            yield FieldProblem(
                field=f"{field}.on", text=f"{each.on[:20]!r} is not a day; write one such as 2026-07-01."
            )
