"""A small group of borrowers on whom written terms are tried: need covered, loss under stress, price over its floor."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from microlib.design.prices import Parts, floor_rate
from microlib.metrics.capacity.annuities import loan_capacity

#: working assumptions of the exercise, the same for every team
LGD, STRESS, COVERAGE, FLOOR_YUAN = 0.45, 2.0, 1.2, 100_000.0
COSTS = {
    "ftp_rate": 0.0205,
    "opex_rate": 0.0110,
    "lgd_share": LGD,
    "capital_share": 0.105 * 0.75,
    "capital_cost_rate": 0.10,
}


@dataclass(frozen=True)
class TeamTerms:
    """What a team decides.

    Parameters
    ----------
    cap_yuan : float
        Most that one borrower may have.
    yearly_rate : float
        Rate (fraction).
    term_months : int
        Tenor, in equal instalments.
    source_share : float
        Most of the volume that may hang on one source of income (fraction).
    """

    cap_yuan: float
    yearly_rate: float
    term_months: int
    source_share: float


def draw_members(seed: int, *, members: int = 200) -> pd.DataFrame:
    """Draw a group: need, cash of a poor month, default rate and source of income of each member."""
    dice = np.random.default_rng(1_100 + seed)
    need = np.exp(dice.normal(12.6, 0.6, members)).round(-3)
    return pd.DataFrame({
        "member": np.arange(1, members + 1), "need_yuan": need,
        "cash_month_yuan": (need * dice.uniform(0.02, 0.14, members)).round(-2),
        "pd_rate": dice.beta(2, 90, members).round(4),
        "source": dice.choice(list("PQRS"), members, p=[0.46, 0.26, 0.17, 0.11]),
    })  # fmt: skip


def size_lines(members: pd.DataFrame, terms: TeamTerms) -> pd.Series:
    """Return each member's line: the least of need, cap and what a poor month carries; nothing below the least line.

    A source with more than its share of the volume is scaled down to it, once, so lines may end below the least line.
    """
    carried = loan_capacity(
        members["cash_month_yuan"] / COVERAGE, yearly_rate=terms.yearly_rate, months=terms.term_months
    )
    line = np.minimum(np.minimum(members["need_yuan"], terms.cap_yuan), carried)
    line = line.where(line >= FLOOR_YUAN, 0.0)
    rest = line.sum() - line.groupby(members["source"]).transform("sum")
    own = line.groupby(members["source"]).transform("sum").replace(0.0, 1.0)
    most = terms.source_share / (1 - terms.source_share) * rest if terms.source_share < 1 else own
    return line * np.minimum(1.0, most / own)


def judge_terms(members: pd.DataFrame, terms: TeamTerms) -> dict[str, float]:
    """Find what terms do to a group, in the five things that teams are compared by.

    Returns
    -------
    dict
        ``covered_share`` of the need, ``unserved_count``, ``stressed_loss_share`` of the volume (default rates
        doubled), ``worst_source_share``, ``margin_rate`` (rate less floor at the mean default rate), ``cost_rate``
        (what the borrower pays), ``volume_yuan``.
    """
    line = size_lines(members, terms)
    volume = float(line.sum()) or 1.0
    mean_pd = float((line * members["pd_rate"]).sum()) / volume
    floor = floor_rate(Parts(pd_rate=mean_pd, **COSTS))
    return {
        "covered_share": volume / members["need_yuan"].sum(),
        "unserved_count": int((line <= 0).sum()),
        "stressed_loss_share": STRESS * mean_pd * LGD,
        "worst_source_share": float(line.groupby(members["source"]).sum().max()) / volume,
        "margin_rate": terms.yearly_rate - floor,
        "cost_rate": terms.yearly_rate,
        "volume_yuan": volume,
    }
