"""Equal instalments, against published examples; closed forms, laws.

Coverage of debt service: the hotel's answer key, closed forms, laws, refusals.
Cross-checks of margin, sales, receivables and stock: published cases, laws, refusals.
Disposable income: published capacities, closed form, refusals.
The equity test: published cases, laws, refusals.
Own funds: published case, laws, refusals.
Late though able: closed forms, holidays and grace, suppression, the demo bank.
Working capital, against published examples and the answer key; laws, refusals.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microlib.errors import BadData, EmptyBook, MissingTable
from microlib.metrics.capacity import (
    able_but_late,
    cash_quantiles,
    check_statements,
    debt_coverages,
    equity_test,
    loan_capacity,
    monthly_payment,
    own_funds_test,
    product_margins,
    service_coverage,
    working_capital,
    working_capital_need,
)


def test_loans_that_a_payment_carries() -> None:
    """TV-A8, TV-A9 (a page that prints 19,328 is wrong), TV-A10."""
    assert loan_capacity(200_000 / 12, yearly_rate=0.06, months=120) == pytest.approx(1_501_224.2221, abs=1e-4)
    assert monthly_payment(1e6, yearly_rate=0.05, months=120) == pytest.approx(10_606.551524, abs=1e-6)
    carried = [loan_capacity(8_400, yearly_rate=0.084, months=months) for months in (12, 24, 36)]
    assert [round(amount, 2) for amount in carried] == [96_359.58, 184_981.51, 266_487.14]


def test_a_loan_without_interest_is_its_payments() -> None:
    assert loan_capacity(100.0, yearly_rate=0.0, months=12) == 1_200


def test_a_month_of_cash_covers_interest_and_not_repayment():
    """Corrections, repayment capacity: 1,000,000 at 4.2 % with 20,000 a month covers .68 times over 36 months."""
    found = service_coverage(20_000, amount_yuan=1e6, yearly_rate=0.042, months=36)
    assert (round(found, 2), round(20_000 / (1e6 * 0.042 / 12), 1)) == (0.68, 5.7)


@given(st.floats(1, 1e7), st.floats(0, 0.36), st.integers(1, 360))
def test_the_loan_of_a_payment_is_the_payment_of_the_loan(amount, rate, months):
    payment = monthly_payment(amount, yearly_rate=rate, months=months)
    assert loan_capacity(payment, yearly_rate=rate, months=months) == pytest.approx(amount)
    assert amount / months <= payment * (1 + 1e-6) and payment <= amount * (1 / months + rate / 12) * (1 + 1e-6)


def test_columns_give_columns(unchanged):
    firms = pd.DataFrame({"amount_yuan": [1200.0, 2400.0], "rate": [0.0, 0.12]}, index=["a", "b"])
    with unchanged(firms):
        found = monthly_payment(firms["amount_yuan"], yearly_rate=firms["rate"], months=12)
    assert found.round(2).to_dict() == {"a": 100.0, "b": 213.24}


AS_OF = date(2026, 6, 30)
MONTHS = [str(month) for month in pd.period_range("2024-07", "2026-06", freq="M")]


def flows(inflows, outflows=0.0, months=MONTHS):
    months = list(months)[: len(inflows)]
    return pd.DataFrame({"customer_id": "C1", "month": months, "inflow_yuan": inflows, "outflow_yuan": outflows})


def covered(cash, service, hidden=None):
    frame = pd.DataFrame({"customer_id": ["C1"], "cash_p50_yuan": [float(cash)], "cash_p25_yuan": [float(cash)]})
    services = {"customer_id": ["C1"], "service_month_yuan": [float(service)], "hidden_month_yuan": [hidden]}
    return debt_coverages(frame, pd.DataFrame(services)).iloc[0]


@pytest.mark.parametrize(
    ("cash", "plain", "hidden"),
    [(102_502, 1.62, 1.12), (70_210, 1.11, 0.77), (79_252, 1.25, 0.86), (50_189, 0.79, 0.55), (15_314, 0.24, 0.17)],
)
def test_the_hotel_of_the_course(cash, plain, hidden):
    """Answer key: instalment 63,411, hidden debt 28,244 a month; base, emptier, cheaper, both, ramp."""
    found = covered(cash, 63_411, 28_244.0)
    assert (round(found.dscr_p50, 2), round(found.dscr_p50_hidden, 2)) == (plain, hidden)


def test_half_the_months_lie_under_the_usual_one_and_a_quarter_under_the_poor_one():
    found = cash_quantiles(flows(np.arange(1.0, 25.0)), as_of=AS_OF).iloc[0]
    assert (found.months_count, found.cash_p50_yuan, found.cash_p25_yuan) == (24, 12.5, 6.75)
    assert found.cash_p25_low < found.cash_p25_yuan < found.cash_p25_high < found.cash_p50_high


def test_cash_is_what_is_left_of_inflow_or_a_share_of_it():
    rows = flows([100.0] * 24, 60.0)
    assert cash_quantiles(rows, as_of=AS_OF)["cash_p50_yuan"].item() == 40
    assert cash_quantiles(rows, as_of=AS_OF, cash_share=0.2)["cash_p50_yuan"].item() == 20


def test_months_before_the_first_are_unknown_and_holes_after_it_are_nothing():
    rows = flows([10.0] * 24).iloc[8:].drop(index=[20, 21, 22, 23])
    found = cash_quantiles(rows, as_of=AS_OF).iloc[0]
    assert (found.months_count, found.cash_p50_yuan, found.cash_p25_yuan) == (16, 10, 7.5)


def test_channels_are_added_up_and_old_months_left_out():
    rows = pd.concat([flows([5.0] * 24).assign(channel=name) for name in ("pos", "wallet")])
    old = flows([9e9], months=["2020-01"]).assign(channel="pos")
    assert cash_quantiles(pd.concat([rows, old]), as_of=AS_OF)["cash_p50_yuan"].item() == 10


def test_the_range_holds_the_true_quantile_as_often_as_it_says():
    rng, hits = np.random.default_rng(4), 0
    for _ in range(300):
        found = cash_quantiles(flows(rng.exponential(size=24)), as_of=AS_OF).iloc[0]
        hits += found.cash_p25_low <= -np.log(0.75) <= found.cash_p25_high
    assert hits >= 0.88 * 300


def test_unknown_hidden_debt_is_not_taken_for_none():
    found = covered(10, 5)
    assert found.dscr_p50 == 2 and np.isnan(found.dscr_p50_hidden) and not found.is_hidden_known


def test_no_debt_has_no_coverage():
    assert np.isnan(covered(10, 0, 0.0).dscr_p50)


@settings(deadline=None, max_examples=30)
@given(st.lists(st.floats(-1e5, 1e5), min_size=12, max_size=24), st.floats(1, 1e4), st.floats(0, 1e4))
def test_a_poor_month_covers_no_more_and_hidden_debt_never_helps(cash, service, hidden):
    cash = cash_quantiles(flows(cash, months=MONTHS[-len(cash) :]), as_of=AS_OF)
    services = pd.DataFrame({"customer_id": ["C1"], "service_month_yuan": [service], "hidden_month_yuan": [hidden]})
    found = debt_coverages(cash, services).iloc[0]
    assert found.dscr_p25 <= found.dscr_p50
    assert abs(found.dscr_p25_hidden) <= abs(found.dscr_p25) + 1e-9


def test_coverage_nothing_is_altered(unchanged):
    rows = flows([10.0] * 24)
    with unchanged(rows):
        cash_quantiles(rows, as_of=AS_OF)


def test_too_few_months_give_a_reason_and_no_amount():
    found = cash_quantiles(flows([10.0] * 11, months=MONTHS[-11:]), as_of=AS_OF).iloc[0]
    assert found.reason == "too_few_months" and np.isnan(found.cash_p25_yuan)
    assert cash_quantiles(flows([]), as_of=AS_OF).empty


def test_flows_that_cannot_be_added_are_refused():
    with pytest.raises(BadData, match="twice"):
        cash_quantiles(pd.concat([flows([1.0]), flows([1.0])]), as_of=AS_OF)
    with pytest.raises(BadData, match="missing or infinite"):
        cash_quantiles(flows([np.nan]), as_of=AS_OF)


@pytest.mark.parametrize("service", [np.nan, -1.0, np.inf])
def test_a_service_that_is_none_is_refused(service):
    with pytest.raises(BadData, match="debt service"):
        covered(1, service)


def lines(price, cost, share):
    frame = {"price_yuan": price, "cost_yuan": cost, "sales_share": share}
    return pd.DataFrame({"customer_id": "C1"} | {name: np.array(value, float) for name, value in frame.items()})


def stated(stated, *checked, item="sales"):
    rows = pd.DataFrame({"source": [f"source{number}" for number in range(len(checked))], "checked": checked})
    return rows.assign(customer_id="C1", item=item, stated=float(stated))


def test_receivables_of_the_sheet():
    """TV-D3: 73,500 at 70 percent and at 35 percent: 77,175, stated 69,800."""
    assert check_statements(stated(69_800, 77_175.0))["deviation_share"].item() == pytest.approx(-0.10566, abs=1e-5)


def test_margins_are_weighed_by_sales():
    found = product_margins(lines([10, 10], [7, 9], [0.6, 0.2])).iloc[0]
    assert (found.goods_count, found.covered_share) == (2, pytest.approx(0.8))
    assert found.margin_share == pytest.approx((0.6 * 0.3 + 0.2 * 0.1) / 0.8)


def test_two_sources_confirm_and_one_does_not():
    one, two = check_statements(stated(100, 95.0)), check_statements(stated(100, 95.0, 91.0, 50.0))
    assert (one["is_confirmed"].item(), two["is_confirmed"].item()) == (False, True)
    assert two[["checks_count", "agreeing_count", "lower"]].to_numpy().tolist() == [[3, 2, 50]]


@given(st.floats(1, 1e7), st.lists(st.floats(0, 1e7), min_size=1, max_size=6), st.floats(0.01, 100))
def test_no_unit_changes_a_deviation_and_the_lower_is_no_more_than_stated(amount, checks, scale):
    one = check_statements(stated(amount, *checks)).iloc[0]
    other = check_statements(stated(amount * scale, *[check * scale for check in checks])).iloc[0]
    assert one.deviation_share == pytest.approx(other.deviation_share, rel=1e-6, abs=1e-9)
    assert one.lower <= amount and 0 <= one.agreeing_count <= one.checks_count


def test_cross_check_nothing_is_altered(unchanged):
    frames = lines([10], [7], [1]), stated(100, 95.0)
    with unchanged(*frames):
        product_margins(frames[0]), check_statements(frames[1])


def test_a_source_may_not_confirm_itself():
    with pytest.raises(BadData, match="twice"):
        check_statements(stated(100, 95.0, 96.0).assign(source="till"))


def test_what_cannot_be_checked_is_refused():
    with pytest.raises(BadData, match="above zero"):
        check_statements(stated(0, 1.0))
    with pytest.raises(BadData, match="price"):
        product_margins(lines([0], [1], [1]))
    with pytest.raises(EmptyBook, match="part of sales"):
        product_margins(lines([10], [7], [0]))


def equity_test_judged(**values):
    return equity_test(pd.DataFrame({name: [value] for name, value in values.items()})).iloc[0]


def test_the_clothes_shop_of_the_examination():
    """TV-D1: own 10, profit 12, depreciation 1.5: 20.5; the 3 repaid of the loan change nothing."""
    assert (
        equity_test_judged(initial_yuan=10, profit_yuan=12, depreciation_yuan=1.5, actual_yuan=20.5).expected_yuan
        == 20.5
    )


def test_twenty_four_months_of_a_sheet():
    """TV-D3: expected 373,680 against 519,000; over 24 months of 20,258 it is -29.889426 percent."""
    found = equity_test_judged(
        initial_yuan=60_000, profit_yuan=486_180, withdrawn_yuan=12_000, depreciation_yuan=160_500,
        actual_yuan=519_000, months_count=24, disposable_month_yuan=20_258,
    )  # fmt: skip
    assert found.expected_yuan == 373_680
    assert found.deviation_months_share == pytest.approx(-0.29889426, abs=1e-7)


def test_a_gap_beyond_the_tolerance_is_not_explained():
    assert equity_test_judged(initial_yuan=104, actual_yuan=100).is_explained
    assert not equity_test_judged(initial_yuan=106, actual_yuan=100).is_explained


@given(st.floats(1, 1e7), st.floats(-1e6, 1e6), st.floats(0, 1e6), st.floats(0.1, 10))
def test_injections_and_withdrawals_cancel_and_scale_does_not_matter(initial, profit, moved, scale):
    plain = equity_test_judged(initial_yuan=initial, profit_yuan=profit, actual_yuan=initial)
    both = {"injected_yuan": moved, "withdrawn_yuan": moved}
    moving = equity_test_judged(initial_yuan=initial, profit_yuan=profit, actual_yuan=initial, **both)
    scaled = equity_test_judged(initial_yuan=initial * scale, profit_yuan=profit * scale, actual_yuan=initial * scale)
    assert moving.expected_yuan == pytest.approx(plain.expected_yuan, abs=1e-6)
    assert scaled.deviation_share == pytest.approx(plain.deviation_share, abs=1e-9)


def test_owners_without_equity_and_unknown_profits_are_left_open(unchanged):
    firms = pd.DataFrame({"initial_yuan": [5.0, 5.0], "profit_yuan": [1.0, np.nan], "actual_yuan": [-3.0, 4.0]})
    with unchanged(firms):
        found = equity_test(firms)
    assert found["deviation_share"].isna().all() and found["is_explained"].isna().all()
    assert found["gap_yuan"].tolist()[0] == 9


def test_a_test_without_both_ends_is_refused():
    with pytest.raises(BadData, match="no column actual_yuan"):
        equity_test_judged(initial_yuan=1)
    with pytest.raises(BadData, match="infinite"):
        equity_test_judged(initial_yuan=np.inf, actual_yuan=1)


def own_fund_judged(budget=120.0, proven=36.0, borrowed=0.0, paid=36.0, own_share=0.30):
    frame = {"budget_yuan": [budget], "proven_yuan": [proven], "borrowed_yuan": [borrowed], "paid_yuan": [paid]}
    return own_funds_test(pd.DataFrame(frame), own_share=own_share).iloc[0]


def test_thirty_of_a_hundred_and_twenty():
    """TV-A12: a budget of 120 with 30 percent own leaves 84 to lend, so 36 is asked."""
    found = own_fund_judged()
    assert (found.required_yuan, found.shortfall_yuan, found.is_met, found.is_paid_first) == (36, 0, True, True)


def test_money_borrowed_from_a_cousin_is_not_own():
    found = own_fund_judged(borrowed=10)
    assert (found.own_yuan, found.shortfall_yuan, found.is_met) == (26, 10, False)


def test_funds_on_an_account_are_not_yet_paid():
    found = own_fund_judged(paid=6)
    assert (found.unpaid_yuan, found.is_met, found.is_paid_first) == (30, True, False)


@given(st.floats(1, 1e7), st.floats(0, 1e7), st.floats(0, 1), st.floats(0, 1))
def test_more_debt_in_the_own_part_never_helps(budget, proven, part, share):
    one, other = (own_fund_judged(budget, proven, proven * part * by, 0.0, share) for by in (0.5, 1.0))
    assert one.shortfall_yuan <= other.shortfall_yuan + 1e-6 and one.own_yuan >= other.own_yuan - 1e-6


@pytest.mark.parametrize("wrong", [{"budget": 0}, {"proven": np.nan}, {"paid": -1}, {"own_share": 30}])
def test_amounts_that_are_none_are_refused(wrong):
    with pytest.raises(BadData):
        own_fund_judged(**wrong)


def test_more_borrowed_than_shown_is_refused():
    with pytest.raises(BadData, match="borrowed"):
        own_fund_judged(borrowed=37)


DUE = pd.Timestamp("2026-05-11")


def tables(count=12, *, late=20, lowest=2_000.0, month="2026-05", due=DUE):
    loans = pd.DataFrame({"loan_id": [f"L{i}" for i in range(count)], "customer_id": [f"C{i}" for i in range(count)]})
    months = pd.DataFrame({"loan_id": loans["loan_id"], "month": month, "balance_yuan": 9e4, "overdue_days": late})
    dues = pd.DataFrame({"loan_id": loans["loan_id"], "due_date": due, "principal_yuan": 900.0, "interest_yuan": 100.0})
    flows = pd.DataFrame({"customer_id": loans["customer_id"], "month": month, "min_balance_yuan": lowest})
    return months, dues, flows, loans, loans.assign(segment="market")


def counted(months, dues, flows, loans, memberships):
    return able_but_late(months, dues, flows, loans=loans, memberships=memberships).iloc[0]


def test_money_there_all_month_and_the_payment_twenty_days_late(unchanged):
    given = tables()
    with unchanged(*given):
        found = counted(*given)
    assert (found.borrowers_count, found.late_months_count, found.able_late_months_count) == (12, 12, 12)
    assert found.able_late_share == 1 and found.able_late_low < 1


def test_an_empty_account_is_no_lack_of_will():
    found = counted(*tables(lowest=999.0))
    assert (found.late_months_count, found.able_late_months_count, found.able_late_share) == (12, 0, 0)


def test_a_week_late_is_not_late():
    assert counted(*tables(late=7, due=pd.Timestamp("2026-05-24"))).late_months_count == 0
    assert counted(*tables(late=8, due=pd.Timestamp("2026-05-23"))).late_months_count == 12


def test_days_of_the_spring_festival_are_not_counted():
    """Of 13 days to the end of February 2026 six are public holidays; of 13 to the end of March none is."""
    assert counted(*tables(late=13, month="2026-02", due=pd.Timestamp("2026-02-15"))).late_months_count == 0
    assert counted(*tables(late=13, month="2026-03", due=pd.Timestamp("2026-03-18"))).late_months_count == 12


def test_two_instalments_due_ask_for_both():
    months, dues, flows, loans, members = tables(late=50, lowest=1_500.0)
    both = pd.concat([dues, dues.assign(due_date=pd.Timestamp("2026-04-11"))])
    assert counted(months, both, flows, loans, members).able_late_months_count == 0
    assert counted(months, dues, flows, loans, members).able_late_months_count == 12


def test_balances_of_all_channels_are_added():
    months, dues, flows, loans, members = tables(lowest=600.0)
    assert counted(months, dues, pd.concat([flows, flows]), loans, members).able_late_months_count == 12


def test_months_without_a_balance_or_a_plan_are_unknown_and_not_good():
    months, dues, flows, loans, members = tables(15)
    found = counted(months, dues.iloc[1:], flows.iloc[:-1].assign(min_balance_yuan=5e3), loans, members)
    assert (found.borrowers_count, found.months_count, found.unknown_months_count) == (13, 13, 2)


def test_a_segment_of_nine_shows_no_number():
    found = counted(*tables(9))
    assert found.is_suppressed and pd.isna(found.late_months_count) and np.isnan(found.able_late_share)


def test_nobody_is_named_and_nothing_of_ability_is_blended_in():
    months, dues, flows, loans, members = tables()
    found = able_but_late(months, dues, flows, loans=loans, memberships=members)
    assert not {"customer_id", "loan_id", "score"} & set(found) and not [name for name in found if "dscr" in name]


def test_no_plan_or_no_account_is_refused():
    months, dues, flows, loans, members = tables()
    with pytest.raises(MissingTable, match="schedules"):
        counted(months, dues.iloc[:0], flows, loans, members)
    with pytest.raises(MissingTable, match="flow_months"):
        counted(months, dues, flows.iloc[:0], loans, members)


def _firm(**values) -> pd.DataFrame:
    return pd.DataFrame(
        {"own_yuan": [0.0], "loans_yuan": [0.0], "other_yuan": [0.0]} | {k: [v] for k, v in values.items()}
    )


def test_an_agricultural_bank_examination_question() -> None:
    """TV-A1: sales 25,000, cycle 295 days, working capital 20,158.33, new loan 6,958.33 (万元)."""
    found = working_capital_need(_firm(
        sales_yuan=25_000.0, margin_share=0.18, growth_share=0.2, inventory_days=210, receivable_days=195,
        payable_days=110, own_yuan=2_200.0, loans_yuan=11_000.0,
    )).iloc[0]  # fmt: skip
    assert (found["cycle_days"], round(found["turns_count"], 9)) == (295, 1.220338983)
    assert found["working_capital_yuan"] == pytest.approx(20_158.3333, abs=1e-4)
    assert found["need_yuan"] == pytest.approx(6_958.3333, abs=1e-4)


def test_the_working_capital_of_a_published_balance_sheet() -> None:
    """TV-A2: printed days 21.66, 19.33, 0.019, 34.64, 1.41 and working capital 7,188.82."""
    found = working_capital_need(_firm(
        sales_yuan=20_315.74, margin_share=903.12 / 20_315.74, growth_share=36_500 / 20_315.74 - 1,
        inventory_days=19.3303, receivable_days=21.6615, payable_days=0.01877, prepaid_days=34.6396,
        advance_days=1.40958,
    ))  # fmt: skip
    assert found["working_capital_yuan"].iloc[0] == pytest.approx(7_188.82, abs=0.5)


def test_a_firm_that_its_suppliers_fund_needs_nothing() -> None:
    """TV-A3: turns -0.18, so the need is 0 and flagged."""
    found = working_capital_need(_firm(
        sales_yuan=13_564_455.78, margin_share=1_284_133.53 / 13_564_455.78, growth_share=0.1, inventory_days=21.29,
        receivable_days=225.50, prepaid_days=243.52, payable_days=1_836.14, advance_days=661.57,
    )).iloc[0]  # fmt: skip
    assert found["need_yuan"] == 0 and found["is_negative_cycle"] and pd.isna(found["turns_count"])
    assert found["reason"] == "negative_cash_cycle"


def test_the_exercise_of_the_course() -> None:
    """X09: 296.85 and 126.85 (万元)."""
    found = working_capital_need(_firm(
        sales_yuan=1_200.0, margin_share=0.12, growth_share=0.1, inventory_days=92, own_yuan=90.0, loans_yuan=60.0,
        other_yuan=20.0,
    )).iloc[0]  # fmt: skip
    assert (round(found["working_capital_yuan"], 2), round(found["need_yuan"], 2)) == (296.85, 126.85)


@given(st.floats(0, 1e8), st.floats(-400, 900), st.floats(0, 0.9), st.floats(1, 50))
def test_working_capital_scales_with_sales_and_days(sales, days, margin, scale):
    shares = {"margin_share": margin, "growth_share": 0.1}
    once = working_capital(sales, **shares, cycle_days=days)
    assert working_capital(sales * scale, **shares, cycle_days=days) == pytest.approx(once * scale)
    assert working_capital(sales, **shares, cycle_days=days * scale) == pytest.approx(once * scale)


def test_unknown_inputs_stay_unknown_and_nothing_is_altered(unchanged):
    known = _firm(sales_yuan=100.0, margin_share=0.2, growth_share=0.0, inventory_days=90)
    firms = pd.concat([known.assign(margin_share=float("nan")), known])
    with unchanged(firms):
        found = working_capital_need(firms)
    assert found["need_yuan"].isna().tolist() == [True, False] and found["reason"].tolist() == ["", ""]


def test_an_input_of_the_formula_that_is_absent_is_refused() -> None:
    with pytest.raises(BadData, match="no column margin_share"):
        working_capital_need(_firm(sales_yuan=1.0, growth_share=0.0))


def test_a_loan_of_unknown_rate_is_not_free_and_one_of_no_month_is_refused():
    unknown = monthly_payment(pd.Series([1e5, 1e5, np.nan]), yearly_rate=[np.nan, 0.05, 0.05], months=[12, np.nan, 12])
    assert unknown.isna().all() and np.isnan(monthly_payment(1e5, yearly_rate=np.nan, months=12))
    for terms in ({"yearly_rate": 0.05, "months": 0}, {"yearly_rate": -0.01, "months": 12}):
        with pytest.raises(BadData, match="months are not above zero"):
            monthly_payment(1e5, **terms)


def test_the_range_of_a_month_of_cash_holds_where_months_carry_on():
    """Normal months of which half carries on: 78 % with ranks that take months as independent, 90 promised."""
    dice, months = (
        np.random.default_rng(3),
        [str(each) for each in pd.period_range(end="2026-06", periods=24, freq="M")],
    )
    shocks = dice.standard_normal((400, 24))
    for place in range(1, 24):
        shocks[:, place] = 0.5 * shocks[:, place - 1] + np.sqrt(0.75) * shocks[:, place]
    flows = pd.DataFrame({"customer_id": np.arange(400).repeat(24).astype(str), "month": months * 400})
    found = cash_quantiles(flows.assign(inflow_yuan=shocks.ravel(), outflow_yuan=0.0), as_of=date(2026, 6, 30))
    for name, truth in (("p50", 0.0), ("p25", -0.6744897501960817)):
        assert (found[f"cash_{name}_low"].le(truth) & found[f"cash_{name}_high"].ge(truth)).mean() >= 0.90
