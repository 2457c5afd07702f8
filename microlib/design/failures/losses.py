"""Figures that a failure's loss is reckoned on, and further figures that stop rules watch, from a design's results."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from microlib.contracts.policies import StressPolicy
from microlib.design.terms import Product


def loss_bases(
    limits: pd.DataFrame, *, volume: pd.DataFrame, watched: Mapping[str, float], product: Product, policy: StressPolicy
) -> dict[str, float]:
    r"""Gather the yuan that each kind of failure would touch in the pilot, high case.

    .. math:: margin = m B, \quad gap = \max(0, m\,u\,(pilot - V_{low})), \quad
        selection = \max(0, PD_{up} - PD_{mean})\,LGD\,B, \quad stop = V s_{max} PD_{stop} LGD_{stop}

    with :math:`m` the margin over the floor (no less than 0), :math:`u` the part of a line drawn, :math:`B` the balance
    and :math:`V` the volume of the high case, :math:`s_{max}` the share of the heaviest source.

    Parameters
    ----------
    limits, volume : DataFrame
        Results of `limits.size_limits` (with ``cash_source`` where known) and `volumes.expected_volume`. Not modified.
    watched : mapping
        Result of `volumes.watched_figures` and `manager_figures`.
    product : Product
        Pilot and used part.
    policy : StressPolicy
        High case of default and loss once something has stopped.

    Returns
    -------
    dict
        Yuan a year by basis; a basis without evidence is left out.
    """
    cases = volume.set_index("case")
    high, low = cases.loc["high"], cases.loc["low"]
    margin = max(watched.get("floor_margin_rate", np.nan), 0.0) if "floor_margin_rate" in watched else np.nan
    stop = policy.pd_high * policy.lgd_high
    unmet = max(product.volumes.pilot_yuan - low["volume_yuan"], 0.0) * float(product.volumes.used_share)
    spread = max(high["pd_rate"] - low["pd_rate"], 0.0) * high["lgd_share"]
    group = _largest_share(limits, "group_key")
    found = {
        "margin_gap_yuan": margin * unmet,
        "selection_loss_yuan": spread * high["balance_yuan"],
        "source_stop_loss_yuan": watched.get("worst_source_loss_yuan", np.nan),
        "group_loss_yuan": group * high["volume_yuan"] * stop,
        "volume_loss_yuan": high["volume_yuan"] * policy.pd_low * policy.lgd_low,
        "balance_yuan": high["balance_yuan"],
        "margin_yuan": margin * high["balance_yuan"],
        "invoice_margin_yuan": margin * high["balance_yuan"] * watched.get("invoice_share", np.nan),
        "manager_margin_yuan": margin * high["balance_yuan"] * watched.get("top_manager_share", np.nan),
    }
    return {name: float(value) for name, value in found.items() if not np.isnan(value)}


def failure_figures(
    applicants: pd.DataFrame, limits: pd.DataFrame, *, loans: pd.DataFrame, applications: pd.DataFrame
) -> dict[str, float]:
    """Find further figures that stop rules watch: groups, managers, evidence, exceptions, speed.

    Parameters
    ----------
    applicants, limits : DataFrame
        Results of `eligibility.screen_applicants` and `limits.size_limits`. Not modified, nor is any other frame.
    loans : DataFrame[loans]
        Of the members; ``rm_id`` may be missing.
    applications : DataFrame[applications]
        Of the members, past and present; may be empty.

    Returns
    -------
    dict
        ``largest_group_share`` (of sized lines), ``invoice_share`` (of sized lines that rest on invoices),
        ``top_manager_share`` (of members' balance), ``exception_share`` (of granted applications), ``approval_days``
        (median, application to money); a figure without evidence is left out
    """
    sized = limits[limits["limit_yuan"] > 0]
    rests = sized["customer_id"].map(applicants.set_index("customer_id")["cash_source"]) == "invoices"
    managed = loans.dropna(subset=["rm_id"]).groupby("rm_id")["balance_yuan"].sum()
    granted = applications[applications["granted_yuan"].fillna(0) > 0]
    waited = (applications["disbursed_at"] - applications["submitted_at"]).dt.total_seconds() / 86_400
    found = {
        "largest_group_share": _largest_share(limits, "group_key"),
        "invoice_share": sized.loc[rests, "limit_yuan"].sum() / sized["limit_yuan"].sum() if len(sized) else np.nan,
        "top_manager_share": managed.max() / managed.sum() if managed.sum() > 0 else np.nan,
        "exception_share": granted["is_exception"].astype("Float64").mean() if len(granted) else np.nan,
        "approval_days": waited.median(),
    }
    return {name: float(value) for name, value in found.items() if not pd.isna(value)}


def _largest_share(limits: pd.DataFrame, key: str) -> float:
    sums = limits.groupby(key)["limit_yuan"].sum()
    return float(sums.max() / sums.sum()) if sums.sum() > 0 else float("nan")
