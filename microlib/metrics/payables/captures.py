"""Where a core's money arrives: the share that comes to us (回款归集率), and suppliers whose money went elsewhere."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
from scipy.stats import binom

from microlib.errors import EmptyBook
from microlib.metrics.shares import borrower_shares

MEASURES = {
    "captured": ("captured_yuan", "known_yuan", "unknown_yuan"),
    "controlled": ("controlled_yuan", "known_yuan", "unknown_yuan"),
}
HERE = ("controlled", "own_account")


def capture_rates(core_receipts: pd.DataFrame, *, as_of: date, months: int, within: str = "core_id") -> pd.DataFrame:
    r"""Measure which part of what cores paid arrived in accounts with us, and in the account agreed on.

    Answers "do we really hold the money that repays us?"

    .. math:: c = \frac{\sum_{\text{account here}} y}{\sum_{\text{account known}} y}

    with ranges that resample suppliers (`shares.borrower_shares`).

    Parameters
    ----------
    core_receipts : DataFrame[core_receipts]
        Uses ``core_id, customer_id, received_date, amount_yuan, account``. Not modified.
    as_of : date
    months : int
        Receipts of so many months up to `as_of`.
    within : str
        What a row is.

    Returns
    -------
    DataFrame
        Columns of `shares.borrower_shares`, two rows per group: ``captured`` (any account with us), ``controlled``
        (the account agreed on). Receipts of unknown account are counted apart.

    Raises
    ------
    EmptyBook
        If there is no receipt in the window.

    Examples
    --------
    >>> rows = pd.DataFrame({"core_id": "H1", "customer_id": ["C1", "C1", "C2"], "amount_yuan": [50.0, 30.0, 20.0],
    ...     "received_date": pd.to_datetime("2026-05-01"), "account": ["controlled", "own_account", "other_bank"]})
    >>> capture_rates(rows, as_of=date(2026, 6, 30), months=12)[["measure", "share"]].to_numpy().tolist()
    [['captured', 0.8], ['controlled', 0.5]]
    """
    rows = _recent(core_receipts, as_of, months)
    if rows.empty:
        raise EmptyBook("no core has paid anybody in the window", where="core_receipts", fix="deliver later receipts")
    amount, account = rows["amount_yuan"].astype("float64"), rows["account"]
    known = account != "unknown"
    parts = rows[[within, "customer_id"]].assign(
        captured_yuan=amount.where(account.isin(HERE), 0.0), controlled_yuan=amount.where(account == "controlled", 0.0),
        known_yuan=amount.where(known, 0.0), unknown_yuan=amount.where(~known, 0.0),
    )  # fmt: skip
    return borrower_shares(parts, measures=MEASURES, within=within)


def turned_receipts(core_receipts: pd.DataFrame, *, as_of: date, months: int = 6, level: float = 0.05) -> pd.DataFrame:
    r"""List suppliers whose recent receipts arrived elsewhere more often than chance allows.

    Of a supplier's :math:`n` receipts of the last months, :math:`k` at another bank; :math:`p_0` the share elsewhere
    of all receipts of that core in the months before, one receipt of each kind added. Over J suppliers tested
    (Bonferroni):

    .. math:: P(\mathrm{Bin}(n, p_0) \ge k) < \frac{\alpha}{J}

    Parameters
    ----------
    core_receipts : DataFrame[core_receipts]
        As for `capture_rates`. Not modified.
    as_of : date
    months : int
        The recent window; as many months before it set :math:`p_0`.
    level : float
        :math:`\alpha` (policy).

    Returns
    -------
    DataFrame
        One row per supplier and core with more elsewhere than before, the least likely first: ``core_id, customer_id,
        receipts_count, elsewhere_count, usual_share, elsewhere_yuan, chance_share``, ``state`` (``open`` past the
        test, else ``ruled_out``), ``reason`` (``receipts_elsewhere``, ``within_chance``, ``moved_here``: away from the
        agreed account, to another with us).

    Notes
    -----
    A new account elsewhere has innocent reasons: the core's own bank changed, a joint delivery was paid to the
    partner. The row asks a question.

    Examples
    --------
    >>> rows = pd.DataFrame({"core_id": "H1", "customer_id": ["C1"] * 8 + ["C2"] * 20, "amount_yuan": 1.0,
    ...     "received_date": pd.to_datetime(["2026-05-01"] * 8 + ["2025-10-01"] * 20),
    ...     "account": ["other_bank"] * 8 + ["controlled"] * 19 + ["other_bank"]})
    >>> turned_receipts(rows, as_of=date(2026, 6, 30))[["customer_id", "state"]].to_numpy().tolist()
    [['C1', 'open']]
    """
    end = pd.Timestamp(as_of)
    recent = _recent(core_receipts, as_of, months)
    before = _recent(core_receipts, (end - pd.DateOffset(months=months)).date(), months)
    counts = _elsewhere(before, ["core_id"])
    usual = (counts["elsewhere_count"] + 1) / (counts["receipts_count"] + 2)
    pairs = _elsewhere(recent, ["core_id", "customer_id"]).reset_index()
    pairs["usual_share"] = pairs["core_id"].map(usual)
    tail = binom.sf(pairs["elsewhere_count"] - 1, pairs["receipts_count"], pairs["usual_share"])
    pairs["chance_share"] = np.where(pairs["usual_share"].isna(), np.nan, tail)
    moved = (pairs["elsewhere_count"] == 0) & (pairs["moved_count"] == pairs["receipts_count"])
    moved &= pairs["receipts_count"] > 1
    is_open = pairs["chance_share"] < level / max(len(pairs), 1)
    pairs["state"] = np.where(is_open, "open", "ruled_out")
    pairs["reason"] = np.select([is_open, moved], ["receipts_elsewhere", "moved_here"], "within_chance")
    kept = pairs[moved | (pairs["elsewhere_count"] > pairs["usual_share"] * pairs["receipts_count"])]
    order = ["core_id", "customer_id", "receipts_count", "elsewhere_count", "usual_share", "elsewhere_yuan",
             "chance_share", "state", "reason"]  # fmt: skip
    return kept.sort_values(["state", "chance_share", "customer_id"])[order].reset_index(drop=True)


def _recent(receipts: pd.DataFrame, end: date, months: int) -> pd.DataFrame:
    last = pd.Timestamp(end)
    days = receipts["received_date"]
    return receipts[(days <= last) & (days > last - pd.DateOffset(months=months))]


def _elsewhere(receipts: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    known = receipts[receipts["account"] != "unknown"]
    away = known["account"] == "other_bank"
    rows = known[keys].assign(
        receipts_count=1, elsewhere_count=away.astype("int64"), elsewhere_yuan=known["amount_yuan"].where(away, 0.0),
        moved_count=(known["account"] == "own_account").astype("int64"),
    )  # fmt: skip
    found = rows.groupby(keys, observed=True).sum()
    return found
