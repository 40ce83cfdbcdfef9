"""Everything an apply will write, generated and rendered before the first change.

Certificates and keys are generated here; of passwords only digests come in.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import PurePosixPath

from wizard.changes import certificates
from wizard.host.reader import HostReader
from wizard.model.change import (
    Change,
    IssueCertificate,
    MakeDirectory,
    SetDirective,
    SetMode,
    WriteFile,
)
from wizard.model.facts.configuration import ConfigFacts
from wizard.model.facts.files import FileKind, FileStatus
from wizard.model.facts.instance import Instance
from wizard.model.plan import Plan
from wizard.planning.edits.acl_edit import acl_files
from wizard.planning.edits.edit import edited_contents
from wizard.planning.kinds import traits_of

UNIT_DIRECTORY = PurePosixPath("/etc/systemd/system")


@dataclass(frozen=True, slots=True, kw_only=True)
class StagedFile:
    """One file as it will be."""

    path: PurePosixPath
    data: bytes = field(repr=False)
    expected: str
    """SHA-256 of what is there now; empty: nothing is."""
    owner: str
    group: str
    mode: int
    changes: tuple[str, ...]
    """Ids of the changes that it carries."""

    @property
    def digest(self) -> str:
        """SHA-256 of the new bytes."""
        return hashlib.sha256(self.data).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Staged:
    """All files, each in its group."""

    certificates: tuple[StagedFile, ...] = ()
    """Authority first."""
    users: tuple[StagedFile, ...] = ()
    """ACL files."""
    configuration: tuple[StagedFile, ...] = ()
    """Included files first, the main file last, so that no instant has an include that dangles."""
    system: tuple[StagedFile, ...] = ()
    """Kernel settings, unit files, drop-ins."""

    @property
    def files(self) -> tuple[StagedFile, ...]:
        """All of them, in the order of writing."""
        return (*self.certificates, *self.users, *self.configuration, *self.system)

    @property
    def reloads(self) -> bool:
        """A unit file is among them, so the service manager must read its definitions again."""
        return any(each.path.is_relative_to(UNIT_DIRECTORY) for each in self.system)

    def find(self, path: PurePosixPath) -> StagedFile | None:
        """Return the staged file of this path."""
        return next((each for each in self.files if each.path == path), None)


def stage(
    host: HostReader, plan: Plan, instance: Instance | None, hashes: Mapping[str, str], *, service: str, now: datetime
) -> Staged:
    """Render every file of a plan.

    Args:
        host: Read only.
        plan: What is wanted.
        instance: The server in question.
        hashes: SHA-256 in hex of each generated password, by user.
        service: Group that the server runs in: it may read what is made for it.
        now: Time zone aware; certificates begin here.

    Raises:
        CertificateError, InvalidValueError: a certificate cannot be made as planned.
        HostError: a file cannot be read.
    """
    editor = _Editor(host, plan.changes, hashes, service)
    users = acl_files(plan.changes)
    directives = {c.path for c in plan.changes if isinstance(c, SetDirective)}
    edited = {*directives, *_includes(plan.changes, instance)} - set(users)
    ordered = sorted(edited, key=lambda path: (path == plan.config, path))
    return Staged(
        certificates=tuple(
            editor.new_file(
                made.path, made.data, owner=made.owner, group=made.group, mode=made.mode, change=made.change
            )
            for made in certificates.generate(host, plan.changes, now=now)
        ),
        users=tuple(each for path in users if (each := editor.edit(path))),
        configuration=tuple(each for path in ordered if (each := editor.edit(path))),
        system=tuple(
            editor.new_file(
                c.path,
                c.content.encode(),
                owner=c.owner,
                group=c.group,
                mode=c.mode,
                change=c.id,
                expected=c.before_digest,
            )
            for c in plan.changes
            if isinstance(c, WriteFile)
        ),
    )


class _Editor:
    """Makes staged files of one plan."""

    def __init__(self, host: HostReader, changes: tuple[Change, ...], hashes: Mapping[str, str], service: str) -> None:
        self._host = host
        self._changes = changes
        self._hashes = hashes
        self._service = service
        self._rights = {c.path: (c.owner, c.group, c.mode) for c in changes if isinstance(c, SetMode)}

    def edit(self, path: PurePosixPath) -> StagedFile | None:
        """Render an edited file; ``None`` when it stays byte for byte."""
        status = resolve_link(self._host, path)
        absent = status.kind is FileKind.ABSENT
        data = b"" if absent else self._host.read(path)
        new = edited_contents(path, data, self._changes, self._hashes)
        if new == data:
            return None
        now = ("root", self._service, 0o640) if absent else (status.owner, status.group, status.mode)
        owner, group, mode = self._rights.get(path, now)
        return StagedFile(
            path=path,
            data=new,
            expected="" if absent else hashlib.sha256(data).hexdigest(),
            owner=owner,
            group=group,
            mode=mode,
            changes=tuple(c.id for c in self._changes if path in traits_of(c).edits(c, ())),
        )

    def new_file(
        self,
        path: PurePosixPath,
        data: bytes,
        *,
        owner: str,
        group: str,
        mode: int,
        change: str,
        expected: str | None = None,
    ) -> StagedFile:
        """Take a file that is given as a whole; what it replaces is what is there now unless said otherwise."""
        if expected is None:
            expected = self._host.status(path, digest=True).digest
        return StagedFile(
            path=path, data=data, expected=expected, owner=owner, group=group, mode=mode, changes=(change,)
        )


def resolve_link(host: HostReader, path: PurePosixPath) -> FileStatus:
    """Return the status of what a path leads to, one link deep: that is the file that a write replaces."""
    status = host.status(path)
    return host.status(status.absolute_target) if status.kind is FileKind.LINK else status


def directories_of(plan: Plan) -> tuple[MakeDirectory, ...]:
    """The directories that a plan makes, parents first."""
    found = (c for c in plan.changes if isinstance(c, MakeDirectory))
    return tuple(sorted(found, key=lambda change: change.path))


def certificates_of(plan: Plan) -> tuple[IssueCertificate, ...]:
    """The certificates that a plan issues."""
    return tuple(c for c in plan.changes if isinstance(c, IssueCertificate))


def _includes(changes: Iterable[Change], instance: Instance | None) -> tuple[PurePosixPath, ...]:
    everywhere = any(isinstance(c, SetDirective) and c.all_files for c in changes)
    if not everywhere or instance is None or not isinstance(instance.config, ConfigFacts):
        return ()
    return tuple(status.path for status in instance.config.files)
