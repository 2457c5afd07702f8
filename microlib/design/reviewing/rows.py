"""One decision of a page: what is done, by whom, by when, and which number would overturn it."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd

from microlib.contracts.policies import Policy
from microlib.design.decisions import WHOLE_BRANCH, decision_frame

#: a decision without an amount or a cost of waiting
NONE = float("nan")


def page_row(
    action: str, step: str, overturning: tuple[str, str, float], *, money: tuple[float, float] = (NONE, NONE),
    owner: str = "risk_head",
) -> dict:  # fmt: skip
    """Return one decision without its date.

    Parameters
    ----------
    action : str
        ``do``, ``stop`` or ``wait``.
    step : str
        Code of what is done.
    overturning : tuple
        Measure, side (``above``, ``below``) and value at which the decision no longer stands.
    money : tuple
        Amount concerned and cost of not doing it (yuan).
    owner : str
    """
    measure, side, value = overturning
    return {
        "action": action, "segment": WHOLE_BRANCH, "step": step, "amount_yuan": money[0], "owner": owner,
        "waiting_cost_yuan": money[1], "overturning_measure": measure, "overturning_side": side,
        "overturning_value": float(value),
    }  # fmt: skip


def dated(row: dict, *, policy: Policy, as_of: date) -> pd.DataFrame:
    """Return one decision as a frame of `decisions.COLUMNS`, due as policy says for its action."""
    days = {
        "do": policy.decisions.confirm_days,
        "stop": policy.decisions.stop_days,
        "wait": policy.decisions.design_days,
    }
    due = pd.Timestamp(as_of + timedelta(days=int(days[row["action"]])))
    return decision_frame([row | {"due_date": due}])
