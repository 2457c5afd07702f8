"""What the profile of a group says: the middle of its members' income, the cash gap, the evidence there is."""

from __future__ import annotations

import pandas as pd

from microlib.reporting.verdicts.sentences import Sentence, is_blank, sentence


def segment_profile(profiles: pd.DataFrame, *, segment: str) -> list[Sentence]:
    """Say one group's yearly income and cash gap by fifths (`metrics.profiles.segment_profiles`)."""
    rows = {row["measure"]: row for _, row in profiles[profiles["segment"] == segment].iterrows()}
    income, gap = rows.get("income_yuan"), rows.get("gap_yuan")
    said = [_fifths("profile_income", "profile_income_unknown", income, segment)]
    if gap is not None and not is_blank(gap["p50"]):
        months = rows["gap_months_count"]["p50"] if "gap_months_count" in rows else None
        gaps = {name: gap[name] for name in ("p20", "p50", "p80", "known_count")}
        key = "profile_gap" if gap["p80"] > 0 else "profile_gap_none"
        said.append(sentence(key, **gaps, gap_months_count=months))
    return said


def _fifths(key: str, unknown: str, row: pd.Series | None, segment: str) -> Sentence:
    if row is None or is_blank(row["p50"]):
        return sentence(unknown, segment=segment)
    names = ("p20", "p50", "p80", "known_count", "members_count")
    return sentence(key, segment=segment, **{name: row[name] for name in names})


def evidence_available(evidence: pd.DataFrame, *, segment: str) -> Sentence:
    """Name the best and the thinnest evidence on one group (`metrics.profiles.evidence_available`)."""
    rows = evidence[evidence["segment"] == segment]
    if rows.empty:
        return sentence("evidence_none", segment=segment)
    best, thin = rows.loc[rows["seen_share"].idxmax()], rows.loc[rows["seen_share"].idxmin()]
    return sentence("evidence", segment=segment, table=best["table_name"], seen_share=best["seen_share"],
                    thin_table=thin["table_name"], thin_share=thin["seen_share"])  # fmt: skip


VERDICTS = {"segment_profile": segment_profile, "evidence_available": evidence_available}
