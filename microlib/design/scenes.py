"""Scenes around a core or a venue: templates with their figures and triggers, joint list (联动清单), scene price."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import numpy as np
import pandas as pd

from microlib.contracts.cases import ScenePoint, SceneTemplate
from microlib.contracts.documents import read_document
from microlib.contracts.policy import SupplyPolicy
from microlib.contracts.product import Product
from microlib.design.terms import Place, home_at, read_product
from microlib.errors import BadConfig, EmptyBook, NoScene
from microlib.metrics.income import year_start
from microlib.units import MONTHS_PER_YEAR

#: case -> which default rate its margin rests on
CASES = {"low": "upper", "high": "mean"}
STANDS = ("borrower", "account", "customer", "unknown")
JOINT_LIST_COLUMNS = [
    "core_id",
    "customer_id",
    "stands",
    "delivered_yuan",
    "balance_yuan",
    "rm_id",
    "manager_rm_id",
    "lawful_basis",
]


def joint_counterparties(
    core_payables: pd.DataFrame,
    core_enterprises: pd.DataFrame,
    customers: pd.DataFrame,
    loans: pd.DataFrame,
    *,
    as_of: date,
) -> pd.DataFrame:
    """List every counterparty of each core: borrowers, customers with an account, other customers, and the unknown.

    Answers "whom do the corporate and the small-business manager call on together, and may they?"

    Parameters
    ----------
    core_payables : DataFrame[core_payables]
        Uses ``core_id, customer_id, supplier_hash, delivered_date, amount_yuan``. Not modified, nor is any other frame.
    core_enterprises : DataFrame[core_enterprises]
        Uses ``core_id, manager_rm_id``.
    customers : DataFrame[customers]
        Uses ``customer_id, rm_id, consents_marketing, deposits_avg_12m_yuan``.
    loans : DataFrame[loans]
        Uses ``customer_id, balance_yuan``.
    as_of : date
        Deliveries of the twelve months up to it.

    Returns
    -------
    DataFrame
        One row per core and counterparty, the largest deliveries first: ``customer_id`` (missing for the unknown),
        ``stands`` (borrower, account, customer, unknown), ``delivered_yuan, balance_yuan, rm_id, manager_rm_id``,
        ``lawful_basis``: ``contract`` (a loan or an account: service of it), ``consent`` (marketing consent on file),
        ``none`` (no consent: not to be contacted), ``ask_core`` (unknown: the core introduces, the supplier consents).

    Notes
    -----
    What a core pays whom is known from its account or its list: it may be used to serve that core's own finance; to
    approach a supplier wants the supplier's consent.
    """
    since, end = year_start(as_of), pd.Timestamp(as_of)
    days = core_payables["delivered_date"]
    recent = core_payables[(days >= since) & (days <= end)]
    key = recent["customer_id"].astype(object).fillna(recent["supplier_hash"])
    rows = (
        recent.assign(party=key)
        .groupby(["core_id", "party"], as_index=False, observed=True)
        .agg(customer_id=("customer_id", "first"), delivered_yuan=("amount_yuan", "sum"))
    )
    own = customers.drop_duplicates("customer_id").set_index("customer_id")
    owed = loans[loans["balance_yuan"] > 0].groupby("customer_id", observed=True)["balance_yuan"].sum()
    rows["balance_yuan"] = rows["customer_id"].map(owed).fillna(0.0).astype("float64")
    for name in ("rm_id", "consents_marketing", "deposits_avg_12m_yuan"):
        rows[name] = rows["customer_id"].map(own[name]) if name in own else None
    rows["manager_rm_id"] = rows["core_id"].map(core_enterprises.set_index("core_id")["manager_rm_id"])
    known, deposits = rows["customer_id"].notna(), rows["deposits_avg_12m_yuan"].astype("float64")
    rows["stands"] = np.select([~known, rows["balance_yuan"] > 0, deposits > 0], ["unknown", *STANDS[:2]], "customer")
    consent = rows["consents_marketing"].astype("boolean").fillna(False).astype(bool)
    serves = rows["stands"].isin(STANDS[:1])
    rows["lawful_basis"] = np.select([~known, serves, consent], ["ask_core", "contract", "consent"], "none")
    return rows.sort_values(["delivered_yuan", "party"], ascending=[False, True])[JOINT_LIST_COLUMNS].reset_index(
        drop=True
    )


def joint_counts(listed: pd.DataFrame) -> pd.DataFrame:
    """Count counterparties of each core by how they stand, with deliveries, balance, and whom we may approach.

    Returns
    -------
    DataFrame
        ``core_id, stands, counterparties_count, delivered_yuan, balance_yuan, reachable_count``.
    """
    rows = listed.assign(reachable=listed["lawful_basis"].isin(["contract", "consent"]))
    found = rows.groupby(["core_id", "stands"], as_index=False, observed=True).agg(
        counterparties_count=("stands", "size"),
        delivered_yuan=("delivered_yuan", "sum"),
        balance_yuan=("balance_yuan", "sum"),
        reachable_count=("reachable", "sum"),
    )
    order = found["stands"].map({name: rank for rank, name in enumerate(STANDS)})
    return found.assign(order=order).sort_values(["core_id", "order"]).drop(columns="order").reset_index(drop=True)


def shared_margins(lines: pd.DataFrame, *, margins: Mapping[str, float], policy: SupplyPolicy) -> pd.DataFrame:
    r"""Say what the suppliers' lines would earn over the floor, and how the two lines of business share it.

    .. math:: M = m \sum_s L_s\, w, \qquad M_{corporate} = \beta M, \quad M_{small} = (1 - \beta) M

    with m the margin over the price floor at the mean and at the upper default rate, w the part that is won (in the
    low case the less favourable: many, where the margin is below zero), and :math:`\beta` the corporate line's share
    (policy). A loss is shared in the same parts.

    Parameters
    ----------
    lines : DataFrame
        Result of `supply.supplier_lines`. Not modified.
    margins : mapping
        ``mean`` and ``upper``: margin over the floor at these default rates, fractions a year.
    policy : SupplyPolicy

    Returns
    -------
    DataFrame
        One row per core and case (``low``: upper default rate; ``high``: mean default rate): ``lines_yuan,
        won_yuan, margin_rate, margin_yuan, corporate_yuan, small_yuan``.

    Examples
    --------
    >>> from microlib.design.supply import read_supply_policy
    >>> policy = read_supply_policy(".", as_of="2026-06-30")
    >>> lines = pd.DataFrame({"core_id": ["H1"], "limit_yuan": [1e6]})
    >>> shared_margins(lines, margins={"mean": 0.01, "upper": -0.002}, policy=policy)["small_yuan"].round(1).tolist()
    [-350.0, 1750.0]
    """
    total = lines.groupby("core_id", observed=True)["limit_yuan"].sum()
    cases = {case: (_won(case, margins[name], policy), margins[name]) for case, name in CASES.items()}
    rows = [
        (core, case, size, size * won, margin, size * won * margin)
        for core, size in total.items()
        for case, (won, margin) in cases.items()
    ]
    names = ["core_id", "case", "lines_yuan", "won_yuan", "margin_rate", "margin_yuan"]
    found = pd.DataFrame(rows, columns=names)
    corporate = found["margin_yuan"] * policy.corporate_share
    return found.assign(corporate_yuan=corporate, small_yuan=found["margin_yuan"] - corporate)


def known_parties(listed: pd.DataFrame) -> pd.DataFrame:
    """Return the counterparties that are customers, each once: ``customer_id``."""
    return listed[["customer_id"]].dropna().drop_duplicates().reset_index(drop=True)


def joint_targets(listed: pd.DataFrame) -> pd.DataFrame:
    """Return the customers without a loan whom both managers may call on, the largest deliveries first."""
    rows = listed[listed["stands"].isin(["account", "customer"]) & (listed["lawful_basis"] == "consent")]
    return rows.drop(columns=["balance_yuan"]).reset_index(drop=True)


def _won(case: str, margin: float, policy: SupplyPolicy) -> float:
    """Return the part that is won: where the margin is below zero, winning more is the low case."""
    return policy.win_high if (case == "high") == (margin >= 0) else policy.win_low


FIGURE_COLUMNS = ["source_id", "quantity", "value", "cases_count"]


def payable_figures(core_payables: pd.DataFrame, *, as_of: date) -> pd.DataFrame:
    """Measure retention, the largest project and vouchers of each core's deliveries of the last twelve months.

    Returns
    -------
    DataFrame
        ``source_id, quantity`` (retention_share, largest_project_share, voucher_share), ``value, cases_count``.

    Examples
    --------
    >>> rows = pd.DataFrame({"core_id": "R1", "delivered_date": pd.to_datetime("2026-03-01"), "amount_yuan": [60., 40.],
    ...     "retention_yuan": [3.0, 2.0], "project_id": ["P1", "P2"], "instrument": ["voucher", "cash"]})
    >>> payable_figures(rows, as_of=date(2026, 6, 30))["value"].round(3).tolist()
    [0.05, 0.6, 0.6]
    """
    rows = _recent(core_payables, as_of).assign(amount_yuan=lambda each: each["amount_yuan"].astype("float64"))
    parts = []
    for core, each in rows.groupby("core_id", observed=True):
        total = each["amount_yuan"].sum()
        projects = each.dropna(subset=["project_id"]).groupby("project_id")["amount_yuan"].sum()
        paid_by = each.dropna(subset=["instrument"])
        vouchers = paid_by.loc[paid_by["instrument"] == "voucher", "amount_yuan"].sum()
        parts += [
            (core, "retention_share", each["retention_yuan"].fillna(0.0).sum() / total, len(each)),
            (
                core,
                "largest_project_share",
                projects.max() / projects.sum() if len(projects) else np.nan,
                len(projects),
            ),
            (core, "voucher_share", vouchers / paid_by["amount_yuan"].sum() if len(paid_by) else np.nan, len(paid_by)),
        ]
    return _figure_frame(parts)


def contract_figures(supply_contracts: pd.DataFrame, loans: pd.DataFrame, *, as_of: date) -> pd.DataFrame:
    """Measure what contracts say of each core's scene: ends against maturities, terms that do not bind, wage accounts.

    Parameters
    ----------
    supply_contracts : DataFrame[supply_contracts]
        Contracts that have not ended by `as_of` count. Not modified.
    loans : DataFrame[loans]
        Uses ``customer_id, balance_yuan, maturity_date``.
    as_of : date

    Returns
    -------
    DataFrame
        ``source_id, quantity, value, cases_count``: ``late_maturity_share`` (projects: part of suppliers' balances that
        mature after the last contract's end), ``tender_first_share`` (the same for tenders), ``tender_cliff_share``
        (part of tenders' amounts that end within a year), ``back_to_back_count``, ``wage_account_share``.
    """
    end = pd.Timestamp(as_of)
    running = supply_contracts[supply_contracts["expiry_date"].isna() | (supply_contracts["expiry_date"] > end)]
    live = loans[loans["balance_yuan"] > 0]
    parts = []
    for (core, kind), each in running.groupby(["core_id", "kind"], observed=True):
        late, count = _late_share(each, live)
        if kind == "project":
            known, wages = each["is_back_to_back"].dropna(), each["has_wage_account"].dropna()
            parts += [
                (core, "late_maturity_share", late, count),
                (core, "back_to_back_count", float(known.sum()) if len(known) else np.nan, len(known)),
                (core, "wage_account_share", float(wages.mean()) if len(wages) else np.nan, len(wages)),
            ]
        if kind == "tender":
            soon = each["expiry_date"] <= end + pd.DateOffset(months=MONTHS_PER_YEAR)
            part = each.loc[soon, "amount_yuan"].sum() / each["amount_yuan"].sum()
            parts += [(core, "tender_first_share", late, count), (core, "tender_cliff_share", part, len(each))]
    return _figure_frame(parts)


def dependence_figures(shares: pd.DataFrame, *, dependence_share: float) -> pd.DataFrame:
    """Measure, of each core's suppliers with known income, how many depend on it and how many have several cores.

    Returns
    -------
    DataFrame
        ``source_id, quantity`` (dependent_share, several_cores_share), ``value, cases_count``.
    """
    rows = shares[shares["core_id"].notna()]
    several = rows.groupby("customer_id", observed=True)["core_id"].transform("nunique") > 1
    parts = []
    for core, each in rows.assign(several=several).groupby("core_id", observed=True):
        known = each["income_share"].dropna()
        parts += [
            (core, "dependent_share", (known >= dependence_share).mean() if len(known) else np.nan, len(known)),
            (core, "several_cores_share", each["several"].mean(), len(each)),
        ]
    return _figure_frame(parts)


def payment_figures(days: pd.DataFrame, within: pd.DataFrame) -> pd.DataFrame:
    """Return days to pay and the part paid within the legal term as figures of a scene (`payment_days`)."""
    one = days.rename(columns={"core_id": "source_id", "median_days": "value", "payables_count": "cases_count"})
    two = within.rename(columns={"core_id": "source_id", "within_share": "value", "within_share_count": "cases_count"})
    return pd.concat([one.assign(quantity="median_days"), two.assign(quantity="within_legal_share")])[
        FIGURE_COLUMNS
    ].reset_index(drop=True)


def stacked_figures(*parts: pd.DataFrame) -> pd.DataFrame:
    """Put figures below one another."""
    return pd.concat(list(parts) or [_figure_frame([])], ignore_index=True)


def _late_share(contracts: pd.DataFrame, live: pd.DataFrame) -> tuple[float, int]:
    ends = contracts.groupby("customer_id", observed=True)["expiry_date"].max()
    rows = live[live["customer_id"].isin(ends.index)]
    if rows.empty:
        return np.nan, 0
    late = rows["maturity_date"] > rows["customer_id"].map(ends)
    return float(rows.loc[late, "balance_yuan"].sum() / rows["balance_yuan"].sum()), len(rows)


def _recent(rows: pd.DataFrame, as_of: date) -> pd.DataFrame:
    end = pd.Timestamp(as_of)
    days = rows["delivered_date"]
    return rows[(days <= end) & (days > end - pd.DateOffset(months=MONTHS_PER_YEAR))]


def _figure_frame(rows: list[tuple]) -> pd.DataFrame:
    kinds = {"source_id": "str", "quantity": "str", "value": "float64", "cases_count": "int64"}
    return pd.DataFrame(rows, columns=FIGURE_COLUMNS).astype(kinds)


def stage_payments(core_payables: pd.DataFrame, *, as_of: date) -> pd.DataFrame:
    """Add up deliveries by project and stage, with what is paid, unpaid and held back.

    Returns
    -------
    DataFrame
        ``core_id, project_id, milestone, payables_count, amount_yuan, paid_yuan, unpaid_yuan, retention_yuan``; rows
        without a project are left out.

    Raises
    ------
    NoScene
        If no payable names a project.
    """
    end = pd.Timestamp(as_of)
    rows = core_payables[core_payables["project_id"].notna() & (core_payables["delivered_date"] <= end)]
    if rows.empty:
        raise NoScene("no payable names a project", where="core_payables.project_id", fix="leave this table out")
    paid = rows["paid_date"].notna() & (rows["paid_date"] <= end)
    held = rows["retention_yuan"].fillna(0.0)
    parts = rows[["core_id", "project_id", "milestone"]].assign(
        payables_count=1,
        amount_yuan=rows["amount_yuan"],
        paid_yuan=(rows["amount_yuan"] - held).where(paid, 0.0),
        unpaid_yuan=(rows["amount_yuan"] - held).where(~paid, 0.0),
        retention_yuan=held,
    )
    return parts.groupby(["core_id", "project_id", "milestone"], as_index=False, observed=True).sum()


FIGURE_DTYPES = {"source_id": "str", "quantity": "str", "value": "float64", "cases_count": "int64"}
CARDS = ("pos", "wallet")


def roster_figures(venue_rosters: pd.DataFrame) -> pd.DataFrame:
    """Measure each venue's largest landlord and how many tenants are marked as moving, a member counted once.

    Parameters
    ----------
    venue_rosters : DataFrame[venue_rosters]
        Uses ``venue_id, kind, uscc_hash, phone_hash, member_number, landlord_hash, is_relocating``. Not modified.

    Returns
    -------
    DataFrame
        ``source_id, quantity`` (landlord_share, relocating_share), ``value, cases_count`` (members with an answer).

    Examples
    --------
    >>> rows = pd.DataFrame({"venue_id": "V1", "kind": "market", "uscc_hash": ["a", "a", "b"], "phone_hash": None,
    ...     "member_number": ["1", "9", "2"], "landlord_hash": ["x", "x", "y"], "is_relocating": [True, True, False]})
    >>> roster_figures(rows)["value"].tolist()
    [0.5, 0.5]
    """
    rows = venue_rosters[venue_rosters["kind"].isin(["market", "street", "park"])]
    member = rows["uscc_hash"].astype(object).fillna(rows["phone_hash"]).fillna(rows["member_number"])
    rows = rows.assign(member=member).drop_duplicates(["venue_id", "member"])
    parts = []
    for venue, each in rows.groupby("venue_id", observed=True):
        landlords, moving = each["landlord_hash"].dropna(), each["is_relocating"].dropna()
        top = landlords.value_counts(normalize=True).max() if len(landlords) else np.nan
        parts += [
            (venue, "landlord_share", top, len(landlords)),
            (venue, "relocating_share", moving.mean() if len(moving) else np.nan, len(moving)),
        ]
    return _venue_frame(parts)


def tenant_figures(
    venue_rosters: pd.DataFrame, flow_months: pd.DataFrame, incomes: pd.DataFrame, *, as_of: date
) -> pd.DataFrame:
    """Measure card and wallet takings and the burden of rent of tenants who are customers.

    Parameters
    ----------
    venue_rosters : DataFrame[venue_rosters]
        Uses ``venue_id, kind, customer_id, monthly_rent_yuan``. Not modified.
    flow_months : DataFrame[flow_months]
        Uses ``customer_id, month, channel, inflow_yuan``; the last twelve months.
    incomes : DataFrame
        Result of `income.yearly_incomes`.
    as_of : date

    Returns
    -------
    DataFrame
        ``source_id, quantity`` (card_share, rent_burden_share: median), ``value, cases_count``.
    """
    rows = venue_rosters[
        venue_rosters["kind"].isin(["market", "street", "park"]) & venue_rosters["customer_id"].notna()
    ]
    rows = rows.drop_duplicates(["venue_id", "customer_id"])
    recent = flow_months[flow_months["month"] >= f"{year_start(as_of):%Y-%m}"]
    by_card = recent["inflow_yuan"].where(recent["channel"].isin(CARDS), 0.0)
    flows = pd.DataFrame({"all": recent["inflow_yuan"], "card": by_card})
    flows = flows.groupby(recent["customer_id"], observed=True).sum()
    year = incomes.set_index("customer_id")["income_yuan"]
    parts = []
    for venue, each in rows.groupby("venue_id", observed=True):
        held = flows.reindex(each["customer_id"]).dropna()
        rent = (each["monthly_rent_yuan"] * MONTHS_PER_YEAR / each["customer_id"].map(year)).dropna()
        card = held["card"].sum() / held["all"].sum() if len(held) else np.nan
        parts += [(venue, "card_share", card, len(held)), (venue, "rent_burden_share", rent.median(), len(rent))]
    return _venue_frame(parts)


def stall_figures(
    venue_rosters: pd.DataFrame, loans: pd.DataFrame, collateral_links: pd.DataFrame, collateral: pd.DataFrame
) -> pd.DataFrame:
    """Measure which part of tenants' balances a right to a stall secures.

    Returns
    -------
    DataFrame
        ``source_id, quantity`` (stall_right_share), ``value, cases_count`` (loans with a balance).
    """
    kinds = collateral_links.merge(collateral[["collateral_id", "kind"]], on="collateral_id")
    secured = set(kinds.loc[kinds["kind"] == "stall_right", "loan_id"])
    rows = venue_rosters[
        venue_rosters["kind"].isin(["market", "street", "park"]) & venue_rosters["customer_id"].notna()
    ]
    rows = rows.drop_duplicates(["venue_id", "customer_id"])[["venue_id", "customer_id"]]
    live = rows.merge(
        loans.loc[loans["balance_yuan"] > 0, ["loan_id", "customer_id", "balance_yuan"]], on="customer_id"
    )
    live["stall"] = live["balance_yuan"].where(live["loan_id"].isin(secured), 0.0)
    parts = [
        (venue, "stall_right_share", each["stall"].sum() / each["balance_yuan"].sum(), len(each))
        for venue, each in live.groupby("venue_id", observed=True)
    ]
    return _venue_frame(parts)


def _venue_frame(rows: list[tuple]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list(FIGURE_DTYPES)).astype(FIGURE_DTYPES)


TEMPLATE_POINT_COLUMNS = [
    "source_id",
    "point",
    "said_zh",
    "said_en",
    "quantity",
    "value",
    "cases_count",
    "test",
    "trigger_value",
    "state",
    "action_zh",
    "action_en",
    "owner",
]


def read_templates(home: Place) -> tuple[SceneTemplate, ...]:
    """Read every template of a home, by code.

    Raises
    ------
    BadConfig
        If a file breaks the model, is not named after its code, or two templates claim one kind.

    Examples
    --------
    >>> [template.code for template in read_templates(".")]
    ['hospital', 'infrastructure', 'market']
    """
    folder = home_at(home).config("templates")
    found = [_read(path) for path in folder.glob("*.toml") if not path.stem.startswith("_")]
    claimed = [(template.subject, kind) for template in found for kind in template.kinds]
    doubled = sorted({pair for pair in claimed if claimed.count(pair) > 1})
    if doubled:
        raise BadConfig(f"{doubled[0][1]} is claimed twice", where=str(folder), fix="leave it to one template")
    return tuple(found)


def template_of(templates: tuple[SceneTemplate, ...], *, code: str) -> SceneTemplate:
    """Return one template by its code; one that is not there is a `BadConfig`."""
    known = {template.code: template for template in templates}
    if code not in known:
        raise BadConfig(f"no template is called {code}", where="data/templates", fix=f"use one of {', '.join(known)}")
    return known[code]


def all_points(templates: tuple[SceneTemplate, ...]) -> tuple[ScenePoint, ...]:
    """Return the points of all templates, so that a report can name them."""
    return tuple(point for template in templates for point in template.points)


def template_points(sources: pd.DataFrame, figures: pd.DataFrame, *, template: SceneTemplate) -> pd.DataFrame:
    """Hold each point of a template against the figures of every source of its kinds.

    Parameters
    ----------
    sources : DataFrame
        ``core_id`` or ``venue_id``, and ``kind``: `core_enterprises` or `venue_rosters`. Not modified.
    figures : DataFrame
        ``source_id, quantity, value, cases_count`` (`scene_figures`, `venue_figures`).
    template : SceneTemplate

    Returns
    -------
    DataFrame
        One row per source and point: ``said`` and ``action`` in both languages, ``quantity, value, cases_count, test,
        trigger_value``, ``state`` (``kept``, ``past``, ``unknown``: no figure, ``ask``: a person answers), ``owner``.

    Raises
    ------
    NoScene
        If the branch has no source of the template's kinds.
    """
    key = f"{template.subject}_id"
    ids = sources.loc[sources["kind"].isin(template.kinds), key].drop_duplicates().sort_values()
    if ids.empty:
        what = f"the branch has no {template.subject} of kind {', '.join(template.kinds)}"
        raise NoScene(what, where=template.code, fix="leave this page out")
    known = figures.drop_duplicates(["source_id", "quantity"]).set_index(["source_id", "quantity"])
    rows = [_point_row(source, point, known) for source in ids for point in template.points]
    return pd.DataFrame(rows, columns=TEMPLATE_POINT_COLUMNS).astype({"value": "float64", "trigger_value": "float64"})


def _point_row(source: str, point: ScenePoint, known: pd.DataFrame) -> tuple:
    row = known.loc[(source, point.quantity)] if (source, point.quantity) in known.index else None
    value = np.nan if row is None else float(row["value"])
    count = 0 if row is None or pd.isna(row["cases_count"]) else int(row["cases_count"])
    return (
        source,
        point.code,
        point.said.zh,
        point.said.en,
        point.quantity or "",
        value,
        count,
        point.test or "",
        point.value,
        _state(point, value),
        point.action.zh,
        point.action.en,
        point.owner,
    )


def _state(point: ScenePoint, value: float) -> str:
    if point.quantity is None:
        return "ask"
    if np.isnan(value):
        return "unknown"
    within = value <= point.value + 1e-9 if point.test == "at_most" else value >= point.value - 1e-9
    return "kept" if within else "past"


def _read(path) -> SceneTemplate:
    template = read_document(path, SceneTemplate)
    if template.code != path.stem:
        raise BadConfig(f"the code is {template.code}", where=str(path), fix=f"name the file {template.code}.toml")
    return template


def scene_product(
    caps: pd.DataFrame,
    core_enterprises: pd.DataFrame,
    *,
    templates: tuple[SceneTemplate, ...],
    home: Place,
    as_of: object,
) -> Product:
    """Return the bank's product for the kind of core on which most exposure hangs.

    Raises
    ------
    EmptyBook
        If no core of the branch has a template with a product.
    """
    kinds = core_enterprises.drop_duplicates("core_id").set_index("core_id")["kind"]
    named = {kind: each.product for each in templates if each.subject == "core" and each.product for kind in each.kinds}
    ranked = caps.assign(product=caps["core_id"].map(kinds).map(named)).dropna(subset=["product"])
    if ranked.empty:
        raise EmptyBook("no core here is of a kind that has a product", where="data/templates", fix="add a template")
    code = ranked["product"].iloc[ranked["balance_yuan"].argmax()]
    return read_product(home, product=code, as_of=as_of)


def typical_line(lines: pd.DataFrame, *, product: Product) -> float:
    """Return the median of the lines that are not zero, at least the product's smallest: yuan."""
    given = lines.loc[lines["limit_yuan"] > 0, "limit_yuan"]
    floor = float(product.limit.floor_yuan)
    return max(float(given.median()), floor) if len(given) else floor


def floor_margins(floors: pd.DataFrame) -> pd.Series:
    """Return the margin over the floor by case of the default rate: ``mean`` and ``upper``."""
    return floors.drop_duplicates("pd_case").set_index("pd_case")["margin_rate"]
