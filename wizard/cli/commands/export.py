"""``export compose``: write the planned server for a container of its own."""

import argparse
import os
import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import PurePosixPath

from wizard import app
from wizard.acl.password import hash_password
from wizard.changes.account import group_of
from wizard.changes.staging import stage
from wizard.cli import output
from wizard.cli.commands.plan import answers_for
from wizard.cli.context import detect_host, instance_of, read_answers, reader_of
from wizard.errors import InvalidValueError, PlanError
from wizard.export import ACCOUNT, SERVICE, Export, ExportedFile, as_service, export_compose
from wizard.host.files import exclusive_create
from wizard.host.files.os_errors import refusal
from wizard.host.reader import HostReader
from wizard.jobs import passwords_file
from wizard.model.facts.configuration import ConfigFacts
from wizard.model.facts.service import Role
from wizard.model.plan import Plan
from wizard.model.sources import FileContents
from wizard.model.text import counted
from wizard.model.value import Secret, replace
from wizard.planning.context import Context
from wizard.planning.edits.acl_edit import existing_password_hashes

COMPOSE, PASSWORDS = "compose.yaml", "secrets.toml"
_GROUPS = frozenset({Role.SENTINEL, Role.CLUSTER})


def run(options: argparse.Namespace) -> int:
    """Write the compose file to standard output, or with all that it mounts to a new directory."""
    directory: PurePosixPath | None = options.directory
    if directory is not None:
        if os.path.lexists(directory):
            raise _taken(directory)
        exclusive_create.check(directory)
    with reader_of(options) as host:
        made, export, passwords = _make(host, options)
    if not options.quiet:
        for paragraph in made.exposure.paragraphs():
            output.entry(paragraph)
    if directory is None:
        output.result(export.compose)
        return 0
    if not options.dry_run:
        _write(directory, export, passwords)
    _report(directory, export, passwords, written=not options.dry_run)
    return 0


def _make(host: HostReader, options: argparse.Namespace) -> tuple[Plan, Export, Mapping[str, Secret]]:
    given = read_answers(options.answers) if options.answers else None
    detection = detect_host(host, options)
    instance = as_service(instance_of(detection, options))
    others = (each for each in detection.facts.instances if each.name != instance.name)
    facts = replace(detection.facts, instances=(instance, *others))
    answers = answers_for(host, given, options, detection, instance)
    # Other containers reach it by the name of its service, so its certificate has that name.
    names = tuple(dict.fromkeys((*answers.tls.names, SERVICE)))
    answers = replace(answers, tls=replace(answers.tls, names=names))
    # A configuration file that is new here is empty.
    new = {instance.config.main: b""} if isinstance(instance.config, ConfigFacts) else {}
    sources = FileContents({**new, **detection.sources.mapping()})
    if Context(facts=facts, sources=sources, answers=answers, instance=instance).role in _GROUPS:
        what = "Sentinel and cluster nodes write their own files and announce their own addresses"
        raise PlanError(f"{instance.name}: {what}; export compose is for single servers, primaries and replicas")
    made = app.make_plan(facts, sources, answers, instance=instance.name)
    passwords = app.generate_passwords(made)
    hashes = existing_password_hashes(sources.mapping())
    hashes |= {user: hash_password(secret.reveal()) for user, secret in passwords.items()}
    staged = stage(host, made, instance, hashes, service=group_of(host, instance), now=datetime.now(UTC))
    return made, export_compose(host, facts, made, instance, staged), passwords


def _write(directory: PurePosixPath, export: Export, passwords: Mapping[str, Secret]) -> None:
    """Write a new directory, whole or not at all."""
    try:
        os.mkdir(directory, 0o700)  # noqa: PTH102 - a pure path of the command line
    except FileExistsError:
        raise _taken(directory) from None
    except OSError as error:
        raise refusal(error, directory, "create") from None
    try:
        for each in export.files:
            _write_file(directory / each.path, each)
        if passwords:
            passwords_file.write(directory / PASSWORDS, passwords)
        exclusive_create.create(directory / COMPOSE, export.compose, mode=0o644)
    except BaseException:
        shutil.rmtree(directory, ignore_errors=True)
        raise


def _taken(directory: PurePosixPath) -> InvalidValueError:
    return InvalidValueError(f"{directory} already exists; name a new directory")


def _write_file(path: PurePosixPath, file: ExportedFile) -> None:
    os.makedirs(path.parent, 0o755, exist_ok=True)  # noqa: PTH103 - a pure path
    mode = 0o400 if file.secret else 0o444
    exclusive_create.create(path, file.data, mode=mode)
    if file.target is not None and os.geteuid() == 0:
        os.chown(path, ACCOUNT, ACCOUNT, follow_symlinks=False)


def _report(directory: PurePosixPath, export: Export, passwords: Mapping[str, Secret], *, written: bool) -> None:
    mounted = sum(each.target is not None for each in export.files)
    kept = len(export.files) - mounted
    verb = "Written to" if written else "Would be written to"
    what = f"{COMPOSE}, {counted(mounted, 'mounted file')}, {counted(kept, 'file')} for clients and the authority"
    output.result(output.wrapped(f"{verb} {directory}: {what}."))
    if passwords and written:
        place = directory / PASSWORDS
        output.result(output.wrapped(f"The passwords of {counted(len(passwords), 'user')} are in {place}, mode 0600."))
    if os.geteuid() != 0:
        output.result(f"Give the mounted files to the server: sudo chown -R {ACCOUNT}:{ACCOUNT} {directory}/mounted")
