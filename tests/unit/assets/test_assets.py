import pytest

import assets


def test_reads_a_shipped_text() -> None:
    assert assets.text("redis/directives.tsv").startswith("#")


def test_gives_the_place_of_a_file_in_a_folder() -> None:
    assert assets.path("redis/directives.tsv").is_file()
    assert assets.path("redis").is_dir()


def test_says_that_a_file_is_not_there() -> None:
    with pytest.raises(FileNotFoundError):
        assets.text("redis/nothing.tsv")
