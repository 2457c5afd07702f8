"""Sentences on a product: terms, access waterfall, limits and volume, sample loan, price floor and true cost."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from microlib.contracts.product import Product
from microlib.report.sentences import Sentence, sentence
from microlib.report.tables import turn_of
from microlib.report.words import is_blank

RATES = {"lpr": "product_rate_lpr", "fixed": "product_rate_fixed"}
OUTCOMES = ("eligible", "to_be_verified", "not_served")


def product_terms(terms: Product) -> list[Sentence]:
    """Say a product's main terms (`contracts.product.Product`)."""
    limit, volumes = terms.limit, terms.volumes
    return [
        sentence("product_named", product=terms.code, status=terms.status, version_number=terms.version),
        sentence(
            RATES[terms.rate_type],
            yearly_rate=float(terms.yearly_rate),
            min_months=terms.min_term_months,
            max_months=terms.max_term_months,
            repayment=terms.repayment.method,
            secured=terms.secured,
        ),
        sentence(
            "product_amounts",
            floor_yuan=limit.floor_yuan,
            cap_yuan=limit.cap_yuan,
            pilot_count=volumes.pilot_customers_count,
            pilot_yuan=volumes.pilot_yuan,
        ),
    ]


def product_need(terms: Product) -> Sentence:
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
    return sentence(
        key,
        yearly_rate=mean["yearly_rate"],
        amount_yuan=mean["amount_yuan"],
        floor_rate=mean["floor_taxed_rate"],
        upper_rate=upper["floor_taxed_rate"],
        margin_rate=mean["margin_rate"],
        upper_margin_rate=upper["margin_rate"],
    )


def quoted_points(floors: pd.DataFrame) -> Sentence:
    """Say the floor at both default rates as points over the prime rate."""
    points = floors.set_index("pd_case")["floor_points"]
    return sentence(
        "quoted_points",
        asked_points=floors["asked_points"].iloc[0],
        mean_points=points["mean"],
        upper_points=points["upper"],
    )


def price_switches(cases: pd.DataFrame) -> Sentence:
    """Say the floor under each choice of formula, and which one the policy makes (`design.prices.line_margins`)."""
    rates = cases.set_index("switch")["floor_taxed_rate"]
    own = cases.loc[cases["is_policy"], "switch"]
    return sentence(
        "price_switches",
        switch=own.iloc[0] if len(own) else "other",
        **{f"{name}_rate": rate for name, rate in rates.items()},
    )


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
    if row["overturning_measure"] == "failing_conditions_count":
        return sentence("turned_conditions", action=row["action"], step=row["step"])
    return sentence("turned", action=row["action"], step=row["step"], overturning=turn_of(row))


def written_controls(terms: Product) -> Sentence:
    """Say how many controls, checks and fees the terms write down, and how many of the fees the borrower pays."""
    paid = [fee for fee in terms.fees if fee.payer == "borrower"]
    return sentence(
        "written_controls",
        controls_count=len(terms.controls),
        checks_count=len(terms.monitoring),
        fees_count=len(terms.fees),
        paid_count=len(paid),
    )


def sheet_written(path: str | Path) -> Sentence:
    """Say whether the term sheet was written to the report's folder."""
    return sentence("sheet_written" if path else "sheet_not_written")


def access_waterfall(steps: pd.DataFrame) -> Sentence:
    """Say how many are left after all rules and which rule takes most (`design.eligibility.access_waterfall`)."""
    first, last, rules = steps.iloc[0], steps.iloc[-1], steps.iloc[1:]
    if first["remaining_count"] == 0:
        return sentence("access_nobody")
    if rules.empty or rules["failing_count"].max() == 0:
        return sentence("access_all", customers_count=first["remaining_count"])
    worst = rules.loc[rules["failing_count"].idxmax()]
    return sentence(
        "access",
        entering_count=first["remaining_count"],
        remaining_count=last["remaining_count"],
        remaining_share=last["remaining_share"],
        rule=worst["rule"],
        failing_count=worst["failing_count"],
    )


def screened(applicants: pd.DataFrame) -> Sentence:
    """Say how many are eligible, to be verified, and not served (`design.eligibility.screen_applicants`)."""
    counts = applicants["outcome"].value_counts()
    names = ("eligible", "to_be_verified", "not_served")
    return sentence("screened", **{f"{name}_count": int(counts.get(name, 0)) for name in names})


