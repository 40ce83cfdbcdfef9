"""Kernel settings, live and at the next boot. Nothing here lowers a limit."""

from collections.abc import Iterable
from pathlib import PurePosixPath

from wizard.formats.sysctl import SysctlFile
from wizard.model.answers import KernelAnswers
from wizard.model.change import Effect, SetKernel, WriteFile
from wizard.model.facts.machine import KernelSetting
from wizard.model.facts.unreadable import Unreadable
from wizard.model.plan import Note
from wizard.model.text import number
from wizard.model.value import Value
from wizard.planning import paths
from wizard.planning.context import Context
from wizard.planning.goals import SectionPlan
from wizard.settings import Direction, Setting, is_weaker, setting_for, setting_of

SOURCE = "chapter 6; the order of sysctl.d(5)"
_KEEPALIVE = dict(zip(setting_of("kernel.tcp_keepalive").targets, ("300", "30", "3"), strict=True))
FILES = tuple(paths.SYSCTL_DIRECTORY / name for name in ("60-redis-wizard.conf", "99-zz-redis-wizard.conf"))
"""The product's files: the second is used only where a later file sets the same key, such as ``99-local.conf``."""


class Rule(Value, frozen=True, kw_only=True):
    """How one setting should be."""

    key: str
    value: str

    @property
    def row(self) -> Setting:
        """What is known of the setting."""
        return setting_for(self.key)

    def is_satisfied_by(self, value: str) -> bool:
        """Return whether a value is good enough."""
        found = number(value)
        if found is None:
            return False
        if self.row.keeps_stricter:
            return is_weaker(self.row, self.value, value) is False
        return found == int(self.value)


def rules(answers: KernelAnswers) -> tuple[Rule, ...]:
    """Return the rules that the answers ask for."""
    values: dict[str, str] = {}
    if answers.overcommit_memory:
        values["vm.overcommit_memory"] = "1"
    if answers.backlog:
        values |= dict.fromkeys(setting_of("kernel.backlog").targets, str(answers.backlog))
    if answers.tcp_keepalive:
        values |= _KEEPALIVE
    if answers.swappiness >= 0:
        values["vm.swappiness"] = str(answers.swappiness)
    return tuple(Rule(key=key, value=value) for key, value in values.items())


def plan_section(context: Context) -> SectionPlan:
    """Set what differs live, and write one file for what differs at the next boot."""
    if not context.answers.kernel.manage:
        return SectionPlan()
    known = {setting.key: setting for setting in context.facts.kernel}
    changes: list[SetKernel] = []
    boot: list[Rule] = []
    notes: list[Note] = []
    for rule in rules(context.answers.kernel):
        setting = known.get(rule.key)
        if reason := obstacle(context, setting, rule):
            notes.append(Note(subject=f"kernel:{rule.key}", text=reason))
            continue
        if setting is None or at_boot_differs(setting, rule):
            boot.append(rule)
        if setting is not None and _live_differs(context, setting, rule):
            changes.append(_live(setting, rule))
    path, late = sysctl_file(context, boot)
    notes += [_overruled(setting, path) for setting in late]
    beaten = {setting.key for setting in late}
    files = _write(context, path, [rule for rule in boot if rule.key not in beaten])
    return SectionPlan(changes=(*changes, *files), notes=tuple(notes))


def obstacle(context: Context, setting: KernelSetting | None, rule: Rule) -> str:
    """Say why a setting is left as it is; empty when it can be set, now or for the next boot."""
    if context.facts.tree is not None:
        return ""
    if setting is None or isinstance(setting.live, Unreadable):
        return "not changed: this kernel has no such setting, or it is not readable"
    if not setting.writable and not (rule.is_satisfied_by(setting.live) and not at_boot_differs(setting, rule)):
        return f"is set on the machine that runs this container; set {rule.key} = {rule.value} there"
    return ""


def _live_differs(context: Context, setting: KernelSetting, rule: Rule) -> bool:
    return context.facts.tree is None and isinstance(setting.live, str) and not rule.is_satisfied_by(setting.live)


def at_boot_differs(setting: KernelSetting, rule: Rule) -> bool:
    """Return whether the next boot sets another value, or none where the live one is not good either."""
    if setting.next_boot is None:
        live = setting.live if isinstance(setting.live, str) else ""
        return rule.row.stricter is not Direction.HIGHER or not rule.is_satisfied_by(live)
    return not rule.is_satisfied_by(setting.next_boot)


def _live(setting: KernelSetting, rule: Rule) -> SetKernel:
    now = setting.live if isinstance(setting.live, str) else ""
    return SetKernel(
        id=f"kernel:{rule.key}",
        title=f"{rule.key} = {rule.value}"[:60],
        before=now,
        after=rule.value,
        why=rule.row.reason,
        source=rule.row.source,
        items=rule.row.items,
        effect=Effect.NOW,
        undo=f"{rule.key} = {now}",
        key=rule.key,
        value=rule.value,
    )


# --- the file for the next boot ------------------------------------------------------------------


def sysctl_file(context: Context, boot: Iterable[Rule]) -> tuple[PurePosixPath, tuple[KernelSetting, ...]]:
    """Return the file to write, and the settings that a still later file overrules."""
    wanted = {rule.key for rule in boot}
    rivals = [
        setting
        for setting in context.facts.kernel
        if setting.key in wanted and setting.next_boot is not None and _is_rival(setting)
    ]
    first, second = FILES
    if context.sources.get(second) is None and all(_file_of(setting).name < first.name for setting in rivals):
        return first, ()
    return second, tuple(setting for setting in rivals if _file_of(setting).name >= second.name)


def _is_rival(setting: KernelSetting) -> bool:
    """Return whether something else sets it; the boot loader and tuned do so before the files below /etc are read."""
    path = _file_of(setting)
    return path not in FILES and path.name not in ("cmdline", "grub.cfg", "grub", "tuned.conf")


def _file_of(setting: KernelSetting) -> PurePosixPath:
    path = PurePosixPath(setting.next_boot_source.rsplit(":", 1)[0])
    # Read as the link that distributions have for it.
    return paths.SYSCTL_DIRECTORY / "99-sysctl.conf" if path == PurePosixPath("/etc/sysctl.conf") else path


def _overruled(setting: KernelSetting, path: PurePosixPath) -> Note:
    text = (
        f"{setting.next_boot_source} sets {setting.next_boot} and is read after {path.name}: "
        "correct it there, or the value is lost at the next boot"
    )
    return Note(subject=f"kernel:{setting.key}", text=text)


def _write(context: Context, path: PurePosixPath, boot: list[Rule]) -> tuple[WriteFile, ...]:
    if not boot:
        return ()
    data = context.sources.get(path) or b""
    document = SysctlFile.parse(data or b"# Written by redis-wizard; see redis-wizard plan.\n")
    for rule in boot:
        if not rule.is_satisfied_by(document.get(rule.key) or ""):
            document = document.set(rule.key, rule.value)
    content = document.data()
    if content == data:
        return ()
    return (
        WriteFile(
            id=f"file:{path}",
            title=f"write {path}"[:60],
            before="" if not data else "other values",
            after=", ".join(f"{rule.key} = {rule.value}" for rule in boot),
            why="The live value is lost at a reboot unless a file sets it.",
            source=SOURCE,
            items=tuple(sorted({item for rule in boot for item in rule.row.items})),
            effect=Effect.BOOT,
            undo="the earlier file, or none",
            path=path,
            content=content.decode("utf-8", "replace"),
            before_digest=context.sources.digest(path),
        ),
    )
