"""What another administrator did to a user stays; what a change did goes with it."""

import pytest

from wizard.acl.merge import MergeOutcome, merge
from wizard.acl.user import User, parse_line, render

A, B, C = ("#" + letter * 64 for letter in "abc")


def user(text: str) -> User | None:
    return parse_line(f"user u {text}") if text else None


@pytest.mark.parametrize(
    ("before", "made", "now", "after", "outcome"),
    [
        ("", "", "", "", MergeOutcome.NONE),
        ("", f"on {A} ~* +@all", f"on {A} ~* +@all", "", MergeOutcome.NONE),
        (f"on {A} +get", f"on {A} +set", f"on {A} +set", f"on {A} +get", MergeOutcome.NONE),
        (f"on {A} +get", f"on {A} +set", f"on {A} +get", f"on {A} +get", MergeOutcome.NONE),
        ("", "", f"on {B} +get", f"on {B} +get", MergeOutcome.ADDED),
        (f"on {A} +get", f"on {A} +get", f"on {B} +get", f"on {B} +get", MergeOutcome.CHANGED),
        (f"on {A} +get", f"on {A} +get", "", "", MergeOutcome.REMOVED),
        (f"on {A} +get", f"on {A} +set", "", "", MergeOutcome.REMOVED),
        ("", f"on {A} +get", "", "", MergeOutcome.NONE),
        # A new password of a user whose rules the change narrowed.
        (f"on {A} +get", f"on {A} +set", f"on {B} +set", f"on {B} +get", MergeOutcome.CHANGED),
        (f"on {A} +get", f"on {B} +set", f"on {B} {C} +set", f"on {A} {C} +get", MergeOutcome.CHANGED),
        # Rules that were added behind those of the change.
        (f"on {A} ~* +get", f"on {A} ~* -@all +set", f"on {A} ~* -@all +set +info", f"on {A} ~* +get +info",
         MergeOutcome.CHANGED),
        (f"on {A} ~a +get", f"on {A} ~b +set", f"on {A} ~c +set", f"on {A} ~a ~c +get", MergeOutcome.CHANGED),
        (f"on {A} ~* +get", f"on {A} ~b +set", f"on {A} ~b ~c +set", f"on {A} ~* +get", MergeOutcome.NONE),
        (f"on {A} &a +get", f"on {A} +set", f"on {A} &c +set", f"on {A} &a &c +get", MergeOutcome.CHANGED),
        (f"on {A} ~a +get", f"on {A} ~b +set", f"on {A} ~b +del", f"on {A} ~a +get", MergeOutcome.PARTLY),
        # Turned off by another administrator, while the change had other rules for it.
        (f"on {A} +get", f"on {A} +set", f"off {A} +set", f"off {A} +get", MergeOutcome.CHANGED),
        # requirepass, set while the change has the default user off.
        ("on nopass ~* +@all", "off ~* +@all", f"off {A} ~* +@all", f"on {A} ~* +@all", MergeOutcome.CHANGED),
        # Nothing of a user that the change created may stay: neither its rules nor its password.
        ("", f"on {A} ~* +@all", f"on {A} {B} ~* +@all", "", MergeOutcome.DROPPED),
        ("", f"on {A} ~* +@all", f"on {B} ~* +@all", "", MergeOutcome.DROPPED),
        ("", f"on {A} ~a +get", f"on {A} ~a +get +info", "", MergeOutcome.DROPPED),
        ("", f"on {A} ~a +get", f"on {B} ~b +set", f"on {B} ~b +set", MergeOutcome.ADDED),
        # The change removed it, another administrator made it again.
        (f"on {A} +get", "", f"on {B} +set", f"on {B} +set", MergeOutcome.CHANGED),
    ],
)  # fmt: skip
def test_each_part_goes_back_to_whom_it_is_from(
    before: str, made: str, now: str, after: str, outcome: MergeOutcome
) -> None:
    merged = merge(user(before), user(made), user(now))
    wanted = user(after)
    assert (render(merged.user) if merged.user else "") == (render(wanted) if wanted else "")
    assert merged.outcome is outcome
