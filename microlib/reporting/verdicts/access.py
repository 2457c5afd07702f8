"""What the access rules say: how many pass, which rule stops most, who is not served."""

from __future__ import annotations

import pandas as pd

from microlib.reporting.verdicts.sentences import Sentence, sentence


def access_waterfall(steps: pd.DataFrame) -> Sentence:
    """Say how many are left after all rules and which rule takes most (`design.eligibility.access_waterfall`)."""
    first, last, rules = steps.iloc[0], steps.iloc[-1], steps.iloc[1:]
    if first["remaining_count"] == 0:
        return sentence("access_nobody")
    if rules.empty or rules["failing_count"].max() == 0:
        return sentence("access_all", customers_count=first["remaining_count"])
    worst = rules.loc[rules["failing_count"].idxmax()]
    return sentence("access", entering_count=first["remaining_count"], remaining_count=last["remaining_count"],
                    remaining_share=last["remaining_share"], rule=worst["rule"],
                    failing_count=worst["failing_count"])  # fmt: skip


def screened(applicants: pd.DataFrame) -> Sentence:
    """Say how many are eligible, to be verified, and not served (`design.eligibility.screen_applicants`)."""
    counts = applicants["outcome"].value_counts()
    names = ("eligible", "to_be_verified", "not_served")
    return sentence("screened", **{f"{name}_count": int(counts.get(name, 0)) for name in names})


VERDICTS = {"access_waterfall": access_waterfall, "screened": screened}
