"""Appraisers against one another: the planted one, closed form, laws, refusals.

Loan to value now and shocked: closed forms, laws, refusals.
Recovery, LGD and realised values: answer key, closed forms, coverage, refusals.
"""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microlib.bank.branch import read_branch
from microlib.errors import BadData, EmptyBook
from microlib.metrics.collateral import (
    appraiser_bias,
    loan_to_value,
    realised_values,
    recovery,
    sold_values,
    value_shocks,
)


def items(effects, *, count=40, noise=0.05, seed=1, districts=4):
    rng = np.random.default_rng(seed)
    who = np.repeat(list(effects), count)
    place = rng.integers(0, districts, len(who))
    unit = 10_000 * (1 + place) * np.exp(np.repeat(list(effects.values()), count) + rng.normal(0, noise, len(who)))
    area = rng.uniform(50, 200, len(who))
    return pd.DataFrame({"district": [f"D{p}" for p in place], "kind": "home", "appraiser_id": who, "area_m2": area,
                         "value_yuan": unit * area})  # fmt: skip


def test_the_planted_appraiser_is_found_and_no_other(demo_home):
    truth = json.loads((demo_home / "truth.json").read_text(encoding="utf8"))
    books = [read_branch(demo_home, branch=branch, as_of="2026-06-30")["collateral"] for branch in truth["branches"]]
    found = appraiser_bias(pd.concat(books, ignore_index=True)).set_index("appraiser_id")
    planted = truth["appraisal_bias"]
    assert found.index[found["is_high"]].tolist() == [planted["appraiser_id"]]
    worst = found.loc[planted["appraiser_id"]]
    assert worst.shrunk_bias_share == pytest.approx(planted["appraiser_bias_share"], abs=0.01)
    assert (found.drop(index=planted["appraiser_id"])["shrunk_bias_share"].abs() < 0.01).all()


def test_two_appraisers_a_fifth_apart_without_noise():
    rows = pd.DataFrame({"district": "D", "kind": "home", "appraiser_id": list("AABBCC"), "area_m2": 1.0,
                         "value_yuan": [120.0, 120, 100, 100, 100, 100]})  # fmt: skip
    found = appraiser_bias(rows).set_index("appraiser_id")["bias_share"]
    assert found.round(9).to_dict() == {"A": 0.2, "B": 0, "C": 0}


def test_few_items_are_drawn_towards_the_others():
    rows = pd.concat([items({"A": 0.0, "B": 0.02, "C": -0.02, "D": 0.01}), items({"E": 0.2}, count=3, seed=2)])
    found = appraiser_bias(rows).set_index("appraiser_id").loc["E"]
    assert 0 < found.shrunk_bias_share < found.bias_share and found.prior_weight_share > 0.05


def test_honest_appraisers_rarely_look_high():
    accused = [appraiser_bias(items(dict.fromkeys("ABCDEFGH", 0.0), seed=seed))["is_high"].sum() for seed in range(40)]
    assert sum(accused) <= 0.05 * 40 * 8


def test_prices_order_and_unknown_items_change_nothing(unchanged):
    rows = items({"A": 0.1, "B": 0.0, "C": 0.0})
    dearer = pd.concat([rows.assign(value_yuan=rows["value_yuan"] * 7), rows.iloc[:2].assign(appraiser_id=None)])
    with unchanged(rows):
        one, other = appraiser_bias(rows), appraiser_bias(dearer.sample(frac=1, random_state=3))
    pd.testing.assert_frame_equal(one, other, check_exact=False)


def test_appraisers_who_never_meet_are_refused():
    with pytest.raises(EmptyBook, match="no two appraisers"):
        appraiser_bias(items({"A": 0.0}))
    with pytest.raises(EmptyBook, match="noise"):
        appraiser_bias(items({"A": 0.0, "B": 0.1}, count=1, districts=1))
    with pytest.raises(BadData, match="area"):
        appraiser_bias(items({"A": 0.0, "B": 0.1}).assign(area_m2=0.0))


def book(balances, links, values):
    """Loans L0 .., items K0 .., links (loan, item, secured)."""
    loans = pd.DataFrame({"loan_id": [f"L{i}" for i in range(len(balances))], "customer_id": "C1"})
    loans = loans.assign(balance_yuan=np.array(balances, float), status="normal")
    rows = pd.DataFrame(
        [(f"L{a}", f"K{b}", float(c)) for a, b, c in links], columns=["loan_id", "collateral_id", "secured_yuan"]
    )
    items = pd.DataFrame(
        {"collateral_id": [f"K{i}" for i in range(len(values))], "value_yuan": np.array(values, float)}
    )
    return loans, rows, items


