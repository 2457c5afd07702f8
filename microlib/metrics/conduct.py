"""How borrowers behave: use of funds (用途核查), visits (三品三表), odd timelines, ability and will to pay.

`use_signs`, `timeline_checks` and `unexplained_equity` give signs to look into, not findings.
`elasticities` ties sales to an outside series; `two_axes` places groups, never persons.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import numpy as np
import pandas as pd
from scipy.stats import poisson
from scipy.stats import t as student

from microlib.calendars import is_working_day
from microlib.contracts.needs import measure
from microlib.errors import EmptyBook, MissingTable
from microlib.metrics.capacity import equity_test, monthly_payment, own_funds_test, working_capital
from microlib.metrics.income import debt_services
from microlib.metrics.rhythm import partial_months
from microlib.stats.grouping import told_apart
from microlib.stats.intervals import rate_interval
from microlib.stats.seasonality import festival_weights
from microlib.units import MONTHS_PER_YEAR

COLUMNS = [
    "series_id",
    "driver",
    "months_count",
    "customers_count",
    "balance_yuan",
    "balance_share",
    "elasticity",
    "elasticity_low",
    "elasticity_high",
    "scenario_share",
    "fall_share",
    "fall_low",
    "fall_high",
    "finding",
]
#: lengths of the time before the Spring Festival whose parts are taken out
FESTIVAL_DAYS = (20, 40, 60)
#: of the range: several series are tried, so a wider one than usual
LEVEL = 0.99
#: parameters of the season: twelve months, trend, curve, festival
SEASON = 14 + len(FESTIVAL_DAYS)


def elasticities(
    series: pd.DataFrame,
    flow_months: pd.DataFrame,
    *,
    customers: pd.DataFrame,
    loans: pd.DataFrame,
    rules: Mapping[str, float],
) -> pd.DataFrame:
    r"""Measure by how many percent a trade's sales move when a series from outside moves by one percent.

    Answers "what if prices fall by a tenth?"

    .. math:: \ln S_t = \alpha_{m(t)} + \beta_1 t + \beta_2 t^2 + \gamma' f_t + \eta \ln x_t + u_t, \qquad
        \hat\eta \pm t\, s_{HAC}

    over whole months (`rhythm.partial_months`), with calendar months, trend, curve and the days before the Spring
    Festival taken out, and an error that allows for neighbouring months being alike (Newey-West, 3 lags), never less
    than the plain one.

    Parameters
    ----------
    series : DataFrame[external_series]
        ``industry_code`` names the trade it bears on by the beginning of the code. Not modified, nor are the others.
    flow_months : DataFrame[flow_months]
    customers, loans : DataFrame
        ``customer_id, industry_code``; ``customer_id, balance_yuan``.
    rules : mapping
        ``months`` (fewer make no elasticity), ``customers`` (fewer neither), ``fall`` (fraction shown as scenario).

    Returns
    -------
    DataFrame
        One row per series with customers of its trade, largest balance first, `COLUMNS`: ``elasticity`` with its range
        (99 %), ``fall_share`` (change of sales when the series falls by ``scenario_share``, with its range) and
        ``finding``: ``follows`` (range above zero), ``runs_against``, ``cannot_say``, ``too_short``, ``too_few``.

    Raises
    ------
    MissingTable
        If there is no series.

    Notes
    -----
    Moving together is not cause. Over so few years one odd spell decides; a finding of ``cannot_say`` is no proof of
    independence.
    """
    if series.empty:
        raise MissingTable("external_series is empty", where="external_series", fix="load external_series")
    total = loans["balance_yuan"].sum()
    whole = flow_months[~flow_months["month"].isin(partial_months(flow_months))]
    rows = [_row(part, whole, customers, loans, rules) for _, part in series.groupby("series_id", sort=True)]
    found = pd.DataFrame([row for row in rows if row["customers_count"] or row["balance_yuan"]], columns=COLUMNS)
    found["balance_share"] = found["balance_yuan"] / total if total else np.nan
    return found.sort_values(["balance_yuan", "series_id"], ascending=[False, True], ignore_index=True)


def _row(
    part: pd.DataFrame, flows: pd.DataFrame, customers: pd.DataFrame, loans: pd.DataFrame, rules: Mapping[str, float]
) -> dict:
    trade = str(part["industry_code"].iloc[0] or "")
    who = customers.loc[customers["industry_code"].fillna("").str.startswith(trade), "customer_id"]
    own = flows[flows["customer_id"].isin(who)]
    row = {
        "series_id": part["series_id"].iloc[0],
        "driver": part["driver"].iloc[0],
        "balance_yuan": loans.loc[loans["customer_id"].isin(who), "balance_yuan"].sum(),
    }
    both = _steady(own).rename("sales").to_frame().join(part.set_index("month")["value"], how="inner").dropna()
    row |= {"months_count": len(both), "customers_count": own["customer_id"].nunique()}
    if row["customers_count"] < rules["customers"]:
        return row | {"finding": "too_few"}
    if len(both) < max(rules["months"], SEASON + 3):
        return row | {"finding": "too_short"}
    middle, reach = _fitted(both)
    low, high = middle - reach, middle + reach
    fall = np.log(1 - rules["fall"])
    moved = {
        "fall_share": np.expm1(middle * fall),
        "fall_low": np.expm1(high * fall),
        "fall_high": np.expm1(low * fall),
    }
    moved["scenario_share"] = rules["fall"]
    finding = "follows" if low > 0 else "runs_against" if high < 0 else "cannot_say"
    return row | moved | {"elasticity": middle, "elasticity_low": low, "elasticity_high": high, "finding": finding}


def _steady(flows: pd.DataFrame) -> pd.Series:
    """Monthly inflows of the customers who are there in every month, so that newcomers are no growth."""
    table = flows.groupby(["month", "customer_id"])["inflow_yuan"].sum().unstack()
    return table.loc[:, table.notna().all()].sum(axis="columns")


def _fitted(both: pd.DataFrame) -> tuple[float, float]:
    """Elasticity and the reach of its range."""
    months = pd.PeriodIndex(both.index, freq="M")
    time = np.arange(len(both)) / 12
    calendar = np.eye(12)[months.month.to_numpy() - 1]
    calendar = calendar[:, calendar.any(axis=0)]
    festival = [festival_weights(list(both.index), days=days) for days in FESTIVAL_DAYS]
    design = np.column_stack([np.log(both["value"]), calendar, time, time**2, *festival])
    answer = np.log(both["sales"].to_numpy(dtype=float))
    inverse = np.linalg.pinv(design.T @ design)
    beta = inverse @ design.T @ answer
    rest = answer - design @ beta
    scores = design * rest[:, None]
    middle = scores.T @ scores
    for lag in (1, 2, 3):
        cross = scores[lag:].T @ scores[:-lag]
        middle += (1 - lag / 4) * (cross + cross.T)
    free = len(both) - np.linalg.matrix_rank(design)
    plain = inverse[0, 0] * (rest @ rest) / free
    variance = max(plain, (inverse @ middle @ inverse)[0, 0] * len(both) / free)
    return float(beta[0]), float(student.ppf((1 + LEVEL) / 2, free) * np.sqrt(variance))


SIGNS = ("returned", "off_purpose", "split_under_threshold", "shared_payee")
#: kinds of payee and codes of purpose that no business loan pays
ELSEWHERE_PAYEES, ELSEWHERE_MEMOS = ("property_seller", "securities_broker", "lender"), ("property", "investment")
#: most borrowers of the branch that one payee may have before it is a common trader and no sign
COMMON_BORROWERS = 12
LEAST_BORROWERS = 5
#: a shared payee is looked for over so many windows
WINDOWS = 5


def use_signs(
    payments: pd.DataFrame, loans: pd.DataFrame, *, threshold_yuan: float, window_days: int, return_share: float
) -> pd.DataFrame:
    r"""Ask of every loan whose payments are known which signs its use of funds shows.

    Answers "for which loans must somebody look at where the money went?" With :math:`P_l` payments of loan l:

    - ``returned``: :math:`\sum r \ge s \sum P_l` came back to an account of the borrower within `window_days`
    - ``off_purpose``: a payee or a purpose that no business loan has (property, securities, another lender)
    - ``split_under_threshold``: two payments or more on the borrower's own order to one payee within `window_days`,
      each at most the threshold, together above it
    - ``shared_payee``: 5 to 12 borrowers of the branch paid all of their loans to one payee within five such windows

    Parameters
    ----------
    payments : DataFrame[payments]
        Not modified, nor is the other.
    loans : DataFrame[loans]
        Uses ``loan_id, customer_id, rm_id, product_id, amount_yuan, balance_yuan``.
    threshold_yuan : float
        Above it a payment goes to the seller by law (受托支付).
    window_days : int
    return_share : float
        Part of the loan from which coming back is a sign (fraction): goods sent back are less.

    Returns
    -------
    DataFrame
        One row per loan with payments, by ``loan_id``: ``customer_id, rm_id, product_id, amount_yuan, balance_yuan,
        paid_yuan, payments_count, returned_yuan, returned_share`` (of what was paid), ``largest_own_yuan``, the four
        signs of `SIGNS` (bool) and ``signs`` (those that hold, with blanks between them).

    Raises
    ------
    MissingTable
        If there are no payments.

    Notes
    -----
    A sign asks for papers, it says nothing about a borrower: a trader may really buy from one seller in two parts.

    Examples
    --------
    >>> paid = pd.DataFrame({"loan_id": "L1", "paid_date": pd.to_datetime(["2026-01-05", "2026-01-06"]),
    ...     "amount_yuan": [4.9e5, 4.8e5], "method": "own", "payee_hash": "s", "payee_kind": "supplier",
    ...     "memo_code": "goods", "returned_yuan": None, "returned_date": pd.NaT})
    >>> loans = pd.DataFrame({"loan_id": ["L1"], "customer_id": "C1", "rm_id": "R1", "product_id": "P1",
    ...                       "amount_yuan": 9.7e5, "balance_yuan": 9e5})
    >>> use_signs(paid, loans, threshold_yuan=5e5, window_days=7, return_share=0.5)["signs"].tolist()
    ['split_under_threshold']
    """
    if payments.empty:
        raise MissingTable("payments is empty", where="payments", fix="load payments, or leave this page out")
    rows = payments.merge(loans[["loan_id", "customer_id"]], on="loan_id")
    found = _sums(rows, window_days)
    found["returned"] = found["returned_share"] >= return_share
    off = rows["payee_kind"].isin(ELSEWHERE_PAYEES) | rows["memo_code"].isin(ELSEWHERE_MEMOS)
    found["off_purpose"] = off.groupby(rows["loan_id"]).any()
    found["split_under_threshold"] = found.index.isin(_split(rows, threshold_yuan, window_days))
    found["shared_payee"] = found.index.isin(_shared(rows, window_days))
    found["signs"] = [" ".join(name for name in SIGNS if getattr(row, name)) for row in found.itertuples()]
    names = ["loan_id", "customer_id", "rm_id", "product_id", "amount_yuan", "balance_yuan"]
    return loans[names].merge(found.reset_index(), on="loan_id").sort_values("loan_id", ignore_index=True)


def use_summary(signs: pd.DataFrame) -> pd.DataFrame:
    """Count the loans of each sign and add up their balance, with the part of all loans whose payments are known.

    Returns
    -------
    DataFrame
        One row per sign of `SIGNS`, and ``any_sign``: ``sign, loans_count, amount_yuan, balance_yuan, known_count,
        loans_share``.
    """
    held = {**{name: signs[name].eq(True) for name in SIGNS}, "any_sign": signs["signs"] != ""}
    rows = [
        (name, int(on.sum()), signs.loc[on, "amount_yuan"].sum(), signs.loc[on, "balance_yuan"].sum())
        for name, on in held.items()
    ]
    found = pd.DataFrame(rows, columns=["sign", "loans_count", "amount_yuan", "balance_yuan"])
    return found.assign(known_count=len(signs), loans_share=found["loans_count"] / max(1, len(signs)))


def with_signs(signs: pd.DataFrame) -> pd.DataFrame:
    """Return the loans of `use_signs` that show a sign, largest balance first."""
    some = signs[signs["signs"] != ""]
    return some.sort_values(["balance_yuan", "loan_id"], ascending=[False, True], ignore_index=True)


def _sums(rows: pd.DataFrame, window_days: int) -> pd.DataFrame:
    soon = (rows["returned_date"] - rows["paid_date"]).dt.days <= window_days
    back = rows["returned_yuan"].astype("float64").where(soon, 0.0).fillna(0.0)
    own = rows["amount_yuan"].where(rows["method"] == "own", 0.0)
    found = (
        rows.assign(back=back, own=own)
        .groupby("loan_id")
        .agg(
            paid_yuan=("amount_yuan", "sum"),
            payments_count=("amount_yuan", "size"),
            returned_yuan=("back", "sum"),
            largest_own_yuan=("own", "max"),
        )
    )
    return found.assign(returned_share=found["returned_yuan"] / found["paid_yuan"].where(found["paid_yuan"] > 0))


def _split(rows: pd.DataFrame, threshold_yuan: float, window_days: int) -> pd.Index:
    """Loans paid out in parts, each under the threshold, to one payee, within a window."""
    own = rows[(rows["method"] == "own") & (rows["amount_yuan"] <= threshold_yuan)]
    parts = own.groupby(["loan_id", "payee_hash"]).agg(
        yuan=("amount_yuan", "sum"),
        count=("amount_yuan", "size"),
        first=("paid_date", "min"),
        last=("paid_date", "max"),
    )
    close = (parts["last"] - parts["first"]).dt.days <= window_days
    held = parts[(parts["count"] > 1) & (parts["yuan"] > threshold_yuan) & close]
    return held.index.get_level_values("loan_id").unique()


def _shared(rows: pd.DataFrame, window_days: int) -> pd.Index:
    """Loans whose one payee is also the one payee of several other borrowers' loans of those weeks."""
    payees = rows.groupby("loan_id")["payee_hash"].transform("nunique")
    whole = rows[payees == 1].drop_duplicates("loan_id").sort_values(["payee_hash", "paid_date"])
    holders = whole.groupby("payee_hash")["customer_id"].transform("nunique")
    few = whole[holders.between(LEAST_BORROWERS, COMMON_BORROWERS)]
    held = [_crowd(part, WINDOWS * window_days) for _, part in few.groupby("payee_hash")]
    return pd.Index([loan for loans in held for loan in loans])


