"""The ACL file after a plan, and the hashes of users that were defined elsewhere."""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePosixPath

from wizard.acl.aclfile import AclDocument, decode
from wizard.acl.password import EMPTY, fingerprint, hash_password, mask_line
from wizard.acl.repair import repair
from wizard.acl.user import User, from_rules, join_passwords
from wizard.errors import InvalidValueError, PlanError
from wizard.formats.redisconf.document import Document
from wizard.model.change import Change, RemoveUser, SetUser
from wizard.model.facts.service import Flavour
from wizard.model.value import replace

PLACEHOLDER = "0" * 64
"""Replaces, in a diff, the hash of a password that is not generated yet."""
_OF_MEMORY = "1" * 64
"""Replaces, in a diff, the hashes that the running server alone has."""
_SHOWN = {PLACEHOLDER: "#<new password>", _OF_MEMORY: "#<password in memory>"}
_HASH_OF_ANY_CASE = re.compile(r"[0-9a-fA-F]{64}", re.ASCII)


def acl_files(changes: Iterable[Change]) -> tuple[PurePosixPath, ...]:
    """Return the ACL files that these changes edit, each once."""
    return tuple(dict.fromkeys(change.path for change in changes if isinstance(change, SetUser | RemoveUser)))


def edit_users(path: PurePosixPath, data: bytes, changes: Sequence[Change], hashes: Mapping[str, str]) -> bytes:
    """Return the bytes of an ACL file after the changes to its users.

    What the server refuses is fixed where the intention is evident: comments go, continued lines become one.

    Raises:
        PlanError: the hash of a user is neither given nor in the file, or the file holds something
            else than users: it may be any file that an answer names by mistake.
    """
    document = _fixed(path, AclDocument.parse(data))
    wanted = [change for change in changes if isinstance(change, SetUser) and change.path == path]
    gone = [change.user for change in changes if isinstance(change, RemoveUser) and change.path == path]
    document = document.set_users([_user(document, change, hashes) for change in wanted])
    return document.remove_users(gone).data()


def _fixed(path: PurePosixPath, document: AclDocument) -> AclDocument:
    # Judged by the newest server: what an older one refuses has a change of its own.
    meant = repair(document, flavour=Flavour.REDIS, version="")
    rubbish = meant.unnamed_line
    if rubbish is not None:
        number = next(number for number, line in enumerate(document.lines, 1) if rubbish.startswith(line))
        what = "does not begin with the word user and a name, so this may be no ACL file"
        raise PlanError(f"{path} line {number} {what}; correct the line or remove it, or name another file")
    return meant


def _user(document: AclDocument, change: SetUser, hashes: Mapping[str, str]) -> User:
    user = from_rules(change.user, change.rules.split())
    match change.password:
        case "generate" | "memory":
            return replace(user, passwords=_given(change, hashes))
        case "keep":
            # What the server uses now goes before a file that lay there unused.
            given = hashes.get(change.user, "").split()
            return replace(user, passwords=tuple(given) or _in_file(document, change.user) or _given(change, hashes))
        case _:
            return user


def _given(change: SetUser, hashes: Mapping[str, str]) -> tuple[str, ...]:
    given = tuple(hashes.get(change.user, "").split())
    if not given and change.password == "memory":  # noqa: S105 - a word of the plan
        raise PlanError(f"the password of user {change.user} is in the server's memory only; write it to a file first")
    if not given:
        raise PlanError(f"{change.path}: no password hash of user {change.user} is available; plan again")
    return given


def _in_file(document: AclDocument, name: str) -> tuple[str, ...]:
    """Give the hashes of a user's last line, in lower case, also where the line as a whole cannot be read."""
    words = join_passwords(decode(document.line_of(name)).split())
    found = [word[1:].lower() for word in words if word[:1] == "#" and _HASH_OF_ANY_CASE.fullmatch(word[1:])]
    found += [hash_password(word[1:]) for word in words if word[:1] == ">" and word[1:]]
    return tuple(each for each in dict.fromkeys(found) if each != EMPTY)


def existing_password_hashes(contents: Mapping[PurePosixPath, bytes]) -> dict[str, str]:
    """Return the hashes of users that a plan takes out of the configuration, or out of another ACL file.

    Args:
        contents: Bytes of the configuration with its includes, and of the ACL file in use.

    Returns:
        By user, hashes parted by a blank, for :func:`wizard.planning.edits.edit.edited_contents`. The
        password of ``requirepass`` stands under ``default`` unless a line defines that user.
    """
    found: dict[str, str] = {}
    for data in contents.values():
        document = Document.parse(data)
        for password, *_ in document.values("requirepass"):
            if password:
                found.setdefault("default", hash_password(password))
        for arguments in document.values("user"):
            found |= _hashes(arguments)
    return found


def _hashes(arguments: tuple[str, ...]) -> dict[str, str]:
    if not arguments:
        return {}
    try:
        user = from_rules(arguments[0], join_passwords(list(arguments[1:])))
    except InvalidValueError:
        return {}
    kept = [hashed for hashed in user.passwords if hashed != EMPTY]
    return {user.name: " ".join(kept)} if kept else {}


def placeholders(changes: Sequence[Change]) -> dict[str, str]:
    """Return something in place of each hash that is not generated or read yet, for a diff."""
    shown = {"generate": PLACEHOLDER, "memory": _OF_MEMORY}
    return {
        change.user: shown[change.password]
        for change in changes
        if isinstance(change, SetUser) and change.password in shown
    }


def masked_texts(*contents: bytes) -> tuple[str, ...]:
    """Return ACL files as texts for the eye: hashes as fingerprints, new ones by words; equal lines are masked once."""
    files = [AclDocument.parse(data).lines for data in contents]
    masked = {line: mask_line(decode(line)) for line in dict.fromkeys(line for lines in files for line in lines)}
    return tuple(_named("".join(f"{masked[line]}\n" for line in lines)) for lines in files)


def _named(text: str) -> str:
    for placeholder, words in _SHOWN.items():
        text = text.replace(f"#{fingerprint(placeholder)}", words)
    return text
