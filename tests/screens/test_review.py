"""The review: filters, what leaving out costs, the diff beside or below, and a plan of thousands of changes."""

from collections import Counter
from pathlib import PurePosixPath
from typing import Any

import pytest

from screens.dialogs.confirm import ConfirmDialog
from screens.engine import Detection
from screens.steps.review import ReviewStep
from screens.text import changes as change_text
from screens.text import leaving_out
from screens.text.confirmation import PasswordDelivery
from screens.views.done import DoneScreen
from screens.widgets.diff import DiffView
from screens.widgets.table import Rows
from tests.screens.test_apply import to_review
from tests.screens.test_pure import tls_plan
from tests.support.fake_engine import APPLIED, RECOMMENDED, FakeEngine, directive, plan, report
from tests.support.screen import ready, screen_text, until, wizard
from wizard.model.answers import Answers
from wizard.model.change import Change
from wizard.model.exposure import Exposure, OpenEndpoint, Opening
from wizard.model.plan import FileDiff, Plan
from wizard.model.value import replace

MANY = 5000


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_filters_by_risk_restart_and_file(size: tuple[int, int]) -> None:
    async with wizard().run_test(size=size) as pilot:
        app = await to_review(pilot)
        await pilot.press("w")
        await until(pilot, lambda: "w: redis.conf" in screen_text(app))
        assert "Makes the host safer: 3 changes" in screen_text(app)
        assert "Restart redis-server" not in screen_text(app)
        await pilot.press("f")
        await until(pilot, lambda: "f: risky · w: redis.conf" in screen_text(app))
        await pilot.press("w")
        await until(pilot, lambda: "w: redis-serve" in screen_text(app))
        assert "Restart redis-server" in screen_text(app)
        await pilot.press("w", "f", "f")
        await until(pilot, lambda: "f: all" in screen_text(app) and "w:" not in screen_text(app))


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_what_leaving_out_costs_is_said_before_and_after(size: tuple[int, int]) -> None:
    async with wizard().run_test(size=size) as pilot:
        app = await to_review(pilot)
        await pilot.press("slash", *"maxmemory:", "enter", "escape")
        await until(pilot, lambda: "Without it stays open: item 17 Item 17" in screen_text(app))
        await pilot.press("space")
        await until(pilot, lambda: "[warn] 1 change left out: item 17 stays open" in screen_text(app))
        await pilot.press("u")
        await until(pilot, lambda: "left out" not in screen_text(app).replace("leave out", ""))


async def test_the_diff_stands_beside_the_list_where_there_is_room() -> None:
    async with wizard().run_test(size=(120, 40)) as pilot:
        app = await to_review(pilot)
        rows, diff = app.screen.query_one(Rows), app.screen.query_one(DiffView)
        await until(pilot, lambda: rows.region.right <= diff.region.x and diff.region.height > 20)
        assert "where" not in screen_text(app)
        await pilot.resize_terminal(80, 24)
        await until(pilot, lambda: rows.region.bottom <= diff.region.y and "where" in screen_text(app))


async def test_the_first_row_of_the_diff_names_the_file_and_a_change_in_no_file_has_its_own() -> None:
    async with wizard().run_test(size=(80, 24)) as pilot:
        app = await to_review(pilot)
        rows, diff = app.screen.query_one(Rows), app.screen.query_one(DiffView)

        def shown(change: str) -> list[str]:
            rows.go_to(change)
            return ["".join(part.text for part in diff.render_line(y)).rstrip("─ ") for y in range(6)]

        await until(pilot, lambda: shown("directive:maxmemory")[0] == "─── /etc/redis/redis.conf  +1 -1")
        await until(pilot, lambda: "+maxmemory 19gb" in shown("directive:maxmemory"))
        await until(pilot, lambda: shown("restart")[0] == "─── redis-server.service")
        assert shown("restart")[1] == " Restart redis-server"
        await pilot.press("right_curly_bracket")
        await until(pilot, lambda: "/etc/redis/" in "".join(part.text for part in diff.render_line(0)))


async def test_the_heading_of_a_group_says_what_it_means_and_a_low_window_has_room_for_changes() -> None:
    async with wizard(OpenEngine()).run_test(size=(80, 24)) as pilot:
        app = await to_review(pilot)
        await pilot.press("up")
        await until(pilot, lambda: "May disconnect clients. Connections close once" in screen_text(app))
        await pilot.resize_terminal(60, 16)
        await until(pilot, lambda: screen_text(app).count("[x]") >= 2)
        assert "[warn] Still open without a password" in screen_text(app)
        assert "b: how to close" in screen_text(app)


async def test_the_question_repeats_the_plan() -> None:
    async with wizard().run_test(size=(80, 24)) as pilot:
        app = await to_review(pilot)
        await pilot.press("f8")
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
        assert "Who loses what: 1 impact" in screen_text(app)
        assert "10.0.4.30, user default: its login" in screen_text(app)
        assert "May disconnect clients: 1 change" in screen_text(app)
        await pilot.press("pagedown")
        await until(pilot, lambda: "user admin" in screen_text(app))
        assert "[ Apply to db1 ]" in screen_text(app)


