"""Answers as a file: commented, and every mistake with its line."""

from pathlib import Path, PurePosixPath

import pytest

from tests.support.plan_model import planned, stock
from wizard.errors import AnswersError
from wizard.model.answers import AclAnswers, AclRole, Answers, Attestation, Reason, UserAnswer
from wizard.model.value import replace
from wizard.planning.answers_file import parse, render
from wizard.planning.recommend.answers import recommend

PATH = PurePosixPath("/root/answers.toml")
DATA = Path(__file__).parents[2] / "data" / "answers"


def test_what_is_recommended_comes_back() -> None:
    facts, _ = stock().detect()
    made = recommend(facts, facts.instances[0])
    text = render(made.answers, made.reasons)
    assert parse(text, PATH) == made.answers
    assert all(len(line) <= 100 for line in text.splitlines())
    assert "# Only programs on this host connect" in text


def test_an_empty_file_gives_the_defaults() -> None:
    assert parse("", PATH) == Answers()


def test_attestations_come_back() -> None:
    word = Attestation(item=3, by="alice", on="2026-05-04", note='a "quoted" one\nwith two lines')
    answers = replace(Answers(), attestations=(word,))
    assert parse(render(answers, {}), PATH) == answers


def test_the_day_of_an_attestation_needs_no_quotes() -> None:
    text = '[[attestations]]\nitem = 3\nby = "alice"\non = {}\nnote = "VLAN 7"\n'
    plain, quoted = (parse(text.format(day), PATH).attestations for day in ("2026-05-04", '"2026-05-04"'))
    assert plain == quoted == (Attestation(item=3, by="alice", on="2026-05-04", note="VLAN 7"),)


@pytest.mark.parametrize(
    ("text", "line", "key", "what"),
    [
        ("version = 2", 1, "version", "version 2 is not known"),
        ("[memory]\n\nsampels = 5\n", 3, "memory.sampels", "this key does not exist; known are maxmemory"),
        ("[memory]\nsamples = '5'\n", 2, "memory.samples", "expected a number, got a text"),
        ("[network]\nbind = 'loopback'\n", 2, "network.bind", "expected a list, got a text"),
        ("[network]\nbind = [1]\n", 2, "network.bind", "expected a text, got a number"),
        ("[tls]\nenabled = 1\n", 2, "tls.enabled", "expected true or false"),
        ("[tls]\nplaintext = 'shut'\n", 2, "tls.plaintext", "close, drain, keep"),
        (
            "# c\n[[acl.users]]\nname = 'a'\nrole = 'health'\n[[acl.users]]\nname = 'b'\nrole = 'boss'\n",
            7,
            "acl.users.role",
            "application",
        ),
        ("[[acl.users]]\nname = 'a'\n", 1, "acl.users", "the key role is missing"),
        ("[[acl.users]]\nname = 'default'\nrole = 'health'\n", 2, "acl.users.name", "an answer of its own"),
        ("[network]\nport = 99999\n", 2, "network.port", "out of range"),
        ("nosuch = 1\n", 1, "nosuch", "known are version, network"),
        ("[network]\nport = \n", 2, "", "this is not valid TOML"),
        ("a = [", 1, "", "this is not valid TOML"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_key(text: str, line: int, key: str, what: str) -> None:
    with pytest.raises(AnswersError) as caught:
        parse(text, PATH)
    assert (caught.value.line, caught.value.key) == (line, key)
    assert what in str(caught.value)
    assert str(caught.value).startswith(f"{PATH} line {line}: ")


def test_what_is_only_worth_a_thought_is_no_error() -> None:
    text = "[[acl.users]]\nname = 'app'\nrole = 'application'\nkeys = ['*']\n"
    assert parse(text, PATH).acl.users[0].keys == ("*",)


@pytest.mark.parametrize("path", sorted(DATA.glob("*.toml")), ids=lambda path: path.stem)
def test_files_of_operators_plan_and_converge(path: Path) -> None:
    answers = parse(path.read_text(encoding="utf-8"), PurePosixPath(path))
    world = stock()
    made = planned(world, answers)
    assert made.changes
    assert planned(world.apply(made), answers).empty


def test_each_reason_stands_above_what_it_explains() -> None:
    users = (UserAnswer(name="app", role=AclRole.APPLICATION, keys=("app:*",)),)
    answers = Answers(acl=AclAnswers(users=users))
    reasons = {name: Reason(why=f"Why {name}.", source="s") for name in ("acl.users", "acl.file", "acl.default_user")}
    lines = render(answers, reasons).splitlines()
    assert lines[lines.index("# Why acl.file (s)") + 1].startswith("file =")
    assert lines[lines.index("# Why acl.default_user (s)") + 1].startswith("default_user =")
    assert lines[lines.index("# Why acl.users (s)") + 1 :][:2] == ["", "[[acl.users]]"]
