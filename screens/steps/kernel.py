"""Kernel settings and limits of the service, now and after the next boot."""

from collections.abc import Iterable

from textual.app import ComposeResult
from textual.widgets import Static

from screens.steps.form import FormStep, heading
from screens.text.formatting import lines, literal
from screens.theme import TextStyle
from wizard.model.facts.host import HostFacts
from wizard.model.facts.machine import KernelSetting


class KernelStep(FormStep):
    """Asks for kernel settings."""

    step = "kernel"

    def body(self) -> ComposeResult:
        """Yield a switch or number for each setting, with its value now and at the next boot."""
        facts = self.session.facts
        if facts is not None and facts.os.container:
            yield Static(
                literal("[ -- ] a container: kernel values are set on its host, so they are only shown", TextStyle.WARN)
            )
        elif facts is not None and facts.kernel and not any(each.writable for each in facts.kernel):
            yield Static(literal("[ -- ] kernel values are read-only here, so they are only shown", TextStyle.WARN))
        yield self.tick("kernel.manage")
        yield heading("Setting                wanted  now, and at the next boot")
        yield self.tick("kernel.overcommit_memory", _next_boot(facts, "vm.overcommit_memory"))
        yield self.tick("kernel.huge_pages", _next_boot(facts, "thp.enabled"))
        yield self.line("kernel.backlog", _next_boot(facts, "net.core.somaxconn"), width=8)
        yield self.tick("kernel.tcp_keepalive", _next_boot(facts, "net.ipv4.tcp_keepalive_time"))
        yield self.line("kernel.swappiness", _next_boot(facts, "vm.swappiness"), width=8)
        yield self.line("kernel.open_files", "or keep", width=8)
        conflicts = _conflicts(facts.kernel if facts else ())
        if conflicts:
            yield heading("Set in several files; the last one wins")
            yield Static(lines(*conflicts))


def _next_boot(facts: HostFacts | None, key: str) -> str:
    setting = next((s for s in facts.kernel if s.key == key), None) if facts else None
    if setting is None:
        return "unknown here"
    boot = f"{setting.next_boot} by {setting.next_boot_source}" if setting.next_boot is not None else "default"
    return f"next boot {boot}"


def _conflicts(settings: Iterable[KernelSetting]) -> list[str]:
    return [f"{s.key}: {s.next_boot_source} overrides {', '.join(s.overridden)}" for s in settings if s.overridden]
