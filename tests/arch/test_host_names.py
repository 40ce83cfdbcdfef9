"""Two workers never boot hosts of the same name: a worker takes a file whole, and no two files share a name."""

import re
from pathlib import Path

SYSTEM = Path(__file__).parents[1] / "system"


def test_no_two_files_name_the_same_host() -> None:
    names = [
        (path.name, said)
        for path in sorted(SYSTEM.glob("test_*.py"))
        for said in set(re.findall(r"(?:debian_host|hostile_host|stage)\((\"[^\"]+\")", path.read_text()))
    ]
    assert len({said for _, said in names}) == len(names), names
