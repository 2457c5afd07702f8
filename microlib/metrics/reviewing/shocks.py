"""Fall of collateral values (押品下跌): debt left open, and loss given default, at each fall."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from microlib.metrics.security.recoveries import recovery


def value_shocks(
    ltvs: pd.DataFrame, *, falls: Sequence[float], cost_share: float, months: float, yearly_rate: float
) -> pd.DataFrame:
    r"""Try several falls of value on the whole secured book.

    Answers "how much of our secured lending is no longer covered if values fall by a fifth?"

    .. math:: O_f = \sum_i \max(0,\; B_i - V_i (1 - f)), \qquad
        LGD_f = \frac{\sum_i B_i\, LGD_{i,f}}{\sum_i B_i}

    Parameters
    ----------
    ltvs : DataFrame
        Result of `security.ltvs.loan_to_value`, its rows without a fall: ``fall_share, balance_yuan, value_yuan``. Not
        modified.
    falls : sequence of float
        Fractions.
    cost_share, months, yearly_rate : float
        Of a sale, as `security.recoveries.recovery`.

    Returns
    -------
    DataFrame
        One row per fall: ``fall_share, loans_count, balance_yuan, uncovered_count`` (loans with debt above the
        value), ``uncovered_yuan, ltv_p50_share, ltv_p90_share`` (balance over value), ``lgd_share``
        (balance-weighted, if all failed).
    """
    today = ltvs[ltvs["fall_share"] == 0]
    claims = today[(today["balance_yuan"] > 0) & today["value_yuan"].notna()].reset_index(drop=True)
    rows = [
        _shock(claims, float(fall), cost_share=cost_share, months=months, yearly_rate=yearly_rate) for fall in falls
    ]
    return pd.DataFrame(rows)


def _shock(claims: pd.DataFrame, fall: float, **sale: float) -> dict:
    open_yuan = (claims["balance_yuan"] - claims["value_yuan"] * (1 - fall)).clip(lower=0.0)
    lost = recovery(claims, fall_share=fall, **sale)["lgd_share"] * claims["balance_yuan"]
    total = claims["balance_yuan"].sum()
    ltv = claims["balance_yuan"] / (claims["value_yuan"] * (1 - fall)).where(claims["value_yuan"] > 0)
    return {
        "fall_share": fall, "loans_count": len(claims), "balance_yuan": total,
        "uncovered_count": int((open_yuan > 0).sum()), "uncovered_yuan": open_yuan.sum(),
        "ltv_p50_share": ltv.median(), "ltv_p90_share": ltv.quantile(0.9),
        "lgd_share": lost.sum() / total if total else float("nan"),
    }  # fmt: skip


def sold_values(disposals: pd.DataFrame, collateral: pd.DataFrame) -> pd.DataFrame:
    """Set beside each sold pledge what it had been appraised at, as `security.recoveries.realised_values` wants it.

    Returns
    -------
    DataFrame
        ``collateral_id, kind, value_yuan, realised_yuan`` (price less cost).
    """
    rows = disposals.merge(collateral[["collateral_id", "kind", "value_yuan"]], on="collateral_id")
    realised = (rows["price_yuan"] - rows["cost_yuan"].fillna(0.0)).clip(lower=0.0)
    return rows[["collateral_id", "kind", "value_yuan"]].assign(realised_yuan=realised)
