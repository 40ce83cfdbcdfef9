"""Who may do what: the ACL file with its users, and what becomes of the default user.

The default user always gets a line of its own: without one an ACL file leaves it open to everyone,
whatever ``requirepass`` says.
"""

from collections.abc import Mapping

from wizard.acl.aclfile import AclDocument
from wizard.acl.equivalence import same
from wizard.acl.presets import former_rules, taken_from
from wizard.acl.user import User, from_rules
from wizard.errors import PlanError
from wizard.model.answers import AclRole, DefaultUser, UserAnswer
from wizard.model.change import Effect, MakeDirectory, RemoveUser, Risk, SetUser
from wizard.model.facts.service import Role
from wizard.model.plan import Note
from wizard.model.value import replace
from wizard.planning.accounts.acl_goals import (
    GENERATE,
    GRANTS,
    KEEP,
    UserGoal,
    acl_path,
    moves,
    refused_rules,
    users_after,
)
from wizard.planning.accounts.existing_users import (
    DEFAULT,
    ExistingUser,
    UserSource,
    existing_users,
    file_problems,
    is_administrator,
    obstacle,
    rules_of,
    user_from_rules,
    users_in_memory,
    without_source,
)
from wizard.planning.context import Context
from wizard.planning.goals import DirectiveGoal, SectionPlan, goal
from wizard.planning.sections.issuing import make_directory

SOURCE = "chapter 2, with proven rules for each role"
_MOST_SHOWN = 60


def plan_section(context: Context) -> SectionPlan:
    """Plan the users, the ACL file in the configuration, and no user elsewhere.

    Raises:
        PlanError: no user would be left that can manage the server.
        InvalidValueError: a name or pattern has another form.
    """
    if context.role is Role.SENTINEL:
        return SectionPlan()
    if reason := obstacle(context):
        return SectionPlan(notes=(Note(subject="acl", text=f"users are left as they are: {reason}"),))
    if not context.answers.acl.manage:
        return SectionPlan()
    known = existing_users(context)
    wanted = users_after(context, known)
    _check_administrator(context, known, wanted)
    live = users_in_memory(context)
    changes = (_change(context, known, user) for user in wanted if _differs(context, known, live, user))
    return SectionPlan(
        wanted=tuple(_directives(context)),
        changes=(*_directory(context), *changes, *_stale(context, wanted)),
        notes=tuple(_notes(context, known)),
    )


def _directory(context: Context) -> tuple[MakeDirectory, ...]:
    """Make the directory of a new ACL file, where the configuration is not in one of its own."""
    place = acl_path(context).parent
    if place in context.main.parents or context.exists(place):
        return ()
    return (make_directory(place, why="The ACL file is there.", group=context.group, mode=0o750),)


def _check_administrator(context: Context, known: Mapping[str, ExistingUser], wanted: tuple[UserGoal, ...]) -> None:
    after: dict[str, User] = {**known, **{user.name: user_from_rules(user.name, user.rules) for user in wanted}}
    # Those of the answers come last, and the administrator is one of them.
    if not any(is_administrator(context, user) for user in reversed(after.values())):
        raise PlanError(
            "acl.users has no enabled administrator, so no user could manage the server; "
            'add a user with role "administrator"'
        )


# --- what differs --------------------------------------------------------------------------------


def _differs(
    context: Context, known: Mapping[str, ExistingUser], live: Mapping[str, ExistingUser], wanted: UserGoal
) -> bool:
    now = known.get(wanted.name)
    if now is None or now.source is not UserSource.ACL_FILE or moves(context) or now.problems:
        return True
    if wanted.password == GENERATE:
        return True
    if wanted.name == DEFAULT and file_problems(context):
        return True
    return not _alike(context, without_source(now), wanted) or _live_differs(context, now, live)


def _alike(context: Context, now: User, wanted: UserGoal) -> bool:
    aim = replace(
        user_from_rules(wanted.name, wanted.rules), passwords=now.passwords if wanted.password == KEEP else ()
    )
    return same(now, aim, flavour=context.instance.flavour, version=context.version)


def _live_differs(context: Context, now: ExistingUser, live: Mapping[str, ExistingUser]) -> bool:
    """Return whether the server has another user in memory than its ACL file says."""
    if not live or context.in_force("aclfile") != str(acl_path(context)):
        return False
    other = live.get(now.name)
    return other is None or not same(
        without_source(other),
        without_source(now),
        flavour=context.instance.flavour,
        version=context.version,
        channels=context.in_force("acl-pubsub-default"),
    )


def _change(context: Context, known: Mapping[str, ExistingUser], wanted: UserGoal) -> SetUser:
    now = known.get(wanted.name)
    new_file = moves(context)
    # The server loads its users again from the file that it was started with, and from no other.
    hot = context.in_force("aclfile") == str(acl_path(context))
    return SetUser(
        id=f"user:{wanted.name}",
        title=f"user {wanted.name} {'off' if wanted.rules.startswith('off') else 'on'}",
        before=_before(context, now) if now else "",
        after=_short(wanted.rules) + (", new password" if wanted.password == GENERATE else ""),
        why=wanted.why,
        source=SOURCE,
        items=wanted.items,
        effect=Effect.RELOAD if hot else Effect.RESTART,
        risk=wanted.risk,
        evidence=wanted.evidence if wanted.risk is not Risk.NONE else "",
        undo="the earlier file, loaded again; closed sessions stay closed",
        needs=_needs(context, known, wanted, new_file=new_file),
        path=acl_path(context),
        user=wanted.name,
        rules=wanted.rules,
        password=wanted.password,
    )