def _crowd(part: pd.DataFrame, days: int) -> list[str]:
    """Loans of one payee that lie within so many days of enough others."""
    day = part["paid_date"].to_numpy()
    near = abs(day[:, None] - day[None, :]) <= pd.Timedelta(days=days).to_timedelta64()
    return part.loc[near.sum(axis=1) >= LEAST_BORROWERS, "loan_id"].tolist()


PROOF = ("invoices", "flows")


def last_visits(site_checks: pd.DataFrame) -> pd.DataFrame:
    """Return each customer's last visit.

    Raises
    ------
    MissingTable
        If there was none.
    """
    if site_checks.empty:
        raise MissingTable("site_checks is empty", where="site_checks", fix="load site_checks, or leave this page out")
    rows = site_checks.sort_values(["customer_id", "checked_date"])
    return rows.drop_duplicates("customer_id", keep="last").reset_index(drop=True)


def cycle_needs(
    site_checks: pd.DataFrame, customers: pd.DataFrame, loans: pd.DataFrame, *, margin_share: float, most_ratio: float
) -> pd.DataFrame:
    r"""Set what a customer owes us against the money that one cycle of the business ties up.

    Answers "is the loan larger than the business can use?"

    .. math:: W = \frac{S (1 - m)\, D}{360}, \qquad \frac{B}{W} > \kappa

    with declared yearly sales S (for tax where known, else the customer file's), margin m, days of stock D seen on the
    visit, balance B.

    Parameters
    ----------
    site_checks, customers, loans : DataFrame
        Contract columns. Not modified.
    margin_share : float
        m where nothing better is known (fraction).
    most_ratio : float
        :math:`\kappa`.

    Returns
    -------
    DataFrame
        One row per visited customer who owes: ``customer_id, sales_yuan, stock_days_count, cycle_yuan, balance_yuan,
        need_ratio`` (missing where sales are), ``is_above_need``; project loans are longer than a cycle and are left
        out.
    """
    seen = last_visits(site_checks)
    seen = seen[seen["project_yuan"].isna()]
    owed = loans[loans["balance_yuan"] > 0].groupby("customer_id")["balance_yuan"].sum()
    rows = seen.merge(owed.reset_index(), on="customer_id")
    file = told_apart(customers, key=["customer_id"], table="customers").set_index("customer_id")["annual_sales_yuan"]
    sales = rows["tax_sales_yuan"].fillna(rows["customer_id"].map(file)).astype("float64")
    days = rows["stock_days_count"].astype("float64")
    cycle = working_capital(sales, margin_share=margin_share, growth_share=0.0, cycle_days=days)
    ratio = rows["balance_yuan"] / cycle.where(cycle > 0)
    return rows[["customer_id", "stock_days_count", "balance_yuan"]].assign(
        sales_yuan=sales, cycle_yuan=cycle, need_ratio=ratio, is_above_need=(ratio > most_ratio).fillna(False)
    )


