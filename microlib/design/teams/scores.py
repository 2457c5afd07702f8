"""Teams' designs side by side: rules kept, need served, loss under stress, cost, honesty; no overall winner."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

#: results of a design that the measures are read from
RESULTS = ("rules", "stop_rules", "limits", "screened", "scenarios", "cost", "not_served")
#: measure -> whether more is better (1) or less (-1)
MEASURES = {
    "rules_broken_count": -1,
    "stop_rules_broken_count": -1,
    "served_share": 1,
    "stressed_loss_share": -1,
    "stressed_loss_yuan": -1,
    "apr_rate": -1,
    "told_share": 1,
}


def design_scores(found: Mapping[str, Any]) -> dict[str, float]:
    """Read the measures that teams are compared by out of one design's results.

    Parameters
    ----------
    found : mapping
        ``rules, stop_rules, limits, screened, scenarios, cost, not_served`` as `product_design.ProductDesign` has
        them; a result that could not be had leaves its measures missing.

    Returns
    -------
    dict
        - ``rules_broken_count``, ``stop_rules_broken_count``: rules that the terms break, and stop rules that would
          stop the product today; ``rules_open_count`` are those that a person must still decide
        - ``served_share``: yuan of sized lines over the need that is known
        - ``stressed_loss_share``, ``stressed_loss_yuan``: loss of the worst single scenario, of all sized lines
        - ``apr_rate``: what the borrower pays a year, all fees in
        - ``told_share``: of those refused or below the least line, the part that the terms name as not served and
          send elsewhere; ``unserved_count`` is how many they are
    """
    rules, stops = found.get("rules"), found.get("stop_rules")
    return {
        "rules_broken_count": _count(rules, "state", BROKEN),
        "rules_open_count": _count(rules, "state", ("unknown",)),
        "stop_rules_broken_count": _count(stops, "state", BROKEN),
        **_served(found.get("limits")),
        **_worst(found.get("scenarios")),
        "apr_rate": _cost(found.get("cost")),
        **_honesty(found),
    }


def compare_designs(designs: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    """Lay teams' designs side by side.

    Answers "who is better in what?", never "who won?": measures are not weighed against each other.

    Parameters
    ----------
    designs : mapping
        Team -> results of its design.

    Returns
    -------
    DataFrame
        One row per measure: ``measure``, one column per team, and ``leads``: the teams that are best in it, with
        blanks between; empty where it is not known of every team, or is the same for all.

    Examples
    --------
    >>> red = {"cost": pd.DataFrame({"scope": ["borrower"], "apr_rate": [0.05]})}
    >>> blue = {"cost": pd.DataFrame({"scope": ["borrower"], "apr_rate": [0.06]})}
    >>> compare_designs({"red": red, "blue": blue}).set_index("measure").loc["apr_rate", "leads"]
    'red'
    """
    scores = {team: design_scores(found) for team, found in designs.items()}
    frame = pd.DataFrame(scores).rename_axis("measure")
    leads = [_leads(row, MEASURES.get(measure, 0)) for measure, row in frame.iterrows()]
    return frame.assign(leads=leads).reset_index()


def is_dominated(compared: pd.DataFrame) -> bool:
    """Say whether one team alone is best wherever teams differ: then, and only then, one design is simply better.

    Examples
    --------
    >>> is_dominated(pd.DataFrame({"measure": ["a", "b"], "leads": ["red", "blue"]}))
    False
    """
    led = compared.loc[compared["leads"] != "", "leads"]
    return bool(len(led)) and led.nunique() == 1 and " " not in led.iloc[0]


#: states of a rule that is broken, and of a stop rule that would stop
BROKEN = ("fail", "fires")


def _leads(row: pd.Series, sign: int) -> str:
    values = pd.to_numeric(row) * sign
    if not sign or values.isna().any() or values.nunique() == 1:
        return ""
    return " ".join(values.index[values == values.max()])


def _is_frame(result: Any) -> bool:
    return isinstance(result, pd.DataFrame) and len(result) > 0


def _count(result: Any, column: str, values: tuple[str, ...]) -> float:
    return float(result[column].isin(values).sum()) if _is_frame(result) else float("nan")


def _served(limits: Any) -> dict[str, float]:
    if not _is_frame(limits):
        return {"served_share": float("nan"), "sized_count": float("nan")}
    need, sized = limits["need_cap_yuan"].sum(), limits["limit_yuan"] > 0
    served = limits.loc[limits["need_cap_yuan"].notna(), ["limit_yuan", "need_cap_yuan"]].min(axis="columns").sum()
    return {"served_share": served / need if need > 0 else float("nan"), "sized_count": float(sized.sum())}


def _worst(scenarios: Any) -> dict[str, float]:
    names = {"stressed_loss_share": "loss_high_share", "stressed_loss_yuan": "loss_high_yuan"}
    if not _is_frame(scenarios):
        return dict.fromkeys(names, float("nan"))
    single = scenarios[(scenarios["state"] == "computed") & (scenarios["combines"].fillna("") == "")]
    return {name: float(single[column].max()) if len(single) else float("nan") for name, column in names.items()}


def _cost(cost: Any) -> float:
    return float(cost.loc[cost["scope"] == "borrower", "apr_rate"].iloc[0]) if _is_frame(cost) else float("nan")


def _honesty(found: Mapping[str, Any]) -> dict[str, float]:
    screened, limits, told = (found.get(name) for name in ("screened", "limits", "not_served"))
    if not (_is_frame(screened) and isinstance(told, pd.DataFrame)):
        return {"unserved_count": float("nan"), "told_share": float("nan")}
    refused = float((screened["outcome"] == "not_served").sum())
    small = float((limits["reason"] == "below_floor").sum()) if _is_frame(limits) else 0.0
    named = float(told.loc[told["refer_zh"].notna(), "customers_count"].fillna(0).sum()) if len(told) else 0.0
    unserved = refused + small
    return {"unserved_count": unserved, "told_share": min(1.0, named / unserved) if unserved else 1.0}
