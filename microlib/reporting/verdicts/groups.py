"""What the pages on groups say: who can be judged, the two or three that matter, small samples."""

from __future__ import annotations

import pandas as pd

from microlib.reporting.verdicts.profiles import segment_profile
from microlib.reporting.verdicts.sentences import Sentence, judged, rate_of, sentence

#: where a group's whole interval lies -> what is said of it
STANDINGS = {"inside": "judged_inside", "outside": "judged_outside", "open": "judged_open"}


def segments_judged(rates: pd.DataFrame, *, appetite: float) -> list[Sentence]:
    """Say in words which groups are inside the appetite, outside it, or not to be judged (可判 / 证据不足).

    Parameters
    ----------
    rates : DataFrame
        One row per group: ``segment`` and ``share`` with its bounds.
    appetite : float
        The share at risk that the bank tolerates (fraction).
    """
    if rates.empty:
        return [sentence("judged_none")]
    standing = pd.Series([judged(rate_of(row, "share"), float(appetite)) for _, row in rates.iterrows()])
    by = {said: list(rates.loc[standing.to_numpy() == name, "segment"]) for name, said in STANDINGS.items()}
    return [sentence(said, segment=codes) for said, codes in by.items() if codes]


def segment_quality(rates: pd.DataFrame) -> Sentence:
    """Name the group with the highest adjusted PAR30, with its interval, and say how many groups there are."""
    if rates.empty:
        return sentence("judged_none")
    worst = rates.loc[rates["share"].idxmax()]
    if worst["share"] == 0:
        return sentence("segments_clean", segments_count=len(rates))
    rate = rate_of(worst, "share")._replace(count=worst["base_customers_count"])
    return sentence("segment_quality", segments_count=len(rates), segment=worst["segment"], rate_share=rate)


def segment_profiles(profiles: pd.DataFrame) -> list[Sentence]:
    """Say income and cash gap of every group given (`metrics.profiles.segment_profiles`)."""
    if profiles.empty:
        return [sentence("segments_none")]
    return [said for segment in profiles["segment"].unique() for said in segment_profile(profiles, segment=segment)]


def leading_groups(profiles: pd.DataFrame) -> Sentence:
    """Name the groups that matter, and between which amounts their middle incomes lie."""
    incomes = profiles[(profiles["measure"] == "income_yuan") & profiles["p50"].notna()]
    if incomes.empty:
        return sentence("leading_unknown", segment=list(profiles["segment"].unique()))
    if len(incomes) == 1:
        return sentence("leading_one", segment=incomes["segment"].iloc[0], middle_yuan=incomes["p50"].iloc[0])
    values = {"low_yuan": incomes["p50"].min(), "high_yuan": incomes["p50"].max()}
    return sentence("leading_groups", segment=list(incomes["segment"]), **values)


def reason_counts(rules: pd.DataFrame) -> Sentence:
    """Say how many rules there are and which brings in most (`metrics.memberships.reason_counts`)."""
    first = rules.loc[rules["customers_count"].idxmax()]
    silent = int((rules["customers_count"] == 0).sum())
    if first["customers_count"] == 0:
        return sentence("rules_idle", rules_count=len(rules))
    return sentence("rules", rules_count=len(rules), silent_count=silent, segment=first["segment"],
                    customers_count=first["customers_count"])  # fmt: skip


def shrunk_rates(cells: pd.DataFrame) -> list[Sentence]:
    """Say how far each group's bad rate moves once the bank's experience counts (`metrics.shrinkages.shrink_rates`)."""
    worst = cells.sort_values(["shrunk_upper", "segment"], ascending=[False, True]).iloc[0]
    names = ("segment", "bad_count", "total_count", "shrunk_rate", "shrunk_upper")
    said = [sentence("shrunk", bad_rate=worst["rate"], **{name: worst[name] for name in names})]
    few = list(cells.loc[~cells["is_rankable"].astype(bool), "segment"])
    return [*said, sentence("not_rankable", segment=few)] if few else said


VERDICTS = {
    "segments_judged": segments_judged,
    "segment_quality": segment_quality,
    "segment_profiles": segment_profiles,
    "leading_groups": leading_groups,
    "reason_counts": reason_counts,
    "shrunk_rates": shrunk_rates,
}
