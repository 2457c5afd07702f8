"""The price floor (定价下限): funding, opex, expected loss, capital; RAROC, quotes, and lines below the floor.

`floor_rate` is the dated formula, `price_floors` applies it at mean and upper default rate and by loan
size, `line_margins` says which lines pay for themselves. Where the rate can lie above it: `rates`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date

import pandas as pd

from microlib.contracts.policy import PricingPolicy
from microlib.contracts.product import Product
from microlib.design.schedules import Loan, drawn_share
from microlib.errors import BadConfig, BadData
from microlib.stats.grouping import told_apart
from microlib.units import MONTHS_PER_YEAR

BASIS_POINTS = 10_000


@dataclass(frozen=True)
class Parts:
    """What a price must cover, fractions of the balance a year.

    Parameters
    ----------
    ftp_rate, opex_rate : float
        Funds transfer price (FTP) and operating cost.
    pd_rate, lgd_share : float
        Default rate of a year and loss given default.
    capital_share : float
        Capital held per yuan of balance: capital ratio times risk weight.
    capital_cost_rate : float
        Return that capital must earn after tax.
    tax_rate : float
        Income tax on that return; 0 switches it off.
    capital_funding_credit : bool
        Whether capital, being funds itself, saves the transfer price.
    """

    ftp_rate: float
    opex_rate: float
    pd_rate: float
    lgd_share: float
    capital_share: float
    capital_cost_rate: float
    tax_rate: float = 0.0
    capital_funding_credit: bool = False

    @classmethod
    def of(cls, policy: PricingPolicy, *, opex_rate: float, pd_rate: float, secured: str) -> Parts:
        """Return the parts that a policy sets, for one opex, default rate and main security."""
        if secured not in policy.lgd:
            known = ", ".join(policy.lgd)
            raise BadConfig(f"lgd has no {secured}", where="data/policies/pricing.toml", fix=f"add it; known: {known}")
        return cls(
            policy.ftp_rate,
            opex_rate,
            float(pd_rate),
            policy.lgd[secured],
            policy.capital_ratio * policy.risk_weight,
            policy.capital_cost_rate,
            policy.income_tax_rate if policy.income_tax else 0.0,
            policy.capital_funding_credit,
        )

    @property
    def loss_rate(self) -> float:
        """Expected loss."""
        return self.pd_rate * self.lgd_share

    @property
    def capital_rate(self) -> float:
        """Cost of capital over what its funding saves."""
        saved = self.ftp_rate if self.capital_funding_credit else 0.0
        return self.capital_share * (self.capital_cost_rate / (1 - self.tax_rate) - saved)


def floor_rate(parts: Parts) -> float:
    r"""Add up the lowest yearly rate at which the loan earns its cost of capital.

    .. math:: r^* = FTP + o + PD \cdot LGD + K \left( \frac{h}{1 - \tau} - c \cdot FTP \right)

    with :math:`o` opex, :math:`K` capital per yuan, :math:`h` the hurdle, :math:`\tau` income tax (0 by switch) and
    :math:`c` 1 where capital is credited with the transfer price, else 0.

    Examples
    --------
    >>> plain = Parts(0.0205, 0.0095, 0.019, 0.40, 0.105 * 0.75, 0.10)
    >>> round(floor_rate(plain), 4)
    0.0455
    >>> from dataclasses import replace
    >>> credited = replace(plain, capital_funding_credit=True)
    >>> round(floor_rate(credited), 4), round(floor_rate(replace(credited, tax_rate=0.25)), 4)
    (0.0439, 0.0465)
    """
    return parts.ftp_rate + parts.opex_rate + parts.loss_rate + parts.capital_rate


def risk_adjusted_return(parts: Parts, *, yearly_rate: float) -> float:
    r"""Return RAROC at a rate: what capital earns after tax; equal to the hurdle at the floor.

    .. math:: RAROC = \frac{(r - FTP - o - PD \cdot LGD + c K FTP)(1 - \tau)}{K}

    Examples
    --------
    >>> parts = Parts(0.022, 0.012, 0.02, 0.45, 0.07875, 0.12, 0.25, True)
    >>> round(floor_rate(parts), 7), round(risk_adjusted_return(parts, yearly_rate=floor_rate(parts)), 10)
    (0.0538675, 0.12)
    """
    saved = parts.capital_share * parts.ftp_rate if parts.capital_funding_credit else 0.0
    margin = yearly_rate - parts.ftp_rate - parts.opex_rate - parts.loss_rate + saved
    return margin * (1 - parts.tax_rate) / parts.capital_share


def taxed_rate(rate: float, policy: PricingPolicy) -> float:
    r"""Return the rate with value added tax that leaves `rate` to the bank; unchanged while the switch is off.

    .. math:: r_{with} = r \frac{1 + v}{1 - s v}

    with :math:`v` the tax on interest and :math:`s` its surcharges; inputs are funds, which carry no credit.
    """
    if not policy.value_added_tax:
        return rate
    return rate * (1 + policy.value_added_tax_rate) / (1 - policy.surcharge_rate * policy.value_added_tax_rate)


def quote_points(rate: float, *, lpr_rate: float) -> int:
    """Quote a rate as basis points over (+) or under (-) the loan prime rate (LPR), rounded up to the bank's side.

    Examples
    --------
    >>> quote_points(0.04547, lpr_rate=0.03), quote_points(0.0285, lpr_rate=0.03)
    (155, -15)
    """
    return math.ceil(round((float(rate) - lpr_rate) * BASIS_POINTS, 6))


def opex_rate(policy: PricingPolicy, *, product: Product, amount_yuan: float) -> float:
    r"""Return yearly operating cost per yuan of average balance, for one loan size.

    .. math:: o = o_b + \frac{L}{\bar B}, \qquad \bar B = B \cdot \text{average balance share of the schedule}

    Raises
    ------
    BadConfig
        If the policy has no cost for the product's channel.
    """
    if product.channel not in policy.opex_loan_yuan:
        what = f"opex_loan_yuan has no channel {product.channel}"
        raise BadConfig(what, where="data/policies/pricing.toml", fix=f"add {product.channel} with its yearly cost")
    loan = Loan.of(product, amount_yuan=amount_yuan, start=date(2026, 1, 1))
    balance = amount_yuan * drawn_share(loan) * used_share(product)
    return policy.opex_rate + policy.opex_loan_yuan[product.channel] / balance


def used_share(product: Product) -> float:
    """Return the part of the year's line that is drawn on average: of a revolving line, the months used."""
    months = product.repayment.used_months
    return 1.0 if months is None else min(1.0, months / MONTHS_PER_YEAR)


