"""The value of each directive, in force and at the next start.

This is the one reader of the value of a directive (decision 30).
"""

from collections.abc import Mapping, Sequence

from wizard.config.command_line import CommandLine, command_line_of
from wizard.config.defaults import default_of
from wizard.formats.redisconf.directives import canonical, find
from wizard.formats.redisconf.values import limits_by_class
from wizard.model.facts.configuration import ConfigFacts, ConfigLine
from wizard.model.facts.instance import Instance
from wizard.model.facts.live import LiveServer
from wizard.model.facts.service import Unit
from wizard.model.facts.unreadable import Unreadable


class ResolvedConfig:
    """The configuration of one server.

    Args:
        live: ``CONFIG GET *``, ``None`` where the server does not run or did not answer.
        lines: Of its files in the order they are read, ``None`` where they could not be read.
        command_line: Its options are lines behind those of the files.
    """

    def __init__(
        self,
        *,
        live: Mapping[str, str] | None = None,
        lines: Sequence[ConfigLine] | None,
        command_line: CommandLine | None = None,
    ) -> None:
        self._in_force = {canonical(each): value for each, value in (live or {}).items()}
        self.lines = tuple(lines or ())
        self.readable = lines is not None
        """The files could be read."""
        self._command_line = command_line or CommandLine(known={}, unknown={})
        self._by_name: dict[str, list[ConfigLine]] = {}
        for line in self.lines:
            self._by_name.setdefault(canonical(line.name), []).append(line)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self.lines)} lines)"

    @classmethod
    def from_facts(
        cls,
        config: ConfigFacts | Unreadable,
        live: LiveServer | Unreadable | None = None,
        unit: Unit | None = None,
        arguments: Sequence[str] = (),
    ) -> "ResolvedConfig":
        """Return the configuration of a server as it was read; `arguments` are those of its process."""
        return cls(
            live=live.config if isinstance(live, LiveServer) else None,
            lines=None if isinstance(config, Unreadable) else config.lines,
            command_line=command_line_of(unit, arguments),
        )

    # --- the two questions -------------------------------------------------------------------

    def in_force(self, name: str) -> str | None:
        """Return the value in the running server; ``None`` where none runs or its values could not be read."""
        return self._in_force.get(canonical(name))

    @property
    def names_in_force(self) -> tuple[str, ...]:
        """Every directive that the running server told, by canonical name."""
        return tuple(self._in_force)

    def next_start(self, name: str) -> tuple[str, ...] | None:
        """Return the arguments that the next start reads; ``None`` where neither files nor unit set it."""
        options = self._command_line.known.get(canonical(name), ())
        return join_lines(name, [*(line.arguments for line in self.lines_of(name)), *options])

    def after_start(self, name: str, default: str | None = None) -> str:
        """Return `next_start` as one text; where nothing sets it, `default` or the server's own."""
        found = self.next_start(name)
        if found is None:
            return default_of(name) if default is None else default
        return " ".join(found)

    def value(self, name: str, default: str | None = None) -> str:
        """Return the value in force; where it cannot be read, the one `after_start`."""
        now = self.in_force(name)
        return self.after_start(name, default) if now is None else now

    @property
    def binds_nothing(self) -> bool:
        """Return whether the next start opens no TCP port, whatever its ports are.

        Source:
            redis ``src/server.c``, ``listenToPort()``: ``bind ""`` (measured on 7.4 and later; 6.2 does not start).
        """
        return self.next_start("bind") == ("",)

    # --- where it comes from -----------------------------------------------------------------

    def lines_of(self, name: str) -> tuple[ConfigLine, ...]:
        """Return every line of a directive in the files, under any of its names, in the order they are read."""
        return tuple(self._by_name.get(canonical(name), ()))

    def override(self, name: str) -> str | None:
        """Return what the command line says of a directive, which wins over the files; ``None`` where it is silent."""
        said = self._command_line.unknown | self._command_line.known
        joined = join_lines(name, said.get(canonical(name), ()))
        return None if joined is None else " ".join(joined)

    def options_of(self, name: str) -> tuple[tuple[str, ...], ...]:
        """Return the arguments of each option of the command line that the next start has, in their order."""
        return self._command_line.known.get(canonical(name), ())

    def is_uncertain(self, name: str) -> bool:
        """Return whether the command line sets it to a value that is not known to be that of the next start."""
        return canonical(name) in self._command_line.unknown

    @property
    def values(self) -> Mapping[str, tuple[str, ...]]:
        """`next_start` of every directive that is set, by canonical name."""
        found = {name: self.next_start(name) for name in (*self._by_name, *self._command_line.known)}
        return {name: arguments for name, arguments in found.items() if arguments is not None}


def configuration_of(instance: Instance) -> ResolvedConfig:
    """Return the configuration of a server as the facts have it."""
    arguments = instance.process.arguments if instance.process else ()
    return ResolvedConfig.from_facts(instance.config, instance.live, instance.unit, arguments)


def join_lines(name: str, given: Sequence[tuple[str, ...]]) -> tuple[str, ...] | None:
    """Return the arguments that a server has after reading these lines of one directive; ``None`` without a line.

    The last line wins. Of directives that repeat, ``save`` and others add up, an empty ``save`` clears those before
    it, and ``client-output-buffer-limit`` sets each class of clients by itself.
    """
    if not given:
        return None
    directive = find(name)
    if directive is None or not directive.repeatable:
        return given[-1]
    if canonical(name) == "client-output-buffer-limit":
        classes = limits_by_class(default_of(name).split())
        for arguments in given:
            classes |= limits_by_class(arguments)
        return tuple(word for limits in classes.values() for word in limits)
    joined: tuple[str, ...] = ()
    for arguments in given:
        joined = () if canonical(name) == "save" and arguments == ("",) else (*joined, *arguments)
    return joined
