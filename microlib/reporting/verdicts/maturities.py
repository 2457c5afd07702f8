"""What page 1 says about Monday: maturing loans, loans about to turn bad, early warnings."""

from __future__ import annotations

import pandas as pd

from microlib.reporting.verdicts.sentences import Sentence, sentence


def maturing(horizons: pd.DataFrame) -> Sentence:
    """Say what matures within the nearest and the farthest horizon (`metrics.maturities.maturing`)."""
    near, far = horizons.iloc[0], horizons.iloc[-1]
    if far["loans_count"] == 0:
        return sentence("maturing_none", horizon_days=far["horizon_days"])
    unsure = {"customers_count": near["customers_count"], "balance_yuan": near["balance_yuan"]}
    values = {"horizon_days": near["horizon_days"], **unsure, "far_days": far["horizon_days"],
              "far_yuan": far["balance_yuan"], "far_count": far["customers_count"]}  # fmt: skip
    return sentence("maturing", **values)


def maturing_sources(horizons: pd.DataFrame) -> Sentence:
    """Say for how much of what matures nobody has confirmed a repayment source."""
    far = horizons.iloc[-1]
    if far["loans_count"] == 0:
        return sentence("maturing_sources_none")
    if far["unknown_loans_count"] == far["loans_count"]:
        return sentence(
            "maturing_sources_unrecorded", horizon_days=far["horizon_days"], balance_yuan=far["balance_yuan"]
        )
    names = ("unconfirmed_customers_count", "unconfirmed_yuan", "unknown_customers_count", "unknown_yuan")
    return sentence("maturing_sources", horizon_days=far["horizon_days"], **{name: far[name] for name in names})


def crossing_loans(crossing: pd.DataFrame) -> Sentence:
    """Say how many loans turn bad before the month ends if nothing is paid (`metrics.maturities.crossing_loans`)."""
    if crossing.empty:
        return sentence("crossing_none")
    values = {"loans_count": len(crossing), "balance_yuan": crossing["balance_yuan"].sum(),
              "first_date": crossing["crossing_date"].min()}  # fmt: skip
    return sentence("crossing", **values)


def warnings(rows: pd.DataFrame) -> Sentence:
    """Say the warnings of page 1 that struck at least one loan (`metrics.maturities.warnings`)."""
    struck = rows[rows["loans_count"] > 0]
    if struck.empty:
        return sentence("warnings_none")
    worst = struck.loc[struck["balance_yuan"].idxmax()]
    return sentence("warnings", warning=list(struck["warning"]), worst=worst["warning"],
                    loans_count=worst["loans_count"], balance_yuan=worst["balance_yuan"])  # fmt: skip


VERDICTS = {
    "maturing": maturing,
    "maturing_sources": maturing_sources,
    "crossing_loans": crossing_loans,
    "warnings": warnings,
}
