"""Project finance cases: monthly cash by plan, lowest DSCR, hidden debt, clauses with numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
import pandas as pd

from microlib.contracts.cases import ProjectCase
from microlib.contracts.documents import read_document
from microlib.contracts.policy import highest_rate
from microlib.design.schedules import Loan, repayment_schedule
from microlib.errors import BadConfig
from microlib.home import Home


@dataclass(frozen=True)
class Venture:
    """What a hotel, shop or workshop sells and spends in a month.

    Parameters
    ----------
    units_count : float
        Rooms, tables or machines that can be sold each day.
    price_yuan : float
        Yuan per unit and day sold.
    full_share, ramp_share : float
        Part of the units sold in full trade, and while trade picks up.
    variable_share : float
        Part of revenue that goes with sales.
    fixed_month_yuan : float
        Rent, wages and the rest that run whether open or not.
    closed_months, ramp_months : int
        Months without trade from the day the loan is paid out, then months of picking up.
    days_count : int
        Days of a month.
    """

    units_count: float
    price_yuan: float
    full_share: float
    variable_share: float
    fixed_month_yuan: float
    ramp_share: float = 0.0
    ramp_months: int = 0
    closed_months: int = 0
    days_count: int = 30

    @property
    def full_month_yuan(self) -> float:
        """Revenue of a month with everything sold."""
        return self.units_count * self.price_yuan * self.days_count

    def cash_at(self, sold_share: float) -> float:
        """Return what a month leaves for debt service with that part of the units sold."""
        return self.full_month_yuan * sold_share * (1 - self.variable_share) - self.fixed_month_yuan


def project_cash(venture: Venture, *, debts: Mapping[str, Loan], reserve_yuan: float = 0.0) -> pd.DataFrame:
    r"""Lay out a venture's cash month by month against all its debts, declared and hidden.

    Answers "is there a month in which this cannot be paid, and how deep is the hole?"

    .. math:: cash_t = U p d\, s_t (1 - v) - F, \qquad N_t = R + \sum_{u \le t} \left(cash_u - \sum_l A_{lu}\right)

    with :math:`U` units, :math:`p` price, :math:`d` days, :math:`s_t` the part sold, :math:`v` variable costs,
    :math:`F` fixed costs, :math:`A` debt service, :math:`R` the reserve paid in before.

    Parameters
    ----------
    venture : Venture
    debts : mapping of Loan
        By name; each begins on the same day and runs its own schedule.
    reserve_yuan : float
        Cash put aside before the first month (开业准备金).

    Returns
    -------
    DataFrame
        One row per month to the end of the longest debt

        - ``month_number`` (1 ..), ``phase`` (``closed``, ``ramp``, ``full``), ``sold_share``
        - ``revenue_yuan``, ``cash_yuan`` (for debt service, may be negative), ``service_yuan`` (all debts)
        - ``net_yuan``, ``cumulative_yuan`` (with the reserve)
        - ``coverage_ratio``: cash over service (DSCR); missing where nothing is due

    Raises
    ------
    BadConfig
        If there is no debt, or a share of the venture lies outside 0 to 1.

    Examples
    --------
    >>> hotel = Venture(60, 230, 0.72, 0.22, 130_000, ramp_share=0.45, ramp_months=6)
    >>> cash = project_cash(hotel, debts={"bank": Loan(2_100_000, 0.055, 36)})
    >>> cash.coverage_ratio.iloc[-1].round(2).item(), round(cash.cumulative_yuan.min())
    (1.62, -288584)
    """
    _check(venture, debts)
    services = {
        name: repayment_schedule(loan).set_index("month_number")["payment_yuan"] for name, loan in debts.items()
    }
    months = pd.RangeIndex(1, max(int(paid.index.max()) for paid in services.values()) + 1)
    service = sum(paid.reindex(months, fill_value=0.0) for paid in services.values())
    sold = _sold_shares(venture, months)
    cash = venture.full_month_yuan * sold * (1 - venture.variable_share) - venture.fixed_month_yuan
    net = cash - service.to_numpy()
    return pd.DataFrame(
        {
            "month_number": months.to_numpy(),
            "phase": _phases(venture, months),
            "sold_share": sold,
            "revenue_yuan": venture.full_month_yuan * sold,
            "cash_yuan": cash,
            "service_yuan": service.to_numpy(),
            "net_yuan": net,
            "cumulative_yuan": float(reserve_yuan) + net.cumsum(),
            "coverage_ratio": cash / service.where(service > 0).to_numpy(),
        }
    )


def _phases(venture: Venture, months: pd.RangeIndex) -> np.ndarray:
    ends = [venture.closed_months, venture.closed_months + venture.ramp_months]
    return np.array(["closed", "ramp", "full"], dtype=object)[np.searchsorted(ends, months, side="left")]


def _sold_shares(venture: Venture, months: pd.RangeIndex) -> np.ndarray:
    shares = {"closed": 0.0, "ramp": venture.ramp_share, "full": venture.full_share}
    return np.array([shares[phase] for phase in _phases(venture, months)])


def _check(venture: Venture, debts: Mapping[str, Loan]) -> None:
    if not debts:
        raise BadConfig("there is no debt to serve", where="debts", fix="name at least the loan asked for")
    for name in ("full_share", "ramp_share", "variable_share"):
        if not 0 <= getattr(venture, name) <= 1:
            what = f"{name} = {getattr(venture, name)}: is not a share"
            raise BadConfig(what, where="venture", fix="write fractions: 0.72 is 72 percent")


#: what the bank signed, and what it could have signed
PLANS = ("signed", "redesigned")
#: trade goes on from the first day, or the doors are closed while works and acceptance last
WORKS = ("open", "closed")
#: debts that the application names, or all
DEBTS = ("declared", "all")


def read_case(home: Home, *, case: str) -> ProjectCase:
    """Read a case from ``data/cases/<case>.toml``.

    Raises
    ------
    BadConfig
        If there is no such file, or it breaks the contract.
    """
    return read_document(home.config("cases") / f"{case}.toml", ProjectCase, highest_rate=highest_rate(home))


def venture_of(case: ProjectCase, *, works: str = "open", later_months: int = 0) -> Venture:
    """Return the case's trade; with closed works, `later_months` more without trade.

    Examples
    --------
    >>> from pathlib import Path
    >>> hotel = read_case(Home(Path(".")), case="hotel_renovation")
    >>> venture_of(hotel, works="closed").closed_months
    3
    """
    venture = Venture(**case.venture.model_dump())
    return replace(venture, closed_months=case.project.closed_months + later_months) if works == "closed" else venture


def debts_of(case: ProjectCase, *, plan: str = "signed", debts: str = "declared") -> dict[str, Loan]:
    """Return the case's loans by name: under a plan, those declared or all; a redesign changes declared ones only.

    Examples
    --------
    >>> from pathlib import Path
    >>> hotel = read_case(Home(Path(".")), case="hotel_renovation")
    >>> {name: loan.grace_months for name, loan in debts_of(hotel, plan="redesigned", debts="all").items()}
    {'bank': 6, 'hidden': 0}
    """
    grace = case.redesign.grace_months if plan == "redesigned" else 0
    return {
        debt.code: Loan(
            debt.amount_yuan, float(debt.yearly_rate), debt.term_months, grace_months=grace if debt.is_declared else 0
        )
        for debt in case.debts
        if debt.is_declared or debts == "all"
    }


def project_coverage(cash: pd.DataFrame) -> pd.DataFrame:
    """Sum up a project's months in one row.

    Parameters
    ----------
    cash : DataFrame
        Result of `project_cash`. Not modified.

    Returns
    -------
    DataFrame
        One row

        - ``coverage_ratio``: the lowest of the months at full trade; ``short_months_count``: months at full trade in
          which cash does not pay what is due
        - ``ramp_coverage_ratio``: the lowest while closed or ramping up; missing where there are no such months
        - ``worst_yuan`` (<= 0): the deepest cumulative cash, ``worst_month`` (0: never below zero)
        - ``reserve_yuan``: what must be put aside before the first month so that no month is short

    Examples
    --------
    >>> from microlib.design.projects import project_cash
    >>> hotel = Venture(60, 230, 0.72, 0.22, 130_000, ramp_share=0.45, ramp_months=6)
    >>> debts = {"bank": Loan(2_100_000, 0.055, 36), "hidden": Loan(600_000, 0.12, 24)}
    >>> found = project_coverage(project_cash(hotel, debts=debts)).iloc[0]
    >>> found.coverage_ratio.round(2).item(), round(found.worst_yuan), int(found.worst_month)
    (1.12, -458049, 6)
    """
    full = cash["phase"] == "full"
    lowest = cash["cumulative_yuan"].min()
    hole = min(0.0, float(lowest))
    return pd.DataFrame(
        {
            "coverage_ratio": [cash.loc[full, "coverage_ratio"].min()],
            "short_months_count": [int((full & (cash["net_yuan"] < 0)).sum())],
            "ramp_coverage_ratio": [cash.loc[~full, "coverage_ratio"].min()],
            "worst_yuan": [hole],
            "worst_month": [int(cash["month_number"].iloc[cash["cumulative_yuan"].argmin()]) if hole < 0 else 0],
            "reserve_yuan": [-hole],
        }
    )


def break_even_share(venture: Venture, *, service_yuan: float, coverage_ratio: float = 1.0) -> float:
    r"""Return the part of the units that must be sold for cash to cover debt service.

    .. math:: s^* = \frac{q A + F}{U p d (1 - v)}

    with :math:`q` the coverage asked and :math:`A` the monthly service; above 1 no occupancy suffices.

    Raises
    ------
    BadConfig
        If a sale leaves nothing: no price, or variable costs take all of it.

    Examples
    --------
    >>> hotel = Venture(60, 230, 0.72, 0.22, 130_000)
    >>> round(break_even_share(hotel, service_yuan=63_411), 3)
    0.599
    """
    left = venture.full_month_yuan * (1 - venture.variable_share)
    if not left > 0:
        raise BadConfig("a sale leaves nothing for fixed costs", where="venture", fix="correct price or variable_share")
    return (coverage_ratio * service_yuan + venture.fixed_month_yuan) / left


def coverage_cases(venture: Venture, *, service_yuan: float, cases: Mapping[str, Mapping[str, float]]) -> pd.DataFrame:
    """Find the coverage of a full month when fields of the venture change, one row per case, as given.

    Parameters
    ----------
    venture : Venture
    service_yuan : float
        Debt service of a month, > 0.
    cases : mapping
        By case, the fields that change: ``{"price_falls": {"price_yuan": 207}}``; empty for the base.

    Returns
    -------
    DataFrame
        ``case``, ``cash_yuan``, ``coverage_ratio``, ``change_ratio`` (less the unchanged venture's coverage).

    Examples
    --------
    >>> hotel = Venture(60, 230, 0.72, 0.22, 130_000)
    >>> found = coverage_cases(hotel, service_yuan=63_411, cases={"emptier": {"full_share": 0.62}})
    >>> found.coverage_ratio.round(2).item()
    1.11
    """
    base = venture.cash_at(venture.full_share)
    changed = {case: replace(venture, **fields) for case, fields in cases.items()}
    cash = pd.Series([each.cash_at(each.full_share) for each in changed.values()], dtype="float64")
    return pd.DataFrame(
        {
            "case": list(changed),
            "cash_yuan": cash,
            "coverage_ratio": cash / service_yuan,
            "change_ratio": (cash - base) / service_yuan,
        }
    )


def project_funding(cost_yuan: float, *, debts: Mapping[str, Loan], overrun_share: float = 0.0) -> pd.DataFrame:
    """Say who really pays for a project: borrowed and own part of its cost, overrun included.

    Returns
    -------
    DataFrame
        One row: ``cost_yuan`` (with the overrun), ``borrowed_yuan``, ``own_yuan``, ``borrowed_share``, ``own_share``.

    Examples
    --------
    >>> debts = {"bank": Loan(2_100_000, 0.055, 36), "hidden": Loan(600_000, 0.12, 24)}
    >>> round(project_funding(3_000_000, debts=debts).borrowed_share.item(), 2)
    0.9
    """
    cost = float(cost_yuan) * (1 + overrun_share)
    borrowed = float(sum(float(loan.amount_yuan) for loan in debts.values()))
    return pd.DataFrame(
        {
            "cost_yuan": [cost],
            "borrowed_yuan": [borrowed],
            "own_yuan": [cost - borrowed],
            "borrowed_share": [borrowed / cost],
            "own_share": [1 - borrowed / cost],
        }
    )


def hidden_funding(case: ProjectCase) -> pd.DataFrame:
    """Say who pays for the project: as the file has it, with what is hidden, and when the works cost more.

    Returns
    -------
    DataFrame
        ``view`` (``as_filed``, ``as_it_is``, ``with_overrun``) and the columns of `project_funding`. The
        overrun is paid by nobody yet: it stands in ``own_yuan``.
    """
    views = {
        "as_filed": ("declared", 0.0),
        "as_it_is": ("all", 0.0),
        "with_overrun": ("all", case.project.overrun_share),
    }
    rows = [
        project_funding(case.project.cost_yuan, debts=debts_of(case, debts=debts), overrun_share=over).assign(view=view)
        for view, (debts, over) in views.items()
    ]
    told = pd.concat(rows, ignore_index=True)
    return told[["view", *(name for name in told.columns if name != "view")]]


def hidden_parts(case: ProjectCase, *, steps: int = 6) -> pd.DataFrame:
    """Follow coverage as more and more of the down payment proves to be borrowed on the hidden debt's terms.

    Returns
    -------
    DataFrame
        ``hidden_share`` (0 to 1 of the down payment), ``hidden_yuan``, ``borrowed_share`` of the project,
        ``coverage_ratio``.
    """
    own, hidden = case.project.cost_yuan * case.project.own_share, _hidden(case)
    rows = []
    for step in range(steps):
        part = step / (steps - 1)
        debts = debts_of(case) | ({"hidden": replace(hidden, amount_yuan=own * part)} if part else {})
        found = project_coverage(project_cash(venture_of(case), debts=debts))["coverage_ratio"].item()
        rows.append(
            (part, own * part, project_funding(case.project.cost_yuan, debts=debts)["borrowed_share"].item(), found)
        )
    return pd.DataFrame(rows, columns=["hidden_share", "hidden_yuan", "borrowed_share", "coverage_ratio"])


def lease_terms(case: ProjectCase) -> pd.DataFrame:
    """Set the redesigned loan's tenor against the lease: as asked, and cut to what is left of the lease.

    Returns
    -------
    DataFrame
        ``tenor`` (``as_asked``, ``within_lease``), ``term_months``, ``lease_months``, ``beyond_months``,
        ``instalment_yuan``, ``coverage_ratio`` of a full month, and ``is_enough`` (it reaches the coverage asked).
    """
    asked = next(iter(debts_of(case, plan="redesigned").values()))
    lease = case.project.lease_months
    rows = []
    for tenor, months in (("as_asked", asked.term_months), ("within_lease", min(asked.term_months, lease))):
        cash = project_cash(venture_of(case), debts={"bank": replace(asked, term_months=months)})
        found = project_coverage(cash)["coverage_ratio"].item()
        rows.append(
            (
                tenor,
                months,
                lease,
                max(0, months - lease),
                cash["service_yuan"].max(),
                found,
                found >= case.project.coverage_asked,
            )
        )
    names = ["tenor", "term_months", "lease_months", "beyond_months", "instalment_yuan", "coverage_ratio", "is_enough"]
    return pd.DataFrame(rows, columns=names)


def term_clauses(case: ProjectCase) -> pd.DataFrame:
    """Write the three clauses that would have stopped the case, each with the number that it asks for.

    Returns
    -------
    DataFrame
        ``clause`` (``own_funds``, ``opening_reserve``, ``tenor_within_lease``), ``asked_yuan``, ``asked_months`` and
        ``shown_by`` (what proves it).
    """
    works = case.project
    own = works.cost_yuan * (works.own_share + works.overrun_share)
    cash = project_cash(venture_of(case, works="closed"), debts=debts_of(case, plan="redesigned"))
    reserve = project_coverage(cash)["reserve_yuan"].item()
    covered = works.closed_months + case.venture.ramp_months
    return pd.DataFrame(
        {
            "clause": ["own_funds", "opening_reserve", "tenor_within_lease"],
            "asked_yuan": [own, reserve, float("nan")],
            "asked_months": pd.array([pd.NA, covered, works.lease_months], dtype="Int64"),
            "shown_by": ["own_account_history", "own_account_balance", "lease_contract"],
        }
    )


def _hidden(case: ProjectCase) -> object:
    known = debts_of(case)
    return next(loan for name, loan in debts_of(case, debts="all").items() if name not in known)


def story_coverages(case: ProjectCase) -> pd.DataFrame:
    """Find coverage and the deepest hole of every story of a case, one row each.

    Parameters
    ----------
    case : ProjectCase

    Returns
    -------
    DataFrame
        ``plan`` (signed, redesigned), ``works`` (open, closed), ``debts`` (declared, all), ``instalment_yuan`` (the
        most that a month asks), and the columns of `project_coverage`.

    Examples
    --------
    >>> from pathlib import Path
    >>> from microlib.design.projects import read_case
    >>> from microlib.home import Home
    >>> told = story_coverages(read_case(Home(Path(".")), case="hotel_renovation"))
    >>> told[told.works == "open"].coverage_ratio.round(2).to_list()
    [1.62, 1.12, 1.37, 0.99]
    """
    rows = []
    for plan, works, debts in product(PLANS, WORKS, DEBTS):
        cash = _cash(case, plan, works, debts)
        story = {"plan": plan, "works": works, "debts": debts, "instalment_yuan": cash["service_yuan"].max()}
        rows.append(project_coverage(cash).assign(**story))
    told = pd.concat(rows, ignore_index=True)
    first = ["plan", "works", "debts", "instalment_yuan"]
    return told[[*first, *(name for name in told.columns if name not in first)]]


def story_cash(case: ProjectCase, *, works: str) -> pd.DataFrame:
    """Follow cumulative cash by month, one column per plan and debts, for a figure.

    Returns
    -------
    DataFrame
        ``month_number`` and ``signed_declared_yuan``, ``signed_all_yuan``, ``redesigned_declared_yuan``,
        ``redesigned_all_yuan``.
    """
    lines = {
        f"{plan}_{debts}_yuan": _cash(case, plan, works, debts).set_index("month_number")["cumulative_yuan"]
        for plan, debts in product(PLANS, DEBTS)
    }
    return pd.DataFrame(lines).rename_axis("month_number").reset_index()


def break_evens(case: ProjectCase) -> pd.DataFrame:
    """Find the part of the units that must be sold, by plan and debts, to cover debt and to cover it as asked.

    Returns
    -------
    DataFrame
        ``plan, debts, instalment_yuan, even_share, asked_share``, and ``room_share``: planned full trade less
        ``even_share``.
    """
    rows = []
    for plan, debts in product(PLANS, DEBTS):
        due = _cash(case, plan, "open", debts)["service_yuan"].max()
        shares = [
            break_even_share(venture_of(case), service_yuan=due, coverage_ratio=asked)
            for asked in (1.0, case.project.coverage_asked)
        ]
        rows.append((plan, debts, due, *shares, case.venture.full_share - shares[0]))
    names = ["plan", "debts", "instalment_yuan", "even_share", "asked_share", "room_share"]
    return pd.DataFrame(rows, columns=names)


def trade_cases(case: ProjectCase) -> pd.DataFrame:
    """Find coverage of a full month when trade goes otherwise, beside each other without and with the hidden debt.

    Returns
    -------
    DataFrame
        ``change``, ``cash_yuan``, ``declared_ratio``, ``all_ratio``.
    """
    fields = {
        each.code: each.model_dump(include={"full_share", "price_yuan"}, exclude_none=True) for each in case.changes
    }
    found = {}
    for debts in DEBTS:
        due = _cash(case, "signed", "open", debts)["service_yuan"].max()
        found[debts] = coverage_cases(venture_of(case), service_yuan=due, cases=fields)
    one = found["declared"]
    return pd.DataFrame(
        {
            "change": one["case"],
            "cash_yuan": one["cash_yuan"],
            "declared_ratio": one["coverage_ratio"],
            "all_ratio": found["all"]["coverage_ratio"],
        }
    )


def acceptance_delays(case: ProjectCase) -> pd.DataFrame:
    """Find the deepest hole when fire safety acceptance comes later, month by month, as signed and redesigned.

    Returns
    -------
    DataFrame
        ``later_months`` (0 ..), ``closed_months``, ``signed_yuan``, ``redesigned_yuan``, ``redesigned_all_yuan``.
    """
    columns = {
        "signed_yuan": ("signed", "declared"),
        "redesigned_yuan": ("redesigned", "declared"),
        "redesigned_all_yuan": ("redesigned", "all"),
    }
    rows = []
    for later in range(case.project.later_months + 1):
        venture = venture_of(case, works="closed", later_months=later)
        holes = {
            name: _hole(venture, debts_of(case, plan=plan, debts=debts)) for name, (plan, debts) in columns.items()
        }
        rows.append({"later_months": later, "closed_months": venture.closed_months, **holes})
    return pd.DataFrame(rows)


def _cash(case: ProjectCase, plan: str, works: str, debts: str) -> pd.DataFrame:
    return project_cash(venture_of(case, works=works), debts=debts_of(case, plan=plan, debts=debts))


def _hole(venture: object, debts: dict) -> float:
    return project_coverage(project_cash(venture, debts=debts))["worst_yuan"].item()
