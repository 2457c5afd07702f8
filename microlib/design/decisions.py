"""What a branch, a product's committee and head office decide: money, owner, date, and what would overturn it.

At most five a page (`choose_decisions`); `list_actions` holds all of them by
date. `attention_list` is what head office looks at first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import pandas as pd

from microlib.contracts.policy import DecisionsPolicy, Policy
from microlib.stats.grouping import one_row

#: columns of a decision, as the report's cards expect them
DECISION_COLUMNS = (
    "action",
    "segment",
    "step",
    "amount_yuan",
    "owner",
    "due_date",
    "waiting_cost_yuan",
    "overturning_measure",
    "overturning_side",
    "overturning_value",
)
#: what a card tells beside: where the number stands today, whose judgement it follows, what is left out of it
TOLD_BESIDE = ("overturning_now", "held_by", "but_for")
WHOLE_BRANCH = "whole_branch"
MOST_DECISIONS = 5
#: steps of judgements that ask nobody for anything
QUIET = ("within_cap", "keep_selling", "keep_group", "keep_branch", "follows_below")
#: action -> its turn on page one
TURNS = {"stop": 0, "do": 1, "wait": 2}


def maturity_decisions(crossing: pd.DataFrame, maturing: pd.DataFrame, *, policy: Policy, as_of: date) -> pd.DataFrame:
    """Propose what the calendar asks for: collect what crosses into bad, confirm what repays the next maturities.

    Parameters
    ----------
    crossing : DataFrame
        Of `quality.loans_turning_bad`: ``balance_yuan``, ``crossing_date``. Not modified.
    maturing : DataFrame
        Of `quality.maturing`: ``horizon_days``, ``unconfirmed_yuan``, ``unknown_yuan``, and ``first_unsure_date`` where
        it is told. Not modified.
    policy : Policy
        ``decisions.confirm_days`` until which sources are to be confirmed, and before the first of them falls due.
    as_of : date

    Returns
    -------
    DataFrame
        Up to two rows, `DECISION_COLUMNS`. The cost of not collecting is the balance that turns bad (不良); that of not
        confirming is unknown, hence missing.
    """
    nearest = maturing.sort_values("horizon_days").head(1)
    unconfirmed = float((nearest["unconfirmed_yuan"] + nearest["unknown_yuan"]).sum())
    rows = []
    if len(crossing):
        owed, crossed = float(crossing["balance_yuan"].sum()), pd.Timestamp(crossing["crossing_date"].min())
        first = max(crossed - pd.Timedelta(days=1), pd.Timestamp(as_of))  # the day after is too late
        rows.append(
            _row("do", WHOLE_BRANCH, "collect_before_crossing", owed, due=first, cost=owed, owner="micro_manager")
        )
    if unconfirmed > 0:
        due = pd.Timestamp(as_of + timedelta(days=policy.decisions.confirm_days))
        first = nearest["first_unsure_date"].iloc[0] if "first_unsure_date" in nearest else pd.NaT
        if pd.notna(first):
            due = max(min(due, first - pd.Timedelta(days=1)), pd.Timestamp(as_of))
        rows.append(_row("do", WHOLE_BRANCH, "confirm_repayment_sources", unconfirmed, due=due, owner="micro_manager"))
    measures = {"collect_before_crossing": "crossing_yuan", "confirm_repayment_sources": "unconfirmed_yuan"}
    found = decision_frame(rows)
    return found.assign(
        overturning_measure=found["step"].map(measures),
        overturning_side="below",
        overturning_value=1.0,
        overturning_now=found["amount_yuan"],
    )


def tracing_decisions(
    cleared: pd.DataFrame | None, bridges: pd.DataFrame | None, *, policy: Policy, as_of: date
) -> pd.DataFrame:
    """Propose to find out, loan by loan, whose money made late loans current and bad loans new ones.

    Parameters
    ----------
    cleared : DataFrame, optional
        Result of `migration.cleared_arrears`: asked about where more became current than in any month before. Not
        modified.
    bridges : DataFrame, optional
        ``move, month_yuan``: bad loans that a new loan paid in the month are always asked about. Not modified.
    policy : Policy
        ``decisions.confirm_days``.
    as_of : date

    Returns
    -------
    DataFrame
        Up to two rows, `DECISION_COLUMNS`; the cost of not asking is unknown, hence missing.

    Examples
    --------
    >>> from microlib.design.terms import read_policy
    >>> bridges = pd.DataFrame({"move": ["renewed"], "month_yuan": [1.3e6]})
    >>> policy = read_policy(".", as_of=date(2026, 6, 30))
    >>> tracing_decisions(None, bridges, policy=policy, as_of=date(2026, 6, 30))["step"].to_list()
    ['trace_renewed']
    """
    due = pd.Timestamp(as_of + timedelta(days=policy.decisions.confirm_days))
    asked = {}
    last = None if cleared is None or cleared.empty else cleared.sort_values("month").iloc[-1]
    if last is not None and last["is_most"]:
        asked["trace_cleared"] = float(last["cleared_yuan"])
    if bridges is not None and (bridges["move"] == "renewed").any():
        asked["trace_renewed"] = float(one_row(bridges, "bridges", move="renewed")["month_yuan"])
    rows = [
        _row("do", WHOLE_BRANCH, step, yuan, due=due, owner="risk_head") for step, yuan in asked.items() if yuan > 0
    ]
    found = decision_frame(rows)
    turned = {"overturning_measure": "untraced_yuan", "overturning_side": "below", "overturning_value": 1.0}
    return found.assign(**turned, overturning_now=found["amount_yuan"]).astype({"overturning_value": "float64"})


def choose_decisions(*candidates: pd.DataFrame, most: int = MOST_DECISIONS) -> pd.DataFrame:
    """Choose at most `most` of what is proposed: what costs most if nothing is done first, one row a matter.

    Judgements that ask for nothing (a source within its cap, a product that goes on as it is) are left out. What is to
    be stopped comes first, so that the worst never drops off the page; then what is to be done, then what waits; each
    by cost of waiting, then by amount. What falls due first of what is known to cost something is always among them: a
    day that has passed cannot be had again.

    Parameters
    ----------
    *candidates : DataFrame
        Frames with `DECISION_COLUMNS`. Not modified.
    most : int

    Returns
    -------
    DataFrame
        `DECISION_COLUMNS`, and `TOLD_BESIDE` as far as it is known.

    Examples
    --------
    >>> choose_decisions(decision_frame([])).shape
    (0, 13)
    """
    names = [*DECISION_COLUMNS, *TOLD_BESIDE]
    kept = [frame.reindex(columns=names) for frame in candidates if len(frame)]
    if not kept:
        texts = {name: pd.Series(dtype="str") for name in ("held_by", "but_for")}
        return decision_frame([]).assign(overturning_now=pd.Series(dtype="float64"), **texts)
    pool = pd.concat(kept, ignore_index=True)
    pool = pool[~pool["step"].isin(QUIET)]
    order = pool.assign(turn=pool["action"].map(TURNS), cost=pool["waiting_cost_yuan"].fillna(0.0)).sort_values(
        ["turn", "cost", "amount_yuan", "segment", "step"], ascending=[True, False, False, True, True], kind="stable"
    )
    order = order.drop_duplicates(["segment", "step"])
    dear = order[order["cost"] > 0] if (order["cost"] > 0).any() else order
    first = dear[dear["due_date"] == dear["due_date"].min()].head(1)
    chosen = order.head(most)
    if most and not first.index.isin(chosen.index).all():
        chosen = pd.concat([order.head(most - 1), first])
    texts = {name: chosen[name].fillna("") for name in ("held_by", "but_for")}
    told = chosen.assign(overturning_now=chosen["overturning_now"].astype("float64"), **texts)
    return told[names].reset_index(drop=True)


def _row(action: str, segment: str, step: str, amount: float, **more: object) -> dict:
    return {
        "action": action,
        "segment": segment,
        "step": step,
        "amount_yuan": amount,
        "owner": more["owner"],
        "due_date": more["due"],
        "waiting_cost_yuan": more.get("cost", float("nan")),
    }


def decision_frame(rows: Sequence[Mapping[str, Any] | Sequence[Any]]) -> pd.DataFrame:
    """Return decisions as one frame with `DECISION_COLUMNS` and their types, whoever proposes them.

    Parameters
    ----------
    rows : sequence of mappings, or of sequences in the order of `DECISION_COLUMNS`
        None of them is a frame without rows.

    Examples
    --------
    >>> decision_frame([]).shape
    (0, 10)
    """
    frame = pd.DataFrame(list(rows), columns=list(DECISION_COLUMNS))
    texts = [name for name in DECISION_COLUMNS if not name.endswith(("_yuan", "_date", "_value"))]
    money = ["amount_yuan", "waiting_cost_yuan", "overturning_value"]
    kinds = {**dict.fromkeys(texts, "str"), **dict.fromkeys(money, "float64"), "due_date": "datetime64[s]"}
    return frame.astype(kinds)


def pilot_sources(sources: pd.DataFrame, *, volume: pd.DataFrame) -> pd.DataFrame:
    """Scale the loss if a source stops down to what the pilot lends in its high case, shares of sources unchanged.

    Parameters
    ----------
    sources : DataFrame
        Result of `volume.worst_sources`, over all sized lines. Not modified.
    volume : DataFrame
        Result of `volume.expected_volume`.

    Returns
    -------
    DataFrame
        `sources` with ``limit_yuan, loss_low_yuan, loss_high_yuan, more_yuan`` of the pilot.

    Examples
    --------
    >>> sources = pd.DataFrame({"source_id": ["H01"], "limit_yuan": [4e6], "limit_share": [0.5],
    ...                         "loss_low_yuan": [4e5], "loss_high_yuan": [1e6]})
    >>> volume = pd.DataFrame({"case": ["high"], "volume_yuan": [2e6], "sized_yuan": [8e6]})
    >>> pilot_sources(sources, volume=volume)["loss_high_yuan"].item()
    250000.0
    """
    high = one_row(volume, "volume", case="high")
    part = high["volume_yuan"] / high["sized_yuan"] if high["sized_yuan"] else 0.0
    names = ("limit_yuan", "loss_low_yuan", "loss_high_yuan", "more_yuan")
    return sources.assign(**{name: sources[name] * part for name in names if name in sources})


def small_line_decision(margins: pd.DataFrame, *, product: str, policy: DecisionsPolicy, as_of: date) -> pd.DataFrame:
    """Propose to grant no line so small that it loses money at the product's rate.

    Parameters
    ----------
    margins : DataFrame
        Result of `prices.margin_summary`. Not modified.
    product : str
        Its code.
    policy : DecisionsPolicy
        ``design_days``.
    as_of : date

    Returns
    -------
    DataFrame
        One row or none, `DECISION_COLUMNS`; the cost of not doing it is the shortfall of such lines.

    Examples
    --------
    >>> margins = pd.DataFrame({"losing_count": [0], "break_even_yuan": [5e4], "losing_yuan": [0.0],
    ...                         "shortfall_yuan": [0.0]})
    >>> from microlib.design.terms import read_policy
    >>> day = date(2026, 6, 30)
    >>> policy = read_policy(".", as_of=day).decisions
    >>> len(small_line_decision(margins, product="stall", policy=policy, as_of=day))
    0
    """
    row = one_row(margins, "margins")
    if not row["losing_count"] or pd.isna(row["break_even_yuan"]):
        return decision_frame([])
    made = {
        "action": "do",
        "segment": product,
        "step": "stop_small_lines",
        "amount_yuan": row["losing_yuan"],
        "due_date": pd.Timestamp(as_of + timedelta(days=policy.design_days)),
        "owner": "product_manager",
        "waiting_cost_yuan": row["shortfall_yuan"],
        **_turn("break_even_yuan", "below", row["break_even_yuan"]),
    }
    return decision_frame([made])


def evidence_decision(limits: pd.DataFrame, *, product: str, policy: DecisionsPolicy, as_of: date) -> pd.DataFrame:
    """Propose to gather the evidence of customers whose line could not be sized without it.

    Parameters
    ----------
    limits : DataFrame
        Result of `limits.size_limits`. Not modified.
    product : str
        Its code.
    policy : DecisionsPolicy
        ``confirm_days``.
    as_of : date

    Returns
    -------
    DataFrame
        One row or none, `DECISION_COLUMNS`; the amount is what these customers owe today.
    """
    waiting = limits[limits["reason"] == "to_be_verified"]
    if waiting.empty:
        return decision_frame([])
    made = {
        "action": "do",
        "segment": product,
        "step": "complete_evidence",
        "amount_yuan": waiting["existing_yuan"].sum(),
        "due_date": pd.Timestamp(as_of + timedelta(days=policy.confirm_days)),
        "owner": "micro_manager",
        **_turn("to_be_verified_share", "below", 0.0),
    }
    return decision_frame([made])


def _turn(measure: str, side: str, value: float) -> dict[str, Any]:
    return {"overturning_measure": measure, "overturning_side": side, "overturning_value": value}


#: columns of the list, in reading order
LISTED = (
    "due_date",
    "action",
    "segment",
    "step",
    "owner",
    "amount_yuan",
    "waiting_cost_yuan",
    "overturning_measure",
    "overturning_side",
    "overturning_value",
)


def list_actions(*candidates: pd.DataFrame) -> pd.DataFrame:
    """Put all decisions proposed on one list, by date; page 1 shows the three that cost most.

    Parameters
    ----------
    *candidates : DataFrame
        Decisions with ``DECISION_COLUMNS``. Not modified.

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
    pool = pd.concat([frame[list(LISTED)] for frame in kept], ignore_index=True)
    pool = pool[~pool["step"].isin(QUIET)]
    ranked = pool.sort_values(
        ["due_date", "waiting_cost_yuan", "amount_yuan", "segment", "step"],
        ascending=[True, False, False, True, True],
        kind="stable",
    )
    return ranked[list(LISTED)].reset_index(drop=True)


