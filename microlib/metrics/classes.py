"""The class that a loan must at least carry (五级分类下限), by days past due and the debtor's other loans."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from microlib.contracts.tables.ledger import CLASSES
from microlib.errors import BadConfig
from microlib.metrics.loan_states import live_loans, optional

NAMES = CLASSES.split()


def class_floors(
    loans: pd.DataFrame,
    *,
    cuts: Mapping[str, int],
    refinanced: str | None = None,
    contagion_share: float | None = None,
) -> pd.DataFrame:
    """Find the mildest class that the rules allow each live loan, and those booked milder still.

    Answers "which loans are booked better than their days past due permit?" Every cut is strict: at 90 days a
    loan with ``substandard = 90`` is not yet substandard, at 91 it is.

    Parameters
    ----------
    loans : DataFrame
        The ledger; ``overdue_days``, and ``issue_type``, ``class5`` where recorded. Not modified.
    cuts : mapping
        Class -> days past due beyond which it is the floor; from dated policy, e.g.
        ``{"special_mention": 0, "substandard": 90, "doubtful": 270, "loss": 360}``.
    refinanced : str, optional
        Floor of a loan made to repay another (借新还旧); a renewal without principal (无还本续贷) is exempt.
    contagion_share : float, optional
        Where more than this share of a debtor's balance is bad (by floor or as booked), all of it is at least
        substandard. Give only loans to which the rule applies (companies).

    Returns
    -------
    DataFrame
        One row per live loan, by ``loan_id``; ``loan_id, customer_id, balance_yuan, overdue_days, class5,
        floor_class`` and ``is_too_mild`` (flag; false where no class is booked).

    Raises
    ------
    BadConfig
        If a class is unknown or the cuts do not rise with severity.
    EmptyBook
        If no loan is live.
    MissingTable, BadData
        As `loan_states.checked_loans`.

    References
    ----------
    .. [1] 《商业银行金融资产风险分类办法》, 2023, articles 7, 10-13; the cuts are policy data.

    Examples
    --------
    >>> loans = pd.DataFrame({
    ...     "loan_id": ["L1", "L2"], "customer_id": ["C1", "C2"], "status": ["overdue", "overdue"],
    ...     "balance_yuan": [5.0, 5.0], "overdue_days": [90, 91], "class5": ["special_mention", "special_mention"],
    ... })
    >>> floors = class_floors(loans, cuts={"special_mention": 0, "substandard": 90})
    >>> floors[["floor_class", "is_too_mild"]].to_numpy().tolist()
    [['special_mention', False], ['substandard', True]]
    """
    days = _checked_cuts(cuts)
    live = live_loans(loans)
    late = live["overdue_days"].to_numpy(float)
    floor = np.max([np.where(late > days[name], NAMES.index(name), 0) for name in days], axis=0)
    booked = optional(live, "class5").map(NAMES.index, na_action="ignore").astype(float).to_numpy()
    if refinanced is not None:
        floor = np.where(optional(live, "issue_type") == "refinance", np.maximum(floor, NAMES.index(refinanced)), floor)
    if contagion_share is not None:
        floor = _spread(live, np.fmax(floor, booked) >= 2, floor, contagion_share)
    found = live[["loan_id", "customer_id", "balance_yuan", "overdue_days"]].assign(
        class5=optional(live, "class5"),
        floor_class=np.array(NAMES, dtype=object)[floor.astype(int)],
        is_too_mild=booked < floor,
    )
    return found.sort_values("loan_id").reset_index(drop=True)


def _spread(live: pd.DataFrame, bad: np.ndarray, floor: np.ndarray, share: float) -> np.ndarray:
    """Raise all loans of a debtor to substandard where enough of the debt is bad."""
    debts = live["balance_yuan"].groupby(live["customer_id"]).transform("sum")
    bad_debts = live["balance_yuan"].where(bad, 0.0).groupby(live["customer_id"]).transform("sum")
    return np.where(bad_debts / debts > share, np.maximum(floor, 2), floor)


def _checked_cuts(cuts: Mapping[str, int]) -> dict[str, int]:
    unknown = set(cuts) - set(NAMES[1:])
    if unknown or not cuts:
        raise BadConfig(
            f"no class is called {', '.join(sorted(unknown)) or 'nothing'}", fix=f"use {', '.join(NAMES[1:])}"
        )
    ordered = {name: cuts[name] for name in NAMES if name in cuts}
    if list(ordered.values()) != sorted(ordered.values()):
        raise BadConfig("the cuts do not rise with severity", fix="check the days of each class")
    return ordered
