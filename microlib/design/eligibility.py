"""Who may borrow: access rules as a waterfall, who is not served and sent where, which evidence is missing.

A rule whose evidence is missing neither passes nor fails: `missing_evidence` says what would tell it.
"""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pandas as pd

from microlib.contracts.policy import LimitsPolicy
from microlib.contracts.product import AccessRule, Product
from microlib.design.applicants import AMORTISING, months_tested
from microlib.design.limits import ROUNDING
from microlib.errors import BadData
from microlib.stats.grouping import told_apart


def screen_applicants(applicants: pd.DataFrame, *, product: Product) -> pd.DataFrame:
    """Apply the access rules in their order and say of each applicant what came out.

    Answers "whom do we serve, whom not and why, and of whom do we not know enough?" A rule whose evidence is missing
    neither passes nor fails: it is to be verified.

    Parameters
    ----------
    applicants : DataFrame
        Result of `applicants.applicant_frame`. Not modified.
    product : Product
        Its ``access`` rules.

    Returns
    -------
    DataFrame
        `applicants` with

        - ``outcome``: ``eligible``, ``to_be_verified`` (no rule fails, at least one lacks evidence), ``not_served``
        - ``failed_rule``: code of the first rule that fails, else missing
        - ``unverified_rules``: codes without evidence among rules before that one, with blanks between; may be empty

    Raises
    ------
    BadData
        If a column that a rule asks about is absent.
    """
    tests = [rule_outcome(applicants, rule) for rule in product.access]
    fails = np.array([verdict == "fail" for verdict in tests])
    unknown = np.array([verdict == "unknown" for verdict in tests])
    codes = np.array([rule.code for rule in product.access], dtype=object)
    first = np.where(fails.any(axis=0), fails.argmax(axis=0), len(codes))
    open_rules = [
        " ".join(codes[(unknown[:, place]) & (np.arange(len(codes)) < first[place])])
        for place in range(len(applicants))
    ]
    outcome = np.select([first < len(codes), unknown.any(axis=0)], ["not_served", "to_be_verified"], "eligible")
    return applicants.assign(
        outcome=pd.Series(outcome, index=applicants.index, dtype="str"),
        failed_rule=pd.Series(np.append(codes, None)[first], index=applicants.index, dtype="str"),
        unverified_rules=pd.Series(open_rules, index=applicants.index, dtype="str"),
    )


def access_waterfall(applicants: pd.DataFrame, *, product: Product) -> pd.DataFrame:
    """Count, rule by rule, who passes, who fails and who is to be verified among those still in.

    Parameters
    ----------
    applicants : DataFrame
        Result of `applicants.applicant_frame`. Not modified.

    Returns
    -------
    DataFrame
        One row per rule, ``step`` from 1, and a first row ``step`` 0, rule ``all``

        - ``rule`` (code), ``entering_count``, ``passing_count``, ``failing_count``, ``unverified_count`` (these three
          sum to entering), ``remaining_count`` (passing and unverified)
        - ``failing_alone_count``: who would fail the rule if it were the only one
        - ``remaining_share`` (fraction of all applicants)

    Raises
    ------
    BadData
        If a column that a rule asks about is absent.
    """
    total, still = len(applicants), np.ones(len(applicants), dtype=bool)
    rows = [(0, "all", total, total, 0, 0, total, 0)]
    for step, rule in enumerate(product.access, 1):
        verdict = rule_outcome(applicants, rule)
        entering, failing = int(still.sum()), int((still & (verdict == "fail")).sum())
        passing, unknown = int((still & (verdict == "pass")).sum()), int((still & (verdict == "unknown")).sum())
        still &= verdict != "fail"
        alone = int((verdict == "fail").sum())
        rows.append((step, rule.code, entering, passing, failing, unknown, int(still.sum()), alone))
    names = ["entering", "passing", "failing", "unverified", "remaining", "failing_alone"]
    frame = pd.DataFrame(rows, columns=["step", "rule", *(f"{name}_count" for name in names)])
    return frame.assign(remaining_share=frame["remaining_count"] / max(total, 1))


