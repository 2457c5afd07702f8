"""What a bank may say of a product to anybody: the terms that stand in its leaflets, and no others."""

from __future__ import annotations

from decimal import Decimal

import pandas as pd

from microlib.contracts.quantities import Said
from microlib.design.terms import Product

COLUMNS = ["item", "value", "other_value", "codes", "said_zh", "said_en"]


def public_terms(product: Product) -> pd.DataFrame:
    """Return a product's public terms, one row each, in the order in which a customer asks for them.

    Answers "what may stand on a sheet that leaves the bank?" Access rules, caps of sources and programmes, expected
    volumes, controls, monitoring and stop rules are the bank's own and are never among them.

    Parameters
    ----------
    product : Product
        The terms.

    Returns
    -------
    DataFrame
        ``item`` (purpose, kinds, largest_amount, term, yearly_rate, repayment, secured, fee), ``value`` (yuan, months,
        fraction a year), ``other_value`` (the upper end of the term), ``codes`` (English words with blanks), and a
        text in both languages where the terms are worded.

    Examples
    --------
    >>> from microlib.design.terms import read_product
    >>> stall = read_product(".", product="market_stall", as_of="2026-06-30")
    >>> public_terms(stall).set_index("item")["value"].dropna().to_dict()
    {'largest_amount': 500000.0, 'term': 3.0, 'yearly_rate': 0.0585}
    """
    rows = [
        _row("purpose", said=product.purpose),
        _row("kinds", codes=" ".join(product.kinds)),
        _row("largest_amount", value=product.limit.cap_yuan),
        _row("term", value=product.min_term_months, other=product.max_term_months),
        _row("yearly_rate", value=product.yearly_rate),
        _row("repayment", codes=product.repayment.method),
        _row("secured", codes=product.secured),
        *(_row("fee", said=fee.said) for fee in product.fees if fee.payer == "borrower"),
    ]
    return pd.DataFrame(rows, columns=COLUMNS).astype({"value": "float64", "other_value": "float64"})


def _row(
    item: str,
    *,
    value: Decimal | int | None = None,
    other: int | None = None,
    codes: str = "",
    said: Said | None = None,
) -> tuple:
    numbers = (None if each is None else float(each) for each in (value, other))
    return (item, *numbers, codes, said.zh if said else "", said.en if said else "")
