"""The opportunity sheet (机会测算): is this scene worth a design? Need, chance to win, margin, cost, as ranges."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from microlib.contracts.supply_rules import SupplyPolicy

COLUMNS = ["core_id", "case", "need_yuan", "win_share", "won_yuan", "margin_rate", "margin_yuan", "cost_yuan",
           "result_yuan"]  # fmt: skip


def unserved_needs(
    listed: pd.DataFrame, receivables: pd.DataFrame, *, days: pd.Series, advance: pd.Series
) -> pd.DataFrame:
    r"""Reckon what a core's suppliers without a loan of ours have tied up in it, at the advance we would give.

    .. math:: N = a \sum_s R_s, \qquad R_s = A_s \frac{m}{360} \text{ where receivables are not known}

    Parameters
    ----------
    listed : DataFrame
        Result of `joint_lists.joint_counterparties`. Not modified, nor is any other frame.
    receivables : DataFrame
        Result of `receivables.supplier_receivables`, by customer.
    days : Series
        Median days to pay by core; a core without one gives no need for unknown suppliers.
    advance : Series
        Advance by core, fraction.

    Returns
    -------
    DataFrame
        One row per core: ``core_id, suppliers_count`` (without a loan), ``need_low_yuan`` (customers of ours alone),
        ``need_high_yuan`` (with the unknown).
    """
    free = listed[listed["stands"] != "borrower"]
    known = free["customer_id"].map(receivables["base_yuan"])
    waited = free["delivered_yuan"] * free["core_id"].map(days) / 360
    share = free["core_id"].map(advance).fillna(0.0)
    is_ours = free["stands"] != "unknown"
    need = known.fillna(waited).fillna(0.0) * share
    rows = pd.DataFrame({"core_id": free["core_id"], "suppliers_count": 1, "need_low_yuan": need.where(is_ours, 0.0),
                         "need_high_yuan": need})  # fmt: skip
    return rows.groupby("core_id", as_index=False, observed=True).sum()


def opportunity_sheet(needs: pd.DataFrame, *, margins: Mapping[str, float], policy: SupplyPolicy) -> pd.DataFrame:
    r"""Say what a scene would earn in a year, low and high, after the cost of designing it.

    .. math:: G = N \cdot w \cdot m - K

    The low case takes the low need and win rate, the margin at the upper default rate, and the high cost; where a
    margin is below zero, more need and more won is the low case.

    Parameters
    ----------
    needs : DataFrame
        ``core_id, need_low_yuan, need_high_yuan``. Not modified.
    margins : mapping
        ``mean`` and ``upper``: margin over the price floor, fractions a year.
    policy : SupplyPolicy
        Win rates and costs.

    Returns
    -------
    DataFrame
        Two rows per scene (case ``low``, ``high``): ``need_yuan, win_share, won_yuan, margin_rate, margin_yuan,
        cost_yuan, result_yuan``.

    Examples
    --------
    >>> from microlib.design.supply.supply_policies import read_supply_policy
    >>> policy = read_supply_policy(".", as_of="2026-06-30")
    >>> needs = pd.DataFrame({"core_id": ["H1"], "need_low_yuan": [4e7], "need_high_yuan": [2e8]})
    >>> opportunity_sheet(needs, margins={"mean": 0.012, "upper": 0.004}, policy=policy)["result_yuan"].round().tolist()
    [-284000.0, 450000.0]
    """
    cases = {
        "low": (*_reach("low", margins["upper"], policy), margins["upper"], policy.design_cost_high_yuan),
        "high": (*_reach("high", margins["mean"], policy), margins["mean"], policy.design_cost_low_yuan),
    }
    rows = [
        (row["core_id"], case, row[need], win, row[need] * win, margin, row[need] * win * margin, float(cost),
         row[need] * win * margin - cost)
        for row in needs.to_dict("records") for case, (need, win, margin, cost) in cases.items()
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=COLUMNS)


def opportunity_verdicts(sheet: pd.DataFrame) -> pd.DataFrame:
    """Say of each scene on its whole range: worth a design (``do``), not worth one (``stop``), not to be told.

    Returns
    -------
    DataFrame
        ``core_id, result_low_yuan, result_high_yuan, break_even_yuan`` (need at which the high case earns its cost),
        ``action`` (``wait`` where the range holds zero).

    Examples
    --------
    >>> sheet = pd.DataFrame({"core_id": "H1", "case": ["low", "high"], "result_yuan": [-5.0, 9.0], "cost_yuan": 10.0,
    ...                       "win_share": 0.5, "margin_rate": 0.1})
    >>> opportunity_verdicts(sheet)[["action", "break_even_yuan"]].to_numpy().tolist()
    [['wait', 200.0]]
    """
    sides = sheet.pivot(index="core_id", columns="case", values="result_yuan")
    high = sheet[sheet["case"] == "high"].set_index("core_id")
    earned = (high["win_share"] * high["margin_rate"]).where(lambda rate: rate > 0)
    action = np.select([sides["low"] > 0, sides["high"] <= 0], ["do", "stop"], "wait")
    return pd.DataFrame({
        "core_id": sides.index,
        "result_low_yuan": sides["low"].to_numpy(), "result_high_yuan": sides["high"].to_numpy(),
        "break_even_yuan": (high["cost_yuan"] / earned).reindex(sides.index).to_numpy(), "action": action,
    })  # fmt: skip


def scene_needs(
    listed: pd.DataFrame, receivables: pd.DataFrame, ladder: pd.DataFrame, *, days: pd.DataFrame, policy: SupplyPolicy
) -> pd.DataFrame:
    """Run `unserved_needs` at each core's median days and at the advance of its best rung in use.

    Parameters
    ----------
    listed, receivables : DataFrame
        As for `unserved_needs`. Not modified.
    ladder : DataFrame
        Result of `controls.ladder_summary`.
    days : DataFrame
        Result of `payment_days.days_to_pay`.
    policy : SupplyPolicy
        The advance of ``collected`` where no supplier of a core has a loan yet.
    """
    best = ladder.groupby("core_id")["advance_share"].max()
    cores = pd.Index(listed["core_id"].unique())
    advance = best.reindex(cores).fillna(policy.advance["collected"])
    return unserved_needs(listed, receivables, days=days.set_index("core_id")["median_days"], advance=advance)


def _reach(case: str, margin: float, policy: SupplyPolicy) -> tuple[str, float]:
    """Return the need and the win rate of a case: the large ones where more is better."""
    if (case == "high") == (margin >= 0):
        return "need_high_yuan", policy.win_high
    return "need_low_yuan", policy.win_low
