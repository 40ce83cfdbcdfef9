"""The formats of a report, by name."""

from collections.abc import Callable, Mapping
from pathlib import PurePosixPath
from typing import Final

from wizard import __version__
from wizard.model.finding import Report
from wizard.report.html import html
from wizard.report.junit import junit
from wizard.report.lines import concise, github
from wizard.report.markdown import markdown
from wizard.report.prometheus import CheckedServer, prometheus
from wizard.report.sarif import sarif

FORMATS: Final[Mapping[str, Callable[[Report, PurePosixPath], str]]] = {
    "concise": concise,
    "markdown": markdown,
    "html": lambda report, _base: html(report),
    "sarif": lambda report, base: sarif(report, base, __version__),
    "junit": lambda report, _base: junit(report),
    "github": github,
    "prometheus": lambda report, _base: prometheus((CheckedServer(report),)),
}
"""What `render` writes, besides the table and the JSON document of the checklist."""


def render(report: Report, name: str, base: PurePosixPath) -> str:
    """Return the report in a format of `FORMATS`.

    Args:
        report: What was found.
        name: The format.
        base: The directory that stands for the host's ``/``, as the reader of the report names it.
    """
    return FORMATS[name](report, base)
