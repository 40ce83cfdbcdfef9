"""Read what a screen shows, as plain text, and start the wizard on a fake engine."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from textual.pilot import Pilot
from textual.strip import Strip

from screens.dialogs.dialog import Dialog
from screens.options import Options
from screens.wizard import WizardApp
from tests.support.fake_engine import FakeEngine
from wizard.host.port import Host

NO_HOST: Host = None  # type: ignore[assignment]  # the fake engine never looks at it


def wizard(engine: FakeEngine | None = None, **options: Any) -> WizardApp:
    """A wizard that can be driven at once: dialogs take keys immediately."""
    Dialog.quiet_seconds = 0.0
    return WizardApp(Options(host=NO_HOST, acting=NO_HOST, **options), engine or FakeEngine())


def screen_text(app: WizardApp) -> str:
    """Everything on the screen, a line a row, without blanks at line ends."""
    return "\n".join("".join(segment.text for segment in strip).rstrip() for strip in strips(app))


def strips(app: WizardApp) -> list[Strip]:
    """Every row of the screen as it is drawn."""
    return app.screen._compositor.render_strips()  # noqa: SLF001 - no other way to read what is drawn


async def until(pilot: Pilot[Any], true: Callable[[], object], seconds: float = 60.0) -> None:
    """Let the app run until something is so; fails when it is not in time."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, screen_text(pilot.app)  # type: ignore[arg-type]  # our App
        await asyncio.sleep(0.01)
        await pilot.pause()


async def ready(pilot: Pilot[Any]) -> WizardApp:
    """Wait until the host was looked at and the first plan is there."""
    app = pilot.app
    assert isinstance(app, WizardApp)
    await until(pilot, lambda: not app.session.reading and (app.session.planned or not app.session.ready))
    await pilot.pause()
    return app


class Golden:
    """Texts of screens in files, to be read in a review."""

    def __init__(self, directory: Path, *, update: bool) -> None:
        self._directory = directory
        self._update = update

    def check(self, name: str, text: str) -> None:
        """Compare, or write when asked to."""
        path = self._directory / f"{name}.txt"
        if self._update:
            self._directory.mkdir(exist_ok=True)
            path.write_text(text + "\n", encoding="utf-8")
        assert text + "\n" == path.read_text(encoding="utf-8"), f"{name} looks otherwise:\n{text}"