def not_served_list(screened: pd.DataFrame, *, product: Product) -> pd.DataFrame:
    """Count those not served by the product's own exclusions, for page one.

    Parameters
    ----------
    screened : DataFrame
        Result of `screen_applicants`. Not modified.

    Returns
    -------
    DataFrame
        One row per exclusion, then one per access rule that no exclusion names but someone fails

        - ``exclusion`` (code), ``rule`` (code, missing where no rule counts them), ``customers_count`` (missing then)
        - ``said_zh, said_en, refer_zh, refer_en``: the product's own words for who it is and where they are sent
    """
    counts = screened["failed_rule"].value_counts()
    named = {item.rule for item in product.not_served}
    rest = [rule for rule in product.access if rule.code not in named and counts.get(rule.code, 0)]
    listed = [(item.code, item.rule, item) for item in product.not_served]
    listed += [(rule.code, rule.code, rule) for rule in rest]
    return pd.DataFrame(
        {
            "exclusion": [code for code, _, _ in listed],
            "rule": pd.Series([rule for _, rule, _ in listed], dtype="str"),
            "customers_count": pd.Series([_count(counts, rule) for _, rule, _ in listed], dtype="Int64"),
            "is_failed_rule": [code == rule for code, rule, _ in listed],
            "said_zh": [item.said.zh for _, _, item in listed],
            "said_en": [item.said.en for _, _, item in listed],
            "refer_zh": [item.refer_to.zh for _, _, item in listed],
            "refer_en": [item.refer_to.en for _, _, item in listed],
        }
    )


def _count(counts: pd.Series, rule: str | None) -> int | None:
    return None if rule is None else int(counts.get(rule, 0))


def rule_outcome(applicants: pd.DataFrame, rule: AccessRule) -> np.ndarray:
    """Return ``pass``, ``fail`` or ``unknown`` for each applicant under one rule.

    Raises
    ------
    BadData
        If the column that the rule asks about is absent.
    """
    if rule.column not in applicants:
        raise BadData(f"no column {rule.column} for rule {rule.code}", where="applicants", fix="use applicant_frame")
    values = applicants[rule.column]
    wanted = float(rule.value) if isinstance(rule.value, Decimal) else rule.value
    holds = {
        "at_least": lambda: values >= wanted,
        "at_most": lambda: values <= wanted,
        "equals": lambda: values == wanted,
        "one_of": lambda: values.isin(wanted),
        "none_of": lambda: ~values.isin(wanted),
    }[rule.test]()
    passed = holds.fillna(False).to_numpy(dtype=bool)
    return np.select([values.isna().to_numpy(), passed], ["unknown", "pass"], "fail")


EXAMPLES = 10
FLOWS = {"flows": "flow_months", "invoices": "invoices"}
#: tables that hold what an access rule asks about; any other column stands in the customer file
EVIDENCE_BY_TABLE = {
    "core_payables": ("source_share", "source_id", "receivable_yuan", "paid_12m_yuan", "payment_delay_days"),
    "invoices": ("invoice_months_count", "void_share", "negative_share", "top_buyer_share"),
    "invoices flow_months": ("turnover_yuan", "cash_month_yuan"),
    "flow_months": ("flow_months_count",),
    "loans": ("overdue_days", "class5", "is_npl", "extensions_count", "balance_yuan", "debt_service_yuan"),
    "collateral": ("collateral_yuan",),
    "customer_links": ("linked_count", "group_yuan"),
}
CAPS = [
    "need_cap_yuan",
    "repayment_cap_yuan",
    "maturity_cap_yuan",
    "collateral_cap_yuan",
    "group_cap_yuan",
    "source_cap_yuan",
]
SHOWN = ["customer_id", *CAPS, "product_cap_yuan", "limit_yuan", "bound_by", "reason"]


