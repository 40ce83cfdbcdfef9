"""Start the one-file program: unpack it once into a directory that no other account can change.

This text is ``__main__.py`` of the file; shiv's part of it unpacks the program. By itself shiv would unpack into
``~/.shiv``, which under sudo may be the home directory of another account.
"""

import json
import os
import stat
import sys
import zipimport
from pathlib import Path

_OF_ROOT = ("/var/cache/redis-wizard", "/usr/local/lib/redis-wizard/cache")
"""The second one where machine code cannot run from the first, on a file system mounted noexec."""
_WRITABLE = stat.S_IWGRP | stat.S_IWOTH


def _places() -> list[Path]:
    if chosen := os.environ.get("SHIV_ROOT"):
        return [Path(chosen)]
    if os.geteuid() == 0:
        return [Path(place) for place in _OF_ROOT]
    return [Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "redis-wizard"]


def _runs_code(place: Path) -> bool:
    """Make the directory where it is absent, and return whether machine code runs from it."""
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = place.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid() or status.st_mode & _WRITABLE:
        sys.exit(f"redis-wizard: {place}: another account can change it; set SHIV_ROOT to a directory of your own")
    return not os.statvfs(place).f_flag & os.ST_NOEXEC


def _unpack_to() -> Path:
    places = _places()
    try:
        for place in places:
            if _runs_code(place):
                return place
    except OSError as error:
        sys.exit(f"redis-wizard: {error.filename}: {error.strerror}; set SHIV_ROOT to a directory of your own")
    refused = " and ".join(str(place) for place in places)
    sys.exit(f"redis-wizard: {refused}: mounted noexec; set SHIV_ROOT to a directory that runs programs")


def _main() -> None:
    place = _unpack_to()
    archive = sys.argv[0]
    build = json.loads(zipimport.zipimporter(archive).get_data("environment.json"))["build_id"]
    # The name that shiv gives it, and only when it is complete.
    packages = place / f"{Path(archive).resolve().name}_{build}" / "site-packages"
    if not packages.exists():
        _unpack(place)
    # The file may lie where others can replace it; nothing more is loaded from it once it is unpacked.
    sys.path[:] = [str(packages), *(entry for entry in sys.path if entry != archive)]
    from wizard.cli.main import main  # noqa: PLC0415 - it is on the path from here on

    sys.exit(main())


def _unpack(place: Path) -> None:
    """Have shiv unpack; its own start costs more than ``--version`` may, so it is not used again."""
    from _bootstrap import Environment, cache_path, current_zipfile, extract_site_packages  # noqa: PLC0415 - see above

    with current_zipfile() as file:
        build = Environment.from_json(file.read("environment.json").decode()).build_id
        extract_site_packages(file, cache_path(file, str(place), build))


if __name__ == "__main__":
    _main()