def test_seventy_of_a_hundred_is_seven_eighths_after_a_fall_of_a_fifth():
    found = loan_to_value(*book([70], [(0, 0, 70)], [100]), fall_shares=(0.0, 0.2, 0.3))
    assert found["ltv_share"].tolist() == pytest.approx([0.7, 0.875, 1.0])
    assert found["break_even_fall_share"].tolist() == pytest.approx([0.3] * 3)


def test_an_item_of_two_loans_is_divided_by_what_each_secures():
    found = loan_to_value(*book([30, 30], [(0, 0, 30), (1, 0, 60)], [90]), fall_shares=(0.0,))
    assert found["value_yuan"].tolist() == [30, 60] and found["ltv_share"].tolist() == [1, 0.5]


def test_a_loan_of_two_items_has_both():
    found = loan_to_value(*book([60], [(0, 0, 30), (0, 1, 30)], [50, 70]), fall_shares=(0.5,)).iloc[0]
    assert (found.value_yuan, found.ltv_share, found.uncovered_yuan) == (60, 1, 0)


def test_a_prior_charge_takes_its_own_item_and_no_other():
    """By hand: of 100 under a charge of 150 nothing is left, the 100 beside it cover the loan of 80 in full."""
    loans, links, items = book([80], [(0, 0, 40), (0, 1, 40)], [100, 100])
    items = items.assign(prior_charges_yuan=[150.0, 0.0])
    found = loan_to_value(loans, links, items, fall_shares=(0.0, 0.3))
    assert found["uncovered_yuan"].tolist() == [0, 10]
    assert found["ltv_share"].tolist() == pytest.approx([(80 + 100) / 200, (80 + 70) / 140])
    assert found["break_even_fall_share"].tolist() == pytest.approx([0.2, 0.2])


def test_what_is_covered_is_what_300_random_books_leave_item_by_item():
    dice = np.random.default_rng(4)
    for _ in range(300):
        balances, values = dice.uniform(10, 200, 2), dice.uniform(10, 200, 3)
        links = [(loan, item, 1.0 + loan + item) for loan in range(2) for item in range(3)]
        loans, rows, items = book(balances, links, values)
        charges = np.where(dice.random(3) < 0.5, dice.uniform(0, 250, 3), 0.0)
        found = loan_to_value(loans, rows, items.assign(prior_charges_yuan=charges), fall_shares=(0.2,))
        parts = np.array([[1.0 + loan + item for item in range(3)] for loan in range(2)])
        parts = parts / parts.sum(axis=0)
        left = parts @ np.maximum(0.8 * values - charges, 0.0)
        assert found["uncovered_yuan"].to_numpy() == pytest.approx(np.maximum(balances - left, 0.0))
        at_par = parts @ np.maximum((1 - found["break_even_fall_share"].to_numpy()[:, None]) * values - charges, 0.0).T
        assert np.diag(at_par) == pytest.approx(balances)


def test_settled_loans_hold_nothing_and_second_charges_are_marked():
    loans, links, items = book([50, 0], [(0, 0, 50), (1, 0, 50)], [100])
    found = loan_to_value(loans, links, items.assign(registration_order="second"), fall_shares=(0.0,))
    assert found[["loan_id", "value_yuan", "is_second"]].values.tolist() == [["L0", 100, True]]


@settings(deadline=None, max_examples=30)
@given(
    st.lists(st.integers(1, 1000), min_size=2, max_size=5),
    st.lists(st.integers(1, 1000), min_size=2, max_size=5),
    st.floats(0, 0.9),
)
def test_no_value_counts_twice_and_a_fall_never_helps(balances, values, fall):
    links = [(a, b, 1 + a + b) for a in range(len(balances)) for b in range(len(values))]
    found = loan_to_value(*book(balances, links, values), fall_shares=(0.0, fall))
    now, then = found[::2], found[1::2]
    assert now["value_yuan"].sum() == pytest.approx(sum(values))
    assert (then["ltv_share"].to_numpy() >= now["ltv_share"].to_numpy() - 1e-12).all()


def test_nothing_is_altered(unchanged):
    given_frames = book([70], [(0, 0, 70)], [100])
    with unchanged(*given_frames):
        loan_to_value(*given_frames)


