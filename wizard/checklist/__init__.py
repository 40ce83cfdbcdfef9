"""Judge a host by the checklist.

A check reads `HostFacts` and nothing else: what could not be read is *unknown*, and a pass has evidence. `sections/`
has the 25 items of the chapter, `extra/` those beyond it, the modules beside them what several items need.
"""

from wizard.checklist.ids import current_id
from wizard.checklist.manual import ATTESTABLE, VALID_DAYS
from wizard.checklist.registry import ITEMS_BY_ID, check
from wizard.checklist.report.brief import render as render_brief
from wizard.checklist.report.json import render as render_json
from wizard.checklist.report.page import page_of
from wizard.checklist.report.page import render as render_pages
from wizard.checklist.report.table import render as render_table
from wizard.checklist.users import Users, users_of

__all__ = [
    "ATTESTABLE",
    "ITEMS_BY_ID",
    "VALID_DAYS",
    "Users",
    "check",
    "current_id",
    "page_of",
    "render_brief",
    "render_json",
    "render_pages",
    "render_table",
    "users_of",
]
