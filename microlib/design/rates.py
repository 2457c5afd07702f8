"""The room of a rate: corridor between floor and peers, what each step earns, churn by rate, EVA.

`price_corridor` and `rate_steps` for one product; `priced_rates` and `best_rates` count those who leave
(流失率定价). `draw_default_rates` carries the uncertainty of default rates. The floor is computed in `prices`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.optimize import isotonic_regression

from microlib.contracts.policy import PricingPolicy
from microlib.contracts.product import Product
from microlib.design.prices import Parts, floor_rate, price_floors, risk_adjusted_return
from microlib.errors import BadData, EmptyBook, MissingTable
from microlib.home import Overlay
from microlib.stats.grouping import one_row, told_apart

COLUMNS = ("grade", "yearly_rate", "churn_share")


def smooth_churn(churns: pd.DataFrame) -> pd.DataFrame:
    r"""Make churn rise, or stay, with the rate: the nearest monotone curve to each grade's table (isotonic).

    Answers "how many would leave at this rate?" A table counted from people dips by chance; a price that sits in a dip
    is an artefact.

    .. math:: \hat c = \arg\min_{c_1 \le c_2 \le \dots} \sum_k (c_k - y_k)^2

    Parameters
    ----------
    churns : DataFrame
        ``grade``, ``yearly_rate``, ``churn_share`` (both fractions), one row per grade and rate. Not modified.

    Returns
    -------
    DataFrame
        By ``grade`` and ``yearly_rate``: ``churn_share`` (monotone), ``observed_share`` (as given),
        ``moved_share`` (the difference)

    Raises
    ------
    BadData
        If a column is absent, a share lies outside 0 to 1, or a grade has one rate twice.

    Examples
    --------
    >>> table = pd.DataFrame({"grade": "A", "yearly_rate": [0.04, 0.05, 0.06], "churn_share": [0.0, 0.4, 0.2]})
    >>> smooth_churn(table).churn_share.round(2).to_list()
    [0.0, 0.3, 0.3]
    """
    _check_churns(churns)
    rows = churns.sort_values(["grade", "yearly_rate"], ignore_index=True)
    fitted = rows.groupby("grade")["churn_share"].transform(lambda seen: isotonic_regression(seen.to_numpy()).x)
    observed = rows["churn_share"]
    found = rows[["grade", "yearly_rate"]].assign(churn_share=fitted, observed_share=observed)
    return found.assign(moved_share=fitted - observed)


def priced_rates(churns: pd.DataFrame, *, default_rates: pd.DataFrame, cost_rate: float = 0.0) -> pd.DataFrame:
    r"""Reckon the expected yearly profit of a yuan offered, at every rate of a churn table.

    .. math:: \pi_g(r) = \left(1 - c_g(r)\right) \left((1 - p_g) r - p_g \ell_g - k\right)

    with :math:`c` churn, :math:`p` the default rate, :math:`\ell` the loss given default and :math:`k` funds and opex.

    Parameters
    ----------
    churns : DataFrame
        ``grade, yearly_rate, churn_share``, e.g. of `smooth_churn`. Not modified.
    default_rates : DataFrame
        ``grade``, ``pd_rate``, and ``lgd_share`` (1 where the column is absent). Not modified.
    cost_rate : float
        Funds, opex and capital, fraction of the balance a year.

    Returns
    -------
    DataFrame
        One row per grade and rate: ``grade, yearly_rate, churn_share, pd_rate, lgd_share, margin_rate`` (of a loan
        taken), ``profit_rate`` (of a loan offered)

    Raises
    ------
    BadData
        If a grade has no default rate.
    """
    _check_churns(churns)
    rows = churns[list(COLUMNS)].sort_values(["grade", "yearly_rate"], ignore_index=True)
    rates = default_rates.set_index("grade")
    pd_rate = rows["grade"].map(rates["pd_rate"]).astype("float64")
    if pd_rate.isna().any():
        missing = ", ".join(sorted(rows.loc[pd_rate.isna(), "grade"].astype("str").unique()))
        raise BadData(f"no default rate for grade {missing}", where="default_rates", fix="give every grade its rate")
    lgd = (
        rows["grade"].map(rates["lgd_share"]).astype("float64") if "lgd_share" in rates else pd.Series(1.0, rows.index)
    )
    margin = (1 - pd_rate) * rows["yearly_rate"] - pd_rate * lgd - cost_rate
    return rows.assign(
        pd_rate=pd_rate, lgd_share=lgd, margin_rate=margin, profit_rate=(1 - rows["churn_share"]) * margin
    )


def best_rates(
    churns: pd.DataFrame,
    *,
    default_rates: pd.DataFrame,
    cost_rate: float = 0.0,
    low_rate: float = 0.0,
    high_rate: float = 1.0,
) -> pd.DataFrame:
    """Choose, for each grade, the rate of the table that leaves the most expected profit.

    Answers "which rate pays best, once those who would leave at it are gone?"

    Parameters
    ----------
    churns, default_rates, cost_rate
        As for `priced_rates`. No frame is modified.
    low_rate, high_rate : float
        The corridor; rates outside it are not considered.

    Returns
    -------
    DataFrame
        One row per grade

        - ``grade, yearly_rate, churn_share, pd_rate, lgd_share, margin_rate, profit_rate`` at the best rate; of two
          equally good the lower
        - ``near_low_rate, near_high_rate``: rates whose profit is within 5 percent of the best: the table cannot tell
          them apart
        - ``bound_by``: ``profit`` (an inner best), ``low_end`` or ``high_end`` of the rates looked at
        - ``is_lent``: the best profit is positive; else nobody should be offered a loan at these rates

    Raises
    ------
    BadData
        If no rate lies in the corridor, or a grade has no default rate.

    Examples
    --------
    >>> rates = np.linspace(0.04, 0.15, 111)
    >>> table = pd.DataFrame({"grade": "A", "yearly_rate": rates, "churn_share": (rates - 0.04) / 0.11})
    >>> best = best_rates(table, default_rates=pd.DataFrame({"grade": ["A"], "pd_rate": [0.0]}), cost_rate=0.02)
    >>> round(best.yearly_rate.item(), 3)
    0.085
    """
    inside = churns[churns["yearly_rate"].between(low_rate - 1e-12, high_rate + 1e-12)]
    if inside.empty:
        what = f"no rate of the table lies between {low_rate:.4f} and {high_rate:.4f}"
        raise BadData(what, where="churns", fix="widen the corridor, or ask for churn at such rates")
    priced = priced_rates(inside, default_rates=default_rates, cost_rate=cost_rate).reset_index(drop=True)
    best = priced.loc[priced.groupby("grade")["profit_rate"].idxmax()].reset_index(drop=True)
    peak = priced["grade"].map(best.set_index("grade")["profit_rate"])
    near = priced[priced["profit_rate"] >= peak - 0.05 * peak.abs()].groupby("grade")["yearly_rate"]
    ends = priced.groupby("grade")["yearly_rate"]
    keys = best["grade"]
    at_end = [best["yearly_rate"] == keys.map(ends.min()), best["yearly_rate"] == keys.map(ends.max())]
    return best.assign(
        near_low_rate=keys.map(near.min()),
        near_high_rate=keys.map(near.max()),
        bound_by=np.select(at_end, ["low_end", "high_end"], "profit"),
        is_lent=best["profit_rate"] > 0,
    )


def _check_churns(churns: pd.DataFrame) -> None:
    absent = [name for name in COLUMNS if name not in churns]
    if absent:
        raise BadData(f"no column {', '.join(absent)}", where="churns", fix="give grade, yearly_rate and churn_share")
    if not (churns["churn_share"].between(0, 1) & churns["yearly_rate"].between(0, 1)).all():
        raise BadData(
            "a rate or churn is outside 0 to 1", where="churns", fix="write fractions: 0.0465 is 4.65 percent"
        )
    if churns.duplicated(["grade", "yearly_rate"]).any():
        raise BadData("a grade has one rate twice", where="churns", fix="keep one row per grade and rate")


def draw_default_rates(counts: pd.DataFrame, *, draws_count: int = 4000, seed: int = 20260630) -> pd.DataFrame:
    r"""Draw default rates by grade from what the counts leave open (Jeffreys posterior).

    .. math:: p_g \sim Beta\left(b_g + \tfrac12,\; n_g - b_g + \tfrac12\right)

    Parameters
    ----------
    counts : DataFrame
        ``grade``, ``total_count`` (> 0), ``bad_count`` (0 .. total). Not modified.
    draws_count : int
        Draws, each of all grades.
    seed : int
        The same seed gives the same draws.

    Returns
    -------
    DataFrame
        One row per draw, one column per grade, fractions.

    Raises
    ------
    BadData
        If a count is missing, or bad exceed all.

    Examples
    --------
    >>> counts = pd.DataFrame({"grade": ["A", "B"], "total_count": [27, 38], "bad_count": [0, 1]})
    >>> draw_default_rates(counts).mean().round(2).to_dict()
    {'A': 0.02, 'B': 0.04}
    """
    total, bad = counts["total_count"], counts["bad_count"]
    if not ((total > 0) & (bad >= 0) & (bad <= total)).all():
        raise BadData("a count is missing, negative or above its total", where="counts", fix="count each grade again")
    shape, graded = (draws_count, len(counts)), counts.sort_values("grade", kind="stable")
    good = graded["total_count"] - graded["bad_count"]
    drawn = np.random.default_rng(seed).beta(graded["bad_count"].to_numpy() + 0.5, good.to_numpy() + 0.5, size=shape)
    return pd.DataFrame(drawn, columns=graded["grade"].to_list())[counts["grade"].to_list()]


def mean_default_rates(counts: pd.DataFrame) -> pd.DataFrame:
    r"""Return each grade's posterior mean :math:`(b + 1/2)/(n + 1)`: ``grade, pd_rate, total_count, bad_count``.

    Examples
    --------
    >>> counts = pd.DataFrame({"grade": ["A"], "total_count": [27], "bad_count": [0]})
    >>> mean_default_rates(counts).pd_rate.round(4).item()
    0.0179
    """
    rate = (counts["bad_count"] + 0.5) / (counts["total_count"] + 1)
    return counts[["grade"]].assign(pd_rate=rate, total_count=counts["total_count"], bad_count=counts["bad_count"])


NAME = "churns.csv"


class NoChurns(MissingTable):
    """The home holds no table of churn by rate."""


def read_churns(folder: str | Path | Overlay) -> pd.DataFrame:
    """Read ``churns.csv`` (``grade, yearly_rate, churn_share``, fractions) of a home's peers.

    Raises
    ------
    NoChurns
        If the file is not there: what customers do at another rate is then not known.
    BadData
        If a column is absent or a cell is no number.
    """
    path = (Path(folder) if isinstance(folder, str) else folder) / NAME
    if not path.is_file():
        raise NoChurns(
            "there is no table of churn by rate", where=_told(folder), fix="write grade, yearly_rate, churn_share"
        )
    frame = pd.read_csv(path, dtype="str", encoding="utf-8-sig")
    absent = [name for name in COLUMNS if name not in frame]
    if absent:
        raise BadData(
            f"no column {', '.join(absent)}", where=_told(folder), fix="write grade, yearly_rate, churn_share"
        )
    numbers = frame[["yearly_rate", "churn_share"]].apply(pd.to_numeric, errors="coerce")
    wrong = frame.index[numbers.isna().any(axis="columns")]
    if len(wrong):
        row = int(wrong[0])
        what = f"row {row + 1}: {frame.loc[row, 'yearly_rate']}, {frame.loc[row, 'churn_share']} are no two numbers"
        raise BadData(what, where=_told(folder), fix="write fractions: 0.0465 is 4.65 percent")
    return frame[["grade"]].assign(**{name: numbers[name] for name in numbers})


def _told(folder: str | Path | Overlay) -> str:
    """Return the table's place below its home, the same on every machine."""
    return f"data/{Path(str(folder)).name}/{NAME}"


