"""The one door for front ends: start an apply or a rollback, follow it, decide, and learn how it ended.

For now the work runs in a thread of this process. What may not live here: the work itself.
"""

import secrets
import threading
from collections.abc import Callable, Iterator, Mapping

from wizard.acl.password import draw
from wizard.apply.confirm import Decision, Word
from wizard.apply.feed import Feed
from wizard.apply.undoing import undo
from wizard.apply.worker import Order, work
from wizard.errors import ApplyError
from wizard.host.port import Host
from wizard.model.change import SetUser
from wizard.model.event import Event, Outcome
from wizard.model.login import Login
from wizard.model.plan import Plan
from wizard.model.value import Secret

GENERATE = "generate"


class Apply:
    """An apply or rollback that was started."""

    def __init__(self, act: Callable[[Feed, Decision], Outcome]) -> None:
        self._feed = Feed()
        self._decision = Decision()
        self._act = act
        self._outcome: Outcome | None = None
        self._failure: BaseException | None = None
        # Not a daemon thread: leaving the front end must not stop it half-way.
        self._thread = threading.Thread(target=self._run, name="apply")
        self._thread.start()

    def events(self) -> Iterator[Event]:
        """Give every event from the first one on, as they come, to the last."""
        return self._feed.follow()

    def outcome(self) -> Outcome:
        """Wait for the end and tell how it was.

        Raises:
            BusyError: another apply is at work.
            WizardError: it could not be begun, or could not be undone in full.
        """
        self._thread.join()
        if self._failure is not None:
            raise self._failure
        if self._outcome is None:
            raise ApplyError("the apply ended without a result")
        return self._outcome

    def confirm(self) -> bool:
        """Keep the change; false when it was decided otherwise before."""
        return self._decision.say(Word.KEEP)

    def rollback(self) -> bool:
        """Take the change back while it waits for a confirmation; false when it was decided otherwise before."""
        return self._decision.say(Word.UNDO)

    def _run(self) -> None:
        try:
            self._outcome = self._act(self._feed, self._decision)
        except BaseException as error:  # noqa: BLE001 - handed to whoever asks for the outcome
            self._failure = error
        finally:
            self._feed.end()


def draw_passwords(plan: Plan) -> dict[str, Secret]:
    """Draw a password for each user whose password the plan generates."""
    users = (c.user for c in plan.changes if isinstance(c, SetUser) and c.password == GENERATE)
    return {user: draw(secrets.token_bytes) for user in users}


def start(
    host: Host, plan: Plan, *, login: Login | None, passwords: Mapping[str, Secret], confirm_within: int = 0
) -> Apply:
    """Start an apply.

    Args:
        host: The machine.
        plan: What to do; refused when the host has moved since it was made.
        login: For the server as it is now; ``None`` asks as nobody.
        passwords: By user, from `draw_passwords`; they stay in memory, only digests reach files.
        confirm_within: Seconds in which a confirmation must come, else it is undone; 0 asks for none.
    """
    order = Order(host=host, plan=plan, login=login, passwords=dict(passwords), confirm_within=confirm_within)
    return Apply(lambda feed, decision: work(order, feed, decision))


def start_rollback(host: Host, snapshot_id: str, *, login: Login | None) -> Apply:
    """Start putting a snapshot back.

    Args:
        host: The machine.
        snapshot_id: Which one.
        login: For the server as it is now; without it the files are put back and the server restarted.
    """
    return Apply(lambda feed, _decision: undo(host, snapshot_id, login=login, feed=feed))
