"""Documents say what the code does."""

import re
import tomllib
from pathlib import Path

from wizard.checklist.registry import ITEMS_BY_ID
from wizard.cli.arguments import parse
from wizard.cli.descriptions import EPILOGUE
from wizard.cli.main import main
from wizard.errors import WizardError

PROJECT = Path(__file__).parents[2]


def project_table() -> dict[str, list[str]]:
    table: dict[str, list[str]] = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    return table


def test_every_dependency_is_justified() -> None:
    reasons = (PROJECT / "docs/decisions/0002-dependencies.md").read_text()
    for requirement in project_table()["dependencies"]:
        name = re.split(r"[<>=!~\[]", requirement)[0]
        assert f"| {name} |" in reasons, f"{name} has no line in the decision on dependencies"


def test_lock_files_hold_no_address() -> None:
    for lock in (PROJECT / "requirements").glob("*.txt"):
        text = lock.read_text()
        assert "--hash=sha256:" in text
        assert "://" not in text


def test_readme_names_only_commands_that_exist() -> None:
    readme = (PROJECT / "README.md").read_text()
    commands = set(re.findall(r"`redis-wizard ([a-z]+)", readme))
    assert {"detect", "check", "plan", "apply", "rollback", "snapshots", "answers"} <= commands
    needs_word = {
        "snapshots": ["list"],
        "answers": ["init"],
        "acl": ["test", "app", "GET"],
        "cert": ["show"],
        "timer": ["status"],
        "export": ["compose"],
    }
    for command in commands:
        assert parse([command, *needs_word.get(command, [])]).command == command


def test_every_exit_status_is_told_in_readme_help_and_docstring() -> None:
    readme = (PROJECT / "README.md").read_text().partition("Exit status: ")[2].partition("\n\n")[0]
    told = [set(re.findall(r"\b\d+(?= [a-z])", text)) for text in (readme, EPILOGUE, (main.__doc__ or ""))]
    raised = {str(kind.exit_status) for kind in _kinds(WizardError)}
    assert told[0] == told[1] == told[2] == raised | {"0", "2", "3"}


def _kinds(kind: type[WizardError]) -> set[type[WizardError]]:
    return {kind}.union(*map(_kinds, kind.__subclasses__()))


def test_every_package_says_what_it_is() -> None:
    for module in [*PROJECT.glob("wizard/**/*.py"), *PROJECT.glob("screens/**/*.py")]:
        assert module.read_text().startswith('"""'), f"{module} does not say what may live in it"


RULE = re.compile(r"^\| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)


def test_each_public_rule_has_an_item_that_exists_or_a_reason() -> None:
    text = (PROJECT / "docs/rule-sets.md").read_text()
    for section in text.split("\n## ")[1:]:
        rules = [row for row in RULE.findall(section) if row[0] not in {"rule", "---"}]
        names = [name for name, _, _ in rules]
        assert rules
        assert len(names) == len(set(names)), section.splitlines()[0]
        for name, _, answer in rules:
            items = set(re.findall(r"`(\w+)`", answer)) - {"plan", "apply"}
            assert items <= ITEMS_BY_ID.keys(), (name, items - ITEMS_BY_ID.keys())
            reason = answer.startswith(("attested", "not looked at", "elsewhere", "the server cannot"))
            assert items or reason, (name, answer)