def missing_evidence(limits: pd.DataFrame, screened: pd.DataFrame, *, product: Product) -> pd.DataFrame:
    """Count whose access or limit waits for evidence, and say which table would bring it.

    Answers "nineteen are to be verified: what must the manager ask for?"

    Parameters
    ----------
    limits : DataFrame
        Result of `limits.size_limits`: ``missing``. Not modified.
    screened : DataFrame
        Result of `screen_applicants`: ``outcome, unverified_rules``. Not modified.
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
        Result of `screen_applicants`. Not modified.

    Returns
    -------
    DataFrame
        ``customer_id``, ``existing_yuan`` (own loans the line would replace), ``unverified_rules`` (codes of access
        rules), ``missing`` (caps); codes with blanks between, empty where none. No name.
    """
    rules = told_apart(screened, key=["customer_id"], table="screened").set_index("customer_id")["unverified_rules"]
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
        is sized); ``short_count, short_share`` (of the yuan): lines whose own cash until maturity does not repay them;
        ``wanted_count, wanted_yuan``: lines as they would be without the cap at maturity; ``beyond_count``: those of
        them that cash could not repay; ``cut_yuan, cut_share``: what that cap takes off them

    Examples
    --------
    >>> from microlib.design.terms import read_policy, read_product
    >>> terms = read_product(".", product="hospital_supplier", as_of="2026-06-30")
    >>> lines = pd.DataFrame({"reason": ["sized"], "coverage_ratio": [1.5], "maturity_coverage_ratio": [1.1],
    ...     "missing": "", "limit_yuan": [3e5], "need_cap_yuan": [5e5], "maturity_cap_yuan": [3e5]})
    >>> policy = read_policy(".", as_of="2026-06-30").limits
    >>> coverage_summary(lines, product=terms, policy=policy)[["tested_months", "short_count", "cut_yuan"]]
       tested_months  short_count  cut_yuan
    0             36            0  200000.0
    """
    sized = limits[limits["reason"] == "sized"]
    months = months_tested(product, policy)
    short = sized["maturity_coverage_ratio"] < 1
    wanted = _wanted(limits, product)
    beyond = wanted > limits.get("maturity_cap_yuan", pd.Series(np.nan, index=limits.index)).fillna(np.inf)
    cut = float((wanted - limits["limit_yuan"]).clip(lower=0)[beyond].sum())
    return pd.DataFrame(
        {
            "tested_months": [months],
            "is_notional": [product.repayment.method not in AMORTISING],
            "sized_count": [len(sized)],
            "coverage_ratio": [sized["coverage_ratio"].median()],
            "maturity_coverage_ratio": [sized["maturity_coverage_ratio"].median()],
            "short_count": [int(short.sum())],
            "short_share": [sized.loc[short, "limit_yuan"].sum() / sized["limit_yuan"].sum() if len(sized) else np.nan],
            "wanted_count": [int((wanted > 0).sum())],
            "wanted_yuan": [float(wanted.sum())],
            "beyond_count": [int(beyond.sum())],
            "cut_yuan": [cut],
            "cut_share": [cut / wanted.sum() if wanted.sum() > 0 else np.nan],
        }
    ).astype({"is_notional": bool})


def _wanted(limits: pd.DataFrame, product: Product) -> pd.Series:
    """Return the lines that all caps but the one at maturity would give; nothing where a cap is missing."""
    others = [name for name in limits if name.endswith("_cap_yuan") and name != "maturity_cap_yuan"]
    smallest = limits[others].min(axis="columns")
    unit, floor = product.limit.unit_yuan, product.limit.floor_yuan
    rounded = np.floor((smallest + ROUNDING) / unit) * unit
    return rounded.where((rounded >= floor) & (limits["missing"] == ""), 0.0)


def _table(column: str) -> str:
    return next((table for table, columns in EVIDENCE_BY_TABLE.items() if column in columns), "customers")


def _cap_tables(product: Product) -> dict[str, str]:
    cash = " ".join(FLOWS[source] for source in product.limit.cash_evidence)
    owed = product.size.method == "receivables"
    cover = "core_payables" if product.limit.collateral == "assignment" else "collateral"
    need = "core_payables" if owed else "invoices flow_months"
    return {"need": need, "repayment": cash, "collateral": cover, "source": "core_enterprises"}
