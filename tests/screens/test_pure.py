"""What the screens work out without drawing: fields, session, frame, snippets, progress, terminals."""

import json
import shlex
import subprocess
import sys
import time
from pathlib import PurePosixPath
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from screens import fields, layout, session
from screens.controllers import login_after
from screens.detection import HostReading
from screens.follower import ROLLBACK_ENDS, Follower, Recovery
from screens.session import Session, StepState
from screens.step_table import STEPS
from screens.terminal import capabilities, environment
from screens.terminal.capabilities import ColorScheme
from screens.text import (
    changes,
    confirmation,
    formatting,
    progress,
    results,
    review_groups,
    snippet_kinds,
    snippets,
    still_open,
)
from screens.text import facts as text_facts
from screens.text import host as text_host
from screens.text.outcome_report import closed, outcome_report
from screens.text.steps import rights
from tests.support import facts_builder as build
from tests.support.fake_engine import (
    RECOMMENDED,
    TAKEN_BACK,
    FakeDetection,
    FakeEngine,
    FakeJob,
    FakeProblem,
    confirm_event,
    phases,
    plan,
    report,
)
from wizard.errors import BusyError, InvalidValueError, TerminalError
from wizard.model.answers import AclRole, Answers, Recommendation, UserAnswer
from wizard.model.change import CertificateRole, Effect, IssueCertificate, Risk, SetDirective
from wizard.model.event import ClientReturn, Event, EventKind, Outcome, Phase, Result
from wizard.model.exposure import Exposure, OpenEndpoint
from wizard.model.facts.live import LiveServer
from wizard.model.facts.service import Role
from wizard.model.facts.unreadable import Unreadable
from wizard.model.finding import State
from wizard.model.login import Login
from wizard.model.network import ProbeAnswer
from wizard.model.plan import Impact, Plan
from wizard.model.sources import FileContents
from wizard.model.status import Operation, Stage
from wizard.model.value import Secret, replace

NAMES = [
    f"{section}.{field}"
    for section in STEPS.sections
    for field in getattr(Answers(), section).__struct_fields__
    if f"{section}.{field}" != "acl.users"
]


class TestFields:
    @pytest.mark.parametrize("name", NAMES)
    def test_what_is_shown_reads_back_as_the_same_answer(self, name: str) -> None:
        assert fields.write(RECOMMENDED, name, fields.read(RECOMMENDED, name)) == RECOMMENDED

    @given(st.integers(min_value=-(10**17), max_value=10**17))
    def test_every_whole_number_is_taken(self, number: int) -> None:
        assert fields.write(Answers(), "network.port", f" {number} ").network.port == number

    @given(st.text())
    @example("0\x1f")
    def test_any_text_is_a_number_or_refused(self, raw: str) -> None:
        try:
            answers = fields.write(Answers(), "network.port", raw)
        except InvalidValueError:
            return
        assert answers.network.port == int(raw)

    def test_a_list_may_be_parted_by_blanks_or_commas(self) -> None:
        assert fields.write(Answers(), "tls.names", "a, b  c").tls.names == ("a", "b", "c")

    def test_save_points_are_parted_by_commas_alone(self) -> None:
        answers = fields.write(Answers(), "persistence.snapshots", "3600  1,60 100,")
        assert answers.persistence.snapshots == ("3600 1", "60 100")

    def test_a_word_that_is_none_of_the_choices_is_refused(self) -> None:
        with pytest.raises(InvalidValueError, match="'maybe' is none of: close, drain, keep"):
            fields.write(Answers(), "tls.plaintext", "maybe")


def looked(answers: Answers = RECOMMENDED) -> Session:
    return session.with_detection(Session(), found(answers))


def found(answers: Answers = RECOMMENDED) -> HostReading:
    facts = build.host()
    recommendation = Recommendation(answers=answers, reasons={})
    detection = FakeDetection(facts, FileContents())
    return HostReading(detection=detection, instance=facts.instances[0], recommendation=recommendation)