def price_floors(
    default_rates: pd.DataFrame, *, product: Product, policy: PricingPolicy, sizes: tuple[float, ...] = ()
) -> pd.DataFrame:
    """Find the price floor of a product for each default rate and loan size, beside the rate it asks.

    Answers "at which rate does a loan of this size stop paying for itself, and how far are we above?"

    Parameters
    ----------
    default_rates : DataFrame
        ``pd_case`` (code, e.g. ``mean``, ``upper``) and ``pd_rate`` (fraction, 0 to 1); see `default_rate_cases`.
        Not modified.
    product : Product
        Its rate, security, channel, schedule.
    policy : PricingPolicy
        Parts of the floor.
    sizes : tuple of float
        Loan sizes in yuan; by default the policy's sizes between the product's floor and cap, with both ends.

    Returns
    -------
    DataFrame
        One row per case and size

        - ``pd_case``, ``amount_yuan``, ``pd_rate``, ``lgd_share``
        - ``ftp_rate, opex_rate, loss_rate, capital_rate``: the parts, which sum to ``floor_rate`` (without VAT)
        - ``floor_taxed_rate``: with value added tax where its switch is on; ``floor_points``: over the LPR
        - ``yearly_rate`` (the product's), ``margin_rate`` (asked less taxed floor), ``is_above_floor``
        - ``raroc_rate``: return on capital at the asked rate
        - ``bound_by``: the largest part of the floor (``ftp``, ``opex``, ``loss``, ``capital``)

    Raises
    ------
    BadData
        If a default rate is missing or outside 0 to 1.
    BadConfig
        If the policy lacks the product's security or channel.

    Notes
    -----
    The upper case limits the pilot and feeds stop rules; the price stands on the mean.
    """
    rates = default_rates["pd_rate"].astype("float64")
    if rates.empty or not rates.between(0, 1).all():
        raise BadData("a default rate is missing or outside 0 to 1", where="pd_rate", fix="give fractions of a year")
    rows = []
    for amount in sizes or _sizes(product, policy):
        opex = opex_rate(policy, product=product, amount_yuan=float(amount))
        for case, rate in zip(default_rates["pd_case"], rates, strict=True):
            parts = Parts.of(policy, opex_rate=opex, pd_rate=rate, secured=product.secured)
            rows.append({"pd_case": case, "amount_yuan": float(amount), **_floor_row(parts, product, policy)})
    return pd.DataFrame(rows).sort_values(["pd_case", "amount_yuan"], kind="stable", ignore_index=True)


def default_rate_cases(shrunk: pd.DataFrame) -> pd.DataFrame:
    """Turn one row of shrunk rates into the cases a price is found for.

    Parameters
    ----------
    shrunk : DataFrame
        One row with ``shrunk_rate`` and ``shrunk_upper`` (one-sided 80 % bound), as shrinkage gives them.

    Returns
    -------
    DataFrame
        ``pd_case`` (``mean``, ``upper``), ``pd_rate``.

    Raises
    ------
    BadData
        If there is not exactly one row.
    """
    if len(shrunk) != 1:
        raise BadData(f"{len(shrunk)} rows of rates: one is needed", where="shrunk", fix="choose the product's segment")
    row = shrunk.iloc[0]
    return pd.DataFrame(
        {"pd_case": ["mean", "upper"], "pd_rate": [float(row["shrunk_rate"]), float(row["shrunk_upper"])]}
    )


