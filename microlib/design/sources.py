"""The common source each applicant is repaid by, and how much of the source's cap is left."""

from __future__ import annotations

import pandas as pd

from microlib.contracts.policies import LimitsPolicy

KEYS = {"core": "core_id", "venue": "venue_id"}


def source_headroom(
    applicants: pd.DataFrame, others: pd.DataFrame, *, cores: pd.DataFrame, policy: LimitsPolicy
) -> pd.Series:
    r"""Find what each applicant's source may still carry.

    Answers "how much more can rest on this one payer, or this one market?"

    .. math:: H = \max(0,\; cap - direct - others - kept)

    with the source's own cap or the policy's, the bank's direct exposure to it, balances of borrowers who rest on it
    but do not apply, and loans of applicants that the line does not replace: the payer is one exposure, whoever owes.

    Parameters
    ----------
    applicants : DataFrame
        ``source_id`` (empty for none), ``kept_yuan``. Not modified.
    others : DataFrame
        ``source_id``, ``balance_yuan`` of customers who do not apply.
    cores : DataFrame[core_enterprises]
        ``core_id``, ``cap_yuan``, ``direct_exposure_yuan``; a source that is not there has the policy's cap.
    policy : LimitsPolicy
        ``source_cap_yuan``.

    Returns
    -------
    Series
        Yuan, >= 0, index of `applicants`; missing where there is no source.
    """
    known = cores.drop_duplicates("core_id").set_index("core_id")
    source = applicants["source_id"]
    kept = applicants.groupby("source_id")["kept_yuan"].sum()
    held = others.groupby("source_id")["balance_yuan"].sum()
    cap = source.map(known["cap_yuan"]).astype("float64").fillna(float(policy.source_cap_yuan))
    used = sum(source.map(part).astype("float64").fillna(0.0) for part in (known["direct_exposure_yuan"], held, kept))
    return (cap - used).clip(lower=0).where(source != "")


def source_of(evidence: pd.DataFrame, *, kind: str) -> pd.Series:
    """Return the source of each customer by the product's kind of source: text, empty where there is none."""
    if kind not in KEYS:
        return pd.Series("", index=evidence.index, dtype="str")
    return evidence[KEYS[kind]].fillna("").astype("str")
