"""The borrower's whole cost (综合融资成本): every fee dated, APR, effective rate, break-even, sample schedule.

`true_cost` reckons one loan, `product_cost` a product, `sample_schedule` and `disclosure` what a borrower
is shown. The bank's own price stands in `prices`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd
from scipy.optimize import brentq

from microlib.contracts.product import Fee, Product
from microlib.design.schedules import Loan, repayment_schedule
from microlib.errors import BadConfig
from microlib.stats.grouping import one_row
from microlib.units import DAYS_PER_YEAR, MONTHS_PER_YEAR, to_fen

#: ln(1 + rate) per unit of time is looked for between these: from nearly all lost to the money times e^20
LOSS, GAIN = -20.0, 20.0
#: an amount under this part of the largest is none: sums of whole fen carry no more than this
NOTHING = 1e-11
COLUMNS = ["month_number", "date", "amount_yuan", "kind", "payer"]


@dataclass(frozen=True)
class Retained:
    """A deposit that the lender keeps back: not compliant, reckoned only so that such offers are recognised.

    Parameters
    ----------
    share : float
        Part of the loan kept as a deposit until the end, 0 to 1.
    yearly_rate : float
        Interest the deposit earns, paid at the end.
    """

    share: float
    yearly_rate: float = 0.0


def loan_flows(loan: Loan, *, fees: Sequence[Fee] = (), retained: Retained | None = None) -> pd.DataFrame:
    """Lay out every flow of a loan with its date, kind and payer, as the borrower sees it.

    Parameters
    ----------
    loan : Loan
        Terms of the loan.
    fees : sequence of Fee
        All fees, whoever pays; a fee on ``amount`` is due once or each month or year on the loan's amount, a fee on
        ``balance`` on the balance then outstanding (its rate is yearly).
    retained : Retained, optional
        Deposit kept back; see there.

    Returns
    -------
    DataFrame
        By month: ``month_number`` (0 is the start), ``date``, ``amount_yuan`` (+ received, - paid),
        ``kind`` (``paid_out``, ``principal``, ``interest``, ``fee``, ``deposit``), ``payer``
        (``borrower`` or who pays the fee).

    Raises
    ------
    BadConfig
        If the loan makes no schedule.
    """
    plan = repayment_schedule(loan)
    start, last = pd.Timestamp(loan.start), plan.iloc[-1]
    rows = [(0, start, float(to_fen(loan.amount_yuan)), "paid_out", "bank")]
    for kind in ("principal", "interest"):
        due = plan[plan[f"{kind}_yuan"] != 0]
        rows += [
            (month, day, -amount, kind, "borrower")
            for month, day, amount in zip(due["month_number"], due["due_date"], due[f"{kind}_yuan"], strict=True)
        ]
    rows += [row for fee in fees for row in _fee_rows(fee, loan, plan)]
    if retained is not None:
        rows += _deposit_rows(loan, retained, end=(last["month_number"], last["due_date"]))
    return pd.DataFrame(rows, columns=COLUMNS).sort_values(["month_number", "kind"], kind="stable", ignore_index=True)


def true_cost(flows: pd.DataFrame) -> pd.DataFrame:
    r"""Find the yearly cost of a loan from all its flows.

    Answers "what does this money cost, once every fee is counted?" The monthly rate :math:`i` solves

    .. math:: \sum_t C_t (1 + i)^{-t} = 0, \qquad APR = 12\,i, \qquad EIR = (1 + i)^{12} - 1

    with :math:`C_t` the borrower's flows in month t; the dated rate solves the same by actual days over 365.

    Parameters
    ----------
    flows : DataFrame
        Result of `loan_flows`. Not modified.

    Returns
    -------
    DataFrame
        One row per ``scope``: ``borrower`` (what the borrower pays, to whomever) and ``all_payers`` (as if the
        borrower paid every fee)

        - ``apr_rate``, ``eir_rate``, ``dated_rate`` (fraction a year)
        - ``interest_yuan``, ``fees_yuan``, ``total_cost_yuan`` (yuan)
        - ``received_yuan``: what is really disposed of at the start

    Raises
    ------
    BadConfig
        If the flows never change sign (no rate exists), or change so often that several rates would do.

    Notes
    -----
    The month is the unit: a loan paid on day 31 costs the same as on day 28. A deposit kept back is not compliant;
    it is reckoned so that such an offer is recognised: it comes back at the end, so the flows change sign twice, and
    the one rate that is not negative is meant (`internal_rate`).

    References
    ----------
    .. [1] Norstrøm, C. J. (1972). A sufficient condition for a unique nonnegative internal rate of return. JFQA 7(3).

    Examples
    --------
    >>> flat = Loan(1_000_000, 0.042, 12, "equal_principal_and_interest")
    >>> true_cost(loan_flows(flat)).set_index("scope").loc["borrower", ["apr_rate", "eir_rate"]].round(4).to_list()
    [0.0766, 0.0794]
    """
    scopes = {"borrower": borrower_flows(flows), "all_payers": flows}
    return pd.DataFrame([_cost(rows, scope) for scope, rows in scopes.items()])


def product_cost(product, *, amount_yuan: float, start, term_months: int = 0) -> pd.DataFrame:
    """Find the true cost of a product's loan of one amount with the product's own fees.

    Returns
    -------
    DataFrame
        As `true_cost`, with ``amount_yuan`` and ``term_months`` before it.
    """
    loan = Loan.of(product, amount_yuan=amount_yuan, start=start, term_months=term_months)
    found = true_cost(loan_flows(loan, fees=product.fees))
    found.insert(1, "amount_yuan", float(amount_yuan))
    found.insert(2, "term_months", loan.term_months)
    return found


def break_even_months(*, fixed_rate: float, used_rate: float, term_months: int = MONTHS_PER_YEAR) -> float:
    r"""Return the months of use at which a line paid only while used costs as much as a loan drawn throughout.

    .. math:: m^* = n \, r_{fixed} / r_{used}

    Raises
    ------
    BadConfig
        If the rate while used is not positive.

    Examples
    --------
    >>> round(break_even_months(fixed_rate=0.042, used_rate=0.048), 2)
    10.5
    """
    if not used_rate > 0:
        raise BadConfig(f"used_rate = {used_rate}: costs nothing", where="used_rate", fix="give a rate above 0")
    return term_months * float(fixed_rate) / float(used_rate)


def internal_rate(amounts: Sequence[float], times: Sequence[float]) -> float:
    r"""Find the one rate per unit of time at which dated amounts are worth nothing together.

    .. math:: \sum_k C_k (1 + r)^{-t_k} = 0

    One change of sign has one rate. More than one has one rate that is not negative where the running sum changes its
    sign once (Norstrøm): so a loan of which a part is kept back as a deposit until the end.

    Parameters
    ----------
    amounts : sequence of float
        Yuan, + received, - paid.
    times : sequence of float
        Time of each, from 0.

    Returns
    -------
    float
        The rate, above -1.

    Raises
    ------
    BadConfig
        If an amount or a time is missing or infinite, or they differ in number; if there is no change of sign; if more
        than one rate may solve the flows.

    References
    ----------
    .. [1] Norstrøm, C. J. (1972). A sufficient condition for a unique nonnegative internal rate of return. JFQA 7(3).

    Examples
    --------
    >>> round(internal_rate([1000, -1010], [0, 1]), 6)
    0.01
    """
    paid, when = np.asarray(amounts, dtype=float), np.asarray(times, dtype=float)
    if paid.shape != when.shape or not np.isfinite(np.r_[paid, when]).all():
        raise BadConfig(
            f"{len(paid)} amounts and {len(when)} times, each a number, make no flows",
            where="cash flows",
            fix="give one amount for every time, none missing",
        )
    flows = pd.Series(paid).groupby(when).sum()
    flows = flows[flows.abs() > NOTHING * flows.abs().max()]
    lowest = _least(flows)
    if np.isnan(lowest):
        return 0.0
    exponents, values = flows.index.to_numpy(dtype=float), flows.to_numpy()

    def worth(growth: float) -> float:
        powers = -growth * exponents
        return float((values * np.exp(powers - powers.max())).sum())

    if worth(lowest) * worth(GAIN) >= 0:
        raise BadConfig("no rate solves the flows", where="cash flows", fix="check amounts and dates")
    return float(np.expm1(brentq(worth, lowest, GAIN, xtol=1e-15, rtol=1e-14)))


def _least(flows: pd.Series) -> float:
    """Return from where on ln(1 + rate) has one solution; missing where the rate is nought."""
    changes, running = _sign_changes(flows.to_numpy()), flows.cumsum().to_numpy()
    if changes == 0:
        side = "received" if len(flows) and flows.iloc[0] > 0 else "paid"
        raise BadConfig(
            f"every amount is {side}: no rate exists", where="cash flows", fix="give the other side's amounts"
        )
    if changes == 1:
        return LOSS
    left, is_even = _sign_changes(running), abs(running[-1]) <= NOTHING * np.abs(running).max()
    if left == 1 and not is_even:
        return 0.0
    lent = float((running[:-1] * np.diff(flows.index.to_numpy())).sum())
    if left <= 1 and is_even and lent * running[0] > 0:
        return np.nan
    raise BadConfig(
        f"the flows change sign {changes} times: several rates would do",
        where="cash flows",
        fix="split the loan into its draw-downs and find the cost of each",
    )


def _sign_changes(values: np.ndarray) -> int:
    largest = np.abs(values).max(initial=0.0)
    signs = np.sign(values[np.abs(values) > NOTHING * largest])
    return int((signs[1:] != signs[:-1]).sum())


def borrower_flows(flows: pd.DataFrame) -> pd.DataFrame:
    """Return the flows of `loan_flows` that are the borrower's own: fees that others pay are left out.

    Examples
    --------
    >>> flows = pd.DataFrame({"kind": ["paid_out", "fee"], "payer": ["bank", "fund"], "amount_yuan": [1e5, -500.0]})
    >>> borrower_flows(flows)["kind"].tolist()
    ['paid_out']
    """
    return flows[flows["payer"].isin(("borrower", "bank")) & ~_paid_by_bank(flows)]


def _paid_by_bank(flows: pd.DataFrame) -> pd.Series:
    return (flows["kind"] == "fee") & (flows["payer"] != "borrower")


def _cost(flows: pd.DataFrame, scope: str) -> dict:
    days = (flows["date"] - flows["date"].min()).dt.days / DAYS_PER_YEAR
    monthly = internal_rate(flows["amount_yuan"], flows["month_number"])
    paid = flows.groupby("kind")["amount_yuan"].sum()
    return {
        "scope": scope,
        "apr_rate": monthly * MONTHS_PER_YEAR,
        "eir_rate": (1 + monthly) ** MONTHS_PER_YEAR - 1,
        "dated_rate": internal_rate(flows["amount_yuan"], days),
        "interest_yuan": round(-paid.get("interest", 0.0), 2) + 0.0,
        "fees_yuan": round(-paid.get("fee", 0.0), 2) + 0.0,
        "total_cost_yuan": round(-flows["amount_yuan"].sum(), 2) + 0.0,
        "received_yuan": float(flows.loc[flows["month_number"] == 0, "amount_yuan"].sum()),
    }


def fee_amounts(fee: Fee, *, amount_yuan: float, lent: np.ndarray) -> dict[int, float]:
    """Return what a fee asks for, by month.

    Parameters
    ----------
    fee : Fee
        On ``amount``, on ``balance`` (its rate is yearly), or fixed; once, each month or each year.
    amount_yuan : float
        The loan's or the line's amount.
    lent : ndarray
        What is lent after the payment of month 0, 1 .. n; the last is the balance after the last payment.

    Examples
    --------
    >>> said = {"zh": "保险", "en": "cover"}
    >>> fee = Fee(code="cover", said=said, payer="borrower", basis="balance", rate=0.012, when="monthly")
    >>> fee_amounts(fee, amount_yuan=2e5, lent=np.array([2e5, 1e5, 0.0]))
    {0: 200.0, 1: 100.0}
    """
    last = len(lent) - 1
    step = {"monthly": 1, "yearly": MONTHS_PER_YEAR}.get(fee.when, last)
    months = {"at_start": [0], "at_end": [last]}.get(fee.when, list(range(0, last, step)))
    if fee.basis == "fixed":
        return dict.fromkeys(months, float(fee.yuan))
    if fee.basis == "amount":
        return dict.fromkeys(months, float(to_fen(to_fen(amount_yuan) * fee.rate)))
    part = {"monthly": 1 / MONTHS_PER_YEAR}.get(fee.when, 1.0)
    return {month: float(to_fen(float(lent[month]) * float(fee.rate) * part)) for month in months}


def _fee_rows(fee: Fee, loan: Loan, plan: pd.DataFrame) -> list[tuple]:
    left = plan.set_index("month_number")["balance_yuan"].reindex(range(int(plan["month_number"].iloc[-1]) + 1))
    lent = left.ffill().fillna(float(loan.amount_yuan)).to_numpy()
    due = fee_amounts(fee, amount_yuan=loan.amount_yuan, lent=lent)
    start = pd.Timestamp(loan.start)
    return [(month, start + pd.DateOffset(months=month), -due[month], "fee", fee.payer) for month in due]


def _deposit_rows(loan: Loan, retained: Retained, *, end: tuple) -> list[tuple]:
    month, day = end
    kept = float(to_fen(float(loan.amount_yuan) * retained.share))
    earned = float(to_fen(kept * retained.yearly_rate * month / MONTHS_PER_YEAR))
    start = pd.Timestamp(loan.start)
    return [(0, start, -kept, "deposit", "borrower"), (month, day, kept + earned, "deposit", "borrower")]


#: the loan that the schedule is shown for, and the months of use beside the product's own
SAMPLE_YUAN = 100_000
SHORT_MONTHS = (1, 3, 6)
EXACT = {
    "principal_yuan": "principal_due_yuan",
    "interest_yuan": "interest_due_yuan",
    "payment_yuan": "payment_due_yuan",
    "balance_yuan": "balance_left_yuan",
}
PAID = {
    "interest_yuan": "interest_due_yuan",
    "fees_yuan": "fees_due_yuan",
    "total_cost_yuan": "total_due_yuan",
}


def typical_size(limits: pd.DataFrame, *, floors: pd.DataFrame) -> float:
    """Return the loan size at which price and cost are told: of the sizes priced, the one nearest the median line.

    Where no line is sized the median of what the known caps allow stands in; without that, the smallest size.

    Parameters
    ----------
    limits : DataFrame
        Result of `limits.size_limits`. Not modified.
    floors : DataFrame
        Result of `prices.price_floors`: ``amount_yuan``. Not modified.

    Returns
    -------
    float
        Yuan.

    Examples
    --------
    >>> floors = pd.DataFrame({"amount_yuan": [50_000.0, 100_000.0, 200_000.0]})
    >>> lines = pd.DataFrame({"reason": ["sized", "sized"], "limit_yuan": [120_000.0, 160_000.0],
    ...                       "at_most_yuan": [125_000.0, 161_000.0]})
    >>> typical_size(lines, floors=floors), typical_size(lines.head(0), floors=floors)
    (100000.0, 50000.0)
    """
    sized = limits.loc[limits["reason"] == "sized", "limit_yuan"]
    middle = (sized if len(sized) else limits["at_most_yuan"]).median()
    one_row(floors, "floors")
    sizes = floors["amount_yuan"].dropna().drop_duplicates().sort_values()
    return float(sizes.iloc[0] if np.isnan(middle) else sizes.iloc[(sizes - middle).abs().argmin()])


def sample_schedule(product: Product, *, start: date, amount_yuan: float = SAMPLE_YUAN) -> pd.DataFrame:
    """Lay out the repayment of 100,000 yuan under the product's terms, at its longest tenor, to the fen.

    Returns
    -------
    DataFrame
        As `schedules.repayment_schedule`, months without a payment left out; amounts are named ``principal_due_yuan,
        interest_due_yuan, payment_due_yuan, balance_left_yuan``, because they are told in yuan and fen

    Examples
    --------
    >>> from microlib.design.terms import read_product
    >>> stall = read_product(".", product="market_stall", as_of="2026-06-30")
    >>> plan = sample_schedule(stall, start=date(2026, 6, 30))
    >>> len(plan), round(float(plan["principal_due_yuan"].sum()), 2)
    (24, 100000.0)
    """
    plan = repayment_schedule(Loan.of(product, amount_yuan=amount_yuan, start=start))
    due = plan[plan["payment_yuan"] > 0].drop(columns=["month_number", "term_number"])
    return due.rename(columns=EXACT).reset_index(drop=True)


def cost_by_use(product: Product, *, amount_yuan: float, start: date) -> pd.DataFrame:
    """Find what the money costs the borrower by how long it is used.

    A revolving line is drawn for some months and repaid; any other loan is taken for its shortest, middle and longest
    tenor (a seasonal one only for its longest: shorter ones may miss the season).

    Returns
    -------
    DataFrame
        One row per ``used_months``: ``amount_yuan``; ``interest_due_yuan, fees_due_yuan, total_due_yuan`` (paid by the
        borrower, told to the fen); ``apr_rate, eir_rate``

    Examples
    --------
    >>> from microlib.design.terms import read_product
    >>> stall = read_product(".", product="market_stall", as_of="2026-06-30")
    >>> cost_by_use(stall, amount_yuan=1e5, start=date(2026, 6, 30))["used_months"].to_list()
    [3, 13, 24]
    """
    loan = Loan.of(product, amount_yuan=amount_yuan, start=start)
    rows = [
        {"used_months": months, "amount_yuan": float(amount_yuan), **_borrower(_used(loan, months), product)}
        for months in _months(product)
    ]
    names = [*PAID, "apr_rate", "eir_rate"]
    return pd.DataFrame(rows)[["used_months", "amount_yuan", *names]].rename(columns=PAID)


def disclosure(product: Product, *, amount_yuan: float, start: date) -> pd.DataFrame:
    """Draft the statement of the whole cost of a loan (综合融资成本): every item, who pays it, the yearly rates.

    Returns
    -------
    DataFrame
        ``item, case`` (who pays), ``value, unit`` (``exact`` yuan, fraction, months), ``code``: rows as in a term sheet

    Examples
    --------
    >>> from microlib.design.terms import read_product
    >>> farm = read_product(".", product="farm_household", as_of="2026-06-30")
    >>> disclosure(farm, amount_yuan=1e5, start=date(2026, 6, 30))["item"].to_list()[4:6]
    ['interest', 'crop_insurance_premium']
    """
    loan = Loan.of(product, amount_yuan=amount_yuan, start=start)
    cost = _borrower(loan, product)
    rows = [
        ("amount", "", float(amount_yuan), "exact", ""),
        ("max_term", "", float(loan.term_months), "months", ""),
        ("repayment", "", np.nan, "", loan.method),
        ("yearly_rate", "", float(product.yearly_rate), "fraction", ""),
        ("interest", "borrower", cost["interest_yuan"], "exact", ""),
    ]
    rows += [(fee.code, fee.payer, _paid(loan, fee), "exact", "") for fee in product.fees]
    rows += [
        ("total_cost", "borrower", cost["total_cost_yuan"], "exact", ""),
        ("apr_rate", "borrower", cost["apr_rate"], "fraction", ""),
        ("eir_rate", "borrower", cost["eir_rate"], "fraction", ""),
    ]
    return pd.DataFrame(rows, columns=["item", "case", "value", "unit", "code"])


def _months(product: Product) -> list[int]:
    longest, used = product.max_term_months, product.repayment.used_months
    if used is not None:
        return sorted({month for month in (*SHORT_MONTHS, used, longest) if month <= longest})
    if product.repayment.method == "seasonal":
        return [longest]
    return sorted({product.min_term_months, (product.min_term_months + longest) // 2, longest})


def _used(loan: Loan, months: int) -> Loan:
    return replace(loan, used_months=months) if loan.method == "revolving" else replace(loan, term_months=months)


def _borrower(loan: Loan, product: Product) -> dict:
    costs = true_cost(loan_flows(loan, fees=product.fees))
    return costs[costs["scope"] == "borrower"].iloc[0].to_dict()


def _paid(loan: Loan, fee: Fee) -> float:
    flows = loan_flows(loan, fees=[fee])
    return float(-flows.loc[flows["kind"] == "fee", "amount_yuan"].sum())
