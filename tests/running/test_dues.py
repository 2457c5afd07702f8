"""When reports are due: the third working day on the Chinese calendar, until they are complete."""

from datetime import date

import pytest

from microlib import calendars
from microlib.errors import BadData
from microlib.running import dues, runs

COLD = runs.workshops.Course(workers=1, is_warm=False)


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
    runs.run_reports(planned("tiny_report", branches=("0755",)), course=COLD)
    assert dues.date_due(home, today=date(2026, 7, 3)) == date(2026, 6, 30)
    runs.run_reports(planned("tiny_report"), course=COLD)
    assert dues.date_due(home, today=date(2026, 7, 3)) is None


def test_a_failed_report_leaves_them_due(home, planned):
    runs.run_reports(planned("tiny_failure"), course=COLD)
    assert dues.date_due(home, today=date(2026, 7, 3)) == date(2026, 6, 30)


def test_a_month_that_was_not_ingested_is_refused_and_not_reported_from_old_tables(home):
    with pytest.raises(BadData, match="reports of 2026-07-31 are due and the bank ends at 2026-06-30"):
        dues.date_due(home, today=date(2026, 8, 20))
