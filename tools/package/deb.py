"""Build the Debian package from the one-file program: unpacked, so that dpkg owns and verifies each file.

It has no unit for recovery: an apply writes that itself, and it must work where the package is gone. The timer of the
regular check is enabled as Debian does it, by what debhelper's dh_installsystemd would write.

Source:
    deb(5), deb-control(5), deb-prerm(5), deb-postrm(5);
    Debian Policy 6 (maintainer scripts) and 10.1 (files in /usr/lib); deb-systemd-helper(1p).
"""

import argparse
import gzip
import os
import subprocess
import sys
import tempfile
import zipfile
from email.utils import formatdate
from pathlib import Path

from tools.package import manual
from tools.package.address import public_address
from tools.package.pyz import PROJECT, PYTHONS, build, file_name, source_date
from wizard import __version__, timers

_HOME = "usr/lib/redis-wizard"
_DOCUMENTS = "usr/share/doc/redis-wizard"
FILES = {
    f"{_DOCUMENTS}/CHANGELOG.md": "CHANGELOG.md",
    f"{_DOCUMENTS}/install.md": "docs/install.md",
}
"""Files of the project that the package has as they are, beside the program, its man page and its completions."""
_MAINTAINER = "The authors of redis-wizard <root@localhost>"
_COPYRIGHT = """\
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: redis-wizard

Files: *
Copyright: 2026, the authors of redis-wizard
License: Apache-2.0
 On Debian systems, /usr/share/common-licenses/Apache-2.0 has the full text.

Files: usr/lib/redis-wizard/site-packages/*
Copyright: 2026 and before, the authors of each library
License: other
 Each library has its own license, in its directory *.dist-info.
"""
_CHANGELOG = """\
redis-wizard ({version}) unstable; urgency=medium

  * CHANGELOG.md beside this file says what changed.

 -- {maintainer}  {date}
"""
_OVERRIDES = """\
# Libraries are as their authors published them, with the hashes of requirements/run.txt.
redis-wizard: unstripped-binary-or-object
# Compiled libraries fit one version of Python, so the program names it.
redis-wizard: unusual-interpreter
# Names no mail address: reports go to the address of the publisher, if the build has one.
redis-wizard: bogus-mail-host
redis-wizard: bogus-mail-host-in-debian-changelog
redis-wizard: root-in-contact
"""
_COMMAND = """\
#!/usr/bin/python{python} -I
import sys
sys.path.insert(0, "/{home}/site-packages")
from wizard.cli.main import main
sys.exit(main())
"""
_CONTROL = """\
Package: redis-wizard
Version: {version}
Architecture: {architecture}
Maintainer: {maintainer}
Depends: python{python}, libc6 (>= 2.28)
Suggests: bash-completion, redis-server | valkey-server
Section: admin
Priority: optional
Installed-Size: {size}
{homepage}Description: harden Redis or Valkey on this host
 Looks at the host, shows the exact plan and applies it. An apply that fails
 is rolled back, and so is one that is not confirmed in time.
"""
_POSTINST = """\
#!/bin/sh
set -e
if [ "$1" = configure ]; then
	deb-systemd-helper unmask {timer} >/dev/null || :
	if deb-systemd-helper --quiet was-enabled {timer}; then
		deb-systemd-helper enable {timer} >/dev/null || :
	else
		deb-systemd-helper update-state {timer} >/dev/null || :
	fi
	if [ -d /run/systemd/system ]; then
		systemctl --system daemon-reload >/dev/null || :
		deb-systemd-invoke start {timer} >/dev/null || :
	fi
fi
"""
_PRERM = """\
#!/bin/sh
set -e
[ "$1" != remove ] || [ ! -d /run/systemd/system ] || deb-systemd-invoke stop {timer} >/dev/null || :
# Byte code, which Python writes beside the files of the package.
find /{home}/site-packages -name __pycache__ -type d -prune -exec rm -rf {{}} +
[ "$1" != remove ] || [ ! -e /var/lib/redis-wizard/pending ] ||
	echo 'redis-wizard: an apply is open; its recovery program in /var/lib/redis-wizard finishes it' >&2
"""
_POSTRM = """\
#!/bin/sh
set -e
[ "$1" != remove ] || [ ! -d /run/systemd/system ] || systemctl --system daemon-reload >/dev/null || :
[ "$1" != purge ] || ! command -v deb-systemd-helper >/dev/null || deb-systemd-helper purge {timer} >/dev/null || :
if [ "$1" = purge ] && [ -d /var/lib/redis-wizard ]; then
	echo 'redis-wizard: the host stays hardened; snapshots and the key of the CA stay in /var/lib/redis-wizard' >&2
	echo 'redis-wizard: to remove them too, install the package again and run redis-wizard uninstall' >&2
fi
"""