class TestSession:
    def test_a_text_of_another_form_is_kept_and_the_answer_stays(self) -> None:
        after = session.with_stored_fields(looked(), {"network.port": "63x"})
        assert after.raw("network.port") == "63x"
        assert after.answers.network.port == 6379
        assert after.blockers("network")
        assert session.with_stored_fields(after, {"network.port": "6400"}).blockers() == ()

    def test_looking_again_changes_only_what_was_left_as_recommended(self) -> None:
        edited = session.with_stored_fields(looked(), {"network.port": "7000"})
        new = replace(
            RECOMMENDED,
            network=replace(RECOMMENDED.network, port=6390),
            memory=replace(RECOMMENDED.memory, samples=10),
        )
        after = session.with_detection(edited, found(new))
        assert after.answers.network.port == 7000
        assert after.answers.memory.samples == 10

    def test_marks_say_what_is_edited_wrong_or_seen(self) -> None:
        start = looked()
        assert start.step_state("network") is StepState.BLANK
        edited = session.with_stored_fields(start, {"network.port": "7000"})
        assert edited.step_state("network") is StepState.EDIT
        assert session.with_stored_fields(edited, {"network.port": "x"}).step_state("network") is StepState.ERROR

    def test_a_problem_of_a_part_belongs_to_its_field(self) -> None:
        after = replace(looked(), problems=(FakeProblem("acl.users.app.keys", "no such pattern"),))
        assert after.error("acl.users") == "no such pattern"
        assert after.error("acl.file") == ""

    def test_recommended_sets_back_one_step_with_its_wrong_texts(self) -> None:
        edited = session.with_stored_fields(looked(), {"network.port": "x", "memory.samples": "9"})
        after = session.recommended(edited, "network")
        assert after.typed == {}
        assert after.answers.memory.samples == 9


class TestFrame:
    @given(st.integers(min_value=60, max_value=200), st.text())
    def test_no_row_is_wider_than_the_window(self, width: int, words: str) -> None:
        for content in (layout.top(looked(), "tls", width), layout.why(words, words, words, width)):
            assert all(len(row) <= max(width, 76) for row in content.plain.split("\n"))

    @given(st.text())
    def test_host_text_never_adds_a_row_to_the_frame(self, words: str) -> None:
        assert layout.why(words, words, words, 80).plain.count("\n") == 2


class TestText:
    @given(st.text())
    def test_a_cell_never_steers_the_terminal(self, words: str) -> None:
        assert "\x1b" not in formatting.literal_cell(words).plain + formatting.literal(words).plain

    def test_a_moment_that_is_none_is_shown_as_it_is(self) -> None:
        assert formatting.clock("yesterday\x1b") == "yesterday\\x1b"


def tls_plan() -> Plan:
    base = plan(RECOMMENDED)
    conf = base.config
    common: dict[str, Any] = {
        "before": "",
        "after": "",
        "why": "",
        "source": "",
        "effect": Effect.NOW,
        "undo": "",
    }
    port = SetDirective(id="directive:tls-port", title="", path=conf, name="tls-port", values=(("6380",),), **common)
    bind = SetDirective(id="directive:bind", title="", path=conf, name="bind", values=(("10.0.4.7",),), **common)
    issued = IssueCertificate(
        id="certificate:app",
        title="",
        role=CertificateRole.CLIENT,
        common_name="app",
        days=1,
        key_type="ec-p256",
        certificate=PurePosixPath("/s/app.crt"),
        key=PurePosixPath("/s/app.key"),
        authority=PurePosixPath("/s/ca.crt"),
        authority_key=PurePosixPath("/s/ca.key"),
        owner="root",
        group="root",
        key_mode=0o600,
        **common,
    )
    return replace(base, changes=(*base.changes, port, bind, issued))


