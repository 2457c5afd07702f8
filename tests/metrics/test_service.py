"""Need against terms: who is covered whole, and by which one term the others fail.

How lines are drawn, and what not drawing saves.
Papers asked for against papers used.
The online check: who passes, how far the line reaches, whom it refuses that do well offline.
The promise that can be kept: a quantile with a range that owes nothing to a distribution.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from microlib.errors import BadData, EmptyBook
from microlib.metrics.service import (
    customer_needs,
    idle_interest,
    line_patterns,
    line_uses,
    need_coverage,
    online_passes,
    paper_uses,
    quantile_range,
    saved_waits,
    secured_customers,
    stage_times,
    standard_products,
    swap_set,
    term_fits,
)

SHELF = pd.DataFrame({"product_id": ["P1", "P2"], "min_amount_yuan": [1e4, 3e5], "max_amount_yuan": [5e5, 5e6],
                      "max_term_months": [12, 60], "secured": ["credit", "mortgage"], "kind": "standard",
                      "status": "live"})  # fmt: skip


def _needs(**more):
    given = {"customer_id": ["C1", "C2", "C3"], "segment": "m", "need_yuan": [4e5, 8e5, 8e5], "need_months_count": 5,
             "has_security": [False, True, False]}  # fmt: skip
    return pd.DataFrame({**given, **more})


def test_a_need_is_covered_only_when_every_term_of_one_product_is_met():
    found = need_coverage(term_fits(_needs(), SHELF, pd.Series({"P1": "bullet"}))).iloc[0]
    assert (found["covered_count"], found["uncovered_yuan"], found["one_term_count"]) == (2, 8e5, 1)


def test_a_larger_cap_never_covers_fewer():
    before = need_coverage(term_fits(_needs(), SHELF, pd.Series(dtype=str)))["covered_count"]
    wider = SHELF.assign(max_amount_yuan=9e6)
    assert (need_coverage(term_fits(_needs(), wider, pd.Series(dtype=str)))["covered_count"] >= before).all()


def test_instalments_do_not_fit_a_season():
    found = term_fits(_needs(), SHELF, pd.Series({"P1": "equal_instalment"}))
    assert not found.loc[found["product_id"] == "P1", "rhythm"].any()
    free = term_fits(_needs(need_months_count=0), SHELF, pd.Series({"P1": "equal_instalment"}))
    assert free["rhythm"].all()


def test_the_larger_of_asked_and_gap_is_the_need():
    members = pd.DataFrame({"customer_id": ["C1"], "segment": "m", "is_primary": True})
    asked = pd.DataFrame({"customer_id": ["C1"], "asked_yuan": [5e4], "submitted_at": [pd.Timestamp("2026-01-01")]})
    gaps = pd.DataFrame({"customer_id": ["C1", "C2"], "gap_yuan": [9e4, 2e4], "gap_months_count": [4, 2]})
    found = customer_needs(members, asked, gaps)
    assert found[["need_yuan", "need_months_count"]].values.tolist() == [[9e4, 4], [2e4, 2]]


def test_a_retired_product_is_not_on_the_shelf():
    with pytest.raises(EmptyBook, match="standard"):
        standard_products(SHELF.assign(status="retired"))


def test_who_gave_a_guarantor_before_may_give_security_again(ledger):
    loans = ledger(3, guarantee=["credit", "guarantee", None])
    assert secured_customers(loans).tolist() == ["C0001"]


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


def test_a_year_on_a_day_within_a_month_is_twelve_months_too(ledger):
    uses = pd.concat([_uses([1e6] * 12), _uses([1e6] * 12).assign(month=lambda rows: "2024" + rows["month"].str[4:])])
    found = line_uses(uses.replace("2024-06", "2025-06"), _loans(ledger), as_of="2026-06-15").iloc[0]
    assert found["months_count"] == 12


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


def _paper_asked(count, used, **more):
    given = {"document": "lease", "is_mandatory": False, "waited_days": 1.0, "application_id": range(count)}
    return pd.DataFrame({**given, "changed_decision": [True] * used + [False] * (count - used), **more})


@pytest.mark.parametrize(("count", "used", "finding"), [(400, 0, "drop"), (40, 0, "open"), (400, 40, "useful")])
def test_a_paper_is_dropped_on_its_upper_bound_never_on_the_point(count, used, finding):
    assert paper_uses(_paper_asked(count, used), most_share=0.01)["finding"].tolist() == [finding]


def test_no_use_in_forty_has_the_bound_of_the_answer_key():
    assert paper_uses(_paper_asked(40, 0), most_share=0.01)["changed_upper_share"].round(4).tolist() == [0.0722]


def test_what_the_rules_ask_for_is_never_a_candidate():
    assert paper_uses(_paper_asked(900, 0, is_mandatory=True), most_share=0.01)["finding"].tolist() == ["mandatory"]


def test_dropping_saves_only_where_the_paper_was_the_slowest():
    asked = pd.concat([_paper_asked(400, 0, document="bills", waited_days=3.0), _paper_asked(400, 90, waited_days=5.0)])
    uses = paper_uses(asked, most_share=0.01)
    assert saved_waits(asked, uses)["saved_days"].tolist() == [0.0]


def test_unrecorded_use_is_counted_apart():
    found = paper_uses(_paper_asked(3, 0).assign(changed_decision=[None, None, False]), most_share=0.01).iloc[0]
    assert (found["asked_count"], found["known_count"], found["finding"]) == (3, 1, "open")


def test_nothing_asked_for_is_refused():
    with pytest.raises(EmptyBook, match="no paper"):
        paper_uses(_paper_asked(0, 0), most_share=0.01)


def _seen(decisions, **more):
    names = [f"C{i:04d}" for i in range(len(decisions))]
    given = {"customer_id": names, "screened_at": pd.Timestamp("2025-01-01"), "decision": decisions,
             "granted_yuan": 50.0, "needed_yuan": 100.0, "decision_seconds": 20.0}  # fmt: skip
    return pd.DataFrame({**given, **more})


def test_the_last_check_of_a_customer_counts():
    seen = _seen(["refused", "approved"], customer_id="C1", screened_at=pd.to_datetime(["2025-01-01", "2025-03-01"]))
    assert online_passes(seen)[["checked_count", "passed_count"]].values.tolist() == [[1, 1]]


def test_cover_is_measured_on_those_who_passed():
    seen = _seen(["approved", "approved", "refused"], granted_yuan=[50.0, 100.0, 0.0])
    found = online_passes(seen).iloc[0]
    assert (found["covered_share"], found["full_share"]) == (0.75, 0.5)


def test_what_one_is_granted_beyond_his_need_covers_nobody_else():
    seen = _seen(["approved", "approved"], granted_yuan=[300.0, 0.0])
    assert online_passes(seen)["covered_share"].item() == 0.5


def test_segments_keep_the_unassigned_apart():
    members = pd.DataFrame({"customer_id": ["C0000"], "segment": "market", "is_primary": True})
    assert online_passes(_seen(["approved", "refused"]), members)["segment"].tolist() == ["market", "unassigned"]


def test_the_swap_set_has_the_interval_of_two_independent_rates(ledger):
    """Newcombe for 1 of 10 against 0 of 10, as `intervals.rate_difference` gives it."""
    loans = ledger(20, product_id="P5", overdue_days=[99] + [0] * 19, class5=None, disbursed_date="2025-06-01")
    found = swap_set(_seen(["refused"] * 10 + ["approved"] * 10), loans, online_products=("P1",))
    assert found.loc[0, "difference"] == pytest.approx(0.1)
    assert found.loc[0, "difference_low"] < 0 < found.loc[0, "difference_high"]


def test_a_borrower_of_whose_loan_nothing_is_known_is_no_good_one(ledger):
    loans = ledger(20, product_id="P5", overdue_days=[99] + [0] * 19, class5=None, disbursed_date="2025-06-01")
    loans["overdue_days"] = loans["overdue_days"].astype("Int64").mask(loans.index == 12)
    found = swap_set(_seen(["refused"] * 10 + ["approved"] * 10), loans, online_products=("P1",))
    assert found[["borrowers_count", "unknown_count", "bad_count"]].to_numpy().tolist() == [[10, 0, 1], [9, 1, 0]]


def test_a_paper_is_not_dropped_before_it_is_known_that_no_rule_asks_for_it():
    asked = pd.DataFrame({"document": "bills", "is_mandatory": [None] * 400, "waited_days": 2.0,
                          "changed_decision": False})  # fmt: skip
    assert paper_uses(asked, most_share=0.01)["finding"].item() == "open"
    known = asked.assign(is_mandatory=[False] + [None] * 399)
    assert paper_uses(known, most_share=0.01)["finding"].item() == "drop"


def test_loans_before_the_check_and_online_loans_are_left_out(ledger):
    loans = ledger(2, product_id=["P1", "P5"], disbursed_date=["2025-06-01", "2024-06-01"])
    with pytest.raises(EmptyBook, match="no offline loan"):
        swap_set(_seen(["refused", "approved"]), loans, online_products=("P1",))


def test_nobody_checked_is_refused():
    with pytest.raises(EmptyBook, match="nobody"):
        online_passes(_seen([]))


@pytest.mark.parametrize("count", [50, 100, 400])
def test_the_range_covers_in_at_least_nineteen_of_twenty_samples(count):
    """The exact coverage of two order statistics is a binomial sum."""
    _, low, high = quantile_range(pd.Series(range(1, count + 1)), quantile=0.9)
    high = count + 1 if np.isnan(high) else high
    assert binom.cdf(high - 1, count, 0.9) - binom.cdf(low - 1, count, 0.9) >= 0.95


@pytest.mark.parametrize(("share", "count", "place"), [("0.07", 100, 7), ("0.55", 100, 55), ("0.9", 10, 9)])
def test_a_part_of_a_hundred_is_that_many_of_them(share, count, place):
    assert quantile_range(pd.Series(range(1, count + 1)), quantile=float(share))[0] == place


def test_few_cases_leave_the_promise_without_an_upper_bound():
    assert np.isnan(quantile_range(pd.Series(range(12)), quantile=0.9)[2])


def _stage_time_asked(days):
    start = pd.Timestamp("2026-01-01")
    steps = [start + pd.to_timedelta(pd.Series(days) * part, unit="D") for part in (0, 1, 2, 3)]
    return pd.DataFrame(dict(zip(["submitted_at", "surveyed_at", "decided_at", "disbursed_at"], steps, strict=True)))


def test_equal_stages_take_a_third_of_the_way_each():
    found = stage_times(_stage_time_asked([1.0, 2.0, 3.0, 4.0])).set_index("stage")["median_days"]
    assert found.to_dict() == {"survey": 2.5, "decide": 2.5, "pay_out": 2.5, "whole_way": 7.5}


def test_moments_in_the_wrong_order_are_refused():
    with pytest.raises(BadData, match="lies before"):
        stage_times(_stage_time_asked([-1.0]))


def test_nothing_finished_is_no_promise():
    with pytest.raises(EmptyBook, match="no stage"):
        stage_times(_stage_time_asked([1.0]).head(0))
