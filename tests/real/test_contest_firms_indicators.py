"""The 123 contest firms: the figures printed under TV-D4, per-firm totals, and what each indicator is worth."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from microlib.metrics.invoices import input_output, invoice_indicators
from microlib.stats.discrimination import back_test

ROOT = Path(__file__).resolve().parents[2]
FOLDER = (ROOT / os.environ.get("MICROLIB_REAL_DATA", "../shared/data")).resolve() / "cumcm2020c"
pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not FOLDER.is_dir(), reason="the real data folder is absent (set MICROLIB_REAL_DATA)"),
]
FILES = {"sale": ("附件1_销项发票.parquet", "购方单位代号"), "purchase": ("附件1_进项发票.parquet", "销方单位代号")}
NAMES = {
    "企业代号": "customer_id",
    "开票日期": "issued_date",
    "金额": "net_yuan",
    "税额": "tax_yuan",
    "价税合计": "gross_yuan",
}
PRINTED = [
    "void_share", "negative_share", "counterparty_hhi", "top1_share", "top5_share", "months_count", "gap_months"
]  # fmt: skip


def read_side(side):
    name, counterparty = FILES[side]
    rows = pd.read_parquet(FOLDER / name).rename(columns=NAMES | {counterparty: "counterparty_hash"})
    status = rows["发票状态"].astype("str").str.strip().map({"有效发票": "valid", "作废发票": "void"})
    return rows.assign(side=side, status=status, customer_id=rows["customer_id"].astype("str"))


@pytest.fixture(scope="module")
def invoices():
    return pd.concat([read_side("sale"), read_side("purchase")], ignore_index=True)


@pytest.fixture(scope="module")
def sales(invoices):
    return invoice_indicators(invoices)


@pytest.fixture(scope="module")
def firms():
    frame = pd.read_csv(FOLDER / "企业信息_附件1_123家.csv")
    return pd.DataFrame({"customer_id": frame["企业代号"], "is_defaulted": frame["是否违约"].eq("是")})


@pytest.mark.parametrize(
    ("firm", "expected"),
    [
        ("E1", [0.027620, 0.028912, 0.062657, 0.137347, 0.511785, 30, 0]),
        ("E2", [0.082002, 0.030690, 0.009033, 0.047216]),
        ("E3", [0.015993, 0.186001, 0.123396, 0.220437]),
    ],
)  # fmt: skip
def test_three_firms_as_the_reference_prints_them(sales, firm, expected):
    """TV-D4, to its printed digits."""
    found = sales.set_index("customer_id").loc[firm, PRINTED[: len(expected)]]
    assert found.astype(float).tolist() == pytest.approx(expected, abs=6e-7)


def test_the_first_firms_suppliers(invoices):
    """TV-D4: supplier HHI .989294."""
    found = invoice_indicators(invoices, side="purchase").set_index("customer_id")
    assert found.loc["E1", "counterparty_hhi"] == pytest.approx(0.989294, abs=6e-7)


@pytest.mark.parametrize(
    ("indicator", "worse_when_high"),
    [("months_count", 0.154), ("net_yuan", 0.109), ("gap_months", 0.763), ("counterparty_hhi", 0.709),
     ("top1_share", 0.696), ("void_share", 0.684), ("negative_share", 0.385)],
)  # fmt: skip
def test_what_each_indicator_is_worth(sales, firms, indicator, worse_when_high):
    """TV-D4's AUC, turned where it prints 'fewer' or 'lower is worse': 1 - .846, 1 - .891."""
    found = back_test(sales, firms).set_index("indicator").loc[indicator]
    assert found.auc == pytest.approx(worse_when_high, abs=6e-4)
    assert found.auc_low < found.auc < found.auc_high and found.bad_count == 27


def test_the_five_largest_buyers_differ_by_ties_only(sales, firms):
    """TV-D4 prints .706; firms with five buyers or fewer are all 1 here, rounding parts them there."""
    found = back_test(sales, firms).set_index("indicator").loc["top5_share"]
    assert found.auc == pytest.approx(0.706, abs=0.002)


def test_suppliers_and_purchases(invoices, firms):
    """TV-D4: supplier HHI .570, input .786 (lower is worse)."""
    found = back_test(invoice_indicators(invoices, side="purchase"), firms).set_index("indicator")["auc"]
    assert found["counterparty_hhi"] == pytest.approx(0.570, abs=6e-4)
    assert 1 - found["net_yuan"] == pytest.approx(0.786, abs=6e-4)


def test_the_negative_share_runs_the_other_way(sales, firms):
    """Good firms take goods back: a threshold on it would refuse the wrong ones."""
    assert back_test(sales, firms).set_index("indicator").loc["negative_share", "auc"] < 0.5


def test_totals_agree_with_another_teams_table(invoices, sales):
    """参考_UestcXiye: sums of 金额 over valid invoices, and its shares, to 0.01 yuan."""
    other = pd.read_csv(FOLDER / "参考_UestcXiye_问题1_逐企业汇总.csv").set_index("企业代号")
    both = input_output(invoices).set_index("customer_id").loc[other.index]
    assert np.abs(both["sale_yuan"] - other["销项总额"]).max() < 0.01
    assert np.abs(both["purchase_yuan"] - other["进项总额"]).max() < 0.01
    ours = sales.set_index("customer_id").loc[other.index]
    assert np.abs(1 - ours["void_share"] - other["销项有效率"]).max() < 1e-9


def test_negative_shares_agree_on_its_own_denominator(sales):
    """It divides by all rows; its values of E14 and E45 are off (data/README.md)."""
    other = pd.read_csv(FOLDER / "参考_UestcXiye_问题1_逐企业汇总.csv").set_index("企业代号").drop(index=["E14", "E45"])
    ours = sales.set_index("customer_id").loc[other.index]
    assert np.abs(ours["negative_count"] / ours["invoices_count"] - other["销项负数率"]).max() < 1e-9
