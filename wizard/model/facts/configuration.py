"""The configuration and ACL files of an instance, secrets masked, with what is wrong in them."""

from pathlib import PurePosixPath

from wizard.model.facts.files import FileStatus
from wizard.model.rights import SharedPassword, WeakPassword
from wizard.model.value import Value


class ConfigLine(Value, frozen=True, kw_only=True):
    """One directive as it is in a file, secret arguments replaced by :data:`MASK`."""

    name: str
    """Lower case, as written otherwise (aliases are not resolved)."""
    arguments: tuple[str, ...]
    path: PurePosixPath
    line: int
    """Counted from 1."""


class NameSample(Value, frozen=True, kw_only=True):
    """What names of keys or channels begin with; the names themselves are left on the server."""

    patterns: tuple[str, ...] = ()
    """One for each first part of a name."""
    names: int = 0
    """How many names were looked at."""
    unnamed: int = 0
    """Of these, how many no pattern covers."""


class Problem(Value, frozen=True, kw_only=True):
    """Something in a file that the server would refuse, or take differently than it reads."""

    path: PurePosixPath
    line: int
    """Counted from 1; 0 for the whole file."""
    code: str
    """Stable name, for example ``trailing-comment``."""
    what: str
    """One sentence: what is there and what the server makes of it."""
    remedy: str
    """One sentence: what to do."""
    fatal: bool
    """The server would not start with it."""
    intended: tuple[str, ...] | None = None
    """Arguments that the operator evidently intended, secrets masked; ``None`` where that is not evident."""


class ConfigFacts(Value, tag="config", frozen=True, kw_only=True):
    """The configuration file of an instance with its includes."""

    main: PurePosixPath
    files: tuple[FileStatus, ...]
    """The main file first, then each include in the order it is read."""
    lines: tuple[ConfigLine, ...]
    """Every directive in the order the server reads them, includes expanded in place."""
    problems: tuple[Problem, ...] = ()
    weak_passwords: tuple[WeakPassword, ...] = ()
    """Passwords of ``requirepass`` and ``user`` lines that others can guess."""
    shared_passwords: tuple[SharedPassword, ...] = ()
    """Passwords that several users have at the next start, ``requirepass`` included."""


class AclFacts(Value, tag="acl", frozen=True, kw_only=True):
    """The ACL file of an instance."""

    path: PurePosixPath
    status: FileStatus
    lines: tuple[str, ...]
    """Its user lines, each hash replaced by a fingerprint (`wizard.acl.password.fingerprint`)."""
    problems: tuple[Problem, ...] = ()
    weak_passwords: tuple[WeakPassword, ...] = ()
    """Passwords that others can guess."""
    shared_passwords: tuple[SharedPassword, ...] = ()
    """Passwords that several of its users have."""
