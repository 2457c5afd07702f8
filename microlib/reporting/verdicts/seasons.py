"""What the seasons say: a group's own season, the bank's rhythm taken for one, or neither; the week to begin."""

from __future__ import annotations

import pandas as pd

from microlib.reporting.verdicts.sentences import Sentence, sentence

NEVER = "no_clear_season"


def bank_rhythms(rhythms: pd.DataFrame) -> list[Sentence]:
    """Say which groups have a season of their own and which only follow the bank (`metrics.rhythms.bank_rhythms`)."""
    by = {reason: rows for reason, rows in rhythms.groupby("reason", sort=False)}
    own, bank, none = (by.get(reason, rhythms.iloc[:0]) for reason in ("own_season", "bank_rhythm", NEVER))
    names = ("segment", "peak_month", "peak_ratio", "peak_low", "peak_high")
    said = [sentence("season_own", **{name: row[name] for name in names}) for _, row in own.iterrows()]
    if len(bank):
        months = sorted(int(month) for month in bank["raw_peak_month"].unique())
        said.append(sentence("season_bank", segment=list(bank["segment"]), month_of_year=months))
    if len(none):
        said.append(sentence("season_none", segment=list(none["segment"])))
    return said


def season_title(rhythms: pd.DataFrame) -> Sentence:
    """Say in one heading how many groups have a season, and whether the bank's own rhythm shows."""
    counts = rhythms["reason"].value_counts()
    own, bank = int(counts.get("own_season", 0)), int(counts.get("bank_rhythm", 0))
    if bank:
        return sentence("season_title_bank", own_count=own, bank_count=bank)
    return sentence("season_title" if own else "season_title_none", segments_count=len(rhythms),
                    **({"own_count": own} if own else {}))  # fmt: skip


def launch_week(launches: pd.DataFrame) -> list[Sentence]:
    """Say in which week each group's campaign must begin (`metrics.rhythms.launch_week`)."""
    due = launches[launches["launch_week"].notna()].sort_values("launch_date")
    if due.empty:
        return [sentence("launch_none")]
    names = ("segment", "launch_week", "launch_date", "peak_month_name")
    return [sentence("launch", **{name: row[name] for name in names}) for _, row in due.iterrows()]


VERDICTS = {"bank_rhythms": bank_rhythms, "season_title": season_title, "launch_week": launch_week}
