"""Papers asked for against papers that changed a decision: which could be dropped (资料清单瘦身)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.errors import EmptyBook
from microlib.metrics.counted_shares import with_share
from microlib.metrics.intervals import upper_bound


def paper_uses(application_documents: pd.DataFrame, *, most_share: float, level: float = 0.95) -> pd.DataFrame:
    r"""Measure how often each paper changed the decision on the application it was asked for.

    Answers "which papers do we ask for and never use?" A paper is a candidate to be dropped when even the upper bound
    of its rate of use lies at or below `most_share`:

    .. math:: u = \text{Clopper–Pearson}^{+}(x, n), \qquad drop \iff u \le s

    Parameters
    ----------
    application_documents : DataFrame[application_documents]
        Uses ``document, is_mandatory, waited_days, changed_decision``. Not modified.
    most_share : float
        Rate of use up to which a paper is not worth asking for (policy).
    level : float
        One-sided, of the upper bound.

    Returns
    -------
    DataFrame
        One row per ``document``, the least used first: ``asked_count, known_count`` (use recorded), ``changed_count,
        changed_share, changed_low, changed_high`` (Jeffreys), ``changed_upper_share`` (one-sided), ``is_mandatory``,
        ``waited_days`` (median), ``finding``: ``mandatory``, ``drop``, ``useful`` (lower bound above `most_share`),
        ``open``

    Raises
    ------
    EmptyBook
        If nothing was asked for.

    Notes
    -----
    A paper may keep people from asking, or deter a false statement, without ever changing a decision: dropping is a
    trial on part of the applications, not a conclusion. What the rules ask for is never a candidate.

    Examples
    --------
    >>> asked = pd.DataFrame({"document": ["utility_bills"] * 400, "is_mandatory": False, "waited_days": 2.0,
    ...                       "changed_decision": False})
    >>> paper_uses(asked, most_share=0.01)[["changed_upper_share", "finding"]].round(4).values.tolist()
    [[0.0075, 'drop']]
    """
    if application_documents.empty:
        raise EmptyBook(
            "no paper was asked for", where="application_documents", fix="record which papers are asked for"
        )
    rows = application_documents.assign(
        known_count=application_documents["changed_decision"].notna().astype("int64"),
        changed_count=application_documents["changed_decision"].fillna(False).astype("int64"),
        is_mandatory=application_documents["is_mandatory"].fillna(False).astype(bool),
    )
    found = rows.groupby("document", as_index=False, observed=True).agg(
        asked_count=("document", "size"), known_count=("known_count", "sum"), changed_count=("changed_count", "sum"),
        is_mandatory=("is_mandatory", "any"), waited_days=("waited_days", "median"),
    )  # fmt: skip
    found = with_share(found, hit="changed_count", base="known_count", name="changed")
    upper = upper_bound(found["changed_count"], found["known_count"].clip(lower=1), level=level)
    found["changed_upper_share"] = upper.where(found["known_count"] > 0)
    found["finding"] = np.select(
        [found["is_mandatory"], found["changed_upper_share"] <= most_share, found["changed_low"] > most_share],
        ["mandatory", "drop", "useful"], default="open",
    )  # fmt: skip
    return found.sort_values(["changed_upper_share", "document"], ignore_index=True)


def saved_waits(application_documents: pd.DataFrame, uses: pd.DataFrame) -> pd.DataFrame:
    """Reckon by how many days applications would have been complete earlier without the papers to be dropped.

    Parameters
    ----------
    application_documents : DataFrame[application_documents]
        An application is complete when its slowest paper is there. Not modified.
    uses : DataFrame
        Result of `paper_uses`. Not modified.

    Returns
    -------
    DataFrame
        One row: ``applications_count, sooner_count`` (complete earlier), ``papers_count`` (a file, mean),
        ``dropped_count`` (papers of a file that fall away, mean), ``waited_days, waited_after_days`` (means of the
        slowest paper, now and without those), ``saved_days``

    Examples
    --------
    >>> asked = pd.DataFrame({"application_id": ["A", "A"], "document": ["lease", "utility_bills"],
    ...                       "waited_days": [2.0, 5.0]})
    >>> uses = pd.DataFrame({"document": ["lease", "utility_bills"], "finding": ["useful", "drop"]})
    >>> saved_waits(asked, uses)[["dropped_count", "saved_days"]].iloc[0].tolist()
    [1.0, 3.0]
    """
    dropped = application_documents["document"].isin(uses.loc[uses["finding"] == "drop", "document"])
    waits = application_documents["waited_days"].fillna(0.0)
    key = application_documents["application_id"]
    now = waits.groupby(key, observed=True).max()
    after = waits.where(~dropped, 0.0).groupby(key, observed=True).max()
    return pd.DataFrame([{
        "applications_count": len(now), "sooner_count": int((after < now).sum()),
        "papers_count": len(key) / max(len(now), 1), "dropped_count": float(dropped.sum()) / max(len(now), 1),
        "waited_days": float(now.mean()), "waited_after_days": float(after.mean()),
        "saved_days": float((now - after).mean()),
    }])  # fmt: skip
