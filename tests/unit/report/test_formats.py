"""Reports for other programs: each is what its consumer's own schema or grammar demands, whatever the host says."""

import json
import re
from datetime import date
from html.parser import HTMLParser
from pathlib import Path, PurePosixPath

import jsonschema
import pytest
import xmlschema

from tests.support.facts_builder import hardened_host, pristine_host
from wizard.checklist.registry import check
from wizard.cli.command_arguments import REPORT_FORMATS
from wizard.model.finding import Evidence, Finding, Report, State
from wizard.model.value import replace
from wizard.report.formats import FORMATS, render

SCHEMAS = Path(__file__).parents[2] / "data/schemas"
HOST = PurePosixPath("/")
TODAY = date(2026, 5, 4)
STOCK = check(pristine_host(), today=TODAY)
HARDENED = check(hardened_host(), today=TODAY)
EVIL = "<script>alert(1)</script> | `x` **b** [a](http://x) @all %0A::error::\n\x1b[31m\u202e\ufffe\"',:&\\"


def hostile(report: Report) -> Report:
    def spoiled(finding: Finding) -> Finding:
        evidence = (
            Evidence(what=EVIL, source=EVIL, value=EVIL),
            Evidence(what="x", source="/a b/é,:c.conf:7", value=""),
        )
        return replace(finding, summary=EVIL, fix=EVIL, evidence=evidence)

    findings = tuple(map(spoiled, report.items))
    return replace(report, host=EVIL, instance=EVIL, looked=EVIL, items=findings)


REPORTS = {"stock": STOCK, "hardened": HARDENED, "hostile": hostile(STOCK)}
FAILED = [each for each in (*STOCK.items, *STOCK.extra) if each.state is State.FAIL]


@pytest.fixture(params=REPORTS)
def report(request: pytest.FixtureRequest) -> Report:
    return REPORTS[request.param]


def test_the_command_line_offers_every_format() -> None:
    assert set(REPORT_FORMATS) == {"table", "json", *FORMATS}


@pytest.mark.parametrize("name", FORMATS)
def test_no_control_character_of_the_host_gets_out(name: str) -> None:
    text = render(REPORTS["hostile"], name, HOST)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", text.replace("\t", ""))


def test_sarif_is_valid_and_has_a_result_for_each_failure(report: Report) -> None:
    document = json.loads(render(report, "sarif", HOST))
    jsonschema.Draft7Validator(json.loads((SCHEMAS / "sarif-2.1.0.json").read_text())).validate(document)
    (run,) = document["runs"]
    states = [each.state for each in (*report.items, *report.extra)]
    assert len(run["results"]) == states.count(State.FAIL)
    notes = run["invocations"][0]["toolExecutionNotifications"]
    assert len(notes) == states.count(State.UNKNOWN)
    assert all(run["tool"]["driver"]["rules"][each["ruleIndex"]]["id"] == each["ruleId"] for each in run["results"])


def test_sarif_names_the_line_in_a_checkout() -> None:
    results = json.loads(render(STOCK, "sarif", PurePosixPath("deploy/x y")))["runs"][0]["results"]
    found = {each["ruleId"]: each["locations"][0] for each in results}
    place = found["21"]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "deploy/x%20y/etc/redis/redis.conf"
    assert place["region"] == {"startLine": 15}
    assert found["9"] == {"logicalLocations": [{"fullyQualifiedName": "db1/redis-server", "kind": "resource"}]}
    on_host = json.loads(render(STOCK, "sarif", HOST))["runs"][0]["results"]
    assert {each["ruleId"]: each for each in on_host}["21"]["locations"][0]["physicalLocation"]["artifactLocation"] == {
        "uri": "file:///etc/redis/redis.conf"
    }


