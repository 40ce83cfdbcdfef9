"""What a command may load: a heavy package where it is not needed is a bug."""

import subprocess
import sys

import pytest

HEAVY = ("textual", "redis", "cryptography", "psutil", "msgspec", "tomlkit", "argparse")


def loaded(statement: str) -> set[str]:
    """Run a statement in a fresh interpreter and give the top-level packages that it loaded."""
    script = f"import sys\n{statement}\nprint(*{{name.split('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-I", "-c", script], check=True, capture_output=True, text=True)
    return set(done.stdout.split("\n")[-2].split())


def test_version_loads_nothing_but_itself() -> None:
    names = loaded("from wizard.cli.main import main; main(['--version'])")
    assert names.isdisjoint(HEAVY)


@pytest.mark.parametrize(
    "package",
    ["wizard.planning.plan", "wizard.checklist.registry", "wizard.formats.redisconf.document", "wizard.acl.presets"],
)
def test_thinking_loads_no_heavy_package(package: str) -> None:
    names = loaded(f"import {package}")
    assert names.isdisjoint({"textual", "redis", "psutil", "cryptography"})


def test_a_command_without_screen_does_not_load_textual() -> None:
    names = loaded("import wizard.cli.commands.apply, wizard.cli.commands.check, wizard.cli.commands.detect")
    assert "textual" not in names


def test_the_entry_of_the_screens_judges_the_terminal_before_it_loads_textual() -> None:
    assert "textual" not in loaded("import screens.app")


def test_the_first_screen_loads_only_textual() -> None:
    names = loaded("import screens.wizard, screens.steps.host, screens.local_engine")
    assert "textual" in names
    assert names.isdisjoint({"redis", "psutil", "cryptography", "tomlkit"})
