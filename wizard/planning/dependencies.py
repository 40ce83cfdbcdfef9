"""What the answers want of things that several servers of one host share: kernel, boot files, authority.

They are named also where nothing has to change, because an earlier apply made them: a rollback of that
apply must know which servers depend on them.
"""

from collections.abc import Iterator
from pathlib import PurePosixPath

from wizard.model.answers import ClientCertificates
from wizard.model.facts.machine import KernelSetting
from wizard.planning import paths
from wizard.planning.context import SYSTEM_DIRECTORIES, Context
from wizard.planning.sections import certificates, huge_pages, kernel, tls
from wizard.planning.sections.kernel import Rule

KERNEL = "kernel:"
UNIT = "unit:"


def dependencies(context: Context) -> tuple[str, ...]:
    """Name what this server will depend on once the answers are in force, sorted.

    Returns:
        Absolute paths, ``kernel:KEY`` and ``unit:NAME``.
    """
    found = (*_kernel(context), *_huge_pages(context))
    if context.config is not None:
        found = (*found, *_certificates(context), *_rights(context))
    return tuple(sorted({str(each) for each in found}))


def kernel_resource(key: str) -> str:
    """Name a live kernel value."""
    return f"{KERNEL}{key}"


def unit_resource(name: str) -> str:
    """Name a unit."""
    return f"{UNIT}{name}"


def _kernel(context: Context) -> Iterator[str | PurePosixPath]:
    if not context.answers.kernel.manage:
        return
    known = {setting.key: setting for setting in context.facts.kernel}
    for rule in kernel.rules(context.answers.kernel):
        setting = known.get(rule.key)
        if setting is None or kernel.obstacle(context, setting, rule):
            continue
        yield kernel_resource(rule.key)
        yield from _boot_file(setting, rule)


def _boot_file(setting: KernelSetting, rule: Rule) -> Iterator[PurePosixPath]:
    """The file that sets the value at the next boot; one that is not written yet is a change of the plan."""
    if setting.next_boot_source and not kernel.at_boot_differs(setting, rule):
        yield PurePosixPath(setting.next_boot_source.rsplit(":", 1)[0])


def _huge_pages(context: Context) -> Iterator[str | PurePosixPath]:
    if not (context.answers.kernel.manage and context.answers.kernel.huge_pages):
        return
    unit = paths.UNITS / paths.HUGE_PAGES_UNIT
    for setting in context.facts.kernel:
        if setting.key not in huge_pages.KNOBS:
            continue
        yield kernel_resource(setting.key)
        if setting.next_boot_source.startswith(f"{unit}:"):
            yield unit
            yield unit_resource(unit.name)


def _certificates(context: Context) -> Iterator[PurePosixPath]:
    """The authority, the copy that the server reads, and the pairs of the clients that it accepts."""
    if not tls.tls_in_effect(context) or certificates.foreign(context):
        return
    served = paths.certificates(context)
    yield from (served.directory, served.certificate, served.key, served.authority)
    if context.answers.tls.authority == "create":
        own = paths.authority(context.facts.state)
        yield from (own.directory, own.certificate, own.key)
    if context.answers.acl.manage and context.answers.tls.client_certificates is not ClientCertificates.NO:
        for name in certificates.client_names(context):
            pair = paths.client(context.facts.state, name)
            yield from (pair.directory, pair.certificate, pair.key, pair.authority)


def _rights(context: Context) -> Iterator[PurePosixPath]:
    """Directories whose rights are to be tight for this server too."""
    if not context.answers.persistence.tighten_directories:
        return
    data = context.value("dir")
    wanted = (context.main.parent, *((PurePosixPath(data),) if data.startswith("/") else ()))
    yield from (each for each in wanted if each not in SYSTEM_DIRECTORIES)