ATTENTION_COLUMNS = ["kind", "subject", "branch_ids", "money_yuan", "value", "low", "high", "limit"]
#: an end within so many days is told beforehand
NEAR_DAYS = 60


def later_payers(payers: pd.DataFrame, *, notable_days: float) -> pd.DataFrame:
    """List core enterprises that clearly pay later than a year ago; what is lent on them is the money at risk.

    Parameters
    ----------
    payers : DataFrame
        ``core_id, branch_ids, balance_yuan, change_days, change_low_days, change_high_days, trend``
        (`payables.payment_trends`): ``later`` is listed, as a branch's register stops it. Not modified.
    notable_days : float
        That of the trend.

    Returns
    -------
    DataFrame
        `ATTENTION_COLUMNS`; ``value, low, high`` are days.

    Examples
    --------
    >>> payers = pd.DataFrame({"core_id": ["H1", "H2"], "branch_ids": "0755", "balance_yuan": 1e6,
    ...     "change_days": [30.0, 30.0], "change_low_days": [20.0, 5.0], "change_high_days": [40.0, 60.0],
    ...     "trend": ["later", "unclear"]})
    >>> later_payers(payers, notable_days=10)["subject"].tolist()
    ['H1']
    """
    late = payers[payers["trend"] == "later"]
    rows = {
        "kind": "payer_later",
        "subject": late["core_id"],
        "branch_ids": late["branch_ids"],
        "money_yuan": late["balance_yuan"],
        "value": late["change_days"],
        "low": late["change_low_days"],
        "high": late["change_high_days"],
        "limit": float(notable_days),
    }
    return pd.DataFrame(rows, columns=ATTENTION_COLUMNS, index=late.index).reset_index(drop=True)