def binding_counts(counts: pd.DataFrame) -> Sentence:
    """Name the cap that binds most of the lines, and count those refused or unverified (`design.limits`)."""
    total = counts.groupby("reason")["customers_count"].sum()
    others = {f"{name}_count": int(total.get(name, 0)) for name in ("below_floor", "to_be_verified")}
    sized = counts[counts["reason"] == "sized"]
    if sized.empty:
        return sentence("limits_none", **others)
    first = sized.loc[sized["customers_count"].idxmax()]
    return sentence(
        "limits",
        sized_count=sized["customers_count"].sum(),
        limit_yuan=sized["limit_yuan"].sum(),
        bound_by=first["bound_by"],
        customers_count=first["customers_count"],
        **others,
    )


def limit_quantiles(quantiles: pd.DataFrame) -> Sentence:
    """Say the middle of the lines that were sized (`design.limits.limit_quantiles`)."""
    row = quantiles.iloc[0]
    if is_blank(row["p50_yuan"]):
        return sentence("quantiles_none")
    return sentence("quantiles", **{name: row[name] for name in ("p20_yuan", "p50_yuan", "p80_yuan", "extra_yuan")})


def expected_volume(volume: pd.DataFrame) -> Sentence:
    """Say volume and loss as a range, and what bounds it (`design.volumes.expected_volume`)."""
    low, high = volume.iloc[0], volume.iloc[-1]
    if high["volume_yuan"] == 0:
        return sentence("volume_none")
    return sentence(
        "volume",
        low_count=low["customers_count"],
        high_count=high["customers_count"],
        low_yuan=low["volume_yuan"],
        high_yuan=high["volume_yuan"],
        low_loss_yuan=low["loss_yuan"],
        high_loss_yuan=high["loss_yuan"],
        bound_by=high["bound_by"],
    )


def worst_sources(sources: pd.DataFrame) -> Sentence:
    """Name the source that carries most of the programme (`design.volumes.worst_sources`)."""
    if sources.empty:
        return sentence("programme_sources_none")
    first = sources.iloc[0]
    names = (
        *("source_id", "customers_count", "limit_share", "loss_low_yuan", "loss_high_yuan"),
        *("joint_yuan", "joint_low_yuan", "joint_high_yuan", "joint_limit_yuan"),
    )
    return sentence("programme_sources", **{name: first[name] for name in names})


def stop_rules(rules: pd.DataFrame) -> Sentence:
    """Say which stop rules fire today and which cannot be told (`design.volumes.evaluate_stop_rules`)."""
    fired, unknown = rules[rules["state"] == "fires"], rules[rules["state"] == "unknown"]
    if len(fired):
        return sentence("stops_fire", rule=list(fired["rule"]), rules_count=len(fired), action=fired["action"].iloc[0])
    judged = len(rules) - len(unknown)
    if not judged:
        return sentence("stops_unjudged", rules_count=len(rules))
    if len(unknown):
        return sentence("stops_hold_some_unknown", rules_count=judged, unknown_count=len(unknown))
    return sentence("stops_hold", rules_count=judged)


#: where the group's own past stands -> its sentence
PASTS = {
    "cohort": "past_cohort",
    "stock": "past_stock",
    "ended": "past_ended",
    "default_marks": "past_marks",
    "none": "past_none",
}


def own_limits(limits: pd.DataFrame) -> Sentence:
    """Say the lines in a title, and whether they rest on own and self-reported debt only (`design.limits`)."""
    sized = limits[limits["reason"] == "sized"]
    counts = limits["reason"].value_counts()
    others = {f"{name}_count": int(counts.get(name, 0)) for name in ("below_floor", "to_be_verified")}
    if sized.empty:
        return sentence("no_limits", **others)
    bound = sized["bound_by"].value_counts()
    key = "limits_final" if limits["is_final"].any() else "limits_own_debt"
    return sentence(
        key,
        sized_count=len(sized),
        limit_yuan=sized["limit_yuan"].sum(),
        bound_by=bound.index[0],
        bound_count=int(bound.iloc[0]),
        **others,
    )


