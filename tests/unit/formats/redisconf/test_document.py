import pytest

from wizard.errors import InvalidValueError
from wizard.formats.redisconf.document import Document

STOCK = b"""# Accept connections on the specified port.
port 6379

# requirepass foobared
# maxmemory <bytes>
# maxmemory is a limit; prose stays prose.
# save 3600 1 300 100

appendonly no
"""


def test_reads_names_arguments_and_problems() -> None:
    lines = Document.parse(b'PORT "6379"\n# x\n\nrequirepass "a\n').lines
    assert [(line.number, line.name, line.arguments) for line in lines] == [
        (1, "port", ("6379",)),
        (2, "", ()),
        (3, "", ()),
        (4, "requirepass", ()),
    ]
    assert [bool(line.problem) for line in lines] == [False, False, False, True]


def test_edits_the_line_that_is_there() -> None:
    assert Document.parse(STOCK).set("port", [["0"]]).data() == STOCK.replace(b"port 6379", b"port 0")


def test_a_new_directive_goes_behind_its_example() -> None:
    data = Document.parse(STOCK).set("requirepass", [["a b"]]).data()
    assert data == STOCK.replace(b"# requirepass foobared\n", b'# requirepass foobared\nrequirepass "a b"\n')


def test_prose_is_no_example() -> None:
    data = Document.parse(STOCK).set("maxmemory", [["1gb"]]).data()
    assert data == STOCK.replace(b"# maxmemory <bytes>\n", b"# maxmemory <bytes>\nmaxmemory 1gb\n")


def test_a_directive_without_example_goes_to_the_end() -> None:
    assert Document.parse(STOCK).set("timeout", [["5"]]).data() == STOCK + b"timeout 5\n"
    assert Document.parse(b"port 1").set("timeout", [["5"]]).data() == b"port 1\ntimeout 5\n"
    assert Document.parse(b"").set("timeout", [["5"]]).data() == b"timeout 5\n"


def test_no_values_take_the_lines_out() -> None:
    data = b"a 1\nsave 1 1\n# save\n  save 2 2\nb 2\n"
    assert Document.parse(data).set("save", []).data() == b"a 1\n# save\nb 2\n"


def test_a_line_that_means_the_same_stays_as_it_is() -> None:
    data = b"\tMaxMemory   1GB   \r\n"
    assert Document.parse(data).set("maxmemory", [["1073741824"]]).data() == data


def test_of_repeated_lines_the_last_is_kept() -> None:
    assert Document.parse(b"timeout 1\n# x\ntimeout 2\n").set("timeout", [["3"]]).data() == b"# x\ntimeout 3\n"


def test_equal_lines_among_several_stay_where_they_are() -> None:
    data = b"save 900 1\n# b\nsave  300  10\n# c\nsave 60 10000\n"
    edited = Document.parse(data).set("save", [["3600", "1"], ["300", "10"], ["60", "10000"]])
    assert edited.data() == data.replace(b"900", b"3600")


def test_further_values_follow_the_last_line() -> None:
    data = Document.parse(b"user a on\n# x\n").set("user", [["a", "on"], ["b", "off"]]).data()
    assert data == b"user a on\nuser b off\n# x\n"


def test_aliases_are_the_same_directive_and_keep_their_name() -> None:
    document = Document.parse(b"Slave-Read-Only yes\n")
    assert document.values("replica-read-only") == (("yes",),)
    assert document.set("replica-read-only", [["no"]]).data() == b"Slave-Read-Only no\n"


def test_indentation_and_carriage_returns_stay() -> None:
    data = b"# x\r\n  port 1\r\n"
    assert Document.parse(data).set("port", [["2"]]).set("hz", [["5"]]).data() == b"# x\r\n  port 2\r\nhz 5\r\n"


def test_a_broken_line_is_replaced() -> None:
    assert Document.parse(b'requirepass "a\n').set("requirepass", [["b"]]).data() == b"requirepass b\n"
    assert Document.parse(b'requirepass "a\n').values("requirepass") == ()


def test_an_edit_leaves_the_first_document_alone() -> None:
    document = Document.parse(b"port 1\n")
    document.set("port", [["2"]])
    assert document.data() == b"port 1\n"


@pytest.mark.parametrize("name", ["", "a b", "a\nb", "#a", '"a"', "-a"])
def test_refuses_a_name_that_is_none(name: str) -> None:
    with pytest.raises(InvalidValueError):
        Document.parse(b"").set(name, [["1"]])


def test_refuses_an_argument_that_no_file_can_hold() -> None:
    with pytest.raises(InvalidValueError):
        Document.parse(b"").set("logfile", [["\ud800"]])


def test_equal_documents_have_equal_bytes() -> None:
    edited = Document.parse(b"port 1\n").set("port", [["2"]])
    assert edited == Document.parse(b"port 2\n")
    assert len({edited, Document.parse(b"port 2\n")}) == 1
    assert edited != b"port 2\n"


def test_a_repr_shows_no_argument() -> None:
    document = Document.parse(b"requirepass hidden\nrequirepass=hidden\n")
    assert "hidden" not in repr(document) + repr(document.lines)