def ending_rules(register: pd.DataFrame, *, as_of: date) -> pd.DataFrame:
    """List policy values whose last day has passed, or comes soon; they go on counting until somebody decides anew.

    Parameters
    ----------
    register : DataFrame
        Result of `terms.policy_register`: ``part, key, until_date``. Not modified.
    as_of : date

    Returns
    -------
    DataFrame
        `ATTENTION_COLUMNS`; ``kind`` is ``rule_ended`` or ``rule_ending``, ``value`` days from today to the last day
        (below zero: past); the one longest past first.

    Examples
    --------
    >>> register = pd.DataFrame({"part": "pricing", "key": ["lpr_rate", "ftp_rate"],
    ...                          "until_date": [date(2026, 6, 20), None]})
    >>> ending_rules(register, as_of=date(2026, 6, 30))[["kind", "subject", "value"]].values.tolist()
    [['rule_ended', 'pricing.lpr_rate', -10.0]]
    """
    ends = [(f"{row.part}.{row.key}", row.until_date, float("nan")) for row in register.itertuples()]
    return _ending(ends, what="rule", as_of=as_of)


def ending_pilots(products: Iterable[Mapping[str, Any]], *, as_of: date) -> pd.DataFrame:
    """List pilots that should have been judged, or must be soon; what a pilot may lend is the money at risk.

    Parameters
    ----------
    products : iterable of mapping
        ``code, pilot_ends`` (date or None), ``pilot_yuan``.
    as_of : date

    Returns
    -------
    DataFrame
        As `ending_rules`, of kinds ``pilot_ended`` and ``pilot_ending``, with money.

    Examples
    --------
    >>> pilots = [{"code": "stall", "pilot_ends": date(2026, 8, 1), "pilot_yuan": 5e6}]
    >>> ending_pilots(pilots, as_of=date(2026, 6, 30))[["kind", "money_yuan", "value"]].values.tolist()
    [['pilot_ending', 5000000.0, 32.0]]
    """
    ends = [(each["code"], each.get("pilot_ends"), each.get("pilot_yuan", float("nan"))) for each in products]
    return _ending(ends, what="pilot", as_of=as_of)


