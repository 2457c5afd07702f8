"""How long loans live before they go bad (转不良时间): by group, among those that did and among all."""

from __future__ import annotations

import pandas as pd

from microlib.errors import EmptyBook


def times_to_bad(outcomes: pd.DataFrame, groups: pd.DataFrame, *, by: str = "segment") -> pd.DataFrame:
    """Describe, for every group, the months on book at which its bad loans went bad.

    Answers "when does it show: at the first payments (the check failed) or after a year (the business did)?"

    Parameters
    ----------
    outcomes : DataFrame
        Result of `outcomes.loan_outcomes`: ``loan_id, outcome, month_on_book``; loans not observed from their start on
        are left out. Not modified.
    groups : DataFrame
        ``loan_id`` and the column `by`.
    by : str

    Returns
    -------
    DataFrame
        One row per group with a bad loan, most first, and ``all`` on top: `by`, ``loans_count, bad_count,
        months_p25, months_p50, months_p75, early_count`` (bad within six months), ``early_share`` of the bad.

    Raises
    ------
    EmptyBook
        If no loan went bad.

    Notes
    -----
    Young loans have not had time to go bad late, so recent growth makes the middle look early.
    """
    seen = outcomes[outcomes["outcome"] != "not_observed"]
    whole = seen.assign(is_bad=seen["outcome"] == "bad")
    rows = whole.merge(groups[["loan_id", by]], on="loan_id")
    if not whole["is_bad"].any():
        raise EmptyBook("no loan went bad", fix="nothing to describe: good")
    return pd.concat([_described(whole.assign(**{by: "all"}), by), _described(rows, by)], ignore_index=True)


def _described(rows: pd.DataFrame, by: str) -> pd.DataFrame:
    bad = rows[rows["is_bad"]]
    months = bad.groupby(by, observed=True)["month_on_book"]
    found = pd.DataFrame({
        "bad_count": months.size(), "months_p25": months.quantile(0.25), "months_p50": months.median(),
        "months_p75": months.quantile(0.75), "early_count": (bad["month_on_book"] <= 6).groupby(bad[by]).sum(),
    })  # fmt: skip
    found.insert(0, "loans_count", rows.groupby(by, observed=True).size().reindex(found.index))
    found["early_share"] = found["early_count"] / found["bad_count"]
    return found.sort_values("bad_count", ascending=False, kind="stable").rename_axis(by).reset_index()