def churn_prices(churns: pd.DataFrame, *, customers: pd.DataFrame, cost_rate: float, lgd_share: float) -> pd.DataFrame:
    """Choose the rate of each grade that pays best once those who would leave are gone.

    Parameters
    ----------
    churns : DataFrame
        Result of `read_churns`; made monotone first. Not modified.
    customers : DataFrame[customers]
        ``rating, is_defaulted`` of the branch. Not modified.
    cost_rate : float
        Funds and operating cost, a year.
    lgd_share : float
        Loss given default.

    Returns
    -------
    DataFrame
        Result of `best_rates` for the grades that the table and the branch share, with ``total_count,
        bad_count`` of the branch: the default rate is the posterior mean of that count alone.

    Raises
    ------
    EmptyBook
        If the branch has nobody of those grades with a known outcome.
    """
    known = customers[customers["rating"].isin(churns["grade"]) & customers["is_defaulted"].notna()]
    if known.empty:
        raise EmptyBook(
            "no customer has a grade of the churn table", where="customers", fix="use the bank's own grades"
        )
    flags = known.assign(grade=known["rating"].astype("str"), bad=known["is_defaulted"].astype("int64"))
    counts = flags.groupby("grade", as_index=False).agg(total_count=("bad", "size"), bad_count=("bad", "sum"))
    rates = mean_default_rates(counts).assign(lgd_share=lgd_share)
    curves = smooth_churn(churns[churns["grade"].isin(counts["grade"])])
    found = best_rates(curves, default_rates=rates, cost_rate=cost_rate)
    return found.merge(counts, on="grade")


