"""The report in one look."""

import re
from datetime import date
from itertools import pairwise

import pytest

from tests.support.facts_builder import hardened_host, pristine_host
from wizard.checklist.registry import check
from wizard.checklist.report.brief import render
from wizard.model.exposure import Exposure, OpenEndpoint, Opening, close_logins, close_plaintext
from wizard.model.finding import Evidence, Finding, Report, Severity, State
from wizard.model.value import replace

TODAY = date(2026, 5, 4)
STOCK = check(pristine_host(), today=TODAY)
HARDENED = check(hardened_host(), today=TODAY)
OPEN = Exposure(open=(OpenEndpoint(endpoint="127.0.0.1:6379"),), close="do this")


def finding(item_id: str, state: State, severity: Severity = Severity.HIGH, **fields: object) -> Finding:
    plain = Finding(id=item_id, number=0, title="t", state=state, severity=severity, summary=f"{item_id} is so.")
    return replace(plain, **fields)


def report(*findings: Finding) -> Report:
    return Report(host="db1", instance="redis", taken_at="now", score=5, items=findings, extra=())


CLIENT = "127.0.0.1 (1 connection, orders-api, user default)"
ALL_OPEN = Exposure(
    guessable=("shop",),
    guessable_for=(CLIENT,),
    default_login=Opening(
        names=("default",), used_by=(CLIENT,), close=close_logins(["default"], clients=True, unlisted=False, group="")
    ),
    plaintext=Opening(
        names=("127.0.0.1:6379", "[::1]:6379"),
        used_by=(CLIENT,),
        close=close_plaintext("", clients=True, unlisted=False, group=""),
    ),
)


@pytest.mark.parametrize("found", [STOCK, HARDENED, replace(STOCK, exposure=OPEN), replace(STOCK, exposure=ALL_OPEN)])
@pytest.mark.parametrize("width", [80, 120])
def test_fits_a_terminal_with_its_prompt(found: Report, width: int) -> None:
    lines = render(found, width=width).splitlines()
    assert len(lines) < 24
    assert max(map(len, lines)) <= width


def test_what_stays_open_comes_first_then_failures_then_the_unknown_then_the_score() -> None:
    text = render(replace(STOCK, exposure=OPEN))
    first = "Still open: 127.0.0.1:6379 accepts commands without a password. To close: do\n  this.\n"
    assert text.startswith(f"{first}\nFailed: 15 items\n")
    parts = [text.index(word) for word in ("Still open", "Failed:", "Not known:", "Score 5 %", "Next ")]
    assert parts == sorted(parts)


def test_failures_are_one_line_each_by_severity() -> None:
    rows = re.findall(r"^  (critical|high|medium|low) +(\S+)  \S", render(STOCK, height=60), re.MULTILINE)
    severities = [severity for severity, _ in rows]
    assert severities == sorted(severities, key=list(Severity).index)
    assert {item for _, item in rows} == {each.id for each in STOCK.items if each.state is State.FAIL}


def test_failures_without_room_are_named_by_their_ids() -> None:
    text = render(STOCK)
    rows = re.findall(r"^  (?:critical|high|medium|low) +(\S+)  ", text, re.MULTILINE)
    more = re.search(r"^  (\d+) more: (.+)$", text, re.MULTILINE)
    assert more
    rest = re.findall(r"\b\d+\b", more[2])
    assert int(more[1]) == len(rest)
    assert {*rows, *rest} == {each.id for each in STOCK.items if each.state is State.FAIL}
    assert "more:" not in render(STOCK, height=60)


def test_file_and_line_of_the_directive_stand_beside_it() -> None:
    text = render(STOCK, width=120, height=60)
    assert re.search(r" 21  appendonly is no, .* /etc/redis/redis\.conf:\d+$", text, re.MULTILINE)
    assert re.search(r" 17  maxmemory is 0, .* /etc/redis/redis\.conf: not set$", text, re.MULTILINE)
    assert re.search(r" 21  appendonly is no, .* redis\.conf:\d+$", render(STOCK, height=60), re.MULTILINE)


