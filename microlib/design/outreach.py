"""Selling to groups: cases, group prices, queues of files, stall markets, chambers as partners, win-back pay."""

from __future__ import annotations

from datetime import date

import pandas as pd

from microlib.calendars import last_complete_month_end
from microlib.contracts.cases import ChamberRules, FileQueue, GroupPrice, OutreachCase, Recall
from microlib.contracts.documents import read_document
from microlib.contracts.policy import highest_rate
from microlib.design.prices import Parts, floor_rate
from microlib.errors import EmptyBook
from microlib.home import Home
from microlib.metrics.rhythm import partial_months
from microlib.stats.intervals import rate_interval


def read_outreach(home: Home, *, case: str) -> OutreachCase:
    """Read a case from ``data/cases/<case>.toml``.

    Raises
    ------
    BadConfig
        If there is no such file, or it breaks the contract.

    Examples
    --------
    >>> from pathlib import Path
    >>> read_outreach(Home(Path(".")), case="group_purchase").campaign_id
    'M2503_0755'
    """
    return read_document(home.config("cases") / f"{case}.toml", OutreachCase, highest_rate=highest_rate(home))


def run_sheet(case: OutreachCase) -> pd.DataFrame:
    """Lay out who does what when, in the order of days; day 1 is the launch.

    Returns
    -------
    DataFrame
        ``task, doer, first_day, last_day``.
    """
    rows = [(task.code, task.role, task.first_day, task.last_day) for task in case.tasks]
    sheet = pd.DataFrame(rows, columns=["task", "doer", "first_day", "last_day"])
    return sheet.sort_values(["first_day", "last_day"], kind="stable", ignore_index=True)


def form_costs(case: OutreachCase) -> pd.DataFrame:
    """Set the forms a campaign may take side by side: cost, reach, yuan for each person reached.

    Returns
    -------
    DataFrame
        ``form, cost_yuan, reached_count, cost_each`` (yuan), cheapest reach first.
    """
    rows = [(form.code, form.cost_yuan, form.reached_count, form.cost_yuan / form.reached_count) for form in case.forms]
    frame = pd.DataFrame(rows, columns=["form", "cost_yuan", "reached_count", "cost_each"])
    return frame.sort_values("cost_each", kind="stable", ignore_index=True)


def case_view(result: pd.DataFrame, *, campaign_id: str = "", **names: str) -> pd.DataFrame:
    """Keep one campaign's rows of a result and give columns the names that the cases know them by.

    Raises
    ------
    EmptyBook
        If the campaign has no row.

    Examples
    --------
    >>> case_view(pd.DataFrame({"campaign_id": ["A", "B"], "stage": ["x", "y"]}), campaign_id="B", stage="funnel_stage")
      campaign_id funnel_stage
    0           B            y
    """
    kept = result[result["campaign_id"] == campaign_id].reset_index(drop=True) if campaign_id else result
    if campaign_id and kept.empty:
        what = f"the branch has no campaign {campaign_id}, or nothing of it can be read"
        raise EmptyBook(what, where="campaigns", fix="name one of the branch's campaigns in the case's file")
    return kept.rename(columns=names)


def chamber_facts(
    roster: pd.DataFrame, loans: pd.DataFrame, guarantees: pd.DataFrame, *, rules: ChamberRules
) -> pd.DataFrame:
    """Hold a chamber against its checklist, one row per point.

    Answers "sign or not, and on what condition?"

    Parameters
    ----------
    roster : DataFrame[venue_rosters]
        Rows of one chamber. Not modified.
    loans, guarantees : DataFrame
        Of the branch.
    rules : ChamberRules

    Returns
    -------
    DataFrame
        ``chamber_point``, ``found_share`` or ``found_count`` (what is found), ``asked_share`` or ``asked_count``,
        ``state`` (``holds``, ``fails``, ``unknown``): ``industry`` (largest trade among members), ``mutual`` (members
        with a loan who stand for another member), ``overdue`` (our balance with members late by more than 30 days),
        ``strangers`` (members whom we do not know), ``fee``, ``interest``.

    Raises
    ------
    EmptyBook
        If the chamber has no members on the roster.
    """
    if roster.empty:
        raise EmptyBook(
            "the chamber has no members on the roster", where="venue_rosters", fix="load its list of members"
        )
    members = roster["customer_id"].dropna()
    live = loans[loans["customer_id"].isin(members) & (loans["balance_yuan"] > 0)]
    rows = [
        ("industry", _largest(roster["industry_code"]), rules.most_industry_share, True),
        ("mutual", _mutual(live, guarantees), rules.most_mutual_share, True),
        ("overdue", _overdue(live), rules.most_overdue_share, True),
        ("strangers", float(roster["customer_id"].isna().sum()), float(rules.least_strangers_count), False),
        ("fee", rules.secretary_fee_share, 0.0, True),
        ("interest", float(rules.has_secretary_interest), 0.0, True),
    ]
    frame = pd.DataFrame(rows, columns=["chamber_point", "found", "asked", "is_most"])
    counted = frame["chamber_point"] == "strangers"
    return pd.DataFrame(
        {
            "chamber_point": frame["chamber_point"],
            "found_share": frame["found"].mask(counted),
            "asked_share": frame["asked"].mask(counted),
            "found_count": frame["found"].where(counted),
            "asked_count": frame["asked"].where(counted),
            "state": [_state(*row) for row in frame[["found", "asked", "is_most"]].itertuples(index=False)],
        }
    )


