"""The last screen after a real apply: its score is that of a check with the new login, its snippets log in."""

import os
import shlex
import subprocess
import sys
from datetime import UTC, datetime
from typing import Any

import pytest
from textual.pilot import Pilot

from screens.dialogs.confirm import ConfirmDialog
from screens.dialogs.dialog import Dialog
from screens.dialogs.quick import QuickDialog
from screens.local_engine import LocalEngine
from screens.options import Options
from screens.text import snippet_kinds, snippets
from screens.views.apply import ApplyScreen
from screens.views.done import DoneScreen
from screens.wizard import WizardApp
from tests.support.screen import ready, screen_text, until
from wizard.checklist import check
from wizard.detect import collect_facts
from wizard.model.facts.live import LiveServer
from wizard.model.login import Login
from wizard.model.plan import Plan
from wizard.sandbox import SandboxHost

pytestmark = pytest.mark.server


async def apply_recommended(pilot: Pilot[Any], app: WizardApp) -> Plan:
    """Apply the recommended plan, take the passwords, confirm, come to the last screen, and give the plan."""
    await pilot.press("enter")
    await until(pilot, lambda: isinstance(app.screen, QuickDialog))
    await pilot.press("f8")
    await until(pilot, lambda: getattr(app.screen, "step", "") == "review" and app.session.planned)
    plan = app.session.plan
    assert plan is not None
    await pilot.press("f8")
    await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
    if plan.impacts:
        await pilot.press(*plan.host, "enter")
    else:
        await pilot.press("right", "enter")
    await until(pilot, lambda: isinstance(app.screen, ApplyScreen) and app.screen.waits, seconds=120)
    app.passwords.mark_delivered()
    await pilot.press("c")
    await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
    await pilot.press("right", "enter")
    await until(pilot, lambda: "F8 continues" in screen_text(app) and not app.session.reading, seconds=120)
    await pilot.press("f8")
    await until(pilot, lambda: isinstance(app.screen, DoneScreen) and app.session.planned)
    await pilot.pause()
    return plan


async def test_score_snippets_and_users_are_those_of_the_hardened_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Dialog, "quiet_seconds", 0.0)
    with SandboxHost.create() as host:
        app = WizardApp(Options(host=host, acting=host), LocalEngine(host, host))
        async with app.run_test(size=(80, 24)) as pilot:
            await ready(pilot)
            made = await apply_recommended(pilot, app)
            score = score_of_a_check(host, app.host.login)
            assert f"→ {score}" in screen_text(app)
            app.host.login = None
            app.host.read()
            await until(pilot, lambda: not app.session.reading and app.session.planned)
            await pilot.pause()
            # Without a login the server cannot be read: the screen says so, and shows no lower score.
            assert "Score unknown: the server was not read" in screen_text(app)
            plan, facts, instance = app.session.plan, app.session.facts, app.session.instance
            assert plan is not None
            passwords = app.passwords.passwords
            names = snippets.users(made, instance)
            assert set(names) == set(passwords)
            # The second plan writes no user: how they connect is known all the same.
            assert snippets.users(plan, instance) == names
            for user in names:
                for each in (made, plan):
                    connection = snippets.connection(each, facts, instance, user)
                    assert connection.certificate, "the example has TLS with client certificates"
                    logs_in(connection, passwords[user].reveal())


def score_of_a_check(host: SandboxHost, login: Login | None) -> int:
    """The score of `check` with this login."""
    assert login is not None
    facts = collect_facts(host, login=login).facts
    assert isinstance(facts.instances[0].live, LiveServer)
    return check(facts, instance=facts.instances[0].name, attestations=(), today=datetime.now(UTC).date()).score


def logs_in(connection: snippets.Connection, password: str) -> None:
    """Run the snippets of redis-py and redis-cli as they are shown; each asks for a PONG."""
    program = f"{snippet_kinds.redis_py(connection)}\nprint(r.ping())"
    environment = {"REDIS_PASSWORD": password, "PATH": os.environ["PATH"]}
    command = [sys.executable, "-c", program]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert ran.stdout.strip() == "True", f"{snippet_kinds.redis_py(connection)}\n{ran.stderr[-600:]}"
    call = [*shlex.split(snippet_kinds.redis_cli(connection).replace("\\\n", " ")), "PING"]
    asked = subprocess.run(call, input=f"{password}\n", capture_output=True, text=True, check=False)
    assert "PONG" in asked.stdout, f"{snippet_kinds.redis_cli(connection)}\n{asked.stdout}{asked.stderr}"
