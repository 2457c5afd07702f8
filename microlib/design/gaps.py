"""What is not known about applicants and what would tell it; a sample of lines; how well sized lines are covered."""

from __future__ import annotations

import pandas as pd

from microlib.contracts.policies import LimitsPolicy
from microlib.contracts.products import Product
from microlib.design.capacities import AMORTISING, tested_months

EXAMPLES = 10
FLOWS = {"flows": "flow_months", "invoices": "invoices"}
#: tables that hold what an access rule asks about; any other column stands in the customer file
ASKED = {
    "core_payables": ("source_share", "source_id", "receivable_yuan", "paid_12m_yuan", "payment_delay_days"),
    "invoices": ("invoice_months_count", "void_share", "negative_share", "top_buyer_share"),
    "invoices flow_months": ("turnover_yuan", "cash_month_yuan"),
    "flow_months": ("flow_months_count",),
    "loans": ("overdue_days", "class5", "is_npl", "extensions_count", "balance_yuan", "debt_service_yuan"),
    "collateral": ("collateral_yuan",),
    "customer_links": ("linked_count", "group_yuan"),
}
CAPS = ["need_cap_yuan", "repayment_cap_yuan", "collateral_cap_yuan", "group_cap_yuan", "source_cap_yuan"]
SHOWN = ["customer_id", *CAPS, "product_cap_yuan", "limit_yuan", "bound_by", "reason"]


def missing_evidence(limits: pd.DataFrame, screened: pd.DataFrame, *, product: Product) -> pd.DataFrame:
    """Count whose access or limit waits for evidence, and say which table would bring it.

    Answers "nineteen are to be verified: what must the manager ask for?"

    Parameters
    ----------
    limits : DataFrame
        Result of `limits.size_limits`: ``missing``. Not modified.
    screened : DataFrame
        Result of `eligibility.screen_applicants`: ``outcome, unverified_rules``. Not modified.
    product : Product
        Its rules and evidence.

    Returns
    -------
    DataFrame
        Most customers first: ``part`` (``access``, ``limits``), ``gap`` (code of the rule or of the cap),
        ``customers_count`` (one customer may lack several), ``table_name`` (tables, with blanks between)
    """
    rules = {rule.code: _table(rule.column) for rule in product.access}
    caps = _cap_tables(product)
    open_rules = screened.loc[screened["outcome"] == "to_be_verified", "unverified_rules"]
    pieces = [("access", open_rules, rules), ("limits", limits["missing"], caps)]
    rows = [
        (part, code, int(count), tables.get(code, ""))
        for part, lacking, tables in pieces
        for code, count in lacking.str.split().explode().dropna().value_counts().items()
    ]
    found = pd.DataFrame(rows, columns=["part", "gap", "customers_count", "table_name"])
    order = ["customers_count", "part", "gap"]
    return found.sort_values(order, ascending=[False, True, True]).reset_index(drop=True)


def waiting_list(limits: pd.DataFrame, screened: pd.DataFrame) -> pd.DataFrame:
    """List by customer number whose access or limit waits for evidence, the largest present balance first.

    Parameters
    ----------
    limits : DataFrame
        Result of `limits.size_limits`. Not modified.
    screened : DataFrame
        Result of `eligibility.screen_applicants`. Not modified.

    Returns
    -------
    DataFrame
        ``customer_id``, ``existing_yuan`` (own loans the line would replace), ``unverified_rules`` (codes of access
        rules), ``missing`` (caps); codes with blanks between, empty where none. No name.
    """
    rules = screened.set_index("customer_id")["unverified_rules"]
    listed = limits.assign(unverified_rules=limits["customer_id"].map(rules).fillna("").astype("str"))
    waiting = listed[(listed["missing"] != "") | (listed["unverified_rules"] != "")]
    ordered = waiting.sort_values(["existing_yuan", "customer_id"], ascending=[False, True])
    return ordered[["customer_id", "existing_yuan", "unverified_rules", "missing"]].reset_index(drop=True)


def limit_examples(limits: pd.DataFrame, *, most: int = EXAMPLES) -> pd.DataFrame:
    """Choose some members whose lines show every way of being bound, refused or left to be verified.

    Parameters
    ----------
    limits : DataFrame
        Result of `limits.size_limits`. Not modified.
    most : int
        How many.

    Returns
    -------
    DataFrame
        In turn the first customer of each kind, then the second of each …: ``customer_id``, the six caps,
        ``limit_yuan, bound_by, reason``; largest line first. No name.
    """
    ordered = limits.sort_values("customer_id")
    turn = ordered.groupby(["reason", "bound_by"]).cumcount()
    chosen = ordered.assign(turn=turn).sort_values(["turn", "reason", "bound_by"], kind="stable").head(most)
    return chosen.sort_values(["limit_yuan", "customer_id"], ascending=[False, True])[SHOWN].reset_index(drop=True)


def coverage_summary(limits: pd.DataFrame, *, product: Product, policy: LimitsPolicy) -> pd.DataFrame:
    """Say how well the cash of a poor month covers the sized lines, as if repaid, and their principal at maturity.

    Returns
    -------
    DataFrame
        One row: ``tested_months``; ``is_notional`` (principal comes back only at the end, so repayment is tested as if
        it were spread); ``sized_count``; ``coverage_ratio, maturity_coverage_ratio`` (medians; missing where no line
        is sized); ``short_count``: lines whose cash until maturity is less than their principal

    Examples
    --------
    >>> from microlib.design.terms import read_policy, read_product
    >>> terms = read_product(".", product="hospital_supplier", as_of="2026-06-30")
    >>> lines = pd.DataFrame({"reason": ["sized"], "coverage_ratio": [1.5], "maturity_coverage_ratio": [0.6]})
    >>> policy = read_policy(".", as_of="2026-06-30").limits
    >>> coverage_summary(lines, product=terms, policy=policy)[["tested_months", "short_count"]]
       tested_months  short_count
    0             36            1
    """
    sized = limits[limits["reason"] == "sized"]
    months = tested_months(product, policy)
    return pd.DataFrame({
        "tested_months": [months],
        "is_notional": [product.repayment.method not in AMORTISING],
        "sized_count": [len(sized)],
        "coverage_ratio": [sized["coverage_ratio"].median()],
        "maturity_coverage_ratio": [sized["maturity_coverage_ratio"].median()],
        "short_count": [int((sized["maturity_coverage_ratio"] < 1).sum())],
    }).astype({"is_notional": bool})  # fmt: skip


def _table(column: str) -> str:
    return next((table for table, columns in ASKED.items() if column in columns), "customers")


def _cap_tables(product: Product) -> dict[str, str]:
    cash = " ".join(FLOWS[source] for source in product.limit.cash_evidence)
    owed = product.size.method == "receivables"
    cover = "core_payables" if product.limit.collateral == "assignment" else "collateral"
    need = "core_payables" if owed else "invoices flow_months"
    return {"need": need, "repayment": cash, "collateral": cover, "source": "core_enterprises"}
