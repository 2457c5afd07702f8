"""The 123 contest firms: best rate by grade, lines of a year, 30 million yuan shared four ways, and how sure that is.

What these data cannot support: grade D is the outcome itself (24 of 24 defaulted), so it has no default rate of its own
and is not lent to, as the contest rules; A to C hold 3 defaults in 99 firms, so the grades can hardly be told apart;
no default has a date, so later invoices may look ahead; loss given default is taken as the whole loan.
"""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from microlib.contracts.product import NeedRule
from microlib.design.allocation import COLUMNS, InfeasibleProgramme, allocate_budget, cap_each, volume_floor
from microlib.design.limits import product_need
from microlib.design.programme import compare_splits, split_in_proportion
from microlib.design.rates import best_rates, draw_default_rates, mean_default_rates, smooth_churn
from microlib.design.terms import read_product

ROOT = Path(__file__).resolve().parents[2]
FOLDER = (ROOT / os.environ.get("MICROLIB_REAL_DATA", "../shared/data")).resolve() / "cumcm2020c"
pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not FOLDER.is_dir(), reason="the real data folder is absent (set MICROLIB_REAL_DATA)"),
]
LENT, BUDGET, FLOOR, CAP, COST = ("A", "B", "C"), 30e6, 100_000, 1_000_000, 0.02


@pytest.fixture(scope="module")
def table():
    wide = pd.read_csv(FOLDER / "附件3_利率流失率_整洁.csv").set_index("贷款年利率")
    wide.columns = [name.removeprefix("客户流失率_") for name in wide.columns]
    rows = wide.rename_axis("yearly_rate").reset_index()
    return rows.melt(id_vars="yearly_rate", var_name="grade", value_name="churn_share")


@pytest.fixture(scope="module")
def firms():
    frame = pd.read_csv(FOLDER / "企业信息_附件1_123家.csv")
    return pd.DataFrame({
        "customer_id": frame["企业代号"], "grade": frame["信誉评级"], "segment": frame["行业_学生标注"],
        "is_defaulted": frame["是否违约"].eq("是"),
    })  # fmt: skip


@pytest.fixture(scope="module")
def counts(firms):
    known = firms[firms["grade"].isin(LENT)].groupby("grade", as_index=False)
    return known.agg(total_count=("is_defaulted", "size"), bad_count=("is_defaulted", "sum"))


@pytest.fixture(scope="module")
def sales():
    rows = pd.read_parquet(FOLDER / "附件1_销项发票.parquet")
    valid = rows[rows["发票状态"].astype("str").str.strip() == "有效发票"]
    days = pd.to_datetime(valid["开票日期"])
    year = valid[(days >= "2019-01-01") & (days < "2020-01-01")]
    return pd.DataFrame({
        "customer_id": year["企业代号"].astype("str"), "buyer": year["购方单位代号"].astype("str"),
        "net_yuan": year["金额"].astype("float64"),
    })  # fmt: skip


@pytest.fixture(scope="module")
def offers(table, counts):
    """The best rate of each grade at the posterior mean, funds at 2 percent, the smooth table."""
    means = mean_default_rates(counts)
    return best_rates(smooth_churn(table), default_rates=means, cost_rate=COST).set_index("grade")


@pytest.fixture(scope="module")
def candidates(firms, sales, offers):
    """Firms of grades A to C with a line of 20 percent of the year's net sales, between the contest's bounds."""
    product = read_product(ROOT, product="online_invoice_credit", as_of="2026-06-30")
    product = product.model_copy(update={"size": NeedRule(method="sales_share", sales_share=0.2)})
    turnover = firms["customer_id"].map(sales.groupby("customer_id")["net_yuan"].sum())
    need = product_need(pd.DataFrame({"turnover_yuan": turnover, "kept_yuan": 0.0}), product=product)
    top = sales.groupby(["customer_id", "buyer"])["net_yuan"].sum().clip(lower=0).reset_index()
    first = top.sort_values("net_yuan").groupby("customer_id").last()
    share = first["net_yuan"] / top.groupby("customer_id")["net_yuan"].sum()
    found = firms.assign(
        turnover_yuan=turnover, limit_yuan=need.clip(upper=CAP).where(need >= FLOOR),
        source_id=firms["customer_id"].map(first["buyer"].where(share >= 0.5)).fillna(""),
        profit_rate=firms["grade"].map(offers["profit_rate"]),
    )  # fmt: skip
    return found[found["grade"].isin(LENT) & found["limit_yuan"].notna()].reset_index(drop=True)


@pytest.fixture(scope="module")
def rules(candidates):
    """The budget, half of it for one industry or grade at most, a twentieth on one buyer."""
    budget = pd.DataFrame([("budget", "programme", "", "at_most", BUDGET)], columns=COLUMNS)
    each = [cap_each(candidates, scope=scope, yuan=yuan)
            for scope, yuan in (("segment", 10e6), ("grade", 15e6), ("source", 1.5e6))]  # fmt: skip
    return pd.concat([budget, *each], ignore_index=True)


