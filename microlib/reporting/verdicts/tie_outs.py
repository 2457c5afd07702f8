"""What the data quality page says: whether the loans tie out to the bank's totals, and what the tables hold."""

from __future__ import annotations

import pandas as pd

from microlib.reporting.verdicts.sentences import Sentence, sentence


def control_differences(differences: pd.DataFrame) -> Sentence:
    """Say whether customers, balance and arrears tie out (`metrics.reconciliations.control_differences`)."""
    differing = differences[differences["state"] == "differs"]
    if differences["control"].isna().all():
        return sentence("no_control_totals")
    if differing.empty:
        return sentence("totals_tie")
    worst = differing.loc[differing["difference_share"].idxmax()]
    return sentence("totals_differ", total=list(differing["total"]), largest_total=worst["total"],
                    difference_share=worst["difference_share"])  # fmt: skip


def table_coverage(coverage: pd.DataFrame) -> Sentence:
    """Say how many of the contract's tables are there and up to which data level."""
    present = coverage[coverage["state"] == "present"]
    return sentence("tables_present", tables_count=len(present), all_count=len(coverage),
                    level=0 if present.empty else int(present["level"].max()))  # fmt: skip


def findings(found: pd.DataFrame) -> Sentence:
    """Say what ingest noticed and did not block (``book.findings``)."""
    if found.empty:
        return sentence("findings_none")
    by = found.groupby("severity")["rows_count"].agg(["size", "sum"]).reindex(["warn", "note"], fill_value=0)
    return sentence("findings", warnings_count=by.loc["warn", "size"], warned_rows_count=by.loc["warn", "sum"],
                    notes_count=by.loc["note", "size"])  # fmt: skip


VERDICTS = {"control_differences": control_differences, "table_coverage": table_coverage, "findings": findings}