def test_a_wider_terminal_cuts_less_and_a_wide_one_nothing() -> None:
    cuts = [render(STOCK, width=width, height=60).count("…\n") for width in (60, 80, 120, 400)]
    assert all(narrow >= wide for narrow, wide in pairwise(cuts))
    assert cuts[0] > 0
    assert "…" not in render(replace(STOCK, items=STOCK.items[:13]), width=400, height=60)


def test_what_is_not_known_says_why_and_what_decides_it() -> None:
    login = "Check again with --user NAME."
    refused = [
        finding(item, State.UNKNOWN, summary=f"{what} could not be read: NOAUTH Authentication required.", fix=login)
        for item, what in (("6", "ACL LIST"), ("18", "CONFIG GET"))
    ]
    text = render(report(*refused, finding("2", State.UNKNOWN, summary="No rules.", fix="Look.")))
    assert "Not known: 3 items\n" in text
    assert "\n  6   ACL LIST could not be read: NOAUTH Authentication required.\n  18  CONFIG GET could not" in text
    assert "\n  >   Check again with --user NAME.\n  2   No rules.\n  >   Look.\n" in text


def test_many_items_of_one_remedy_share_their_reason() -> None:
    login = "Check again with --user NAME (a user that may run INFO)."
    refused = [
        finding(str(number), State.UNKNOWN, summary=f"V{number} could not be read: NOAUTH.", fix=login)
        for number in range(1, 9)
    ]
    text = render(report(*refused))
    assert "\n  1, 2, 3, 4, 5, 6, 7, 8: … could not be read: NOAUTH. Check again with --user\n  NAME (a" in text


def test_the_login_that_decides_most_is_named_where_failures_need_the_room() -> None:
    login = "Check again with --user NAME --password-file FILE (a user that may run CONFIG GET, ACL LIST)."
    refused = [
        finding(f"Xmatter{number}", State.UNKNOWN, summary=f"Reason {number}.", fix=login) for number in range(1, 6)
    ]
    text = render(replace(STOCK, exposure=OPEN, extra=tuple(refused)))
    assert len(text.splitlines()) < 24
    assert "Check again with --user NAME --password-file FILE" in " ".join(text.split())


def test_no_failure_is_not_said_without_what_is_not_known() -> None:
    assert render(report(finding("9", State.UNKNOWN))).startswith("No item failed; 1 not known.\n")
    assert render(report(finding("9", State.PASS))).startswith("No item failed.\n")


def test_attested_items_are_one_matter() -> None:
    assert "22, 23, 24: A host cannot prove that … Check and attest it" in render(STOCK)
    assert render(HARDENED).count("attest it with redis-wizard attest") == 1


def test_says_what_was_looked_at_and_as_whom() -> None:
    assert "\nredis-server on db1: Redis 8.0.2, standalone, checked as root, login default\n" in render(STOCK)


def test_the_next_commands_name_the_worst_item() -> None:
    assert "Next  redis-wizard plan " in render(STOCK)
    assert "redis-wizard check 6 " in render(STOCK)
    assert "redis-wizard check 14 " in render(HARDENED)
    assert "plan" not in render(HARDENED)


def test_no_next_command_is_named_where_only_the_result_is_wanted() -> None:
    assert "Next  redis-wizard plan" in render(STOCK)
    result = render(STOCK, hints=False)
    assert "redis-wizard check" not in result
    assert result.endswith("checked as root, login default\n")


def test_colours_are_shown_where_wanted_alone() -> None:
    assert "\x1b" not in render(STOCK)
    colored = render(STOCK, color=True)
    assert "\x1b[1;31mcritical\x1b[0m" in colored
    assert re.sub(r"\x1b\[[\d;]*m", "", colored).replace("✗ ", "  ") == render(STOCK)


def test_host_text_cannot_steer_the_terminal() -> None:
    evil = Evidence(what="w", source="/etc/\x1b[2J.conf:3", value="v")
    text = render(report(finding("1", State.FAIL, summary="a\x1b[2Jb\nc", evidence=(evil,))))
    assert "\x1b" not in text
    assert len(text.splitlines()) == len(render(report(finding("1", State.FAIL))).splitlines())
