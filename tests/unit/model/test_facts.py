"""What a file is."""

from pathlib import PurePosixPath

from wizard.model.facts.files import FileKind, FileStatus


def test_when_a_file_was_written_is_no_part_of_what_it_is() -> None:
    written = [FileStatus(path=PurePosixPath("/a"), kind=FileKind.FILE, modified=time) for time in (1, 2)]
    assert written[0] == written[1]
    assert len(set(written)) == 1
    assert written[0] != FileStatus(path=PurePosixPath("/a"), kind=FileKind.FILE, mode=0o600, modified=1)
