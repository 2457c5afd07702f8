"""What the limits, the volume and the stop rules say."""

from __future__ import annotations

import pandas as pd

from microlib.reporting.verdicts.sentences import Sentence, is_blank, sentence


def binding_counts(counts: pd.DataFrame) -> Sentence:
    """Name the cap that binds most of the lines, and count those refused or unverified (`design.limits`)."""
    total = counts.groupby("reason")["customers_count"].sum()
    others = {f"{name}_count": int(total.get(name, 0)) for name in ("below_floor", "to_be_verified")}
    sized = counts[counts["reason"] == "sized"]
    if sized.empty:
        return sentence("limits_none", **others)
    first = sized.loc[sized["customers_count"].idxmax()]
    return sentence("limits", sized_count=sized["customers_count"].sum(), limit_yuan=sized["limit_yuan"].sum(),
                    bound_by=first["bound_by"], customers_count=first["customers_count"], **others)  # fmt: skip


def limit_quantiles(quantiles: pd.DataFrame) -> Sentence:
    """Say the middle of the lines that were sized (`design.limits.limit_quantiles`)."""
    row = quantiles.iloc[0]
    if is_blank(row["p50_yuan"]):
        return sentence("quantiles_none")
    return sentence("quantiles", **{name: row[name] for name in ("p20_yuan", "p50_yuan", "p80_yuan", "extra_yuan")})


def expected_volume(volume: pd.DataFrame) -> Sentence:
    """Say volume and loss as a range, and what bounds it (`design.volumes.expected_volume`)."""
    low, high = volume.iloc[0], volume.iloc[-1]
    if high["volume_yuan"] == 0:
        return sentence("volume_none")
    return sentence("volume", low_count=low["customers_count"], high_count=high["customers_count"],
                    low_yuan=low["volume_yuan"], high_yuan=high["volume_yuan"], low_loss_yuan=low["loss_yuan"],
                    high_loss_yuan=high["loss_yuan"], bound_by=high["bound_by"])  # fmt: skip


def worst_sources(sources: pd.DataFrame) -> Sentence:
    """Name the source that carries most of the programme (`design.volumes.worst_sources`)."""
    if sources.empty:
        return sentence("programme_sources_none")
    first = sources.iloc[0]
    names = ("source_id", "customers_count", "limit_share", "loss_low_yuan", "loss_high_yuan")
    return sentence("programme_sources", **{name: first[name] for name in names})


def stop_rules(rules: pd.DataFrame) -> Sentence:
    """Say which stop rules fire today and which cannot be told (`design.volumes.evaluate_stop_rules`)."""
    fired, unknown = rules[rules["state"] == "fires"], rules[rules["state"] == "unknown"]
    if len(fired):
        return sentence("stops_fire", rule=list(fired["rule"]), rules_count=len(fired), action=fired["action"].iloc[0])
    judged = len(rules) - len(unknown)
    if len(unknown):
        return sentence("stops_hold_some_unknown", rules_count=judged, unknown_count=len(unknown))
    return sentence("stops_hold", rules_count=judged)


VERDICTS = {
    "binding_counts": binding_counts,
    "limit_quantiles": limit_quantiles,
    "expected_volume": expected_volume,
    "worst_sources": worst_sources,
    "stop_rules": stop_rules,
}