def missing_data(levels: Mapping[str, float]) -> pd.DataFrame:
    """List, level by level, the branches whose tables reach less far than those of the best branch.

    Parameters
    ----------
    levels : mapping
        Branch -> data level, 0 (the ledger alone) to 4.

    Returns
    -------
    DataFrame
        `ATTENTION_COLUMNS`, the lowest level first: ``value`` is the level, ``limit`` the highest that a branch has.

    Examples
    --------
    >>> missing_data({"0755": 4, "0995": 1, "0896": 1})[["branch_ids", "value", "limit"]].values.tolist()
    [['0896 0995', 1.0, 4.0]]
    """
    best = max(levels.values(), default=0)
    held: dict[float, list[str]] = {}
    for branch, level in sorted(levels.items()):
        held.setdefault(float(level), []).append(branch)
    rows = [
        ("data_level", f"L{level:.0f}", " ".join(codes), None, level, None, None, float(best))
        for level, codes in sorted(held.items())
        if level < best
    ]
    return _frame(rows)


def _ending(ends: Iterable[tuple[str, Any, float]], *, what: str, as_of: date) -> pd.DataFrame:
    left = [(name, (day - as_of).days, money) for name, day, money in ends if isinstance(day, date)]
    near = sorted((each for each in left if each[1] <= NEAR_DAYS), key=lambda each: each[1])
    return _frame(
        [
            (f"{what}_{'ended' if days < 0 else 'ending'}", name, "", money, days, None, None, NEAR_DAYS)
            for name, days, money in near
        ]
    )