def own_parts(site_checks: pd.DataFrame, *, own_share: float) -> pd.DataFrame:
    """Test the own part of every visited project: proven, own, and enough (`capacity.own_funds_test`).

    Returns
    -------
    DataFrame
        One row per project: ``customer_id, checked_date, budget_yuan, stated_yuan`` (own part as stated),
        ``borrowed_yuan, own_share`` (proven and own, of the budget), ``shortfall_yuan, is_met, own_funds_evidence``;
        a part that was shown by nothing counts zero.

    Raises
    ------
    EmptyBook
        If no visited customer has a project.
    """
    seen = last_visits(site_checks)
    seen = seen[seen["project_yuan"].fillna(0) > 0].reset_index(drop=True)
    if seen.empty:
        raise EmptyBook("no visited customer has a project", fix="visit before project loans")
    proven = seen["own_funds_yuan"].where(seen["own_funds_evidence"].isin(PROOF), 0.0).fillna(0.0)
    borrowed = seen["own_funds_borrowed_yuan"].fillna(0.0).clip(upper=proven)
    tested = own_funds_test(
        pd.DataFrame(
            {"budget_yuan": seen["project_yuan"], "proven_yuan": proven, "borrowed_yuan": borrowed, "paid_yuan": proven}
        ),
        own_share=own_share,
    )
    return seen[["customer_id", "checked_date", "own_funds_evidence"]].assign(
        budget_yuan=seen["project_yuan"],
        stated_yuan=seen["own_funds_yuan"],
        borrowed_yuan=borrowed,
        own_share=tested["own_share"],
        shortfall_yuan=tested["shortfall_yuan"],
        is_met=tested["is_met"],
    )