def price_corridor(
    floors: pd.DataFrame, *, peers: pd.DataFrame, alternative_rate: float | None = None, peer_quantile: float = 0.75
) -> pd.DataFrame:
    r"""Find the rates that cover our cost and that a borrower has a reason to take, by loan size.

    Answers "is there any rate at which both sides gain, and where in it do we stand?"

    .. math:: [\,f,\; \min(Q_{q}(peers),\; a)\,]

    with :math:`f` the floor at the mean default rate and :math:`a` the yearly cost of the borrower's next best way.

    Parameters
    ----------
    floors : DataFrame
        Result of `prices.price_floors`: ``pd_case, amount_yuan, floor_taxed_rate, yearly_rate``. Not modified.
    peers : DataFrame
        ``eir_rate``: what each peer's product really costs a year, sourced and dated; may be empty. Not modified.
    alternative_rate : float, optional
        Yearly cost of what the borrower uses today: trade credit, a private lender; unknown when left out.
    peer_quantile : float
        Quantile of peers' costs that still sells.

    Returns
    -------
    DataFrame
        One row per loan size

        - ``amount_yuan``, ``floor_rate`` (mean), ``floor_upper_rate`` (missing without that case)
        - ``peers_count``, ``peer_low_rate, peer_high_rate`` (lowest and the quantile), ``alternative_rate``; missing
          where unknown
        - ``ceiling_rate``: the lower of the two known; missing where neither is
        - ``yearly_rate`` (ours), ``room_rate`` (ceiling less floor, negative when closed)
        - ``ceiling_by`` (``peers``, ``alternative``, ``unknown``)
        - ``state``: ``inside``, ``under_floor``, ``over_ceiling``, ``closed`` (no rate serves both), ``unknown``

    Raises
    ------
    BadData
        If there is no floor at the mean default rate, or a cost is not a fraction.

    Examples
    --------
    >>> floors = pd.DataFrame({"pd_case": ["mean"], "amount_yuan": [3e5], "floor_taxed_rate": [0.045],
    ...                        "yearly_rate": [0.0585]})
    >>> found = price_corridor(floors, peers=pd.DataFrame({"eir_rate": [0.05, 0.06, 0.07]}), alternative_rate=0.12)
    >>> found.ceiling_rate.item(), found.ceiling_by.item(), found.state.item()
    (0.065, 'peers', 'inside')
    """
    floors = told_apart(floors[floors["amount_yuan"].notna()], key=["amount_yuan", "pd_case"], table="floors")
    cases = floors.pivot(index="amount_yuan", columns="pd_case", values="floor_taxed_rate")
    asked = floors.groupby("amount_yuan")["yearly_rate"].first()
    costs = peers["eir_rate"].astype("float64") if len(peers) else pd.Series(dtype="float64")
    _check_corridor(cases, costs, alternative_rate)
    ceilings = {
        "peers": float(costs.quantile(peer_quantile)) if len(costs) else np.nan,
        "alternative": np.nan if alternative_rate is None else float(alternative_rate),
    }
    known = {name: value for name, value in ceilings.items() if not np.isnan(value)}
    by = min(known, key=known.get) if known else "unknown"
    frame = pd.DataFrame(
        {
            "amount_yuan": cases.index,
            "floor_rate": cases["mean"].to_numpy(),
            "floor_upper_rate": cases["upper"].to_numpy() if "upper" in cases else np.nan,
            "peers_count": len(costs),
            "peer_low_rate": costs.min() if len(costs) else np.nan,
            "peer_high_rate": ceilings["peers"],
            "alternative_rate": ceilings["alternative"],
            "ceiling_rate": known.get(by, np.nan),
            "yearly_rate": asked.to_numpy(),
        }
    )
    return frame.assign(room_rate=frame["ceiling_rate"] - frame["floor_rate"], ceiling_by=by, state=_states(frame))


