"""Which users of a host will be able to run a command."""

from collections.abc import Iterable

from wizard.acl.evaluate import allowed_commands, any_may
from wizard.acl.user import User
from wizard.planning.accounts.acl_goals import OPEN_DEFAULT_USER, users_after
from wizard.planning.accounts.existing_users import DEFAULT, existing_users, obstacle, user_from_rules, without_source
from wizard.planning.context import Context


def users_that_may(context: Context, commands: Iterable[str]) -> tuple[str, ...]:
    """Return the users of today that are on after the plan and may run one of these commands.

    Users that the plan adds are left out: they gain nothing that they had lost.
    """
    known = existing_users(context)
    after = {name: without_source(person) for name, person in known.items()}
    after.setdefault(DEFAULT, user_from_rules(DEFAULT, OPEN_DEFAULT_USER))
    if context.answers.acl.manage and not obstacle(context):
        wanted = users_after(context, known)
        after |= {goal.name: user_from_rules(goal.name, goal.rules) for goal in wanted if goal.name in after}
    names = [name.lower() for name in commands]
    return tuple(name for name, user in after.items() if user.enabled and any(_may(context, user, n) for n in names))


def _may(context: Context, user: User, command: str) -> bool:
    flavour, version = context.instance.flavour, context.version
    if f"+{command}|" in " ".join(user.rules).lower() or any_may([user], flavour=flavour, version=version)([command]):
        return True
    return any(each.startswith(f"{command}|") for each in allowed_commands(user, flavour=flavour, version=version))
