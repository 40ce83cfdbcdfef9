"""The man page and the completions of bash and zsh, from the program's own parser."""

import argparse
import gzip
import re
import subprocess
import sys
from pathlib import Path

import shtab

from wizard import __version__
from wizard.cli.arguments import build

_PARSER = "wizard.cli.arguments"
_DIRECTORIES = {"DIR", "DIRECTORY"}
_PATHS = {"FILE", "PATH", "REPORT", "PLAN", "SOCKET", *_DIRECTORIES}


def write(root: Path) -> None:
    """Write them below the root of a package, where each program looks for them."""
    page = root / "usr/share/man/man8/redis-wizard.8.gz"
    bash = root / "usr/share/bash-completion/completions/redis-wizard"
    zsh = root / "usr/share/zsh/vendor-completions/_redis-wizard"
    for path in (page, bash, zsh):
        path.parent.mkdir(parents=True, exist_ok=True)
    page.write_bytes(gzip.compress(man_page().encode(), mtime=0))
    bash.write_text(completion("bash"))
    zsh.write_text(completion("zsh"))


def man_page() -> str:
    """Return the manual page, section 8: commands of the administrator."""
    heading = ["--manual-section", "8", "--manual-title", "redis-wizard", "--version", __version__]
    what = ["--project-name", "redis-wizard", "--description", "harden Redis or Valkey on this host"]
    program = Path(sys.executable).with_name("argparse-manpage")
    return _output(str(program), "--module", _PARSER, "--function", "build", *heading, *what)


def completion(shell: str) -> str:
    """Return the completion for ``bash`` or ``zsh``, with the common options behind each command."""
    parser = build(repeat=True)
    _complete_files(parser)
    return str(shtab.complete(parser, shell=shell))


def _complete_files(parser: argparse.ArgumentParser) -> None:
    """Have a shell offer files where the parser reads a path: it names them FILE, PATH, REPORT, PLAN or DIRECTORY."""
    for action in parser._actions:  # noqa: SLF001 - shtab walks it too; argparse has no other list
        if isinstance(action.choices, dict):
            for inner in action.choices.values():
                _complete_files(inner)
        elif words := _PATHS & set(re.findall(r"[A-Z]+", str(action.metavar))):
            action.complete = shtab.DIRECTORY if words <= _DIRECTORIES else shtab.FILE  # type: ignore[attr-defined]  # shtab reads it


def _output(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