def group_base(sizes: pd.DataFrame) -> Sentence:
    """Say how large the product's groups are in the branch (`metrics.segments.segment_sizes` of its members)."""
    values = {
        "customers_count": sizes["customers_count"].sum(),
        "borrowers_count": sizes["borrowers_count"].sum(),
        "balance_yuan": sizes["balance_yuan"].sum(),
        "segment": list(sizes["segment"]),
    }
    share = sizes["balance_share"].sum(min_count=1)
    return (
        sentence("group_unlent", **values) if is_blank(share) else sentence("group_base", **values, balance_share=share)
    )


def own_experience(shrunk: pd.DataFrame, *, level: float) -> list[Sentence]:
    """Say what the group's own past shows and what the bank's adds (`metrics.defaults.drawn_rates`)."""
    row = shrunk.iloc[0]
    first = sentence(PASTS[row["basis"]], bad_count=row["bad_count"], total_count=row["total_count"])
    return [
        first,
        sentence(
            "past_shrunk",
            shrunk_rate=row["shrunk_rate"],
            upper_rate=row["shrunk_upper"],
            level_share=level,
            prior_share=row["prior_weight_share"],
            prior_rate=row["prior_rate"],
        ),
    ]


def missing_evidence(gaps: pd.DataFrame) -> Sentence:
    """Name the evidence that most customers lack, and the tables that would bring it (`design.eligibility`)."""
    if gaps.empty:
        return sentence("gaps_none")
    first = gaps.iloc[0]
    return sentence("gaps", gap=first["gap"], customers_count=first["customers_count"], table_name=first["table_name"])


def coverage_summary(summary: pd.DataFrame) -> list[Sentence]:
    """Say over which months repayment was tested, and how well the lines are covered (`design.eligibility`)."""
    row = summary.iloc[0]
    tested = sentence("tested_notional" if row["is_notional"] else "tested_tenor", tested_months=row["tested_months"])
    if not row["sized_count"]:
        return [tested]
    return [tested, sentence("coverage", coverage_ratio=row["coverage_ratio"], sized_count=row["sized_count"])]


def repaid_at_maturity(summary: pd.DataFrame) -> Sentence:
    """Say what repayment at the end does to the lines: capped, all within, to be spread, or spread already."""
    row = summary.iloc[0]
    if not row["is_notional"]:
        return sentence("maturity_spread")
    if not row["sized_count"]:
        return sentence("maturity_unknown")
    names = {
        "maturity_instalments": ("sized_count", "short_count", "short_share"),
        "maturity_capped": ("wanted_count", "beyond_count", "cut_yuan", "cut_share"),
        "maturity_within": ("sized_count",),
    }
    key = (
        "maturity_instalments"
        if row["short_count"]
        else "maturity_capped"
        if row["beyond_count"]
        else "maturity_within"
    )
    return sentence(key, **{name: row[name] for name in (*names[key], "maturity_coverage_ratio")})


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
    """Say what the borrower of the sample loan pays in all, and the largest payment (`design.cost`)."""
    largest = plan.loc[plan["payment_due_yuan"].idxmax()]
    return sentence(
        "schedule",
        principal_yuan=plan["principal_due_yuan"].sum(),
        interest_yuan=plan["interest_due_yuan"].sum(),
        payment_yuan=plan["payment_due_yuan"].sum(),
        payments_count=len(plan),
        largest_yuan=largest["payment_due_yuan"],
        due_date=largest["due_date"],
    )


def design_cost(costs: pd.DataFrame, *, used_months: int | None) -> Sentence:
    """Say what the borrower truly pays, with all fees; a revolving line is paid only while it is used."""
    row = costs[costs["scope"] == "borrower"].iloc[0]
    names = ("amount_yuan", "total_cost_yuan", "fees_yuan", "apr_rate", "eir_rate")
    values = {name: row[name] for name in names}
    if used_months is None:
        return sentence("cost_drawn", **values, term_months=row["term_months"])
    return sentence("cost_revolving", **values, used_months=used_months)