def _states(frame: pd.DataFrame) -> np.ndarray:
    asked, floor, ceiling = frame["yearly_rate"], frame["floor_rate"], frame["ceiling_rate"]
    tests = [asked < floor - 1e-12, ceiling.isna(), ceiling < floor - 1e-12, asked > ceiling + 1e-12]
    closed_first = [tests[2], tests[0], tests[1], tests[3]]
    return np.select(closed_first, ["closed", "under_floor", "unknown", "over_ceiling"], "inside")


def _check_corridor(cases: pd.DataFrame, costs: pd.Series, alternative_rate: float | None) -> None:
    if "mean" not in cases:
        raise BadData("no floor at the mean default rate", where="floors", fix="use prices.price_floors with that case")
    known = costs.to_list() + ([] if alternative_rate is None else [float(alternative_rate)])
    if not all(0 <= value <= 1 for value in known):
        raise BadData("a yearly cost is missing or outside 0 to 1", where="peers", fix="write fractions a year")


def yearly_margins(amounts: pd.Series, *, product: Product, policy: PricingPolicy, pd_rate: float) -> pd.DataFrame:
    r"""Reckon the yearly margin and profit of lines of given sizes.

    Answers "what does a line of this size leave, before and after it may fail?"

    .. math:: m = r' - FTP - o(A), \qquad \pi = r' - f(A)

    with :math:`r'` the asked rate without value added tax, :math:`o` opex and :math:`f` the floor at the size
    :math:`A`; both per yuan drawn.

    Parameters
    ----------
    amounts : Series
        Lines, yuan, > 0. Not modified.
    product : Product
    policy : PricingPolicy
    pd_rate : float
        Default rate of a year.

    Returns
    -------
    DataFrame
        Index of `amounts`: ``margin_rate`` (per yuan drawn, before loss and capital), ``profit_rate`` (per yuan of the
        line, after loss and cost of capital), ``margin_yuan`` (a year before loss, of the line as drawn on average)
    """
    if amounts.empty:
        return pd.DataFrame({"margin_rate": amounts, "profit_rate": amounts, "margin_yuan": amounts}, dtype="float64")
    case, sizes = pd.DataFrame({"pd_case": ["mean"], "pd_rate": [pd_rate]}), tuple(sorted(amounts.unique()))
    floors = price_floors(case, product=product, policy=policy, sizes=sizes).set_index("amount_yuan")
    asked = floors["yearly_rate"] * floors["floor_rate"] / floors["floor_taxed_rate"]
    drawn = float(product.volumes.used_share)
    margin = amounts.map(asked - floors["ftp_rate"] - floors["opex_rate"])
    profit = amounts.map(asked - floors["floor_rate"]) * drawn
    return pd.DataFrame({"margin_rate": margin, "profit_rate": profit, "margin_yuan": margin * drawn * amounts})