def _largest(trades: pd.Series) -> float:
    known = trades.dropna().astype("str").str[:3]
    return float(known.value_counts(normalize=True).iloc[0]) if len(known) else float("nan")


def _mutual(live: pd.DataFrame, guarantees: pd.DataFrame) -> float:
    """Return the part of members with a loan for whom another member with a loan stands."""
    if live.empty:
        return float("nan")
    borrowers = live["customer_id"].drop_duplicates()
    owners = live.set_index("loan_id")["customer_id"]
    given = guarantees[guarantees["loan_id"].isin(owners.index) & guarantees["guarantor_id"].isin(borrowers)]
    behind = given["loan_id"].map(owners)
    return float(behind[behind != given["guarantor_id"]].nunique() / len(borrowers))


def _overdue(live: pd.DataFrame) -> float:
    total = live["balance_yuan"].sum()
    return float(live.loc[live["overdue_days"] > 30, "balance_yuan"].sum() / total) if total > 0 else float("nan")


def _state(found: float, asked: float, is_most: bool) -> str:
    if pd.isna(found):
        return "unknown"
    return "holds" if (found <= asked if is_most else found >= asked) else "fails"


#: groups larger than this are not looked at
LARGEST = 500


def group_floors(price: GroupPrice) -> pd.DataFrame:
    r"""Find the floor of a loan in a group of each size.

    Answers "what discount does a group of this size pay for itself?"

    .. math:: r_n = FTP + o\left(1 - s + \frac{s}{n}\right) + PD \cdot LGD + K h + \frac{E}{n A T}

    with :math:`o` the operating cost of one loan alone, :math:`s` the part of it that a group pays once, :math:`E` the
    event, :math:`A` the amount and :math:`T` the years of a loan; the event falls away for a group of one.

    Returns
    -------
    DataFrame
        ``size_count, opex_rate, event_rate, floor_rate``, and ``discount_rate``: the rate on the list less the floor.

    Examples
    --------
    >>> price = GroupPrice(ftp_rate=0.0205, opex_rate=0.0095, pd_rate=0.019, lgd_share=0.4, capital_share=0.07875,
    ...     capital_cost_rate=0.1, shared_share=0.4, asked_rate=0.048, amount_yuan=600_000, years=3.0,
    ...     event_cost_yuan=18_000, sizes=(1, 10), discounts=(0.002,))
    >>> group_floors(price).floor_rate.round(4).to_list()
    [0.0455, 0.0431]
    """
    rows = [(size, *_parts(price, size)) for size in price.sizes]
    frame = pd.DataFrame(rows, columns=["size_count", "opex_rate", "event_rate", "floor_rate"])
    return frame.assign(discount_rate=price.asked_rate - frame["floor_rate"])


def least_sizes(price: GroupPrice) -> pd.DataFrame:
    """Find the smallest group that pays for each discount.

    Returns
    -------
    DataFrame
        ``discount_rate, group_rate`` (list less discount), ``least_count``; missing where no group of up to 500 does.
    """
    floors = {size: _parts(price, size)[-1] for size in range(1, LARGEST + 1)}
    rows = []
    for discount in price.discounts:
        rate = price.asked_rate - discount
        enough = [size for size, floor in floors.items() if floor <= rate and size > 1]
        rows.append((discount, rate, enough[0] if enough else None))
    frame = pd.DataFrame(rows, columns=["discount_rate", "group_rate", "least_count"])
    return frame.astype({"least_count": "Int64"})


