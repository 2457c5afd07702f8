"""A row per branch from the engine's sums: its share with interval, and what its mix of trades would give."""

from __future__ import annotations

import pandas as pd

from microlib.metrics import mix_standards, par_pieces

MEASURE = "par30_adjusted"
FEWEST_LOANS = 30


def branch_rows(pieces: pd.DataFrame) -> pd.DataFrame:
    """Return a row per branch from the engine's sums by branch and trade."""
    sums = pieces.groupby("branch_id")[["loans_count", "customers_count", "balance_yuan"]].sum()
    shares = par_pieces.pars_of_pieces(pieces, within="branch_id")
    own = shares[shares["measure"] == MEASURE].set_index("branch_id")
    names = ["share", "share_low", "share_high", "hit_yuan", "base_effective_count"]
    expected = mix_standards.expected_shares(
        pieces, within="branch_id", across="industry_section", hit="adjusted_yuan", base="balance_yuan"
    )
    rows = sums.join(own[names]).join(expected).reset_index()
    return rows.assign(against_expected=compared(rows), is_small=rows["loans_count"] < FEWEST_LOANS)


def compared(rows: pd.DataFrame) -> pd.Series:
    """Return where the whole interval of a share stands against what the branch's mix would give."""
    against = pd.Series("unknown", index=rows.index)
    against[rows["share"].notna() & rows["expected_share"].notna()] = "same"
    against[rows["share_low"] > rows["expected_share"]] = "above"
    against[rows["share_high"] < rows["expected_share"]] = "below"
    return against
