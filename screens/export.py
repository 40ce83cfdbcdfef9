"""Write a file that the operator asked for: new, and readable by them alone."""

from pathlib import Path, PurePosixPath

from wizard.host.files import exclusive_create


def write_private(path: PurePosixPath, text: str) -> None:
    """Create a file with mode 0600 and write a text; raises as `wizard.host.files.exclusive_create.create`."""
    exclusive_create.create(path, text, mode=0o600)


def home() -> PurePosixPath:
    """Return the operator's own directory, where exports are suggested."""
    try:
        return PurePosixPath(Path.home())
    except RuntimeError:
        return PurePosixPath("/")
