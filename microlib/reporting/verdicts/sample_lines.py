"""What the lines and one loan say: own debt only, evidence missing, coverage, lines at a loss, schedule, cost."""

from __future__ import annotations

import pandas as pd

from microlib.reporting.verdicts.sentences import Sentence, is_blank, sentence

#: where the group's own past stands -> its sentence
PASTS = {"loans": "past_loans", "default_marks": "past_marks", "none": "past_none"}


def own_limits(limits: pd.DataFrame) -> Sentence:
    """Say the lines in a title, and whether they rest on own and self-reported debt only (`design.limits`)."""
    sized = limits[limits["reason"] == "sized"]
    counts = limits["reason"].value_counts()
    others = {f"{name}_count": int(counts.get(name, 0)) for name in ("below_floor", "to_be_verified")}
    if sized.empty:
        return sentence("no_limits", **others)
    bound = sized["bound_by"].value_counts()
    key = "limits_final" if limits["is_final"].any() else "limits_own_debt"
    return sentence(key, sized_count=len(sized), limit_yuan=sized["limit_yuan"].sum(),
                    bound_by=bound.index[0], bound_count=int(bound.iloc[0]), **others)  # fmt: skip


def group_base(sizes: pd.DataFrame) -> Sentence:
    """Say how large the product's groups are in the branch (`metrics.segments.segment_sizes` of its members)."""
    values = {"customers_count": sizes["customers_count"].sum(), "borrowers_count": sizes["borrowers_count"].sum(),
              "balance_yuan": sizes["balance_yuan"].sum(), "segment": list(sizes["segment"])}  # fmt: skip
    share = sizes["balance_share"].sum(min_count=1)
    return sentence("group_unlent", **values) if is_blank(share) else sentence(
        "group_base", **values, balance_share=share)  # fmt: skip


def own_experience(shrunk: pd.DataFrame, *, level: float) -> list[Sentence]:
    """Say what the group's own past shows and what the bank's adds (`metrics.shrinkages.shrink_rates`)."""
    row = shrunk.iloc[0]
    first = sentence(PASTS[row["basis"]], bad_count=row["bad_count"], total_count=row["total_count"])
    return [first, sentence("past_shrunk", shrunk_rate=row["shrunk_rate"], upper_rate=row["shrunk_upper"],
                            level_share=level, prior_share=row["prior_weight_share"])]  # fmt: skip


def missing_evidence(gaps: pd.DataFrame) -> Sentence:
    """Name the evidence that most customers lack, and the tables that would bring it (`design.gaps`)."""
    if gaps.empty:
        return sentence("gaps_none")
    first = gaps.iloc[0]
    return sentence("gaps", gap=first["gap"], customers_count=first["customers_count"],
                    table_name=first["table_name"])  # fmt: skip


def coverage_summary(summary: pd.DataFrame) -> list[Sentence]:
    """Say over which months repayment was tested, and how well the lines are covered (`design.gaps`)."""
    row = summary.iloc[0]
    tested = sentence("tested_notional" if row["is_notional"] else "tested_tenor", tested_months=row["tested_months"])
    if not row["sized_count"]:
        return [tested]
    return [tested, sentence("coverage", coverage_ratio=row["coverage_ratio"], sized_count=row["sized_count"])]


def repaid_at_maturity(summary: pd.DataFrame) -> Sentence:
    """Say in a title how many lines cannot repay at maturity from their own cash, or that principal is spread."""
    row = summary.iloc[0]
    if not row["is_notional"] or not row["sized_count"]:
        return sentence("maturity_spread" if not row["is_notional"] else "maturity_unknown")
    names = ("maturity_coverage_ratio", "short_count", "sized_count")
    return sentence("coverage_at_maturity", **{name: row[name] for name in names})


def margin_summary(summary: pd.DataFrame) -> Sentence:
    """Say how many lines lie under the floor of their own size, and from which size on lines pay."""
    row = summary.iloc[0]
    if not row["sized_count"]:
        return sentence("margins_none")
    if not row["losing_count"]:
        return sentence("margins_all", sized_count=row["sized_count"], break_even_yuan=row["break_even_yuan"])
    names = ["sized_count", "losing_count", "losing_yuan", "shortfall_yuan"]
    values = {name: row[name] for name in names}
    if is_blank(row["break_even_yuan"]):
        return sentence("margins_nowhere", **values)
    return sentence("margins", **values, break_even_yuan=row["break_even_yuan"])


def sample_schedule(plan: pd.DataFrame) -> Sentence:
    """Say what the borrower of the sample loan pays in all, and the largest payment (`design.sample_loans`)."""
    largest = plan.loc[plan["payment_due_yuan"].idxmax()]
    return sentence("schedule", principal_yuan=plan["principal_due_yuan"].sum(),
                    interest_yuan=plan["interest_due_yuan"].sum(), payment_yuan=plan["payment_due_yuan"].sum(),
                    payments_count=len(plan), largest_yuan=largest["payment_due_yuan"],
                    due_date=largest["due_date"])  # fmt: skip


def design_cost(costs: pd.DataFrame, *, used_months: int | None) -> Sentence:
    """Say what the borrower truly pays, with all fees; a revolving line is paid only while it is used."""
    row = costs[costs["scope"] == "borrower"].iloc[0]
    names = ("amount_yuan", "total_cost_yuan", "fees_yuan", "apr_rate", "eir_rate")
    values = {name: row[name] for name in names}
    if used_months is None:
        return sentence("cost_drawn", **values, term_months=row["term_months"])
    return sentence("cost_revolving", **values, used_months=used_months)


def cost_by_use(costs: pd.DataFrame) -> Sentence:
    """Say what the shortest and the longest use cost the borrower (`design.sample_loans`)."""
    short, long = costs.iloc[0], costs.iloc[-1]
    if len(costs) == 1:
        return sentence("cost_once", used_months=long["used_months"], total_yuan=long["total_due_yuan"],
                        apr_rate=long["apr_rate"], eir_rate=long["eir_rate"])  # fmt: skip
    return sentence("cost_by_use", amount_yuan=long["amount_yuan"], short_months=short["used_months"],
                    short_yuan=short["total_due_yuan"], short_rate=short["apr_rate"],
                    long_months=long["used_months"], long_yuan=long["total_due_yuan"],
                    long_rate=long["apr_rate"])  # fmt: skip


VERDICTS = {
    "own_limits": own_limits,
    "group_base": group_base,
    "own_experience": own_experience,
    "missing_evidence": missing_evidence,
    "coverage_summary": coverage_summary,
    "repaid_at_maturity": repaid_at_maturity,
    "margin_summary": margin_summary,
    "sample_schedule": sample_schedule,
    "design_cost": design_cost,
    "cost_by_use": cost_by_use,
}
