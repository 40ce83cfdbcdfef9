"""A plan without some of its changes."""

from tests.support.plan_model import ids, planned, stock
from wizard.model.plan import Plan
from wizard.planning.edits.exclude import dependents, exclude


def left(*gone: str) -> tuple[Plan, Plan]:
    world = stock()
    whole = planned(world)
    return whole, exclude(whole, world.detect()[1], gone)


def test_one_change_goes_and_its_diff_with_it() -> None:
    whole, rest = left("directive:timeout")
    assert ids(whole) - ids(rest) == {"directive:timeout"}
    text = "".join(diff.text for diff in rest.diffs)
    assert "+timeout 300" not in text


def test_what_needs_it_goes_too() -> None:
    whole, rest = left("certificate:authority")
    gone = ids(whole) - ids(rest)
    assert {"certificate:server", "directive:tls-cert-file", "directive:tls-port", "directive:port"} <= gone
    assert set(dependents(whole, ["certificate:authority"])) == gone - {"certificate:authority"}


def test_the_restart_goes_when_nothing_needs_it() -> None:
    whole, _ = left()
    because = next(each.because for each in whole.changes if each.id == "restart")  # type: ignore[union-attr]
    _, rest = left(*because)
    assert "restart" not in ids(rest)


def test_leaving_out_the_administrator_keeps_the_default_user() -> None:
    _, rest = left("user:admin")
    assert "user:default" not in ids(rest)
    assert "directive:aclfile" not in ids(rest)


def test_unknown_ids_are_passed_over() -> None:
    whole, rest = left("directive:nosuch")
    assert whole == rest
