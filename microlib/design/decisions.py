"""What a branch does on Monday: at most three decisions with money, owner, date and the number that overturns each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import pandas as pd

from microlib.contracts.policies import Policy

#: columns of a decision, as the report's cards expect them
COLUMNS = (
    "action", "segment", "step", "amount_yuan", "owner", "due_date",
    "waiting_cost_yuan", "overturning_measure", "overturning_side", "overturning_value",
)  # fmt: skip
WHOLE_BRANCH = "whole_branch"
MOST = 3


def maturity_decisions(crossing: pd.DataFrame, maturing: pd.DataFrame, *, policy: Policy, as_of: date) -> pd.DataFrame:
    """Propose what the calendar asks for: collect what crosses into bad, confirm what repays the next maturities.

    Parameters
    ----------
    crossing : DataFrame
        Of `maturities.crossing_loans`: ``balance_yuan``, ``crossing_date``. Not modified.
    maturing : DataFrame
        Of `maturities.maturing`: ``horizon_days``, ``unconfirmed_yuan``, ``unknown_yuan``. Not modified.
    policy : Policy
        ``decisions.confirm_days`` until which sources are to be confirmed.
    as_of : date

    Returns
    -------
    DataFrame
        Up to two rows, `COLUMNS`. The cost of not collecting is the balance that turns bad (不良); that of not
        confirming is unknown, hence missing.
    """
    nearest = maturing.sort_values("horizon_days").head(1)
    unconfirmed = float((nearest["unconfirmed_yuan"] + nearest["unknown_yuan"]).sum())
    rows = []
    if len(crossing):
        owed, first = float(crossing["balance_yuan"].sum()), pd.Timestamp(crossing["crossing_date"].min())
        rows.append(
            _row("do", WHOLE_BRANCH, "collect_before_crossing", owed, due=first, cost=owed, owner="micro_manager")
        )
    if unconfirmed > 0:
        due = pd.Timestamp(as_of + timedelta(days=policy.decisions.confirm_days))
        rows.append(_row("do", WHOLE_BRANCH, "confirm_repayment_sources", unconfirmed, due=due, owner="micro_manager"))
    measures = {"collect_before_crossing": "crossing_yuan", "confirm_repayment_sources": "unconfirmed_yuan"}
    found = decision_frame(rows)
    return found.assign(
        overturning_measure=found["step"].map(measures), overturning_side="below", overturning_value=1.0
    )


def source_decisions(headrooms: pd.DataFrame, *, policy: Policy, as_of: date) -> pd.DataFrame:
    """Propose to stop new lending to sources whose exposure is over the cap.

    Parameters
    ----------
    headrooms : DataFrame
        Of `sources.source_headroom`: ``source_id``, ``headroom_yuan``, ``cap_yuan``; ``loss_high_yuan`` where the
        stop of the source was computed. Not modified.
    policy : Policy
    as_of : date

    Returns
    -------
    DataFrame
        One row per source over its cap, `COLUMNS`; ``segment`` is the source.
    """
    over = headrooms.loc[headrooms["headroom_yuan"] < 0]
    losses = over.get("loss_high_yuan", pd.Series(index=over.index, dtype="float64"))
    due = pd.Timestamp(as_of + timedelta(days=policy.decisions.stop_days))
    rows = [
        _row("stop", source, "stop_new_lending", -room, due=due, cost=loss, owner="risk_head")
        for source, room, loss in zip(over["source_id"], over["headroom_yuan"], losses, strict=True)
    ]
    found = decision_frame(rows)
    return found.assign(overturning_measure="headroom_yuan", overturning_side="above", overturning_value=0.0)


def segment_decisions(rates: pd.DataFrame, *, policy: Policy, as_of: date) -> pd.DataFrame:
    r"""Propose per segment, on the interval and never on the point: stop, do, or wait for evidence.

    Stop where the whole interval of the adjusted PAR30 lies above the appetite, do where all of it lies below, wait
    where it holds the appetite.

    Parameters
    ----------
    rates : DataFrame
        ``segment``, ``share``, ``share_low``, ``share_high`` (fraction), ``base_yuan``; rows without a share are passed
        over. Not modified.
    policy : Policy
        ``quality.appetite_share``, ``stress.lgd_high``, ``decisions``.
    as_of : date

    Returns
    -------
    DataFrame
        One row per segment, `COLUMNS`. The cost of not stopping is balance x share x LGD; of the others it is unknown.
    """
    known = rates.dropna(subset=["share", "share_low", "share_high"])
    judged = known.assign(action=_judged(known, appetite=float(policy.quality.appetite_share)))
    rows = [_segment_row(row, policy=policy, as_of=as_of) for row in judged.to_dict("records")]
    return decision_frame(rows)


def choose_decisions(*candidates: pd.DataFrame, most: int = MOST) -> pd.DataFrame:
    """Choose at most `most` decisions: the dearest of each action first, then the dearest left.

    Parameters
    ----------
    *candidates : DataFrame
        Frames with `COLUMNS`. Not modified.
    most : int

    Returns
    -------
    DataFrame
        `COLUMNS`; do, stop, wait in that order of turn, each by cost of waiting, then by amount; one row a subject.

    Examples
    --------
    >>> choose_decisions(decision_frame([])).shape
    (0, 10)
    """
    kept = [frame for frame in candidates if len(frame)]
    if not kept:
        return decision_frame([])
    pool = pd.concat(kept, ignore_index=True)
    order = pool.assign(cost=pool["waiting_cost_yuan"].fillna(0.0)).sort_values(
        ["cost", "amount_yuan", "segment", "step"], ascending=[False, False, True, True], kind="stable"
    )
    turn = order.assign(turn=order.groupby("action").cumcount())
    chosen = turn.sort_values(["turn", "cost", "amount_yuan"], ascending=[True, False, False], kind="stable").head(most)
    return chosen[list(COLUMNS)].reset_index(drop=True)


def _judged(rates: pd.DataFrame, *, appetite: float) -> pd.Series:
    action = pd.Series("wait", index=rates.index)
    return action.mask(rates["share_high"] <= appetite, "do").mask(rates["share_low"] > appetite, "stop")


def _segment_row(row: dict, *, policy: Policy, as_of: date) -> dict:
    steps = {"do": "design_product", "stop": "stop_new_lending", "wait": "gather_evidence"}
    owners = {"do": "product_manager", "stop": "risk_head", "wait": "product_manager"}
    days = policy.decisions.stop_days if row["action"] == "stop" else policy.decisions.design_days
    cost = row["base_yuan"] * row["share"] * float(policy.stress.lgd_high) if row["action"] == "stop" else float("nan")
    made = _row(
        row["action"], row["segment"], steps[row["action"]], row["base_yuan"],
        due=pd.Timestamp(as_of + timedelta(days=days)), cost=cost, owner=owners[row["action"]],
    )  # fmt: skip
    side = "above" if row["action"] == "do" else "below"
    appetite = float(policy.quality.appetite_share)
    return {**made, "overturning_measure": "share_high", "overturning_side": side, "overturning_value": appetite}


def _row(action: str, segment: str, step: str, amount: float, **more: object) -> dict:
    return {
        "action": action, "segment": segment, "step": step, "amount_yuan": amount, "owner": more["owner"],
        "due_date": more["due"], "waiting_cost_yuan": more.get("cost", float("nan")),
    }  # fmt: skip


def decision_frame(rows: Sequence[Mapping[str, Any] | Sequence[Any]]) -> pd.DataFrame:
    """Return decisions as one frame with `COLUMNS` and their types, whoever proposes them.

    Parameters
    ----------
    rows : sequence of mappings, or of sequences in the order of `COLUMNS`
        None of them is a frame without rows.

    Examples
    --------
    >>> decision_frame([]).shape
    (0, 10)
    """
    frame = pd.DataFrame(list(rows), columns=list(COLUMNS))
    texts = [name for name in COLUMNS if not name.endswith(("_yuan", "_date", "_value"))]
    money = ["amount_yuan", "waiting_cost_yuan", "overturning_value"]
    kinds = {**dict.fromkeys(texts, "str"), **dict.fromkeys(money, "float64"), "due_date": "datetime64[s]"}
    return frame.astype(kinds)
