"""The names of the certificate: boxes and a line, one answer."""

from screens.steps.tls import TlsStep
from tests.screens.test_forms import to_step
from tests.support.screen import screen_text, until, wizard


async def test_names_are_boxes_and_a_line_and_auto_stays_a_word() -> None:
    async with wizard().run_test(size=(80, 24)) as pilot:
        app = await to_step(pilot, "tls")
        await pilot.press(*["down"] * 4, "end", "space")
        await until(pilot, lambda: app.session.answers.tls.names == ("auto", "10.0.4.7"))
        assert "[x] 10.0.4.7  the server does not listen here" in screen_text(app)
        await pilot.press("home", "space")
        names = ("db1.example.org", "localhost", "127.0.0.1", "::1", "203.0.113.7", "10.0.4.7")
        await until(pilot, lambda: app.session.answers.tls.names == names)
        await pilot.press("end", "down", *"redis.lan", "tab")
        await until(pilot, lambda: app.session.answers.tls.names == (*names, "redis.lan"))
        await pilot.press("f4")
        await until(pilot, lambda: app.session.answers.tls.names == ("auto",))
        await until(pilot, lambda: "redis.lan" not in screen_text(app))


async def test_the_sentence_on_the_plaintext_port_follows_each_key() -> None:
    async with wizard().run_test(size=(80, 24)) as pilot:
        app = await to_step(pilot, "tls")
        assert "Port 6379 closes; no client uses it now." in screen_text(app)
        await pilot.press("down", "down", "right")
        await until(pilot, lambda: "Port 6379 stays open in plain text beside TLS." in screen_text(app))
        await pilot.press("up", "up", "space")
        await until(pilot, lambda: "stay readable on the network" in screen_text(app))


async def test_the_key_of_an_own_authority_is_asked_once_there_is_one() -> None:
    async with wizard().run_test(size=(80, 24)) as pilot:
        app = await to_step(pilot, "tls")
        assert isinstance(app.screen, TlsStep)
        assert not app.screen.query_one("#tls-authority_key").display
        app.screen.query_one("#tls-authority Input").focus()
        await pilot.press("home", *["delete"] * 6, *"/etc/ca.crt")
        await until(pilot, lambda: app.screen.query_one("#tls-authority_key").display)