def _sizes(product: Product, policy: PricingPolicy) -> tuple[float, ...]:
    low, high = product.limit.floor_yuan, product.limit.cap_yuan
    return tuple(sorted({float(size) for size in (low, *policy.loan_sizes_yuan, high) if low <= size <= high}))


def _floor_row(parts: Parts, product: Product, policy: PricingPolicy) -> dict:
    floor, asked = floor_rate(parts), float(product.yearly_rate)
    taxed = taxed_rate(floor, policy)
    pieces = {
        "ftp_rate": parts.ftp_rate,
        "opex_rate": parts.opex_rate,
        "loss_rate": parts.loss_rate,
        "capital_rate": parts.capital_rate,
    }
    return {
        "pd_rate": parts.pd_rate,
        "lgd_share": parts.lgd_share,
        **pieces,
        "floor_rate": floor,
        "floor_taxed_rate": taxed,
        "floor_points": quote_points(taxed, lpr_rate=policy.lpr_rate),
        "yearly_rate": asked,
        "margin_rate": asked - taxed,
        "is_above_floor": bool(asked >= taxed),
        "raroc_rate": risk_adjusted_return(parts, yearly_rate=asked * floor / taxed if taxed else asked),
        "bound_by": max(pieces, key=pieces.get).removesuffix("_rate"),
    }


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
        Result of `default_rate_cases`; the mean counts.
    product, policy
        As `price_floors`.

    Returns
    -------
    DataFrame
        One row per sized line, smallest first: ``customer_id, limit_yuan, floor_taxed_rate, margin_rate`` (fraction a
        year), ``margin_yuan`` (a year, on the balance drawn; negative is a shortfall)
    """
    sized = limits.loc[limits["reason"] == "sized", ["customer_id", "limit_yuan"]]
    if sized.empty:
        return pd.DataFrame(columns=NAMES).astype({name: "float64" for name in NAMES[1:]})
    mean = told_apart(default_rates, key=["pd_case"], table="default_rates")
    mean = mean[mean["pd_case"] == "mean"]
    sizes = tuple(sorted(sized["limit_yuan"].unique()))
    floors = price_floors(mean, product=product, policy=policy, sizes=sizes).rename(columns={"amount_yuan": NAMES[1]})
    found = sized.merge(floors[NAMES[1:-1]], on="limit_yuan", how="left", validate="many_to_one")
    drawn = found["limit_yuan"] * float(product.volumes.used_share)
    lines = found.assign(margin_yuan=found["margin_rate"] * drawn)
    return lines.sort_values(["limit_yuan", "customer_id"]).reset_index(drop=True)[NAMES]


def paying_limits(limits: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """Return the limits without lines so small that they lose money, where there is a size from which lines pay.

    A pilot grants none of those; where no size pays, the price is what is wrong and not the size, and all stay.

    Parameters
    ----------
    limits : DataFrame
        Result of `limits.size_limits`. Not modified.
    lines : DataFrame
        Result of `line_margins` for them. Not modified.

    Examples
    --------
    >>> limits = pd.DataFrame({"customer_id": ["C1", "C2"], "limit_yuan": [1e5, 3e5]})
    >>> paying_limits(limits, limits.assign(margin_rate=[-0.01, 0.002]))["customer_id"].to_list()
    ['C2']
    >>> len(paying_limits(limits, limits.assign(margin_rate=-0.01)))
    2
    """
    losing = lines["margin_rate"] < 0
    if not (lines["margin_rate"] >= 0).any():
        return limits
    return limits[~limits["customer_id"].isin(lines.loc[losing, "customer_id"])]


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
    return pd.DataFrame(
        {
            "sized_count": [len(lines)],
            "losing_count": [len(losing)],
            "losing_yuan": [float(losing["limit_yuan"].sum())],
            "shortfall_yuan": [float(-losing["margin_yuan"].sum()) + 0.0],
            "break_even_yuan": [float(paying["limit_yuan"].min()) if len(paying) else float("nan")],
        }
    )


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
    """Find the price floor of one loan size: `price_floors` for `amount_yuan` alone.

    Returns
    -------
    DataFrame
        One row per case of `default_rates`; ``asked_points`` is the rate asked in points over the LPR.
    """
    floors = price_floors(default_rates, product=product, policy=policy, sizes=(amount_yuan,))
    return floors.assign(asked_points=quote_points(float(product.yearly_rate), lpr_rate=policy.lpr_rate))
