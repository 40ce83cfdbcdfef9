"""Each answer has one row, with everything that the plan, the wizard and the documents need of it."""

import ast
import inspect
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import get_type_hints

import msgspec
import pytest

import assets
from tests.support.plan_model import World, planned, recommended, stock
from wizard.errors import PlanError
from wizard.formats.redisconf.directives import canonical, find, nearest_version
from wizard.formats.redisconf.value_syntax import value_problem
from wizard.model.answers import Answers, EvictionPolicy, Plaintext, Purpose
from wizard.model.facts.service import Flavour
from wizard.model.value import replace
from wizard.settings import SETTINGS, Direction, Setting

PROJECT = Path(__file__).parents[2]
NO_ROW = {
    "version": "the format of the file, not a wish of the operator",
    "attestations": "what the operator attests for the checklist sets nothing",
    "acl.users": "a list of users, with an editor and rules of their own",
}
"""Leaves of the answers without a row, each with its reason."""
UNIT_PROPERTIES = {"LimitNOFILE"}
SERVERS = ((Flavour.REDIS, "6.2.5"), (Flavour.REDIS, "7.4.1"), (Flavour.REDIS, "8.0.2"), (Flavour.VALKEY, "9.1.2"))
PLANNING = sorted((PROJECT / "wizard/planning").rglob("*.py"))
LABEL_WIDTH = 22
LONGEST_HINT = 50


def leaves() -> Iterator[tuple[str, object]]:
    """Give every answer as ``section.field`` with its default."""
    for section in Answers.__struct_fields__:
        value = getattr(Answers(), section)
        if isinstance(value, msgspec.Struct):
            yield from ((f"{section}.{field}", getattr(value, field)) for field in value.__struct_fields__)
        else:
            yield section, value


DEFAULTS = dict(leaves())
ANSWERED = [row for row in SETTINGS if row.answer]


def name_of(row: Setting) -> str:
    return row.answer or row.targets[0]


def test_every_answer_has_a_row_or_a_reason_for_none() -> None:
    rows = [row.answer for row in ANSWERED]
    assert sorted(rows) == sorted(set(rows)), "two rows for one answer"
    assert set(DEFAULTS) - set(rows) == set(NO_ROW), "an answer without a row in wizard/settings/"
    assert set(rows) <= set(DEFAULTS), "a row for an answer that does not exist"


def test_no_two_rows_set_the_same() -> None:
    targets = [canonical(target) for row in SETTINGS for target in row.targets]
    assert sorted(targets) == sorted(set(targets))
    assert all(row.answer or row.targets for row in SETTINGS)


@pytest.mark.parametrize("row", SETTINGS, ids=name_of)
def test_a_row_has_a_reason_a_source_and_a_direction(row: Setting) -> None:
    assert re.fullmatch(r"[A-Z].*\.", row.reason), "the reason is one sentence"
    assert row.source
    assert all(1 <= item <= 25 for item in row.items)
    assert row.measure or row.stricter not in {Direction.FEWER, Direction.MORE}, "a set needs a measure"
    assert row.words or row.stricter is not Direction.LISTED, "the words from the weakest to the strictest"


@pytest.mark.parametrize("row", ANSWERED, ids=name_of)
def test_an_answer_has_a_label_and_a_short_hint(row: Setting) -> None:
    label = f"{row.label} ({row.unit})" if row.range and row.unit else row.label
    assert 1 <= len(row.label.split()) <= 3
    assert len(label) <= LABEL_WIDTH
    assert len(row.hint) <= LONGEST_HINT


@pytest.mark.parametrize("row", ANSWERED, ids=name_of)
def test_an_answer_has_a_help_text_and_a_field_in_its_step(row: Setting) -> None:
    section = row.answer.partition(".")[0]
    step = "users" if section == "acl" else section
    assert f"\n## {row.answer}\n" in assets.text(f"help/{step}.md"), f"## {row.answer} in assets/help/{step}.md"
    assert f'"{row.answer}"' in (PROJECT / f"screens/steps/{step}.py").read_text(), (
        f"a field in screens/steps/{step}.py"
    )


@pytest.mark.parametrize("row", ANSWERED, ids=name_of)
def test_a_number_has_a_range_and_a_word_is_known(row: Setting) -> None:
    default = DEFAULTS[row.answer]
    section, field = row.answer.split(".")
    hint = get_type_hints(type(getattr(Answers(), section)))[field]
    assert (row.range is not None) == (hint is int)
    if row.range is not None:
        assert isinstance(default, int)
        assert default in row.range
        assert row.range.low < row.range.high
    if row.stricter is Direction.LISTED and inspect.isclass(hint) and issubclass(hint, str) and hint is not str:
        assert set(row.words) == set(hint)  # type: ignore[call-overload]  # an enumeration


