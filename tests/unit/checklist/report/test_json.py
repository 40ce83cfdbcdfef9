"""The report as JSON that others rely on."""

import json
from datetime import date

from tests.support.facts_builder import pristine_host
from wizard.checklist.registry import check
from wizard.checklist.report.json import render
from wizard.model.finding import Report
from wizard.model.value import from_json


def test_is_one_document_with_the_promised_keys() -> None:
    data = json.loads(render(check(pristine_host(), today=date(2026, 5, 4))))
    assert (data["schema"], data["version"]) == ("redis-wizard/report", 1)
    assert len(data["items"]) == 25
    first = data["items"][0]
    assert {"number", "state", "severity", "evidence", "fix"} <= set(first)
    assert set(first["evidence"][0]) == {"what", "source", "value"}
    assert data["extra"][0]["id"] == "Xwritable"


def test_reads_back_as_the_same_report() -> None:
    report = check(pristine_host(), today=date(2026, 5, 4))
    assert from_json(Report, render(report)) == report
