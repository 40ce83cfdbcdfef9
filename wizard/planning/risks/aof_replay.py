"""Whether the next start reads everything that is in an append-only file."""

from collections.abc import Sequence

from wizard.acl.replay import loses_on_replay
from wizard.model.change import Change, SetDirective, SetUser
from wizard.model.facts.service import Role
from wizard.model.plan import Note
from wizard.planning.accounts.existing_users import DEFAULT, existing_users, user_from_rules, without_source
from wizard.planning.context import Context


def replay_loses_commands(context: Context, changes: Sequence[Change]) -> bool:
    """Return whether the default user, as these changes leave it, may not do all that is read back as that user."""
    rules = next((each.rules for each in changes if isinstance(each, SetUser) and each.user == DEFAULT), None)
    now = existing_users(context).get(DEFAULT)
    user = user_from_rules(DEFAULT, rules) if rules is not None else without_source(now) if now else None
    return user is not None and loses_on_replay(user, flavour=context.instance.flavour, version=context.version)


def note(context: Context, changes: Sequence[Change]) -> tuple[Note, ...]:
    """Say so where these changes leave it like that, because users are not to be touched or default stays on."""
    if context.role is Role.SENTINEL or not _appends(context, changes) or not replay_loses_commands(context, changes):
        return ()
    text = (
        "lacks some rights, and the server reads its append-only file as this user: every start leaves out what "
        "others wrote in transactions and scripts. Give it ~* +@write +select +pfcount; it may be off"
    )
    return (Note(subject="user default", text=text),)


def _appends(context: Context, changes: Sequence[Change]) -> bool:
    """Return whether the server will have an append-only file."""
    switch = next((each for each in changes if isinstance(each, SetDirective) and each.name == "appendonly"), None)
    return context.value("appendonly", "no") == "yes" if switch is None else switch.values == (("yes",),)