def economic_value(parts: Parts, *, yearly_rate: float, balance_yuan: float) -> float:
    r"""Return a year's economic value of a balance: return after tax less what its capital must earn.

    .. math:: EVA = B K (RAROC - h)

    with :math:`K` capital per yuan and :math:`h` the hurdle; zero at the floor.

    Examples
    --------
    >>> parts = Parts(0.022, 0.012, 0.02, 0.45, 0.07875, 0.12, 0.25, True)
    >>> round(economic_value(parts, yearly_rate=0.0538675, balance_yuan=1e6), 6) + 0
    0.0
    >>> round(economic_value(parts, yearly_rate=0.0638675, balance_yuan=1e6), 2)
    7500.0
    """
    raroc = risk_adjusted_return(parts, yearly_rate=yearly_rate)
    return balance_yuan * parts.capital_share * (raroc - parts.capital_cost_rate)


def value_by_rate(parts: Parts, *, rates: Iterable[float], balance_yuan: float) -> pd.DataFrame:
    """Lay RAROC and economic value beside each rate that is discussed.

    Parameters
    ----------
    parts : Parts
        What the price must cover.
    rates : iterable of float
        Yearly rates without value added tax.
    balance_yuan : float
        Average balance of the year.

    Returns
    -------
    DataFrame
        By rate, ascending: ``yearly_rate, margin_rate`` (over the floor), ``raroc_rate, hurdle_rate, eva_yuan``,
        ``is_above_floor``.

    Examples
    --------
    >>> parts = Parts(0.022, 0.012, 0.02, 0.45, 0.07875, 0.12, 0.25, True)
    >>> value_by_rate(parts, rates=[0.06, 0.05], balance_yuan=1e6).eva_yuan.round(0).to_list()
    [-2901.0, 4599.0]
    """
    floor = floor_rate(parts)
    rows = pd.DataFrame({"yearly_rate": sorted(float(rate) for rate in rates)})
    return rows.assign(
        margin_rate=rows["yearly_rate"] - floor,
        raroc_rate=[risk_adjusted_return(parts, yearly_rate=rate) for rate in rows["yearly_rate"]],
        hurdle_rate=parts.capital_cost_rate,
        eva_yuan=[economic_value(parts, yearly_rate=rate, balance_yuan=balance_yuan) for rate in rows["yearly_rate"]],
        is_above_floor=rows["yearly_rate"] >= floor - 1e-12,
    )


