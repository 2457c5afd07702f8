"""Rules held against a product and a book: pass, fail or unknown with evidence; protections; cost statement.

`check_rules` judges a product's terms and figures, `check_portfolio` what is on the books,
`customer_protection` the principles (客户保护), `cost_statement` drafts the disclosure (综合融资成本明示表).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import NamedTuple

import numpy as np
import pandas as pd

from microlib.contracts.policy import Policy
from microlib.contracts.product import Product
from microlib.contracts.rules import DisclosurePolicy, Principle, Rule
from microlib.design.cost import loan_flows, product_cost, true_cost
from microlib.design.schedules import Loan
from microlib.design.terms import Place, Written, day_at, home_at, read_at, read_dated
from microlib.errors import BadConfig
from microlib.metrics.conduct import ELSEWHERE_MEMOS, ELSEWHERE_PAYEES
from microlib.metrics.loans import is_live
from microlib.stats.grouping import told_apart
from microlib.stats.intervals import rate_interval


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
        found = product_cost(product, amount_yuan=product.limit.cap_yuan, start=date(2026, 1, 1))
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
RULE_STATES = ("fail", "unknown", "unverified_pass", "pass", "not_in_force", "not_applicable")
UNITS = {
    "_months": "months",
    "_yuan": "yuan",
    "_count": "items",
    "_days": "days",
    "_rate": "fraction",
    "_share": "fraction",
}
RULE_COLUMNS = [
    "rule",
    "id",
    "quantity",
    "test",
    "limit_value",
    "value",
    "unit",
    "state",
    "status",
    "from_date",
    "evidence",
    "source",
    "said_zh",
    "said_en",
]
SLACK = 1e-9


def read_rules(home: object, *, as_of: date | str) -> tuple[Written, ...]:
    """Read all rules of law, of supervisors and of the house; those that begin later say so.

    Raises
    ------
    BadConfig
        If a rule is not dated, names no source, or asks for a figure that the workbench does not know.
    """
    return read_dated(home, part="regulation", table="rules", model=Rule, as_of=as_of)


def check_rules(
    rules: tuple[Written, ...], *, product: Product, policy: Policy, figures: Mapping[str, float] | None = None
) -> pd.DataFrame:
    """Hold every rule against a product's terms and the figures found in tables and results.

    Answers "is any rule broken, and which of them has nobody confirmed?"

    Parameters
    ----------
    rules : tuple of Written
        Result of `read_rules`.
    product : Product
        The terms.
    policy : Policy
        Where a rule's number is a policy value.
    figures : mapping, optional
        Results of `book_figures` and `design_figures`; a figure that is not there leaves its
        rule unknown.

    Returns
    -------
    DataFrame
        One row per rule, the worst state first, then by ``id``

        - ``rule, id, quantity, test, limit_value, value, unit``; numbers missing where a person decides or nothing
          is known
        - ``state``: ``fail``; ``unknown`` (no evidence, or a person decides); ``unverified_pass``: it holds as we
          understand it, but nobody has confirmed the rule, so it is not green; ``pass``; ``not_in_force``;
          ``not_applicable``
        - ``status`` (``verified``, ``unverified``), ``from_date``, ``evidence`` (place in the terms,
          ``figures.<name>``, ``missing.<name>`` or ``person``), ``source``, ``said_zh, said_en``

    Raises
    ------
    BadConfig
        If a rule names a policy value that does not exist.

    Examples
    --------
    >>> from microlib.design.terms import read_policy, read_product
    >>> day = "2026-06-30"
    >>> stall = read_product(".", product="market_stall", as_of=day)
    >>> found = check_rules(read_rules(".", as_of=day), product=stall, policy=read_policy(".", as_of=day))
    >>> found.loc[found["rule"] == "personal_business_term", "state"].item()
    'unverified_pass'
    """
    rows = [_rule_row(rule, product=product, policy=policy, figures=figures or {}) for rule in rules]
    frame = pd.DataFrame(rows, columns=RULE_COLUMNS).astype({"limit_value": "float64", "value": "float64"})
    rank = frame["state"].map({state: place for place, state in enumerate(RULE_STATES)})
    return frame.assign(_rank=rank).sort_values(["_rank", "id"], kind="stable", ignore_index=True)[RULE_COLUMNS]


def _rule_row(written: Written, *, product: Product, policy: Policy, figures: Mapping[str, float]) -> tuple:
    rule = written.terms
    limit = _limit(rule, policy)
    figure = term_figure(product, rule) or _found(rule, figures)
    state = _state(written, product, figure, limit)
    shown = figure if state not in ("not_applicable", "not_in_force") else Figure(None, "")
    unit = next((unit for ending, unit in UNITS.items() if rule.quantity.endswith(ending)), "")
    return (
        written.code,
        rule.id,
        rule.quantity,
        rule.test,
        limit,
        shown.value,
        unit,
        state,
        written.status,
        pd.Timestamp(written.from_date),
        shown.evidence,
        written.source,
        rule.zh,
        rule.text,
    )


def _limit(rule: Rule, policy: Policy) -> float | None:
    if rule.policy is None:
        return rule.value
    part, key = rule.policy.split(".")
    value = getattr(getattr(policy, part, None), key, None)
    if not isinstance(value, (int, float)):
        what = f"{rule.id}: policy = {rule.policy} names no number of the policy"
        raise BadConfig(what, where="data/policies/regulation.toml", fix="write part.key, e.g. limits.group_cap_yuan")
    return float(value)


def _found(rule: Rule, figures: Mapping[str, float]) -> Figure:
    if rule.quantity == "person_decides":
        return Figure(None, "person")
    if rule.quantity in figures:
        return Figure(float(figures[rule.quantity]), f"figures.{rule.quantity}")
    return Figure(None, f"missing.{rule.quantity}")


def _state(written: Written, product: Product, figure: Figure, limit: float | None) -> str:
    rule = written.terms
    if not _applies(rule, product):
        return "not_applicable"
    if not written.is_in_force:
        return "not_in_force"
    if figure.value is None or limit is None:
        return "unknown"
    room = limit - figure.value if rule.test == "at_most" else figure.value - limit
    if room < -SLACK:
        return "fail"
    return "pass" if written.status == "verified" else "unverified_pass"


def _applies(rule: Rule, product: Product) -> bool:
    served = not rule.kinds or bool(set(rule.kinds) & set(product.kinds))
    return (
        served
        and product.limit.source in (rule.sources or (product.limit.source,))
        and (not rule.secured or product.secured in rule.secured)
    )


MILD = ("normal", "special_mention")
LATE_DAYS = 90
DAYS_PER_MONTH = 30.4375


def book_figures(book: Mapping[str, pd.DataFrame]) -> dict[str, float]:
    """Find in a branch's tables the figures that rules of supervisors compare.

    Answers "does what we already hold keep the rules?" A figure whose table or column is empty is left out: its rule
    stays unknown.

    Parameters
    ----------
    book : mapping of frames
        ``loans``, ``facilities``, ``customers``, ``core_enterprises``, ``core_payables``; an absent table is an empty
        frame with the contract's columns. Not modified.

    Returns
    -------
    dict
        - ``buyer_terms_days``, ``public_buyer_terms_days``: longest contract term of large firms and of public
          institutions among the cores
        - ``voucher_months``: longest electronic voucher, delivery to due date
        - ``misclassified_count``: live loans more than 90 days overdue that are still normal or special mention
        - ``largest_credit_yuan``: largest credit of one customer that is counted as inclusive
    """
    found = {**_terms(book["core_enterprises"]), **_vouchers(book["core_payables"]), **_classes(book["loans"])}
    found |= _inclusive(book["customers"], book["loans"])
    return {name: float(value) for name, value in found.items() if not pd.isna(value)}


def design_figures(watched: Mapping[str, float]) -> dict[str, float]:
    """Take from a design's results the figures that the house's own rules compare.

    Parameters
    ----------
    watched : mapping
        Results of `volume.watched_figures` and `volume.source_use`.

    Returns
    -------
    dict
        ``source_cap_used_share`` (of the source nearest to its own cap), ``floor_margin_rate``, ``programme_yuan``
        (high case).
    """
    found = {
        "source_cap_used_share": watched.get("source_cap_used_share", np.nan),
        "floor_margin_rate": watched.get("floor_margin_rate", np.nan),
        "programme_yuan": watched.get("volume_yuan", np.nan),
    }
    return {name: float(value) for name, value in found.items() if not pd.isna(value)}


def _terms(cores: pd.DataFrame) -> dict[str, float]:
    days = cores["contract_terms_days"].astype("Float64")
    is_public = (cores["ownership"] == "public_institution").fillna(False)
    is_large = (cores["size"] == "large").fillna(False) & ~is_public
    return {"buyer_terms_days": days[is_large].max(), "public_buyer_terms_days": days[is_public].max()}


def _vouchers(payables: pd.DataFrame) -> dict[str, float]:
    issued = payables[(payables["instrument"] == "voucher").fillna(False)]
    return {"voucher_months": ((issued["due_date"] - issued["delivered_date"]).dt.days / DAYS_PER_MONTH).max()}


def _classes(loans: pd.DataFrame) -> dict[str, float]:
    known = loans[is_live(loans).to_numpy(dtype=bool) & loans["class5"].notna().to_numpy()]
    if known.empty:
        return {}
    return {"misclassified_count": float(((known["overdue_days"] > LATE_DAYS) & known["class5"].isin(MILD)).sum())}


def _inclusive(customers: pd.DataFrame, loans: pd.DataFrame) -> dict[str, float]:
    tagged = customers.loc[customers["is_inclusive"].fillna(False).astype("bool"), "customer_id"]
    owed = loans[loans["customer_id"].isin(tagged)].groupby("customer_id")["balance_yuan"].sum()
    return {"largest_credit_yuan": owed.max()} if len(owed) else {}


#: rule -> figure of conduct that breaks it when above zero
CONDUCT = {
    "entrusted_payment_personal": "uncontrolled_payments_count",
    "property_use": "off_purpose_payments_count",
    "registered_first": "late_registrations_count",
}
PORTFOLIO_STATES = ("fail", "unknown", "unverified_pass", "pass")
PORTFOLIO_COLUMNS = [
    "rule",
    "id",
    "state",
    "value",
    "limit_value",
    "balance_yuan",
    "quantity",
    "status",
    "from_date",
    "said_zh",
    "said_en",
]


def conduct_cases(
    payments: pd.DataFrame,
    loans: pd.DataFrame,
    collateral_links: pd.DataFrame,
    collateral: pd.DataFrame,
    *,
    threshold_yuan: float,
) -> dict[str, pd.Series]:
    """Find what the tables of conduct hold against a rule; a figure whose table is empty is left out.

    Returns
    -------
    dict
        ``loan_id`` of each case of ``uncontrolled_payments_count`` (own orders above the threshold),
        ``off_purpose_payments_count`` (to sellers of property, brokers, other lenders), ``late_registrations_count``
        (pledges registered after the money was out).
    """
    found = {}
    if len(payments):
        own = (payments["method"] == "own") & (payments["amount_yuan"] > threshold_yuan)
        off = payments["payee_kind"].isin(ELSEWHERE_PAYEES) | payments["memo_code"].isin(ELSEWHERE_MEMOS)
        ids = payments["loan_id"]
        found |= {"uncontrolled_payments_count": ids[own], "off_purpose_payments_count": ids[off]}
    if len(collateral_links) and len(collateral):
        rows = collateral_links.merge(collateral, on="collateral_id").merge(loans, on="loan_id")
        found["late_registrations_count"] = rows.loc[rows["registered_date"] > rows["disbursed_date"], "loan_id"]
    return found


def check_portfolio(
    book: Mapping[str, pd.DataFrame], rules: tuple[Written, ...], *, threshold_yuan: float
) -> pd.DataFrame:
    """Hold every rule that a branch's tables can answer against them.

    Answers "if the examiner came tomorrow, which rule would our own books break?"

    Parameters
    ----------
    book : mapping of frames
        The branch's slice. Not modified.
    rules : tuple of Written
        Result of `read_rules`.
    threshold_yuan : float
        Above it a payment goes to the seller.

    Returns
    -------
    DataFrame
        One row per rule in force whose figure tables can give, the worst state first: ``rule, id, state`` (``fail``,
        ``unknown``: its table is missing, ``unverified_pass``: holds as we read it, ``pass``), ``value, limit_value``,
        ``balance_yuan`` (owed on the loans concerned, each once a rule; missing where a figure is no count of loans),
        ``quantity, status, from_date, said_zh, said_en``.
    """
    names = ("payments", "loans", "collateral_links", "collateral")
    cases = conduct_cases(*(book[name] for name in names), threshold_yuan=threshold_yuan)
    figures = book_figures(book) | {name: float(len(loans)) for name, loans in cases.items()}
    owed = book["loans"].set_index("loan_id")["balance_yuan"]
    sums = {name: float(owed.reindex(loans.unique()).sum()) for name, loans in cases.items()}
    held = [rule for rule in rules if rule.is_in_force and _quantity(rule) in {*figures, *CONDUCT.values(), *BOOK}]
    frame = pd.DataFrame([_portfolio_row(rule, figures, sums) for rule in held], columns=PORTFOLIO_COLUMNS)
    rank = frame["state"].map({state: place for place, state in enumerate(PORTFOLIO_STATES)})
    return frame.assign(_rank=rank).sort_values(["_rank", "id"], kind="stable", ignore_index=True)[PORTFOLIO_COLUMNS]


def breaking_products(
    book: Mapping[str, pd.DataFrame], rules: tuple[Written, ...], *, threshold_yuan: float
) -> pd.DataFrame:
    """Name the products whose own live loans break a rule that fails (`check_portfolio`).

    Answers "a rule that is not kept pauses such lending: which products are that?"

    Parameters
    ----------
    book, rules, threshold_yuan
        As for `check_portfolio`. Not modified.

    Returns
    -------
    DataFrame
        ``product_id, rule`` (its number), ``loans_count, balance_yuan`` of the loans that break it, by both keys. A
        rule that compares no loans one by one names no product.

    Examples
    --------
    >>> days = pd.to_datetime(["2026-02-01"])
    >>> book = {"payments": pd.DataFrame(), "collateral_links": pd.DataFrame(
    ...     {"collateral_id": ["K1"], "loan_id": ["L1"]}), "collateral": pd.DataFrame({"collateral_id": ["K1"],
    ...     "registered_date": days}), "loans": pd.DataFrame({"loan_id": ["L1"], "product_id": ["P05"],
    ...     "disbursed_date": pd.to_datetime(["2026-01-01"]), "balance_yuan": [1e5]})}
    >>> rules = read_rules(".", as_of="2026-06-30")
    >>> breaking_products(book, rules, threshold_yuan=5e5)[["product_id", "rule"]].values.tolist()
    [['P05', 'R20']]
    """
    names = ("payments", "loans", "collateral_links", "collateral")
    cases = conduct_cases(*(book[name] for name in names), threshold_yuan=threshold_yuan)
    live = book["loans"][book["loans"]["balance_yuan"] > 0]
    found = [
        live[live["loan_id"].isin(cases[_quantity(rule)]) & live["product_id"].notna()].assign(rule=rule.terms.id)
        for rule in rules
        if rule.is_in_force and _quantity(rule) in cases
    ]
    rows = pd.concat(found) if found else live.iloc[:0].assign(rule="")
    sums = {"loans_count": ("loan_id", "nunique"), "balance_yuan": ("balance_yuan", "sum")}
    return rows.groupby(["product_id", "rule"], as_index=False, observed=True).agg(**sums)


#: figure of a rule that the book answers -> the table that it is read from, and is missing where it is unknown
RULE_TABLES = {
    "uncontrolled_payments_count": "payments",
    "off_purpose_payments_count": "payments",
    "late_registrations_count": "collateral_links",
    "misclassified_count": "loans",
    "buyer_terms_days": "core_enterprises",
    "public_buyer_terms_days": "core_enterprises",
    "voucher_months": "core_payables",
    "largest_credit_yuan": "customers",
}


def rule_shares(book: Mapping[str, pd.DataFrame], *, threshold_yuan: float) -> pd.DataFrame:
    """Say what each rule, had it been kept, would have done on the branch's own book: the share of loans it stops.

    Answers "which part of our loans breaks the rule, of how many that could be looked at?"

    Parameters
    ----------
    book : mapping of frames
        The branch's slice. Not modified.
    threshold_yuan : float
        As in `check_portfolio`.

    Returns
    -------
    DataFrame
        ``quantity``; ``share, share_low, share_high`` (fraction, Clopper-Pearson, 95 %) of the loans looked at,
        ``share_count``. A rule that compares no loans one by one (days, months, an amount), or whose table is empty,
        has no row: its share cannot be computed.

    Examples
    --------
    >>> days = pd.to_datetime(["2026-02-01"])
    >>> pledges = pd.DataFrame({"collateral_id": ["K1"], "registered_date": days})
    >>> links = pd.DataFrame({"collateral_id": ["K1"], "loan_id": ["L1"]})
    >>> book = {"payments": pd.DataFrame(), "collateral": pledges, "collateral_links": links,
    ...         "loans": pd.DataFrame({"loan_id": ["L1"], "disbursed_date": pd.to_datetime(["2026-01-01"]),
    ...         "balance_yuan": 1.0, "status": "normal", "class5": "normal", "overdue_days": 0})}
    >>> found = rule_shares(book, threshold_yuan=5e5)
    >>> found[["quantity", "share", "share_count"]].values.tolist()
    [['late_registrations_count', 1.0, 1.0], ['misclassified_count', 0.0, 1.0]]
    """
    payments, loans, links, pledges = (book[name] for name in ("payments", "loans", "collateral_links", "collateral"))
    cases = conduct_cases(payments, loans, links, pledges, threshold_yuan=threshold_yuan)
    counts = {name: found.nunique() for name, found in cases.items()}
    paid = payments["loan_id"].nunique() if len(payments) else 0
    pledged = links[links["collateral_id"].isin(pledges["collateral_id"])] if len(links) and len(pledges) else links
    pledged = pledged[pledged["loan_id"].isin(loans["loan_id"])] if len(pledged) else pledged
    looked = {
        "uncontrolled_payments_count": paid,
        "off_purpose_payments_count": paid,
        "late_registrations_count": pledged["loan_id"].nunique() if len(pledged) else 0,
    }
    live = loans[is_live(loans).to_numpy(dtype=bool) & loans["class5"].notna().to_numpy()]
    counts |= _classes(loans)
    looked["misclassified_count"] = len(live)
    told = pd.DataFrame({"quantity": [name for name in looked if looked[name] and name in counts]}, dtype="str")
    hits, whole = (told["quantity"].map(values).astype("float64") for values in (counts, looked))
    if told.empty:
        return told.reindex(columns=["quantity", "share", "share_low", "share_high", "share_count"])
    rates = rate_interval(hits, whole, method="clopper_pearson")
    return told.assign(share=rates["rate"], share_low=rates["low"], share_high=rates["high"], share_count=whole)


BOOK = ("buyer_terms_days", "public_buyer_terms_days", "voucher_months", "misclassified_count")


def _quantity(rule: Written) -> str:
    return CONDUCT.get(rule.code, rule.terms.quantity)


def _portfolio_row(rule: Written, figures: Mapping[str, float], sums: Mapping[str, float]) -> tuple:
    quantity = _quantity(rule)
    limit = 0.0 if rule.code in CONDUCT else float(rule.terms.value or 0.0)
    value = figures.get(quantity)
    held = value is not None and (
        value >= limit if rule.terms.test == "at_least" and rule.code not in CONDUCT else value <= limit
    )
    state = (
        "unknown"
        if value is None
        else "fail"
        if not held
        else "pass"
        if rule.status == "verified"
        else PORTFOLIO_STATES[2]
    )
    return (
        rule.code,
        rule.terms.id,
        state,
        value,
        limit,
        sums.get(quantity, float("nan")),
        quantity,
        rule.status,
        pd.Timestamp(rule.from_date),
        rule.terms.zh,
        rule.terms.text,
    )


#: what an answer of the checklist means for the principle that rests on it
ANSWERS = {"no": "fail", "unknown": "unknown", "open": "unknown", "yes": "pass"}
IDLE = ("not_in_force", "not_applicable")


def read_principles(home: object, *, as_of: date | str) -> tuple[Written, ...]:
    """Read the principles in force on a day.

    Raises
    ------
    BadConfig
        If a principle is not dated, names no source, or rests on nothing.

    Examples
    --------
    >>> len(read_principles(".", as_of="2026-06-30"))
    8
    """
    found = read_dated(home, part="protection", table="principles", model=Principle, as_of=as_of)
    return tuple(item for item in found if item.is_in_force)


def customer_protection(
    principles: tuple[Written, ...], *, rules: pd.DataFrame, checklist: pd.DataFrame
) -> pd.DataFrame:
    """Say of each principle whether it stands: the worst state among what shows it.

    Answers "is the customer treated fairly by these terms, and who says so?"

    Parameters
    ----------
    principles : tuple of Written
        Result of `read_principles`.
    rules, checklist : DataFrame
        Results of `check_rules` and `checklist.approval_checklist`. Not modified.

    Returns
    -------
    DataFrame
        One row per principle: ``principle, title_zh, title_en``, ``state`` (as of a rule; an item that a person has
        not answered leaves it ``unknown``), ``evidence_zh, evidence_en`` (what it rests on), ``status``

    Raises
    ------
    BadConfig
        If a principle names a rule or an item that does not exist.
    """
    titles = ["title_zh", "title_en"]
    told = told_apart(rules, known=["id"], key=["rule"], table="rules").set_index("rule")[["state", "id"]]
    items = told_apart(checklist, known=titles, key=["item"], table="checklist").set_index("item")[["answer", *titles]]
    return pd.DataFrame([_protection_row(each, told, items) for each in principles])


def _protection_row(written: Written, rules: pd.DataFrame, items: pd.DataFrame) -> dict:
    terms = written.terms
    strange = sorted((set(terms.rules) - set(rules.index)) | (set(terms.items) - set(items.index)))
    if strange:
        what = f"{written.code}: there is no rule or item {', '.join(strange)}"
        raise BadConfig(what, where="data/policies/protection.toml", fix="write codes of regulation and approval")
    asked, answered = rules.loc[list(terms.rules)], items.loc[list(terms.items)]
    states = [*asked["state"].fillna("unknown"), *answered["answer"].map(ANSWERS).fillna("unknown")]
    states = [state for state in states if state not in IDLE]
    numbers = asked["id"].to_list()
    return {
        "principle": written.code,
        "title_zh": terms.title.zh,
        "title_en": terms.title.en,
        "state": min(states, key=RULE_STATES.index) if states else "not_applicable",
        "evidence_zh": "；".join([*numbers, *answered["title_zh"]]),
        "evidence_en": "; ".join([*numbers, *answered["title_en"]]),
        "status": written.status,
    }


COST_STATEMENT_COLUMNS = [
    "section",
    "item",
    "said_zh",
    "said_en",
    "payer",
    "basis",
    "rate",
    "exact_yuan",
    "falls_due",
    "yearly_rate",
    "counting",
    "is_stated",
]


def read_disclosure(home: Place, *, as_of: date | str) -> DisclosurePolicy:
    """Read what the statement adds to a product's terms, as it stands on a day.

    Raises
    ------
    BadConfig
        If ``data/policies/disclosure.toml`` is not there, breaks its model, or a value has not begun.
    """
    path = home_at(home).config("policies") / "disclosure.toml"
    return read_at(path, DisclosurePolicy, as_of=day_at(as_of), home=home_at(home))


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
    loan = Loan.of(product, amount_yuan=amount_yuan, start=start, term_months=term_months)
    flows = loan_flows(loan, fees=product.fees)
    found = true_cost(flows).set_index("scope")
    rows = [*_items(product, loan), *_totals(found, flows), *_yearly(product, found, policy)]
    rate = float(product.yearly_rate)
    rows += [
        {"section": "default", "item": item, "payer": "borrower", "basis": "balance", "yearly_rate": rate * (1 + more)}
        for item, more in (("overdue", policy.overdue_markup_share), ("misuse", policy.misuse_markup_share))
    ]
    frame = pd.DataFrame(rows).reindex(columns=COST_STATEMENT_COLUMNS)
    texts = ["said_zh", "said_en", "payer", "basis", "falls_due", "counting"]
    return frame.assign(
        **{name: frame[name].fillna("").astype("str") for name in texts},
        is_stated=frame["is_stated"].fillna(False).astype("bool"),
    )


def _items(product: Product, loan: Loan) -> list[dict]:
    flows = loan_flows(loan)
    interest = -float(flows.loc[flows["kind"] == "interest", "amount_yuan"].sum())
    rows = [
        {
            "section": "loan",
            "item": "amount",
            "payer": "bank",
            "basis": "amount",
            "exact_yuan": float(loan.amount_yuan),
        },
        {
            "section": "loan",
            "item": "interest",
            "payer": "borrower",
            "basis": "balance",
            "rate": float(product.yearly_rate),
            "exact_yuan": interest,
            "falls_due": loan.method,
        },
    ]
    for fee in product.fees:
        paid = loan_flows(loan, fees=[fee])
        amount = -float(paid.loc[paid["kind"] == "fee", "amount_yuan"].sum())
        rows.append(
            {
                "section": "loan",
                "item": fee.code,
                "said_zh": fee.said.zh,
                "said_en": fee.said.en,
                "payer": fee.payer,
                "basis": fee.basis,
                "rate": float(fee.rate) or None,
                "exact_yuan": amount,
                "falls_due": fee.when,
            }
        )
    return rows


def _totals(found: pd.DataFrame, flows: pd.DataFrame) -> list[dict]:
    others = flows[(flows["kind"] == "fee") & (flows["payer"] != "borrower")]
    return [
        {
            "section": "total",
            "item": "borrower_total",
            "payer": "borrower",
            "exact_yuan": float(found.loc["borrower", "total_cost_yuan"]),
        },
        {
            "section": "total",
            "item": "others_total",
            "payer": "others",
            "exact_yuan": -float(others["amount_yuan"].sum()) + 0.0,
        },
    ]


def _yearly(product: Product, found: pd.DataFrame, policy: DisclosurePolicy) -> list[dict]:
    rows = [
        {
            "section": "yearly",
            "item": "contract_rate",
            "payer": "borrower",
            "counting": "nominal",
            "yearly_rate": float(product.yearly_rate),
        }
    ]
    for scope, payer in (("borrower", "borrower"), ("all_payers", "all")):
        for counting, name in (("compound", "eir_rate"), ("simple", "apr_rate")):
            rows.append(
                {
                    "section": "yearly",
                    "item": "yearly_cost",
                    "payer": payer,
                    "counting": counting,
                    "yearly_rate": float(found.loc[scope, name]),
                    "is_stated": payer == "borrower" and counting == policy.counting,
                }
            )
    return rows
