"""A report as JUnit XML, for a CI server that shows test results."""

from datetime import datetime
from xml.etree import ElementTree as ET

from wizard.model.finding import Finding, Report, State
from wizard.model.text import escape

_SKIPPED = {State.UNKNOWN, State.NOT_APPLICABLE}


def junit(report: Report) -> str:
    """Return one suite with a test case an item; what is not known or does not apply is skipped, with its reason."""
    every = (*report.items, *report.extra)
    counts = {
        "tests": str(len(every)),
        "failures": str(sum(each.state is State.FAIL for each in every)),
        "skipped": str(sum(each.state in _SKIPPED for each in every)),
        "errors": "0",
    }
    root = ET.Element("testsuites", {"name": "redis-wizard", **{k: v for k, v in counts.items() if k != "skipped"}})
    taken = datetime.fromisoformat(report.taken_at).replace(tzinfo=None).isoformat()
    suite = ET.SubElement(
        root,
        "testsuite",
        {"name": _text(report.instance), "hostname": _text(report.host), "timestamp": taken, "time": "0", **counts},
    )
    for finding in every:
        _case(suite, finding)
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _case(suite: ET.Element, finding: Finding) -> None:
    names = {"classname": f"redis-wizard.{finding.severity.value}", "name": f"{finding.id} {finding.title}"}
    case = ET.SubElement(suite, "testcase", {**{key: _text(text) for key, text in names.items()}, "time": "0"})
    if finding.state is State.FAIL:
        failure = ET.SubElement(case, "failure", {"message": _text(finding.summary), "type": finding.severity.value})
        evidence = (f"{each.what}: {each.value} ({each.source})" for each in finding.evidence)
        failure.text = "\n".join(_text(line) for line in (*evidence, finding.fix) if line)
    elif finding.state in _SKIPPED:
        ET.SubElement(case, "skipped", {"message": _text(f"{finding.state.value}: {finding.summary}")})


def _text(text: str) -> str:
    """Return a text that XML 1.0 can hold: `escape` leaves it no control character but these two non-characters."""
    return escape(text).replace("\ufffe", "\\ufffe").replace("\uffff", "\\uffff")
