"""Which control would have caught it, and how many good loans it would have cost."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.errors import EmptyBook
from microlib.metrics.intervals import rate_interval
from microlib.metrics.risk_ratios import risk_ratio

VERDICTS = ("exempt", "not_exempt", "pending")


def missed_controls(reviews: pd.DataFrame) -> pd.DataFrame:
    """Rank the controls that reviewers named by the loss behind them.

    Answers "which step let these loans through, and did the evidence exist then?"

    Parameters
    ----------
    reviews : DataFrame[bad_loan_reviews]
        Uses ``missed_control, evidence_existed, realised_loss_yuan, diligence``. Not modified.

    Returns
    -------
    DataFrame
        Dearest first: ``missed_control, loans_count, control_share, control_low, control_high`` (of reviewed loans,
        95 %), ``existed_count`` (the evidence was there), ``realised_loss_yuan``, ``exempt_count, not_exempt_count,
        undecided_count`` (尽职免责: 应免 / 不应免 / 待定).

    Raises
    ------
    EmptyBook
        If nothing was reviewed.
    """
    rows = reviews.dropna(subset=["missed_control"])
    if rows.empty:
        raise EmptyBook("no review names a control", where="bad_loan_reviews", fix="name the control in each review")
    rows = rows.assign(**{name: rows["diligence"] == name for name in VERDICTS},
                       existed=rows["evidence_existed"].fillna(False).astype("bool"))  # fmt: skip
    found = rows.groupby("missed_control", as_index=False, observed=True).agg(
        loans_count=("existed", "size"), existed_count=("existed", "sum"),
        realised_loss_yuan=("realised_loss_yuan", "sum"),
        **{f"{name}_count": (name, "sum") for name in VERDICTS},
    )  # fmt: skip
    shares = rate_interval(found["loans_count"], len(rows))
    found = found.assign(control_share=shares["rate"], control_low=shares["low"], control_high=shares["high"])
    found["is_none"] = found["missed_control"] == "none"
    found = found.rename(columns={"pending_count": "undecided_count"})
    order = ["is_none", "realised_loss_yuan", "missed_control"]
    return found.sort_values(order, ascending=[True, False, True], ignore_index=True).drop(columns="is_none")


def control_replays(flags: pd.DataFrame, outcomes: pd.DataFrame) -> pd.DataFrame:
    r"""Apply each control to past loans: bad ones it would have stopped, good ones it would have cost.

    .. math:: ratio = \frac{k_{flagged} / n_{flagged}}{k_{rest} / n_{rest}}

    Parameters
    ----------
    flags : DataFrame
        ``loan_id`` and one boolean column per control; a missing value means that the control had nothing to go by.
        Not modified.
    outcomes : DataFrame
        ``loan_id, is_bad`` and ``amount_yuan, lost_yuan``; loans without a known outcome are left out.

    Returns
    -------
    DataFrame
        One row per control: ``control_step, tested_count, stopped_bad_count, stopped_good_count, missed_bad_count,
        bad_caught_share, bad_caught_low, bad_caught_high, good_per_bad, lost_yuan`` (of the bad it stops),
        ``refused_yuan`` (good lending it costs), ``ratio, ratio_low, ratio_high`` (Koopman, 95 %) and ``finding``:
        ``separates``, ``cannot_say`` or ``stops_nobody``.

    Raises
    ------
    EmptyBook
        If no loan has a known outcome.

    Notes
    -----
    The flags are reckoned on papers that exist today; whether they lay on the desk then is the reviewer's to say.
    """
    known = flags.merge(outcomes.dropna(subset=["is_bad"]), on="loan_id")
    if known.empty:
        raise EmptyBook("no loan that a control could test has a known outcome", fix="wait until loans have aged")
    names = [name for name in flags.columns if name != "loan_id"]
    return pd.DataFrame([{"control_step": name, **_replayed(known, name)} for name in names])


def control_flags(uses: pd.DataFrame, equity: pd.DataFrame, own: pd.DataFrame, decided: pd.DataFrame) -> pd.DataFrame:
    """Say for each decided loan what three controls would have shown, from what is on file.

    Parameters
    ----------
    uses, equity, own : DataFrame
        Results of `uses.use_signs`, `visits.unexplained_equity`, `visits.own_parts`; any may be empty. Not modified.
    decided : DataFrame
        Result of `decided.decided_loans`.

    Returns
    -------
    DataFrame
        ``loan_id`` and, missing where nothing is on file: ``use_of_funds_check`` (any sign), ``debt_check`` (equity not
        explained), ``own_funds_proof`` (own part borrowed or not shown).
    """
    rows = decided[["loan_id", "customer_id"]]
    signs = uses.set_index("loan_id")["signs"] != "" if len(uses) else pd.Series(dtype="bool")
    gaps = ~equity.set_index("customer_id")["is_explained"] if len(equity) else pd.Series(dtype="bool")
    short = ~own.set_index("customer_id")["is_met"] if len(own) else pd.Series(dtype="bool")
    return rows[["loan_id"]].assign(
        use_of_funds_check=rows["loan_id"].map(signs).astype("boolean"),
        debt_check=rows["customer_id"].map(gaps).astype("boolean"),
        own_funds_proof=rows["customer_id"].map(short).astype("boolean"),
    )


def _replayed(known: pd.DataFrame, name: str) -> dict:
    rows = known.dropna(subset=[name])
    on, bad = rows[name].astype("bool"), rows["is_bad"].astype("bool")
    hit, cost, total = int((on & bad).sum()), int((on & ~bad).sum()), int(bad.sum())
    caught = rate_interval(pd.Series([hit]), total).iloc[0] if total else pd.Series(dtype="float64")
    counts = {
        "tested_count": len(rows), "stopped_bad_count": hit, "stopped_good_count": cost,
        "missed_bad_count": total - hit, "bad_caught_share": caught.get("rate", np.nan),
        "bad_caught_low": caught.get("low", np.nan), "bad_caught_high": caught.get("high", np.nan),
        "good_per_bad": cost / hit if hit else np.nan,
        "lost_yuan": float(rows.loc[on & bad, "lost_yuan"].sum()),
        "refused_yuan": float(rows.loc[on & ~bad, "amount_yuan"].sum()),
    }  # fmt: skip
    sides = (hit, hit + cost), (total - hit, len(rows) - hit - cost)
    if not sides[0][1] or not sides[1][1]:
        return counts | {"ratio": np.nan, "ratio_low": np.nan, "ratio_high": np.nan,
                         "finding": "stops_nobody" if not sides[0][1] else "cannot_say"}  # fmt: skip
    ratio = risk_ratio(*sides).iloc[0]
    found = {part: ratio[part] for part in ("ratio", "ratio_low", "ratio_high")}
    return counts | found | {"finding": "separates" if ratio["ratio_low"] > 1 else "cannot_say"}
