"""Check the owner of the recovery program before Python reads a byte of it.

The program is in the state directory. Between the moment at which a unit is written and the one at which it runs,
another administrator may have changed the owner of that directory. The check cannot be in the program itself, so it
is in the command line, on one line, without a character that systemd interprets.

Source:
    runpy.run_path(): a zip file is put on the path and its ``__main__`` is run. Decision 24.
"""

from pathlib import PurePosixPath

from wizard.host.reader import HostReader

_REFUSAL = "is refused: a user other than root could change it; check it, then run redis-wizard recover"
_STATEMENTS = (
    "import os, runpy, sys",
    "p = sys.argv.pop(1)",
    # Every directory on the way, by its written name and by its real one, and all beside the program.
    "w = [q[:i] or '/' for q in (p, os.path.realpath(p)) for i, c in enumerate(q) if c == '/']",
    "d = os.path.dirname(p)",
    "w += [os.path.join(a, n) for a, b, c in os.walk(d) for n in b + c]",
    # Only a link on the way may be one; what counts then is the directory that it is in.
    "s = [(n, os.lstat(n)) for n in w]",
    "x = [n for n, f in s if f.st_uid or (f.st_mode & 18 if f.st_mode >> 12 != 10 else n.startswith(d))]",
    f"x and sys.exit('redis-wizard: ' + x[0] + ' {_REFUSAL}')",
    "runpy.run_path(p, run_name='__main__')",
)
CODE = "; ".join(_STATEMENTS)


def command(host: HostReader, archive: PurePosixPath) -> tuple[str, ...]:
    """Return what Python is given to run an archive: on the running machine with a look before it."""
    return ("-I", "-c", CODE, str(archive)) if host.reopen_arguments == () and host.root else ("-I", str(archive))
