"""How lines are drawn, and what not drawing saves."""

import pandas as pd
import pytest

from microlib.errors import EmptyBook
from microlib.metrics.products.line_uses import idle_interest, line_patterns, line_uses

MONTHS = [f"{month}" for month in pd.period_range("2025-07", "2026-06", freq="M")]


def _uses(used, facility="F1"):
    return pd.DataFrame({"facility_id": facility, "customer_id": "C1", "month": MONTHS, "limit_yuan": 1e6,
                         "used_yuan": used})  # fmt: skip


def _loans(ledger):
    return ledger(1, facility_id=["F1"], yearly_rate=0.048, amount_yuan=1e6)


def test_five_of_twelve_months_save_what_the_answer_key_says(ledger):
    """Interest of 1,000,000 at 4.8 % is 48,000 a year and 20,000 for five months."""
    found = line_uses(_uses([1e6] * 5 + [0.0] * 7), _loans(ledger), as_of="2026-06-30").iloc[0]
    assert found["saved_yuan"] == pytest.approx(28_000) and found["used_months_count"] == 5


@pytest.mark.parametrize(("used", "pattern"), [
    ([9e5] * 12, "steady"), ([9e5] * 5 + [5e4] * 7, "seasonal"), ([5e4] * 12, "sleeping"),
    ([9e5] * 6 + [4e5] * 6, "mixed"),
])  # fmt: skip
def test_each_pattern_bears_its_name(ledger, used, pattern):
    assert line_uses(_uses(used), _loans(ledger), as_of="2026-06-30")["pattern"].tolist() == [pattern]


def test_a_steady_line_saves_nothing_and_a_scale_changes_no_pattern(ledger):
    steady = line_uses(_uses([8e5] * 12), _loans(ledger), as_of="2026-06-30")
    assert steady["saved_yuan"].tolist() == [0.0]


def test_without_a_rate_the_saving_is_missing_not_nothing(ledger):
    found = line_uses(_uses([1e6] * 12, "F9"), _loans(ledger), as_of="2026-06-30")
    assert found["saved_yuan"].isna().all()


def test_patterns_add_up_to_all_lines(ledger):
    uses = pd.concat([_uses([9e5] * 12), _uses([9e5] * 5 + [0.0] * 7, "F2")])
    found = line_patterns(line_uses(uses, _loans(ledger), as_of="2026-06-30"))
    assert found["pattern_share"].sum() == 1 and found["lines_count"].sum() == 2


def test_idle_interest_is_that_of_what_lay_in_the_account_all_month(ledger):
    flows = pd.DataFrame({"customer_id": "C0000", "month": MONTHS, "min_balance_yuan": 40.0})
    found = idle_interest(ledger(1, product_id="P1", disbursed_date="2025-01-01"), flows, as_of="2026-06-30").iloc[0]
    assert found["idle_yuan"] == pytest.approx(40 * 0.05) and found["idle_share"] == pytest.approx(0.4)


def test_no_month_of_use_is_refused(ledger):
    with pytest.raises(EmptyBook, match="no line"):
        line_uses(_uses([0.0] * 12).head(0), _loans(ledger), as_of="2026-06-30")
