"""Sizes, costs and prices of single loans, and what a campaign brought, from plain numbers and frames."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from math import ceil
from typing import Literal

import numpy as np
import pandas as pd

from microlib.contracts.documents import Bilingual
from microlib.contracts.product import Fee
from microlib.design import cost
from microlib.design.cost import loan_flows
from microlib.design.limits import ROUNDING, smallest_caps
from microlib.design.prices import Parts, floor_rate, risk_adjusted_return
from microlib.design.schedules import Loan, repayment_schedule
from microlib.errors import BadConfig, BadData
from microlib.metrics.campaign_effect import arm_counts, campaign_effects
from microlib.metrics.campaign_plan import arm_size, detectable_lift, power_of
from microlib.metrics.capacity import loan_capacity, service_coverage

WHOLE = "all"
#: what a fee without a name of its own is called
NAMED = Bilingual(zh="费用", en="fee")


def limits(
    firms: pd.DataFrame, *, caps: Mapping[str, str | float], floor: float = 0.0, unit: float = 1.0
) -> pd.DataFrame:
    r"""Size each firm's line: the smallest of its caps, rounded down, or nothing (孰低额度).

    Answers "how much, and which rule says no more?"

    .. math:: L = \left\lfloor \min_k c_k / u \right\rfloor u, \qquad L < floor \Rightarrow 0

    Parameters
    ----------
    firms : DataFrame
        One row per firm, with the columns that `caps` names (yuan, >= 0). Not modified.
    caps : mapping
        Name of each cap -> a column of `firms`, or one number of yuan for all:
        ``{"need": "need_yuan", "repayment": "capacity_yuan", "product": 500_000}``. A tie goes to the first.
    floor : float
        Smallest line that is given at all (yuan); a smaller one is refused, never lifted.
    unit : float
        Lines are rounded down to whole units (yuan, > 0).

    Returns
    -------
    DataFrame
        The index of `firms`; ``customer_id`` where there is one, ``<cap>_cap_yuan`` of each cap, ``at_most_yuan`` (the
        smallest known), ``limit_yuan``, ``bound_by`` (the cap that is smallest), ``reason`` (``sized``;
        ``below_floor``: refused; ``to_be_verified``: a cap is not known, so only what the others allow is told),
        ``missing`` (those caps, blanks between).

    Raises
    ------
    MissingColumn, BadData, EmptyBook
        If a column is missing, a cap is text, infinite or negative, or there is no firm.
    BadConfig
        If there is no cap, the unit is not above zero, or the floor is negative.

    Notes
    -----
    Unknown is not zero and not endless: a firm with a missing cap gets no line until it is known. Caps that firms
    share (a group's, a source's) must be divided first; `Branch.design` does so.

    References
    ----------
    .. [1] 《流动资金贷款管理办法》 (2024), annex: the need, as one of the caps.

    Examples
    --------
    >>> firms = pd.DataFrame({"customer_id": ["C1", "C2"], "need_yuan": [236_500.0, 90_000.0],
    ...                       "capacity_yuan": [181_300.0, None]})
    >>> sized = limits(firms, caps={"need": "need_yuan", "repayment": "capacity_yuan", "product": 500_000}, unit=1_000)
    >>> sized[["limit_yuan", "bound_by", "reason", "missing"]].to_numpy().tolist()
    [[181000.0, 'repayment', 'sized', ''], [0.0, 'need', 'to_be_verified', 'repayment']]
    """
    if not caps:
        raise BadConfig("there is no cap", where="caps", fix='name at least one: caps={"need": "need_yuan"}')
    if not unit > 0 or floor < 0:
        what = f"unit is {unit} and floor {floor}: no line can be rounded to them"
        raise BadConfig(what, where="unit, floor", fix="give a unit above 0 and a floor of 0 or more, in yuan")
    columns = {f"{cap}_cap_yuan": _cap(firms, cap, where) for cap, where in caps.items()}
    known = pd.DataFrame(columns, index=firms.index)
    head = firms[["customer_id"]] if "customer_id" in firms.columns else firms[[]]
    least = max(floor, ROUNDING)
    return head.assign(**columns, **smallest_caps(known, applying=list(columns), unit_yuan=unit, floor_yuan=least))


def _cap(firms: pd.DataFrame, cap: str, where: str | float) -> pd.Series:
    if isinstance(where, str):
        return firms[where].astype("float64")
    if isinstance(where, bool) or not isinstance(where, int | float) or not 0 <= where < np.inf:
        fix = "name a column, or give one number of yuan for all"
        raise BadData(f"the cap {cap} is {where!r}: no amount", where=f"caps, {cap}", fix=fix)
    return pd.Series(float(where), index=firms.index)


def capacity(
    firms: pd.DataFrame, *, yearly_rate: float, months: int, coverage: float, cash_share: float = 1.0
) -> pd.DataFrame:
    r"""Find the largest loan that each firm's cash can repay in equal instalments, and the DSCR of what it asks.

    .. math:: L = \max\Big(0, \frac{C s}{d} - D\Big) \cdot \frac{1 - (1 + i)^{-n}}{i}, \qquad
        DSCR = \frac{C s}{D + A(asked)}

    with :math:`C` the month's cash, :math:`s` the part of it that may serve debt, :math:`d` the coverage asked for,
    :math:`D` the service of present debt, :math:`A` the instalment, :math:`i = r/12`, n months.

    Parameters
    ----------
    firms : DataFrame
        ``cash_month_yuan`` (yuan a month, of a poor month rather than a usual one; missing: not known),
        ``service_month_yuan`` (yuan a month on present debt; 0 if the column is not there), ``asked_yuan`` (optional).
        Not modified.
    yearly_rate : float
        r, fraction a year.
    months : int
        n; for a bullet or revolving loan the notional months over which it must be repayable.
    coverage : float
        d, least cash over debt service, > 0: policy's, for example 1.3.
    cash_share : float
        s, fraction above 0.

    Returns
    -------
    DataFrame
        `firms` with ``free_month_yuan`` (cash for one more instalment), ``capacity_yuan`` and, with ``asked_yuan``,
        ``payment_month_yuan`` and ``coverage_ratio`` (DSCR). Missing where the cash, or the debt, is not known.

    Raises
    ------
    MissingColumn, BadData, EmptyBook
        If a column is missing, or an amount is text, infinite or negative.
    BadConfig
        If coverage, months or the share are not above zero.

    References
    ----------
    .. [1] 《流动资金贷款管理办法》 (2024): repayment comes from operating cash.

    Examples
    --------
    >>> firm = pd.DataFrame({"cash_month_yuan": [20_000.0], "service_month_yuan": [3_000.0], "asked_yuan": [200_000.0]})
    >>> sized = capacity(firm, yearly_rate=0.06, months=24, coverage=1.25)
    >>> sized[["free_month_yuan", "capacity_yuan", "coverage_ratio"]].round(2).iloc[0].to_list()
    [13000.0, 293317.26, 1.69]
    """
    if min(coverage, months, cash_share) <= 0:
        what = f"coverage {coverage}, months {months}, cash_share {cash_share}: each must be above zero"
        raise BadConfig(what, where="coverage, months, cash_share", fix="give for example coverage=1.3, months=24")
    cash = firms["cash_month_yuan"].astype("float64") * cash_share
    service = firms["service_month_yuan"].astype("float64") if "service_month_yuan" in firms.columns else 0.0
    room = (cash / coverage - service).clip(lower=0)
    found = firms.assign(
        free_month_yuan=room, capacity_yuan=loan_capacity(room, yearly_rate=yearly_rate, months=months)
    )
    if "asked_yuan" not in firms.columns:
        return found
    payment = firms["asked_yuan"].astype("float64") / loan_capacity(1.0, yearly_rate=yearly_rate, months=months)
    ratio = service_coverage(
        cash, amount_yuan=(payment + service).where(lambda due: due > 0), yearly_rate=0.0, months=1
    )
    return found.assign(payment_month_yuan=payment, coverage_ratio=ratio)


def loan(
    amount_yuan: float,
    *,
    yearly_rate: float,
    months: int,
    method: str = "equal_instalment",
    start: str | pd.Timestamp = "2026-01-01",
    grace_months: int = 0,
) -> Loan:
    """Write down the terms of one loan, for `schedule` and `true_cost`.

    Parameters
    ----------
    amount_yuan : float
        Yuan paid out, > 0.
    yearly_rate : float
        Nominal, fraction a year: 4.35 % is 0.0435.
    months : int
        To the last payment, >= 1.
    method : str
        ``equal_instalment`` (等额本息), ``equal_principal`` (等额本金), ``interest_only`` (先息后本), ``bullet``
        (到期一次还本付息), ``equal_principal_and_interest`` (等本等息, interest always on the amount first paid out).
    start : date
        Day of paying out.
    grace_months : int
        Months of interest only before principal begins.

    Returns
    -------
    Loan
        The terms; unusual ones (seasons, balloons, part of a line) are set on `microlib.design.schedules.Loan` itself.

    Raises
    ------
    BadData, BadConfig
        If an amount, rate or day is not one, or the terms make no schedule.

    References
    ----------
    .. [1] Kellison, S. (2009). The Theory of Interest, 3rd ed., ch. 5: amortisation.

    Examples
    --------
    >>> loan(100_000, yearly_rate=0.06, months=12).method
    'equal_instalment'
    """
    made = Loan(amount_yuan, yearly_rate, months, method, pd.Timestamp(start).date(), grace_months)
    repayment_schedule(made)
    return made


def schedule(loan: Loan) -> pd.DataFrame:
    r"""Lay out a loan's payments to the fen (还款计划), principal summing exactly to the loan.

    .. math:: A = P \frac{i}{1 - (1 + i)^{-n}}, \qquad i = r/12

    is the equal instalment; the other methods as in `loan`.

    Parameters
    ----------
    loan : Loan
        Of `loan`.

    Returns
    -------
    DataFrame
        One row per payment: ``term_number, month_number, due_date, principal_yuan, interest_yuan, payment_yuan,
        balance_yuan`` (yuan; after the payment).

    Raises
    ------
    BadConfig
        If the terms make no schedule, or something else than a loan is given.

    References
    ----------
    .. [1] Kellison, S. (2009). The Theory of Interest, 3rd ed., ch. 5: amortisation.

    Examples
    --------
    >>> plan = schedule(loan(100_000, yearly_rate=0.06, months=12))
    >>> plan["payment_yuan"].iloc[0].item(), round(plan["principal_yuan"].sum(), 2).item()
    (8606.64, 100000.0)
    """
    return repayment_schedule(_a_loan(loan))


def fee(
    *,
    yuan: float = 0.0,
    rate: float = 0.0,
    when: Literal["at_start", "monthly", "yearly", "at_end"] = "at_start",
    basis: Literal["amount", "balance"] = "amount",
    payer: Literal["borrower", "bank", "core_enterprise", "guarantor", "fund"] = "borrower",
) -> Fee:
    """Write down one fee of a loan, for `true_cost`: a fixed sum or a rate, who pays it and when.

    Parameters
    ----------
    yuan : float
        A fixed sum, yuan each time; or
    rate : float
        a fraction of the `basis` each time (on the ``balance``: a yearly rate).
    when : str
        ``at_start``, ``monthly``, ``yearly`` or ``at_end``.
    basis : str
        ``amount`` (the loan) or ``balance`` (what is then owed), for a rate.
    payer : str
        Who pays it.

    Returns
    -------
    Fee
        The fee.

    Raises
    ------
    BadConfig
        If both or neither of `yuan` and `rate` are given, or a word is not one of those above.

    References
    ----------
    .. [1] 《关于进一步规范信贷融资收费》 银保监发〔2020〕18号: every charge of a loan belongs to its cost.

    Examples
    --------
    >>> fee(rate=0.01).when
    'at_start'
    """
    if (yuan > 0) == (rate > 0):
        what = f"a fee of {yuan} yuan and a rate of {rate}: give one of the two"
        raise BadConfig(what, where="fee", fix="write ml.fee(yuan=500) or ml.fee(rate=0.01)")
    try:
        checked = Fee(
            code="fee",
            said=NAMED,
            payer=payer,
            basis="fixed" if yuan > 0 else basis,
            rate=Decimal(str(rate)),
            yuan=ceil(yuan),
            when=when,
        )
    except ValueError as error:
        what = f"no fee is {when}, on {basis}, paid by {payer}, of {yuan or rate}"
        raise BadConfig(what, where="fee", fix="see help(ml.fee) for the words that are known") from error
    return checked.model_copy(update={"yuan": yuan})


def true_cost(loan: Loan, fees: Sequence[Fee] = ()) -> pd.DataFrame:
    r"""Find what a loan costs a year once every fee is counted: APR, effective and dated rate (综合融资成本).

    .. math:: \sum_t C_t (1 + i)^{-t} = 0, \qquad APR = 12\,i, \qquad EIR = (1 + i)^{12} - 1

    with :math:`C_t` the flows of month t, received above and paid below zero.

    Parameters
    ----------
    loan : Loan
        Of `loan`.
    fees : sequence of Fee
        Of `fee`, whoever pays them.

    Returns
    -------
    DataFrame
        One row per ``scope``: ``borrower`` (what the borrower pays) and ``all_payers`` (as if the borrower paid every
        fee); ``apr_rate, eir_rate, dated_rate`` (fraction a year), ``interest_yuan, fees_yuan, total_cost_yuan,
        received_yuan`` (yuan; at the start).

    Raises
    ------
    BadConfig
        If the terms make no schedule, something else than a loan or a fee is given, or the flows have no rate.

    References
    ----------
    .. [1] Norstrøm, C. J. (1972). JFQA 7(3): when there is just one rate.
    .. [2] 12 CFR 1026 Appendix J: the actuarial method.

    Examples
    --------
    >>> flat = loan(1_000_000, yearly_rate=0.042, months=12, method="equal_principal_and_interest")
    >>> true_cost(flat, [fee(rate=0.01)])[["apr_rate", "fees_yuan"]].round(4).iloc[0].to_list()
    [0.0956, 10000.0]
    """
    strange = [each for each in fees if not isinstance(each, Fee)]
    if strange:
        raise BadConfig(f"{strange[0]!r} is no fee", where="fees", fix="write ml.fee(rate=0.01) or ml.fee(yuan=500)")
    return cost.true_cost(loan_flows(_a_loan(loan), fees=tuple(fees)))


def _a_loan(loan: Loan) -> Loan:
    if not isinstance(loan, Loan):
        fix = "write ml.loan(100_000, yearly_rate=0.06, months=12)"
        raise BadConfig(f"{type(loan).__name__} is no loan", where="loan", fix=fix)
    return loan


def price_floor(
    *,
    ftp_rate: float | pd.Series,
    opex_rate: float | pd.Series,
    pd_rate: float | pd.Series,
    lgd_share: float | pd.Series,
    capital_share: float | pd.Series,
    capital_cost_rate: float | pd.Series,
    tax_rate: float = 0.0,
    funding_credit: bool = False,
    yearly_rate: float | pd.Series | None = None,
) -> pd.DataFrame:
    r"""Add up the lowest yearly rate at which a loan earns its cost of capital (定价下限), and RAROC at a rate asked.

    .. math:: r^* = FTP + o + PD \cdot LGD + K\Big(\frac{h}{1 - \tau} - c\,FTP\Big), \qquad
        RAROC = \frac{(r - FTP - o - PD \cdot LGD + c K FTP)(1 - \tau)}{K}

    Parameters
    ----------
    ftp_rate, opex_rate : float or Series
        Funds transfer price and operating cost, fractions of the balance a year.
    pd_rate, lgd_share : float or Series
        PD of a year and LGD, fractions.
    capital_share : float or Series
        K, capital per yuan of balance: capital ratio times risk weight.
    capital_cost_rate : float or Series
        h, what capital must earn after tax.
    tax_rate : float
        :math:`\tau`; 0 leaves tax out.
    funding_credit : bool
        c: whether capital, being funds itself, saves the transfer price.
    yearly_rate : float or Series, optional
        r, a rate asked.

    Returns
    -------
    DataFrame
        One row, or one per row of the Series: ``ftp_rate, opex_rate, loss_rate, capital_rate, floor_rate`` (fraction a
        year, the first four summing to the last); with `yearly_rate` also ``yearly_rate, margin_rate`` (over the
        floor) and ``raroc_rate``.

    Raises
    ------
    BadData
        If a number is text, missing, or no fraction.
    BadConfig
        If capital is zero where RAROC is asked for, or tax is the whole.

    References
    ----------
    .. [1] Basel Committee (2005). An Explanatory Note on the Basel II IRB Risk Weight Functions.

    Examples
    --------
    >>> floor = price_floor(ftp_rate=0.0205, opex_rate=0.0095, pd_rate=0.019, lgd_share=0.4, capital_share=0.07875,
    ...                     capital_cost_rate=0.10, yearly_rate=0.05)
    >>> floor[["floor_rate", "margin_rate", "raroc_rate"]].round(4).iloc[0].to_list()
    [0.0455, 0.0045, 0.1575]
    """
    if not tax_rate < 1:
        raise BadConfig(f"tax_rate is {tax_rate}: nothing is left", where="tax_rate", fix="write 25 % as 0.25")
    parts = Parts(ftp_rate, opex_rate, pd_rate, lgd_share, capital_share, capital_cost_rate, tax_rate, funding_credit)
    found = {
        "ftp_rate": ftp_rate,
        "opex_rate": opex_rate,
        "loss_rate": parts.loss_rate,
        "capital_rate": parts.capital_rate,
        "floor_rate": floor_rate(parts),
    }
    if yearly_rate is not None:
        if np.min(capital_share) <= 0:
            raise BadConfig("there is no return on no capital", where="capital_share", fix="give capital above 0")
        found |= {
            "yearly_rate": yearly_rate,
            "margin_rate": yearly_rate - found["floor_rate"],
            "raroc_rate": risk_adjusted_return(parts, yearly_rate=yearly_rate),
        }
    rows = next((value.index for value in found.values() if isinstance(value, pd.Series)), pd.RangeIndex(1))
    return pd.DataFrame(found, index=rows)


def campaign_effect(members: pd.DataFrame, *, by: str | None = None, level: float = 0.95) -> pd.DataFrame:
    r"""Measure what a campaign brought against a hold-out drawn by lot: the lift with its range, the added loans.

    .. math:: lift = \frac{k_1}{n_1} - \frac{k_0}{n_0}, \qquad added = n_1 \cdot lift

    Parameters
    ----------
    members : DataFrame
        One row per member of the list: ``customer_id``, ``arm`` (``treated`` or ``control``), ``has_borrowed`` (True
        or False). Not modified.
    by : str, optional
        Column that keeps several campaigns apart; one campaign, ``all``, without.
    level : float
        Two-sided confidence, 0 .. 1 exclusive.

    Returns
    -------
    DataFrame
        One row per campaign: its name (column `by`, or ``campaign``), counts of both arms, ``treated_share,
        control_share`` with ranges (Wilson), ``lift_share, lift_low, lift_high`` (Newcombe; fraction), ``fisher_p``,
        ``added_count`` with its range. Everything that needs a hold-out is missing without one.

    Raises
    ------
    MissingColumn, BadData, EmptyBook
        If a column is missing, an arm is neither, an outcome is not True or False, or a member stands twice.

    Notes
    -----
    Holds only where chance chose the arms. Without a hold-out nobody knows what was added.

    References
    ----------
    .. [1] Newcombe, R. G. (1998). Statistics in Medicine 17, 873-890, method 10.

    Examples
    --------
    >>> arms = ["treated"] * 400 + ["control"] * 100
    >>> borrowed = [True] * 24 + [False] * 376 + [True] * 3 + [False] * 97
    >>> members = pd.DataFrame({"customer_id": [f"C{k}" for k in range(500)], "arm": arms, "has_borrowed": borrowed})
    >>> campaign_effect(members)[["lift_share", "lift_low", "lift_high"]].round(4).iloc[0].to_list()
    [0.03, -0.0279, 0.064]
    """
    label = by or "campaign"
    rows = members if by else members.assign(campaign=WHOLE)
    return campaign_effects(arm_counts(rows, within=label), level=level)


def campaign_power(
    base: float,
    lift: float,
    *,
    treated: int | None = None,
    control: int | None = None,
    power: float = 0.8,
    level: float = 0.95,
) -> pd.DataFrame:
    r"""Say how many members each arm needs to show a lift, and what arms of given sizes can show.

    .. math:: n = \Big\lceil \frac{(z_\alpha\sqrt{2\bar p\bar q} + z_\beta\sqrt{p_1q_1+p_2q_2})^2}{d^2} \Big\rceil

    with :math:`p_2 = p_1 + d`, :math:`\bar p` their mean, :math:`q = 1 - p`.

    Parameters
    ----------
    base : float
        Share that borrows without the campaign (fraction, 0 .. 1).
    lift : float
        d, the smallest lift worth knowing (fraction, not 0).
    treated, control : int, optional
        Members of the two arms, if they are given already; both or none.
    power, level : float
        Chance of seeing the lift when it is there; two-sided confidence.

    Returns
    -------
    DataFrame
        One row: ``base_share, lift_share, arm_count`` (members that each of two equal arms needs); with both arms also
        ``treated_count, control_count, power_share`` (chance that they show the lift) and ``detectable_share`` (the
        smallest lift that they show).

    Raises
    ------
    BadData
        If a share leaves 0 .. 1, the lift is zero, or a number is not one.
    BadConfig
        If only one arm is given.

    References
    ----------
    .. [1] Fleiss, J. et al. (2003). Statistical Methods for Rates and Proportions, 3rd ed., ch. 4.

    Examples
    --------
    >>> campaign_power(0.03, 0.03, treated=749, control=749)[["arm_count", "power_share"]].round(2).iloc[0].to_list()
    [749.0, 0.8]
    """
    found = {"base_share": base, "lift_share": lift, "arm_count": arm_size(base, lift, power=power, level=level)}
    if (treated is None) != (control is None):
        raise BadConfig("only one arm is given", where="treated, control", fix="give the members of both arms, or none")
    if treated is not None:
        found |= {
            "treated_count": treated,
            "control_count": control,
            "power_share": power_of(base, lift, treated=treated, control=control, level=level),
            "detectable_share": detectable_lift(base, treated=treated, control=control, power=power, level=level),
        }
    return pd.DataFrame([found])
