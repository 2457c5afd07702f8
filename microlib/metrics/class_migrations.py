"""The supervisor's migration rates (迁徙率): what was sound at one date and is worse at another."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.contracts.tables.ledger import CLASSES
from microlib.errors import BadData
from microlib.metrics.intervals import rate_interval

#: each rate: classes at the opening, and the class beyond which a loan has got worse
GROUPS = {
    "sound": (("normal", "special_mention"), "special_mention"),
    "normal": (("normal",), "normal"),
    "special_mention": (("special_mention",), "special_mention"),
    "substandard": (("substandard",), "substandard"),
    "doubtful": (("doubtful",), "doubtful"),
}


def supervisory_rates(opening: pd.DataFrame, closing: pd.DataFrame) -> pd.DataFrame:
    r"""Measure the supervisor's migration rates (迁徙率) between two dates.

    Answers "of what was sound at the start and is still here, how much is now worse?" Over loans of class
    :math:`c` at the opening, with balances :math:`b_0, b_1` and classes then and now:

    .. math::

        m_c = \frac{\sum \min(b_0, b_1)\,[\text{class now worse}]}{\sum \min(b_0, b_1)}

    The line below is the opening balance less what was reduced in the period (期间减少). ``sound`` (正常贷款迁徙率)
    takes normal and special mention together and counts only moves to substandard or worse.

    Parameters
    ----------
    opening, closing : DataFrame
        ``loan_id, balance_yuan, class5`` at either date, one row per loan; a loan not in `closing` has been
        reduced to nothing. Not modified.

    Returns
    -------
    DataFrame
        One row per ``from_class`` (``sound, normal, special_mention, substandard, doubtful``);
        ``worse_yuan``, ``base_yuan``, ``reduced_yuan`` (yuan), ``worse_count``, ``loans_count``, ``share, share_low,
        share_high`` (fraction; Clopper-Pearson on the effective number of loans), ``reason``: empty or ``no_base``
        (nothing of that class; the share and its range are missing).

    Raises
    ------
    BadData
        If a loan stands twice at a date or its balance is missing, infinite or negative.

    Notes
    -----
    A loan that turned bad and was written off within the period leaves both lines: read it beside ``npl_formation``.

    References
    ----------
    .. [1] 《商业银行风险监管核心指标（试行）》, 2005, migration rates, as quoted in secondary texts.

    Examples
    --------
    >>> then = pd.DataFrame({"loan_id": ["L1", "L2"], "balance_yuan": [60.0, 40.0], "class5": ["normal", "normal"]})
    >>> now = pd.DataFrame({"loan_id": ["L1", "L2"], "balance_yuan": [50.0, 40.0], "class5": ["normal", "substandard"]})
    >>> supervisory_rates(then, now).set_index("from_class").share.round(4).to_dict()
    {'sound': 0.4444, 'normal': 0.4444, 'special_mention': nan, 'substandard': nan, 'doubtful': nan}
    """
    before, after = (_checked(frame) for frame in (opening, closing))
    now = before.index
    left = after["balance_yuan"].reindex(now).fillna(0.0)
    kept = np.minimum(before["balance_yuan"], left)
    rank = {name: place for place, name in enumerate(CLASSES.split())}
    start, end = before["class5"].map(rank), after["class5"].reindex(now).map(rank)
    rows = []
    for name, (group, worst) in GROUPS.items():
        mine = start.isin([rank[part] for part in group])
        worse = mine & (end > rank[worst]) & (kept > 0)
        row = {"from_class": name, "worse_yuan": kept[worse].sum(), "base_yuan": kept[mine].sum()}
        row["reduced_yuan"] = (before["balance_yuan"] - kept)[mine].sum()
        row |= {"worse_count": int(worse.sum()), "loans_count": int((kept[mine] > 0).sum())}
        rows.append(row | _share(kept[mine], row["worse_yuan"]))
    return pd.DataFrame(rows)


def _share(kept: pd.Series, worse: float) -> dict:
    """The rate with its range on the effective number of loans."""
    total = kept.sum()
    if total == 0:
        return dict.fromkeys(["share", "share_low", "share_high"], np.nan) | {"reason": "no_base"}
    effective = total**2 / (kept**2).sum()
    rate, low, high = rate_interval(worse / total * effective, effective, method="clopper_pearson").iloc[0, 2:]
    return {"share": rate, "share_low": low, "share_high": high, "reason": ""}


def _checked(loans: pd.DataFrame) -> pd.DataFrame:
    balance = loans["balance_yuan"].to_numpy(float, na_value=np.nan)
    if loans["loan_id"].duplicated().any():
        raise BadData("a loan stands twice at one date", fix="keep one row per loan and date")
    if not np.isfinite(balance).all() or (balance < 0).any():
        raise BadData("a balance is missing, infinite or negative", fix="check balance_yuan")
    return loans.set_index("loan_id")
