"""What a manager takes along: work list and route (拜访名单), benefit cards, visit guide, team board, counts."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from microlib.contracts.cases import VisitGuide
from microlib.contracts.documents import checked, read_toml
from microlib.contracts.needs import measure
from microlib.design.terms import Place, home_at
from microlib.errors import EmptyBook
from microlib.metrics.loans import is_live
from microlib.metrics.market import MAY_CONTACT
from microlib.metrics.selling import rate_standings


def signal_grid(ruled: pd.DataFrame) -> pd.DataFrame:
    """Count prospects by sign of need and by whether they may be contacted.

    Parameters
    ----------
    ruled : DataFrame
        Result of `metrics.market.contact_rules` on signals. Not modified.

    Returns
    -------
    DataFrame
        ``signal, customers_count, may_contact_count, signal_yuan`` (middle of those who may be contacted)
    """
    may = ruled["contact"] == MAY_CONTACT
    groups = ruled.assign(may=may, told=ruled["signal_yuan"].where(may)).groupby("signal")
    found = pd.DataFrame(
        {
            "customers_count": groups["customer_id"].nunique(),
            "may_contact_count": groups["may"].sum().astype("int64"),
            "signal_yuan": groups["told"].median(),
        }
    )
    return found.sort_values("may_contact_count", ascending=False).reset_index()


def work_list(ruled: pd.DataFrame, rms: pd.DataFrame, *, most: int) -> pd.DataFrame:
    """Give each manager at most so many prospects: those with most signs first, then the larger sums.

    Parameters
    ----------
    ruled : DataFrame
        ``customer_id, rm_id, signal, signal_yuan, contact``. Not modified.
    rms : DataFrame[rms]
        ``rm_id, end_date``: managers who have left get none; their customers wait for a new one.
    most : int
        Prospects per manager.

    Returns
    -------
    DataFrame
        ``rm_id, customer_id, signal`` (the largest), ``signals_count, signal_yuan``, by manager

    Raises
    ------
    EmptyBook
        If nobody may be contacted.

    Examples
    --------
    >>> ruled = pd.DataFrame({"customer_id": ["C1", "C2", "C2"], "rm_id": "R1", "signal": ["a", "a", "b"],
    ...                       "signal_yuan": [9.0, 5.0, 4.0], "contact": "may_be_contacted"})
    >>> work_list(ruled, pd.DataFrame({"rm_id": ["R1"], "end_date": [None]}), most=1).customer_id.to_list()
    ['C2']
    """
    here = rms.loc[rms["end_date"].isna(), "rm_id"]
    held = ruled[(ruled["contact"] == MAY_CONTACT) & ruled["rm_id"].isin(here)]
    if held.empty:
        raise EmptyBook("nobody may be contacted", where="customers", fix="record consents and managers")
    counts = held.groupby("customer_id")["signal"].transform("nunique")
    order = held.assign(signals_count=counts).sort_values(
        ["signals_count", "signal_yuan", "customer_id"], ascending=[False, False, True], kind="stable"
    )
    first = order.drop_duplicates("customer_id")
    chosen = first[first.groupby("rm_id").cumcount() < most]
    columns = ["rm_id", "customer_id", "signal", "signals_count", "signal_yuan"]
    return chosen.sort_values("rm_id", kind="stable")[columns].reset_index(drop=True)


def route_list(listed: pd.DataFrame, customers: pd.DataFrame) -> pd.DataFrame:
    """Gather the list by place, so that a manager walks one market or district at a time.

    Parameters
    ----------
    listed : DataFrame
        Result of `work_list`. Not modified.
    customers : DataFrame[customers]
        ``customer_id, venue_id, region_code``.

    Returns
    -------
    DataFrame
        ``rm_id, venue_id`` (missing outside markets), ``region_code, customers_count``, for each manager the place with
        most prospects first
    """
    known = listed.merge(customers[["customer_id", "venue_id", "region_code"]], on="customer_id", how="left")
    places = known.fillna({"venue_id": "", "region_code": ""}).groupby(["rm_id", "venue_id", "region_code"])
    found = places.size().rename("customers_count").reset_index()
    found = found.sort_values(["rm_id", "customers_count"], ascending=[True, False], kind="stable")
    return found.assign(venue_id=found["venue_id"].replace("", None)).reset_index(drop=True)


def benefit_cards(listed: pd.DataFrame, benefits: pd.DataFrame) -> pd.DataFrame:
    """Put beside each prospect the one benefit that may be named; where none was computed, none is.

    Parameters
    ----------
    listed : DataFrame
        Result of `work_list`. Not modified.
    benefits : DataFrame
        Result of `customer_benefits`.

    Returns
    -------
    DataFrame
        Columns of `listed` with ``benefit, product_id, base_yuan, used_months, benefit_yuan``, largest benefit first
    """
    found = listed.merge(benefits, on="customer_id", how="left")
    return found.sort_values("benefit_yuan", ascending=False, kind="stable", na_position="last").reset_index(drop=True)


BENEFITS = ("pay_for_days_used", "lower_rate")
#: months of flows that a year of use is read from; fewer leave the use unknown
YEAR_MONTHS = 12
COLUMNS = ["customer_id", "benefit", "product_id", "base_yuan", "used_months", "benefit_yuan"]


def use_saving(amount_yuan: float, used_months: float, *, term_rate: float, line_rate: float) -> float:
    r"""Reckon what a draw-and-repay line saves against a loan that runs all year.

    Answers "at a higher rate, but paid only for the months he used it: is it cheaper for him?"

    .. math:: S = A \Bigl(r_t - r_l \frac{m}{12}\Bigr)

    which is above zero as long as fewer than :math:`12\, r_t / r_l` months are used.

    Examples
    --------
    >>> round(use_saving(1_000_000, 5, term_rate=0.042, line_rate=0.048), 2)
    22000.0
    """
    return amount_yuan * (term_rate - line_rate * used_months / YEAR_MONTHS)


def used_months(loans: pd.DataFrame, flow_months: pd.DataFrame, *, as_of: date) -> pd.Series:
    """Count the months of the last year in which a customer's accounts held less than his last loan.

    Parameters
    ----------
    loans : DataFrame
        ``customer_id, amount_yuan``: one row per customer. Not modified.
    flow_months : DataFrame[flow_months]
        ``customer_id, month, min_balance_yuan``; channels are added up.
    as_of : date
        The year ends with this day's month.

    Returns
    -------
    Series
        Months by ``customer_id``; only customers with all twelve months on file.
    """
    span = [str(month) for month in pd.period_range(end=pd.Period(as_of, "M"), periods=YEAR_MONTHS, freq="M")]
    held = flow_months[flow_months["month"].isin(span)].groupby(["customer_id", "month"])["min_balance_yuan"].sum()
    table = held.unstack().reindex(columns=span)
    whole = table.dropna()
    amounts = loans.drop_duplicates("customer_id").set_index("customer_id")["amount_yuan"]
    known = whole[whole.index.isin(amounts.index)]
    return known.lt(amounts.reindex(known.index), axis="index").sum(axis="columns").rename("used_months")


@measure(optional=("flow_months",))
def customer_benefits(
    customers: pd.DataFrame, loans: pd.DataFrame, flow_months: pd.DataFrame, products: pd.DataFrame, *, as_of: date
) -> pd.DataFrame:
    """Find for each customer the largest benefit that we can compute and he can have.

    Answers "what is the one thing worth saying to this customer?" His last loan is set beside every standard product on
    sale that takes its amount and asks for no more security than that loan had, at the product's highest rate, so that
    what is said is the least he saves: a line is paid for the months used (`use_saving`), a loan for the difference of
    rates over a year.

    Parameters
    ----------
    customers : DataFrame
        ``customer_id``: those to be spoken to. Not modified.
    loans : DataFrame[loans]
        ``customer_id, amount_yuan, yearly_rate, guarantee, disbursed_date``.
    flow_months : DataFrame[flow_months]
        Without twelve months of them the use is unknown, and no line is spoken of.
    products : DataFrame[products]
        ``product_id, kind, secured, is_revolving, min_amount_yuan, max_amount_yuan, max_yearly_rate, status``.
    as_of : date

    Returns
    -------
    DataFrame
        One row per customer with a benefit: ``customer_id, benefit`` (code), ``product_id, base_yuan`` (the last loan),
        ``used_months`` (missing for a loan), ``benefit_yuan`` (> 0, a year), largest first.

    Notes
    -----
    What a customer has with other banks is not known; nothing is promised before he is assessed.
    """
    last = loans.sort_values("disbursed_date").drop_duplicates("customer_id", keep="last")
    last = last[last["customer_id"].isin(customers["customer_id"])].dropna(subset=["yearly_rate"])
    used = used_months(last, flow_months, as_of=as_of)
    sold = products[(products["status"] == "live") & (products["kind"] == "standard")]
    pairs = last[["customer_id", "amount_yuan", "yearly_rate", "guarantee"]].merge(sold, how="cross")
    fits = pairs["amount_yuan"].between(pairs["min_amount_yuan"].fillna(0.0), pairs["max_amount_yuan"].fillna(np.inf))
    secured = (pairs["secured"] == "credit") | (pairs["secured"] == pairs["guarantee"])
    held = pairs[fits & secured & pairs["max_yearly_rate"].notna()]
    return _largest(held.assign(used_months=held["customer_id"].map(used)))


def _largest(pairs: pd.DataFrame) -> pd.DataFrame:
    line = pairs["is_revolving"].astype("boolean").fillna(False).to_numpy(dtype=bool)
    amount, months = pairs["amount_yuan"].to_numpy(float), pairs["used_months"].to_numpy(float)
    rates = {"term_rate": pairs["yearly_rate"].to_numpy(float), "line_rate": pairs["max_yearly_rate"].to_numpy(float)}
    saved = use_saving(amount, np.where(line, months, float(YEAR_MONTHS)), **rates)
    told = pairs.assign(
        benefit=np.where(line & (months < YEAR_MONTHS), *BENEFITS),
        base_yuan=amount,
        used_months=np.where(line, months, np.nan),
        benefit_yuan=np.round(saved, 2),
    )
    order = ["benefit_yuan", "customer_id", "product_id"]
    best = told[told["benefit_yuan"] > 0].sort_values(order, ascending=[False, True, True], kind="stable")
    return best.drop_duplicates("customer_id")[COLUMNS].reset_index(drop=True)


PARTS = ("questions", "papers", "never_say")


def read_guide(home: Place) -> VisitGuide:
    """Read ``data/reference/visit_guide.toml``.

    Raises
    ------
    BadConfig
        If the file breaks its model.

    Examples
    --------
    >>> read_guide(".").status
    'unverified'
    """
    path = home_at(home).config("reference") / "visit_guide.toml"
    return checked(read_toml(path), VisitGuide, where=path)


def guide_lines(guide: VisitGuide) -> pd.DataFrame:
    """Lay out the guide's lines.

    Returns
    -------
    DataFrame
        ``guide_part`` (``questions, papers, never_say``), ``said_zh, said_en``.
    """
    rows = [(part, line.zh, line.en) for part in PARTS for line in getattr(guide, part)]
    return pd.DataFrame(rows, columns=["guide_part", "said_zh", "said_en"])


def objection_lines(guide: VisitGuide) -> pd.DataFrame:
    """Lay out objections and what answers them.

    Returns
    -------
    DataFrame
        ``said_zh, said_en, answer_zh, answer_en``.
    """
    rows = [(each.zh_said, each.en_said, each.zh_answer, each.en_answer) for each in guide.objections]
    return pd.DataFrame(rows, columns=["said_zh", "said_en", "answer_zh", "answer_en"])


#: a team of fewer managers is told with the others, so that no board speaks of one person
LEAST_MANAGERS = 3
OTHERS = "other_teams"


def team_capacity(capacities: pd.DataFrame) -> pd.DataFrame:
    """Add up capacity by team (`rollout_plan.monthly_capacity`).

    Returns
    -------
    DataFrame
        Columns ``team, managers_count``, and a month ``visits_count, loans_count, capacity_yuan, capacity_low_yuan,
        capacity_high_yuan``
    """
    sums = ["visits_count", "loans_count", "capacity_yuan", "capacity_low_yuan", "capacity_high_yuan"]
    groups = _teams(capacities).groupby("team")
    return groups[sums].sum().assign(managers_count=groups.size()).reset_index()[["team", "managers_count", *sums]]


def team_board(rm_months: pd.DataFrame, rms: pd.DataFrame, *, as_of: date) -> pd.DataFrame:
    """Lay out what each team did in the last month, per head.

    Parameters
    ----------
    rm_months : DataFrame[rm_months]
        ``rm_id, month, visits_count, applications_count, loans_count``. Not modified.
    rms : DataFrame[rms]
        ``rm_id, team``.
    as_of : date

    Returns
    -------
    DataFrame
        ``team, managers_count, visits_per_head, applications_per_head, loans_per_head``, by team

    Raises
    ------
    EmptyBook
        If the month is not on file.
    """
    held = rm_months[rm_months["month"] == f"{as_of:%Y-%m}"].merge(rms[["rm_id", "team"]], on="rm_id")
    if held.empty:
        raise EmptyBook(f"no manager's month {as_of:%Y-%m}", where="rm_months", fix="load the month")
    groups = _teams(held).groupby("team")
    means = groups[["visits_count", "applications_count", "loans_count"]].mean()
    told = means.rename(columns=lambda name: name.replace("_count", "_per_head"))
    told.insert(0, "managers_count", groups.size())
    return told.reset_index()


def _teams(managers: pd.DataFrame) -> pd.DataFrame:
    named = managers.assign(team=managers["team"].fillna(OTHERS))
    sizes = named["team"].map(named["team"].value_counts())
    return named.assign(team=named["team"].where(sizes >= LEAST_MANAGERS, OTHERS))


LATE_DAYS = 30


def demand_by_manager(applications: pd.DataFrame, *, as_of: date) -> pd.Series:
    """Add up what was applied for with each manager in the last year: a measure of demand that no approval has cut.

    Parameters
    ----------
    applications : DataFrame[applications]
        ``rm_id, submitted_at, asked_yuan``. Not modified.
    as_of : date

    Returns
    -------
    Series
        Yuan by ``rm_id``.
    """
    day = pd.to_datetime(applications["submitted_at"])
    held = applications[day.between(pd.Timestamp(as_of) - pd.DateOffset(months=12), pd.Timestamp(as_of))]
    return held.groupby("rm_id")["asked_yuan"].sum()


def overdue_standings(loans: pd.DataFrame, *, fewest: int) -> pd.DataFrame:
    """Set each manager's share of live loans more than 30 days late beside that of the others.

    Parameters
    ----------
    loans : DataFrame[loans]
        ``rm_id, overdue_days`` and what tells a live loan. Not modified.
    fewest : int
        Fewer loans are not judged.

    Returns
    -------
    DataFrame
        See `metrics.selling.rate_standings`; ``above`` is late more often than the rest.
    """
    live = loans[is_live(loans) & loans["rm_id"].notna()]
    groups = (live["overdue_days"] > LATE_DAYS).groupby(live["rm_id"])
    cells = pd.DataFrame({"hit_count": groups.sum().astype("int64"), "total_count": groups.size()}).reset_index()
    return rate_standings(cells, fewest=fewest)


def approval_cells(acted: pd.DataFrame) -> pd.DataFrame:
    """Lay out contacts and the applications they led to, manager by manager.

    Parameters
    ----------
    acted : DataFrame
        Result of `metrics.selling.manager_activities`. Not modified.

    Returns
    -------
    DataFrame
        ``rm_id, hit_count`` (applications), ``total_count`` (contacts, at least as many)
    """
    asked = acted["applications_count"].fillna(0).astype("int64")
    contacts = acted["contacts_count"].fillna(0).astype("int64")
    return pd.DataFrame({"rm_id": acted["rm_id"], "hit_count": asked, "total_count": contacts.clip(lower=asked)})


def above_only(found: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that stand above the rest: a sample for review."""
    return found[found["standing"] == "above"].reset_index(drop=True)


def factor_counts(parts: pd.DataFrame) -> pd.DataFrame:
    """Count, factor by factor, the managers whom it sets above and below the others.

    Parameters
    ----------
    parts : DataFrame
        Result of `metrics.selling.activity_contributions`. Not modified.

    Returns
    -------
    DataFrame
        ``factor, raised_count, lowered_count, unclear_count``.
    """
    told = parts["explains"].eq(True)
    flags = {
        "raised_count": told & (parts["contribution"] > 0),
        "lowered_count": told & (parts["contribution"] < 0),
        "unclear_count": ~told,
    }
    counts = parts[["factor"]].assign(**flags).groupby("factor", sort=False).sum().astype("int64")
    return counts.reset_index()
