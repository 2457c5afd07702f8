"""What the vintage says: the headline by Aalen–Johansen, Kaplan–Meier beside it, and which difference means what."""

from __future__ import annotations

import pandas as pd

from microlib.reporting.verdicts.sentences import Sentence, rate_of, sentence


def vintage(curve: pd.DataFrame) -> Sentence:
    """Say the share of the amount lent that went bad by the last month on book (`metrics.vintages.vintage_curve`)."""
    last = curve.iloc[-1]
    rate = rate_of(last, "bad_share")._replace(count=_lent(curve))
    return sentence("vintage", month_on_book=last["month_on_book"], bad_share=rate)


def vintage_methods(curve: pd.DataFrame) -> Sentence:
    """Say why the two curves differ: settled and renewed loans left the risk; loans not yet observed did not."""
    last = curve.iloc[-1]
    left = {name: last[name] for name in ("settled_share", "renewed_share")}
    values = {"bad_share": last["bad_share"], "km_share": last["km_share"], **left}
    exits = last["settled_share"] + last["renewed_share"] + last["transferred_share"] > 0
    if last["km_share"] > last["bad_share"] and exits:
        return sentence("vintage_exits", **values)
    return sentence("vintage_censored", bad_share=last["bad_share"], km_share=last["km_share"], open_count=_open(curve))


def _lent(curve: pd.DataFrame) -> float | None:
    return curve["at_risk_count"].iloc[0] if "at_risk_count" in curve else None


def _open(curve: pd.DataFrame) -> float:
    """Loans last seen before the last month: those the curve ends with were watched to its end."""
    return curve["open_count"].iloc[:-1].sum() if "open_count" in curve else 0


VERDICTS = {"vintage": vintage, "vintage_methods": vintage_methods}
