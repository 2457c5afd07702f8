"""What sharing a pilot's budget says: who gets it, which cap binds, what a plainer way costs, what cannot be kept."""

from __future__ import annotations

import pandas as pd

from microlib.reporting.verdicts.sentences import Sentence, sentence

SHIFT = 0.005


def programme(totals: pd.DataFrame, *, rules: pd.DataFrame, spread: pd.DataFrame) -> Sentence:
    """Say how much the best sharing lends, what it earns, and what it does to the heaviest source."""
    row = totals.iloc[0]
    if not row["customers_count"]:
        return sentence("programme_nothing")
    told = {
        "customers_count": row["customers_count"], "allocated_yuan": row["allocated_yuan"],
        "profit_yuan": row["profit_yuan"],
    }  # fmt: skip
    shares = spread[spread.columns[0]]
    named = spread[shares != "none"]
    if named.empty or spread.columns[0] != "source_id":
        return sentence("programme_alone", **told)
    heaviest = named.iloc[0]
    moved = heaviest["moved_share"]
    turned = "programme_heavier" if moved > 0 else "programme_lighter"
    key = "programme_steady" if abs(moved) < SHIFT else turned
    return sentence(key, source_id=heaviest[spread.columns[0]], before_share=heaviest["before_share"],
                    after_share=heaviest["after_share"], **told)  # fmt: skip


def programme_rules(rules: pd.DataFrame) -> list[Sentence]:
    """Name the caps that bind, dearest first, with what one more yuan of each would earn."""
    priced = rules[(rules["shadow_rate"] > 0) & (rules["side"] == "at_most")]
    dear = priced.sort_values("shadow_rate", ascending=False, kind="stable").head(2)
    if dear.empty:
        return [sentence("caps_idle")]
    return [sentence("cap_binds" if row["key"] else "cap_binds_whole", rule=row["rule"], source_id=row["key"],
                     yuan=row["yuan"], extra_yuan=row["shadow_rate"] * 1e4) for _, row in dear.iterrows()]  # fmt: skip


def ways(found: pd.DataFrame) -> Sentence:
    """Say what the plainest way gives up, and which way rests least on one source (`design.programmes.ways`)."""
    rows = found.set_index("split")
    best, equal = rows.loc["most_profit"], rows.loc["equal"]
    values = {"best_yuan": best["profit_yuan"], "equal_yuan": equal["profit_yuan"],
              "upper_yuan": best["profit_upper_yuan"]}  # fmt: skip
    least = rows.loc["least_source_loss"]
    if pd.isna(best["worst_loss_yuan"]) or least["worst_loss_yuan"] > (1 - SHIFT) * best["worst_loss_yuan"]:
        return sentence("ways_alone", **values)
    return sentence("ways", least_yuan=least["worst_loss_yuan"], worst_yuan=best["worst_loss_yuan"],
                    least_profit_yuan=least["profit_yuan"], **values)  # fmt: skip


def wish(conflicts: pd.DataFrame) -> Sentence:
    """Say whether the whole pilot can be lent, and if not which rules stand against it (`design.programmes.wishes`)."""
    if conflicts.empty:
        return sentence("wish_kept")
    asked = conflicts[conflicts["side"] == "at_least"]
    if set(conflicts["rule"]) == {"volume_floor", "customer_limits"}:
        return sentence("wish_few", asked_yuan=asked["yuan"].max(), gap_yuan=conflicts["gap_yuan"].iloc[0])
    names = list(dict.fromkeys(conflicts.loc[conflicts["side"] == "at_most", "rule"]))
    return sentence("wish_broken", asked_yuan=asked["yuan"].max(), gap_yuan=conflicts["gap_yuan"].iloc[0], rule=names)


VERDICTS = {"programme": programme, "programme_rules": programme_rules, "ways": ways, "wish": wish}