class TestSnippets:
    def test_a_client_with_tls_names_certificate_and_authority(self) -> None:
        facts = build.host()
        way = snippets.connection(tls_plan(), facts, facts.instances[0], "app")
        assert (way.port, way.tls, way.certificate) == ("6380", True, "/s/app.crt")
        for kind in snippet_kinds.KINDS.values():
            assert "6380" in kind(way)
        assert 'ssl_ca_certs="/s/ca.crt"' in snippet_kinds.redis_py(way)
        assert "--cacert /s/ca.crt" in snippet_kinds.redis_cli(way)

    def test_after_a_plan_without_users_those_of_the_server_are_named(self) -> None:
        live = build.live(acl=("user default off", "user app on", "user old off", "user admin on"))
        again = replace(plan(RECOMMENDED), changes=())
        assert snippets.users(again, build.instance(live=live)) == ("app", "admin")
        live = build.live(acl=("user default off", "user admin on nopass ~* +@all", "user shop on nopass ~shop:* +get"))
        assert snippets.users(again, build.instance(live=live))[-1] == "admin"

    def test_a_planned_user_that_was_left_out_is_not_named(self) -> None:
        made = plan(RECOMMENDED, frozenset({"user:app"}))
        assert snippets.users(made, build.instance(live=build.live(acl=("user default on",)))) == ("admin",)

    def test_a_server_without_a_port_is_reached_by_its_socket(self) -> None:
        live = build.live(config={"port": "0", "unixsocket": "/run/redis/redis.sock"})
        closed = replace(plan(RECOMMENDED), changes=())
        way = snippets.connection(closed, build.host(), build.instance(live=live), "app")
        assert 'unix_socket_path="/run/redis/redis.sock"' in snippet_kinds.redis_py(way)
        assert snippet_kinds.redis_cli(way).startswith("redis-cli -s /run/redis/redis.sock ")
        compile(snippet_kinds.redis_py(way), "snippet", "exec")

    def test_a_client_of_the_operators_own_authority_shows_a_certificate_from_there(self) -> None:
        made = tls_plan()
        own = {"certificate": "/etc/pki/r.crt", "certificate_key": "/etc/pki/r.key", "authority": "/etc/pki/ca.crt"}
        changes = tuple(change for change in made.changes if not isinstance(change, IssueCertificate))
        made = replace(made, changes=changes, answers=replace(made.answers, tls=replace(made.answers.tls, **own)))
        facts = build.host()
        way = snippets.connection(made, facts, facts.instances[0], "app")
        assert (way.certificate, way.key) == ("/path/to/app.crt", "/path/to/app.key")

    @pytest.mark.parametrize("kind", [name for name in snippet_kinds.KINDS if name != "URL"])
    def test_every_kind_names_the_files_whole_in_a_line_of_80_columns(self, kind: str) -> None:
        place = "/var/lib/redis-wizard/clients/app"
        way = snippets.Connection(
            host="db1.lan",
            port="6380",
            user="app",
            tls=True,
            authority=f"{place}/ca.crt",
            certificate=f"{place}/client.crt",
            key=f"{place}/client.key",
        )
        text = snippet_kinds.KINDS[kind](way)
        assert all(path in text for path in (way.authority, way.certificate, way.key))
        assert max(map(len, text.expandtabs(4).splitlines())) <= 76

    def test_a_name_of_the_host_ends_no_literal(self) -> None:
        way = snippets.Connection(host="db1", port="6379", user="a'b\"c\\", tls=False)
        compile(snippet_kinds.redis_py(way), "snippet", "exec")
        assert shlex.split(snippet_kinds.redis_cli(way))[6] == way.user
        for kind in ("node", "Go", "Java"):
            assert json.dumps(way.user) in snippet_kinds.KINDS[kind](way)
        assert "'a\\'b\"c\\\\'" in snippet_kinds.php(way)

    def test_redis_py_is_python(self) -> None:
        facts = build.host()
        for each in (plan(RECOMMENDED), tls_plan()):
            way = snippets.connection(each, facts, facts.instances[0], "app")
            compile(snippet_kinds.redis_py(way), "snippet", "exec")


class TestCertificates:
    def test_name_the_hosts_of_the_one_application(self) -> None:
        clients = (build.client(address="10.0.4.21"), build.client(address="127.0.0.1"))
        assert snippets.certificates_to_copy(tls_plan(), clients) == ["copy /s/ to 10.0.4.21"]

    def test_name_no_host_for_clients_that_came_as_nobody_where_several_could_be_meant(self) -> None:
        made = tls_plan()
        users = (*made.answers.acl.users, UserAnswer(name="other", role=AclRole.APPLICATION))
        several = replace(made, answers=replace(made.answers, acl=replace(made.answers.acl, users=users)))
        rows = snippets.certificates_to_copy(several, (build.client(address="10.0.4.21", user="default"),))
        assert rows == ["copy /s/ to the hosts of app"]


