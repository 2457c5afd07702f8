"""A product's written terms as tables: lines, what may be said in public, and the policy values it rests on."""

from __future__ import annotations

from decimal import Decimal

import pandas as pd
from pydantic import BaseModel

from microlib.contracts.documents import Bilingual
from microlib.contracts.policy import Policy
from microlib.contracts.product import Product
from microlib.stats.grouping import one_row

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


def referrals(product: Product) -> dict[str, Bilingual]:
    """Return where those are sent whom an access rule or an exclusion names, by its code."""
    return {line.code: line.refer_to for line in (*product.access, *product.not_served)}


def item_titles(product: Product) -> dict[str, Bilingual]:
    """Return the words of every named line of the terms, by its code.

    Examples
    --------
    >>> from microlib.design.terms import read_product
    >>> stall = read_product(".", product="market_stall", as_of="2026-06-30")
    >>> item_titles(stall)["young_business"].en
    '12 months in business'
    """
    return {line.code: line.said for part in NAMED for line in getattr(product, part)}


def owners(product: Product) -> dict[str, Bilingual]:
    """Return who decides when a stop rule fires, by the rule's code."""
    return {rule.code: rule.owner for rule in product.stop_rules}


def row_titles(rows: pd.DataFrame, *, key: str, name: str) -> dict[str, dict[str, str]]:
    """Return what the rows of a table are called, by their key: the first name of each, the same in both languages.

    Examples
    --------
    >>> row_titles(pd.DataFrame({"core_id": ["H01"], "name": ["First Hospital"]}), key="core_id", name="name")
    {'H01': {'zh': 'First Hospital', 'en': 'First Hospital'}}
    """
    first = rows.drop_duplicates(key).astype({key: "str", name: "str"})
    return {code: {"zh": said, "en": said} for code, said in zip(first[key], first[name], strict=True)}


def _fields(line: BaseModel) -> dict[str, object]:
    if isinstance(line, Bilingual):
        return _both("said", line)
    found: dict[str, object] = {}
    for name in type(line).model_fields:
        value = getattr(line, name)
        found |= _both(name, value) if isinstance(value, Bilingual) else {RENAMED.get(name, name): _plain(value)}
    return found


def _both(name: str, said: Bilingual) -> dict[str, str]:
    return {f"{name}_zh": said.zh, f"{name}_en": said.en}


def _plain(value: object) -> object:
    return value if value is None or isinstance(value, bool | int | str) else _number(value)


def _number(value: Decimal | float | tuple[str, ...]) -> float | str:
    return " ".join(map(str, value)) if isinstance(value, tuple) else float(value)


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
    said: Bilingual | None = None,
) -> tuple:
    numbers = (None if each is None else float(each) for each in (value, other))
    return (item, *numbers, codes, said.zh if said else "", said.en if said else "")


#: row of the list -> part and key of the policy, unit
ITEMS = {
    "lpr_rate": ("pricing", "lpr_rate", "fraction"),
    "ftp_rate": ("pricing", "ftp_rate", "fraction"),
    "opex_rate": ("pricing", "opex_rate", "fraction"),
    "opex_loan": ("pricing", "opex_loan_yuan", "exact"),
    "lgd_share": ("pricing", "lgd", "fraction"),
    "capital_ratio": ("pricing", "capital_ratio", "fraction"),
    "risk_weight": ("pricing", "risk_weight", "fraction"),
    "capital_cost_rate": ("pricing", "capital_cost_rate", "fraction"),
    "income_tax_rate": ("pricing", "income_tax_rate", "fraction"),
    "notional_months": ("limits", "notional_months", "months"),
    "cash_quantile": ("limits", "cash_quantile", "fraction"),
    "dscr_minimum": ("limits", "dscr_minimum", "ratio"),
    "group_cap": ("limits", "group_cap_yuan", "yuan"),
    "source_cap": ("limits", "source_cap_yuan", "yuan"),
    "pd_high": ("stress", "pd_high", "fraction"),
    "lgd_high": ("stress", "lgd_high", "fraction"),
}


def policy_values(product: Product, *, policy: Policy, register: pd.DataFrame) -> pd.DataFrame:
    """List the policy values behind a product's limits, price and stress, and say which nobody has verified.

    Parameters
    ----------
    product : Product
        Its channel and main security choose among values by code.
    policy : Policy
        Values in force.
    register : DataFrame
        Result of `terms.policy_register`: ``part, key, status, from_date``. Not modified.

    Returns
    -------
    DataFrame
        One row per value: ``item`` (code), ``value, unit``, ``status`` (``verified``, ``unverified``), ``from_date``

    Examples
    --------
    >>> from microlib.design.terms import policy_register, read_policy, read_product
    >>> stall = read_product(".", product="market_stall", as_of="2026-06-30")
    >>> found = policy_values(stall, policy=read_policy(".", as_of="2026-06-30"),
    ...                       register=policy_register(".", as_of="2026-06-30"))
    >>> found.loc[found["item"] == "lgd_share", "value"].item()
    0.45
    """
    chosen = {"opex_loan_yuan": product.channel, "lgd": product.secured}
    rows = []
    for item, (part, key, unit) in ITEMS.items():
        value = getattr(getattr(policy, part), key)
        number = value[chosen[key]] if key in chosen else value
        written = one_row(register, "register", part=part, key=key)
        rows.append((item, float(number), unit, written["status"], written["from_date"]))
    return pd.DataFrame(rows, columns=["item", "value", "unit", "status", "from_date"])
