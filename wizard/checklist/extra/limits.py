"""Beyond the chapter: limits of kernel, service and disk."""

from wizard.checklist.context import CheckContext
from wizard.checklist.drift import lowered
from wizard.checklist.item import Item
from wizard.checklist.kernel import boot_evidence, live_number
from wizard.checklist.result import Judgement, failed, not_applicable, observed, passed, unknown
from wizard.checklist.setting import LIVE, SettingState, setting
from wizard.model.facts.unreadable import Unreadable
from wizard.model.finding import Severity
from wizard.model.text import format_amount, number
from wizard.model.value import replace
from wizard.settings import RESERVED_FILES

_SOMAXCONN = "net.core.somaxconn"
_SWAPPINESS = "vm.swappiness"
_HIGHEST_SWAPPINESS = 10
_LOWEST_FILE_MAX = 1_000_000


def survives_boot(subject: CheckContext) -> Judgement:
    """Settings that a file will set to another value than they have now."""
    if subject.facts.tree is not None:
        return not_applicable("A directory tree has no running kernel.")
    known = [each for each in subject.facts.kernel if not isinstance(each.live, Unreadable)]
    if not known:
        return unknown("No kernel setting could be read.", fix=subject.look_again("/proc/sys"))
    lost = [each for each in known if each.next_boot is not None and each.next_boot.split() != str(each.live).split()]
    if lost:
        words = ", ".join(f"{each.key} (now {each.live}, then {each.next_boot})" for each in lost)
        return failed(f"The next boot changes {words}.", *(boot_evidence(each) for each in lost))
    return passed("The next boot changes no kernel setting.", *[boot_evidence(each) for each in known])


def backlog(subject: CheckContext) -> Judgement:
    """The kernel cuts a backlog above its own limit silently."""
    wanted = setting(subject, "tcp-backlog")
    value, most = _number(subject, wanted), live_number(subject, _SOMAXCONN)
    if isinstance(value, Judgement):
        return value
    if isinstance(most, Judgement):
        return most
    evidence = observed(_SOMAXCONN, "kernel", most)
    if value > most:
        return failed(f"The kernel cuts tcp-backlog {value} to {most}.", evidence, *wanted.evidence)
    return passed("The backlog is within the kernel's limit.", evidence, *wanted.evidence)


def _number(subject: CheckContext, found: SettingState) -> int | Judgement:
    """Return the larger of the values in effect and after a start; or why there is no number."""
    known = [number(text) for text in (found.live, found.file) if text is not None]
    value = None if None in known else max((each for each in known if each is not None), default=None)
    if value is not None:
        return value
    if found.live is None and found.file is None:
        return subject.cannot_read_file()
    return unknown(f"{found.name} is not a number.", *found.evidence, fix=f"Correct {found.name}.")


def open_files(subject: CheckContext) -> Judgement:
    """Each client is an open file; the server keeps 32 for itself, and lowers maxclients where files are short."""
    wanted = setting(subject, "maxclients")
    value = _number(subject, wanted)
    if isinstance(value, Judgement):
        return value
    limit, source = _limit(subject)
    if limit is None:
        return unknown(
            "The limit of open files could not be read.",
            *wanted.evidence,
            fix=subject.look_again("the limits of the process"),
        )
    evidence = observed("open files", source, limit)
    if lowered(subject, wanted):
        words = f"{limit} open files are too few for maxclients {wanted.file}: the server lowered it to {wanted.live}."
        return failed(words, evidence, *wanted.evidence)
    if limit < value + RESERVED_FILES:
        words = f"{limit} open files are too few for maxclients {value} and {RESERVED_FILES} files of the server."
        return failed(words, evidence, *wanted.evidence)
    if wanted.file is None:
        return subject.cannot_read_file()  # the server may have lowered what the file asks for
    return passed("The service may open enough files for all clients.", evidence, *wanted.evidence)


def _limit(subject: CheckContext) -> tuple[int | None, str]:
    """Return the limit in effect; where no server runs, that of the unit."""
    process, unit = subject.instance.process, subject.instance.unit
    if process and not isinstance(process.open_files, Unreadable):
        return process.open_files, f"/proc/{process.pid}/limits"
    if not unit or subject.running:
        return None, ""  # what holds for a process can be less than its unit asks for
    text = unit.properties.get("LimitNOFILESoft", unit.properties.get("LimitNOFILE", ""))
    return number(text.split(":")[0]), f"{unit.name} LimitNOFILE"


def space_for_rewrite(subject: CheckContext) -> Judgement:
    """A rewrite writes all data a second time beside the old file."""
    disk = subject.data_disk
    used = number(subject.live.info.get("used_memory")) if subject.live else None
    if disk is None or used is None:
        return _unknown_space(subject, known_disk=disk is not None)
    evidence = (
        observed("free space", str(disk.path), format_amount(disk.free)),
        observed("used memory", f"{LIVE}, INFO memory", format_amount(used)),
    )
    if disk.read_only:
        return failed(f"{disk.path} is mounted read-only.", *evidence)
    if disk.free < used:
        return failed(
            f"{format_amount(disk.free)} of disk space is free; a rewrite may need {format_amount(used)}.", *evidence
        )
    return passed("The disk has room for a rewrite of all data.", *evidence)


