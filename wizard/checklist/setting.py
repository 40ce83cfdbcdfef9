"""One directive in the two places that count: in effect, and after the next start.

The next restart loses a value that is only live; one that is only in the file is not in effect. A check passes when
both are good.
"""

from collections.abc import Callable

from wizard.checklist.context import CheckContext
from wizard.checklist.result import Judgement, all_of, failed, observed, passed
from wizard.config import ResolvedConfig
from wizard.model.finding import Evidence
from wizard.model.value import Value

LIVE = "live server"


class SettingState(Value, frozen=True, kw_only=True):
    """A directive in effect and at the next start; ``None`` where it could not be read."""

    name: str
    live: str | None
    file: str | None
    file_source: str
    """``path:line``, the command line, or the path and that the default applies."""

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """The values that were read, and from where."""
        found = []
        if self.live is not None:
            found.append(observed(self.name, LIVE, _shown(self.live)))
        if self.file is not None:
            found.append(observed(self.name, self.file_source, _shown(self.file)))
        return tuple(found)


def setting(subject: CheckContext, name: str) -> SettingState:
    """Read a directive in both places; aliases count as the same name."""
    return resolved_setting(subject, subject.configuration, name)


def resolved_setting(subject: CheckContext, configuration: ResolvedConfig, name: str) -> SettingState:
    """Read a directive in both places of one configuration."""
    value, source = _after_start(subject, configuration, name)
    return SettingState(name=name, live=configuration.in_force(name), file=value, file_source=source)


def seen_in(subject: CheckContext) -> str:
    """Return where values were seen, as the end of a sentence."""
    return "live and in the file" if subject.running else "in the file; the server does not run"


def judge(subject: CheckContext, name: str, good: Callable[[str], bool], *, wanted: str) -> Judgement:
    """Judge a directive in both places.

    Args:
        subject: What is known.
        name: The directive.
        good: Whether a value is as it should be.
        wanted: The good value in words, for example ``between 1 and 5000``.
    """
    found = setting(subject, name)
    if found.live is None or found.file is None:
        parts = (_in_force(subject, found, good, wanted), _kept(subject, found, good, wanted))
        return all_of(parts, summary=_both(found))
    live, file = _shown(found.live), _shown(found.file)
    match good(found.live), good(found.file):
        case True, True:
            return passed(_both(found), *found.evidence)
        case True, False:
            return failed(f"The next restart changes {name} from {live} to {file}.", *found.evidence)
        case False, True:
            return failed(f"{name} is {file} in the file, but {live} in the running server.", *found.evidence)
        case _:
            shown = " and ".join(dict.fromkeys((live, file)))
            return failed(f"{name} is {shown}, live and in the file; it must be {wanted}.", *found.evidence)


def _both(found: SettingState) -> str:
    return f"{found.name} is {_shown(found.live if found.live is not None else found.file or '')}."


def _in_force(subject: CheckContext, found: SettingState, good: Callable[[str], bool], wanted: str) -> Judgement:
    """Judge the value in effect; without a running server there is none."""
    if found.live is not None:
        evidence = observed(found.name, LIVE, _shown(found.live))
        if good(found.live):
            return passed("", evidence)
        return failed(f"{found.name} is {_shown(found.live)} in the running server; it must be {wanted}.", evidence)
    if not subject.running:
        # Nothing is in effect; the file decides alone, and only it can pass.
        return _kept(subject, found, good, wanted)
    return subject.cannot_ask("CONFIG GET")


def _kept(subject: CheckContext, found: SettingState, good: Callable[[str], bool], wanted: str) -> Judgement:
    """Judge what the next start gives."""
    if found.file is None:
        return subject.cannot_read_file()
    evidence = observed(found.name, found.file_source, _shown(found.file))
    if good(found.file):
        return passed("", evidence)
    return failed(f"{found.name} is {_shown(found.file)} in the file; it must be {wanted}.", evidence)


def _after_start(subject: CheckContext, configuration: ResolvedConfig, name: str) -> tuple[str | None, str]:
    """Return value and place after the next start: command line, else the last line, else the default."""
    said = configuration.override(name)
    if said is not None:
        known = subject.file and not configuration.is_uncertain(name)
        return configuration.after_start(name) if known else said, "command line of the service"
    if not subject.file:
        return None, ""
    lines = configuration.lines_of(name)
    unset = f"{subject.file.main}, not set: default"
    return configuration.after_start(name), f"{lines[-1].path}:{lines[-1].line}" if lines else unset


def _shown(value: str) -> str:
    """Show an empty value as such."""
    return value or '""'
