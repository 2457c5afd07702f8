"""A product's written lines as tables: controls, fees, monitoring, exits; who decides; where people are sent."""

from __future__ import annotations

from typing import Any

import pandas as pd

from microlib.contracts.quantities import Said
from microlib.design.terms import Product

#: where a line's own name would be misread in a table, the name it gets there
RENAMED = {"yuan": "exact_yuan", "rate": "fee_rate"}
#: parts of the terms whose lines bear a code
NAMED = ("access", "not_served", "controls", "fees", "monitoring", "stop_rules")


def written_list(product: Product, *, part: str) -> pd.DataFrame:
    """Lay out one part of the terms as it is written, one row a line, in the product's own words.

    Parameters
    ----------
    product : Product
        The terms.
    part : str
        ``controls``, ``fees``, ``monitoring``, ``exits``, ``access`` or ``stop_rules``.

    Returns
    -------
    DataFrame
        The fields of each line; words as two columns (``said_zh, said_en``), amounts of fees as ``exact_yuan`` (yuan)
        and ``fee_rate`` (fraction). Empty where the product writes nothing there.

    Examples
    --------
    >>> from microlib.design.terms import read_product
    >>> stall = read_product(".", product="market_stall", as_of="2026-06-30")
    >>> written_list(stall, part="controls")["code"].to_list()
    ['collecting_account', 'stall_register']
    """
    return pd.DataFrame([_fields(line) for line in getattr(product, part)])


def referrals(product: Product) -> dict[str, Said]:
    """Return where those are sent whom an access rule or an exclusion names, by its code."""
    return {line.code: line.refer_to for line in (*product.access, *product.not_served)}


def item_titles(product: Product) -> dict[str, Said]:
    """Return the words of every named line of the terms, by its code.

    Examples
    --------
    >>> from microlib.design.terms import read_product
    >>> stall = read_product(".", product="market_stall", as_of="2026-06-30")
    >>> item_titles(stall)["young_business"].en
    '12 months in business'
    """
    return {line.code: line.said for part in NAMED for line in getattr(product, part)}


def owners(product: Product) -> dict[str, Said]:
    """Return who decides when a stop rule fires, by the rule's code."""
    return {rule.code: rule.owner for rule in product.stop_rules}


def _fields(line: Any) -> dict[str, Any]:
    if isinstance(line, Said):
        return _both("said", line)
    found: dict[str, Any] = {}
    for name in type(line).model_fields:
        value = getattr(line, name)
        found |= _both(name, value) if isinstance(value, Said) else {RENAMED.get(name, name): _plain(value)}
    return found


def _both(name: str, said: Said) -> dict[str, str]:
    return {f"{name}_zh": said.zh, f"{name}_en": said.en}


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, bool | int | str) else _number(value)


def _number(value: Any) -> Any:
    return " ".join(map(str, value)) if isinstance(value, tuple) else float(value)
