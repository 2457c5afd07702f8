"""Which of the lines granted pay for themselves at the rate asked, and what the others cost a year."""

from __future__ import annotations

import pandas as pd

from microlib.contracts.policies import PricingPolicy
from microlib.contracts.products import Product
from microlib.design.prices import price_floors, quote_points

NAMES = ["customer_id", "limit_yuan", "floor_taxed_rate", "margin_rate", "margin_yuan"]
#: the parts of the formula that are switched one after the other, the full one last
SWITCHES = {
    "plain": (False, False, False),
    "capital_credited": (True, False, False),
    "income_taxed": (True, True, False),
    "value_added_taxed": (True, True, True),
}


def line_margins(
    limits: pd.DataFrame, *, default_rates: pd.DataFrame, product: Product, policy: PricingPolicy
) -> pd.DataFrame:
    r"""Hold every sized line against the floor of its own size, at the mean default rate.

    Answers "to how many of these customers do we lend at a loss?"

    .. math:: m_i = r - r^*(L_i), \qquad M_i = m_i \, u \, L_i

    with :math:`u` the part of a line that is drawn on average.

    Parameters
    ----------
    limits : DataFrame
        Result of `limits.size_limits`. Not modified.
    default_rates : DataFrame
        Result of `prices.default_rate_cases`; the mean counts.
    product, policy
        As `prices.price_floors`.

    Returns
    -------
    DataFrame
        One row per sized line, smallest first: ``customer_id, limit_yuan, floor_taxed_rate, margin_rate`` (fraction a
        year), ``margin_yuan`` (a year, on the balance drawn; negative is a shortfall)
    """
    sized = limits.loc[limits["reason"] == "sized", ["customer_id", "limit_yuan"]]
    if sized.empty:
        return pd.DataFrame(columns=NAMES).astype({name: "float64" for name in NAMES[1:]})
    mean = default_rates[default_rates["pd_case"] == "mean"]
    sizes = tuple(sorted(sized["limit_yuan"].unique()))
    floors = price_floors(mean, product=product, policy=policy, sizes=sizes).rename(columns={"amount_yuan": NAMES[1]})
    found = sized.merge(floors[NAMES[1:-1]], on="limit_yuan", how="left", validate="many_to_one")
    drawn = found["limit_yuan"] * float(product.volumes.used_share)
    lines = found.assign(margin_yuan=found["margin_rate"] * drawn)
    return lines.sort_values(["limit_yuan", "customer_id"]).reset_index(drop=True)[NAMES]


def margin_summary(lines: pd.DataFrame) -> pd.DataFrame:
    """Count the lines under their floor, and find the size from which lines pay for themselves.

    Parameters
    ----------
    lines : DataFrame
        Result of `line_margins`. Not modified.

    Returns
    -------
    DataFrame
        One row: ``sized_count, losing_count, losing_yuan`` (sum of those lines), ``shortfall_yuan`` (a year, >= 0, if
        all of them were taken), ``break_even_yuan`` (smallest line that covers its floor; missing where none does)

    Examples
    --------
    >>> lines = pd.DataFrame({"limit_yuan": [1e5, 3e5], "margin_rate": [-0.01, 0.002], "margin_yuan": [-1e3, 600.0]})
    >>> margin_summary(lines).iloc[0].to_dict()
    {'sized_count': 2.0, 'losing_count': 1.0, 'losing_yuan': 100000.0, 'shortfall_yuan': 1000.0, \
'break_even_yuan': 300000.0}
    """
    losing, paying = lines[lines["margin_rate"] < 0], lines[lines["margin_rate"] >= 0]
    return pd.DataFrame({
        "sized_count": [len(lines)],
        "losing_count": [len(losing)],
        "losing_yuan": [float(losing["limit_yuan"].sum())],
        "shortfall_yuan": [float(-losing["margin_yuan"].sum()) + 0.0],
        "break_even_yuan": [float(paying["limit_yuan"].min()) if len(paying) else float("nan")],
    })  # fmt: skip


def switch_cases(
    default_rates: pd.DataFrame, *, product: Product, policy: PricingPolicy, amount_yuan: float
) -> pd.DataFrame:
    """Find the floor with and without the capital benefit, income tax and value added tax, at the mean default rate.

    Answers "how much of the floor is a choice of formula, and which one does our policy make?"

    Returns
    -------
    DataFrame
        One row per ``switch`` (``plain``, ``capital_credited``, ``income_taxed``, ``value_added_taxed``; each keeps the
        ones before): ``floor_rate`` (without VAT), ``floor_taxed_rate``, ``floor_points``, ``margin_rate``,
        ``is_policy`` (the case that the policy's own switches make; none where it makes another)
    """
    mean = default_rates[default_rates["pd_case"] == "mean"]
    own = (policy.capital_funding_credit, policy.income_tax, policy.value_added_tax)
    rows = []
    for code, switches in SWITCHES.items():
        named = dict(zip(("capital_funding_credit", "income_tax", "value_added_tax"), switches, strict=True))
        floors = price_floors(mean, product=product, policy=policy.model_copy(update=named), sizes=(amount_yuan,))
        names = ["floor_rate", "floor_taxed_rate", "floor_points", "margin_rate"]
        rows.append({"switch": code, **floors.iloc[0][names].to_dict(), "is_policy": switches == own})
    return pd.DataFrame(rows)


def typical_floors(
    default_rates: pd.DataFrame, *, product: Product, policy: PricingPolicy, amount_yuan: float
) -> pd.DataFrame:
    """Find the price floor of one loan size: `prices.price_floors` for `amount_yuan` alone.

    Returns
    -------
    DataFrame
        One row per case of `default_rates`; ``asked_points`` is the rate asked in points over the LPR.
    """
    floors = price_floors(default_rates, product=product, policy=policy, sizes=(amount_yuan,))
    return floors.assign(asked_points=quote_points(float(product.yearly_rate), lpr_rate=policy.lpr_rate))