#: rates beside the asked one, in basis points; and the pattern of use that peers' yearly cost is taken under
STEPS_BP, USAGE = (-50, -30, -10, 0, 10, 30, 50), "whole_year"


def peer_costs(comparison: pd.DataFrame | None) -> pd.DataFrame:
    """Return what each peer's offer costs a year when used the whole year: ``offer_id, eir_rate, is_synthetic``."""
    if comparison is None:
        return pd.DataFrame({"offer_id": [], "eir_rate": [], "is_synthetic": []})
    rows = comparison[
        (comparison["usage"] == USAGE) & comparison["is_available"].eq(True) & comparison["is_own"].eq(False)
    ]
    return rows.rename(columns={"used_rate": "eir_rate"})[["offer_id", "eir_rate", "is_synthetic"]]


def rate_corridor(floors: pd.DataFrame, *, comparison: pd.DataFrame | None) -> pd.DataFrame:
    """Lay the floor, peers' yearly cost and our rate beside each other, by loan size.

    Parameters
    ----------
    floors : DataFrame
        Result of `prices.price_floors`. Not modified.
    comparison : DataFrame or None
        Result of `peers.compare_offers`; None where the home holds no peers.

    Returns
    -------
    DataFrame
        Result of `price_corridor` with ``is_synthetic``: some peer is not real, so its ceiling shows the
        shape and proves nothing.
    """
    peers = peer_costs(comparison)
    found = price_corridor(floors, peers=peers)
    return found.assign(is_synthetic=bool(len(peers)) and bool(peers["is_synthetic"].any()))


def rate_steps(
    floors: pd.DataFrame,
    *,
    product: Product,
    policy: PricingPolicy,
    parts_of: Callable[..., Parts],
    balance_yuan: float,
) -> pd.DataFrame:
    """Say what the pilot earns at the rate asked and at some steps below and above it.

    Answers "how much of a discount can a manager give away?"

    Parameters
    ----------
    floors : DataFrame
        Result of `prices.typical_floors`. Not modified.
    product : Product
    policy : PricingPolicy
    parts_of : callable
        `prices.Parts.of`.
    balance_yuan : float
        Balance drawn on average in the pilot's high case.

    Returns
    -------
    DataFrame
        By rate, ascending: ``yearly_rate`` (as asked of the customer), ``step_points`` (from our rate), and
        ``margin_rate, raroc_rate, hurdle_rate, eva_yuan, is_above_floor`` of `value_by_rate`.
    """
    mean = one_row(floors, "floors", pd_case="mean")
    net = float(mean["floor_rate"] / mean["floor_taxed_rate"])
    parts = parts_of(policy, opex_rate=mean["opex_rate"], pd_rate=mean["pd_rate"], secured=product.secured)
    asked = [float(product.yearly_rate) + step / 10_000 for step in STEPS_BP]
    found = value_by_rate(parts, rates=[rate * net for rate in asked], balance_yuan=balance_yuan)
    return found.assign(yearly_rate=asked, step_points=list(STEPS_BP), margin_rate=found["margin_rate"] / net)
