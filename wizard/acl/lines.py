"""Lines of an ACL file as the server cuts them."""


def user_name(line: bytes) -> str:
    """Return the name that a line defines by the server's grammar, empty for any other line.

    Source:
        redis 8.0 ``src/acl.c``, ``ACLLoadFromFile()``: the keyword is case-sensitive, only blanks separate.
    """
    words = line.strip(b" \t\r\n").split(b" ", 2)
    return words[1].decode("utf-8", "surrogateescape") if words[0] == b"user" and len(words) > 1 else ""


def decode(line: bytes) -> str:
    """Return a line as text without its line end; bytes that are no UTF-8 survive the way back."""
    return line.rstrip(b"\r\n").decode("utf-8", "surrogateescape")


def split_lines(data: bytes) -> list[bytes]:
    """Cut a file into lines, each with its line end; nothing is lost."""
    lines = [line + b"\n" for line in data.split(b"\n")]
    lines[-1] = lines[-1][:-1]
    return lines if lines[-1] else lines[:-1]
