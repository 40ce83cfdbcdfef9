"""Two workers never boot hosts of the same name: what shares a host is in one group."""

import re
from pathlib import Path

import pytest

from tests.support.host_groups import HOST_A_PARAMETER, HOST_A_TEST, LONGEST

SYSTEM = Path(__file__).parents[1] / "system"


@pytest.mark.parametrize("name", HOST_A_TEST)
def test_a_host_a_test_is_named_after_it(name: str) -> None:
    text = (SYSTEM / name).read_text()
    assert not re.search(r"scope=|_host\(\"|stage\(\"", text)
    assert "request.node.name" in text


@pytest.mark.parametrize("name", HOST_A_PARAMETER)
def test_a_host_a_parameter_is_named_after_it(name: str) -> None:
    text = (SYSTEM / name).read_text()
    found = re.search(rf"def {HOST_A_PARAMETER[name]}\(request.*?(?=\n\n\n)", text, re.DOTALL)
    assert found
    assert "request.param" in found[0]
    assert re.search(r"scope=\"module\",\s+params=", text)


@pytest.mark.parametrize("name", LONGEST)
def test_a_file_that_comes_first_is_there(name: str) -> None:
    assert (SYSTEM / name).exists()


def test_no_two_files_name_the_same_host() -> None:
    names = [
        (path.name, said)
        for path in sorted(SYSTEM.glob("test_*.py"))
        for said in set(re.findall(r"(?:debian_host|hostile_host|stage)\((\"[^\"]+\")", path.read_text()))
    ]
    assert len({said for _, said in names}) == len(names), names