def unexplained_equity(
    site_checks: pd.DataFrame, *, tolerance_share: float, yearly_rate: float, months: int
) -> pd.DataFrame:
    r"""Find the visited customers whose worth falls short of their own story, and what a debt of that size would cost.

    Answers "where did the profit of these years go, and what if it went to another lender?" The gap of
    `capacity.equity_test` beyond the declared debt, turned into a monthly payment as private lending is repaid.

    Parameters
    ----------
    site_checks : DataFrame[site_checks]
        Not modified.
    tolerance_share : float
        Deviation up to which the story holds (fraction).
    yearly_rate : float
        Of the supposed lender.
    months : int
        Over which it is repaid.

    Returns
    -------
    DataFrame
        One row per customer with an equity test: ``customer_id, checked_date, expected_yuan, net_worth_yuan, gap_yuan,
        deviation_share, declared_debt_yuan, hidden_yuan`` (gap where not explained, else 0), ``hidden_month_yuan,
        is_explained``.

    Notes
    -----
    A gap is a question: a wedding, a flat, a loss also take equity. It is not a finding about the customer.
    """
    seen = last_visits(site_checks).dropna(subset=["opening_worth_yuan", "net_worth_yuan"]).reset_index(drop=True)
    names = {"opening_worth_yuan": "initial_yuan", "net_worth_yuan": "actual_yuan"}
    tested = equity_test(seen.rename(columns=names), tolerance_share=tolerance_share)
    short = (tested["gap_yuan"] > 0) & ~tested["is_explained"].fillna(True)
    hidden = tested["gap_yuan"].where(short, 0.0)
    month = monthly_payment(hidden, yearly_rate=yearly_rate, months=months)
    return seen[["customer_id", "checked_date", "net_worth_yuan", "declared_debt_yuan"]].assign(
        expected_yuan=tested["expected_yuan"],
        gap_yuan=tested["gap_yuan"],
        deviation_share=tested["deviation_share"],
        hidden_yuan=hidden,
        hidden_month_yuan=month,
        is_explained=~short,
    )


