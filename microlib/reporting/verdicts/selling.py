"""What the funnel says: which stage loses most, who can be told apart, whom we may speak to and with what benefit."""

from __future__ import annotations

import pandas as pd

from microlib.reporting.verdicts.rollouts import rate_words
from microlib.reporting.verdicts.sentences import Sentence, rate_of, sentence


def stage_conversions(steps: pd.DataFrame) -> Sentence:
    """Say at which stage most are lost (`metrics.selling.conversions.stage_conversions`)."""
    known = steps.dropna(subset=["conversion_rate"])
    if known.empty:
        return sentence("funnel_none")
    lost = known["ripe_count"] - known["passed_count"]
    worst, first, last = known.loc[lost.idxmax()], steps.iloc[0], steps.iloc[-1]
    return sentence(
        "funnel", entered_count=first["entered_count"], passed_count=last["passed_count"], stage=worst["stage"],
        next_stage=worst["next_stage"], lost_count=int(lost.max()), conversion_rate=rate_of(worst, "conversion_rate"),
        open_count=int(steps["open_count"].sum()),
    )  # fmt: skip


def channel_conversions(steps: pd.DataFrame) -> Sentence:
    """Say which source of leads loses most at the stage where most are lost."""
    known = steps.dropna(subset=["conversion_rate"])
    if known.empty:
        return sentence("funnel_none")
    lost = known["ripe_count"] - known["passed_count"]
    worst = known.loc[lost.idxmax()]
    return sentence("channels", lead_source=worst["lead_source"], stage=worst["stage"], next_stage=worst["next_stage"],
                    lost_count=int(lost.max()), conversion_rate=rate_of(worst, "conversion_rate"))  # fmt: skip


def manager_standings(cells: pd.DataFrame) -> Sentence:
    """Say how many managers can be told from the rest, in neither direction by name."""
    counts = cells["standing"].value_counts()
    names = ("above", "below", "as_the_rest", "too_few")
    return sentence("standings", **{f"{name}_count": int(counts.get(name, 0)) for name in names})


def activity_factors(parts: pd.DataFrame) -> Sentence:
    """Say which factor most often sets managers below the rest (`metrics.selling.activities`)."""
    below = parts[parts["explains"] & (parts["contribution"] < 0)]
    managers = parts["rm_id"].nunique()
    if below.empty:
        return sentence("factors_none", managers_count=managers)
    counts = below["factor"].value_counts()
    return sentence("factors", managers_count=managers, factor=counts.index[0], below_count=int(counts.iloc[0]))


def contact_counts(counts: pd.DataFrame) -> Sentence:
    """Say how many prospects may be contacted and what keeps most of the others off the list."""
    may = counts.set_index("contact")["customers_count"]
    kept = may.drop("may_be_contacted")
    if may.sum() == 0:
        return sentence("contacts_nobody")
    if kept.sum() == 0:
        return sentence("contacts_all", customers_count=int(may.sum()))
    return sentence("contacts", customers_count=int(may.sum()), may_count=int(may["may_be_contacted"]),
                    contact=kept.idxmax(), kept_count=int(kept.max()))  # fmt: skip


def benefits(found: pd.DataFrame) -> Sentence:
    """Say for how many a benefit can be computed, and the middle one."""
    if found.empty:
        return sentence("benefits_none")
    return sentence("benefits", customers_count=len(found), middle_yuan=found["benefit_yuan"].median(),
                    most_yuan=found["benefit_yuan"].max())  # fmt: skip


def strangers(rows: pd.DataFrame) -> Sentence:
    """Say how many firms stand on lists and are not ours."""
    total, known = int(rows["members_count"].sum()), int(rows["known_count"].sum())
    return sentence("strangers", members_count=total, known_count=known, strangers_count=total - known)


def responses(cells: pd.DataFrame) -> Sentence:
    """Say which way or script can be told from the rest (`metrics.selling.responses.touch_responses`)."""
    above = cells[cells["standing"] == "above"]
    if above.empty:
        return sentence("responses_none", total_count=int(cells["total_count"].sum()))
    best = above.iloc[0]
    named = {name: best[name] for name in ("way", "day_part", "script_id") if name in cells}
    key = "scripts" if "script_id" in named else "responses"
    return sentence(key, rate=rate_words(best), rest_rate=best["rest_rate"], **named)


VERDICTS = {
    "stage_conversions": stage_conversions, "channel_conversions": channel_conversions,
    "manager_standings": manager_standings, "activity_factors": activity_factors, "contact_counts": contact_counts,
    "benefits": benefits, "strangers": strangers, "touch_responses": responses, "script_responses": responses,
}  # fmt: skip