def _unknown_space(subject: CheckContext, *, known_disk: bool) -> Judgement:
    if not known_disk:
        return unknown(
            "The free space of the data directory is not known.", fix=subject.look_again("the data directory")
        )
    if not subject.running:
        return unknown("The size of the data is not known: the server does not run.", fix="Start it and check again.")
    asked = subject.cannot_ask("INFO memory")
    return replace(asked, summary=f"The size of the data is not known. {asked.summary}")


def swap(subject: CheckContext) -> Judgement:
    """Swapped-out keys are slow, and stay on the disk in plain text."""
    size = subject.facts.memory.swap
    if isinstance(size, Unreadable):
        return unknown(f"The size of swap could not be read ({size.why}).", fix=subject.look_again("/proc/meminfo"))
    evidence = observed("swap", "/proc/meminfo", format_amount(size))
    if not size:
        return passed("This host has no swap.", evidence)
    value = live_number(subject, _SWAPPINESS)
    if isinstance(value, Judgement):
        return value
    more = observed(_SWAPPINESS, "kernel", value)
    if value > _HIGHEST_SWAPPINESS:
        return failed(f"With {_SWAPPINESS} {value} the kernel swaps keys out early.", evidence, more)
    return passed("The kernel swaps only when memory is short.", evidence, more)


def file_max(subject: CheckContext) -> Judgement:
    """A file that lowers the limit of the whole system."""
    found, now = subject.kernel("fs.file-max"), live_number(subject, "fs.file-max")
    if isinstance(now, Judgement) or found is None:
        return unknown("fs.file-max could not be read.", fix=subject.look_again("/proc/sys"))
    later = number(found.next_boot)
    if later is not None and (later < now or later <= _LOWEST_FILE_MAX):
        return failed(f"{found.next_boot_source} lowers fs.file-max to {later}.", boot_evidence(found))
    return passed("No file lowers the system's limit of open files.", boot_evidence(found))


ITEMS = (
    Item(
        id="Xboot",
        title="Kernel settings survive the next boot",
        sentence="No file sets another kernel value at the next boot than the one in effect.",
        severity=Severity.MEDIUM,
        step="kernel",
        check=survives_boot,
        fix="Correct the file that wins (`systemd-analyze cat-config sysctl.d` shows them in order).",
        source="sysctl.d(5): of all files the last name wins; `sysctl -p` reads one file only.",
    ),
    Item(
        id="Xbacklog",
        title="tcp-backlog is within the kernel's limit",
        sentence="tcp-backlog is at most net.core.somaxconn.",
        severity=Severity.LOW,
        step="kernel",
        check=backlog,
        fix="Raise net.core.somaxconn, now and in a file of /etc/sysctl.d.",
        source="listen(2): a larger backlog is cut silently; chapter 6.",
    ),
    Item(
        id="Xnofile",
        title="The open file limit covers maxclients",
        sentence="The service may open one file for each of maxclients, and 32 more.",
        severity=Severity.MEDIUM,
        step="kernel",
        check=open_files,
        fix="Set LimitNOFILE in a drop-in of the unit; /etc/security/limits.conf has no effect on a service.",
        source="systemd.exec(5); pam_limits applies to logins only, so the chapter's limits.conf has no effect. The "
        "server lowers maxclients by itself when files are short.",
    ),
    Item(
        id="Xdisk",
        title="The disk has room for a rewrite",
        sentence="The data directory has as much free space as the data uses in memory.",
        severity=Severity.HIGH,
        check=space_for_rewrite,
        not_on_sentinel="A Sentinel keeps no data.",
        fix="Free space or give the data a larger disk.",
        source="A failed save stops writes (stop-writes-on-bgsave-error) and blocks a clean stop (measured).",
    ),
    Item(
        id="Xswap",
        title="Keys stay out of swap",
        sentence="There is no swap, or vm.swappiness is at most 10.",
        severity=Severity.LOW,
        step="kernel",
        check=swap,
        fix="Set vm.swappiness to 1, or run without swap.",
        source="redis documentation, latency; swapped memory is on the disk in plain text.",
    ),
    Item(
        id="Xfilemax",
        title="fs.file-max is not lowered",
        sentence="No file sets fs.file-max below its value in effect.",
        severity=Severity.LOW,
        step="kernel",
        check=file_max,
        fix="Remove the line: current kernels allow far more.",
        source="Chapter 6 sets fs.file-max = 1000000, which lowers it on current kernels (2^63 - 1).",
    ),
)