def _parts(price: GroupPrice, size: int) -> tuple[float, float, float]:
    opex = price.opex_rate * (1 - price.shared_share + price.shared_share / size)
    event = price.event_cost_yuan / (size * price.amount_yuan * price.years) if size > 1 else 0.0
    parts = Parts(price.ftp_rate, opex, price.pd_rate, price.lgd_share, price.capital_share, price.capital_cost_rate)
    return opex, event, floor_rate(parts) + event


def need_profile(applications: pd.DataFrame, *, as_of: date, months: int = 12, within: str = "purpose") -> pd.DataFrame:
    """Spread what was asked for over the last months, part by part, the commonest first.

    Parameters
    ----------
    applications : DataFrame[applications]
        Uses ``submitted_at, asked_yuan`` and `within`. Not modified.
    as_of : date
    months : int
    within : str
        Column that splits the applications.

    Returns
    -------
    DataFrame
        `within`, ``applications_count``, ``asked_share`` with ``asked_low, asked_high`` and ``asked_share_count``,
        ``p20_yuan, p50_yuan, p80_yuan`` of the amount asked.

    Raises
    ------
    EmptyBook
        If nobody applied in those months.
    """
    since = pd.Timestamp(as_of) - pd.DateOffset(months=months)
    until = pd.Timestamp(as_of) + pd.DateOffset(days=1)
    within_time = (applications["submitted_at"] > since) & (applications["submitted_at"] < until)
    rows = applications[within_time & applications["asked_yuan"].notna()]
    if rows.empty:
        raise EmptyBook("nobody applied in these months", where="applications", fix="load more applications")
    asked = rows.groupby(within, observed=True)["asked_yuan"]
    frame = asked.agg(applications_count="size").join(asked.quantile([0.2, 0.5, 0.8]).unstack())
    frame = frame.rename(columns={0.2: "p20_yuan", 0.5: "p50_yuan", 0.8: "p80_yuan"})
    return _shared(frame, "applications_count", "asked").reset_index()


def refusal_reasons(applications: pd.DataFrame, *, customers: pd.Series | None = None) -> pd.DataFrame:
    """Rank why applications led to nothing, with the range of each share.

    Parameters
    ----------
    applications : DataFrame[applications]
        Uses ``customer_id, reason_code``. Not modified.
    customers : Series, optional
        Only theirs.

    Returns
    -------
    DataFrame
        ``reason_code, refused_count, refused_share, refused_low, refused_high, refused_share_count``.

    Raises
    ------
    EmptyBook
        If nothing was refused.
    """
    rows = applications[applications["reason_code"].notna()]
    if customers is not None:
        rows = rows[rows["customer_id"].isin(customers)]
    if rows.empty:
        raise EmptyBook("nothing was refused", where="applications", fix="load more applications")
    counts = rows.groupby("reason_code", observed=True).size().rename("refused_count").to_frame()
    return _shared(counts, "refused_count", "refused").reset_index()


def market_evidence(
    roster: pd.DataFrame, flow_months: pd.DataFrame, invoices: pd.DataFrame, *, as_of: date, least_months: int = 12
) -> pd.DataFrame:
    """Count of whose trade in a market we have evidence: account flows, invoices, both, none.

    Parameters
    ----------
    roster : DataFrame
        Rows of one venue; ``customer_id`` is missing for strangers. Not modified.
    flow_months, invoices : DataFrame
        Of the branch; ``month`` and ``invoice_date`` say when.
    as_of : date
    least_months : int
        Months with evidence in the last year that count as having it.

    Returns
    -------
    DataFrame
        ``proof`` (``flows, invoices, either``), ``known_count, members_count, known_share`` with its range.
    """
    members = roster["customer_id"].dropna().drop_duplicates()
    since = pd.Timestamp(as_of) - pd.DateOffset(months=12)
    flows = flow_months[flow_months["month"] > f"{since:%Y-%m}"].groupby("customer_id")["month"].nunique()
    dated = invoices[invoices["issued_date"] > since]
    billed = dated["issued_date"].dt.to_period("M").groupby(dated["customer_id"]).nunique()
    known = {
        name: members.isin(months.index[months >= least_months])
        for name, months in (("flows", flows), ("invoices", billed))
    }
    known["either"] = known["flows"] | known["invoices"]
    counts = pd.Series({name: int(flag.sum()) for name, flag in known.items()}, name="known_count")
    frame = counts.rename_axis("proof").reset_index().assign(members_count=len(members))
    bounds = rate_interval(frame["known_count"], frame["members_count"])
    return frame.assign(
        known_share=bounds["rate"],
        known_low=bounds["low"],
        known_high=bounds["high"],
        known_share_count=frame["members_count"],
    )


