"""Entry of the program: reads arguments, runs one command, turns errors into one line and a status.

Nothing heavy is imported before a command needs it, so that ``--version`` and ``--help`` answer at once.
"""

import gc
import os
import sys
import warnings
from collections.abc import Sequence

INTERRUPTED = 130
BROKEN_PIPE = 141
_OBJECTS_BETWEEN_COLLECTIONS = 50_000


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        argv: Arguments without the program's name; those of the process by default.

    Returns:
        The exit status: 0 done, 1 error, 2 changes pending (``plan --detailed-exitcode``), 3 below
        ``--fail-under``, 4 rolled back, 5 busy, 6 left while it goes on, 64 wrong usage,
        130 interrupted, nothing changed.
    """
    # What a command imports and makes lives to its end: to look through it for garbage takes a tenth of its time.
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
    return _run(list(sys.argv[1:] if argv is None else argv))


def _run(arguments: Sequence[str]) -> int:
    from wizard.errors import WizardError  # noqa: PLC0415 - loaded where it is used

    debug = "--debug" in arguments
    try:
        return _between_streams(arguments)
    except WizardError as error:
        _say(str(error))
        return error.exit_status
    except KeyboardInterrupt:
        _say("interrupted; nothing changed")
        return INTERRUPTED
    except BrokenPipeError:
        return BROKEN_PIPE
    except Exception as error:  # noqa: BLE001 - the last net: no traceback reaches an operator
        _say(_defect(error, debug=debug), lines=debug)
        return 1


def _between_streams(arguments: Sequence[str]) -> int:
    """Run with streams that can be written to; a result that could not be written is an error."""
    from wizard.cli import streams  # noqa: PLC0415 - loaded where it is used

    streams.normalize()
    with warnings.catch_warnings():
        # A library's warning about an odd certificate of the host says nothing to an operator.
        warnings.simplefilter("ignore", UserWarning)
        status = _dispatch(arguments)
    streams.flush()
    return status


def _dispatch(arguments: Sequence[str]) -> int:
    if arguments == ["--version"]:
        from wizard import __version__  # noqa: PLC0415 - the shortest way to an answer

        sys.stdout.write(f"redis-wizard {__version__}\n")
        return 0
    from wizard.cli.arguments import parse  # noqa: PLC0415 - argparse costs more than --version may

    try:
        options = parse(arguments)
    except SystemExit:  # argparse has written the help that was asked for
        return 0
    from wizard.host import dumps  # noqa: PLC0415 - loaded where it is used

    dumps.forbid()
    if options.no_color:
        # Textual and its parts read this variable too; it is the one word for it.
        os.environ["NO_COLOR"] = "1"
    status: int = options.run(options)
    return status


def _say(text: str, *, lines: bool = False) -> None:
    from wizard.cli.output import info  # noqa: PLC0415 - loaded where it is used

    info(f"redis-wizard: {text}", lines=lines)


def _defect(error: Exception, *, debug: bool) -> str:
    """Describe a programming mistake by its type and place, never by values, which may be secret."""
    import traceback  # noqa: PLC0415 - only in this rare case

    frames = traceback.extract_tb(error.__traceback__)
    if debug:
        places = "".join(f"\n  {frame.filename}:{frame.lineno} in {frame.name}" for frame in frames)
        return f"defect: {type(error).__name__}{places}"
    last = frames[-1] if frames else None
    where = f"{last.filename.rsplit('/', 1)[-1]}:{last.lineno}" if last else "an unknown line"
    return f"defect: {type(error).__name__} at {where}; please report it, with the output of --debug"
