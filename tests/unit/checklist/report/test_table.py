"""The report as text for a terminal of 80 columns."""

from datetime import date

from tests.support.facts_builder import hardened_host, pristine_host
from wizard.checklist.registry import check
from wizard.checklist.report.table import render
from wizard.model.answers import Attestation

TODAY = date(2026, 5, 4)


def test_every_line_fits_and_is_plain() -> None:
    for facts in (hardened_host(), pristine_host()):
        text = render(check(facts, today=TODAY))
        assert all(len(line) <= 80 for line in text.split("\n"))
        assert "\x1b" not in text
        assert text.endswith("\n")


def test_states_are_told_in_words_of_six_characters() -> None:
    text = render(check(pristine_host(), today=TODAY))
    words = [Attestation(item=23, by="olga", on="2026-05-01", note="restored into a spare host")]
    assert "[FAIL]   6 Authentication is required" in text
    assert "[warn]  18 Idle connections are closed" in text
    assert "[ ok ]   1 Only private addresses are bound" in text
    assert "[ -- ]   2 The firewall limits the Redis ports" in text
    assert "[ ?? ]  23 A restore is tested every quarter" in text
    assert "[man ]  23 A restore" in render(check(pristine_host(), attestations=words, today=TODAY))


def test_shows_score_totals_and_sections() -> None:
    text = render(check(hardened_host(), today=TODAY))
    assert "score 85 %  (18 pass, 3 unknown, 4 n/a)" in text
    assert "\nTransport Security\n------------------\n" in text
    assert "\nBeyond the 25 items\n" in text


def test_evidence_is_shown_unless_brief() -> None:
    report = check(hardened_host(), today=TODAY)
    assert "- timeout: 300  (live server)" in render(report)
    assert "- timeout" not in render(report, brief=True)


def test_a_narrow_terminal_is_respected() -> None:
    assert all(len(line) <= 60 for line in render(check(pristine_host(), today=TODAY), width=60).split("\n"))