def weekly_visits(touches: pd.DataFrame, leads: pd.DataFrame, *, campaign_id: str) -> pd.DataFrame:
    """Count a campaign's contacts and those that met an application, week by week: a run chart, no test.

    Returns
    -------
    DataFrame
        ``week_number`` (from the first contact), ``visits_count, applied_count``.

    Raises
    ------
    EmptyBook
        If the campaign has no contacts on record.
    """
    own = leads.loc[leads["campaign_id"] == campaign_id, "lead_id"]
    rows = touches[touches["lead_id"].isin(own)]
    if rows.empty:
        raise EmptyBook("the campaign has no contacts on record", where="touches", fix="enter visits on the day")
    week = (rows["touched_at"].dt.normalize() - rows["touched_at"].min().normalize()).dt.days // 7 + 1
    applied = (rows["touch_result"] == "applied").groupby(week).sum()
    counted = pd.DataFrame({"visits_count": rows.groupby(week).size(), "applied_count": applied})
    weeks = pd.RangeIndex(1, int(week.max()) + 1, name="week_number")
    return counted.reindex(weeks, fill_value=0).astype(int).reset_index()


def _shared(frame: pd.DataFrame, count: str, name: str) -> pd.DataFrame:
    """Add each part's share of all with its range; the largest first."""
    total = frame[count].sum()
    bounds = rate_interval(frame[count], pd.Series(total, index=frame.index))
    added = {
        f"{name}_share": bounds["rate"],
        f"{name}_low": bounds["low"],
        f"{name}_high": bounds["high"],
        f"{name}_share_count": total,
    }
    return frame.assign(**added).sort_values(count, ascending=False, kind="stable")


def venue_rows(matches: pd.DataFrame, venue_rosters: pd.DataFrame, *, venue_id: str) -> pd.DataFrame:
    """Keep a venue's members, each once: strangers stay without a customer number.

    Parameters
    ----------
    matches : DataFrame
        Result of `metrics.market.roster_matches`. Not modified.
    venue_rosters : DataFrame[venue_rosters]
    venue_id : str

    Returns
    -------
    DataFrame
        Rows of the roster with the customer that each was matched with.

    Raises
    ------
    EmptyBook
        If the venue has no roster here.
    """
    keys = ["venue_id", "list_source", "member_number"]
    known_as = matches[[*keys, "customer_id"]].drop_duplicates(keys)
    rows = venue_rosters[venue_rosters["venue_id"] == venue_id].drop(columns="customer_id").merge(known_as, on=keys)
    if rows.empty:
        raise EmptyBook(f"there is no roster of {venue_id}", where="venue_rosters", fix="load its list of members")
    known = rows[rows["customer_id"].notna()].drop_duplicates("customer_id")
    strangers = rows[rows["customer_id"].isna()].drop_duplicates("member_number")
    return pd.concat([known, strangers]).sort_index()


def venue_refusals(applications: pd.DataFrame, members: pd.DataFrame) -> pd.DataFrame:
    """Rank why applications of a venue's customers led to nothing; see `refusal_reasons`."""
    return refusal_reasons(applications, customers=members["customer_id"].dropna())


def stall_figures(
    members: pd.DataFrame, flow_months: pd.DataFrame, site_checks: pd.DataFrame, *, as_of: date, months: int = 12
) -> pd.DataFrame:
    """Spread what is known of a market's stalls: inflow of a month, rent, rent over inflow, days of stock.

    Parameters
    ----------
    members : DataFrame
        Result of `venue_rows`. Not modified.
    flow_months, site_checks : DataFrame
        Of the branch.
    as_of : date
    months : int
        Months of flows that are averaged: the last that are over, without one that is only partly on file.

    Returns
    -------
    DataFrame
        ``stall_figure`` (``inflow, rent, rent_share, stock_days``), ``stalls_count`` (of whom it is known), and
        ``lower, middle, upper``: fifth, half and four fifths.

    Raises
    ------
    EmptyBook
        If nothing is known of any stall.
    """
    over = pd.Timestamp(last_complete_month_end(as_of))
    whole = flow_months["month"].between(f"{over - pd.DateOffset(months=months - 1):%Y-%m}", f"{over:%Y-%m}")
    whole &= ~flow_months["month"].isin(partial_months(flow_months))
    recent = flow_months[whole & flow_months["customer_id"].isin(members["customer_id"].dropna())]
    inflow = recent.groupby(["customer_id", "month"])["inflow_yuan"].sum().groupby("customer_id").mean()
    rent = members.dropna(subset=["customer_id"]).set_index("customer_id")["monthly_rent_yuan"].dropna()
    stock = site_checks[site_checks["customer_id"].isin(members["customer_id"])].groupby("customer_id")
    found = {
        "inflow": inflow,
        "rent": rent,
        "rent_share": 100 * (rent / inflow[inflow > 0]).dropna(),
        "stock_days": stock["stock_days_count"].last().dropna(),
    }
    known = {name: values for name, values in found.items() if len(values)}
    if not known:
        raise EmptyBook("nothing is known of its stalls", where="flow_months", fix="load flows or visits")
    rows = [(name, len(each), *each.quantile([0.2, 0.5, 0.8])) for name, each in known.items()]
    return pd.DataFrame(rows, columns=["stall_figure", "stalls_count", "lower", "middle", "upper"])