class TestOutcomeReport:
    def test_names_what_was_closed_and_cleans_what_the_host_says(self) -> None:
        before = report("db1")
        first = text_facts.risks(before)[0]
        after = replace(
            before, items=tuple(replace(e, state=State.PASS) if e.id == first.id else e for e in before.items)
        )
        outcome = Outcome(result=Result.APPLIED, snapshot="one", summary="4 changes applied", seconds=1.0)
        text = outcome_report(plan(RECOMMENDED), outcome, before, after, ("give \x1b[31mapp",))
        assert f"Closed\n------\n{first.title}\n" in text
        assert f"Score {after.score} of 100, {before.score} before" in text
        assert "1. give \\x1b[31mapp" in text
        assert closed(None, after) == ()


class TestGroups:
    def test_every_change_is_in_one_group_and_the_worst_group_is_first(self) -> None:
        harmless = plan(RECOMMENDED).changes[0]
        lossy = replace(harmless, id="lossy", risk=Risk.DATA)
        cut_off = replace(harmless, id="cut", risk=Risk.DENY)
        files = replace(harmless, id="file", items=())
        found = review_groups.groups((files, harmless, cut_off, lossy))
        assert [each.id for group in found for each in group.changes] == ["lossy", "cut", harmless.id, "file"]

    def test_a_filter_shows_what_it_names(self) -> None:
        changes = plan(RECOMMENDED).changes
        chosen = review_groups.Choice(review_groups.Filter.RISKY)
        risky = [each for group in review_groups.groups(changes, chosen) for each in group.changes]
        assert risky == [each for each in changes if each.risk is not Risk.NONE]
        assert review_groups.Filter.RESTART.next() is review_groups.Filter.ALL


class TestFixed:
    def test_what_is_not_known_now_is_not_fixed(self) -> None:
        before = report("db1")
        failed = text_facts.risks(before)
        states = dict(zip((each.id for each in failed), (State.PASS, *[State.UNKNOWN] * len(failed)), strict=False))
        now = replace(before, items=tuple(replace(e, state=states.get(e.id, e.state)) for e in before.items))
        assert len(failed) > 1
        assert text_facts.fixed(before, now) == 1


class TestProgress:
    def test_a_phase_is_open_until_it_is_done(self) -> None:
        lines = {line.phase: line.sign for line in progress.phases(phases()[:3])}
        assert (lines[Phase.LOCK], lines[Phase.SNAPSHOT], lines[Phase.STAGE]) == ("[ ok ]", "[ .. ]", "      ")

    def test_a_change_that_failed_fails_its_phase(self) -> None:
        failed = replace(phases()[-1], kind=EventKind.FAILED, change="restart", text="it did not start")
        line = progress.phases((*phases()[:-1], failed), finished=True)[-1]
        assert (line.sign, line.text) == ("[FAIL]", "it did not start")

    def test_rolling_back_shows_only_when_it_happens(self) -> None:
        assert Phase.ROLLBACK not in {line.phase for line in progress.phases(phases())}

    def test_a_rollback_is_done_at_its_last_word_only(self) -> None:
        tried = tuple(
            Event(at="2026-05-04T10:11:12.000Z", kind=kind, phase=Phase.ROLLBACK, text="undo")
            for kind in (EventKind.BEGIN, EventKind.FAILED, EventKind.BEGIN, EventKind.DONE)
        )
        assert progress.phases(tried, expected=progress.ROLLBACK_PHASES)[0].sign == "[ .. ]"
        last = replace(tried[0], kind=EventKind.ROLLED_BACK)
        assert progress.phases((*tried, last), expected=progress.ROLLBACK_PHASES)[0].sign == "[ ok ]"

    @pytest.mark.parametrize(
        ("kinds", "stage"),
        [
            ((), Stage.WORKING),
            (("wait",), Stage.WAITING),
            (("wait", EventKind.CONFIRMED), Stage.WORKING),
            (("wait", EventKind.REVOKED), Stage.UNDOING),
            (("wait", EventKind.REVOKED, EventKind.CONFIRMED), Stage.UNDOING),
            (("wait", EventKind.CONFIRMED, EventKind.REVOKED), Stage.WORKING),
            (("wait", EventKind.REVOKED, "end"), Stage.ENDED),
            ((EventKind.ROLLED_BACK,), Stage.UNDOING),
        ],
    )
    def test_the_stage_follows_the_first_decision(self, kinds: tuple[str, ...], stage: Stage) -> None:
        assert progress.stage(tuple(_event(kind) for kind in kinds)) is stage

    def test_a_rollback_that_was_asked_for_undoes_nothing(self) -> None:
        assert progress.stage((_event(EventKind.ROLLED_BACK),), Operation.ROLLBACK) is Stage.WORKING