def package(pyz: Path, python: str, directory: Path, *, release: str = __version__) -> Path:
    """Build the package from its one-file program.

    Args:
        pyz: The program.
        python: The version of Python that it is for: the one of the Debian release.
        directory: Where to put the package.
        release: The version that the package names.
    """
    os.umask(0o022)
    architecture = _output("dpkg", "--print-architecture")
    version = f"{release}+py{python.replace('.', '')}"
    target = directory / f"redis-wizard_{version}_{architecture}.deb"
    with tempfile.TemporaryDirectory() as work:
        root = Path(work, "root")
        root.mkdir(mode=0o755)
        _fill(root, pyz, python)
        _documents(root, version)
        size = sum(path.stat().st_size for path in root.rglob("*") if path.is_file()) // 1024
        values = {"version": version, "architecture": architecture, "python": python, "size": size, "home": _HOME}
        values["maintainer"] = _MAINTAINER
        address = public_address()
        values["homepage"] = f"Homepage: {address}\n" if address else ""
        values["timer"] = timers.Timer.CHECK.unit
        _control(root / "DEBIAN", values)
        command = ["dpkg-deb", "--root-owner-group", "--build", str(root), str(target)]
        environment = {**os.environ, "SOURCE_DATE_EPOCH": str(source_date())}
        subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)
    return target


def _fill(root: Path, pyz: Path, python: str) -> None:
    home = root / _HOME
    with zipfile.ZipFile(pyz) as archive:
        archive.extractall(home, [name for name in archive.namelist() if name.startswith("site-packages/")])
    command = root / "usr/bin/redis-wizard"
    command.parent.mkdir(parents=True)
    command.write_text(_COMMAND.format(python=python, home=_HOME))
    command.chmod(0o755)
    manual.write(root)
    units = root / "usr/lib/systemd/system"
    units.mkdir(parents=True)
    for name, text in timers.texts(timers.Timer.CHECK, ["/usr/bin/redis-wizard", "timer", "run"]).items():
        (units / name).write_text(text)


def _documents(root: Path, version: str) -> None:
    date = formatdate(source_date())
    changelog = _CHANGELOG.format(version=version, maintainer=_MAINTAINER, date=date).encode()
    files = {name: (PROJECT / source).read_bytes() for name, source in FILES.items()}
    files[f"{_DOCUMENTS}/copyright"] = _COPYRIGHT.encode()
    files[f"{_DOCUMENTS}/changelog.gz"] = gzip.compress(changelog, mtime=0)
    files["usr/share/lintian/overrides/redis-wizard"] = _OVERRIDES.encode()
    for name, data in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)


def _control(directory: Path, values: dict[str, object]) -> None:
    directory.mkdir()
    (directory / "control").write_text(_CONTROL.format_map(values))
    for name, text in (("postinst", _POSTINST), ("prerm", _PRERM), ("postrm", _POSTRM)):
        (directory / name).write_text(text.format_map(values))
        (directory / name).chmod(0o755)


def _output(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def main() -> None:
    """Build the package that the command line names, and its one-file program where that is missing."""
    parser = argparse.ArgumentParser(description="Build the Debian package.")
    parser.add_argument("--python", choices=PYTHONS, default="3.13", help="3.13 for Debian 13, 3.11 for Debian 12")
    parser.add_argument("--output", type=Path, default=PROJECT / "dist", help="directory to put it in")
    options = parser.parse_args()
    pyz = options.output / file_name(options.python)
    if not pyz.exists():
        build(options.python, options.output)
    sys.stdout.write(f"{package(pyz, options.python, options.output)}\n")


if __name__ == "__main__":
    main()
