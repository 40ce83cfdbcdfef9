"""A kernel setting now and after the next boot."""

from wizard.checklist.context import CheckContext
from wizard.checklist.result import Judgement, all_of, failed, observed, passed, unknown
from wizard.model.facts.machine import KernelSetting
from wizard.model.facts.unreadable import Unreadable
from wizard.model.finding import Evidence
from wizard.model.text import number


def judge_kernel(subject: CheckContext, key: str, wanted: str) -> Judgement:
    """Judge a setting live and at the next boot; in a directory tree only the boot counts."""
    found = subject.kernel(key)
    if found is None:
        return unknown(f"{key} was not read.", fix=subject.look_again(key))
    boot = _at_boot(subject, found, wanted)
    if subject.facts.tree is not None:
        return boot
    return all_of((_now(subject, found, wanted), boot), summary=f"{key} is {wanted}, now and after a reboot.")


def live_number(subject: CheckContext, key: str) -> int | Judgement:
    """Return the value in effect as a number, or that it could not be read."""
    found = subject.kernel(key)
    value = None if found is None or isinstance(found.live, Unreadable) else number(found.live)
    return unknown(f"{key} could not be read.", fix=subject.look_again(key)) if value is None else value


def boot_evidence(found: KernelSetting) -> Evidence:
    """Return a setting now and after the next boot as evidence."""
    later = found.next_boot or "default"
    return observed(found.key, found.next_boot_source or "kernel", f"{found.live} now, {later} at the next boot")


def _now(subject: CheckContext, found: KernelSetting, wanted: str) -> Judgement:
    if isinstance(found.live, Unreadable):
        return unknown(f"{found.key} could not be read ({found.live.why}).", fix=subject.look_again(found.key))
    evidence = observed(found.key, "kernel", found.live)
    if found.live.strip() == wanted:
        return passed("", evidence)
    until = " until the next boot" if found.next_boot == wanted else ""
    return failed(f"{found.key} is {found.live}{until}; it must be {wanted}.", evidence)


def _at_boot(subject: CheckContext, found: KernelSetting, wanted: str) -> Judgement:
    source = found.next_boot_source or "sysctl.d, units and kernel command line"
    evidence = observed(f"{found.key} at the next boot", source, found.next_boot or "nothing sets it")
    if found.next_boot == wanted:
        summary = f"The next boot sets {found.key} to {wanted}."
        return passed(summary, evidence)
    if subject.facts.os.container:
        return unknown(
            f"The kernel belongs to the host of this container, which sets {found.key} at boot.",
            evidence,
            fix="Check the host of this container.",
        )
    if found.next_boot is None:
        return failed(f"No file or unit sets {found.key} at boot.", evidence)
    return failed(f"{source} sets {found.key} to {found.next_boot} at the next boot.", evidence)
