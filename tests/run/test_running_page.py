"""docs/running.md says what the log and the summary hold."""

import ast
import re
from pathlib import Path

import pytest

from microlib.run import schedule
from microlib.run.run import run_reports
from microlib.run.schedule import BUG, INTERRUPTED, summarised

PACKAGE = Path(schedule.__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def page(root) -> str:
    """The page's text."""
    return (root / "docs" / "running.md").read_text(encoding="utf8")


def test_every_event_of_the_log_is_on_the_page_with_its_level(page):
    calls = [
        node
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("log", "logs.log")
    ]
    made = {(call.args[1].value, call.args[0].value) for call in calls}
    listed = set(re.findall(r"^\| `(\w+)` \| (info|warning|error) \|", page, re.M))
    assert made == listed


def test_every_key_of_the_summary_is_on_the_page(page, planned, shared_zygote, tmp_path):
    with summarised(tmp_path / "s.json") as summary:
        plan = planned("tiny_report", branches=("0755",), workers=1)
        summary.tell(run_reports(plan))
    summary.end("refused", 3)
    section = page.split("## Summary for monitors")[1].split("## Log")[0]
    assert set(summary.facts) == set(re.findall(r"`(\w+)`", "".join(re.findall(r"^\|([^|]*)\|", section, re.M))))


def test_every_exit_code_is_on_the_page(page):
    from microlib import errors

    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and hasattr(kind, "exit_code")]
    codes = {0, 2, BUG, INTERRUPTED, *(kind.exit_code for kind in kinds)}
    section = page.split("## Exit codes")[1].split("## Summary")[0]
    assert codes == {int(code) for code in re.findall(r"^\| (\d+) \|", section, re.M)}
