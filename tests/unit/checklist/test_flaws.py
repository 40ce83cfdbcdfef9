import pytest

from wizard.checklist.flaws import flaws_of, is_newer_than_list, known_flaws
from wizard.model.facts.service import Flavour

LUA = "CVE-2025-49844"


@pytest.mark.parametrize(
    ("flavour", "version", "affected"),
    [
        *((Flavour.REDIS, version, True) for version in ("5.0.3", "6.2.19", "7.0.15", "7.4.5", "8.0.3", "8.2.1")),
        *((Flavour.REDIS, version, False) for version in ("6.2.20", "7.2.11", "7.4.6", "8.0.4", "8.2.2", "8.4.0")),
        *((Flavour.VALKEY, version, True) for version in ("7.2.10", "8.0.5", "8.1.1", "8.1.3")),
        *((Flavour.VALKEY, version, False) for version in ("7.2.11", "8.0.6", "8.1.4", "9.0.0", "9.1.2")),
    ],
)
def test_a_line_has_a_flaw_until_its_own_fix(flavour: Flavour, version: str, affected: bool) -> None:  # noqa: FBT001 - a case
    assert (LUA in {each.cve for each in flaws_of(flavour, version)}) is affected


def test_every_row_names_a_flaw_and_its_fixes() -> None:
    for flaw in known_flaws():
        assert flaw.cve.startswith("CVE-20")
        assert list(flaw.fixed) == sorted(flaw.fixed)
        assert flaw.product in {"redis", "valkey"}
        assert flaw.what


def test_a_line_after_the_list_is_newer() -> None:
    assert is_newer_than_list(Flavour.REDIS, "8.10.0")
    assert not is_newer_than_list(Flavour.REDIS, "8.2.9")