def _stale(context: Context, wanted: tuple[UserGoal, ...]) -> list[RemoveUser]:
    """Take out the users of a file that lay there unused: they would come to life."""
    if not moves(context):
        return []
    data = context.sources.get(acl_path(context)) or b""
    stay = {user.name for user in wanted}
    return [_removal(context, name) for name in AclDocument.parse(data).names if name not in stay]


def _removal(context: Context, name: str) -> RemoveUser:
    return RemoveUser(
        id=f"user-removal:{name}",
        title=f"remove user {name}"[:_MOST_SHOWN],
        before=name,
        after="",
        why="The file was not in use, so this user does not exist now and would be created.",
        source="an ACL file is loaded as a whole",
        items=(7,),
        effect=Effect.RESTART,
        undo="the earlier file",
        path=acl_path(context),
        user=name,
    )


def _needs(context: Context, known: Mapping[str, ExistingUser], wanted: UserGoal, *, new_file: bool) -> tuple[str, ...]:
    needs = ("directive:aclfile",) if new_file else ()
    if wanted.name != DEFAULT or not wanted.rules.startswith("off"):
        return needs
    others = any(is_administrator(context, without_source(person)) for name, person in known.items() if name != DEFAULT)
    if others and not new_file:
        return needs
    administrators = (answer.name for answer in context.answers.acl.users if answer.role is AclRole.ADMINISTRATOR)
    return (*needs, *(f"user:{name}" for name in administrators))


def _before(context: Context, now: ExistingUser) -> str:
    """Say what there is now, and where, so that it never reads like what is wanted."""
    if now.source is UserSource.LIVE:
        place = "in memory only" if now.name != DEFAULT else ""
    elif now.source is UserSource.CONFIG:
        place = "in the configuration"
    elif moves(context):
        place = f"in {context.acl.path}" if context.acl else ""
    else:
        place = "memory has another one" if _live_differs(context, now, users_in_memory(context)) else ""
    problems = (*now.problems, *(file_problems(context) if now.name == DEFAULT else ()))
    mistakes = ", ".join(dict.fromkeys(problem.code for problem in problems))
    return _short(rules_of(now)) + "".join(f" ({text})" for text in (place, mistakes) if text)


def _short(rules: str) -> str:
    return rules if len(rules) <= _MOST_SHOWN else rules[: _MOST_SHOWN - 1] + "…"


# --- the configuration ---------------------------------------------------------------------------


def _directives(context: Context) -> list[DirectiveGoal]:
    file = goal("aclfile", (str(acl_path(context)),))
    wanted = [replace(file, needs=(f"user:{DEFAULT}",) if moves(context) else ())]
    if context.lines("user"):
        gone = replace(goal("user"), all_files=True, needs=("directive:aclfile",) if moves(context) else ())
        # A server that has an ACL file was not started with these lines: they are not in force.
        wanted.append(replace(gone, live=not context.in_force("aclfile")))
    if context.lines("requirepass"):
        gone = replace(goal("requirepass"), all_files=True, live=False)
        if moves(context):
            # Until the restart the running server keeps this password; without the ACL file it would have none.
            gone = replace(gone, effect=Effect.RESTART, needs=("directive:aclfile",))
        wanted.append(gone)
    return wanted


def _taken_from(context: Context, now: ExistingUser, answer: UserAnswer) -> str:
    """Return the commands that a user of a role loses because its rules are those of an earlier release."""
    flavour, version = context.instance.flavour, context.version
    former = former_rules(answer.role, flavour=flavour, version=version)
    aim = replace(without_source(now), rules=from_rules(now.name, former.split()).rules)
    return (
        taken_from(answer.role) if former and same(without_source(now), aim, flavour=flavour, version=version) else ""
    )


def _notes(context: Context, known: Mapping[str, ExistingUser]) -> list[Note]:
    notes = []
    if context.answers.acl.default_user is DefaultUser.OFF and context.is_replicated:
        text = f"not changed: this server is a {context.role}, and links of its group may log in as default"
        notes.append(Note(subject="user default", text=text))
    for answer in context.answers.acl.users:
        if answer.name in known and (gone := _taken_from(context, known[answer.name], answer)):
            text = (
                f"can no longer run {gone}, which reveal passwords, hashes or values of others; "
                "a user who needs them needs role administrator"
            )
            notes.append(Note(subject=f"user {answer.name}", text=text))
    for name, person in known.items():
        for rule, flaw in refused_rules(context, person):
            if rule[0] not in GRANTS:
                text = f"a rule stays that the server refuses: {flaw.what}; {flaw.remedy}"
                notes.append(Note(subject=f"user {name}", text=text))
    return notes
