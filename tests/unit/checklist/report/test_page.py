"""The page of an item."""

from datetime import date

from tests.support.facts_builder import pristine_host
from wizard.checklist import ITEMS_BY_ID, check
from wizard.checklist.report.page import HEADINGS, page_of, render

REPORT = check(pristine_host(), today=date(2026, 5, 4))
FOUND = {each.id: each for each in (*REPORT.items, *REPORT.extra)}


def test_says_the_verdict_of_this_host_with_its_evidence_and_fix() -> None:
    text = render([ITEMS_BY_ID["8"]], FOUND)
    assert text.startswith('8  Default user is off\n[FAIL] User "default" can log in.\n  - user default: on ')
    assert "\n  > Write `user default off` into the ACL file" in text
    assert "[step acl]" in text


def test_says_rule_severity_and_source_without_a_look_at_a_host() -> None:
    text = render([ITEMS_BY_ID["8"]], {}, doubt="the host has several servers")
    assert text.startswith("8  Default user is off\nNot judged: the host has several servers.\n")
    assert "\nrule      The default user is disabled: ACL SETUSER default off.\n" in text
    assert "\nseverity  high\n" in text
    assert "\nsource    Chapter 9, item 8, corrected" in text


def test_explains_in_four_parts() -> None:
    text = render([ITEMS_BY_ID["8"]], FOUND)
    places = [text.index(f"\n\n{heading}\n- ") for heading in HEADINGS]
    assert places == sorted(places)
    assert "\n- Connections that are open as default keep all rights" in text
    assert "\n  (" not in page_of("8"), "a statement is one line, which the reader's width breaks"


def test_pages_are_apart_and_keep_to_the_width() -> None:
    text = render(ITEMS_BY_ID.values(), FOUND, width=60)
    assert all(f"\n\n{each.id}  {each.title}\n" in text for each in list(ITEMS_BY_ID.values())[1:])
    assert all(len(line) <= 60 for line in text.split("\n"))
