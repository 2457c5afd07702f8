"""Which stage explains the gap between what came and what was expected."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.errors import BadData

WANTED = ["factor", "actual", "expected"]


def gap_contributions(factors: pd.DataFrame, *, level_sd: float = 1.959964) -> pd.DataFrame:
    r"""Split the gap between two products of the same factors into what each factor brings.

    Answers "we lent 40 fewer than planned: too few visits, too few yeses, or too small loans?" With
    :math:`A = \prod a_i` and :math:`E = \prod e_i`,

    .. math:: A - E = \sum_i L(A, E) \ln\frac{a_i}{e_i}, \qquad L(A, E) = \frac{A - E}{\ln A - \ln E}

    exactly, with no remainder, whatever the order of the factors. Where a factor's actual value is a rate of
    :math:`n` cases, its contribution's range is :math:`L \,(\ln(a_i/e_i) \pm z\,s_i)` with
    :math:`s_i = \sqrt{(1 - a_i)/(n a_i)}`.

    Parameters
    ----------
    factors : DataFrame
        ``factor`` (code), ``actual``, ``expected`` (> 0, the same unit); optionally ``cases_count``, the cases of
        which an actual rate is the share (missing where it is no rate). Not modified.
    level_sd : float
        z, in standard deviations.

    Returns
    -------
    DataFrame
        `factors` with ``contribution`` (in units of the product; they sum to the gap), ``contribution_low``,
        ``contribution_high`` (missing where the factor is no rate), ``part_of_gap_share`` (of the gap; missing
        where there is none), ``explains`` (bool: the range leaves out zero, or there is none and it is not zero)

    Raises
    ------
    BadData
        If a column is missing or a value is not above zero: a funnel that let nobody through has no logarithm, and
        its gap is that stage.

    References
    ----------
    .. [1] Ang, B. W. (2005). The LMDI approach to decomposition analysis: a practical guide.
       Energy Policy 33(7), 867-871.

    Examples
    --------
    >>> factors = pd.DataFrame({"factor": ["visits", "yes"], "actual": [80., 0.1], "expected": [100., 0.1]})
    >>> gap_contributions(factors).contribution.round(6).to_list()
    [-2.0, 0.0]
    """
    missing = [name for name in WANTED if name not in factors]
    if missing or not (factors[["actual", "expected"]] > 0).all(axis=None):
        fix = "give actual and expected values above zero"
        raise BadData("a factor has no logarithm", where=", ".join(missing) or "factors", fix=fix)
    actual, expected = (factors[name].to_numpy(float) for name in ("actual", "expected"))
    logs = np.log(actual / expected)
    whole, planned = actual.prod(), expected.prod()
    weight = whole if np.isclose(whole, planned) else (whole - planned) / np.log(whole / planned)
    cases = factors["cases_count"].to_numpy(float) if "cases_count" in factors else np.full(len(factors), np.nan)
    spread = level_sd * np.sqrt(np.clip(1 - actual, 0, None) / (cases * actual))
    low, high = weight * (logs - spread), weight * (logs + spread)
    share = np.divide(weight * logs, whole - planned, out=np.full(len(logs), np.nan), where=whole != planned)
    told = np.where(np.isnan(spread), logs != 0, (low > 0) | (high < 0))
    return factors.assign(
        contribution=weight * logs, contribution_low=low, contribution_high=high, part_of_gap_share=share,
        explains=told.astype(bool),
    )  # fmt: skip
