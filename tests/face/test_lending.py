"""Limits, capacity, costs and prices of the face against closed forms and the library's own design functions."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import microlib as ml
from microlib.design.prices import Parts, floor_rate, risk_adjusted_return
from microlib.errors import BadConfig, BadData

AMOUNTS = st.floats(0, 1e7)


@given(st.lists(st.tuples(AMOUNTS, AMOUNTS), min_size=1, max_size=8), st.sampled_from([1.0, 100.0, 1000.0]))
def test_a_limit_is_never_above_a_cap_and_is_whole_units(caps: list[tuple[float, float]], unit: float) -> None:
    firms = pd.DataFrame(caps, columns=["need_yuan", "cash_yuan"])
    sized = ml.limits(firms, caps={"need": "need_yuan", "cash": "cash_yuan"}, unit=unit, floor=500)
    assert (sized["limit_yuan"] <= firms.min(axis="columns") + 1e-5).all()
    assert np.allclose(sized["limit_yuan"] % unit, 0)
    assert ((sized["limit_yuan"] == 0) | (sized["limit_yuan"] >= 500)).all()
    assert ((sized["limit_yuan"] > 0) == (sized["reason"] == "sized")).all()


def test_what_is_not_known_gives_no_line_and_is_named() -> None:
    firms = pd.DataFrame({"a": [np.nan, np.nan], "b": [5.0, np.nan]})
    sized = ml.limits(firms, caps={"first": "a", "second": "b"})
    assert sized["reason"].tolist() == ["to_be_verified"] * 2
    assert sized["missing"].tolist() == ["first", "first second"]
    assert sized["bound_by"].tolist() == ["second", ""]
    assert sized["limit_yuan"].tolist() == [0.0, 0.0]


def test_a_tie_goes_to_the_first_cap_and_the_index_is_kept() -> None:
    sized = ml.limits(pd.DataFrame({"a": [7.0]}, index=["x"]), caps={"first": "a", "second": 7.0})
    assert sized.loc["x", "bound_by"] == "first"


@pytest.mark.parametrize("cap", [-1.0, np.inf, np.nan, True, None])
def test_a_cap_that_is_no_amount_is_refused(cap: object) -> None:
    with pytest.raises(BadData, match="the cap product is"):
        ml.limits(pd.DataFrame({"a": [7.0]}), caps={"own": "a", "product": cap})


def test_without_a_cap_or_with_an_impossible_unit_nothing_is_sized() -> None:
    firms = pd.DataFrame({"a": [7.0]})
    for wrong in ({"caps": {}}, {"caps": {"own": "a"}, "unit": 0}):
        with pytest.raises(BadConfig):
            ml.limits(firms, **wrong)


def test_a_loan_of_the_capacity_is_covered_by_just_the_coverage_asked() -> None:
    firm = pd.DataFrame({"cash_month_yuan": [20_000.0], "service_month_yuan": [3_000.0]})
    terms = {"yearly_rate": 0.06, "months": 24, "coverage": 1.25}
    most = ml.capacity(firm, **terms)["capacity_yuan"]
    assert ml.capacity(firm.assign(asked_yuan=most), **terms)["coverage_ratio"].item() == pytest.approx(1.25)


def test_unknown_cash_is_not_zero() -> None:
    found = ml.capacity(
        pd.DataFrame({"cash_month_yuan": [None, 1e4]}, dtype=float), yearly_rate=0.05, months=12, coverage=1
    )
    assert found["capacity_yuan"].isna().tolist() == [True, False]


def test_the_floor_and_the_return_are_those_of_the_design() -> None:
    parts = {
        "ftp_rate": 0.022,
        "opex_rate": 0.012,
        "pd_rate": 0.02,
        "lgd_share": 0.45,
        "capital_share": 0.07875,
        "capital_cost_rate": 0.12,
        "tax_rate": 0.25,
    }
    same = Parts(0.022, 0.012, 0.02, 0.45, 0.07875, 0.12, 0.25, True)
    found = ml.price_floor(**parts, funding_credit=True, yearly_rate=0.06)
    assert found["floor_rate"].item() == pytest.approx(floor_rate(same))
    assert found["raroc_rate"].item() == pytest.approx(risk_adjusted_return(same, yearly_rate=0.06))
    whole = found[["ftp_rate", "opex_rate", "loss_rate", "capital_rate"]].sum(axis="columns")
    assert whole.item() == pytest.approx(found["floor_rate"].item())


def test_a_price_is_found_for_every_row_of_a_column() -> None:
    risk = pd.Series([0.01, 0.05], index=["good", "poor"])
    found = ml.price_floor(
        ftp_rate=0.02, opex_rate=0.01, pd_rate=risk, lgd_share=0.4, capital_share=0.08, capital_cost_rate=0.1
    )
    assert found.index.tolist() == ["good", "poor"]
    assert found["floor_rate"].diff().iloc[1] == pytest.approx(0.4 * 0.04)


def test_the_published_rate_of_the_actuarial_method() -> None:
    """12 CFR 1026 appendix J: 5,000 advanced, 24 monthly payments of 230 give 9.69 %."""
    assert 12 * ml.internal_rate([5000, *[-230] * 24], list(range(25))) == pytest.approx(0.0969, abs=5e-5)


def test_a_fee_of_odd_fen_counts_to_the_fen() -> None:
    terms = ml.loan(100_000, yearly_rate=0.05, months=12)
    assert ml.true_cost(terms, [ml.fee(yuan=49.5)])["fees_yuan"].tolist() == [49.5, 49.5]


def test_a_fee_that_the_bank_pays_is_not_the_borrowers() -> None:
    terms = ml.loan(100_000, yearly_rate=0.05, months=12)
    paid = ml.true_cost(terms, [ml.fee(rate=0.01, payer="bank")]).set_index("scope")["apr_rate"]
    assert paid["borrower"] == pytest.approx(0.05, abs=1e-5)
    assert paid["all_payers"] > 0.065


@pytest.mark.parametrize("wrong", [{}, {"yuan": 5, "rate": 0.01}, {"rate": 0.01, "when": "never"}])
def test_a_fee_is_either_a_sum_or_a_rate_at_a_known_time(wrong: dict[str, object]) -> None:
    with pytest.raises(BadConfig):
        ml.fee(**wrong)


def test_what_is_no_loan_or_no_fee_is_refused() -> None:
    with pytest.raises(BadConfig, match="dict is no loan"):
        ml.schedule({"amount_yuan": 1})
    with pytest.raises(BadConfig, match="is no fee"):
        ml.true_cost(ml.loan(1000, yearly_rate=0.05, months=3), [0.01])


def test_one_arm_alone_has_no_power() -> None:
    with pytest.raises(BadConfig, match="only one arm"):
        ml.campaign_power(0.03, 0.03, treated=700)