class TestLogins:
    def test_the_administrator_of_the_plan_looks_afterwards(self) -> None:
        passwords = {"app": Secret("a"), "admin": Secret("b")}
        login = login_after.login_after(plan(RECOMMENDED), None, passwords)
        assert login is not None
        assert (login.user, login.password) == ("admin", Secret("b"))

    def test_without_a_new_administrator_the_login_stays(self) -> None:
        users = (UserAnswer(name="app", role=AclRole.APPLICATION),)
        answers = replace(RECOMMENDED, acl=replace(RECOMMENDED.acl, users=users))
        before = Login("me")
        assert login_after.login_after(plan(answers), before, {"app": Secret("a")}) is before


class TestTerminal:
    @pytest.mark.parametrize(
        ("given", "words"),
        [
            ({"input_is_terminal": False}, "standard input is not one"),
            ({"output_is_terminal": False}, "standard error"),
            ({"environment": {"TERM": "dumb"}}, "TERM=dumb"),
            ({"environment": {}}, "TERM="),
            ({"size": (40, 10)}, "the terminal is 40x10"),
        ],
    )
    def test_refuses_in_one_sentence(self, given: dict[str, object], words: str) -> None:
        usual: dict[str, object] = {
            "environment": {"TERM": "xterm"},
            "input_is_terminal": True,
            "output_is_terminal": True,
            "size": (80, 24),
        }
        values = {**usual, **given}
        with pytest.raises(TerminalError, match=words):
            capabilities.refuse_unusable(values.pop("environment"), **values)  # type: ignore[arg-type]  # of any kind

    @pytest.mark.parametrize(
        ("variables", "system", "light", "look"),
        [
            ({"NO_COLOR": "1"}, "truecolor", True, ColorScheme.PLAIN),
            ({}, "standard", True, ColorScheme.SIXTEEN),
            ({}, "256", False, ColorScheme.DARK),
            ({}, "truecolor", True, ColorScheme.LIGHT),
            ({"COLORFGBG": "0;15"}, "256", False, ColorScheme.DARK),
        ],
    )
    def test_every_terminal_has_its_look(
        self, variables: dict[str, str], system: str, look: ColorScheme, *, light: bool
    ) -> None:
        assert capabilities.choose_color_scheme(variables, system, light=light) is look


def test_the_environment_keeps_nothing_that_leaks_or_pins() -> None:
    variables = {
        "TEXTUAL_DEBUG": "1",
        "TEXTUAL_DRIVER": "x:y",
        "COLUMNS": "40",
        "TEXTUAL_COLOR_SYSTEM": "256",
        "A": "b",
    }
    environment.settle(variables)
    assert "TEXTUAL_DEBUG" not in variables
    assert "TEXTUAL_DRIVER" not in variables
    assert "COLUMNS" not in variables
    assert variables["TEXTUAL_COLOR_SYSTEM"] == "256"
    assert variables["TEXTUAL_ANIMATIONS"] == "none"


def _event(kind: str) -> Event:
    """A decision, the wait for one, or an end."""
    if kind == "wait":
        return confirm_event(EventKind.BEGIN, "waiting", deadline=1300.0)
    if kind == "end":
        return replace(confirm_event(EventKind.ROLLED_BACK, "as before"), outcome=TAKEN_BACK)
    event = confirm_event(EventKind(kind), kind)
    return replace(event, phase=Phase.ROLLBACK) if kind == EventKind.ROLLED_BACK else event


def test_every_kind_of_change_has_words() -> None:
    for change in tls_plan().changes:
        assert changes.target_name(change)
        assert changes.when(change)
        assert changes.full(change).plain


