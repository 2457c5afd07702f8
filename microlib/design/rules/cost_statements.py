"""A draft of the statement of the whole cost of a loan (综合融资成本明示表): every item, payer, basis, yearly rate."""

from __future__ import annotations

from datetime import date

import pandas as pd

from microlib.contracts.disclosures import DisclosurePolicy
from microlib.design import costs, dated_files
from microlib.design.terms import Product

COLUMNS = ["section", "item", "said_zh", "said_en", "payer", "basis", "rate", "exact_yuan", "falls_due", "yearly_rate",
           "counting", "is_stated"]  # fmt: skip


def read_disclosure(home: dated_files.Place, *, as_of: date | str) -> DisclosurePolicy:
    """Read what the statement adds to a product's terms, as it stands on a day.

    Raises
    ------
    BadConfig
        If ``data/policies/disclosure.toml`` is not there, breaks its model, or a value has not begun.
    """
    path = dated_files.home_at(home).config("policies") / "disclosure.toml"
    return dated_files.read_at(path, DisclosurePolicy, as_of=dated_files.day_at(as_of))


def cost_statement(
    product: Product, *, amount_yuan: float, start: date, policy: DisclosurePolicy, term_months: int = 0
) -> pd.DataFrame:
    r"""Draft the statement that a borrower is to read before signing.

    Answers "what does this loan cost me in all, who pays what, and what if I pay late?" The yearly rate solves
    :math:`\sum_t C_t (1+i)^{-t} = 0` over the loan's own cash flows; compound is :math:`(1+i)^{12} - 1`, simple
    :math:`12 i`.

    Parameters
    ----------
    product : Product
        Rate, repayment and every fee, whoever pays it.
    amount_yuan : float
        Yuan, > 0.
    start : date
        Day of paying out.
    policy : DisclosurePolicy
        Penalty interest, and which counting is the stated one.
    term_months : int
        Months; by default the longest tenor.

    Returns
    -------
    DataFrame
        Rows by ``section``:

        - ``loan``: ``amount``; ``interest`` and ``fee`` items with ``payer``, ``basis`` (``balance``, ``amount``,
          ``fixed``), ``rate`` (fraction of the basis), ``exact_yuan`` over the whole loan, ``falls_due``
        - ``total``: ``borrower_total``, ``others_total``
        - ``yearly``: the rate on the contract and the yearly cost, once by compound and once by simple counting, for
          what the borrower pays and as if the borrower paid everything (``payer`` ``borrower``, ``all``);
          ``is_stated`` marks the one that stands on the form
        - ``default``: penalty interest when late and when misused (``yearly_rate``; yuan for 100 days of the whole
          amount is not forecast)

        ``said_zh, said_en`` carry the product's own words for its fees, else are empty.

    Raises
    ------
    BadConfig
        If the terms make no schedule or the flows have no rate.

    Notes
    -----
    A draft: the form, the order of items and the wording are the regulator's to fix; rules R08 and R24 are unverified.

    Examples
    --------
    >>> from microlib.design.terms import read_product
    >>> farm = read_product(".", product="farm_household", as_of="2026-06-30")
    >>> terms = read_disclosure(".", as_of="2026-06-30")
    >>> found = cost_statement(farm, amount_yuan=100_000, start=date(2026, 3, 1), policy=terms)
    >>> found.loc[found.section == "loan", ["item", "payer"]].values.tolist()[1:]
    [['interest', 'borrower'], ['crop_insurance_premium', 'borrower']]
    """
    loan = costs.Loan.of(product, amount_yuan=amount_yuan, start=start, term_months=term_months)
    flows = costs.loan_flows(loan, fees=product.fees)
    found = costs.true_cost(flows).set_index("scope")
    rows = [*_items(product, loan), *_totals(found, flows), *_yearly(product, found, policy)]
    rate = float(product.yearly_rate)
    rows += [
        {"section": "default", "item": item, "payer": "borrower", "basis": "balance", "yearly_rate": rate * (1 + more)}
        for item, more in (("overdue", policy.overdue_markup_share), ("misuse", policy.misuse_markup_share))
    ]
    frame = pd.DataFrame(rows).reindex(columns=COLUMNS)
    texts = ["said_zh", "said_en", "payer", "basis", "falls_due", "counting"]
    return frame.assign(
        **{name: frame[name].fillna("").astype("str") for name in texts},
        is_stated=frame["is_stated"].fillna(False).astype("bool"),
    )


def _items(product: Product, loan: costs.Loan) -> list[dict]:
    flows = costs.loan_flows(loan)
    interest = -float(flows.loc[flows["kind"] == "interest", "amount_yuan"].sum())
    rows = [
        {"section": "loan", "item": "amount", "payer": "bank", "basis": "amount",
         "exact_yuan": float(loan.amount_yuan)},
        {"section": "loan", "item": "interest", "payer": "borrower", "basis": "balance",
         "rate": float(product.yearly_rate), "exact_yuan": interest, "falls_due": loan.method},
    ]  # fmt: skip
    for fee in product.fees:
        paid = costs.loan_flows(loan, fees=[fee])
        amount = -float(paid.loc[paid["kind"] == "fee", "amount_yuan"].sum())
        rows.append({
            "section": "loan", "item": fee.code, "said_zh": fee.said.zh, "said_en": fee.said.en, "payer": fee.payer,
            "basis": fee.basis, "rate": float(fee.rate) or None, "exact_yuan": amount, "falls_due": fee.when,
        })  # fmt: skip
    return rows


def _totals(found: pd.DataFrame, flows: pd.DataFrame) -> list[dict]:
    others = flows[(flows["kind"] == "fee") & (flows["payer"] != "borrower")]
    return [
        {"section": "total", "item": "borrower_total", "payer": "borrower",
         "exact_yuan": float(found.loc["borrower", "total_cost_yuan"])},
        {"section": "total", "item": "others_total", "payer": "others",
         "exact_yuan": -float(others["amount_yuan"].sum()) + 0.0},
    ]  # fmt: skip


def _yearly(product: Product, found: pd.DataFrame, policy: DisclosurePolicy) -> list[dict]:
    rows = [{"section": "yearly", "item": "contract_rate", "payer": "borrower", "counting": "nominal",
             "yearly_rate": float(product.yearly_rate)}]  # fmt: skip
    for scope, payer in (("borrower", "borrower"), ("all_payers", "all")):
        for counting, name in (("compound", "eir_rate"), ("simple", "apr_rate")):
            rows.append({
                "section": "yearly", "item": "yearly_cost", "payer": payer, "counting": counting,
                "yearly_rate": float(found.loc[scope, name]),
                "is_stated": payer == "borrower" and counting == policy.counting,
            })  # fmt: skip
    return rows