@pytest.fixture(scope="module")
def compared(candidates, rules, offers, counts):
    best = allocate_budget(candidates, rules=rules, floor_yuan=FLOOR)
    ones = pd.Series(1.0, index=candidates.index)
    ways = {
        "program": best.lines["allocated_yuan"],
        "equal": split_in_proportion(candidates, weights=ones, rules=rules, floor_yuan=FLOOR),
        "turnover": split_in_proportion(candidates, weights=candidates["turnover_yuan"], rules=rules, floor_yuan=FLOOR),
    }
    drawn = draw_default_rates(counts)
    stay, rate = 1 - offers["churn_share"], offers["yearly_rate"]
    earned = {grade: stay[grade] * ((1 - drawn[grade]) * rate[grade] - drawn[grade] - COST) for grade in LENT}
    profits = pd.DataFrame({place: earned[grade] for place, grade in candidates["grade"].items()})
    return compare_splits(candidates, splits=ways, drawn_rates=profits, rules=rules).set_index("split")


@pytest.mark.parametrize(
    ("grade", "pd_rate", "cost", "rate", "profit"),
    [("A", 0, 0, 0.0465, 0.0401887), ("B", 0, 0, 0.0585, 0.0407813), ("C", 0, 0, 0.0585, 0.0415239),
     ("A", 0, 0.02, 0.0745, 0.0266452), ("B", 0, 0.02, 0.0825, 0.0282191), ("C", 0, 0.02, 0.0825, 0.0293595),
     ("B", 1 / 38, 0, 0.0825, 0.0243873), ("C", 2 / 34, 0, 0.1105, 0.0130514)],
)  # fmt: skip
def test_the_best_rates_as_printed(table, grade, pd_rate, cost, rate, profit):
    """TV-A14, on the table as it is; the smooth table gives the same rates."""
    one = table[table["grade"] == grade]
    asked = pd.DataFrame({"grade": [grade], "pd_rate": [pd_rate]})
    found = best_rates(one, default_rates=asked, cost_rate=cost).iloc[0]
    assert found["yearly_rate"] == pytest.approx(rate) and found["profit_rate"] == pytest.approx(profit, abs=6e-8)
    smooth = best_rates(smooth_churn(one), default_rates=asked, cost_rate=cost).iloc[0]
    assert smooth["yearly_rate"] == pytest.approx(rate)


def test_the_tables_ends_and_its_dips(table):
    """TV-A14: 0 at 4 percent, .922, .886, .895 at 15; A falls from .8152 to .8144 at 12.25, which smoothing mends."""
    ends = table[table["yearly_rate"] == 0.15].set_index("grade")["churn_share"]
    assert ends.to_list() == pytest.approx([0.922060686952, 0.885864918999995, 0.895164738662031], abs=1e-11)
    assert (table.loc[table["yearly_rate"] == 0.04, "churn_share"] == 0).all()
    smooth = smooth_churn(table)
    assert (smooth.groupby("grade")["churn_share"].diff().dropna() >= 0).all()
    assert (smooth["moved_share"].abs() > 0).any() and smooth["moved_share"].abs().max() < 0.01


def test_the_worst_grade_is_the_outcome_itself(firms, counts):
    """D: 24 of 24 defaulted. It is a label, not a forecast; nothing here may be priced or tested on it."""
    by_grade = firms.groupby("grade")["is_defaulted"].agg(["size", "sum"])
    assert by_grade.loc["D"].to_list() == [24, 24]
    assert counts["total_count"].to_list() == [27, 38, 34] and counts["bad_count"].to_list() == [0, 1, 2]


def test_lines_lie_between_the_contests_bounds(candidates):
    assert candidates["limit_yuan"].between(FLOOR, CAP).all() and set(candidates["grade"]) == set(LENT)
    assert 80 <= len(candidates) <= 99


def test_the_budget_is_shared_within_every_cap_and_no_line_is_too_small(compared):
    assert (compared["rules_broken_count"] == 0).all()
    assert compared["allocated_yuan"].max() <= BUDGET + 1 and compared.loc["program", "allocated_yuan"] > 0.9 * BUDGET


def test_the_program_earns_most_in_expectation(compared):
    assert (compared["behind_yuan"] >= -1).all() and compared.loc["program", "profit_yuan"] > 0


def test_three_defaults_cannot_tell_the_ways_apart(compared):
    """85,000 yuan ahead of an equal split in expectation, but the 90 percent interval of that lead spans zero."""
    for way in ("equal", "turnover"):
        assert compared.loc[way, "behind_low_yuan"] < 0 < compared.loc[way, "behind_high_yuan"]
    assert not compared["is_behind"].any()
    assert 0.01 < compared.loc["program", "loses_share"] < 0.15


def test_the_same_seed_gives_the_same_interval(counts):
    first, second = (draw_default_rates(counts).quantile([0.05, 0.95]) for _ in range(2))
    assert np.array_equal(first, second)


def test_more_than_the_lines_allow_is_refused_in_words(candidates, rules):
    asked = pd.concat([rules, volume_floor(50e6)], ignore_index=True)
    with pytest.raises(InfeasibleProgramme, match="budget at_most 30,000,000; volume_floor at_least 50,000,000"):
        allocate_budget(candidates, rules=asked)
