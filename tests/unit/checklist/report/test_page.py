"""The page of an item."""

from wizard.checklist import ITEMS_BY_ID
from wizard.checklist.report.page import render


def test_says_rule_severity_fix_and_source() -> None:
    text = render([ITEMS_BY_ID["8"]])
    assert text.startswith("8  Default user is off\nrule      The default user is disabled: ACL SETUSER default off.\n")
    assert "\nseverity  high\n" in text
    assert "[step acl]" in text
    assert "\nsource    Chapter 9, item 8, corrected" in text


def test_pages_are_apart_and_keep_to_the_width() -> None:
    text = render(ITEMS_BY_ID.values(), width=60)
    assert text.count("\n\n") == len(ITEMS_BY_ID) - 1
    assert all(len(line) <= 60 for line in text.split("\n"))
