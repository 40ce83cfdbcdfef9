"""What changed between two reports of one server."""

from collections.abc import Iterator, Mapping

from wizard.checklist import current_id
from wizard.errors import InputError
from wizard.model.finding import Finding, Report, State
from wizard.model.text import counted, escape

_GOOD = {State.PASS, State.ATTESTED, State.NOT_APPLICABLE}
_ABSENT = "not judged"
_GROUPS = ("broken", "fixed", "changed")


def render_comparison(earlier: Report, now: Report) -> str:
    """Return the items that broke, were fixed or changed otherwise, a line each, and how many are the same.

    Broken: good before, a failure now. Fixed: a failure before, good now. What was or is not known is neither.

    Raises:
        InputError: the reports are of two servers.
    """
    if (earlier.host, earlier.instance) != (now.host, now.instance):
        raise InputError(
            f"the earlier report is of {_server(earlier)}, this one of {_server(now)}; compare reports of one server"
        )
    before = {current_id(each.id): each for each in (*earlier.items, *earlier.extra)}
    after = {current_id(each.id): each for each in (*now.items, *now.extra)}
    return "\n".join(_lines(earlier, now, before, after)) + "\n"


def _server(report: Report) -> str:
    return escape(f"{report.instance} on {report.host}" if report.host else f"{report.instance} of a directory tree")


def _lines(earlier: Report, now: Report, before: Mapping[str, Finding], after: Mapping[str, Finding]) -> Iterator[str]:
    groups: dict[str, list[str]] = {name: [] for name in (*_GROUPS, "same")}
    for name in dict.fromkeys((*after, *before)):
        old, new = before.get(name), after.get(name)
        title = (new or before[name]).title
        states = f"{old.state.value if old else _ABSENT} → {new.state.value if new else _ABSENT}"
        groups[_group(old, new)].append(f"{name:>2} {escape(title)}: {states}")
    same = counted(len(groups["same"]), "item")
    counts = ", ".join(f"{len(groups[name])} {name}" for name in _GROUPS)
    yield f"Since {escape(earlier.taken_at)}: {counts}, {same} the same. Score {earlier.score} % → {now.score} %"
    for name in _GROUPS:
        yield from (f"  {name:<8} {line}" for line in groups[name])


def _group(old: Finding | None, new: Finding | None) -> str:
    if old is None or new is None:
        return "changed"
    if old.state is new.state:
        return "same"
    if old.state in _GOOD and new.state is State.FAIL:
        return "broken"
    return "fixed" if old.state is State.FAIL and new.state in _GOOD else "changed"
