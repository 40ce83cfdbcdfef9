"""Transparent huge pages off: now, and at every boot by a small unit before the server starts."""

from wizard.model.change import Change, Effect, EnableUnit, SetKernel, WriteFile
from wizard.model.facts.machine import Init, KernelSetting
from wizard.model.facts.unreadable import Unreadable
from wizard.model.plan import Note
from wizard.planning import paths
from wizard.planning.context import Context
from wizard.planning.goals import SectionPlan
from wizard.settings import setting_of

_ROW = setting_of("kernel.huge_pages")
KNOBS = _ROW.targets
_DIRECTORY = "/sys/kernel/mm/transparent_hugepage"
_OFF = "never"


def plan_section(context: Context) -> SectionPlan:
    """Set both knobs live and write the unit."""
    if not (context.answers.kernel.manage and context.answers.kernel.huge_pages):
        return SectionPlan()
    settings = {setting.key: setting for setting in context.facts.kernel if setting.key in KNOBS}
    main = settings.get(KNOBS[0])
    if context.facts.tree is None:
        if main is None or isinstance(main.live, Unreadable):
            return _note("not changed: this kernel has none, or they are not readable")
        if not main.writable:
            done = main.live == _OFF and main.next_boot == _OFF
            return (
                SectionPlan()
                if done
                else _note("are set on the machine that runs this container; set them to never there")
            )
    live = tuple(_live(setting) for setting in settings.values() if _differs(context, setting))
    boot = _at_boot(context, main)
    return SectionPlan(changes=(*live, *boot.changes), notes=boot.notes)


def _at_boot(context: Context, main: KernelSetting | None) -> SectionPlan:
    """Write the unit, unless the next boot has them off already, or something else reverses what the unit does."""
    if main is not None and main.next_boot == _OFF:
        return SectionPlan()
    unit = paths.UNITS / paths.HUGE_PAGES_UNIT
    if main is not None and any(each.startswith(f"{unit}:") for each in main.overridden):
        return _note(
            f"{main.next_boot_source} sets them to {main.next_boot} at boot, perhaps after {unit.name}: change it there"
        )
    if context.facts.os.init is not Init.SYSTEMD:
        return _note("are off until the next boot only: without systemd, set them in the boot scripts of this host")
    return SectionPlan(changes=tuple(_unit(context)))


def _note(text: str) -> SectionPlan:
    return SectionPlan(notes=(Note(subject="huge pages", text=text),))


def _differs(context: Context, setting: KernelSetting) -> bool:
    return context.facts.tree is None and isinstance(setting.live, str) and setting.live != _OFF and setting.writable


def _live(setting: KernelSetting) -> SetKernel:
    now = str(setting.live)
    return SetKernel(
        id=f"kernel:{setting.key}",
        title=f"{setting.key} = {_OFF}",
        before=now,
        after=_OFF,
        why=_ROW.reason,
        source=_ROW.source,
        items=_ROW.items,
        effect=Effect.NOW,
        undo=f"{setting.key} = {now}",
        key=setting.key,
        value=_OFF,
    )


def _unit(context: Context) -> list[Change]:
    path = paths.UNITS / paths.HUGE_PAGES_UNIT
    content = unit_text(context)
    found: list[Change] = []
    if context.sources.get(path) != content.encode():
        found.append(
            WriteFile(
                id=f"file:{path}",
                title=f"write {path}"[:60],
                before="another unit" if context.exists(path) else "",
                after="huge pages off before the server starts",
                why="The live value is lost at a reboot.",
                source=_ROW.source,
                items=_ROW.items,
                effect=Effect.BOOT,
                undo="the earlier file, or none",
                path=path,
                content=content,
                before_digest=context.sources.digest(path),
            )
        )
    found.append(
        EnableUnit(
            id=f"enable:{paths.HUGE_PAGES_UNIT}",
            title=f"enable {paths.HUGE_PAGES_UNIT}",
            before="",
            after="at every boot",
            why="The unit takes effect at boot only when it is enabled.",
            source=_ROW.source,
            items=_ROW.items,
            effect=Effect.BOOT,
            undo="disabled again",
            needs=(f"file:{path}",) if found else (),
            unit=paths.HUGE_PAGES_UNIT,
        )
    )
    return found


def unit_text(context: Context) -> str:
    """Return the unit: it runs once, before the server, and only where the kernel has the files."""
    servers = dict.fromkeys(
        (
            *(each.unit.name for each in context.facts.instances if each.unit),
            "redis-server.service",
            "valkey-server.service",
        )
    )
    commands = "".join(f"ExecStart=/bin/sh -c 'echo {_OFF} > {_DIRECTORY}/{knob}'\n" for knob in ("enabled", "defrag"))
    return (
        "[Unit]\n"
        "Description=Switch transparent huge pages off\n"
        "DefaultDependencies=no\n"
        "After=sysinit.target local-fs.target\n"
        f"Before=basic.target {' '.join(servers)}\n"
        f"ConditionPathExists={_DIRECTORY}/enabled\n"
        "\n"
        "[Service]\n"
        "Type=oneshot\n"
        "RemainAfterExit=yes\n"
        f"{commands}"
        "\n"
        "[Install]\n"
        "WantedBy=basic.target\n"
    )
