"""What a branch's share would be if each of its trades did as that trade does in the whole bank."""

from __future__ import annotations

import pandas as pd

from microlib.errors import EmptyBook


def expected_shares(pieces: pd.DataFrame, *, within: str, across: str, hit: str, base: str) -> pd.DataFrame:
    r"""Return each branch's expected share by indirect standardisation.

    Answers "is this branch worse, or does it merely lend to worse trades?" With :math:`h_{bs}` the yuan above the line
    and :math:`y_{bs}` the balance of branch `b` in trade `s`:

    .. math::

        r_s = \frac{\sum_b h_{bs}}{\sum_b y_{bs}}, \qquad
        e_b = \frac{\sum_s y_{bs} r_s}{\sum_s y_{bs}}

    Parameters
    ----------
    pieces : DataFrame
        Sums by `within` and `across`; columns `hit` and `base` (yuan >= 0). Not modified.
    within, across : str
        Columns of branches and of trades.
    hit, base : str
        Columns of yuan.

    Returns
    -------
    DataFrame
        Index `within`, ascending: ``expected_share`` (fraction; missing where a branch has no base)

    Raises
    ------
    EmptyBook
        If there is no base at all.

    Notes
    -----
    A branch is part of the bank it is compared with: one that holds most of a trade expects its own rate there.

    References
    ----------
    .. [1] Breslow, N. E. and Day, N. E. (1987). Statistical Methods in Cancer Research II, ch. 2: indirect
       standardisation.

    Examples
    --------
    >>> pieces = pd.DataFrame({"branch_id": ["a", "a", "b"], "trade": ["x", "y", "x"],
    ...                        "hit_yuan": [10.0, 0.0, 0.0], "balance_yuan": [100.0, 100.0, 300.0]})
    >>> found = expected_shares(pieces, within="branch_id", across="trade", hit="hit_yuan", base="balance_yuan")
    >>> found["expected_share"].to_dict()
    {'a': 0.0125, 'b': 0.025}
    """
    if not (pieces[base].sum() > 0):
        raise EmptyBook("there is no balance", fix="choose a date at which the bank has loans")
    trades = pieces.groupby(across)[[hit, base]].sum()
    rates = (trades[hit] / trades[base]).where(trades[base] > 0, 0.0)
    expected = pieces[base] * pieces[across].map(rates)
    sums = pd.DataFrame({"expected": expected, "base": pieces[base]}).groupby(pieces[within]).sum()
    return (sums["expected"] / sums["base"]).where(sums["base"] > 0).to_frame("expected_share")
