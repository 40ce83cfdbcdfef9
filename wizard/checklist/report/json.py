"""A report as one JSON document."""

from wizard.model.finding import Report
from wizard.model.value import to_json


def render(report: Report) -> str:
    """Write the report; equal reports give equal text, without a line end at its end."""
    return to_json(report)
