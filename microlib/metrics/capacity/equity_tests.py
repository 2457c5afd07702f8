"""The equity test (权益检验): what the owner should own by what was earned, against what is there."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.errors import BadData

#: what adds to equity and what takes from it; an absent column counts 0
ADDED = ("profit_yuan", "injected_yuan", "appreciation_yuan")
TAKEN = ("withdrawn_yuan", "depreciation_yuan")


def equity_test(firms: pd.DataFrame, *, tolerance_share: float = 0.05) -> pd.DataFrame:
    r"""Compare the equity that the story implies with the equity on the table.

    Answers "where did the profit of these years go?" A shortfall is hidden debt, a failed investment or a profit that
    never was; a surplus is money from elsewhere, or sales not told.

    .. math:: E^* = E_0 + \Pi + I + A - W - V, \qquad d = \frac{E^* - E}{E}, \qquad d_m = \frac{E^* - E}{n\, F}

    with opening equity :math:`E_0`, profit :math:`\Pi`, injections I, appreciation A, withdrawals W, depreciation V,
    actual equity E, tested months n and monthly disposable cash F.

    Parameters
    ----------
    firms : DataFrame
        ``initial_yuan`` (own money only: a loan is no equity, and repaying one changes none), ``profit_yuan``,
        ``injected_yuan, withdrawn_yuan, appreciation_yuan, depreciation_yuan`` (absent columns count 0);
        ``actual_yuan``; ``months_count`` and ``disposable_month_yuan`` where known. Not modified.
    tolerance_share : float
        Deviation up to which the test holds (fraction); practice asks 0.05, at most 0.10.

    Returns
    -------
    DataFrame
        Index of `firms`: ``expected_yuan``, ``gap_yuan`` (expected less actual), ``deviation_share`` (of actual
        equity; missing where that is not above zero), ``deviation_months_share`` (of disposable cash over the tested
        months; missing where unknown), ``is_explained`` (missing where there is no deviation to judge)

    Raises
    ------
    BadData
        If the opening or actual equity is absent, or a given amount is infinite.

    References
    ----------
    .. [1] IPC lending technology; worked examples TV-D1 and TV-D3 of the reference.

    Examples
    --------
    >>> shop = pd.DataFrame({"initial_yuan": [10.0], "profit_yuan": [12.0], "depreciation_yuan": [1.5],
    ...                      "actual_yuan": [20.0]})
    >>> equity_test(shop)[["expected_yuan", "deviation_share", "is_explained"]].to_numpy().tolist()
    [[20.5, 0.025, True]]
    """
    absent = [name for name in ("initial_yuan", "actual_yuan") if name not in firms]
    numbers = firms.reindex(columns=["initial_yuan", *ADDED, *TAKEN, "actual_yuan"]).astype("float64")
    if absent or np.isinf(numbers.to_numpy()).any():
        what = f"no column {', '.join(absent)}" if absent else "an amount is infinite"
        raise BadData(what, where="firms", fix="give opening and actual equity; unknown values stay missing")
    given = [name for name in (*ADDED, *TAKEN) if name in firms]
    signs = pd.Series({name: 1.0 if name in ADDED else -1.0 for name in given}, dtype="float64")
    expected = numbers["initial_yuan"] + (numbers[given] * signs).sum(axis="columns", skipna=False)
    gap, actual = expected - numbers["actual_yuan"], numbers["actual_yuan"]
    months = firms.reindex(columns=["months_count", "disposable_month_yuan"]).astype("float64")
    earned = months["months_count"] * months["disposable_month_yuan"]
    deviation = gap / actual.where(actual > 0)
    explained = (deviation.abs() <= tolerance_share).astype("boolean").mask(deviation.isna())
    return pd.DataFrame({
        "expected_yuan": expected,
        "gap_yuan": gap,
        "deviation_share": deviation,
        "deviation_months_share": gap / earned.where(earned > 0),
        "is_explained": explained,
    })  # fmt: skip