def test_what_cannot_be_set_against_value_is_refused():
    loans, links, items = book([70], [(0, 0, 70)], [100])
    with pytest.raises(BadData, match="fall"):
        loan_to_value(loans, links, items, fall_shares=(20,))
    with pytest.raises(BadData, match="twice"):
        loan_to_value(loans, links, pd.concat([items, items]))
    with pytest.raises(BadData, match="above zero"):
        loan_to_value(loans, links, items.assign(value_yuan=0.0))
    with pytest.raises(EmptyBook, match="no live loan"):
        loan_to_value(loans.assign(status="settled"), links, items)


KEY = {"cost_share": 0.12, "months": 18, "yearly_rate": 0.0435}


def claim(balance=140.0, value=200.0):
    return pd.DataFrame({"balance_yuan": [balance], "value_yuan": [value]})


@pytest.mark.parametrize(
    ("fall", "recovered", "lgd"),
    [
        (0.2, 132.08818562230485, 0.05651295984067961),
        (0.0, 165.11023202788104, 0),
        (0.3, 115.57716241951674, 0.17444883986059467),
    ],
)
def test_the_answer_key(fall, recovered, lgd):
    """LTV 70, cost 12 percent, 18 months at 4.35 percent: LGD 5.65, 0 and 17.44 percent."""
    found = recovery(claim(), fall_share=fall, **KEY).iloc[0]
    assert (found.recovery_yuan, found.lgd_share) == (pytest.approx(recovered), pytest.approx(lgd, abs=1e-12))


def test_money_at_once_without_cost_is_the_value():
    found = recovery(claim(), fall_share=0, cost_share=0, months=0, yearly_rate=0.05).iloc[0]
    assert (found.recovery_yuan, found.recovery_share) == (200, 1)


@given(st.floats(1, 1e7), st.floats(0, 1e7), st.floats(0, 0.9), st.floats(0, 0.05), st.integers(0, 60))
def test_falls_costs_and_waiting_never_lower_the_loss(balance, value, fall, more, months):
    one, other = (recovery(claim(balance, value), fall_share=fall + by, cost_share=0.1 + by, months=months + 100 * by,
                           yearly_rate=0.05).iloc[0] for by in (0.0, more))  # fmt: skip
    assert other.lgd_share >= one.lgd_share - 1e-12 and 0 <= one.lgd_share <= 1


def test_realised_is_a_ratio_of_sums_with_its_range(unchanged):
    sales = pd.DataFrame({"kind": ["home", "home", "shop"], "value_yuan": [100.0, 300.0, 50.0],
                          "realised_yuan": [90.0, 210.0, 20.0]})  # fmt: skip
    with unchanged(sales):
        found = realised_values(sales).set_index("kind")
    assert found["realised_share"].tolist() == [0.75, 0.4] and found.loc["home", "lowest_share"] == 0.7
    assert found.loc["home", "realised_low"] < 0.75 < found.loc["home", "realised_high"]
    assert np.isnan(found.loc["shop", "realised_low"])


def test_the_range_of_a_ratio_holds_the_truth_nearly_as_often_as_it_says():
    rng, hits = np.random.default_rng(11), 0
    for _ in range(400):
        value = rng.lognormal(0, 0.5, 20)
        sales = pd.DataFrame({"value_yuan": value, "realised_yuan": value * rng.normal(0.7, 0.1, 20)})
        found = realised_values(sales, within=None).iloc[0]
        hits += found.realised_low <= 0.7 <= found.realised_high
    assert hits >= 0.92 * 400


def test_what_cannot_be_recovered_is_refused():
    with pytest.raises(BadData, match="out of range"):
        recovery(claim(), fall_share=20, **KEY)
    with pytest.raises(BadData, match="balance"):
        recovery(claim(0), fall_share=0.2, **KEY)
    with pytest.raises(EmptyBook, match="nothing was sold"):
        realised_values(pd.DataFrame({"value_yuan": [], "realised_yuan": []}))
    with pytest.raises(BadData, match="appraisal"):
        realised_values(pd.DataFrame({"kind": ["a"], "value_yuan": [0.0], "realised_yuan": [1.0]}))


SALE = {"as_of": "2026-06-30", "cost_share": 0.12, "months": 18, "yearly_rate": 0.0435}


