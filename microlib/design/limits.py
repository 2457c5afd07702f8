"""How much each applicant may have: the smallest of seven caps (孰低额度), and need by the named methods (测算方法).

`size_limits` says the amount and the cap that bound it. `product_need` reckons need by working capital,
sales, receivables, taxes, orders or budget; what is missing leaves the need missing.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from microlib.contracts.policy import LimitsPolicy
from microlib.contracts.product import NeedRule, Product
from microlib.design.applicants import AMORTISING, maturity_cash, months_tested, paid_per_yuan, repayment_cap
from microlib.design.business_evidence import assigned_base, share_out
from microlib.metrics.capacity import monthly_payment, service_coverage, working_capital


def turnover_need(turnover_yuan: pd.Series, *, need_share: float = 0.25, own_share: float = 0.05) -> pd.DataFrame:
    """Size a line as a share of yearly turnover, the owner bringing part (the Nayak method at its defaults).

    Returns
    -------
    DataFrame
        ``requirement_yuan``, ``own_yuan``, ``need_yuan`` (what is left to the bank, >= 0).

    Examples
    --------
    >>> turnover_need(pd.Series([100_000.0])).iloc[0].to_list()
    [25000.0, 5000.0, 20000.0]
    """
    requirement, own = turnover_yuan * need_share, turnover_yuan * own_share
    return pd.DataFrame(
        {"requirement_yuan": requirement, "own_yuan": own, "need_yuan": (requirement - own).clip(lower=0)}
    )


def tax_multiple(taxes: pd.DataFrame, *, vat_multiple: float = 7.0, income_multiple: float = 9.0) -> pd.Series:
    """Size a line as multiples of the taxes paid in a year (税贷).

    Examples
    --------
    >>> float(tax_multiple(pd.DataFrame({"vat_yuan": [10.0], "income_tax_yuan": [5.0]})).iloc[0])
    115.0
    """
    return taxes["vat_yuan"] * vat_multiple + taxes["income_tax_yuan"] * income_multiple


def budget_loan(budget_yuan: pd.Series, *, own_share: float) -> pd.Series:
    """Size a renovation or fixed-asset loan as the verified budget less the owner's own part.

    Examples
    --------
    >>> float(budget_loan(pd.Series([1_200_000.0]), own_share=0.30).iloc[0])
    840000.0
    """
    return budget_yuan * (1 - own_share)


#: columns that each method asks of the applicants
NEED_INPUTS = {
    "working_capital": ("turnover_yuan",),
    "sales_share": ("turnover_yuan",),
    "receivables": ("receivable_yuan",),
    "tax_multiple": ("vat_yuan", "income_tax_yuan"),
    "pos_multiple": ("pos_month_yuan",),
    "orders": ("order_yuan", "order_paid_share", "order_cost_yuan"),
    "budget": ("budget_yuan",),
}


def product_need(applicants: pd.DataFrame, *, product: Product) -> pd.Series:
    """Size each applicant's need by the product's own method; missing where its evidence is.

    Parameters
    ----------
    applicants : DataFrame
        ``kept_yuan`` and the columns that the method asks for (`NEED_INPUTS`); an absent column is missing evidence.
        Not modified.
    product : Product
        Its ``size`` rule: ``working_capital`` (the formula at the trade's cycle), ``sales_share``, ``receivables``,
        ``tax_multiple``, ``pos_multiple``, ``orders`` or ``budget`` (renovation and fixed assets, less own funds).

    Returns
    -------
    Series
        Yuan, >= 0, index of `applicants`. Own loans that the line does not replace are taken off.

    Examples
    --------
    See ``tests/design/sizing/test_named_needs.py``.
    """
    rule = product.size
    known = {name: _column(applicants, name) for name in NEED_INPUTS[rule.method]}
    need = METHODS[rule.method](pd.DataFrame(known, index=applicants.index), rule)
    return (need - applicants["kept_yuan"]).clip(lower=0).replace([np.inf, -np.inf], np.nan)


def order_loan(orders: pd.DataFrame, *, advance_share: float) -> pd.Series:
    r"""Size a loan on a confirmed order (订单融资): what is not paid in advance, in part, never beyond what it costs.

    .. math:: L = \min\left(a\, O (1 - p),\; K\right)

    with :math:`O` the order, :math:`p` the part paid in advance, :math:`a` the advance and :math:`K` what completing
    it still costs.

    Parameters
    ----------
    orders : DataFrame
        ``order_yuan``, ``order_paid_share``, ``order_cost_yuan``. Not modified.

    Examples
    --------
    >>> order = pd.DataFrame({"order_yuan": [1e6], "order_paid_share": [0.2], "order_cost_yuan": [7e5]})
    >>> order_loan(order, advance_share=0.7).item(), order_loan(order, advance_share=0.95).item()
    (560000.0, 700000.0)
    """
    lent = orders["order_yuan"] * (1 - orders["order_paid_share"]) * advance_share
    return np.minimum(lent, orders["order_cost_yuan"])


def _column(applicants: pd.DataFrame, name: str) -> pd.Series:
    if name not in applicants:
        return pd.Series(np.nan, index=applicants.index)
    return applicants[name].astype("float64")


def _working_capital(known: pd.DataFrame, rule: NeedRule) -> pd.Series:
    shares = {"margin_share": float(rule.margin_share), "growth_share": float(rule.growth_share)}
    return working_capital(known["turnover_yuan"], **shares, cycle_days=rule.cycle_days) * (1 - float(rule.own_share))


def _taxes(known: pd.DataFrame, rule: NeedRule) -> pd.Series:
    return tax_multiple(known, vat_multiple=float(rule.vat_multiple), income_multiple=float(rule.income_multiple))


METHODS: dict[str, Callable[[pd.DataFrame, NeedRule], pd.Series]] = {
    "working_capital": _working_capital,
    "sales_share": lambda known, rule: known["turnover_yuan"] * float(rule.sales_share),
    "receivables": lambda known, rule: known["receivable_yuan"] * float(rule.advance_share),
    "tax_multiple": _taxes,
    "pos_multiple": lambda known, rule: known["pos_month_yuan"] * float(rule.pos_multiple),
    "orders": lambda known, rule: order_loan(known, advance_share=float(rule.advance_share)),
    "budget": lambda known, rule: budget_loan(known["budget_yuan"], own_share=float(rule.own_share)),
}
#: the caps in the order in which a tie is settled
#: what a sum of yuan may be short of by rounding alone
ROUNDING = 1e-6
CAPS = ("need", "repayment", "maturity", "collateral", "group", "source", "product")
REASONS = ("sized", "below_floor", "to_be_verified")


def size_limits(applicants: pd.DataFrame, *, product: Product, policy: LimitsPolicy) -> pd.DataFrame:
    r"""Size each applicant's line under a product: the smallest of its caps, rounded down, or nothing.

    Answers "how much, and which rule says no more?"

    .. math:: L = \left\lfloor \min(need, repayment, maturity, collateral, group, source, product) / u \right\rfloor u,
        \qquad L < floor \Rightarrow 0

    Need follows the product's method; repayment is what the cash of a poor month repays, bullet and revolving loans as
    if amortised; maturity is what the same cash, saved up until the last day, and the buffer repay of a loan whose
    principal comes back at the end (`maturity_cap`); collateral is the advance on assigned receivables that are not
    yet due, nothing where a present loan on them is under no control, or the net collateral; group and source share
    what their caps leave among those whose own caps are known and above the floor, in proportion; product is its own
    cap.

    Parameters
    ----------
    applicants : DataFrame
        Result of `applicants.applicant_frame` or `eligibility.screen_applicants`; rows whose ``outcome`` is
        ``not_served`` are left out. Not modified.
    product : Product
        Need, limit and repayment rules.
    policy : LimitsPolicy
        Coverage, notional months, authority.

    Returns
    -------
    DataFrame
        One row per applicant, by ``customer_id``

        - ``customer_id``, ``outcome`` (where given), ``source_id``, ``group_key``
        - ``need_cap_yuan, repayment_cap_yuan, maturity_cap_yuan, collateral_cap_yuan, group_cap_yuan, source_cap_yuan,
          product_cap_yuan``: every component; missing where the product has no such cap or the evidence is missing
          (see ``missing``)
        - ``at_most_yuan``: the smallest component known, before rounding and floor
        - ``limit_yuan``: the line; 0 where refused or to be verified
        - ``bound_by``: the smallest component; a tie goes to the first in the order above
        - ``reason``: ``sized``; ``below_floor`` (refused, never lifted, whatever a missing cap would say);
          ``to_be_verified``: a cap that applies cannot be computed, so ``at_most_yuan`` is only what the others allow
        - ``missing``: those caps, with blanks between; empty when none
        - ``existing_yuan`` (balance the line replaces), ``extra_yuan`` (line beyond it, >= 0)
        - ``payment_month_yuan``: tested monthly payment of the line; ``coverage_ratio``: cash over all debt service
        - ``maturity_coverage_ratio``: own cash until maturity over principal and interest of the line
        - ``repaid_by``: ``own_way``; ``instalments`` where the terms let a line go past what cash repays at the end and
          its principal must come back from the start; missing for 0
        - ``authority``: the lowest level that may approve the line; missing for 0, ``above_all`` past the last
        - ``is_final``: sized, eligible, and other banks' debt known

    Notes
    -----
    The line is the whole of what the customer may owe under the product; own loans of the kinds that the product
    replaces are within it. Each limit rises or stays when any of its own inputs rises; a rival's larger claim on the
    same source lowers it. Rationing is in proportion, not the most profitable one.

    Examples
    --------
    See ``tests/design/test_limits.py``: four suppliers under a core's cap give 267.6, 162.2, 281.5 and 88.7.
    """
    asked = applicants[applicants["outcome"] != "not_served"] if "outcome" in applicants else applicants
    asked = asked.sort_values("customer_id").reset_index(drop=True)
    caps, free = _caps(asked, everyone=applicants, product=product, policy=policy)
    limit = product.limit
    lines = smallest_caps(caps, applying=_applying(product), unit_yuan=limit.unit_yuan, floor_yuan=limit.floor_yuan)
    head = [name for name in ("customer_id", "segment", "outcome", "source_id", "group_key") if name in asked]
    return asked[head].assign(
        **caps,
        **lines.assign(at_most_yuan=lines["at_most_yuan"].round(2)),
        **_consequences(asked, limit=lines["limit_yuan"], free=free, product=product, policy=policy),
        is_final=_final(asked, lines["reason"]),
    )


def smallest_caps(caps: pd.DataFrame, *, applying: list[str], unit_yuan: float, floor_yuan: float) -> pd.DataFrame:
    """Return what a row of caps allows: the smallest that is known, rounded down, or nothing.

    Parameters
    ----------
    caps : DataFrame
        A column ``<name>_cap_yuan`` a cap (yuan), missing where it is unknown. Not modified.
    applying : list of str
        The columns that must be known.
    unit_yuan, floor_yuan : float
        What lines are rounded down to, and the least line.

    Returns
    -------
    DataFrame
        ``at_most_yuan, limit_yuan, bound_by, reason, missing`` of `size_limits`, before any rounding to the fen.

    Examples
    --------
    >>> caps = pd.DataFrame({"need_cap_yuan": [86_500.0], "product_cap_yuan": [300_000.0]})
    >>> smallest_caps(caps, applying=list(caps), unit_yuan=10_000, floor_yuan=20_000).to_numpy().tolist()
    [[86500.0, 80000.0, 'need', 'sized', '']]
    """
    absent, at_most = caps[applying].isna(), caps.min(axis="columns")
    rounded = np.floor((at_most + ROUNDING) / unit_yuan) * unit_yuan
    reason = np.select([rounded < floor_yuan, absent.any(axis="columns")], REASONS[1:], "sized")
    return pd.DataFrame(
        {
            "at_most_yuan": at_most,
            "limit_yuan": rounded.where(reason == "sized", 0.0),
            "bound_by": _binding(caps),
            "reason": pd.Series(reason, index=caps.index, dtype="str"),
            "missing": _missing(absent),
        }
    )


def binding_counts(limits: pd.DataFrame) -> pd.DataFrame:
    """Count what bound the limits: one row per ``reason`` and ``bound_by``.

    Returns
    -------
    DataFrame
        ``reason``, ``bound_by``, ``customers_count``, ``limit_yuan`` (sum), ``customers_share``; largest count first
        within a reason.
    """
    counts = limits.groupby(["reason", "bound_by"], as_index=False).agg(
        customers_count=("customer_id", "size"), limit_yuan=("limit_yuan", "sum")
    )
    counts["customers_share"] = counts["customers_count"] / max(len(limits), 1)
    place = counts["reason"].map({reason: place for place, reason in enumerate(REASONS)})
    order = counts.assign(place=place).sort_values(
        ["place", "customers_count", "bound_by"], ascending=[True, False, True]
    )
    return order.drop(columns="place").reset_index(drop=True)


def limit_quantiles(limits: pd.DataFrame) -> pd.DataFrame:
    """Return count, sum and P20/P50/P80 of the lines that were sized; missing quantiles where none was.

    Returns
    -------
    DataFrame
        One row: ``sized_count``, ``limit_yuan`` (sum), ``p20_yuan``, ``p50_yuan``, ``p80_yuan``, ``extra_yuan`` (sum).
    """
    sized = limits[limits["reason"] == "sized"]
    cuts = sized["limit_yuan"].quantile([0.2, 0.5, 0.8])
    return pd.DataFrame(
        {
            "sized_count": [len(sized)],
            "limit_yuan": [sized["limit_yuan"].sum()],
            "p20_yuan": [cuts.iloc[0]],
            "p50_yuan": [cuts.iloc[1]],
            "p80_yuan": [cuts.iloc[2]],
            "extra_yuan": [sized["extra_yuan"].sum()],
        }
    )


def _applying(product: Product) -> list[str]:
    """Return the columns of the caps that must be known; that at maturity is missing only where repayment is."""
    absent = {
        "collateral": product.limit.collateral == "none",
        "source": product.limit.source == "none",
        "maturity": True,
    }
    return [f"{cap}_cap_yuan" for cap in CAPS if not absent.get(cap, False)]


def _caps(
    asked: pd.DataFrame, *, everyone: pd.DataFrame, product: Product, policy: LimitsPolicy
) -> tuple[pd.DataFrame, pd.Series]:
    paid = repayment_cap(asked, product=product, policy=policy)
    caps = pd.DataFrame(
        {
            "need_cap_yuan": product_need(asked, product=product),
            "repayment_cap_yuan": paid["repayment_cap_yuan"],
            "maturity_cap_yuan": maturity_cap(asked, product=product),
            "collateral_cap_yuan": _cover(asked, product=product),
            "product_cap_yuan": pd.Series(float(product.limit.cap_yuan), index=asked.index),
        }
    )
    own = caps.min(axis="columns")
    known = caps[[name for name in _applying(product) if name in caps]].notna().all(axis="columns")
    claim = own.where(known & (own >= product.limit.floor_yuan), 0.0)
    caps["group_cap_yuan"] = share_out(claim, pools=asked["group_key"], headroom=asked["group_headroom_yuan"])
    claim = pd.concat([claim, caps["group_cap_yuan"]], axis="columns").min(axis="columns")
    claim = claim.where(claim >= product.limit.floor_yuan, 0.0)
    shut = asked["source_headroom_yuan"].eq(0) & (product.limit.source != "none")  # for them it carries nothing
    claim = claim.mask(shut, 0.0)
    room = _source_room(asked, everyone, claim=claim) if product.limit.source != "none" else claim * np.nan
    pools = asked["source_id"].where(asked["source_id"].fillna("") != "")
    caps["source_cap_yuan"] = share_out(claim, pools=pools, headroom=room).mask(shut, 0.0)
    return caps[[f"{cap}_cap_yuan" for cap in CAPS]], paid["free_month_yuan"]


def _source_room(asked: pd.DataFrame, everyone: pd.DataFrame, *, claim: pd.Series) -> pd.Series:
    """Take off the source's room the present loans of those who get no line: they are not replaced."""
    idle = everyone[~everyone["customer_id"].isin(asked.loc[claim > 0, "customer_id"])]
    held = (idle["balance_yuan"] - idle["kept_yuan"]).groupby(idle["source_id"]).sum()
    taken = asked["source_id"].map(held).astype("float64").fillna(0.0)
    return (asked["source_headroom_yuan"] - taken).clip(lower=0)


def is_capped_at_maturity(product: Product) -> bool:
    """Return whether principal comes back at the end and the terms cap it at what cash can repay then."""
    return product.repayment.method not in AMORTISING and product.repayment.beyond_cash == "cap"


def maturity_cap(applicants: pd.DataFrame, *, product: Product) -> pd.Series:
    r"""Find the largest loan that own cash repays on its last day; missing where the terms have no such cap.

    .. math:: L = \frac{b + n \max(0, C_{25}\, s - D)}{p}

    with the cash of `applicants.maturity_cash` and :math:`p` what a yuan lent costs until then
    (`applicants.paid_per_yuan`).

    Examples
    --------
    >>> from microlib.design.terms import read_product
    >>> hospital = read_product(".", product="hospital_supplier", as_of="2026-06-30")
    >>> cash = pd.DataFrame({"cash_month_yuan": [1e6], "debt_service_yuan": 0.0, "deposits_yuan": 5e4})
    >>> maturity_cap(cash, product=hospital).round(0).to_list()
    [1197892.0]
    """
    if not is_capped_at_maturity(product):
        return pd.Series(np.nan, index=applicants.index)
    return maturity_cash(applicants, product=product) / paid_per_yuan(product)


def _cover(asked: pd.DataFrame, *, product: Product) -> pd.Series:
    rule = product.limit
    if rule.collateral == "assignment":
        base = assigned_base(asked, rule=rule)
        return base.mask(asked["control_level"] == "none", 0.0) if "control_level" in asked else base
    if rule.collateral == "collateral":
        return asked["collateral_yuan"].astype("float64")
    return pd.Series(np.nan, index=asked.index)


def _binding(caps: pd.DataFrame) -> pd.Series:
    least = caps.fillna(np.inf).idxmin(axis="columns").str.removesuffix("_cap_yuan").astype("str")
    return least.where(caps.notna().any(axis="columns"), "")


def _missing(absent: pd.DataFrame) -> pd.Series:
    names = [name.removesuffix("_cap_yuan") for name in absent]
    lines = [" ".join(name for name, gone in zip(names, row, strict=True) if gone) for row in absent.to_numpy()]
    return pd.Series(lines, index=absent.index, dtype="str")


def _consequences(
    asked: pd.DataFrame, *, limit: pd.Series, free: pd.Series, product: Product, policy: LimitsPolicy
) -> dict[str, pd.Series]:
    """Reckon what the line means: new money, payment, coverage, who approves."""
    existing = asked["balance_yuan"] - asked["kept_yuan"]
    rate, months = float(product.yearly_rate), months_tested(product, policy)
    payment = monthly_payment(limit, yearly_rate=rate, months=months)
    service = payment + asked["debt_service_yuan"]
    whole = service_coverage(free, amount_yuan=service.where(limit > 0), yearly_rate=0.0, months=1)
    covered = maturity_cash(asked, product=product) / paid_per_yuan(product) / limit.where(limit > 0)
    is_short = (covered < 1) & (product.repayment.method not in AMORTISING)
    return {
        "existing_yuan": existing,
        "extra_yuan": (limit - existing).clip(lower=0),
        "payment_month_yuan": payment.round(2),
        "coverage_ratio": whole,
        "maturity_coverage_ratio": covered,
        "repaid_by": pd.Series(np.where(is_short, "instalments", "own_way"), asked.index, dtype="str").where(limit > 0),
        "authority": _authority(limit, policy),
    }


def _authority(limit: pd.Series, policy: LimitsPolicy) -> pd.Series:
    levels, amounts = list(policy.authority), np.array(list(policy.authority.values()), dtype=float)
    place = np.searchsorted(amounts, limit.to_numpy(dtype=float), side="left")
    named = np.array([*levels, "above_all"], dtype=object)[place]
    return pd.Series(named, index=limit.index, dtype="str").where(limit > 0)


def _final(asked: pd.DataFrame, reason: pd.Series) -> pd.Series:
    eligible = asked["outcome"] == "eligible" if "outcome" in asked else True
    return (reason == "sized") & eligible & asked["debt_is_complete"]
