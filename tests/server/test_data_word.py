"""The operator's word on the command line: what may lose data is said, refused, and done once it is accepted."""

import tempfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import pytest

from tests.support.scenario import Ran, assert_refused, run
from wizard.cli import output
from wizard.model.plan import Plan
from wizard.model.value import from_json
from wizard.sandbox.host import SandboxHost

pytestmark = pytest.mark.server


@pytest.fixture
def box() -> Iterator[SandboxHost]:
    """A sandbox whose file would start its server without its data."""
    with (
        tempfile.TemporaryDirectory(prefix="rw-") as directory,
        SandboxHost.create(PurePosixPath(directory, "s")) as made,
    ):
        with Path(made.layout.config).open("a", encoding="utf-8") as config:
            config.write("dbfilename other.rdb\n")
        yield made


def command(box: SandboxHost, *words: str) -> Ran:
    return run("--sandbox-dir", str(box.layout.directory), *words)


def test_the_plan_says_what_may_be_lost_and_how_to_accept_it(box: SandboxHost) -> None:
    said = command(box, "plan").out
    assert "May lose data" in said
    assert "its file says dbfilename 'other.rdb'" in " ".join(said.split())
    assert "--accept-data-loss restart" in " ".join(said.split())


def test_yes_alone_is_not_the_word(box: SandboxHost, tmp_path: Path) -> None:
    before = Path(box.layout.config).read_bytes()
    secrets_to = str(tmp_path / "passwords.toml")
    ran = command(box, "apply", "--yes", "--secrets-to", secrets_to)
    assert_refused(ran, "restart may lose data", "--accept-data-loss restart")
    assert Path(box.layout.config).read_bytes() == before
    assert not Path(secrets_to).exists()


def test_a_word_for_what_loses_nothing_is_a_mistake(box: SandboxHost) -> None:
    assert_refused(command(box, "plan", "--accept-data-loss", "directive:port"), "it is one of restart", status=64)


def test_a_plan_is_saved_with_the_word(box: SandboxHost, tmp_path: Path) -> None:
    saved = str(tmp_path / "plan.json")
    said = command(box, "plan", "--out", saved, "--accept-data-loss", "restart")
    assert "Accepted." in said.out
    assert from_json(Plan, Path(saved).read_bytes()).consents == ("restart",)


@pytest.mark.parametrize(("answers", "status"), [(["yes", "lose data"], 0), (["yes", "yes"], 130), (["no"], 130)])
def test_a_person_types_the_word(
    box: SandboxHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answers: list[str], status: int
) -> None:
    monkeypatch.setattr(output, "interactive", lambda: True)
    monkeypatch.setattr(output, "ask", lambda _question: answers.pop(0))
    ran = command(box, "--quiet", "apply", "--secrets-to", str(tmp_path / "passwords.toml"))
    assert ran.status == status, ran
