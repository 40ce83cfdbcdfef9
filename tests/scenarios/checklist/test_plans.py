"""Hosts whose plan an expert would not have signed once, each with what he wants of it instead."""

from pathlib import PurePosixPath

import pytest

from tests.support import facts_builder as build
from tests.support.plan_model import World, change, ids, notes, planned, recommended, stock
from wizard.errors import PlanError
from wizard.model.answers import Plaintext
from wizard.model.change import Effect, Restart, Risk
from wizard.model.facts.configuration import ConfigFacts, NameSample
from wizard.model.facts.host import ClientCommand
from wizard.model.facts.service import Role
from wizard.model.plan import Plan
from wizard.model.rights import WeakPassword
from wizard.model.value import replace
from wizard.planning.consent import accept, require_consent
from wizard.planning.plan import plan
from wizard.planning.recommend.answers import recommend

SECRET = "requirepass a-secret-of-the-test-only-88213\n"
RENAMES = 'rename-command FLUSHALL ""\nrename-command CONFIG adm1n\nrename-command KEYS ""\n'


def without_renames(world: World) -> Plan:
    answers = recommended(world)
    return planned(world, replace(answers, commands=replace(answers.commands, keep_renames=False)))


# --- consent to a loss of data -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("over", "why"),
    [
        ({"running": False}, "the server does not run"),
        ({"login": False}, "the server refused the login"),
    ],
)
def test_renames_that_an_append_only_file_may_hold_are_removed_with_consent_alone(
    over: dict[str, bool], why: str
) -> None:
    made = without_renames(stock(f"appendonly yes\n{RENAMES}", **over))
    removal = change(made, "directive:rename-command")
    assert removal.risk is Risk.DATA
    assert why in removal.evidence
    with pytest.raises(PlanError, match="directive:rename-command may lose data"):
        require_consent(made)
    require_consent(accept(made))


def test_renames_need_no_consent_where_the_append_only_file_is_rewritten_first() -> None:
    made = without_renames(stock(f"appendonly yes\n{RENAMES}"))
    assert "rewritten before the restart" in change(made, "directive:rename-command").evidence
    require_consent(made)


# --- requirepass beside a new ACL file -----------------------------------------------------------


def test_requirepass_goes_with_the_restart_that_loads_the_acl_file() -> None:
    made = planned(stock(SECRET))
    removal = change(made, "directive:requirepass")
    assert removal.effect is Effect.RESTART
    assert removal.needs == ("directive:aclfile",)
    (restart,) = [each for each in made.changes if isinstance(each, Restart)]
    assert "directive:requirepass" in restart.because


# --- users beside those that are there -----------------------------------------------------------


def test_no_reason_claims_that_users_which_stay_have_the_least_rights() -> None:
    world = stock(f"user app_user on #{build.FINGERPRINT} ~cache:* +@all -@dangerous\n")
    facts, _ = world.detect()
    made = recommend(facts, facts.instances[0])
    reason = made.reasons["acl.users"].why
    assert "Unchanged: app_user." in reason
    assert reason.startswith("Each service needs a user of its own")
    assert "app" not in {user.name for user in made.answers.acl.users}


def test_a_user_that_keeps_a_common_password_is_said_first() -> None:
    world = stock("user app_user on >password ~cache:* +@all -@dangerous\n")
    facts, sources = world.detect()
    config = facts.instances[0].config
    assert isinstance(config, ConfigFacts)
    weak = WeakPassword(user="app_user", why="is a common one", source=f"{build.CONF}:9")
    facts = build.with_instance(facts, config=replace(config, weak_passwords=(weak,)))
    made = plan(facts, sources, recommend(facts, facts.instances[0]).answers)
    assert made.exposure.guessable == ("app_user",)
    assert made.exposure.sentences()[0] == 'Still open: others can guess the password of "app_user".'


# --- servers that nothing restarts ---------------------------------------------------------------


def test_a_server_without_a_unit_gets_only_what_needs_no_restart() -> None:
    made = planned(stock(f"{SECRET}enable-debug-command yes\n", unit=False))
    assert made.changes
    assert not [each.id for each in made.changes if getattr(each, "effect", None) is Effect.RESTART]
    assert not {each for each in ids(made) if each.startswith("user:")}
    assert "directive:requirepass" not in ids(made)
    assert "no systemd unit runs this server" in notes(made)["acl"]
    assert "enable-debug-command no" in notes(made)["restart"]


# --- renamed commands ----------------------------------------------------------------------------


def test_the_impact_names_only_commands_that_have_a_new_name() -> None:
    made = without_renames(stock(RENAMES))
    (impact,) = [each for each in made.impacts if each.loses == "these names"]
    assert impact.who == "clients that use the new names of CONFIG"


def test_renames_stay_as_long_as_default_may_run_them() -> None:
    world = stock(f"{SECRET}{RENAMES}", clients=(build.client(user="default"),))
    facts, _ = world.detect()
    made = recommend(facts, facts.instances[0])
    assert made.answers.commands.keep_renames
    assert "move there" not in "".join(each.why for each in made.reasons.values())
    assert "directive:rename-command" not in ids(planned(world, made.answers))


# --- keys, links and buffers ---------------------------------------------------------------------


def told_live(**over: object) -> Plan:
    """Plan by recommended answers for a server that says this of itself."""
    facts, sources = stock().detect()
    facts = build.with_live(facts, **over)  # type: ignore[arg-type]
    return plan(facts, sources, recommend(facts, facts.instances[0]).answers)


