"""Every value of the running server against the one it starts with: that of its file, else its default.

Source:
    ``save``: redis ``src/config.c``, ``setConfigSaveOption()``, and measured (`tests/server/test_drift.py`).
"""

from collections.abc import Iterable
from pathlib import PurePosixPath

from wizard.acl.equivalence import same
from wizard.acl.user import User
from wizard.checklist.context import CheckContext
from wizard.checklist.setting import SettingState, resolved_setting, setting
from wizard.checklist.users import file_users, live_users
from wizard.config import ResolvedConfig, default_on
from wizard.formats.redisconf.directives import canonical, equivalent
from wizard.model.facts.configuration import AclFacts, ConfigFacts, ConfigLine
from wizard.model.facts.service import Flavour, Role
from wizard.model.facts.unreadable import Unreadable
from wizard.model.text import number
from wizard.model.value import replace
from wizard.settings import RESERVED_FILES

DERIVED = {
    "dir": "without a line it is the directory that the server was started in",
    "logfile": "without a line a packager's server may log elsewhere",
    "oom-score-adj-values": "the server derives them from what it finds at its start",
    "pidfile": "without a line the server chooses one when it goes to the background",
}
"""Directives whose default says nothing about the next start, and why."""
_SEVEN = 7


def drifted(subject: CheckContext) -> tuple[SettingState, ...]:
    """Return the directives that the next start gives another meaning than they have now."""
    file, configuration = subject.file, subject.configuration
    if not file or not subject.directives:
        return ()
    names = dict.fromkeys(canonical(name) for name in subject.directives)
    found = (_both(subject, file, configuration, name) for name in names)
    return tuple(each for each in found if each is not None and _differs(subject, each))


def _both(subject: CheckContext, file: ConfigFacts, configuration: ResolvedConfig, name: str) -> SettingState | None:
    """Return both values; ``None`` where that of the next start is not known."""
    found = resolved_setting(subject, configuration, name)
    if configuration.override(name) is None and not configuration.lines_of(name):
        default = None if name in DERIVED else default_on(name, subject.instance.flavour, subject.version)
        return None if default is None else replace(found, file=default)
    if name == "save" and not configuration.is_uncertain(name):
        return replace(found, file=_save_points(subject, file, configuration))
    return found


def _differs(subject: CheckContext, found: SettingState) -> bool:
    """Return whether a restart changes it; a masked secret can only be set or not set."""
    live, file = found.live or "", found.file or ""
    if live == file or equivalent(found.name, live, file) or equivalent(found.name, live.split(), file.split()):
        return False
    match found.name:
        case "dir":
            return not _same_directory(subject, live, file)
        case "maxclients":
            return not lowered(subject, found)
        case "databases" | "replicaof" | "requirepass":
            return not _is_overruled(subject, found.name, live)
        case _:
            return True


def _is_overruled(subject: CheckContext, name: str, live: str) -> bool:
    """Return whether a start takes the value from elsewhere than from its line."""
    if name == "requirepass":
        # The ACL file has the default user and its password, which are compared as those of the other users.
        compared = live_users(subject) is not None and file_users(subject) is not None
        return compared and bool(setting(subject, "aclfile").file)
    if subject.role is not Role.CLUSTER:
        return False
    return name == "replicaof" or live == "1"  # nodes.conf says whom it follows; it has one database


def _same_directory(subject: CheckContext, live: str, file: str) -> bool:
    """The server answers with the real path, and a relative one depends on where it is started."""
    path = PurePosixPath(file)
    return not path.is_absolute() or PurePosixPath(live) in (path, subject.instance.next_directory)


def lowered(subject: CheckContext, found: SettingState) -> bool:
    """Return whether the server itself lowered ``maxclients`` to what its files allow, as each start does."""
    live, file, process = number(found.live), number(found.file), subject.instance.process
    if live is None or file is None or process is None or isinstance(process.open_files, Unreadable):
        return False
    return live < file and live == process.open_files - RESERVED_FILES


# --- users ---------------------------------------------------------------------------------------


def drifted_users(subject: CheckContext) -> tuple[str, ...]:
    """Return the users that the next start makes, removes or gives other rights or passwords, by name."""
    live, file = live_users(subject), file_users(subject)
    if live is None or file is None:
        return ()
    now, later = ({user.name: user for user in users.all} for users in (live, file))
    # Without an ACL file passwords are masked: only that there is one can be compared.
    hashed = isinstance(subject.instance.acl, AclFacts)
    return tuple(
        name
        for name in dict.fromkeys((*now, *later))
        if name not in now or name not in later or not _is_same_user(subject, now[name], later[name], hashed=hashed)
    )


def _is_same_user(subject: CheckContext, now: User, later: User, *, hashed: bool) -> bool:
    if not hashed:
        if bool(now.passwords) is not bool(later.passwords):
            return False
        now, later = replace(now, passwords=()), replace(later, passwords=())
    first = subject.major >= _SEVEN
    now, later = (_without_defaults(user, first=first) for user in (now, later))
    return now == later or same(now, later, flavour=subject.instance.flavour, version=subject.rules_version)


def _without_defaults(user: User, *, first: bool) -> User:
    rules = _plain(user.rules, first=first)
    return user if rules == user.rules else replace(user, rules=rules)


def _plain(rules: tuple[str, ...], *, first: bool) -> tuple[str, ...]:
    """Return rules without what ``ACL LIST`` adds; no channel is how every user begins since 7.0."""
    kept = tuple(rule for rule in rules if rule != "sanitize-payload")
    return kept[1:] if first and kept[:1] == ("resetchannels",) else kept


# --- save ----------------------------------------------------------------------------------------


def _save_points(subject: CheckContext, file: ConfigFacts, configuration: ResolvedConfig) -> str:
    """Return what the server makes of all ``save`` lines, and of the options, which are lines of its main file."""
    options = (
        ConfigLine(name="save", arguments=each, path=file.main, line=0) for each in configuration.options_of("save")
    )
    lines = (*file.lines, *options)
    old = subject.instance.flavour is not Flavour.VALKEY and 0 < subject.major < _SEVEN
    return " ".join(_before_seven(lines) if old else _since_seven(lines))


def _since_seven(lines: Iterable[ConfigLine]) -> tuple[str, ...]:
    """Behind an ``include`` each line of the including file replaces all before it."""
    points: tuple[str, ...] = ()
    including = set()
    for line in lines:
        if canonical(line.name) == "include":
            including.add(line.path)
        if canonical(line.name) == "save":
            points = () if line.path in including or line.arguments == ("",) else points
            points = (*points, *filter(None, line.arguments))
    return points


def _before_seven(lines: Iterable[ConfigLine]) -> tuple[str, ...]:
    """One pair a line; any other line only clears, and so does the first of each file."""
    points: tuple[str, ...] = ()
    begun = set()
    for line in (each for each in lines if canonical(each.name) == "save"):
        if line.path not in begun or line.arguments == ("",):
            points = ()
        begun.add(line.path)
        if len(line.arguments) == 2:  # noqa: PLR2004 - seconds and changes
            points = (*points, *line.arguments)
    return points
