"""An ACL file, lossless: every byte that is not named by an edit stays.

The only place where hashes live.
"""

from collections.abc import Iterable, Mapping

from wizard.acl import password
from wizard.acl.equivalence import same
from wizard.acl.lines import decode, split_lines, user_name
from wizard.acl.problems import find_problems
from wizard.acl.user import User, parse_line, render
from wizard.errors import InvalidValueError
from wizard.model.value import replace

__all__ = ("AclDocument", "decode", "find_problems", "user_name")


class AclDocument:
    """The lines of an ACL file, each with its line end. Edits give a new document."""

    __slots__ = ("_lines", "_names", "_users")

    def __init__(self, lines: tuple[bytes, ...]) -> None:
        self._lines = lines
        self._names: dict[str, list[int]] | None = None
        self._users: tuple[User, ...] | None = None

    @classmethod
    def parse(cls, data: bytes) -> "AclDocument":
        """Read a file. Never raises: what is no user line is kept as it is."""
        return cls(tuple(split_lines(data)))

    def data(self) -> bytes:
        """Return the file's bytes, identical where nothing was set."""
        return b"".join(self._lines)

    @property
    def lines(self) -> tuple[bytes, ...]:
        """Every line as it stands, line end included."""
        return self._lines

    @property
    def users(self) -> tuple[User, ...]:
        """The users of all lines that can be read, in order; hashes are real."""
        if self._users is None:
            self._users = tuple(user for user in map(_read_user, self._lines) if user is not None)
        return self._users

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all lines that define a user, also of those that cannot be read, in order."""
        return tuple(self._numbers_by_name())

    @property
    def unnamed_line(self) -> bytes | None:
        """The first line with text that defines no user; ``None`` when there is none."""
        return next((line for line in self._lines if line.strip() and not user_name(line)), None)

    def user(self, name: str) -> User | None:
        """Return the user of the last line with this name, ``None`` when there is none that can be read."""
        for number in reversed(self._numbers(name)):
            found = _read_user(self._lines[number])
            if found is not None:
                return found
        return None

    def has(self, name: str) -> bool:
        """Return whether any line names this user, also one that cannot be read."""
        return bool(self._numbers(name))

    def set_user(self, user: User) -> "AclDocument":
        """Write one user, in place of the line that names it, else at the end.

        A line that already says the same stays byte for byte. Further lines of the same name go.

        Raises:
            InvalidValueError: a fingerprint among the passwords is of no hash of this user here.
        """
        return self.set_users((user,))

    def set_users(self, users: Iterable[User]) -> "AclDocument":
        """Write many users at once, in time linear in the size of the file."""
        edits: dict[int, bytes | None] = {}
        added: list[bytes] = []
        for user in users:
            wanted = _with_real_hashes(user, self.user(user.name))
            numbers = self._numbers(user.name)
            if not numbers:
                added.append(_line(wanted, b"\n"))
                continue
            edits[numbers[-1]] = _edited(self._lines[numbers[-1]], wanted)
            edits.update(dict.fromkeys(numbers[:-1]))
        return self._edited(edits, added)

    def remove_user(self, name: str) -> "AclDocument":
        """Take out every line that names this user."""
        return self.remove_users((name,))

    def remove_users(self, names: Iterable[str]) -> "AclDocument":
        """Take out every line that names one of these users."""
        return self._edited(dict.fromkeys(number for name in names for number in self._numbers(name)), [])

    def line_of(self, name: str) -> bytes:
        """Return the last line that names this user, empty where none does."""
        numbers = self._numbers(name)
        return self._lines[numbers[-1]] if numbers else b""

    def _edited(self, edits: Mapping[int, bytes | None], added: list[bytes]) -> "AclDocument":
        if not edits and not added:
            return self
        edited = (edits.get(number, line) for number, line in enumerate(self._lines))
        lines = [line for line in edited if line is not None]
        if added and lines and not lines[-1].endswith(b"\n"):
            lines[-1] += b"\n"
        return AclDocument((*lines, *added))

    def _numbers(self, name: str) -> list[int]:
        return self._numbers_by_name().get(name, [])

    def _numbers_by_name(self) -> Mapping[str, list[int]]:
        if self._names is None:
            self._names = {}
            for number, line in enumerate(self._lines):
                found = user_name(line)
                if found:
                    self._names.setdefault(found, []).append(number)
        return self._names

    def __eq__(self, other: object) -> bool:
        return isinstance(other, AclDocument) and other._lines == self._lines

    def __hash__(self) -> int:
        return hash(self._lines)

    def __repr__(self) -> str:
        return f"AclDocument({len(self._lines)} lines)"


def _read_user(line: bytes) -> User | None:
    try:
        return parse_line(decode(line)) if user_name(line) else None
    except InvalidValueError:
        return None


def _line(user: User, ending: bytes) -> bytes:
    return render(user).encode("utf-8", "surrogateescape") + ending


def _edited(line: bytes, wanted: User) -> bytes:
    """Return the line that says what is wanted: the old one where it does and shows no password."""
    found = _read_user(line)
    if found is not None and same(found, wanted) and not _shows_password(line):
        return line
    return _line(wanted, line[len(line.rstrip(b"\r\n")) :])


def _shows_password(line: bytes) -> bool:
    return any(word[:1] in (b">", b"<") for word in line.split())


def _with_real_hashes(user: User, present: User | None) -> User:
    known = {password.fingerprint(hashed): hashed for hashed in (present.passwords if present else ())}
    real = []
    for hashed in user.passwords:
        if password.FINGERPRINT.fullmatch(hashed) and hashed not in known:
            raise InvalidValueError(
                f"user {user.name}: the file has no hash with fingerprint {hashed}; give the user a new password"
            )
        real.append(known.get(hashed, hashed))
    return replace(user, passwords=tuple(real))
