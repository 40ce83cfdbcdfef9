"""Every file that upstream or a distribution ships, before anything runs: what is said of it and planned for it."""

import json
from pathlib import Path

import pytest

from tests.support.scenario import debian, run
from tests.support.stock_files import STOCK, Stock

STATES = {
    **dict.fromkeys(("1", "Xwritable", "Xsyntax", "Xroot", "Xsandbox", "Xprotected", "Xdaemonize", "Xnofile"), "pass"),
    **dict.fromkeys(("6", "7", "8", "9", "11", "12", "13", "14", "15", "17", "18", "19", "20", "21", "25"), "fail"),
    **dict.fromkeys(("2", "3", "4", "10", "16", "Xpasswords", "Xdrift", "Xexpiry", "Xboot"), "n/a"),
    **dict.fromkeys(("5", "22", "23", "24", "Xmodules", "Xversion", "Xbacklog", "Xdisk", "Xswap"), "unknown"),
    "Xfilemax": "unknown",
}
"""Open to every program on its host; and a tree shows no running server, no kernel and no other host."""
OF_PATHS = {"Xlog", "Xdatadir"}


@pytest.mark.parametrize("stock", STOCK.values(), ids=STOCK)
def test_the_truth_is_told_and_a_plan_is_made(stock: Stock, tmp_path: Path) -> None:
    name = stock.flavour.value
    root = debian(tmp_path, flavour=name)
    (root / f"etc/{name}/{name}.conf").write_text(stock.text(), encoding="ascii")
    (root / f"var/lib/{name}").mkdir(parents=True, exist_ok=True)
    report = json.loads(run("check", "--root", root, "--format", "json").out)
    found = {each["id"]: each for each in (*report["items"], *report["extra"])}
    states = {item: each["state"] for item, each in found.items() if item not in OF_PATHS}
    assert states == STATES, {item: found[item]["summary"] for item in states if states[item] != STATES.get(item)}
    for words in ("now and after", "runs as", "live"):
        assert words not in " ".join(each["summary"] for each in found.values())
    planned = run("plan", "--root", root)
    assert (planned.status, planned.err) == (0, "")
    removed = [line[1:].split() for line in planned.out.splitlines() if line.startswith("-") and line[1:2].isalpha()]
    # One value is stricter, or on; no other line of the file goes.
    assert {words[0] for words in removed} <= {
        *("appendonly", "slowlog-log-slower-than", "slowlog-max-len", "latency-monitor-threshold", "timeout"),
        *("commandlog-execution-slower-than", "commandlog-slow-execution-max-len"),
    }