class Large(FakeEngine):
    def plan(self, *given: Any) -> Plan:
        made, conf = super().plan(*given), PurePosixPath("/etc/redis/redis.conf")
        every: list[Change] = [directive(conf, f"option-{number}", "0", "1") for number in range(MANY)]
        more = tuple(change for change in every if change.id not in given[-1])
        text = "@@ -1 +1 @@\n" + "".join(f"-option-{n} 0\n+option-{n} 1\n" for n in range(MANY))
        large = FileDiff(path=conf, text=text, added=MANY, removed=MANY)
        return replace(made, changes=(*made.changes, *more), diffs=(*made.diffs, large))


async def test_thousands_of_changes_cost_what_a_few_do(monkeypatch: pytest.MonkeyPatch) -> None:
    work: Counter[str] = Counter()

    def counting(owner: object, name: str) -> None:
        real = getattr(owner, name)

        def counted(*given: Any, **named: Any) -> Any:
            work[name] += 1
            return real(*given, **named)

        monkeypatch.setattr(owner, name, counted)

    counting(change_text, "line")
    counting(Rows, "add_row")
    counting(Rows, "update_cell_at")
    counting(DiffView, "render_line")
    async with wizard(Large()).run_test(size=(80, 24)) as pilot:
        app = await to_review(pilot)
        rows = app.screen.query_one(Rows)
        assert work["add_row"] > MANY
        work.clear()
        await pilot.press(*["down"] * 5, "pagedown", "end", "up")
        await pilot.pause()
        assert work["line"] == work["add_row"] == work["update_cell_at"] == 0
        assert work["render_line"] <= 8 * 24
        here = rows.current
        await pilot.press("space")
        await until(pilot, lambda: "1 change left out" in screen_text(app) and app.session.planned)
        assert rows.current == here
        assert (work["line"], work["add_row"]) == (0, 0)
        assert work["update_cell_at"] <= 2, "the box of the one change"
        assert isinstance(app.screen, ReviewStep)


def test_only_items_that_are_open_cost_something() -> None:
    found = report("db1")
    maxmemory, *_, restart = plan(RECOMMENDED).changes
    assert leaving_out.open_items((maxmemory, restart), found) == ("17 Item 17",)
    passing = replace(maxmemory, items=(1, 2))
    assert leaving_out.cost_of(passing, found) == ""
    assert leaving_out.summary((passing,), (), found) == "1 change left out: no item of the checklist is affected"
    assert leaving_out.summary((passing,), {passing.id}, found) == ""


OPEN = Exposure(
    open=tuple(OpenEndpoint(endpoint=f"10.0.4.{place}:6379") for place in range(12)),
    kept_for=("10.0.4.21 (5 connections, orders-api, redis-py 5.0, user default)",),
    close="let each client log in as a user of its own, then run redis-wizard apply again",
    plaintext=Opening(names=("10.0.4.7:6379",), close="move these clients to port 6380 with TLS"),
)


class OpenEngine(FakeEngine):
    """Its plans leave something open."""

    def plan(self, detection: Detection, answers: Answers, instance: str, left_out: frozenset[str]) -> Plan:
        """Give the plan, with what stays open."""
        return replace(super().plan(detection, answers, instance, left_out), exposure=OPEN)


async def test_what_stays_open_leaves_room_for_changes_and_diff_and_b_says_how_to_close_it() -> None:
    async with wizard(OpenEngine()).run_test(size=(80, 24)) as pilot:
        app = await to_review(pilot)
        rows = screen_text(app).splitlines()
        assert rows[3].startswith(" [warn] Still open without a password: 10.0.4.0:6379, 10.0.4.1:6379")
        assert rows[4] == " [warn] Still open without TLS: 10.0.4.7:6379 · b: how to close"
        assert sum("[x]" in row for row in rows) >= 2
        assert any(row.startswith(" ───") for row in rows)
        await pilot.press("b")
        await until(pilot, lambda: "let each client log in as a user of its own" in " ".join(screen_text(app).split()))


async def test_a_tall_window_has_every_sentence_on_what_stays_open() -> None:
    async with wizard(OpenEngine()).run_test(size=(120, 45)) as pilot:
        app = await to_review(pilot)
        assert "To close: let each client log in" in screen_text(app)


async def test_the_last_screen_has_room_for_what_stays_open_and_for_the_whole_snippet() -> None:
    delivery = PasswordDelivery(users=("admin", "app"), done=True, written_to="/root/redis-passwords.toml")
    async with wizard().run_test(size=(80, 24)) as pilot:
        app = await ready(pilot)
        outcome = replace(APPLIED, exposure=OPEN)
        app.push_screen(DoneScreen(app.session, tls_plan(), outcome, delivery=delivery, before=report("db1")))
        await until(pilot, lambda: "ssl_keyfile=" in screen_text(app))
        assert "[warn] Still open without a password" in screen_text(app)
        assert "  1. " in screen_text(app)
        assert "env\n" in screen_text(app)