def test_a_file_as_a_whole_is_named_without_a_line() -> None:
    (found,) = (
        each["locations"][0]["physicalLocation"]
        for each in json.loads(render(STOCK, "sarif", PurePosixPath()))["runs"][0]["results"]
        if each["ruleId"] == "17"
    )
    assert found == {"artifactLocation": {"uri": "etc/redis/redis.conf"}}
    assert "\n/etc/redis/redis.conf: 17 high maxmemory is 0" in render(STOCK, "concise", HOST)
    assert "::error file=/etc/redis/redis.conf,title=redis-wizard 17%3A " in render(STOCK, "github", HOST)


def test_junit_is_valid_and_counts_right(report: Report, tmp_path: Path) -> None:
    file = tmp_path / "junit.xml"
    file.write_text(render(report, "junit", HOST), encoding="utf-8")
    xmlschema.XMLSchema(SCHEMAS / "junit-10.xsd").validate(file)
    (suite,) = xmlschema.XMLResource(file).root
    for tag, counter in (("testcase", "tests"), ("testcase/failure", "failures"), ("testcase/skipped", "skipped")):
        assert len(suite.findall(tag)) == int(suite.attrib[counter])


def test_github_has_one_command_a_line_with_file_and_line(report: Report) -> None:
    lines = render(report, "github", PurePosixPath()).splitlines()
    assert all(re.fullmatch(r"::(error|warning|notice) [^:]+::[^\n]*", line) for line in lines)
    assert not any(re.search(r"%0A|%0D", line) for line in lines)


def test_github_errors_are_critical_or_high() -> None:
    text = render(STOCK, "github", PurePosixPath("conf"))
    assert "::error file=conf/etc/redis/redis.conf,line=15,title=redis-wizard 21%3A " in text
    assert "::warning file=conf/etc/redis/redis.conf,line=17,title=redis-wizard 25%3A " in text
    assert text.count("::notice ") == 3


def test_concise_has_one_line_for_each_failure_and_unknown() -> None:
    lines = render(STOCK, "concise", HOST).splitlines()
    assert len(lines) == len(FAILED) + 3
    assert lines[0].startswith("/etc/redis/redis.conf: 6 critical ")
    assert any(line.startswith("/etc/redis/redis.conf:15: 21 high appendonly is no") for line in lines)
    assert any(line.startswith("redis-server: 9 medium ") for line in lines)
    assert lines[-1].startswith("redis-server: 24 unknown ")


def test_markdown_lets_no_text_of_the_host_be_markup() -> None:
    text = render(REPORTS["hostile"], "markdown", HOST)
    assert "<script" not in text
    assert not re.search(r"(?<!\\)[`@\[]", text)
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {6}


class Tags(HTMLParser):
    """The tags of a page, and whether each is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []
        self.addresses: list[str | None] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.addresses += [value for name, value in attrs if name in {"src", "href"} or name.startswith("on")]


def test_html_needs_nothing_else_and_folds_the_evidence(report: Report) -> None:
    tags = Tags()
    tags.feed(text := render(report, "html", HOST))
    assert "script" not in tags.names
    assert "link" not in tags.names
    assert not tags.addresses
    assert "default-src 'none'" in text
    assert tags.names.count("details") == len((*report.items, *report.extra)) == text.count("</details>")
    assert "<details open" not in text
    assert "@media print" in text


SAMPLE = re.compile(r'(\w+)\{((?:\w+="(?:[^"\\]|\\\\|\\")*",?)+)\} (\S+)')


def test_prometheus_names_each_metric_once_and_has_one_state_an_item(report: Report) -> None:
    lines = render(report, "prometheus", HOST).splitlines()
    samples = [SAMPLE.fullmatch(line) for line in lines if not line.startswith("# ")]
    assert all(samples)
    keys = [(each[1], each[2]) for each in samples if each]
    assert len(set(keys)) == len(keys)
    assert len([line for line in lines if line.startswith("# TYPE")]) == 3 == len({name for name, _ in keys})
    states = [each for each in samples if each and each[1] == "redis_wizard_check_item_state"]
    assert sum(int(each[3]) for each in states) == len((*report.items, *report.extra))
