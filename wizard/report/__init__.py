"""Write a report for other programs and people, and compare it with an earlier one.

Each format is one function from a `Report` to a text. What the host says is data in all of them.
"""

from wizard.report.comparison import render_comparison
from wizard.report.formats import render
from wizard.report.prometheus import CheckedServer
from wizard.report.prometheus import prometheus as render_metrics
from wizard.report.reading import read_report

__all__ = ["CheckedServer", "read_report", "render", "render_comparison", "render_metrics"]
