"""Makes the plan for the present answers, and writes it to a file."""

from screens.controllers.context import Context, error_text
from wizard.model.answers import Answers
from wizard.model.plan import Plan
from wizard.model.value import replace

# ruff: noqa: PLC0415 - a screen is imported when it is first opened


class PlanController:
    """Keeps the plan in step with the answers."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def make(self) -> None:
        """Make the plan for the present answers, in a thread, unless the session has it."""
        session, engine = self._context.session, self._context.engine
        if session.planned or session.detection is None or not session.ready or session.blockers():
            return
        detection, answers, left_out = session.detection, session.answers, session.left_out
        name = session.instance.name if session.instance else ""

        def work() -> tuple[Plan, Plan]:
            whole = engine.plan(detection, answers, name, frozenset())
            return (engine.plan(detection, answers, name, left_out) if left_out else whole), whole

        def then(plans: tuple[Plan, Plan]) -> None:
            self._made(plans[0], plans[1], "", (answers, left_out))

        def failed(error: Exception) -> None:
            self._made(None, None, error_text(error), (answers, left_out))

        self._context.tasks.start("plan", work, then, failed)

    def _made(self, plan: Plan | None, whole: Plan | None, failure: str, what: tuple[Answers, frozenset[str]]) -> None:
        self._context.store.change(
            lambda s: replace(s, plan=plan, full_plan=whole, plan_failure=failure, planned_for=what)
        )

    def export(self) -> None:
        """Ask where to write the plan."""
        from screens.dialogs.path import PathDialog
        from screens.export import home, write_private
        from wizard.model.value import to_json

        plan = self._context.session.plan
        if plan is None:
            self._context.display.bell()
            return
        suggestion = home() / f"redis-plan-{plan.id}.json"
        dialog = PathDialog("Write the plan", suggestion, lambda path: write_private(path, to_json(plan)))
        self._context.display.push_screen(dialog)

    def write(self, name: str, text: str) -> None:
        """Ask where to write a text."""
        from screens.dialogs.path import PathDialog
        from screens.export import home, write_private

        suggestion = home() / name.replace("/", "_")
        self._context.display.push_screen(
            PathDialog("Write it to a file", suggestion, lambda p: write_private(p, text))
        )
