"""How much a product may lend and lose: take-up, expected loss, worst source, stop rules, what a pilot proves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import get_args

import numpy as np
import pandas as pd

from microlib.contracts.policy import StressPolicy
from microlib.contracts.product import Product, WatchedQuantity
from microlib.errors import BadData, NobodyPiloted
from microlib.stats.grouping import one_row
from microlib.stats.intervals import lower_bound, rate_interval, upper_bound


def expected_volume(
    limits: pd.DataFrame,
    *,
    product: Product,
    default_rates: pd.DataFrame,
    lgd_share: float,
    room_yuan: float = float("nan"),
) -> pd.DataFrame:
    r"""Reckon the volume that the product will lend and what it may lose, as a range.

    Answers "how large can this get in the pilot, and what does it cost in a year?"

    .. math:: V = \min(t \sum_i L_i,\; pilot,\; room), \qquad B = u V, \qquad E = B \cdot PD \cdot LGD

    with take-up :math:`t` and used part :math:`u` from the product. The low case takes lines that are sized and
    eligible, the low take-up and the mean default rate; the high case adds those still to be verified by an access
    rule, the high take-up and the upper rate.

    Parameters
    ----------
    limits : DataFrame
        Result of `limits.size_limits`. Not modified.
    product : Product
        ``volumes`` and ``repayment``.
    default_rates : DataFrame
        ``pd_case`` with ``mean`` and ``upper``, ``pd_rate``.
    lgd_share : float
        Loss given default of the product's main security.
    room_yuan : float
        What the loss budget leaves the product's groups; missing where there is no such bound.

    Returns
    -------
    DataFrame
        One row per ``case`` (``low``, ``high``)

        - ``sized_count, sized_yuan``: lines counted in the case
        - ``take_up_share``, ``customers_count`` (rounded down), ``volume_yuan``: lines taken, under the pilot's caps
        - ``balance_yuan``: drawn on average; ``pd_rate``, ``lgd_share``, ``loss_yuan`` (a year), ``loss_share``
        - ``bound_by``: ``take_up``, ``pilot_customers``, ``pilot_yuan`` or ``loss_budget``

    Raises
    ------
    BadData
        If the default rates lack the mean or the upper case.
    """
    rates = default_rates.set_index("pd_case")["pd_rate"]
    if not {"mean", "upper"} <= set(rates.index):
        raise BadData("default rates lack mean or upper", where="pd_case", fix="use prices.default_rate_cases")
    sized = limits[limits["reason"] == "sized"]
    sure = sized[sized["outcome"] == "eligible"] if "outcome" in sized else sized
    cases = {
        "low": (sure, product.volumes.take_up_low, rates["mean"]),
        "high": (sized, product.volumes.take_up_high, rates["upper"]),
    }
    return pd.DataFrame(
        [
            {"case": case, **_volume(lines, float(take_up), product, room_yuan), **_loss(float(rate), lgd_share)}
            for case, (lines, take_up, rate) in cases.items()
        ]
    ).pipe(_with_losses, drawn=float(product.volumes.used_share))


def worst_sources(limits: pd.DataFrame, *, policy: StressPolicy) -> pd.DataFrame:
    r"""Rank the common sources by what their stopping would cost the programme.

    Answers "which one payer or market could sink this product?"

    .. math:: loss_p = PD_{stop} \cdot LGD_{stop} \sum_{i \in p} L_i

    with the policy's low and high cases for borrowers whose source has stopped; every member is taken as cut off.

    Parameters
    ----------
    limits : DataFrame
        Result of `limits.size_limits`. Not modified.
    policy : StressPolicy
        ``pd_low, pd_high, lgd_low, lgd_high``.

    Returns
    -------
    DataFrame
        One row per source with a sized line, heaviest first: ``source_id``, ``customers_count``, ``limit_yuan``,
        ``limit_share`` (of all sized lines), ``loss_low_yuan, loss_high_yuan``, ``loss_share`` (high, of all lines),
        ``more_yuan`` (lines beyond what they replace; a smaller line frees nothing before it is repaid)
    """
    sized = limits[(limits["reason"] == "sized") & (limits["source_id"].fillna("") != "")]
    total = limits["limit_yuan"].sum()
    owed = sized["existing_yuan"].fillna(0.0) if "existing_yuan" in sized else 0.0
    rows = sized.assign(more_yuan=(sized["limit_yuan"] - owed).clip(lower=0.0)).groupby("source_id", as_index=False)
    rows = rows.agg(
        customers_count=("customer_id", "size"), limit_yuan=("limit_yuan", "sum"), more_yuan=("more_yuan", "sum")
    )
    rows["limit_share"] = rows["limit_yuan"] / total if total else 0.0
    rows["loss_low_yuan"] = rows["limit_yuan"] * policy.pd_low * policy.lgd_low
    rows["loss_high_yuan"] = rows["limit_yuan"] * policy.pd_high * policy.lgd_high
    rows["loss_share"] = rows["limit_share"] * policy.pd_high * policy.lgd_high
    return rows.sort_values(["limit_yuan", "source_id"], ascending=[False, True]).reset_index(drop=True)


def with_book(sources: pd.DataFrame, *, rooms: pd.DataFrame, policy: StressPolicy) -> pd.DataFrame:
    r"""Set the pilot on top of what the whole bank has on each of its sources already: if one stops, both are hit.

    .. math:: E_q + \sum_{i \to q} \max(0, L_i - B_i), \qquad
        loss = PD_{stop} \cdot LGD_{stop} \Big(E_q + \sum_{i \to q} \max(0, L_i - B_i)\Big)

    with :math:`E_q` by the one function of exposure (``metrics.sources.source_headroom``).

    Parameters
    ----------
    sources : DataFrame
        Result of `decisions.pilot_sources`: ``source_id, more_yuan``. Not modified.
    rooms : DataFrame
        ``source_id, exposure_yuan, cap_yuan``. Not modified.
    policy : StressPolicy
        As for `worst_sources`.

    Returns
    -------
    DataFrame
        `sources` with ``exposure_yuan`` (the whole bank's today), ``joint_yuan`` (with the pilot), ``joint_low_yuan,
        joint_high_yuan`` (what they lose together) and ``joint_limit_yuan``: what the source's own cap would lose; all
        missing where the exposure is not known.

    Examples
    --------
    >>> from microlib.design.terms import read_policy
    >>> sources = pd.DataFrame({"source_id": ["H1"], "more_yuan": [1e6]})
    >>> rooms = pd.DataFrame({"source_id": ["H1"], "exposure_yuan": [6e6], "cap_yuan": [1e7]})
    >>> found = with_book(sources, rooms=rooms, policy=read_policy(".", as_of="2026-06-30").stress)
    >>> found[["joint_yuan", "joint_high_yuan", "joint_limit_yuan"]].iloc[0].round(0).to_list()
    [7000000.0, 2730000.0, 3900000.0]
    """
    known = rooms.drop_duplicates("source_id").set_index("source_id")
    held, cap = (sources["source_id"].map(known[name]).astype("float64") for name in ("exposure_yuan", "cap_yuan"))
    joint, high = held + sources["more_yuan"], policy.pd_high * policy.lgd_high
    return sources.assign(
        exposure_yuan=held,
        joint_yuan=joint,
        joint_low_yuan=joint * policy.pd_low * policy.lgd_low,
        joint_high_yuan=joint * high,
        joint_limit_yuan=cap * high,
    )


def watched_figures(
    applicants: pd.DataFrame,
    *,
    limits: pd.DataFrame,
    volume: pd.DataFrame,
    floors: pd.DataFrame,
    sources: pd.DataFrame,
    coverage: pd.DataFrame,
    budget_yuan: float,
    joint: pd.DataFrame | None = None,
) -> dict[str, float]:
    """Gather from the design's own results the figures that stop rules watch; others the caller adds.

    Parameters
    ----------
    applicants : DataFrame
        Result of `eligibility.screen_applicants`.
    limits, volume, floors, sources : DataFrame
        Results of `size_limits`, `expected_volume`, `price_floors`, `worst_sources`. None is modified.
    coverage : DataFrame
        Result of `eligibility.coverage_summary`. Not modified.
    budget_yuan : float
        What the pilot may lose if its heaviest source stops (``limits.source_loss_budget_yuan``).
    joint : DataFrame, optional
        Result of `with_book`: the pilot on top of the book behind the same sources. Not modified.

    Returns
    -------
    dict
        ``floor_margin_rate`` (at the mean default rate and the size nearest the median line), ``worst_source_share``,
        ``worst_source_loss_share``, ``worst_source_loss_yuan`` (of the high case's volume), ``one_source_loss_share``
        (that loss over the budget, or the loss of book and pilot together over that of the source's cap, whichever is
        the larger part of its limit; left out where the book behind a source is not known), ``loss_upper_share``,
        ``customers_count``, ``volume_yuan`` (high case),
        ``eligible_count``, ``to_be_verified_share``, ``maturity_short_share`` (of lines, that own cash does not repay
        at the end), ``maturity_cut_share`` (of what is wanted, that the cap at maturity takes off); a figure without
        evidence is left out
    """
    high = one_row(volume, "volume", case="high")
    worst = float(sources["loss_share"].max()) if len(sources) else np.nan
    lost = float((sources["loss_share"] * high["volume_yuan"]).max()) if len(sources) else np.nan
    row = one_row(coverage, "coverage")
    found = {
        "eligible_count": float((applicants["outcome"] == "eligible").sum()),
        "to_be_verified_share": float((limits["reason"] == "to_be_verified").mean()) if len(limits) else np.nan,
        "loss_upper_share": float(high["loss_share"]),
        "customers_count": float(high["customers_count"]),
        "volume_yuan": float(high["volume_yuan"]),
        "worst_source_share": float(sources["limit_share"].max()) if len(sources) else np.nan,
        "worst_source_loss_share": worst,
        "worst_source_loss_yuan": lost,
        "one_source_loss_share": _stop_use(lost, budget_yuan, joint),
        "maturity_short_share": float(row["short_share"]),
        "maturity_cut_share": float(row["cut_share"]),
        "floor_margin_rate": _median_margin(limits, floors),
    }
    return {name: value for name, value in found.items() if not np.isnan(value)}


def _stop_use(lost_yuan: float, budget_yuan: float, joint: pd.DataFrame | None) -> float:
    """Return the part of the limits of a source's stop that is used: by the pilot alone, or with the book behind it."""
    alone = lost_yuan / budget_yuan if budget_yuan > 0 else np.nan
    if joint is None or joint.empty:
        return alone
    together = joint["joint_high_yuan"] / joint["joint_limit_yuan"].where(joint["joint_limit_yuan"] > 0)
    return float("nan") if together.isna().any() else max(alone, float(together.max()))


def source_use(limits: pd.DataFrame, *, rooms: pd.DataFrame) -> float:
    r"""Say how much of a source's own cap is used once these lines stand, of the source nearest to it.

    .. math:: u = \max_q \frac{E_q + \sum_{i \to q} \max(0, L_i - B_i)}{C_q}

    with :math:`E_q` what the whole bank has on the source now, :math:`L_i` the lines and :math:`B_i` what they
    replace; a line smaller than what is owed frees nothing before it is repaid.

    Parameters
    ----------
    limits : DataFrame
        Result of `limits.size_limits`. Not modified.
    rooms : DataFrame
        Result of ``metrics.sources.source_headroom``: ``source_id, exposure_yuan, cap_yuan``. Not modified.

    Returns
    -------
    float
        Missing where no line rests on a source with a cap.

    Examples
    --------
    >>> lines = pd.DataFrame({"reason": ["sized"], "source_id": "H1", "limit_yuan": [3e6], "existing_yuan": [1e6]})
    >>> rooms = pd.DataFrame({"source_id": ["H1"], "exposure_yuan": [6e6], "cap_yuan": [1e7]})
    >>> source_use(lines, rooms=rooms)
    0.8
    """
    sized = limits[(limits["reason"] == "sized") & (limits["source_id"].fillna("") != "")]
    more = (sized["limit_yuan"] - sized["existing_yuan"]).clip(lower=0.0).groupby(sized["source_id"]).sum()
    known = rooms.drop_duplicates("source_id").set_index("source_id")
    used = (known["exposure_yuan"].reindex(more.index) + more) / known["cap_yuan"].reindex(more.index)
    return float(used.max()) if len(used) else float("nan")


def payer_delay(limits: pd.DataFrame, *, delays: pd.DataFrame, carrying: Iterable[str] = ()) -> float:
    """Return how late the slowest of the payers is on whom sized lines rest (``metrics.payables.payment_delays``).

    Where no line is sized, those count that carry the product's groups today (``carrying``): how they pay is known,
    whether or not anybody new is lent to behind them. Another payer behind whom nothing is lent is nobody's delay here.
    """
    resting = limits.loc[(limits["limit_yuan"] > 0) & (limits["source_id"].fillna("") != ""), "source_id"]
    payers = set(resting) or set(carrying)
    return float(delays.loc[delays["core_id"].isin(payers), "delay_days"].max())


def evaluate_stop_rules(
    figures: Mapping[str, float], *, product: Product, nothing_seen: Mapping[str, tuple[float, float]] | None = None
) -> pd.DataFrame:
    """Hold each stop rule of a product against the figures known today.

    Answers "would any of our own stop rules fire now, and how far is each from firing?"

    Parameters
    ----------
    figures : mapping
        Value by watched figure, e.g. `watched_figures` with ``par30_share`` of the segment added.
    product : Product
        Its ``stop_rules``.
    nothing_seen : mapping, optional
        Of figures that are none of n (`nothing_seen`): their upper bound and n.

    Returns
    -------
    DataFrame
        One row per rule: ``rule, watched, test, trigger_value, value`` (missing where unknown), ``headroom`` (distance
        to the trigger, negative past it), ``state`` (``holds``, ``fires``, ``unknown``), ``action``,
        ``zero_high_share, zero_count`` (missing but where none of so many was seen: told by its upper bound)
    """
    rows, ends = [], nothing_seen or {}
    for rule in product.stop_rules:
        value, trigger = figures.get(rule.watched, np.nan), float(rule.value)
        room = trigger - value if rule.test == "above" else value - trigger
        state = "unknown" if np.isnan(room) else "fires" if room < 0 else "holds"
        high, count = ends.get(rule.watched, (np.nan, np.nan))
        rows.append((rule.code, rule.watched, rule.test, trigger, value, room, state, rule.action, high, count))
    columns = ["rule", "watched", "test", "trigger_value", "value", "headroom", "state", "action"]
    columns += ["zero_high_share", "zero_count"]
    return pd.DataFrame(rows, columns=columns)


def nothing_seen(*measured: pd.DataFrame) -> dict[str, tuple[float, float]]:
    """Return of each watched figure that is none of n its upper bound and n: a zero proves nothing by itself.

    Parameters
    ----------
    *measured : DataFrame
        As for `gathered_figures`. None is modified.

    Examples
    --------
    >>> first = pd.DataFrame({"default_rate": [0.0], "default_rate_high": [0.03], "observed_count": [98]})
    >>> nothing_seen(first)
    {'first_payment_default_share': (0.03, 98.0)}
    """
    found: dict[str, tuple[float, float]] = {}
    for frame in measured:
        if "measure" not in frame and len(frame) and frame["default_rate"].iloc[0] == 0:
            row = frame.iloc[0]
            found["first_payment_default_share"] = (float(row["default_rate_high"]), float(row["observed_count"]))
        elif "share_high" in frame:
            for row in frame[frame["share"] == 0].to_dict("records"):
                names = NAMES.get(row["measure"], (f"{row['measure']}_share",))
                told = (float(row["share_high"]), float(row["base_customers_count"]))
                found |= dict.fromkeys(names, told) if not np.isnan(told[0]) else {}
    return found


def worst_judged(shares: pd.DataFrame, *, segments: Iterable[str]) -> pd.DataFrame:
    """Return the worst share past due of a product's groups, as the register judges it, as one measure.

    Answers "by which share do our own stop lines stop?" By the one of page one: stressed renewals and what left bad
    added, this year's book or last year's, whichever is worse.

    Parameters
    ----------
    shares : DataFrame
        `quality.four_pars` by ``segment``, its measures `quality.JUDGED`. Not modified.
    segments : iterable of str

    Returns
    -------
    DataFrame
        One row or none, ``measure`` (``par30_adjusted``) and the columns of `shares`.

    Examples
    --------
    >>> shares = pd.DataFrame({"segment": "a", "measure": ["par30_plain", "par30_adjusted_with_exits"],
    ...                        "share": [0.01, 0.04]})
    >>> worst_judged(shares, segments=["a"])[["measure", "share"]].values.tolist()
    [['par30_adjusted', 0.04]]
    """
    mine = shares[shares["segment"].isin(list(segments)) & shares["share"].notna()]
    worst = mine.iloc[[mine["share"].argmax()]] if len(mine) else mine
    return worst.assign(measure="par30_adjusted").reset_index(drop=True)


def _volume(lines: pd.DataFrame, take_up: float, product: Product, room_yuan: float) -> dict:
    terms = product.volumes
    wanted = lines["limit_yuan"].sum() * take_up
    customers = len(lines) * take_up
    mean = wanted / customers if customers else 0.0
    caps = {
        "take_up": wanted,
        "pilot_customers": terms.pilot_customers_count * mean,
        "pilot_yuan": float(terms.pilot_yuan),
    }
    if not np.isnan(room_yuan):
        caps["loss_budget"] = room_yuan
    bound = min(caps, key=caps.get)
    taken = min(customers, caps[bound] / mean) if mean else 0.0
    return {
        "sized_count": len(lines),
        "sized_yuan": float(lines["limit_yuan"].sum()),
        "take_up_share": take_up,
        "customers_count": int(np.floor(taken + 1e-9)),
        "volume_yuan": float(caps[bound]),
        "bound_by": bound,
    }


def _loss(rate: float, lgd_share: float) -> dict:
    return {"pd_rate": rate, "lgd_share": lgd_share, "loss_share": rate * lgd_share}


def _with_losses(rows: pd.DataFrame, *, drawn: float) -> pd.DataFrame:
    balance = rows["volume_yuan"] * drawn
    return rows.assign(balance_yuan=balance, loss_yuan=balance * rows["loss_share"])


def _median_margin(limits: pd.DataFrame, floors: pd.DataFrame) -> float:
    sized = limits.loc[limits["reason"] == "sized", "limit_yuan"]
    mean = floors[floors["pd_case"] == "mean"]
    if sized.empty or mean.empty:
        return np.nan
    nearest = (mean["amount_yuan"] - sized.median()).abs().argmin()
    return float(mean["margin_rate"].iloc[nearest])


#: measure -> the watched figures that it is, where it bears another name
NAMES = {"overdue30": ("overdue_share", "par30_share")}


def gathered_figures(figures: Mapping[str, float], *measured: pd.DataFrame) -> dict[str, float]:
    """Add to the design's own figures what was measured on the group's loans.

    Parameters
    ----------
    figures : mapping
        Result of `watched_figures`. Not modified.
    *measured : DataFrame
        Tables of shares (``measure, share``: PAR, committee ratios), or the one row of
        ``metrics.first_payments.first_payment_defaults``; a share that could not be computed, or that no rule may
        watch, is left out.

    Returns
    -------
    dict
        Value by watched figure, for `evaluate_stop_rules`.

    Examples
    --------
    >>> ratios = pd.DataFrame({"measure": ["npl", "overdue30", "npl_formation"], "share": [0.02, 0.01, 0.0]})
    >>> gathered_figures({"volume_yuan": 1e6}, ratios)
    {'volume_yuan': 1000000.0, 'npl_share': 0.02, 'overdue_share': 0.01, 'par30_share': 0.01}
    """
    found = dict(figures)
    for frame in measured:
        found |= _shares(frame) if "measure" in frame else _first_payments(frame)
    return found


def known_shares(shares: pd.DataFrame) -> pd.DataFrame:
    """Keep the shares that could be computed; what a group's own loans cannot say is left to the branch's report.

    Examples
    --------
    >>> known_shares(pd.DataFrame({"measure": ["npl", "npl_formation"], "share": [0.02, None]}))["measure"].to_list()
    ['npl']
    """
    return shares[shares["share"].notna()].reset_index(drop=True)


def figure_table(figures: Mapping[str, float]) -> pd.DataFrame:
    """Lay out watched figures as a table: ``watched, value``.

    Examples
    --------
    >>> figure_table({"par30_share": 0.01})
           watched  value
    0  par30_share   0.01
    """
    return pd.DataFrame({"watched": list(figures), "value": [float(value) for value in figures.values()]})


def _shares(frame: pd.DataFrame) -> dict[str, float]:
    known = frame[frame["share"].notna()]
    pairs = zip(known["measure"], known["share"], strict=True)
    named = {name: float(share) for measure, share in pairs for name in NAMES.get(measure, (f"{measure}_share",))}
    return {name: share for name, share in named.items() if name in get_args(WatchedQuantity)}


def _first_payments(frame: pd.DataFrame) -> dict[str, float]:
    rate = frame["default_rate"].iloc[0]
    return {} if pd.isna(rate) else {"first_payment_default_share": float(rate)}


LEVEL = 0.95
MOST_BAD = 6


def break_even_rate(floors: pd.DataFrame) -> float:
    r"""Return the default rate at which the asked rate just covers the floor, at the size the floors are for.

    .. math:: PD^* = \frac{r' - FTP - o - k}{LGD}

    with :math:`r'` the asked rate without value added tax and :math:`k` the capital part. Negative where funds, opex
    and capital alone are more than the rate.

    Parameters
    ----------
    floors : DataFrame
        Result of `prices.typical_floors`. Not modified.

    Examples
    --------
    >>> row = {"pd_case": "mean", "yearly_rate": 0.05, "floor_rate": 0.045, "floor_taxed_rate": 0.045,
    ...        "ftp_rate": 0.02, "opex_rate": 0.01, "capital_rate": 0.008, "lgd_share": 0.4}
    >>> round(break_even_rate(pd.DataFrame([row])), 4)
    0.03
    """
    mean = one_row(floors, "floors", pd_case="mean")
    asked = mean["yearly_rate"] * mean["floor_rate"] / mean["floor_taxed_rate"]
    left = asked - mean["ftp_rate"] - mean["opex_rate"] - mean["capital_rate"]
    return float(left / mean["lgd_share"])


def pilot_precision(
    volume: pd.DataFrame, *, floors: pd.DataFrame, product: Product, policy: StressPolicy, level: float = LEVEL
) -> pd.DataFrame:
    r"""Say before the pilot starts what each number of bad loans in it would prove.

    Answers "if all goes well, may we scale; and how many bad loans are one too many?" Written down beforehand, so that
    nobody moves the line afterwards.

    Parameters
    ----------
    volume : DataFrame
        Result of `expected_volume`; the high case's customers are the pilot's size. Not modified.
    floors : DataFrame
        Result of `prices.typical_floors`. Not modified.
    product : Product
        Kind of common source.
    policy : StressPolicy
        Correlation by kind of source.
    level : float
        One-sided confidence of both bounds.

    Returns
    -------
    DataFrame
        One row per number of bad borrowers, from none to the first that refutes (six at most)

        - ``bad_count, total_count``; ``bad_rate`` with ``bad_rate_low, bad_rate_high`` (Jeffreys, 95 %)
        - ``lower_share, upper_share`` (one-sided, independent), ``correlated_upper_share`` (sharing a source)
        - ``break_even_rate`` (`break_even_rate`); ``finding``: ``confirms`` (upper bound under it), ``refutes`` (lower
          bound over it), ``cannot_say``
        - ``needed_count``: customers without any bad one that would confirm the price; missing where none would

    Raises
    ------
    NobodyPiloted
        If the pilot would have no customer.
    """
    total = float(one_row(volume, "volume", case="high")["customers_count"])
    if not total >= 1:
        raise NobodyPiloted("the pilot would have no customer", where=product.code, fix="look at volume and take-up")
    counts = pd.Series(range(min(MOST_BAD, int(total)) + 1), dtype="int64")
    many = pd.Series(total, index=counts.index)
    rate = break_even_rate(floors)
    rho = float(policy.correlation.get(product.limit.source, 0.0))
    interval = rate_interval(counts, many)
    rows = pd.DataFrame(
        {
            "bad_count": counts,
            "total_count": many,
            "bad_rate": interval["rate"],
            "bad_rate_low": interval["low"],
            "bad_rate_high": interval["high"],
            "lower_share": lower_bound(counts, many, level=level),
            "upper_share": upper_bound(counts, many, level=level),
            "correlated_upper_share": upper_bound(counts, many, level=level, correlation=rho) if rho else np.nan,
            "break_even_rate": rate,
            "needed_count": _needed(rate, level),
        }
    )
    tests = [rows["lower_share"] > rate, rows["upper_share"] < rate]
    rows = rows.assign(finding=np.select(tests, ["refutes", "confirms"], "cannot_say"))
    first = rows.index[rows["finding"] == "refutes"]
    return rows.loc[: first[0] if len(first) else rows.index[-1], COLUMNS]


def _needed(rate: float, level: float) -> float:
    """Return how many customers without a bad one push the upper bound under a rate."""
    if not 0 < rate < 1:
        return float("nan")
    return float(np.ceil(np.log(1 - level) / np.log(1 - rate) - 1e-9))


COLUMNS = [
    "bad_count",
    "total_count",
    "bad_rate",
    "bad_rate_low",
    "bad_rate_high",
    "lower_share",
    "upper_share",
    "correlated_upper_share",
    "break_even_rate",
    "needed_count",
    "finding",
]
