"""What a product's one page says: terms, whom it serves and whom not, price, what is not verified, what overturns."""

from __future__ import annotations

from typing import Any

import pandas as pd

from microlib.reporting.verdicts.sentences import Sentence, is_blank, sentence

RATES = {"lpr": "product_rate_lpr", "fixed": "product_rate_fixed"}
OUTCOMES = ("eligible", "to_be_verified", "not_served")
#: side and unit of the number that overturns -> its sentence
OVERTURNING = {
    ("above", "share"): "turned_above_share", ("below", "share"): "turned_below_share",
    ("above", "rate"): "turned_above_share", ("below", "rate"): "turned_below_share",
    ("above", "days"): "turned_above_days", ("below", "days"): "turned_below_days",
    ("above", "count"): "turned_above_count",
    ("below", "count"): "turned_below_count",
    ("above", "yuan"): "turned_above_yuan", ("below", "yuan"): "turned_below_yuan",
    ("above", "zero"): "turned_above_zero", ("below", "zero"): "turned_below_zero",
}  # fmt: skip
UNITS = ("share", "rate", "days", "count", "yuan")


def product_terms(terms: Any) -> list[Sentence]:
    """Say a product's main terms (`contracts.products.Product`)."""
    limit, volumes = terms.limit, terms.volumes
    return [
        sentence("product_named", product=terms.code, status=terms.status, version_number=terms.version),
        sentence(RATES[terms.rate_type], yearly_rate=float(terms.yearly_rate),
                 min_months=terms.min_term_months, max_months=terms.max_term_months,
                 repayment=terms.repayment.method, secured=terms.secured),
        sentence("product_amounts", floor_yuan=limit.floor_yuan, cap_yuan=limit.cap_yuan,
                 pilot_count=volumes.pilot_customers_count, pilot_yuan=volumes.pilot_yuan),
    ]  # fmt: skip


def product_need(terms: Any) -> Sentence:
    """Say the need in one line, and what the money is for."""
    return sentence("product_need", segment=list(terms.segments), need=terms.code, purpose=terms.code)


def product_group(screened: pd.DataFrame) -> Sentence:
    """Say how many live here, and how many are eligible, to be verified, not served."""
    counts = screened["outcome"].value_counts()
    named = {f"{name}_count": int(counts.get(name, 0)) for name in OUTCOMES}
    return sentence("product_group", members_count=len(screened), **named)


def not_served(listed: pd.DataFrame) -> list[Sentence]:
    """Say who is not served and where they are sent (`design.eligibility.not_served_list`)."""
    return [_exclusion(row) for _, row in listed.iterrows()]


def _exclusion(row: pd.Series) -> Sentence:
    code = row["exclusion"]
    if is_blank(row["customers_count"]):
        return sentence("excluded_uncounted", exclusion=code, refer_to=code)
    return sentence("excluded", exclusion=code, refer_to=code, customers_count=int(row["customers_count"]))


def design_price(floors: pd.DataFrame) -> Sentence:
    """Say how far the rate asked lies above the floor of one size, at mean and upper default rate."""
    mean, upper = (floors[floors["pd_case"] == case].iloc[0] for case in ("mean", "upper"))
    covers = (mean["margin_rate"] >= 0, upper["margin_rate"] >= 0)
    key = {(True, True): "price_covers", (True, False): "price_covers_mean"}.get(covers, "price_short")
    return sentence(key, yearly_rate=mean["yearly_rate"], amount_yuan=mean["amount_yuan"],
                    floor_rate=mean["floor_taxed_rate"], upper_rate=upper["floor_taxed_rate"],
                    margin_rate=mean["margin_rate"], upper_margin_rate=upper["margin_rate"])  # fmt: skip


def quoted_points(floors: pd.DataFrame) -> Sentence:
    """Say the floor at both default rates as points over the prime rate."""
    points = floors.set_index("pd_case")["floor_points"]
    return sentence("quoted_points", asked_points=floors["asked_points"].iloc[0], mean_points=points["mean"],
                    upper_points=points["upper"])  # fmt: skip


def price_switches(cases: pd.DataFrame) -> Sentence:
    """Say the floor under each choice of formula, and which one the policy makes (`design.line_margins`)."""
    rates = cases.set_index("switch")["floor_taxed_rate"]
    own = cases.loc[cases["is_policy"], "switch"]
    return sentence("price_switches", switch=own.iloc[0] if len(own) else "other",
                    **{f"{name}_rate": rate for name, rate in rates.items()})  # fmt: skip


def policy_values(values: pd.DataFrame) -> Sentence:
    """Say how many of the thresholds behind the design nobody has verified (`design.policy_values`)."""
    unverified = int((values["status"] == "unverified").sum())
    if not unverified:
        return sentence("policy_verified", values_count=len(values))
    return sentence("policy_unverified", values_count=len(values), unverified_count=unverified)


def design_overturning(chosen: pd.DataFrame) -> Sentence:
    """Say in one line which number would overturn the first decision (哪个数字会推翻这个结论)."""
    if chosen.empty:
        return sentence("turned_none")
    row = chosen.iloc[0]
    measure, value = str(row["overturning_measure"]), float(row["overturning_value"])
    unit = next((name for name in UNITS if measure.endswith(name)), "yuan") if value else "zero"
    told = {} if unit == "zero" else {f"turning_{'share' if unit == 'rate' else unit}": value}
    return sentence(OVERTURNING[row["overturning_side"], unit], action=row["action"], step=row["step"],
                    overturning_measure=measure, **told)  # fmt: skip


def written_controls(terms: Any) -> Sentence:
    """Say how many controls, checks and fees the terms write down, and how many of the fees the borrower pays."""
    paid = [fee for fee in terms.fees if fee.payer == "borrower"]
    return sentence("written_controls", controls_count=len(terms.controls), checks_count=len(terms.monitoring),
                    fees_count=len(terms.fees), paid_count=len(paid))  # fmt: skip


def sheet_written(path: Any) -> Sentence:
    """Say whether the term sheet was written to the report's folder."""
    return sentence("sheet_written" if path else "sheet_not_written")


VERDICTS = {
    "product_terms": product_terms,
    "product_need": product_need,
    "product_group": product_group,
    "not_served": not_served,
    "design_price": design_price,
    "quoted_points": quoted_points,
    "price_switches": price_switches,
    "policy_values": policy_values,
    "design_overturning": design_overturning,
    "written_controls": written_controls,
    "sheet_written": sheet_written,
}
