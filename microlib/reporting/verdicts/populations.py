"""What rosters say: how much of a venue borrows from us, and how large it is by two lists."""

from __future__ import annotations

import pandas as pd

from microlib.reporting.formats import Rate
from microlib.reporting.verdicts.sentences import Sentence, sentence


def penetration(rosters: pd.DataFrame) -> Sentence:
    """Name the largest roster and the part of it that borrows (`metrics.populations.penetration`)."""
    if rosters.empty:
        return sentence("rosters_none")
    row = rosters.loc[rosters["members_count"].idxmax()]
    rate = Rate(row["penetration_share"], row["penetration_low"], row["penetration_high"], row["members_count"])
    return sentence("penetration", venue_name=row["venue_name"], penetration_share=rate,
                    prospects_count=row["prospects_count"])  # fmt: skip


def venue_populations(populations: pd.DataFrame) -> Sentence:
    """Say how large the best-described venue is by two lists, with its interval."""
    if populations.empty:
        return sentence("two_lists_none")
    row = populations.loc[populations["seen_count"].idxmax()]
    names = ("venue_name", "seen_count", "population_count", "population_low", "population_high")
    return sentence("two_lists", **{name: row[name] for name in names})


VERDICTS = {"penetration": penetration, "venue_populations": venue_populations}
