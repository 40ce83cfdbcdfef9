"""Permission bits are octal text in JSON, and numbers everywhere else."""

import json
import re
from pathlib import PurePosixPath

import pytest

from tests.support.kinds_of_change import EXAMPLES
from wizard.errors import InvalidValueError
from wizard.model.change import IssueCertificate, MakeDirectory, SetMode, WriteFile
from wizard.model.facts.files import FileKind, FileStatus
from wizard.model.value import from_json, replace, to_json

STATUS = FileStatus(path=PurePosixPath("/etc/redis"), kind=FileKind.DIRECTORY, mode=0o2770)


def test_permission_bits_are_octal_text() -> None:
    assert json.loads(to_json(STATUS))["mode"] == "2770"
    assert json.loads(to_json(replace(STATUS, mode=0o600)))["mode"] == "0600"


def test_they_are_read_as_they_were_written() -> None:
    assert from_json(FileStatus, to_json(STATUS)) == STATUS
    assert from_json(FileStatus, to_json(STATUS)).mode == 0o2770


def test_documents_of_version_0_1_have_a_number() -> None:
    earlier = to_json(STATUS).replace('"2770"', str(0o2770))
    assert from_json(FileStatus, earlier) == STATUS


@pytest.mark.parametrize("mode", ['"rwx"', '"0o600"', '"0999"', "null", "[]", '"-600"', "1.5", "true"])
def test_anything_else_is_refused_with_its_place(mode: str) -> None:
    with pytest.raises(InvalidValueError, match=r"\$\.mode"):
        from_json(FileStatus, to_json(STATUS).replace('"2770"', mode))


def test_changes_have_them_too() -> None:
    for kind in (MakeDirectory, SetMode, WriteFile, IssueCertificate):
        written = {name: value for name, value in json.loads(to_json(EXAMPLES[kind])).items() if name.endswith("mode")}
        assert all(re.fullmatch("0[0-7]{3}", value) for value in written.values())
        assert len(written) == 1
