"""The 123 contest firms: first digits of their invoices tell nothing."""

import os
from pathlib import Path

import pandas as pd
import pytest

from microlib.metrics.trade import digit_indicators
from microlib.stats.discrimination import back_test

ROOT = Path(__file__).resolve().parents[2]
FOLDER = (ROOT / os.environ.get("MICROLIB_REAL_DATA", "../shared/data")).resolve() / "cumcm2020c"
pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not FOLDER.is_dir(), reason="the real data folder is absent (set MICROLIB_REAL_DATA)"),
]


def test_the_mad_of_first_digits_has_no_power():
    """TV-D4 prints .460 for the MAD; read from valid sale invoices, every firm however few its invoices."""
    rows = pd.read_parquet(FOLDER / "附件1_销项发票.parquet")
    status = rows["发票状态"].astype("str").str.strip().map({"有效发票": "valid", "作废发票": "void"})
    sales = pd.DataFrame({"customer_id": rows["企业代号"].astype("str"), "side": "sale", "status": status,
                          "net_yuan": rows["金额"]})  # fmt: skip
    frame = pd.read_csv(FOLDER / "企业信息_附件1_123家.csv")
    firms = pd.DataFrame({"customer_id": frame["企业代号"], "is_defaulted": frame["是否违约"].eq("是")})
    found = back_test(digit_indicators(sales), firms).set_index("indicator").loc["mad_share"]
    assert found.auc == pytest.approx(0.460, abs=0.03) and found.direction == "unclear"