def cost_by_use(costs: pd.DataFrame) -> Sentence:
    """Say what the shortest and the longest use cost the borrower (`design.cost`)."""
    short, long = costs.iloc[0], costs.iloc[-1]
    if len(costs) == 1:
        return sentence(
            "cost_once",
            used_months=long["used_months"],
            total_yuan=long["total_due_yuan"],
            apr_rate=long["apr_rate"],
            eir_rate=long["eir_rate"],
        )
    return sentence(
        "cost_by_use",
        amount_yuan=long["amount_yuan"],
        short_months=short["used_months"],
        short_yuan=short["total_due_yuan"],
        short_rate=short["apr_rate"],
        long_months=long["used_months"],
        long_yuan=long["total_due_yuan"],
        long_rate=long["apr_rate"],
    )


def typical_size(floors: pd.DataFrame, quantiles: pd.DataFrame | None = None) -> pd.DataFrame:
    """Keep the floors of the loan size nearest the median line; without lines, of the middle size shown.

    Parameters
    ----------
    floors : DataFrame
        Result of `design.prices.price_floors`.
    quantiles : DataFrame, optional
        Result of `design.limits.limit_quantiles`.
    """
    sizes = floors["amount_yuan"].drop_duplicates().sort_values().reset_index(drop=True)
    middle = None if quantiles is None else quantiles["p50_yuan"].iloc[0]
    if is_blank(middle):
        chosen = sizes.iloc[(len(sizes) - 1) // 2]
    else:
        chosen = sizes.loc[(sizes - float(middle)).abs().idxmin()]
    return floors[floors["amount_yuan"] == chosen]


def price_floors(floors: pd.DataFrame, *, quantiles: pd.DataFrame | None = None) -> Sentence:
    """Say the floor at mean and upper default rate beside the rate asked, for the typical size of loan.

    Parameters
    ----------
    floors, quantiles : DataFrame
        As for `typical_size`.
    """
    floors = typical_size(floors, quantiles)
    mean, upper = floors[floors["pd_case"] == "mean"].iloc[0], floors[floors["pd_case"] != "mean"]
    high = upper.iloc[0] if len(upper) else mean
    fits = mean["margin_rate"] >= 0
    key = "floor_fits" if fits and high["margin_rate"] >= 0 else "floor_fits_at_mean" if fits else "floor_broken"
    return sentence(
        key,
        yearly_rate=mean["yearly_rate"],
        floor_rate=mean["floor_taxed_rate"],
        upper_rate=high["floor_taxed_rate"],
        amount_yuan=mean["amount_yuan"],
    )


def price_parts(floors: pd.DataFrame) -> Sentence:
    """Name the heaviest part of the floor, and say its parts at the mean default rate."""
    mean = floors[floors["pd_case"] == "mean"].iloc[0]
    names = ("ftp_rate", "opex_rate", "loss_rate", "capital_rate", "bound_by")
    return sentence("floor_parts", **{name: mean[name] for name in names})


def floor_by_size(floors: pd.DataFrame) -> Sentence:
    """Say below which loan size the rate asked no longer covers the floor at the mean default rate."""
    mean = floors[floors["pd_case"] == "mean"].sort_values("amount_yuan")
    losing = mean[mean["margin_rate"] < 0]
    if losing.empty:
        return sentence("sizes_all_fit", amount_yuan=mean["amount_yuan"].iloc[0])
    if len(losing) == len(mean):
        return sentence("sizes_none_fit")
    row = losing.iloc[-1]
    return sentence("sizes_lose", amount_yuan=row["amount_yuan"], floor_rate=row["floor_taxed_rate"])


def product_cost(costs: pd.DataFrame) -> Sentence:
    """Say what the borrower truly pays a year, by both conventions (`design.cost.product_cost`)."""
    row = costs[costs["scope"] == "borrower"].iloc[0]
    names = ("amount_yuan", "term_months", "apr_rate", "eir_rate", "total_cost_yuan", "fees_yuan")
    return sentence("product_cost", **{name: row[name] for name in names})


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
    "access_waterfall": access_waterfall,
    "screened": screened,
    "binding_counts": binding_counts,
    "limit_quantiles": limit_quantiles,
    "expected_volume": expected_volume,
    "worst_sources": worst_sources,
    "stop_rules": stop_rules,
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
    "price_floors": price_floors,
    "price_parts": price_parts,
    "floor_by_size": floor_by_size,
    "product_cost": product_cost,
}