def open_equity(equity: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of `unexplained_equity` that are not explained, largest gap first."""
    return equity[~equity["is_explained"]].sort_values("gap_yuan", ascending=False, ignore_index=True)


CHECKS = (
    "before_registration",
    "before_decision",
    "in_minutes",
    "at_night",
    "on_day_off",
    "crowded_day",
    "papers_missing",
    "shared_device",
)
NIGHT_FROM, NIGHT_TO = 21, 7
LEAST_SHARING, COMMON_SHARING = 3, 15
#: chance, over all days of a manager, under which a crowded day is told
RARE = 1e-4


@measure(optional=("collateral_links", "collateral"))
def timeline_checks(
    applications: pd.DataFrame,
    loans: pd.DataFrame,
    collateral_links: pd.DataFrame,
    collateral: pd.DataFrame,
    *,
    fastest_minutes: float,
) -> pd.DataFrame:
    """Hold every application and secured loan against what an ordinary order of steps looks like.

    Answers "which files should an internal auditor open first?" Deterministic checks, no score:

    - ``before_registration``: the money was out before the pledge was registered
    - ``before_decision``: paid out before it was decided; ``in_minutes``: decided within `fastest_minutes` of asking,
      but for online channels
    - ``at_night`` (21 to 7), ``on_day_off``: decided then
    - ``crowded_day``: one manager's decisions of a day are more than his own usual pace allows (Poisson, one in
      10,000 over all his days)
    - ``papers_missing``: fewer papers than asked for; ``shared_device``: 3 to 15 customers asked from one device

    Parameters
    ----------
    applications, loans, collateral_links, collateral : DataFrame
        Contract columns; the last two may be empty. Not modified.
    fastest_minutes : float

    Returns
    -------
    DataFrame
        One row per file and check, by check and file: ``check, application_id, loan_id, customer_id, rm_id,
        approver_id, evidence`` (what was seen, as text: days, minutes, hour, number).

    Raises
    ------
    MissingTable
        If there are no applications.

    Notes
    -----
    A row is a sample for review: registers are sometimes late, clocks of systems differ, a campaign fills a day.
    """
    if applications.empty:
        raise MissingTable("applications is empty", where="applications", fix="load applications, or leave this out")
    decided = applications.dropna(subset=["decided_at"])
    decided = decided[decided["approver_id"].notna()]
    parts = [
        _registered(loans, collateral_links, collateral),
        _early(decided),
        _fast(decided, fastest_minutes),
        _late_hours(decided),
        _days_off(decided),
        _crowds(decided),
        _short(applications),
        _devices(applications),
    ]
    names = ["check", "application_id", "loan_id", "customer_id", "rm_id", "approver_id", "evidence"]
    found = pd.concat([part.reindex(columns=names) for part in parts if len(part)] or [pd.DataFrame(columns=names)])
    order = found["check"].map({name: place for place, name in enumerate(CHECKS)})
    return (
        found.assign(order=order)
        .sort_values(["order", "application_id", "loan_id"])
        .drop(columns="order")
        .reset_index(drop=True)
    )


def timeline_summary(checks: pd.DataFrame, applications: pd.DataFrame) -> pd.DataFrame:
    """Count files by check, over all applications that were looked at.

    Returns
    -------
    DataFrame
        One row per check of `CHECKS`: ``check, files_count, looked_count, files_share, rms_count, approvers_count``.
    """
    grouped = checks.groupby("check")
    counts = pd.DataFrame(
        {
            "files_count": grouped.size(),
            "rms_count": grouped["rm_id"].nunique(),
            "approvers_count": grouped["approver_id"].nunique(),
        }
    ).reindex(list(CHECKS), fill_value=0)
    counts = counts.assign(
        looked_count=len(applications), files_share=counts["files_count"] / max(1, len(applications))
    )
    return counts.rename_axis("check").reset_index()


def _marked(rows: pd.DataFrame, check: str, evidence: pd.Series) -> pd.DataFrame:
    return rows.assign(check=check, evidence=evidence.astype("str"))


def _registered(loans: pd.DataFrame, links: pd.DataFrame, collateral: pd.DataFrame) -> pd.DataFrame:
    if links.empty or collateral.empty:
        return links.iloc[:0]
    rows = links[["loan_id", "collateral_id"]].merge(
        collateral[["collateral_id", "registered_date"]], on="collateral_id"
    )
    rows = rows.merge(loans[["loan_id", "customer_id", "rm_id", "disbursed_date"]], on="loan_id")
    rows = rows.assign(days=(rows["registered_date"] - rows["disbursed_date"]).dt.days)
    late = rows[rows["days"] > 0].sort_values(["loan_id", "days"], ascending=[True, False])
    late = late.drop_duplicates("loan_id")
    return _marked(late, "before_registration", late["days"].astype("int64"))


def _early(decided: pd.DataFrame) -> pd.DataFrame:
    hours = (decided["decided_at"] - decided["disbursed_at"]).dt.total_seconds() / 3600
    return _marked(decided[hours > 0], "before_decision", hours[hours > 0].round(1))


def _fast(decided: pd.DataFrame, fastest: float) -> pd.DataFrame:
    minutes = (decided["decided_at"] - decided["submitted_at"]).dt.total_seconds() / 60
    fast = (minutes < fastest) & (decided["channel"] != "online")
    return _marked(decided[fast], "in_minutes", minutes[fast].round().astype("int64"))


def _late_hours(decided: pd.DataFrame) -> pd.DataFrame:
    hour = decided["decided_at"].dt.hour
    night = (hour >= NIGHT_FROM) | (hour < NIGHT_TO)
    return _marked(decided[night], "at_night", hour[night])


def _days_off(decided: pd.DataFrame) -> pd.DataFrame:
    day = decided["decided_at"].dt.normalize()
    off = ~day.map({each: is_working_day(each.date()) for each in day.unique()}).astype("bool")
    off &= decided["channel"] != "online"
    return _marked(decided[off], "on_day_off", day[off].dt.strftime("%Y-%m-%d"))


def _crowds(decided: pd.DataFrame) -> pd.DataFrame:
    rows = decided.assign(day=decided["decided_at"].dt.normalize())
    if rows["rm_id"].isna().all():
        return rows.iloc[:0]
    counts = rows.groupby(["rm_id", "day"]).size().rename("many").reset_index()
    pace = counts.groupby("rm_id")["many"].agg(["sum", "size"])
    span = max(1, (rows["day"].max() - rows["day"].min()).days * 5 / 7) if len(rows) else 1
    usual = counts["rm_id"].map(pace["sum"]) / span
    rare = poisson.sf(counts["many"] - 1, usual.clip(lower=0.05)) * span < RARE
    rows = rows.merge(counts[rare & (counts["many"] > 2)], on=["rm_id", "day"])
    return _marked(rows, "crowded_day", rows["many"])


def _short(asked: pd.DataFrame) -> pd.DataFrame:
    short = asked["documents_required_count"] - asked["documents_count"]
    missing = (short > 0).fillna(False).astype("bool")
    return _marked(asked[missing], "papers_missing", short[missing])


def _devices(asked: pd.DataFrame) -> pd.DataFrame:
    sharing = asked.groupby("device_hash")["customer_id"].nunique()
    few = sharing[sharing.between(LEAST_SHARING, COMMON_SHARING)]
    rows = asked[asked["device_hash"].isin(few.index)]
    return _marked(rows, "shared_device", rows["device_hash"].map(few))


def monthly_services(
    loans: pd.DataFrame, equity: pd.DataFrame | None = None, *, as_of: date, notional_months: int
) -> pd.DataFrame:
    """Return what each borrower must pay a month, here and to a lender that nobody declared.

    Parameters
    ----------
    loans : DataFrame[loans]
        See `income.debt_services`. Not modified.
    equity : DataFrame, optional
        Result of `unexplained_equity`; without it, or for customers not visited, hidden debt is unknown.
    as_of : date
    notional_months : int

    Returns
    -------
    DataFrame
        ``customer_id, service_month_yuan, hidden_month_yuan`` (missing: unknown), as `capacity` wants it; a borrower
        whose own service is not known has no row.
    """
    owed = debt_services(loans, as_of=as_of, notional_months=notional_months).dropna()
    hidden = pd.Series(dtype="float64") if equity is None else equity.set_index("customer_id")["hidden_month_yuan"]
    return pd.DataFrame(
        {
            "customer_id": owed["customer_id"],
            "service_month_yuan": owed["debt_service_yuan"] / MONTHS_PER_YEAR,
            "hidden_month_yuan": owed["customer_id"].map(hidden).astype("float64"),
        }
    )


#: customers under whom a group shows no share of the able
LEAST = 10


def two_axes(
    coverages: pd.DataFrame, willing: pd.DataFrame, *, memberships: pd.DataFrame, minimum: float, late_share: float
) -> pd.DataFrame:
    r"""Place every group on two axes: the part whose poor month still pays, and the part that paid late though able.

    Answers "is this group short of money or short of will, and what should the product do about it?"

    - able: :math:`DSCR_{P25} \ge` `minimum`, share of members with known coverage (Jeffreys, 95 %)
    - late though able: of `capacity.able_but_late`

    Parameters
    ----------
    coverages : DataFrame
        Result of `capacity.debt_coverages`: ``customer_id, dscr_p50, dscr_p25``. Not modified.
    willing : DataFrame
        Result of `able_but_late`: ``segment, able_late_share, able_late_low, able_late_high, borrowers_count``.
    memberships : DataFrame
        ``customer_id, segment``.
    minimum : float
        Coverage from which a month pays.
    late_share : float
        Share late though able above which will is in question.

    Returns
    -------
    DataFrame
        One row per group with ten customers of known coverage, most customers first: ``segment, customers_count,
        dscr_p50`` (median), ``dscr_p25`` (median of the poor month), ``able_share, able_low, able_high``,
        ``able_late_share, able_late_low, able_late_high``, ``quadrant``: ``able_willing``, ``able_unwilling``,
        ``unable_willing``, ``unable_unwilling`` or ``cannot_say`` (a range holds the cut).

    Raises
    ------
    EmptyBook
        If no group has ten such customers.
    """
    rows = coverages.dropna(subset=["dscr_p25"]).merge(memberships[["customer_id", "segment"]].drop_duplicates())
    rows = rows.assign(able=rows["dscr_p25"] >= minimum)
    found = rows.groupby("segment", as_index=False, observed=True).agg(
        customers_count=("able", "size"),
        able_count=("able", "sum"),
        dscr_p50=("dscr_p50", "median"),
        dscr_p25=("dscr_p25", "median"),
    )
    found = found[found["customers_count"] >= LEAST].reset_index(drop=True)
    if found.empty:
        raise EmptyBook("no group has ten customers of known coverage", fix="collect account flows")
    shares = rate_interval(found["able_count"], found["customers_count"])
    found = found.assign(able_share=shares["rate"], able_low=shares["low"], able_high=shares["high"])
    late = ["able_late_share", "able_late_low", "able_late_high"]
    found = found.merge(willing[["segment", *late]], on="segment", how="left")
    found["quadrant"] = _quadrants(found, late_share)
    return found.sort_values(["customers_count", "segment"], ascending=[False, True], ignore_index=True)


def _quadrants(found: pd.DataFrame, late_share: float) -> np.ndarray:
    """Say the quadrant where both ranges lie on one side of their cut; half must be able."""
    able = np.select([found["able_low"] > 0.5, found["able_high"] < 0.5], ["able", "unable"], "")
    will = np.select(
        [found["able_late_high"] < late_share, found["able_late_low"] > late_share], ["willing", "unwilling"], ""
    )
    joined = pd.Series(able) + "_" + pd.Series(will)
    return np.where((able == "") | (will == ""), "cannot_say", joined)
