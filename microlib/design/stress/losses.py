"""The scenario table: who is hit, who runs short of cash, what it costs, and the worst put together."""

from __future__ import annotations

import pandas as pd

from microlib.contracts.policies import StressPolicy
from microlib.contracts.scenarios import Shock, StressBook
from microlib.design.stress.shocks import hit_by, pool_of, strike
from microlib.errors import NothingSized

BASE, TOGETHER = "base", "worst_together"


def scenario_losses(lines: pd.DataFrame, *, stresses: StressBook, policy: StressPolicy) -> pd.DataFrame:
    r"""Evaluate every named scenario on a product's lines, and the worst of them together.

    Answers "which of the things that could happen would hurt, and how many of our borrowers could still pay?"

    Parameters
    ----------
    lines : DataFrame
        Result of `lines.stress_lines`. Not modified.
    stresses : StressBook
        Of `scenarios.read_scenarios`.
    policy : StressPolicy

    Returns
    -------
    DataFrame
        One row per scenario, as written, after ``base`` and before ``worst_together``

        - ``scenario``, ``combines`` (codes put together, else empty), ``source_id`` (the one source or group struck)
        - ``state``: ``computed``, ``not_applicable`` (nobody is reached), ``unknown`` (all reached lack evidence)
        - ``lines_count``, ``hit_count``, ``hit_yuan``; ``unknown_count``, ``unknown_yuan``: reached, but cash or
          dependence is not known, so no loss of theirs is in the figures
        - ``short_count``, ``short_yuan``: coverage of the year below 1, all lines; ``short_share`` (of lines known)
        - ``loss_low_yuan``, ``loss_high_yuan``, ``loss_high_share`` (of all lines), ``extra_high_yuan`` (over base)
        - ``margin_yuan`` (a year's, before loss), ``margins_ratio``: high loss over it

    Raises
    ------
    NothingSized
        If no line was sized.

    Notes
    -----
    Scenarios are what-ifs without a probability. Lines count in full, drawn or not: under stress they are drawn. Shocks
    that meet are added up in cash before coverage is tested, so losses of two do not simply add.
    """
    if lines.empty:
        raise NothingSized("no line was sized", where="stress", fix="look at what bound the limits first")
    struck = {shock.code: aim_at_worst(lines, shock, policy=policy, fixed=stresses.fixed_cost_share)
              for shock in stresses.scenarios}  # fmt: skip
    shocks = {shock.code: shock for shock in stresses.scenarios}
    rows = [_row(lines, BASE, [], policy, stresses.fixed_cost_share)]
    rows += [_row(lines, code, [(shocks[code], *struck[code])], policy, stresses.fixed_cost_share) for code in shocks]
    found = pd.DataFrame(rows)
    ranked = found[(found["state"] == "computed") & (found["scenario"] != BASE)]
    ranked = ranked.sort_values("loss_high_yuan", ascending=False, kind="stable")
    worst = ranked["scenario"].head(stresses.worst_together_count).to_list()
    both = [(shocks[code], *struck[code]) for code in worst]
    found = pd.DataFrame([*rows, _row(lines, TOGETHER, both, policy, stresses.fixed_cost_share)])
    extra = found["loss_high_yuan"] - found["loss_high_yuan"].iloc[0]
    found.insert(found.columns.get_loc("margin_yuan"), "extra_high_yuan", extra)
    return found


def aim_at_worst(lines: pd.DataFrame, shock: Shock, *, policy: StressPolicy, fixed: float) -> tuple[pd.Series, str]:
    """Return the lines a shock strikes and, where it strikes one source or group only, which: the costliest.

    A tie, no loss anywhere included, goes to the source with the most lent, then to the first by name.
    """
    reached = hit_by(lines, shock)
    if not shock.only_worst or not reached.any():
        return reached, ""
    struck = strike(lines, [(shock, reached)], policy=policy, fixed_cost_share=fixed)
    pools = lines.loc[reached, pool_of(shock)]
    sums = pd.DataFrame({
        "loss": struck.loc[reached, "loss_high_yuan"].groupby(pools).sum(),
        "lent": lines.loc[reached, "limit_yuan"].groupby(pools).sum(),
    })  # fmt: skip
    worst = sums.sort_values(["loss", "lent"], ascending=False, kind="stable").index[0]
    return reached & (lines[pool_of(shock)] == worst), str(worst)


def _row(lines: pd.DataFrame, code: str, shocks: list[tuple], policy: StressPolicy, fixed: float) -> dict:
    pairs = [(shock, members) for shock, members, _ in shocks]
    found = strike(lines, pairs, policy=policy, fixed_cost_share=fixed)
    amount, margin = lines["limit_yuan"], float(lines["margin_yuan"].sum())
    hit, unknown, short = found["is_hit"], found["is_unknown"], found["is_short"]
    known = int((short | found["coverage_ratio"].notna()).sum())
    state = "computed" if not shocks or (hit & ~unknown).any() else "unknown" if hit.any() else "not_applicable"
    losses = found[["loss_low_yuan", "loss_high_yuan"]].sum()
    return {
        "scenario": code,
        "combines": " ".join(shock.code for shock, _ in pairs) if code == TOGETHER else "",
        "source_id": " ".join(name for _, _, name in shocks if name),
        "state": state,
        "lines_count": len(lines),
        "hit_count": int(hit.sum()),
        "hit_yuan": float(amount[hit].sum()),
        "unknown_count": int(unknown.sum()),
        "unknown_yuan": float(amount[unknown].sum()),
        "short_count": int(short.sum()),
        "short_yuan": float(amount[short].sum()),
        "short_share": short.sum() / known if known else float("nan"),
        "loss_low_yuan": float(losses["loss_low_yuan"]),
        "loss_high_yuan": float(losses["loss_high_yuan"]),
        "loss_high_share": float(losses["loss_high_yuan"] / amount.sum()),
        "margin_yuan": margin,
        "margins_ratio": float(losses["loss_high_yuan"]) / margin if margin > 0 else float("nan"),
    }
