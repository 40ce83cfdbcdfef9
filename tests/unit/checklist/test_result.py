"""Parts of a judgement are put together honestly."""

from wizard.checklist.result import all_of, failed, not_applicable, observed, passed, unknown
from wizard.model.finding import State

ONE, TWO = observed("a", "file", 1), observed("b", "live", 2)


def test_one_failure_fails_and_says_why() -> None:
    joined = all_of((passed("", ONE), unknown("cannot see."), failed("is bad.", TWO)), summary="all good")
    assert joined.state is State.FAIL
    assert joined.summary == "is bad."
    # What decided comes first: a report names the first place of a file.
    assert joined.evidence == (TWO, ONE)


def test_one_unknown_leaves_it_open_and_says_what_helps() -> None:
    joined = all_of((passed("", ONE), unknown("cannot see.", fix="log in")), summary="all good")
    assert (joined.state, joined.summary, joined.fix) == (State.UNKNOWN, "cannot see.", "log in")


def test_parts_that_do_not_apply_do_not_stop_a_pass() -> None:
    joined = all_of((not_applicable("not here."), passed("", ONE)), summary="all good")
    assert (joined.state, joined.summary) == (State.PASS, "all good")


def test_nothing_that_applies_does_not_apply() -> None:
    assert all_of((not_applicable("not here."),), summary="all good").state is State.NOT_APPLICABLE


def test_says_each_sentence_and_shows_each_evidence_once() -> None:
    joined = all_of((failed("is bad.", ONE), failed("is bad.", ONE), failed("too.", TWO)), summary="")
    assert joined.summary == "is bad. too."
    assert joined.evidence == (ONE, TWO)