def _frame(rows: list[tuple]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=ATTENTION_COLUMNS).astype(dict.fromkeys(ATTENTION_COLUMNS[3:], "float64"))


MOST_ATTENTION_ITEMS = 10


def attention_list(
    branches: pd.DataFrame,
    sources: pd.DataFrame,
    *,
    appetite_share: float,
    group_cap_yuan: float,
    more: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return the things clearly outside what the bank decided, `MOST_ATTENTION_ITEMS` at most, most money first.

    The largest of each kind is among them, so that many matters of one kind hide none of another.

    Answers "where do I look in the first half minute?"

    A branch is listed (``share_above_appetite``) when the whole interval of its share at risk lies above the appetite;
    its money is the balance at risk. A source shared by branches is listed (``source_over_cap``) when its balance is
    over its own cap, a group (``group_over_cap``) over the cap for groups; their money is what lies over. What cannot
    be judged is not listed. What has no money at risk comes after what has, in its own order.

    Parameters
    ----------
    branches : DataFrame
        ``branch_id, share, share_low, share_high`` (fractions), ``hit_yuan`` (yuan at risk). Not modified.
    sources : DataFrame
        ``kind`` (group or another), ``source_id, branch_ids, balance_yuan, cap_yuan`` (missing: no cap). Not modified.
    appetite_share : float
        Fraction.
    group_cap_yuan : float
        Yuan.
    more : DataFrame, optional
        Further rows with these columns, as `matters` finds them. Not modified.

    Returns
    -------
    DataFrame
        ``kind, subject`` (a branch or a source), ``branch_ids`` (with blanks between), ``money_yuan``, ``value, low,
        high, limit`` (fractions of branches, yuan of sources; ``low`` and ``high`` missing there)

    Examples
    --------
    >>> branches = pd.DataFrame({"branch_id": ["0755", "0995"], "share": [0.09, 0.20], "share_low": [0.07, 0.01],
    ...     "share_high": [0.11, 0.6], "hit_yuan": [9e6, 1e6]})
    >>> sources = pd.DataFrame({"kind": ["core_enterprise"], "source_id": ["H01"], "branch_ids": ["0755 0995"],
    ...     "balance_yuan": [5e7], "cap_yuan": [3e7]})
    >>> found = attention_list(branches, sources, appetite_share=0.05, group_cap_yuan=1e7)
    >>> found[["kind", "subject", "money_yuan"]].values.tolist()
    [['source_over_cap', 'H01', 20000000.0], ['share_above_appetite', '0755', 9000000.0]]
    """
    outside = branches[branches["share_low"] > appetite_share]
    shares = pd.DataFrame(
        {
            "kind": "share_above_appetite",
            "subject": outside["branch_id"],
            "branch_ids": outside["branch_id"],
            "money_yuan": outside["hit_yuan"],
            "value": outside["share"],
            "low": outside["share_low"],
            "high": outside["share_high"],
            "limit": appetite_share,
        }
    )
    caps = sources["cap_yuan"].where(sources["kind"] != "group", group_cap_yuan).astype("float64")
    exposure = sources.get("exposure_yuan", sources["balance_yuan"])
    over = sources.assign(balance_yuan=exposure)[exposure > caps]
    amounts = pd.DataFrame(
        {
            "kind": over["kind"].map(lambda kind: "group_over_cap" if kind == "group" else "source_over_cap"),
            "subject": over["source_id"],
            "branch_ids": over["branch_ids"],
            "money_yuan": over["balance_yuan"] - caps[over.index],
            "value": over["balance_yuan"],
            "low": float("nan"),
            "high": float("nan"),
            "limit": caps[over.index],
        }
    )
    parts = [
        part
        for part in (shares.sort_values("subject"), amounts.sort_values("subject"), more)
        if part is not None and len(part)
    ]
    whole = pd.concat(parts or [pd.DataFrame(columns=ATTENTION_COLUMNS)])
    return by_money(whole)


def by_money(matters: pd.DataFrame) -> pd.DataFrame:
    """Return `MOST_ATTENTION_ITEMS` matters, most money first, among them the largest of each kind that has money.

    Parameters
    ----------
    matters : DataFrame
        `ATTENTION_COLUMNS`. Not modified.

    Examples
    --------
    >>> many = pd.DataFrame({"kind": ["a"] * 12 + ["b"], "money_yuan": [float(n) for n in range(20, 8, -1)] + [1.0]})
    >>> by_money(many.reindex(columns=ATTENTION_COLUMNS))["kind"].value_counts().to_dict()
    {'a': 9, 'b': 1}
    """
    order = matters.sort_values("money_yuan", ascending=False, kind="stable", na_position="last")
    order = order[ATTENTION_COLUMNS].reset_index(drop=True)
    is_first = ~order["kind"].duplicated() & order["money_yuan"].notna()
    chosen = pd.concat([order[is_first], order[~is_first]]).head(MOST_ATTENTION_ITEMS)
    return chosen.sort_index().reset_index(drop=True)
