"""What the groups say: which are large, how far they overlap, how much of the book no rule explains."""

from __future__ import annotations

import pandas as pd

from microlib.reporting.verdicts.sentences import Sentence, is_blank, sentence


def segment_sizes(sizes: pd.DataFrame) -> Sentence:
    """Name the largest groups and their balance (`metrics.segments.segment_sizes`)."""
    if sizes.empty:
        return sentence("segments_none")
    first = sizes.iloc[0]
    if is_blank(first["balance_share"]):
        largest = sizes.sort_values(["customers_count", "segment"], ascending=[False, True]).iloc[0]
        return sentence("segments_without_loans", segments_count=len(sizes), segment=largest["segment"],
                        customers_count=largest["customers_count"])  # fmt: skip
    return sentence("segments", segments_count=len(sizes), segment=first["segment"],
                    balance_share=first["balance_share"], customers_count=first["customers_count"])  # fmt: skip


def unassigned_share(unassigned: pd.DataFrame, *, most: float | None = None) -> Sentence:
    """Say what share of customers and balance no rule explains, and whether the rules want work."""
    row = unassigned.iloc[0]
    values = {"unassigned_count": row["unassigned_count"], "unassigned_share": row["unassigned_share"],
              "unassigned_yuan": row["unassigned_yuan"]}  # fmt: skip
    if most is not None and row["unassigned_share"] > float(most):
        return sentence("unassigned_many", **values, most_share=float(most))
    return sentence("unassigned", **values)


def overlap_matrix(matrix: pd.DataFrame) -> Sentence:
    """Name the two groups that share most customers (`metrics.segments.overlap_matrix`)."""
    counts = matrix.set_index("segment").stack()
    apart = counts[[one < other for one, other in counts.index]]
    if apart.empty or apart.max() == 0:
        return sentence("overlap_none")
    one, other = apart.idxmax()
    return sentence("overlap", segment=one, other_segment=other, customers_count=apart.max())


VERDICTS = {
    "segment_sizes": segment_sizes,
    "unassigned_share": unassigned_share,
    "overlap_matrix": overlap_matrix,
}
