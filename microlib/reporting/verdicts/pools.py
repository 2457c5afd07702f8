"""What a pool of firms shows by its invoices, and which number would overturn what page 1 decides."""

from __future__ import annotations

import pandas as pd

from microlib.reporting.verdicts.sentences import Sentence, is_blank, sentence

#: the order in which decisions are told
TURNS = {"do": 0, "stop": 1, "wait": 2}
SIDES = {"sale": "pool_sale", "purchase": "pool_purchase"}
#: (side, kind of value) -> what overturns
OVERTURNING = {
    ("above", "share"): "overturn_above_share",
    ("below", "share"): "overturn_below_share",
    ("above", "yuan"): "overturn_above_yuan",
    ("below", "yuan"): "overturn_below_yuan",
    ("above", "zero"): "overturn_above_zero",
    ("below", "zero"): "overturn_below_zero",
    ("above", "count"): "overturn_above_count",
    ("below", "count"): "overturn_below_count",
    ("above", "figure"): "overturn_above_figure",
    ("below", "figure"): "overturn_below_figure",
}


def invoice_fifths(fifths: pd.DataFrame) -> list[Sentence]:
    """Say how far the middle firm hangs on its largest counterparty, and how long it went without an invoice."""
    rows = {(row["side"], row["measure"]): row for _, row in fifths.iterrows()}
    said = [_reliance(side, rows) for side in fifths["side"].unique() if (side, "top1_share") in rows]
    gap = rows.get(("sale", "gap_months"))
    if gap is not None and not is_blank(gap["p80"]):
        said.append(sentence("pool_gaps", middle_count=gap["p50"], high_count=gap["p80"]))
    return said


def _reliance(side: str, rows: dict) -> Sentence:
    top = rows[(side, "top1_share")]
    number = rows[(side, "effective_counterparties")]["p50"]
    return sentence(SIDES[side], top1_share=top["p50"], high_share=top["p80"], effective_count=number)


def back_test(tests: pd.DataFrame) -> Sentence:
    """Name the indicators that told the defaulted from the others (`metrics.discriminations.back_test`)."""
    clear = tests[tests["direction"] != "unclear"]
    if clear.empty:
        return sentence("indicators_unclear", indicators_count=len(tests))
    distance = (clear["auc"] - 0.5).abs()
    best = clear.loc[distance.idxmax()]
    names = ("indicator", "auc", "auc_low", "auc_high", "direction")
    return sentence("indicators", indicators_count=len(tests), clear_count=len(clear),
                    **{name: best[name] for name in names})  # fmt: skip


def overturning(chosen: pd.DataFrame) -> Sentence:
    """Say in one line which number would overturn the first decision (哪个数字会推翻这个结论)."""
    if chosen.empty:
        return sentence("overturn_none")
    row = chosen.iloc[chosen["action"].map(TURNS).argmin()]
    measure, value = str(row["overturning_measure"]), row["overturning_value"]
    unit = _unit(measure, value)
    values = {"action": row["action"], "segment": row["segment"], "overturning_measure": measure}
    if unit == "yuan" and abs(value) <= 1:
        return sentence(OVERTURNING[row["overturning_side"], "zero"], **values)
    return sentence(OVERTURNING[row["overturning_side"], unit], **values, **{f"overturning_{unit}": value})


def _unit(measure: str, value: float) -> str:
    if "share" in measure or measure.startswith("able_"):
        return "share"
    if measure.endswith("_yuan"):
        return "yuan"
    return "figure" if measure.endswith(("_ratio", "_index")) or value % 1 else "count"


VERDICTS = {
    "invoice_fifths": invoice_fifths,
    "back_test": back_test,
    "overturning": overturning,
}
