"""The steps of the wizard: one table, from the first step to the last.

A new step is one row here, its screen and its help text; keys, progress bar and order follow from the table.
"""

from string import ascii_lowercase, digits
from typing import Final

from wizard.model.value import Value

KEYS: Final = digits + ascii_lowercase
"""The key of each step in the progress bar and in the jump dialog, by its place."""


class StepRow(Value, frozen=True, kw_only=True):
    """One step."""

    name: str
    """Its name, also that of its help text."""
    title: str
    """Its title in the jump dialog."""
    short: str
    """Its word in the progress bar, at most 6 characters."""
    section: str = ""
    """The section of the answers that it edits; empty for none."""
    screen: str
    """Module and class of its screen, ``module:Class``; imported when it is first shown."""


class StepTable(Value, frozen=True):
    """Steps in their order: the first shows the host, the last reviews the plan."""

    rows: tuple[StepRow, ...]

    @property
    def first(self) -> StepRow:
        """The step that the wizard starts at."""
        return self.rows[0]

    @property
    def last(self) -> StepRow:
        """The step that applies the plan."""
        return self.rows[-1]

    @property
    def sections(self) -> tuple[str, ...]:
        """The sections of the answers that steps edit."""
        return tuple(row.section for row in self.rows if row.section)

    def named(self, name: str) -> StepRow:
        """Return the step with a name."""
        return self.rows[self._place(name)]

    def after(self, name: str) -> StepRow:
        """Return the next step; the last stays."""
        return self.rows[min(self._place(name) + 1, len(self.rows) - 1)]

    def before(self, name: str) -> StepRow:
        """Return the step before; the first stays."""
        return self.rows[max(self._place(name) - 1, 0)]

    def key(self, name: str) -> str:
        """Return the key of a step."""
        return KEYS[self._place(name)]

    def by_key(self, key: str) -> StepRow | None:
        """Return the step with a key; ``None`` when there is none."""
        place = KEYS.find(key) if len(key) == 1 else -1
        return self.rows[place] if 0 <= place < len(self.rows) else None

    def by_section(self, section: str) -> StepRow | None:
        """Return the step that a finding or problem names, by its section or name; ``None`` when there is none."""
        return next((row for row in self.rows if section and section in {row.section, row.name}), None)

    def _place(self, name: str) -> int:
        return next(place for place, row in enumerate(self.rows) if row.name == name)


STEPS: Final = StepTable(
    (
        StepRow(name="host", title="Host", short="Host", screen="screens.steps.host:HostStep"),
        StepRow(
            name="network",
            title="Network and exposure",
            short="Net",
            section="network",
            screen="screens.steps.network:NetworkStep",
        ),
        StepRow(
            name="memory",
            title="Memory and eviction",
            short="Mem",
            section="memory",
            screen="screens.steps.memory:MemoryStep",
        ),
        StepRow(
            name="users", title="Users and access", short="Users", section="acl", screen="screens.steps.users:UsersStep"
        ),
        StepRow(
            name="commands",
            title="Dangerous commands",
            short="Cmds",
            section="commands",
            screen="screens.steps.commands:CommandsStep",
        ),
        StepRow(
            name="tls", title="TLS and certificates", short="TLS", section="tls", screen="screens.steps.tls:TlsStep"
        ),
        StepRow(
            name="kernel",
            title="Kernel and service",
            short="Kernel",
            section="kernel",
            screen="screens.steps.kernel:KernelStep",
        ),
        StepRow(
            name="persistence",
            title="Persistence",
            short="Disk",
            section="persistence",
            screen="screens.steps.persistence:PersistenceStep",
        ),
        StepRow(
            name="audit",
            title="Audit and limits",
            short="Audit",
            section="audit",
            screen="screens.steps.audit:AuditStep",
        ),
        StepRow(name="review", title="Review", short="Review", screen="screens.steps.review:ReviewStep"),
    )
)
"""The steps of the product."""
