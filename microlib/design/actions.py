"""The branch's list of actions (行动清单): every decision proposed, by date, with the number that overturns it."""

from __future__ import annotations

from datetime import date

import pandas as pd

from microlib.contracts.policies import Policy
from microlib.design.decisions import COLUMNS, segment_decisions

#: columns of the list, in reading order
LISTED = (
    "due_date", "action", "segment", "step", "owner", "amount_yuan", "waiting_cost_yuan",
    "overturning_measure", "overturning_side", "overturning_value",
)  # fmt: skip


def list_actions(*candidates: pd.DataFrame) -> pd.DataFrame:
    """Put all decisions proposed on one list, by date; page 1 shows the three that cost most.

    Parameters
    ----------
    *candidates : DataFrame
        Decisions with ``decisions.COLUMNS``. Not modified.

    Returns
    -------
    DataFrame
        `LISTED`, the earliest first, then the largest.

    Examples
    --------
    >>> list_actions().empty
    True
    """
    kept = [frame for frame in candidates if len(frame)]
    if not kept:
        return pd.DataFrame(columns=list(LISTED))
    pool = pd.concat(kept, ignore_index=True)
    ranked = pool.sort_values(
        ["due_date", "waiting_cost_yuan", "amount_yuan", "segment", "step"],
        ascending=[True, False, False, True, True], kind="stable",
    )  # fmt: skip
    return ranked[list(LISTED)].reset_index(drop=True)


def default_decisions(rates: pd.DataFrame, *, policy: Policy, as_of: date) -> pd.DataFrame:
    """Propose what to do with groups that have borrowed nothing yet but whose past defaults are known.

    Parameters
    ----------
    rates : DataFrame
        Of `borrower_defaults.default_shares`: ``segment, share, share_low, share_high, base_yuan``. Not modified.
    policy : Policy
        As for `decisions.segment_decisions`.
    as_of : date

    Returns
    -------
    DataFrame
        One row per group, ``decisions.COLUMNS``. Where the whole interval lies above the appetite the step is to screen
        before any lending to the group; amount and cost are unknown.

    Examples
    --------
    >>> from microlib.design.policies import read_policy
    >>> rates = pd.DataFrame({"segment": ["a"], "share": [0.22], "share_low": [0.15], "share_high": [0.3],
    ...                       "base_yuan": [float("nan")]})
    >>> day = date(2026, 6, 30)
    >>> found = default_decisions(rates, policy=read_policy(".", as_of=day), as_of=day)
    >>> found[["action", "step", "overturning_measure"]].iloc[0].to_list()
    ['stop', 'screen_first', 'default_share_high']
    """
    found = segment_decisions(rates, policy=policy, as_of=as_of)
    step = found["step"].replace({"stop_new_lending": "screen_first"})
    return found.assign(step=step, overturning_measure="default_share_high")[list(COLUMNS)]