def test_the_application_gets_the_keys_that_exist() -> None:
    made = told_live(key_names=NameSample(patterns=("cart:*", "shop:*"), names=40), keys=40)
    assert "~cart:* ~shop:*" in change(made, "user:app").rules
    assert "~app:*" not in change(made, "user:app").rules


def test_replicas_and_nodes_are_told_to_need_the_same_users_and_passwords() -> None:
    primary = told_live(role=Role.PRIMARY, replicas=("10.0.4.22:6379",))
    assert "copy the ACL file to replicas 10.0.4.22:6379 before the next failover" in notes(primary)["other servers"]
    assert "copy the ACL file to every node of the cluster" in notes(told_live(role=Role.CLUSTER))["other servers"]


def test_a_primary_gets_a_backlog_for_the_writes_of_an_outage() -> None:
    busy = {"used_memory": str(8 << 30), "uptime_in_seconds": "1000", "master_repl_offset": str(20_000_000 * 1000)}
    facts, sources = stock().detect()
    facts = build.with_live(facts, role=Role.PRIMARY, replicas=("10.0.4.22:6379",), info=busy)
    facts = build.with_live(facts, {"repl-backlog-size": "1048576"})
    made = plan(facts, sources, recommend(facts, facts.instances[0]).answers)
    assert change(made, "directive:repl-backlog-size").values == (("512mb",),)


# --- what reaches the host -----------------------------------------------------------------------


@pytest.mark.parametrize("name", ["enable-protected-configs", "enable-debug-command", "enable-module-command"])
@pytest.mark.parametrize("value", ["yes", "local"])
def test_what_lets_clients_reach_the_host_is_switched_off(name: str, value: str) -> None:
    made = change(planned(stock(f"{name} {value}\n")), f"directive:{name}")
    assert (made.values, made.effect, made.risk) == ((("no",),), Effect.RESTART, Risk.DENY)
    assert "the server started" in made.evidence


def test_what_is_off_already_gets_no_line() -> None:
    assert not {each for each in ids(planned(stock())) if "enable-" in each}
    assert not {each for each in ids(planned(stock(version="6.2.5"))) if "enable-" in each}


# --- units, timers and cron ----------------------------------------------------------------------


def asked_by(*commands: ClientCommand) -> dict[tuple[str, str], str]:
    """Return who loses what by a recommended plan that closes the plaintext port, and the remedies."""
    facts, sources = stock().detect()
    facts = replace(facts, client_commands=commands)
    answers = recommend(facts, facts.instances[0]).answers
    answers = replace(answers, tls=replace(answers.tls, plaintext=Plaintext.CLOSE))
    made = plan(facts, sources, answers)
    return {(each.who, each.loses): each.remedy for each in made.impacts}


def test_the_units_and_cron_entries_that_a_plan_cuts_off_are_named() -> None:
    stop = ClientCommand(
        source="redis-server.service (ExecStop)", program="redis-cli", server="6379", command="shutdown"
    )
    cron = ClientCommand(source="/etc/cron.d/purge:3", program="redis-cli", server="6379", command="flushall")
    elsewhere = ClientCommand(source="/etc/cron.d/other:1", program="redis-cli", server="7000", command="ping")
    lost = asked_by(stop, cron, elsewhere)
    for who in ("redis-server.service (ExecStop): redis-cli SHUTDOWN", "/etc/cron.d/purge:3: redis-cli FLUSHALL"):
        assert "--tls" in lost[who, "the plaintext port"]
        assert "--user NAME" in lost[who, 'its login: user "default" is disabled']
    assert not [who for who, _ in lost if "other" in who]


def test_a_command_by_tls_as_an_unchanged_user_loses_nothing() -> None:
    command = ClientCommand(source="x.timer", program="redis-cli", server="6380", user="ops", tls=True, command="ping")
    assert asked_by(command) == {}


# --- log files -----------------------------------------------------------------------------------


def with_log(**over: object) -> Plan:
    facts, sources = stock().detect()
    facts = build.with_instance(facts, output_writers=build.log_places(**over))  # type: ignore[arg-type]
    return plan(facts, sources, recommend(facts, facts.instances[0]).answers)


def test_the_own_directory_of_a_log_that_everybody_reads_is_closed() -> None:
    made = change(with_log(mode=0o644, directory_mode=0o755), "mode:/var/log/redis")
    assert (made.owner, made.group, made.mode) == ("redis", "adm", 0o750)
    assert made.risk is Risk.DENY
    assert "log shippers" in made.evidence


def test_a_log_in_a_shared_directory_is_closed_itself() -> None:
    facts, sources = stock("logfile /var/log/redis.log\n").detect()
    log = PurePosixPath("/var/log/redis.log")
    directory = build.directory("/var/log", owner="root", group="root", mode=0o755)
    places = (build.place(directory, log), build.place(build.file_status(log, owner="redis", group="redis")))
    facts = build.with_live(build.with_instance(facts, output_writers=places), {"logfile": str(log)})
    made = plan(facts, sources, recommend(facts, facts.instances[0]).answers)
    assert change(made, f"mode:{log}").mode == 0o640
    assert "mode:/var/log" not in ids(made)


def test_a_log_behind_a_closed_directory_stays() -> None:
    assert not {each for each in ids(with_log(mode=0o644)) if "/var/log" in each}
    assert not {each for each in ids(with_log(directory_mode=0o755)) if "/var/log" in each}
