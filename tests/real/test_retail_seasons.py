"""US retail sales: our monthly index against the official seasonal factors."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from microlib.stats.seasonality import credit_seasons, seasonal_index

ROOT = Path(__file__).resolve().parents[2]
FILE = (ROOT / os.environ.get("MICROLIB_REAL_DATA", "../shared/data")).resolve() / "census_mrts" / "mrts_long.parquet"
pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not FILE.is_file(), reason="the real data folder is absent (set MICROLIB_REAL_DATA)"),
]
OFFICIAL = [0.906, 0.879, 0.994, 0.972, 1.038, 1.001, 0.999, 1.017, 0.955, 0.993, 1.046, 1.198]
KIND = "Retail sales, total (excl. motor vehicle and parts dealers)"


@pytest.fixture(scope="module")
def sales():
    rows = pd.read_parquet(FILE)
    rows = rows[(rows["adj"] == "NSA") & rows["month"].between("2015-01-01", "2019-12-31") & rows["value"].notna()]
    rows = rows.assign(month=rows["month"].dt.strftime("%Y-%m"), segment=rows["kind"], amount_yuan=rows["value"])
    rows = rows.drop_duplicates(["segment", "month"])
    full = rows.groupby("segment")["month"].transform("nunique") == 60
    return rows.loc[full, ["segment", "month", "amount_yuan"]]


def test_the_index_of_retail_sales_agrees_with_the_official_factors(sales):
    """data/README.md gives the mean factors of 2015-2019; mean absolute error .0012, largest .0034."""
    found = seasonal_index(sales[sales["segment"] == KIND])["index_ratio"].to_numpy()
    error = np.abs(found - OFFICIAL)
    assert error.mean() < 0.002 and error.max() < 0.005


def test_toys_and_jewels_peak_in_december_and_garden_supplies_in_spring(sales):
    found = credit_seasons(sales).set_index("segment")
    assert found.loc[["Jewelry stores", "Hobby, toy, and game stores"], "peak_month"].tolist() == [12, 12]
    assert found.loc["Building mat. and garden equip. and supplies dealers", "peak_month"] == 5
    assert (found["p_value"] < 0.05).mean() > 0.9