@pytest.mark.parametrize("row", [row for row in SETTINGS if row.targets], ids=name_of)
def test_a_target_is_a_directive_a_kernel_key_or_a_unit_property(row: Setting) -> None:
    for target in row.targets:
        directive = find(target)
        assert directive or "." in target or target in UNIT_PROPERTIES, f"{target} is not known"
        if directive and row.default is not None:
            arguments = row.default.split() or [""]
            for server in SERVERS:
                words = arguments[:4] if directive.name == "client-output-buffer-limit" else arguments
                assert not value_problem(directive, words, nearest_version(*server))


@pytest.mark.parametrize("path", PLANNING, ids=lambda path: path.relative_to(PROJECT).as_posix())
def test_a_plan_sets_only_directives_that_have_a_row(path: Path) -> None:
    if path.stem not in {"goals", "config_repairs"}:  # a repair writes what the operator's line was to say
        assert not list(_calls(path, "DirectiveGoal")), "use goal(): it takes the row of the directive"
    named = {node.value for call in _calls(path, "goal") for node in call.args[:1] if isinstance(node, ast.Constant)}
    assert named <= {target for row in SETTINGS for target in row.targets}


def _calls(path: Path, name: str) -> Iterator[ast.Call]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name:
            yield node


OTHER: dict[str, object] = {
    "network.bind": ("10.0.4.7",),
    "network.unix_socket": "off",
    "network.unix_socket_permissions": "700",
    "memory.maxmemory": "100mb",
    "memory.policy": EvictionPolicy.ALLKEYS_LFU,
    "memory.purpose": Purpose.CACHE_HOT,
    "memory.system_reserve": "3gb",
    "acl.file": "/etc/redis/other.acl",
    "commands.disable": ("debug",),
    "tls.certificate": "/etc/ssl/own.crt",
    "tls.certificate_key": "/etc/ssl/own.key",
    "tls.authority": "/etc/ssl/own-ca.crt",
    "tls.authority_key": "/etc/ssl/own-ca.key",
    "tls.authority_key_passphrase_file": "/root/passphrase",
    "tls.names": ("db9.example.com",),
    "persistence.snapshots": ("1800 1",),
    "audit.log_level": "verbose",
    "audit.keyspace_events": "Ex",
}
"""Another value of answers that are a text or a list."""
DEPENDS_ON: dict[str, dict[str, object]] = {
    "network.port": {"tls.plaintext": Plaintext.KEEP},
    "memory.policy": {"memory.purpose": Purpose.CUSTOM},
    "tls.certificate": {"tls.authority": "/etc/ssl/own-ca.crt", "tls.certificate_key": "/etc/ssl/own.key"},
    "tls.certificate_key": {"tls.authority": "/etc/ssl/own-ca.crt", "tls.certificate": "/etc/ssl/own.crt"},
    "tls.authority_key": {"tls.authority": "/etc/ssl/own-ca.crt"},
}
"""What must be answered for another answer to count."""


@pytest.mark.parametrize("row", ANSWERED, ids=name_of)
def test_another_answer_gives_another_plan(row: Setting) -> None:
    world = stock('rename-command KEYS ""\nrename-command DEBUG DEBUG_x9\n')
    before = _with(recommended(world), DEPENDS_ON.get(row.answer, {}))
    after = _with(before, {row.answer: _other(row, DEFAULTS[row.answer])})
    assert after != before, "name another value in OTHER"
    differs = _outcome(world, before) != _outcome(world, after)
    assert differs, "the plan does not depend on it: add a goal in wizard/planning/sections/"


def _other(row: Setting, default: object) -> object:
    if row.answer in OTHER:
        return OTHER[row.answer]
    if isinstance(default, bool):
        return not default
    if isinstance(default, int):
        return default + 1
    return next(each for each in reversed(type(default)) if each is not default)  # type: ignore[call-overload]  # an enumeration


def _with(answers: Answers, values: Mapping[str, object]) -> Answers:
    for name, each in values.items():
        section, field = name.split(".")
        answers = replace(answers, **{section: replace(getattr(answers, section), **{field: each})})
    return answers


def _outcome(world: World, answers: Answers) -> object:
    try:
        made = planned(world, answers)
    except PlanError as error:
        return str(error)
    return made.changes, made.notes, made.sizing