@pytest.mark.parametrize(
    ("counted", "shown"),
    [
        ({"acl|dryrun": 90, "acl|list": 2, "acl|setuser": 3}, 3),
        ({"acl|dryrun": 90}, 0),
        # Redis 6.2 counts the command as a whole, with the calls of a look.
        ({"acl": 12}, None),
        ({"get": 7}, 0),
    ],
)
def test_calls_of_a_look_are_no_calls_of_clients(counted: dict[str, int], shown: int | None) -> None:
    (instance,) = build.with_live(build.pristine_host(), command_calls=counted).instances
    assert rights.calls(instance, "ACL") == shown


def test_a_fake_engine_is_an_engine_and_unreadable_facts_are_told() -> None:
    facts = build.host(unreadable=(Unreadable(what="a", why="b"), Unreadable(what="c", why="d")))
    assert text_host.unread(FakeEngine(facts=facts).facts, None) == ["a: b (and 1 more)"]


def test_nothing_heavy_is_loaded_for_the_first_paint() -> None:
    code = (
        "import sys; from screens.wizard import WizardApp; from screens.app import Options;"
        "from screens.steps.host import HostStep;"
        "heavy = ('redis', 'cryptography', 'psutil', 'tomlkit', 'textual.widgets._markdown');"
        "print([name for name in heavy if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=False)
    assert ran.stdout.strip() == "[]", ran.stderr


def test_a_refusal_does_not_pay_for_textual() -> None:
    code = "import sys, screens.app; print('textual' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=False)
    assert ran.stdout.strip() == "False", ran.stderr


def test_a_recovery_that_fails_at_first_is_followed_all_the_same() -> None:
    """Somebody else may be at work on it, or the disk is read-only and the nets try again."""

    def busy() -> None:
        raise BusyError("somebody is at work on it")

    engine = FakeEngine(end=TAKEN_BACK)
    follower = Follower(lambda: Recovery(busy, FakeJob(engine, waits=False)), good=ROLLBACK_ENDS)
    while follower.running:
        time.sleep(0.01)
    assert follower.succeeded
    assert follower.take() == phases()


def test_what_is_still_open_stands_before_what_was_done() -> None:
    found = Exposure(open=(OpenEndpoint(endpoint="127.0.0.1:6379"),), close="do this")
    summary = " ".join((*found.sentences(), "Applied 3 changes."))
    outcome = Outcome(result=Result.APPLIED, summary=summary, seconds=1, exposure=found)
    assert [line.plain for line in results.done(outcome, None, 76)] == [
        "[warn] Still open without a password: 127.0.0.1:6379",
        "[ ok ] Applied 3 changes.",
    ]
    assert still_open.to_close(outcome) == ["do this"]


def test_servers_to_choose_from_say_what_tells_them_apart() -> None:
    primary = build.instance(
        live=build.live(
            role=Role.PRIMARY, replicas=("10.0.4.9",), clients=(build.client(replica=True, address="10.0.4.9"),)
        )
    )
    assert " · primary of 1 replica · no password · 1 client · " in text_host.choice(primary)
    assert text_host.clients(primary) == "1: replica redis-py 8.1.0 at 10.0.4.9 as app"
    follower = build.instance(live=build.live(role=Role.REPLICA, primary="10.0.4.7:6379"))
    assert " · replica of 10.0.4.7:6379 · " in text_host.choice(follower)
    locked = build.instance(
        live=Unreadable(what="the running server", why="NOAUTH"), probes=(build.probe(answer=ProbeAnswer.NEEDS_LOGIN),)
    )
    assert " · asks for a login · " in text_host.choice(locked)


def test_an_empty_plan_names_what_was_not_compared() -> None:
    locked = build.instance(
        live=Unreadable(what="the running server", why="NOAUTH"), probes=(build.probe(answer=ProbeAnswer.NEEDS_LOGIN),)
    )
    assert changes.nothing_to_change(locked)[0].startswith("[ ?? ] Nothing to change in the files. Log in")
    assert changes.nothing_to_change(build.instance())[0] == "Nothing to change: the host matches these answers."


def test_a_risk_that_several_items_tell_is_shown_once() -> None:
    failed = next(each for each in report("db1").items if each.state is State.FAIL)
    twice = replace(report("db1"), items=(failed, replace(failed, id="other", number=failed.number)), extra=())
    assert [each.id for each in text_facts.risks(twice)] == [failed.id, "other"]
    assert text_facts.distinct_risks(twice) == (failed,)


def test_clients_of_one_host_are_named_together() -> None:
    names = ("billing at 10.0.4.21 (1 connection)", "worker at 10.0.4.21 (2 connections)", "10.0.4.30 (1 connection)")
    rows = confirmation.client_rows(ClientReturn(back=names, missing=tuple(f"s{i} at 10.0.5.{i}" for i in range(20))))
    assert rows[1].plain == "[ ok ] back      billing, worker (2) at 10.0.4.21; 10.0.4.30"
    assert rows[0].plain.endswith(" and 18 more (l)")
    assert len(rows[0].plain) <= 76


@pytest.mark.parametrize(("name", "number"), [("kernel.swappiness", -1), ("kernel.open_files", 0)])
def test_a_number_that_changes_nothing_is_read_and_typed_as_a_word(name: str, number: int) -> None:
    answers = fields.write(Answers(), name, "7000")
    assert fields.read(fields.write(answers, name, "Keep"), name) == "keep"
    assert fields.read(fields.write(answers, name, str(number)), name) == "keep"
    assert fields.read(answers, name) == "7000"


def test_no_client_is_said_to_keep_its_access_where_clients_could_not_be_seen() -> None:
    def told(live: LiveServer | Unreadable, **over: Any) -> str:
        server = build.instance(live=live)
        session_ = replace(looked(), instance=server, detection=FakeDetection(build.host(), FileContents()))
        return changes.impact_rows(replace(plan(RECOMMENDED), impacts=over.get("impacts", ())), session_, rows=3).plain

    assert told(Unreadable(what="the running server", why="NOAUTH")) == (
        "[ ?? ] The clients could not be listed. Some may lose access."
    )
    assert told(build.live(clients=())) == "Clients: none is connected now."
    assert told(build.live(clients=(build.client(),))) == "Clients: every client connected now keeps its access."
    brief = {"total_connections_received": "592", "uptime_in_seconds": "900"}
    assert told(build.live(clients=(), info=brief, command_calls={"get": 592})).startswith(
        "[ ?? ] No client connected now loses access. 592 connections"
    )
    assert changes.impact_rows(replace(plan(RECOMMENDED), changes=(), impacts=()), looked()).plain == ""
    callers = Impact(who="clients that call KEYS (1 call)", loses="the command", change="x", remedy="y")
    one = Impact(who="replica 10.0.4.9", loses="the address 10.0.4.7", change="x", remedy="y")
    assert told(build.live(), impacts=(callers,)) == "[warn] Affected: clients that call KEYS (1 call) lose the command"
    assert told(build.live(), impacts=(one, callers)).startswith(
        "[warn] Affected: 2, the first: replica 10.0.4.9 loses the"
    )


class TestHanging:
    """A long line goes on behind its sign, number or label."""

    @pytest.mark.parametrize(
        ("text", "width", "wanted"),
        [
            ("[warn] aa bb ccc ddd", 14, "[warn] aa bb\n       ccc ddd"),
            ("10. aa bb cc dd", 10, "10. aa bb\n    cc dd"),
            ("  loses   abc def ghi jkl", 20, "  loses   abc def\n          ghi jkl"),
            ("  user app: on x", 10, "  user\n    app:\n    on x"),
            ("short\n\n aaa bb ccc", 10, "short\n\n aaa bb\n   ccc"),
        ],
    )
    def test_rows(self, text: str, width: int, wanted: str) -> None:
        assert formatting.hanging(formatting.literal(text), width).plain == wanted

    @given(st.text(st.sampled_from("ab .[]1-\n"), max_size=60), st.integers(4, 30))
    def test_no_word_is_lost_and_no_row_is_too_long(self, text: str, width: int) -> None:
        found = formatting.hanging(formatting.literal(text), width)
        assert "".join(found.plain.split()) == "".join(text.split())
        assert max(map(len, found.plain.split("\n"))) <= width


def test_a_change_says_a_value_once_and_a_target_once() -> None:
    change = next(each for each in plan(Answers()).changes if isinstance(each, SetDirective))
    assert changes.line(replace(change, title="maxmemory 19gb", before="0", after="19gb")) == "maxmemory 19gb (was 0)"
    assert changes.where(replace(change, title="maxmemory 19gb")) == "redis.conf"
    assert changes.where(replace(change, title="write redis.conf")) == ""
