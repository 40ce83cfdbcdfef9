"""The man page and the completions of bash and zsh, from the program's own parser."""

import subprocess
import sys
from pathlib import Path

from wizard import __version__

_PARSER = "wizard.cli.arguments"


def write(root: Path) -> None:
    """Write them below the root of a package, where each program looks for them."""
    page = root / "usr/share/man/man8/redis-wizard.8"
    bash = root / "usr/share/bash-completion/completions/redis-wizard"
    zsh = root / "usr/share/zsh/vendor-completions/_redis-wizard"
    for path in (page, bash, zsh):
        path.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(man_page())
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
    # What shtab's own command line would do; that can give the function no argument.
    code = f"import shtab; from {_PARSER} import build; print(shtab.complete(build(repeat=True), shell='{shell}'))"
    return _output(sys.executable, "-c", code)


def _output(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
