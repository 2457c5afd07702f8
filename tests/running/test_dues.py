"""When reports are due: the third working day on the Chinese calendar, until they are complete."""

from datetime import date

import pandas as pd
import pytest

from microlib import calendars
from microlib.bank import loads
from microlib.errors import BadData
from microlib.running import bundles, dues
from microlib.running.jobs import RunOptions
from microlib.running.run import run_reports

COLD = {"workers": 1, "is_warm": False}


@pytest.mark.parametrize(
    ("ended", "day"),
    [
        (date(2025, 9, 30), date(2025, 10, 11)),  # National Day week, then a Saturday worked in exchange
        (date(2025, 1, 31), date(2025, 2, 7)),  # Spring Festival
        (date(2026, 2, 28), date(2026, 3, 4)),  # a Saturday worked in exchange ends the month
        (date(2024, 4, 30), date(2024, 5, 8)),  # Labour Day to Sunday
        (date(2026, 6, 30), date(2026, 7, 3)),
    ],
)
def test_the_third_working_day_counts_holidays_and_exchanged_weekends(ended, day):
    """The days off and on are those of the State Council's notices of 2024 to 2026."""
    assert calendars.working_day_after(ended, 3) == day


def test_a_month_end_itself_waits_for_its_own_ledgers():
    assert dues.month_due(date(2026, 6, 30)) == date(2026, 5, 31)


def test_nothing_is_due_before_the_ledgers_are_closed(home):
    assert dues.date_due(home, today=date(2026, 7, 2)) is None


def test_reports_are_due_until_they_are_complete(home, planned):
    assert dues.date_due(home, today=date(2026, 7, 3)) == date(2026, 6, 30)
    run_reports(planned("tiny_report", branches=("0755",), **COLD))
    assert dues.date_due(home, today=date(2026, 7, 3)) == date(2026, 6, 30)
    run_reports(planned("tiny_report", **COLD))
    assert dues.date_due(home, today=date(2026, 7, 3)) is None


def test_a_failed_report_leaves_them_due(home, planned):
    run_reports(planned("tiny_failure", **COLD))
    assert dues.date_due(home, today=date(2026, 7, 3)) == date(2026, 6, 30)


def test_a_month_that_was_not_ingested_is_refused_and_not_reported_from_old_tables(home):
    with pytest.raises(BadData, match="reports of 2026-07-31 are due and the bank ends at 2026-06-30"):
        dues.date_due(home, today=date(2026, 8, 20))


TODAY, ENDED = date(2026, 7, 3), date(2026, 6, 30)


def test_a_run_that_was_asked_for_less_leaves_the_rest_due(home, planned):
    run_reports(planned("tiny_report", **COLD))
    asked = planned("tiny_report").options.asked
    assert dues.date_due(home, today=TODAY, asked=asked) is None
    assert dues.date_due(home, today=TODAY, asked=asked | {"formats": ["pdf"]}) == ENDED
    assert dues.date_due(home, today=TODAY, asked=RunOptions().asked) == ENDED


def test_a_schedule_of_one_branch_is_complete_with_that_branch(home, planned):
    plan = planned("tiny_report", branches=("0755",), **COLD)
    run_reports(plan)
    assert dues.date_due(home, today=TODAY, asked=plan.options.asked) is None


@pytest.mark.parametrize(("as_of", "due"), [(ENDED, ENDED), (date(2026, 7, 31), None)])
def test_a_table_of_the_month_that_came_late_makes_them_due_and_one_of_the_next_month_does_not(
    home, planned, as_of, due
):
    run_reports(planned("tiny_report", **COLD))
    late = {"customers": pd.DataFrame({"customer_id": ["C1"], "branch_id": ["0755"], "kind": ["company"]})}
    loads.load_frames(home.root, late, as_of=as_of, name="late.csv", synthetic=True)
    assert dues.date_due(home, today=TODAY) == due


def test_an_index_that_could_not_be_written_makes_them_due(home, planned):
    run = run_reports(planned("tiny_report", **COLD))
    (run.folder / "index.html").unlink()
    assert dues.date_due(home, today=TODAY) == ENDED


def test_bundles_are_due_while_one_is_missing_or_older_than_its_reports(home, planned):
    assert dues.packing_due(home, today=TODAY) is None
    run = run_reports(planned("tiny_report", **COLD))
    assert dues.packing_due(home, today=TODAY) == run.folder
    bundles.write_bundles(run.folder, branches=("0755",))
    assert dues.packing_due(home, today=TODAY) == run.folder
    bundles.write_bundles(run.folder)
    assert dues.packing_due(home, today=TODAY) is None
    (run.folder / "bundles" / "branch-0021.zip").unlink()
    assert dues.packing_due(home, today=TODAY) == run.folder
    bundles.write_bundles(run.folder)
    run_reports(planned("tiny_report", branches=("0755",), **COLD))
    assert dues.packing_due(home, today=TODAY) == run.folder
