"""How much a product may lend and lose: volume by take-up, expected loss, the worst single source, stop rules."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from microlib.contracts.policies import StressPolicy
from microlib.design.terms import Product
from microlib.errors import BadData

CASES = ("low", "high")


def expected_volume(
    limits: pd.DataFrame, *, product: Product, default_rates: pd.DataFrame, lgd_share: float
) -> pd.DataFrame:
    r"""Reckon the volume that the product will lend and what it may lose, as a range.

    Answers "how large can this get in the pilot, and what does it cost in a year?"

    .. math:: V = \min(t \sum_i L_i,\; pilot), \qquad B = u V, \qquad E = B \cdot PD \cdot LGD

    with take-up :math:`t` and used part :math:`u` from the product. The low case takes lines that are sized and
    eligible, the low take-up and the mean default rate; the high case adds those still to be verified by an access
    rule, the high take-up and the upper rate.

    Parameters
    ----------
    limits : DataFrame
        Result of `limits.size_limits`. Not modified.
    product : Product
        ``volumes`` and ``repayment``.
    default_rates : DataFrame
        ``pd_case`` with ``mean`` and ``upper``, ``pd_rate``.
    lgd_share : float
        Loss given default of the product's main security.

    Returns
    -------
    DataFrame
        One row per ``case`` (``low``, ``high``)

        - ``sized_count, sized_yuan``: lines counted in the case
        - ``take_up_share``, ``customers_count`` (rounded down), ``volume_yuan``: lines taken, under the pilot's caps
        - ``balance_yuan``: drawn on average; ``pd_rate``, ``lgd_share``, ``loss_yuan`` (a year), ``loss_share``
        - ``bound_by``: ``take_up``, ``pilot_customers`` or ``pilot_yuan``

    Raises
    ------
    BadData
        If the default rates lack the mean or the upper case.
    """
    rates = default_rates.set_index("pd_case")["pd_rate"]
    if not {"mean", "upper"} <= set(rates.index):
        raise BadData("default rates lack mean or upper", where="pd_case", fix="use prices.default_rate_cases")
    sized = limits[limits["reason"] == "sized"]
    sure = sized[sized["outcome"] == "eligible"] if "outcome" in sized else sized
    cases = {
        "low": (sure, product.volumes.take_up_low, rates["mean"]),
        "high": (sized, product.volumes.take_up_high, rates["upper"]),
    }
    return pd.DataFrame([
        {"case": case, **_volume(lines, float(take_up), product), **_loss(float(rate), lgd_share)}
        for case, (lines, take_up, rate) in cases.items()
    ]).pipe(_with_losses, drawn=float(product.volumes.used_share))  # fmt: skip


def worst_sources(limits: pd.DataFrame, *, policy: StressPolicy) -> pd.DataFrame:
    r"""Rank the common sources by what their stopping would cost the programme.

    Answers "which one payer or market could sink this product?"

    .. math:: loss_p = PD_{stop} \cdot LGD_{stop} \sum_{i \in p} L_i

    with the policy's low and high cases for borrowers whose source has stopped; every member is taken as cut off.

    Parameters
    ----------
    limits : DataFrame
        Result of `limits.size_limits`. Not modified.
    policy : StressPolicy
        ``pd_low, pd_high, lgd_low, lgd_high``.

    Returns
    -------
    DataFrame
        One row per source with a sized line, heaviest first: ``source_id``, ``customers_count``, ``limit_yuan``,
        ``limit_share`` (of all sized lines), ``loss_low_yuan, loss_high_yuan``, ``loss_share`` (high, of all lines)
    """
    sized = limits[(limits["reason"] == "sized") & (limits["source_id"].fillna("") != "")]
    total = limits["limit_yuan"].sum()
    rows = sized.groupby("source_id", as_index=False).agg(
        customers_count=("customer_id", "size"), limit_yuan=("limit_yuan", "sum")
    )
    rows["limit_share"] = rows["limit_yuan"] / total if total else 0.0
    rows["loss_low_yuan"] = rows["limit_yuan"] * policy.pd_low * policy.lgd_low
    rows["loss_high_yuan"] = rows["limit_yuan"] * policy.pd_high * policy.lgd_high
    rows["loss_share"] = rows["limit_share"] * policy.pd_high * policy.lgd_high
    return rows.sort_values(["limit_yuan", "source_id"], ascending=[False, True]).reset_index(drop=True)


def watched_figures(
    applicants: pd.DataFrame, *, limits: pd.DataFrame, volume: pd.DataFrame, floors: pd.DataFrame, sources: pd.DataFrame
) -> dict[str, float]:
    """Gather from the design's own results the figures that stop rules watch; others the caller adds.

    Parameters
    ----------
    applicants : DataFrame
        Result of `eligibility.screen_applicants`.
    limits, volume, floors, sources : DataFrame
        Results of `size_limits`, `expected_volume`, `price_floors`, `worst_sources`. None is modified.

    Returns
    -------
    dict
        ``floor_margin_rate`` (at the mean default rate and the size nearest the median line), ``worst_source_share``,
        ``worst_source_loss_share``, ``worst_source_loss_yuan`` (of the high case's volume), ``loss_upper_share``,
        ``customers_count``, ``volume_yuan`` (high case), ``eligible_count``, ``to_be_verified_share``,
        ``payment_delay_days`` (of the slowest source, mean of its suppliers); a figure without evidence is left out
    """
    high = volume[volume["case"] == "high"].iloc[0]
    worst = float(sources["loss_share"].max()) if len(sources) else np.nan
    found = {
        "eligible_count": float((applicants["outcome"] == "eligible").sum()),
        "to_be_verified_share": float((limits["reason"] == "to_be_verified").mean()) if len(limits) else np.nan,
        "payment_delay_days": float(applicants.groupby("source_id")["payment_delay_days"].mean().max()),
        "loss_upper_share": float(high["loss_share"]),
        "customers_count": float(high["customers_count"]),
        "volume_yuan": float(high["volume_yuan"]),
        "worst_source_share": float(sources["limit_share"].max()) if len(sources) else np.nan,
        "worst_source_loss_share": worst,
        "worst_source_loss_yuan": float((sources["loss_share"] * high["volume_yuan"]).max())
        if len(sources)
        else np.nan,
        "floor_margin_rate": _median_margin(limits, floors),
    }
    return {name: value for name, value in found.items() if not np.isnan(value)}


def evaluate_stop_rules(figures: Mapping[str, float], *, product: Product) -> pd.DataFrame:
    """Hold each stop rule of a product against the figures known today.

    Answers "would any of our own stop rules fire now, and how far is each from firing?"

    Parameters
    ----------
    figures : mapping
        Value by watched figure, e.g. `watched_figures` with ``par30_share`` of the segment added.
    product : Product
        Its ``stop_rules``.

    Returns
    -------
    DataFrame
        One row per rule: ``rule, watched, test, trigger_value, value`` (missing where unknown), ``headroom`` (distance
        to the trigger, negative past it), ``state`` (``holds``, ``fires``, ``unknown``), ``action``
    """
    rows = []
    for rule in product.stop_rules:
        value, trigger = figures.get(rule.watched, np.nan), float(rule.value)
        room = trigger - value if rule.test == "above" else value - trigger
        state = "unknown" if np.isnan(room) else "fires" if room < 0 else "holds"
        rows.append((rule.code, rule.watched, rule.test, trigger, value, room, state, rule.action))
    columns = ["rule", "watched", "test", "trigger_value", "value", "headroom", "state", "action"]
    return pd.DataFrame(rows, columns=columns)


def _volume(lines: pd.DataFrame, take_up: float, product: Product) -> dict:
    terms = product.volumes
    wanted = lines["limit_yuan"].sum() * take_up
    customers = len(lines) * take_up
    mean = wanted / customers if customers else 0.0
    caps = {
        "take_up": wanted,
        "pilot_customers": terms.pilot_customers_count * mean,
        "pilot_yuan": float(terms.pilot_yuan),
    }
    bound = min(caps, key=caps.get)
    taken = min(customers, caps[bound] / mean) if mean else 0.0
    return {
        "sized_count": len(lines),
        "sized_yuan": float(lines["limit_yuan"].sum()),
        "take_up_share": take_up,
        "customers_count": int(np.floor(taken + 1e-9)),
        "volume_yuan": float(caps[bound]),
        "bound_by": bound,
    }


def _loss(rate: float, lgd_share: float) -> dict:
    return {"pd_rate": rate, "lgd_share": lgd_share, "loss_share": rate * lgd_share}


def _with_losses(rows: pd.DataFrame, *, drawn: float) -> pd.DataFrame:
    balance = rows["volume_yuan"] * drawn
    return rows.assign(balance_yuan=balance, loss_yuan=balance * rows["loss_share"])


def _median_margin(limits: pd.DataFrame, floors: pd.DataFrame) -> float:
    sized = limits.loc[limits["reason"] == "sized", "limit_yuan"]
    mean = floors[floors["pd_case"] == "mean"]
    if sized.empty or mean.empty:
        return np.nan
    nearest = (mean["amount_yuan"] - sized.median()).abs().idxmin()
    return float(mean.loc[nearest, "margin_rate"])
