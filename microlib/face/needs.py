"""What each name of the face asks of its arguments: one table, which the lazy lookup puts before every function."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from microlib.contracts.tables import TABLES
from microlib.face.contract import Frame, Need, Number

#: the book as `loans` returns it
BOOK = "loan_id customer_id balance_yuan overdue_days status"
BOOK_MORE = "amount_yuan disbursed_date maturity_date closed_date written_off_date written_off_yuan"
#: month ends as `month_ends` returns them
MONTHS = "loan_id month overdue_days status"
FRACTION = Number(0.0, 1.0)
COUNTS = Number(0.0)
NEEDS: Mapping[str, Mapping[str, Need]] = {
    # quality
    "par": {"loans": Frame(BOOK, BOOK_MORE, key="loan_id", labels=("by",)), "days": COUNTS},
    "quality": {
        "loans": Frame(f"{BOOK} disbursed_date", BOOK_MORE, key="loan_id", labels=("by",)),
        "months": Frame(f"{MONTHS} balance_yuan", key="loan_id month", is_optional=True),
    },
    "four_pars": {
        "loans": Frame(f"{BOOK} disbursed_date amount_yuan", BOOK_MORE, key="loan_id", labels=("within",)),
        "loan_months": Frame(f"{MONTHS} balance_yuan", key="loan_id month", is_optional=True),
        "renewals": Frame("loan_id state", key="loan_id", is_optional=True, may_be_empty=True),
    },
    "renewals": {
        "loans": Frame(
            f"{BOOK} disbursed_date amount_yuan issue_type",
            f"{BOOK_MORE} previous_loan_id",
            key="loan_id",
            unknown="issue_type",
        ),
        "loan_months": Frame(f"{MONTHS} balance_yuan", key="loan_id month", is_optional=True),
    },
    "vintage": {
        "loans": Frame("loan_id amount_yuan disbursed_date status", BOOK_MORE, key="loan_id", labels=("by",)),
        "months": Frame(MONTHS, key="loan_id month"),
        "cut_days": COUNTS,
    },
    "roll_rates": {"months": Frame(f"{MONTHS} balance_yuan", key="loan_id month")},
    "maturing": {"loans": Frame(f"{BOOK} maturity_date", BOOK_MORE, key="loan_id"), "days": COUNTS},
    "churn": {
        "loans": Frame(
            "loan_id customer_id balance_yuan amount_yuan disbursed_date status closed_date",
            BOOK_MORE,
            key="loan_id",
            labels=("by",),
            unknown="closed_date",
        )
    },
    "forecast": {
        "loans": Frame("loan_id disbursed_date", "closed_date", key="loan_id"),
        "ahead": Number(1.0, is_whole=True),
    },
    # rates
    "rate_interval": {"bad": COUNTS, "total": COUNTS},
    "upper_bound": {"bad": COUNTS, "total": COUNTS, "correlation": FRACTION},
    "rate_gap": {name: COUNTS for name in ("bad", "total", "other_bad", "other_total")},
    "share_interval": {"rows": Frame("customer_id", labels=("by",), amounts=("above", "below"))},
    "shrink": {"cells": Frame("bad_count total_count")},
    "funnel": {"counts": Number(1.0, is_column=True), "target": FRACTION},
    "discrimination": {
        "outcome": Number(is_column=True, gaps=True, is_flag=True),
        "score": Number(is_column=True, gaps=True),
    },
    "stability": {"expected": Number(0.0, is_column=True), "actual": Number(0.0, is_column=True)},
    "first_digits": {"amounts": Number(is_column=True)},
    # spread
    "concentration": {
        "loans": Frame("", "loan_id", key="loan_id", labels=("by",), parts=("across",), amounts=("amount",))
    },
    "limit_bunching": {"loans": Frame("amount_yuan", "loan_id", key="loan_id"), "limits": COUNTS},
    "seasonality": {"monthly": Frame("month amount_yuan", key="by month", labels=("by",))},
    "connected_groups": {
        "links": Frame("customer_id_a customer_id_b", "link_type", key="customer_id_a customer_id_b link_type"),
        "loans": Frame("customer_id balance_yuan", "loan_id", key="loan_id", is_optional=True),
    },
    "guarantee_circles": {
        "guarantees": Frame("guarantor_id", "borrower_id guaranteed_yuan loan_id amount_yuan"),
        "loans": Frame("loan_id customer_id balance_yuan", key="loan_id", is_optional=True),
    },
    "infection": {"circles": Frame("members_count"), "default_rate": FRACTION, "infection": FRACTION},
    "granularity": {
        "names": Frame("balance_yuan default_rate lgd_share", "customer_id", key="customer_id", labels=("within",)),
        "correlation": FRACTION,
    },
    # limits
    "limits": {
        "firms": Frame("", "customer_id", key="customer_id", amounts=("caps",)),
        "floor": COUNTS,
        "unit": Number(),
    },
    "capacity": {
        "firms": Frame(
            "cash_month_yuan", "service_month_yuan asked_yuan customer_id", key="customer_id", unknown="cash_month_yuan"
        ),
        "yearly_rate": FRACTION,
        "months": Number(),
        "coverage": Number(),
        "cash_share": FRACTION,
    },
    "working_capital": {
        "firms": Frame(
            "sales_yuan margin_share growth_share own_yuan loans_yuan other_yuan",
            "inventory_days receivable_days payable_days prepaid_days advance_days customer_id",
            key="customer_id",
        )
    },
    "turnover_need": {
        "turnover_yuan": Number(0.0, is_column=True, gaps=True),
        "need_share": FRACTION,
        "own_share": FRACTION,
    },
    "cross_check": {"estimates": Frame("customer_id item source stated checked", key="customer_id item source")},
    "loan_to_value": {
        "loans": Frame("loan_id customer_id balance_yuan status", key="loan_id"),
        "collateral_links": Frame("loan_id collateral_id secured_yuan", key="loan_id collateral_id"),
        "collateral": Frame("collateral_id value_yuan", "registration_order prior_charges_yuan", key="collateral_id"),
        "fall_shares": FRACTION,
    },
    "recovery": {
        "claims": Frame("balance_yuan value_yuan", "loan_id", key="loan_id"),
        "fall_share": FRACTION,
        "cost_share": FRACTION,
        "months": COUNTS,
        "yearly_rate": FRACTION,
    },
    # cost and price
    "loan": {
        "amount_yuan": COUNTS,
        "yearly_rate": FRACTION,
        "months": Number(1.0, is_whole=True),
        "grace_months": Number(0.0, is_whole=True),
    },
    "schedule": {},
    "fee": {"yuan": COUNTS, "rate": FRACTION},
    "true_cost": {},
    "internal_rate": {"amounts": Number(is_column=True), "times": Number(0.0, is_column=True)},
    "break_even_months": {"fixed_rate": FRACTION, "used_rate": FRACTION, "term_months": Number(1.0)},
    "line_statement": {
        "movements": Frame("date drawn_yuan repaid_yuan"),
        "limit_yuan": COUNTS,
        "yearly_rate": FRACTION,
    },
    "price_floor": {
        **{
            name: FRACTION
            for name in (
                "ftp_rate",
                "opex_rate",
                "pd_rate",
                "lgd_share",
                "capital_share",
                "capital_cost_rate",
                "tax_rate",
            )
        },
        "yearly_rate": Number(0.0, 1.0, is_optional=True),
    },
    "risk_weights": {
        "exposures": Frame("kind default_rate lgd_share", "sales_million_eur maturity_years loan_id", key="loan_id")
    },
    "vasicek_loss": {"default_rate": FRACTION, "lgd": FRACTION, "correlation": FRACTION},
    # campaigns
    "campaign_effect": {"members": Frame("customer_id arm has_borrowed", key="by customer_id", labels=("by",))},
    "campaign_power": {
        "base": FRACTION,
        "lift": Number(-1.0, 1.0),
        "power": FRACTION,
        "level": FRACTION,
        "treated": Number(0.0, is_optional=True),
        "control": Number(0.0, is_optional=True),
    },
    "difference_in_differences": {name: Number() for name in ("treated_before", "treated_after", "before", "after")},
    # telling
    "suppress": {
        "cells": Frame("customers_count", together="total_yuan largest_yuan", key="by", labels=("by",)),
        "fewest": COUNTS,
        "dominance_share": FRACTION,
    },
}

#: arguments of the face that hold rows of a table, where they are not called like it
HELD = {"months": "loan_months", "links": "customer_links"}
MEASURES = Path(__file__).resolve().parents[1] / "metrics"


@lru_cache
def column_uses() -> dict[tuple[str, str], tuple[str, ...]]:
    """Return what needs each column of the contracts: ``(table, column)`` -> names of the face, then of measures.

    A name of the face (``ml.par``) needs what its entry in `NEEDS` says. A measure (``quality.npl_bridge``) needs the
    columns of the tables among its arguments that its code, or that of its module's own helpers, speaks of.

    Examples
    --------
    >>> column_uses()["loans", "overdue_days"][:2], ("rms", "hours_month_count") in column_uses()
    (('ml.par', 'ml.quality'), False)
    """
    found: dict[tuple[str, str], dict[str, None]] = {}
    for table, column, name in (*_of_the_face(), *_of_measures()):
        if table in TABLES and column in TABLES[table].names:
            found.setdefault((table, column), {})[name] = None
    return {place: tuple(names) for place, names in found.items()}


def _of_the_face() -> Iterator[tuple[str, str, str]]:
    for name, needs in NEEDS.items():
        for argument, need in needs.items():
            for column in need.columns.split() if isinstance(need, Frame) else ():
                yield HELD.get(argument, argument), column, f"ml.{name}"


def _of_measures() -> Iterator[tuple[str, str, str]]:
    for path in sorted(MEASURES.glob("*.py")):
        made = [each for each in ast.parse(path.read_text(encoding="utf-8")).body if isinstance(each, ast.FunctionDef)]
        spoken = {each.name: _spoken(each) for each in made}
        for measure in (each for each in made if not each.name.startswith("_")):
            words = _reached(measure.name, spoken)
            for table in (each.arg for each in (*measure.args.args, *measure.args.kwonlyargs) if each.arg in TABLES):
                yield from (
                    (table, column, f"{path.stem}.{measure.name}") for column in TABLES[table].names if column in words
                )


def _spoken(function: ast.FunctionDef) -> set[str]:
    """Return the names and short texts of a function's code, its docstring apart."""
    nodes = [node for statement in function.body for node in ast.walk(statement)]
    texts = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    names = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    return texts | names | {node.id for node in nodes if isinstance(node, ast.Name)}


def _reached(name: str, spoken: Mapping[str, set[str]]) -> set[str]:
    """Return what a function and the functions of its module that it calls speak of."""
    words, open_names = set(), [name]
    seen = {name}
    while open_names:
        said = spoken[open_names.pop()]
        words |= said
        called = [each for each in said if each in spoken and each not in seen]
        seen |= {*called}
        open_names += called
    return words
