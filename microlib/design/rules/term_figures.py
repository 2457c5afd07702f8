"""Figures that a rule compares and that the written terms decide by themselves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import NamedTuple

from microlib.contracts.products import Product
from microlib.contracts.regulations import Rule
from microlib.design import costs
from microlib.errors import BadConfig


class Figure(NamedTuple):
    """One figure with where it was found.

    Parameters
    ----------
    value : float or None
        None where the terms do not say.
    evidence : str
        Place in the terms, or what was found there.
    """

    value: float | None
    evidence: str


def term_figure(product: Product, rule: Rule) -> Figure | None:
    """Find the figure that a rule asks for in a product's terms; None where terms cannot decide it.

    Examples
    --------
    >>> from microlib.design.terms import read_product
    >>> stall = read_product(".", product="market_stall", as_of="2026-06-30")
    >>> term_figure(stall, Rule(id="R01", quantity="max_term_months", value=60, text="x", zh="x"))
    Figure(value=24.0, evidence='max_term_months')
    """
    maker = MAKERS.get(rule.quantity)
    return maker(product, rule) if maker else None


def _tenor(product: Product, rule: Rule) -> Figure:
    return Figure(float(product.max_term_months), "max_term_months")


def _line(product: Product, rule: Rule) -> Figure:
    return Figure(float(product.limit.cap_yuan), "limit.cap_yuan")


def _uncontrolled(product: Product, rule: Rule) -> Figure:
    """Take the largest line that none of the rule's controls stands over."""
    found = [control.code for control in product.controls if control.code in rule.codes]
    return Figure(0.0, f"controls.{found[0]}") if found else _line(product, rule)


def _consumer(product: Product, rule: Rule) -> Figure:
    return _line(product, rule) if "person" in product.kinds else Figure(0.0, "kinds")


def _forbidden_fees(product: Product, rule: Rule) -> Figure:
    found = [fee.code for fee in product.fees if fee.payer == "borrower" and fee.code in rule.codes]
    return Figure(float(len(found)), " ".join(f"fees.{code}" for code in found) or "fees")


def _deposit_ties(product: Product, rule: Rule) -> Figure:
    """Count what ties the loan to a deposit: an access rule on deposits, a control or fee, or words that say so."""
    found = [f"access.{each.code}" for each in product.access if each.column == "deposits_yuan"]
    named = {"controls": product.controls, "fees": product.fees, "not_served": product.not_served}
    for part, items in named.items():
        said = {each.code: f"{each.said.zh} {each.said.en}" for each in items}
        hits = [code for code, text in said.items() if code in rule.codes or any(word in text for word in rule.words)]
        found += [f"{part}.{code}" for code in hits]
    exits = [f"exits.{place}" for place, each in enumerate(product.exits, 1) if any(w in each.zh for w in rule.words)]
    return Figure(float(len(found + exits)), " ".join(found + exits) or "access, controls, fees, exits")


def _controls(product: Product, rule: Rule) -> Figure:
    found = [control.code for control in product.controls if control.code in rule.codes]
    return Figure(float(len(found)), " ".join(f"controls.{code}" for code in found) or "controls")


def _exclusions(product: Product, rule: Rule) -> Figure:
    """Count the exclusions asked for; terms that name none have not said, which is no breach yet."""
    found = [item.code for item in product.not_served if item.code in rule.codes]
    return Figure(
        float(len(found)) if found else None, " ".join(f"not_served.{code}" for code in found) or "not_served"
    )


def _needs(product: Product, rule: Rule) -> Figure:
    return Figure(1.0, f"size.{product.size.method}")


def _yearly_cost(product: Product, rule: Rule) -> Figure:
    """Find the yearly cost by IRR (compound) of the largest line; None where the terms give no rate."""
    try:
        found = costs.product_cost(product, amount_yuan=product.limit.cap_yuan, start=date(2026, 1, 1))
    except BadConfig:
        return Figure(None, "fees, repayment")
    return Figure(float(found.set_index("scope").loc["borrower", "eir_rate"]), "eir_rate of limit.cap_yuan")


def _flat(product: Product, rule: Rule) -> Figure:
    is_flat = product.repayment.method == "equal_principal_and_interest"
    return Figure(float(is_flat), f"repayment.{product.repayment.method}")


def _pilot(product: Product, rule: Rule) -> Figure:
    return Figure(float(product.volumes.pilot_yuan), "volumes.pilot_yuan")


MAKERS: dict[str, Callable[[Product, Rule], Figure]] = {
    "max_term_months": _tenor,
    "largest_line_yuan": _line,
    "uncontrolled_line_yuan": _uncontrolled,
    "consumer_line_yuan": _consumer,
    "forbidden_fees_count": _forbidden_fees,
    "deposit_ties_count": _deposit_ties,
    "controls_count": _controls,
    "exclusions_count": _exclusions,
    "needs_sized_count": _needs,
    "annualised_rate": _yearly_cost,
    "flat_rate_count": _flat,
    "pilot_yuan": _pilot,
}