def secured(balances, links, values, kind="home"):
    loans, rows, items = book(balances, links, values)
    loans = loans.assign(written_off_date=pd.NaT, written_off_yuan=np.nan)
    return loans, rows, items.assign(kind=kind)


def sold(*shares, kind="home"):
    return pd.DataFrame({"kind": kind, "value_yuan": 100.0, "realised_yuan": [100.0 * each for each in shares]})


def test_a_fall_opens_what_stands_above_the_fallen_value_on_paper():
    found = value_shocks(*secured([80, 50], [(0, 0, 80), (1, 1, 50)], [100, 100]), falls=(0.0, 0.3), **SALE)
    assert found.uncovered_yuan.tolist() == pytest.approx([0.0, 10.0])
    assert found.ltv_p90_share.iloc[1] > found.ltv_p90_share.iloc[0] and found.lgd_share.is_monotonic_increasing


def test_without_a_sale_the_worked_example_of_policy_cost_holds_and_has_no_range():
    """Answer key: LTV 70, cost 12 %, 18 months at 4.35 %: a fall of 20 % loses 5.65 %, of 30 % 17.44 %."""
    found = value_shocks(*secured([70], [(0, 0, 70)], [100]), falls=(0.2, 0.3), **SALE)
    assert found["lgd_share"].tolist() == pytest.approx([0.0565, 0.1744], abs=5e-5)
    assert (
        found[["sold_open_low_yuan", "sold_open_high_yuan"]].isna().all(axis=None) and (found["sales_count"] == 0).all()
    )


def test_sales_seen_open_what_appraisals_cover():
    """Two sales at 50 and 70 of 100: mean 60, range 60 +- 12.706 x 10; 70 owed leave 10 open, at best nothing."""
    now = {**SALE, "months": 0}
    found = value_shocks(*secured([70], [(0, 0, 70)], [100]), falls=(0.0,), sales=sold(0.5, 0.7), **now).iloc[0]
    assert (found["uncovered_yuan"], found["sold_open_low_yuan"]) == (0.0, 0.0)
    assert (found["sold_open_yuan"], found["sold_open_high_yuan"]) == pytest.approx((10.0, 70.0))


def test_a_kind_sold_once_takes_what_all_kinds_brought():
    """One shop at 20 beside two homes at 60: of 300 appraised 140 came in, so a shop brings 46.67 %."""
    sales = pd.concat([sold(0.6, 0.6), sold(0.2, kind="shop")])
    found = value_shocks(
        *secured([70], [(0, 0, 70)], [100], kind="shop"), falls=(0.0,), sales=sales, **{**SALE, "months": 0}
    )
    assert found["sold_open_yuan"].item() == pytest.approx(70 - 140 / 3)


def test_what_stands_behind_others_and_what_was_lost_is_told_beside():
    loans, links, items = secured([70, 0, 0], [(0, 0, 70), (1, 0, 1), (2, 0, 1)], [100])
    loans = loans.assign(status=["normal", "written_off", "written_off"], written_off_yuan=[None, 5.0, 7.0],
                         written_off_date=pd.to_datetime([None, "2026-01-01", "2024-01-01"]))  # fmt: skip
    found = value_shocks(loans, links, items.assign(registration_order="second"), falls=(0.0,), **SALE).iloc[0]
    assert (found["behind_count"], found["behind_yuan"], found["lost_yuan"]) == (1, 70, 5)
    with pytest.raises(BadData, match="out of range"):
        value_shocks(loans, links, items, falls=(30,), **SALE)


def test_the_demo_bank_covers_on_paper_and_not_by_its_own_sales(demo_home):
    """Every appraisal covers its debt; homes brought 71, shops 60, factories 46 of a hundred."""
    branch = read_branch(demo_home, branch="0755", as_of="2026-06-30")
    tables = [branch[name] for name in ("loans", "collateral_links", "collateral")]
    sales = sold_values(branch["disposals"], branch["collateral"])
    found = value_shocks(*tables, falls=(0.0, 0.3), sales=sales, **SALE)
    assert found["uncovered_yuan"].tolist() == [0.0, 0.0] and (found["sold_open_yuan"] > 1e6).all()
    assert (found["sold_open_low_yuan"] < found["sold_open_yuan"]).all()
    lost = tables[0].query("written_off_date > '2025-06-30' and guarantee == 'mortgage'")["written_off_yuan"].sum()
    assert found["lost_yuan"].iloc[0] == pytest.approx(lost)
