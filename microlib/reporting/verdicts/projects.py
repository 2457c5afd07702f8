"""What a project's case says: coverage that looks fine, the hole behind it, who really pays, what the clauses ask."""

from __future__ import annotations

import pandas as pd

from microlib.reporting.verdicts.sentences import Sentence, sentence


def story_coverages(told: pd.DataFrame) -> Sentence:
    """Say coverage as filed and with the hidden debt, and the deepest hole with it while trade picks up."""
    seen, whole = _story(told, "signed", "open", "declared"), _story(told, "signed", "open", "all")
    return sentence("story_coverages", ratio=seen["coverage_ratio"], whole_ratio=whole["coverage_ratio"],
                    hole_yuan=whole["worst_yuan"], hole_month=whole["worst_month"],
                    seen_yuan=seen["worst_yuan"])  # fmt: skip


def closed_works(told: pd.DataFrame) -> Sentence:
    """Say the hole when the doors are closed while the rent runs on."""
    seen, whole = _story(told, "signed", "closed", "declared"), _story(told, "signed", "closed", "all")
    return sentence("closed_works", hole_yuan=seen["worst_yuan"], whole_yuan=whole["worst_yuan"])


def redesign(told: pd.DataFrame) -> Sentence:
    """Say what interest-only months mend, and that they mend nothing once the hidden debt is there."""
    seen, whole = _story(told, "redesigned", "open", "declared"), _story(told, "redesigned", "open", "all")
    return sentence("redesign_seen", ratio=seen["coverage_ratio"], whole_ratio=whole["coverage_ratio"],
                    whole_yuan=whole["worst_yuan"], short_count=whole["short_months_count"])  # fmt: skip


def redesign_closed(told: pd.DataFrame) -> Sentence:
    """Say the redesign's hole when the doors are closed for the works."""
    shut, both = _story(told, "redesigned", "closed", "declared"), _story(told, "redesigned", "closed", "all")
    return sentence("redesign_closed", hole_yuan=shut["worst_yuan"], whole_yuan=both["worst_yuan"])


def break_evens(shares: pd.DataFrame) -> Sentence:
    """Say the occupancy at which debt is just paid, under both plans."""
    found = shares.set_index(["plan", "debts"])["even_share"]
    return sentence("case_break_evens", **{f"{plan}_{debts}_share": share for (plan, debts), share in found.items()})


def trade_cases(cases: pd.DataFrame) -> Sentence:
    """Count the variants of trade in which cash no longer pays what is due."""
    return sentence("trade_cases", cases_count=len(cases), declared_count=int((cases["declared_ratio"] < 1).sum()),
                    all_count=int((cases["all_ratio"] < 1).sum()))  # fmt: skip


def hidden_funding(funding: pd.DataFrame) -> Sentence:
    """Say how much of the project is really borrowed, and what the overrun still lacks."""
    view = funding.set_index("view")
    lacking = view.loc["with_overrun", "own_yuan"] - view.loc["as_it_is", "own_yuan"]
    return sentence("hidden_funding", filed_share=view.loc["as_filed", "own_share"],
                    own_share=view.loc["as_it_is", "own_share"],
                    borrowed_share=view.loc["as_it_is", "borrowed_share"], lacking_yuan=lacking)  # fmt: skip


def hidden_parts(parts: pd.DataFrame) -> Sentence:
    """Say from which borrowed part of the down payment cash no longer pays what is due."""
    short = parts[parts["coverage_ratio"] < 1]
    if short.empty:
        return sentence("hidden_parts_held", ratio=parts["coverage_ratio"].iloc[-1])
    return sentence("hidden_parts_short", hidden_share=short["hidden_share"].iloc[0])


def acceptance_delays(delays: pd.DataFrame) -> Sentence:
    """Say what one more month of waiting for acceptance costs."""
    step = delays["redesigned_yuan"].diff().iloc[1]
    return sentence("acceptance_delays", month_yuan=-step, closed_months=int(delays["closed_months"].iloc[0]))


def lease_terms(terms: pd.DataFrame) -> Sentence:
    """Say whether the loan outlives the lease, and what a tenor within it asks of cash."""
    asked, within = terms.iloc[0], terms.iloc[1]
    if not asked["beyond_months"]:
        return sentence("lease_long_enough", lease_months=asked["lease_months"])
    key = "lease_short_enough" if within["is_enough"] else "lease_short"
    return sentence(key, beyond_months=asked["beyond_months"], lease_months=asked["lease_months"],
                    ratio=within["coverage_ratio"])  # fmt: skip


def own_funds_clause(clauses: pd.DataFrame) -> Sentence:
    """Say the first clause as it would stand in the term sheet: own funds proven and paid first."""
    return sentence("clause_own_funds", asked_yuan=_clause(clauses, "own_funds")["asked_yuan"])


def opening_reserve_clause(clauses: pd.DataFrame) -> Sentence:
    """Say the second clause: a reserve for the months closed and ramping up."""
    row = _clause(clauses, "opening_reserve")
    return sentence("clause_opening_reserve", asked_yuan=row["asked_yuan"], asked_months=row["asked_months"])


def tenor_clause(clauses: pd.DataFrame) -> Sentence:
    """Say the third clause: no tenor beyond the lease."""
    return sentence("clause_tenor", asked_months=_clause(clauses, "tenor_within_lease")["asked_months"])


def _clause(clauses: pd.DataFrame, code: str) -> pd.Series:
    return clauses.set_index("clause").loc[code]


def _story(told: pd.DataFrame, plan: str, works: str, debts: str) -> pd.Series:
    rows = told[(told["plan"] == plan) & (told["works"] == works) & (told["debts"] == debts)]
    return rows.iloc[0]


VERDICTS = {
    "story_coverages": story_coverages,
    "closed_works": closed_works,
    "redesign": redesign,
    "redesign_closed": redesign_closed,
    "case_break_evens": break_evens,
    "trade_cases": trade_cases,
    "hidden_funding": hidden_funding,
    "hidden_parts": hidden_parts,
    "acceptance_delays": acceptance_delays,
    "lease_terms": lease_terms,
    "own_funds_clause": own_funds_clause,
    "opening_reserve_clause": opening_reserve_clause,
    "tenor_clause": tenor_clause,
}
