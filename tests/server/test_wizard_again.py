"""The wizard on a server that it has hardened: what was changed since is told, and the server answers for its users."""

import pytest

from screens.dialogs.dialog import Dialog
from screens.dialogs.try_command import TryCommand
from screens.local_engine import LocalEngine
from screens.options import Options
from screens.widgets.table import Rows
from screens.wizard import WizardApp
from tests.server.test_wizard_done import apply_recommended
from tests.support.screen import ready, screen_text, until
from wizard.model.facts.live import LiveServer
from wizard.sandbox import SandboxHost
from wizard.server.sessions import access_to, parse_endpoint

pytestmark = pytest.mark.server


async def test_a_later_change_is_marked_and_a_command_is_tried_on_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Dialog, "quiet_seconds", 0.0)
    with SandboxHost.create() as host:
        app = WizardApp(Options(host=host, acting=host), LocalEngine(host, host))
        async with app.run_test(size=(80, 24)) as pilot:
            await ready(pilot)
            await apply_recommended(pilot, app)
            applied = app.session.answers.audit.latency_threshold_milliseconds
            change(app, host, "latency-monitor-threshold", "0")
            app.host.read()
            await until(pilot, lambda: not app.session.reading and app.session.planned)
            app.navigation.go("audit")
            await until(pilot, lambda: getattr(app.screen, "step", "") == "audit")
            await until(pilot, lambda: f"now off, {applied} after the last apply" in screen_text(app))
            assert screen_text(app).count("after the last apply") == 1

            await pilot.press("f6", "3")
            await until(pilot, lambda: getattr(app.screen, "step", "") == "users")
            users = app.screen.query_one(Rows)
            users.focus()
            users.go_to("app")
            await pilot.press("t")
            await until(pilot, lambda: isinstance(app.screen, TryCommand))
            await pilot.press("home", *"FLUSHALL ", "enter")
            await until(pilot, lambda: "(ACL DRYRUN of the server)" in " ".join(screen_text(app).split()))
            assert "now: no:" in screen_text(app)


def change(app: WizardApp, host: SandboxHost, directive: str, value: str) -> None:
    """Set a directive as another administrator would."""
    instance, login = app.session.instance, app.host.login
    assert instance is not None
    assert isinstance(instance.live, LiveServer)
    endpoint = parse_endpoint(instance.live.endpoint)
    assert endpoint is not None
    with access_to(host, instance).connect(endpoint, login) as client:
        client.config_set({directive: value})
