"""What collateral is worth: LTV (抵押率), recovery and LGD, value shocks, appraiser bias (评估偏差).

`loan_to_value` is told now and after a fall in prices; `realised_values` are sales over appraisals.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from microlib.errors import BadData, EmptyBook
from microlib.metrics.loans import is_live
from microlib.stats.grouping import checked_level
from microlib.units import MONTHS_PER_YEAR


def recovery(
    claims: pd.DataFrame, *, fall_share: float, cost_share: float, months: float, yearly_rate: float
) -> pd.DataFrame:
    r"""Reckon what each claim gets back from its collateral, in today's money, and what is lost.

    Answers "if we must sell: how much comes back, and when?"

    .. math:: R = \frac{V (1 - f)(1 - c)}{(1 + r)^{n/12}}, \qquad LGD = \max\Big(0, 1 - \frac{R}{B}\Big)

    Parameters
    ----------
    claims : DataFrame
        ``balance_yuan`` (> 0), ``value_yuan`` (its part of the appraised value, >= 0). Not modified.
    fall_share : float
        f, fall from the appraisal to the sale (fraction).
    cost_share : float
        c, court, tax, agent and prior claims, part of the price (fraction).
    months : float
        n, from default to money.
    yearly_rate : float
        r at which waiting costs, compound.

    Returns
    -------
    DataFrame
        Index of `claims`: ``proceeds_yuan`` (price after cost, when it comes), ``recovery_yuan`` (today; not capped by
        the claim: what is above belongs to the owner), ``recovery_share`` (of the claim, at most 1), ``lgd_share``

    Raises
    ------
    BadData
        If a balance is not above zero, a value is missing or negative, or a parameter is out of range.

    Notes
    -----
    Price falls and defaults come together: the haircut of bad times belongs here, not that of an ordinary year.

    References
    ----------
    .. [1] Answer key of the course: LTV 70, fall 20 %, cost 12 %, 18 months at 4.35 %: LGD 5.65 %; fall 30 %: 17.44 %.

    Examples
    --------
    >>> claims = pd.DataFrame({"balance_yuan": [140.0], "value_yuan": [200.0]})
    >>> found = recovery(claims, fall_share=0.2, cost_share=0.12, months=18, yearly_rate=0.0435)
    >>> found[["recovery_yuan", "lgd_share"]].round(4).iloc[0].tolist()
    [132.0882, 0.0565]
    """
    if not (0 <= fall_share < 1 and 0 <= cost_share < 1 and months >= 0 and yearly_rate >= 0):
        raise BadData("a fall, cost, time or rate is out of range", fix="write 20 % as 0.20, and months of 0 or more")
    if not ((claims["balance_yuan"] > 0) & (claims["value_yuan"] >= 0)).all():
        raise BadData("a balance is not above zero, or a value is missing or negative", fix="keep live secured loans")
    proceeds = claims["value_yuan"].astype("float64") * (1 - fall_share) * (1 - cost_share)
    today = proceeds / (1 + yearly_rate) ** (months / MONTHS_PER_YEAR)
    share = (today / claims["balance_yuan"]).clip(upper=1.0)
    return pd.DataFrame(
        {"proceeds_yuan": proceeds, "recovery_yuan": today, "recovery_share": share, "lgd_share": 1.0 - share}
    )


def realised_values(
    sales: pd.DataFrame, *, within: str | list[str] | None = "kind", level: float = 0.95
) -> pd.DataFrame:
    r"""Compare what sold collateral brought with what it had been appraised at (变现率).

    Answers "by how much should an appraisal of this kind be cut, by our own experience?"

    .. math:: r = \frac{\sum_i P_i}{\sum_i V_i}, \qquad r \pm t_{n-1}\, s, \quad
        s^2 = \frac{n}{n - 1} \frac{\sum_i (P_i - r V_i)^2}{(\sum_i V_i)^2}, \quad
        n = \frac{(\sum_i V_i)^2}{\sum_i V_i^2}

    with n the number of equal items that these are worth (Kish).

    Parameters
    ----------
    sales : DataFrame
        One row per item sold: ``value_yuan`` (appraised, > 0), ``realised_yuan`` (price after cost, >= 0) and the
        columns of `within`. Not modified.
    within : str, list of str or None
        Groups; None for all items.
    level : float
        Two-sided confidence.

    Returns
    -------
    DataFrame
        One row per group, ascending: ``items_count, value_yuan, realised_yuan, realised_share, realised_low,
        realised_high`` (range missing for a single item; never below zero), ``lowest_share`` (of one item)

    Raises
    ------
    EmptyBook
        If nothing was sold.
    BadData
        If an appraisal is not above zero or a price is missing or negative.

    Notes
    -----
    What sold is not what is still unsold: the hard items come last, so an early average flatters. Under about ten
    items the range rests on the normal shape of prices.

    Examples
    --------
    >>> sales = pd.DataFrame({"kind": "home", "value_yuan": [100.0, 100.0], "realised_yuan": [70.0, 80.0]})
    >>> realised_values(sales)[["realised_share", "items_count"]].values.tolist()
    [[0.75, 2.0]]
    """
    checked_level(level)
    if sales.empty:
        raise EmptyBook("nothing was sold yet", where="sales", fix="take the haircuts of policy")
    if not ((sales["value_yuan"] > 0) & (sales["realised_yuan"] >= 0) & np.isfinite(sales["realised_yuan"])).all():
        raise BadData("an appraisal is not above zero, or a price is missing or negative", fix="complete the sales")
    names = [within] if isinstance(within, str) else list(within or [])
    groups = sales.groupby(names, observed=True) if names else [((), sales)]
    rows = [dict(zip(names, key, strict=True)) | _ratio(group, level) for key, group in groups]
    return pd.DataFrame(rows)


def _ratio(group: pd.DataFrame, level: float) -> dict[str, float]:
    value, price = group["value_yuan"].to_numpy(float), group["realised_yuan"].to_numpy(float)
    count, share = len(value), price.sum() / value.sum()
    rest = float(((price - share * value) ** 2).sum()) / value.sum() ** 2
    worth = value.sum() ** 2 / (value**2).sum()
    reach = stdtrit(worth - 1, (1 + level) / 2) * np.sqrt(rest * worth / (worth - 1)) if count > 1 else np.nan
    return {
        "items_count": count,
        "value_yuan": value.sum(),
        "realised_yuan": price.sum(),
        "realised_share": share,
        "realised_low": max(0.0, share - reach) if count > 1 else np.nan,
        "realised_high": share + reach,
        "lowest_share": (price / value).min(),
    }


#: sold items from which a kind's own range is read
FEWEST_SOLD = 2


def value_shocks(
    loans: pd.DataFrame,
    collateral_links: pd.DataFrame,
    collateral: pd.DataFrame,
    *,
    as_of: date | str,
    falls: Sequence[float],
    cost_share: float,
    months: float,
    yearly_rate: float,
    sales: pd.DataFrame | None = None,
) -> pd.DataFrame:
    r"""Try several falls of value on the whole secured book: on paper, and sold as the bank's own pledges were sold.

    Answers "how much of our secured lending would be lost if values fell by a fifth and we had to sell?"

    .. math:: O_f = \sum_i \max\Big(0,\; B_i - \sum_k w_{ik} V_k (1 - f)\Big), \qquad
        S_f = \sum_i \max\Big(0,\; B_i - \frac{\sum_k w_{ik} V_k (1 - f) q_k}{(1 + r)^{n/12}}\Big), \qquad
        LGD_f = \frac{S_f}{\sum_i B_i}

    with :math:`q_k` what sales of the item's kind brought of their appraisal after cost (`realised_values`), taken
    at its mean and at both ends of its range; of a kind that was sold less than twice, what all kinds brought; without
    any sale 1 less policy's cost, which has no range.

    Parameters
    ----------
    loans : DataFrame[loans]
        ``loan_id, customer_id, balance_yuan, status, written_off_date, written_off_yuan``. Not modified, nor is any
        other frame.
    collateral_links, collateral : DataFrame
        As `loan_to_value`; ``collateral.kind``.
    as_of : date or ISO text
        End of the year of which losses are told beside.
    falls : sequence of float
        Fractions, from the appraisal to the market of the sale; what a sale brings less than that is in q.
    cost_share, months, yearly_rate : float
        As `recovery`; the cost counts only where no sale is on file.
    sales : DataFrame, optional
        Result of `sold_values`.

    Returns
    -------
    DataFrame
        One row per fall: ``fall_share, loans_count, balance_yuan, uncovered_count`` (loans with debt above the fallen
        value), ``uncovered_yuan, ltv_p50_share, ltv_p90_share`` (balance over value); ``sold_open_count,
        sold_open_yuan`` with ``sold_open_low_yuan, sold_open_high_yuan`` (debt left after such sales, if all had to
        sell; range missing without two sales), ``lgd_share``; ``sales_count`` (on file); ``behind_count,
        behind_yuan`` (loans behind a prior charge whose amount is not in the data: what is open is too low),
        ``lost_yuan`` (written off within the year on loans with collateral)

    Raises
    ------
    EmptyBook, BadData
        As `loan_to_value`; also for a fall, cost, time or rate out of range.

    Examples
    --------
    >>> loans = pd.DataFrame({"loan_id": ["L1"], "customer_id": ["C1"], "balance_yuan": [70.0], "status": ["normal"],
    ...                       "written_off_date": pd.NaT, "written_off_yuan": None})
    >>> links = pd.DataFrame({"loan_id": ["L1"], "collateral_id": ["K1"], "secured_yuan": [70.0]})
    >>> items = pd.DataFrame({"collateral_id": ["K1"], "value_yuan": [100.0], "kind": ["home"]})
    >>> sold = pd.DataFrame({"kind": ["home"] * 2, "value_yuan": [100.0, 100.0], "realised_yuan": [50.0, 70.0]})
    >>> sale = {"cost_share": 0.12, "months": 0, "yearly_rate": 0.04}
    >>> found = value_shocks(loans, links, items, as_of="2026-06-30", falls=(0.0,), sales=sold, **sale)
    >>> found[["uncovered_yuan", "sold_open_yuan"]].round(2).values.tolist()
    [[0.0, 10.0]]
    """
    if not (all(0 <= fall < 1 for fall in falls) and 0 <= cost_share < 1 and months >= 0 and yearly_rate >= 0):
        raise BadData("a fall, cost, time or rate is out of range", fix="write 20 % as 0.20, and months of 0 or more")
    rows = _secured(loans, collateral_links, collateral.reindex(columns=[*ITEM, "kind"]))
    waited = (1 + yearly_rate) ** (months / MONTHS_PER_YEAR)
    brings = _brings(rows["kind"], sales, cost_share=cost_share).mul(rows["part"] / waited, axis="index")
    claims = pd.concat([rows[["loan_id", "balance_yuan", "part", "prior", "is_second"]], brings], axis="columns")
    sums = claims.groupby("loan_id", observed=True).agg(
        balance_yuan=("balance_yuan", "first"), part=("part", "sum"), prior=("prior", "sum"),
        is_second=("is_second", "any"),
        **{name: (name, _sum_known) for name in brings},
    )  # fmt: skip
    year = pd.Timestamp(as_of) - pd.DateOffset(years=1)
    gone = loans[(loans["written_off_date"] > year) & loans["loan_id"].isin(collateral_links["loan_id"])]
    told = {
        "sales_count": 0 if sales is None else len(sales),
        "behind_count": int(sums["is_second"].sum()),
        "behind_yuan": sums.loc[sums["is_second"], "balance_yuan"].sum(),
        "lost_yuan": float(gone["written_off_yuan"].astype("float64").sum()),
    }
    return pd.DataFrame([{**_shock(sums, float(fall)), **told} for fall in falls])


def _sum_known(values: pd.Series) -> float:
    """Sum that is missing where one value is."""
    return values.sum(skipna=False)


def _brings(kinds: pd.Series, sales: pd.DataFrame | None, *, cost_share: float) -> pd.DataFrame:
    """What a sale of each item brings of its value: mean, low and high end, by its kind where that was sold twice."""
    names = ["realised_share", "realised_low", "realised_high"]
    if sales is None or sales.empty:
        rest = pd.Series([1 - cost_share, np.nan, np.nan], index=names)
        return pd.DataFrame([rest] * len(kinds), index=kinds.index)
    rest = realised_values(sales, within=None)[names].iloc[0]
    own = realised_values(sales, within="kind").set_index("kind")
    known = own.loc[own["items_count"] >= FEWEST_SOLD, names]
    return pd.DataFrame({name: kinds.map(known[name]).fillna(rest[name]) for name in names})


def _shock(sums: pd.DataFrame, fall: float) -> dict:
    owed, total = sums["balance_yuan"], sums["balance_yuan"].sum()
    fallen, claims = sums["part"] * (1 - fall), owed + sums["prior"]
    open_yuan, ltv = (claims - fallen).clip(lower=0.0, upper=owed), claims / fallen
    ends = {
        "sold_open_yuan": "realised_share",
        "sold_open_low_yuan": "realised_high",
        "sold_open_high_yuan": "realised_low",
    }
    sold = {name: (claims - sums[brought] * (1 - fall)).clip(lower=0.0, upper=owed) for name, brought in ends.items()}
    return {
        "fall_share": fall,
        "loans_count": len(sums),
        "balance_yuan": total,
        "uncovered_count": int((open_yuan > 0).sum()),
        "uncovered_yuan": open_yuan.sum(),
        "ltv_p50_share": ltv.median(),
        "ltv_p90_share": ltv.quantile(0.9),
        "sold_open_count": int((sold["sold_open_yuan"] > 0).sum()),
        **{name: _sum_known(values) for name, values in sold.items()},
        "lgd_share": sold["sold_open_yuan"].sum() / total if total else float("nan"),
    }


def sold_values(disposals: pd.DataFrame, collateral: pd.DataFrame) -> pd.DataFrame:
    """Set beside each sold pledge what it had been appraised at, as `collateral.realised_values` wants it.

    Returns
    -------
    DataFrame
        ``collateral_id, kind, value_yuan, realised_yuan`` (price less cost).
    """
    rows = disposals.merge(collateral[["collateral_id", "kind", "value_yuan"]], on="collateral_id")
    realised = (rows["price_yuan"] - rows["cost_yuan"].fillna(0.0)).clip(lower=0.0)
    return rows[["collateral_id", "kind", "value_yuan"]].assign(realised_yuan=realised)


ITEM = ("collateral_id", "value_yuan", "registration_order", "prior_charges_yuan")
COLUMNS = [
    *["appraiser_id", "items_count", "cells_count", "bias_share", "bias_low", "bias_high"],
    *["shrunk_bias_share", "shrunk_bias_low", "shrunk_bias_high", "prior_weight_share", "is_high"],
]


def appraiser_bias(
    collateral: pd.DataFrame, *, within: tuple[str, ...] = ("district", "kind"), level: float = 0.95
) -> pd.DataFrame:
    r"""Measure by how much each appraiser values a square metre above the others in the same place and kind.

    Answers "does this loan look covered only because of who valued it?"

    .. math::

        \ln \frac{V_i}{A_i} = u_{cell(i)} + b_{app(i)} + e_i, \qquad \mathrm{median}_j\, b_j = 0, \qquad
        \tilde b_j = \frac{\tau^2}{\tau^2 + s_j^2}\, b_j

    with value V, area A, a level u for every district and kind, an effect b for every appraiser, its standard error
    s, and :math:`\tau` the spread of appraisers (DerSimonian-Laird). The median of the appraisers is taken to be right;
    ranges are Student's, on the degrees of freedom that items leave.

    Parameters
    ----------
    collateral : DataFrame[collateral]
        Uses ``value_yuan, area_m2, appraiser_id`` and the columns of `within`; rows without one of them are left
        out. Not modified.
    within : tuple of str
        What makes items alike.
    level : float
        Two-sided confidence.

    Returns
    -------
    DataFrame
        One row per appraiser who can be compared, highest shrunk bias first

        - ``items_count, cells_count``: items in cells where another appraiser worked too
        - ``bias_share, bias_low, bias_high`` (fraction: 0.18 is 18 % above the others)
        - ``shrunk_bias_share, shrunk_bias_low, shrunk_bias_high``: drawn towards zero; ``prior_weight_share``: how far
        - ``is_high``: the shrunk range lies above zero: a sample for review, no verdict

    Raises
    ------
    EmptyBook
        If no cell has two appraisers, or there are too few like items to tell a habit from noise.
    BadData
        If a value or an area is not above zero.

    Notes
    -----
    If most appraisers are biased alike nobody stands out. An office in which everybody values high, alone in its
    districts, is not found either: its level is taken for the district's. Whoever is sent the better flats looks
    biased: add what makes them better to `within`. Appraisers who never share a cell, not even through others, are
    each compared within their own circle.

    References
    ----------
    .. [1] DerSimonian, R., Laird, N. (1986). Meta-analysis in clinical trials. Controlled Clinical Trials 7, 177-188.

    Examples
    --------
    >>> items = pd.DataFrame({"district": "D1", "kind": "home", "area_m2": 100.0, "appraiser_id": list("AABBCC"),
    ...                       "value_yuan": [1.18e6, 1.2e6, 1e6, 0.99e6, 1e6, 1.01e6]})
    >>> appraiser_bias(items)[["appraiser_id", "items_count", "is_high"]].head(1).values.tolist()
    [['A', 2, True]]
    """
    checked_level(level)
    rows = _comparable(collateral, within)
    effects, errors, freedom = _fitted(rows)
    middle = effects.median()
    effects = effects - middle
    spread = _spread(effects.to_numpy(), errors.to_numpy())
    weight = errors**2 / (errors**2 + spread) if spread > 0 else pd.Series(1.0, index=errors.index)
    shrunk, reach = effects * (1 - weight), stdtrit(freedom, (1 + level) / 2)
    inner = reach * np.sqrt(spread * weight)
    counts = rows.groupby("appraiser_id", observed=True)["cell"].agg(["size", "nunique"])
    found = pd.DataFrame(
        {
            "items_count": counts["size"],
            "cells_count": counts["nunique"],
            "bias_share": np.expm1(effects),
            "bias_low": np.expm1(effects - reach * errors),
            "bias_high": np.expm1(effects + reach * errors),
            "shrunk_bias_share": np.expm1(shrunk),
            "shrunk_bias_low": np.expm1(shrunk - inner),
            "shrunk_bias_high": np.expm1(shrunk + inner),
            "prior_weight_share": weight,
            "is_high": shrunk - inner > 0,
        }
    )
    found = found.rename_axis("appraiser_id").reset_index()
    return found.sort_values(["shrunk_bias_share", "appraiser_id"], ascending=[False, True], ignore_index=True)[COLUMNS]


def _comparable(collateral: pd.DataFrame, within: tuple[str, ...]) -> pd.DataFrame:
    """Items with everything known, in cells that two appraisers share."""
    names = ["value_yuan", "area_m2", "appraiser_id", *within]
    rows = collateral[names].dropna()
    if not ((rows["value_yuan"] > 0) & (rows["area_m2"] > 0)).all():
        raise BadData("a value or an area is not above zero", where="collateral", fix="complete or drop those items")
    rows = rows.assign(
        cell=rows.groupby(list(within), observed=True).ngroup(), unit=np.log(rows["value_yuan"] / rows["area_m2"])
    )
    rows = rows[rows.groupby("cell")["appraiser_id"].transform("nunique") > 1]
    if rows.empty:
        raise EmptyBook("no two appraisers valued like items", where="collateral", fix="widen what makes items alike")
    return rows


def _fitted(rows: pd.DataFrame) -> tuple[pd.Series, pd.Series, int]:
    """Effects of appraisers, their standard errors and the degrees of freedom; cell levels swept out, smallest norm."""
    codes, names = pd.factorize(rows["appraiser_id"], sort=True)
    cells, _ = pd.factorize(rows["cell"])
    held = np.zeros((cells.max() + 1, len(names)))
    np.add.at(held, (cells, codes), 1.0)
    size = held.sum(axis=1)
    level = np.bincount(cells, rows["unit"]) / size
    rest = rows["unit"].to_numpy() - level[cells]
    normal = np.diag(held.sum(axis=0)) - held.T @ (held / size[:, None])
    inverse = np.linalg.pinv(normal, hermitian=True)
    effects = inverse @ np.bincount(codes, rest, minlength=len(names))
    fitted = effects[codes] - (held @ effects / size)[cells]
    freedom = len(rows) - len(size) - len(names) + 1
    if freedom < 1:
        raise EmptyBook("too few like items to tell a habit from noise", fix="load more items, or widen what is alike")
    variance = ((rest - fitted) ** 2).sum() / freedom
    index = pd.Index(names, name="appraiser_id")
    errors = np.sqrt(np.maximum(variance * np.diag(inverse), 1e-24))
    return pd.Series(effects, index), pd.Series(errors, index), freedom


def _spread(effects: np.ndarray, errors: np.ndarray) -> float:
    """Variance of true effects between appraisers, by moments."""
    weight = errors**-2
    mean = (weight * effects).sum() / weight.sum()
    excess = (weight * (effects - mean) ** 2).sum() - (len(effects) - 1)
    return float(max(0.0, excess / (weight.sum() - (weight**2).sum() / weight.sum())))


def loan_to_value(
    loans: pd.DataFrame,
    collateral_links: pd.DataFrame,
    collateral: pd.DataFrame,
    *,
    fall_shares: Sequence[float] = (0.0, 0.2, 0.3),
) -> pd.DataFrame:
    r"""Measure how much of its collateral's value each live loan takes, today and after a fall in prices.

    Answers "how far may prices fall before this loan is not covered?"

    .. math::

        LTV_l(f) = \frac{B_l + \sum_k w_{lk} \min(P_k, (1 - f) V_k)}{(1 - f) \sum_k w_{lk} V_k}, \qquad
        w_{lk} = \frac{S_{lk}}{\sum_j S_{jk}}

    where :math:`P_k` is what others have a prior charge for, who are paid before the bank: out of that item, never out
    of another. An item that secures several live loans is divided among them by the amounts secured, so that no yuan of
    value counts twice.

    Parameters
    ----------
    loans : DataFrame[loans]
        Uses ``loan_id, customer_id, balance_yuan, status``. Not modified, nor are the others.
    collateral_links : DataFrame[collateral_links]
        Uses ``loan_id, collateral_id, secured_yuan``.
    collateral : DataFrame[collateral]
        Uses ``collateral_id, value_yuan, registration_order, prior_charges_yuan``.
    fall_shares : sequence of float
        Falls in value (fractions, 0 .. below 1).

    Returns
    -------
    DataFrame
        One row per live secured loan and fall, by both: ``loan_id, customer_id, fall_share, balance_yuan,
        value_yuan`` (its part, after the fall), ``ltv_share``, ``uncovered_yuan`` (balance that the value does not
        reach after prior charges), ``break_even_fall_share`` (fall from which on the LTV is above 1; below zero when
        it is so already), ``is_second`` (an item is a second charge and what stands before it is not in the data: the
        LTV is too low)

    Raises
    ------
    EmptyBook
        If no live loan has collateral.
    BadData
        If a fall is not in 0 .. 1, an item stands twice, or a value or a secured amount is missing or not above zero.

    Notes
    -----
    As good as the appraisal: look at `appraisers` first. Taxes, rents and wages that go before the bank are not in
    it; `recoveries` takes them as cost.

    Examples
    --------
    >>> loans = pd.DataFrame({"loan_id": ["L1"], "customer_id": ["C1"], "balance_yuan": [70.0], "status": ["normal"]})
    >>> links = pd.DataFrame({"loan_id": ["L1"], "collateral_id": ["K1"], "secured_yuan": [70.0]})
    >>> items = pd.DataFrame({"collateral_id": ["K1"], "value_yuan": [100.0]})
    >>> loan_to_value(loans, links, items, fall_shares=(0.0, 0.2))["ltv_share"].tolist()
    [0.7, 0.875]
    """
    falls = np.asarray(fall_shares, dtype="float64")
    if not ((falls >= 0) & (falls < 1)).all():
        raise BadData("a fall is not in 0 to 1", fix="write 20 % as 0.20")
    rows = _secured(loans, collateral_links, collateral)
    by = ["loan_id", "customer_id", "balance_yuan"]
    parts = rows.loc[rows.index.repeat(len(falls))].assign(_fall=np.tile(np.arange(len(falls)), len(rows)))
    parts["value_yuan"] = parts["part"] * (1.0 - falls[parts["_fall"]])
    parts["prior"] = parts[["prior", "value_yuan"]].min(axis="columns")
    found = parts.groupby([*by, "_fall"], as_index=False, observed=True).agg(
        value_yuan=("value_yuan", "sum"), prior=("prior", "sum"), is_second=("is_second", "any")
    )
    found["fall_share"] = falls[found["_fall"]]
    claims = found["balance_yuan"] + found["prior"]
    found["ltv_share"] = claims / found["value_yuan"]
    found["uncovered_yuan"] = (claims - found["value_yuan"]).clip(lower=0.0, upper=found["balance_yuan"])
    found["break_even_fall_share"] = found["loan_id"].map(1.0 - _left_at_par(rows))
    order = ["loan_id", "customer_id", "fall_share", "balance_yuan", "value_yuan", "ltv_share", "uncovered_yuan"]
    return found[[*order, "break_even_fall_share", "is_second"]].reset_index(drop=True)


def _left_at_par(rows: pd.DataFrame) -> pd.Series:
    """Return what part of today's value just covers each loan.

    Items whose prior charges take all of them at that value give nothing. Those that give something come first by
    charge over value, and a loan is covered as soon as any such first few cover it.
    """
    ordered = rows.assign(_charged=rows["prior"] / rows["part"]).sort_values(["loan_id", "_charged"], kind="stable")
    sums = ordered.groupby("loan_id", observed=True)[["part", "prior"]].cumsum()
    left = (ordered["balance_yuan"] + sums["prior"]) / sums["part"]
    return left.groupby(ordered["loan_id"], observed=True).min()


def _secured(loans: pd.DataFrame, links: pd.DataFrame, collateral: pd.DataFrame) -> pd.DataFrame:
    """Live loans with the part of each item that is theirs."""
    if collateral["collateral_id"].duplicated().any():
        raise BadData("an item stands twice", where="collateral", fix="keep one row per item")
    live = loans.loc[is_live(loans), ["loan_id", "customer_id", "balance_yuan"]]
    items = collateral.reindex(columns=list(ITEM) + [name for name in ("kind",) if name in collateral])
    rows = (
        links[["loan_id", "collateral_id", "secured_yuan"]].merge(live, on="loan_id").merge(items, on="collateral_id")
    )
    if rows.empty:
        raise EmptyBook("no live loan has collateral", where="collateral_links", fix="leave this page out")
    if not ((rows["value_yuan"] > 0) & (rows["secured_yuan"] > 0)).all():
        raise BadData("a value or a secured amount is missing or not above zero", where="collateral", fix="complete it")
    whole = rows.groupby("collateral_id", observed=True)["secured_yuan"].transform("sum")
    part, share = rows["value_yuan"] * rows["secured_yuan"] / whole, rows["secured_yuan"] / whole
    before = rows["prior_charges_yuan"].astype("float64")
    is_second = rows["registration_order"].eq("second").fillna(False) & before.isna()
    return rows.assign(part=part, prior=before.fillna(0.0) * share, is_second=is_second)
