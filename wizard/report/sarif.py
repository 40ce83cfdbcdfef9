"""A report as SARIF 2.1.0, for code scanning."""

import json
from pathlib import PurePosixPath
from typing import Any, Final
from urllib.parse import quote

from wizard.model.finding import Finding, Report, Severity, State
from wizard.model.text import clean_json, escape
from wizard.report.location import location_of

SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "note",
}
_SCORES = {Severity.CRITICAL: "9.5", Severity.HIGH: "8.0", Severity.MEDIUM: "5.0", Severity.LOW: "2.0"}
"""GitHub sorts by ``security-severity``: critical above 9.0, high from 7.0, medium from 4.0."""


def sarif(report: Report, base: PurePosixPath, version: str) -> str:
    """Return one run: a rule an item, a result a failure; what is not known is a notification, not a result."""
    every = (*report.items, *report.extra)
    rules = {each.id: each for each in every}
    driver = {"name": "redis-wizard", "semanticVersion": version, "rules": [_rule(each) for each in rules.values()]}
    run = {
        "tool": {"driver": driver},
        "automationDetails": {"id": f"redis-wizard/{escape(report.instance)}/"},
        "invocations": [
            {
                "executionSuccessful": True,
                "endTimeUtc": report.taken_at,
                "toolExecutionNotifications": [
                    {
                        "level": "note",
                        "message": {"text": escape(f"Not known: {each.summary}")},
                        "associatedRule": {"id": each.id},
                    }
                    for each in every
                    if each.state is State.UNKNOWN
                ],
            }
        ],
        "results": [
            _result(each, tuple(rules).index(each.id), report, base)
            | (_fingerprint(each, report) if len(rules) == len(every) else {})
            for each in every
            if each.state is State.FAIL
        ],
    }
    return clean_json(json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2))


def _rule(finding: Finding) -> dict[str, Any]:
    return {
        "id": finding.id,
        "shortDescription": {"text": escape(finding.title)},
        "fullDescription": {"text": escape(finding.sentence or finding.title)},
        "help": {"text": escape(f"redis-wizard check {finding.id}. {finding.source}".strip())},
        "defaultConfiguration": {"level": _LEVELS[finding.severity]},
        "properties": {"security-severity": _SCORES[finding.severity], "tags": ["security"]},
    }


def _result(finding: Finding, number: int, report: Report, base: PurePosixPath) -> dict[str, Any]:
    return {
        "ruleId": finding.id,
        "ruleIndex": number,
        "level": _LEVELS[finding.severity],
        "message": {"text": escape(f"{finding.summary} {finding.fix}".strip())},
        "locations": [_location(finding, report, base)],
    }


def _fingerprint(finding: Finding, report: Report) -> dict[str, Any]:
    """Return what makes two results one: the item, where each has one finding. In a repository the place does."""
    return {"partialFingerprints": {"redisWizardItem/v1": escape(f"{report.instance}:{finding.id}")}}


def _location(finding: Finding, report: Report, base: PurePosixPath) -> dict[str, Any]:
    place = location_of(finding, base)
    if place is None:
        name = escape(f"{report.host}/{report.instance}")
        return {"logicalLocations": [{"fullyQualifiedName": name, "kind": "resource"}]}
    uri = quote(place.path)
    physical: dict[str, Any] = {"artifactLocation": {"uri": f"file://{uri}" if place.path.startswith("/") else uri}}
    if place.line:
        physical["region"] = {"startLine": place.line}
    return {"physicalLocation": physical}
