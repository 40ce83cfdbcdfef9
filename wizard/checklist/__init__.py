"""Judge a host by the checklist."""

from wizard.checklist.ids import current_id
from wizard.checklist.registry import check
from wizard.checklist.report.json import render as render_json
from wizard.checklist.report.table import render as render_table

__all__ = ["check", "current_id", "render_json", "render_table"]