def daily_backlog(queue: FileQueue) -> pd.DataFrame:
    r"""Follow the files that wait, day by day.

    Answers "how long will the last one wait, and is that what we promised?"

    .. math:: B_t = \max(0, B_{t-1} + a_t - c), \qquad w_t = \lceil B_t / c \rceil

    with arrivals :math:`a`, capacity :math:`c`; :math:`w` is what a file that came today waits, in days.

    Returns
    -------
    DataFrame
        ``day_number, arrived_count, done_count, backlog_count, wait_days, is_kept`` (within the days promised).

    Examples
    --------
    >>> found = daily_backlog(FileQueue(days_count=4, arrivals=(5, 9), done_a_day=4, promised_days=2))
    >>> found.backlog_count.to_list(), found.wait_days.to_list()
    ([1, 6, 2, 0], [1, 2, 1, 0])
    """
    waiting, rows = 0, []
    for day in range(1, queue.days_count + 1):
        came = queue.arrivals[day - 1] if day <= len(queue.arrivals) else 0
        done = min(waiting + came, queue.done_a_day)
        waiting += came - done
        wait = -(-waiting // queue.done_a_day)
        rows.append((day, came, done, waiting, wait, wait <= queue.promised_days))
    names = ["day_number", "arrived_count", "done_count", "backlog_count", "wait_days", "is_kept"]
    return pd.DataFrame(rows, columns=names)


def needed_capacity(queue: FileQueue) -> int:
    """Return the fewest files a day that keep every wait within the days promised.

    Examples
    --------
    >>> needed_capacity(FileQueue(days_count=4, arrivals=(5, 9), done_a_day=4, promised_days=1))
    5
    """
    able = range(1, sum(queue.arrivals) + 1)
    return next(each for each in able if daily_backlog(queue.model_copy(update={"done_a_day": each}))["is_kept"].all())


def recall_pay(effects: pd.DataFrame, *, rule: Recall) -> pd.DataFrame:
    """Hold the pay for customers who are back and alive against the margin of those who were added.

    Parameters
    ----------
    effects : DataFrame
        Result of `metrics.churn.win_back_effects`. Not modified.
    rule : Recall

    Returns
    -------
    DataFrame
        One row: ``paid_count`` (back and alive), ``pay_yuan, offer_yuan``, ``added_count`` with ``added_low_count``,
        ``result_yuan`` and ``low_result_yuan``: margin of those added, at the estimate and at the low end, less pay and
        offers.

    Examples
    --------
    >>> rule = Recall(pay_a_customer_yuan=800, margin_a_customer_yuan=6200)
    >>> effects = pd.DataFrame({"alive_count": [50], "offer_cost_yuan": [10_000.], "added_count": [30.],
    ...                         "added_low_count": [10.]})
    >>> recall_pay(effects, rule=rule)[["result_yuan", "low_result_yuan"]].iloc[0].to_list()
    [136000.0, 12000.0]
    """
    paid, offers = float(effects["alive_count"].sum()), float(effects["offer_cost_yuan"].sum())
    pay = paid * rule.pay_a_customer_yuan
    added = {name: float(effects[name].sum(min_count=len(effects))) for name in ("added_count", "added_low_count")}
    margins = {name: count * rule.margin_a_customer_yuan - pay - offers for name, count in added.items()}
    return pd.DataFrame(
        {
            "paid_count": [paid],
            "pay_yuan": [pay],
            "offer_yuan": [offers],
            **{name: [value] for name, value in added.items()},
            "result_yuan": [margins["added_count"]],
            "low_result_yuan": [margins["added_low_count"]],
        }
    )
