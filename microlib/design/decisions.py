"""What a branch, a product's committee and head office decide: money, owner, date, and what would overturn it.

At most three decisions a page (`choose_decisions`, `pilot_decisions`); `list_actions` holds all of them by
date. `attention_list` is what head office looks at first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import pandas as pd

from microlib.contracts.policy import DecisionsPolicy, Policy
from microlib.contracts.product import Product

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
WHOLE_BRANCH = "whole_branch"
MOST_DECISIONS = 3


def maturity_decisions(crossing: pd.DataFrame, maturing: pd.DataFrame, *, policy: Policy, as_of: date) -> pd.DataFrame:
    """Propose what the calendar asks for: collect what crosses into bad, confirm what repays the next maturities.

    Parameters
    ----------
    crossing : DataFrame
        Of `quality.loans_turning_bad`: ``balance_yuan``, ``crossing_date``. Not modified.
    maturing : DataFrame
        Of `quality.maturing`: ``horizon_days``, ``unconfirmed_yuan``, ``unknown_yuan``. Not modified.
    policy : Policy
        ``decisions.confirm_days`` until which sources are to be confirmed.
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
        Of `business_evidence.source_headroom`: ``source_id``, ``headroom_yuan``, ``cap_yuan``; ``loss_high_yuan`` where
        the stop of the source was computed. Not modified.
    policy : Policy
    as_of : date

    Returns
    -------
    DataFrame
        One row per source over its cap, `DECISION_COLUMNS`; ``segment`` is the source.
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
        One row per segment, `DECISION_COLUMNS`. The cost of not stopping is balance x share x LGD; of the others it is
        unknown.
    """
    known = rates.dropna(subset=["share", "share_low", "share_high"])
    judged = known.assign(action=_judged(known, appetite=float(policy.quality.appetite_share)))
    rows = [_segment_row(row, policy=policy, as_of=as_of) for row in judged.to_dict("records")]
    return decision_frame(rows)


def choose_decisions(*candidates: pd.DataFrame, most: int = MOST_DECISIONS) -> pd.DataFrame:
    """Choose at most `most` decisions: the dearest of each action first, then the dearest left.

    Parameters
    ----------
    *candidates : DataFrame
        Frames with `DECISION_COLUMNS`. Not modified.
    most : int

    Returns
    -------
    DataFrame
        `DECISION_COLUMNS`; do, stop, wait in that order of turn, each by cost of waiting, then by amount; one row a
        subject.

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
    return chosen[list(DECISION_COLUMNS)].reset_index(drop=True)


def _judged(rates: pd.DataFrame, *, appetite: float) -> pd.Series:
    action = pd.Series("wait", index=rates.index)
    return action.mask(rates["share_high"] <= appetite, "do").mask(rates["share_low"] > appetite, "stop")


def _segment_row(row: dict, *, policy: Policy, as_of: date) -> dict:
    steps = {"do": "design_product", "stop": "stop_new_lending", "wait": "gather_evidence"}
    owners = {"do": "product_manager", "stop": "risk_head", "wait": "product_manager"}
    days = policy.decisions.stop_days if row["action"] == "stop" else policy.decisions.design_days
    cost = row["base_yuan"] * row["share"] * float(policy.stress.lgd_high) if row["action"] == "stop" else float("nan")
    made = _row(
        row["action"],
        row["segment"],
        steps[row["action"]],
        row["base_yuan"],
        due=pd.Timestamp(as_of + timedelta(days=days)),
        cost=cost,
        owner=owners[row["action"]],
    )
    side = "above" if row["action"] == "do" else "below"
    appetite = float(policy.quality.appetite_share)
    return {**made, "overturning_measure": "share_high", "overturning_side": side, "overturning_value": appetite}


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


#: what a stop rule's action means for new lending
ACTIONS = {"stop_new_lending": "stop", "pause_and_review": "wait", "cut_limits": "do"}
OTHER_SIDE = {"above": "below", "below": "above"}


def pilot_results(
    limits: pd.DataFrame, volume: pd.DataFrame, floors: pd.DataFrame, stops: pd.DataFrame, margins: pd.DataFrame
) -> dict[str, pd.DataFrame]:
    """Gather under their names the results that decisions on a pilot rest on (see `pilot_decisions`)."""
    return {"limits": limits, "volume": volume, "floors": floors, "stops": stops, "margins": margins}


def pilot_decisions(
    results: Mapping[str, pd.DataFrame],
    *,
    figures: Mapping[str, float],
    product: Product,
    policy: DecisionsPolicy,
    as_of: date,
) -> pd.DataFrame:
    """Propose what to decide on a product: fired stop rules first, then the pilot, small lines, missing evidence.

    Parameters
    ----------
    results : mapping of frames
        Result of `pilot_results`: ``limits`` (`limits.size_limits`), ``volume`` (`volume.expected_volume`), ``floors``
        (`prices.price_floors` at the typical size), ``stops`` (`volume.evaluate_stop_rules`), ``margins``
        (`prices.margin_summary`). None is modified.
    figures : mapping
        Result of `volume.gathered_figures`: what a stop of the worst source would cost.
    product : Product
        Whose decision it is.
    policy : DecisionsPolicy
        Days until each is due.
    as_of : date

    Returns
    -------
    DataFrame
        At most three rows, ``DECISION_COLUMNS``. ``segment`` is the product's code; ``step`` and ``owner`` of a fired
        stop rule are the rule's code. The cost of not cutting a source is the pilot's loss if it stops; of not
        piloting, the margin over the floor that the low case would earn in a year; of small lines, their shortfall; of
        the rest it is missing.
    """
    volume, stops = results["volume"], results["stops"]
    fired = stops[stops["state"] == "fires"]
    high = volume.iloc[-1]
    dates = {
        name: pd.Timestamp(as_of + timedelta(days=getattr(policy, f"{name}_days")))
        for name in ("stop", "design", "confirm")
    }
    made = {"amount_yuan": high["volume_yuan"] or results["limits"]["existing_yuan"].sum(), "due_date": dates["stop"]}
    rows = [{**made, **_fired(rule, figures=figures)} for _, rule in fired.iterrows()]
    if fired.empty:
        rows.append(_pilot(results, due=dates["design"]))
    rows += _small_lines(results["margins"].iloc[0], due=dates["design"])
    if high["customers_count"] or fired["rule"].size:
        rows += _evidence(results["limits"], due=dates["confirm"])
    return decision_frame([{"segment": product.code, **row} for row in rows[:MOST_DECISIONS]])


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
        `sources` with ``limit_yuan, loss_low_yuan, loss_high_yuan`` of the pilot.

    Examples
    --------
    >>> sources = pd.DataFrame({"source_id": ["H01"], "limit_yuan": [4e6], "limit_share": [0.5],
    ...                         "loss_low_yuan": [4e5], "loss_high_yuan": [1e6]})
    >>> volume = pd.DataFrame({"case": ["high"], "volume_yuan": [2e6], "sized_yuan": [8e6]})
    >>> pilot_sources(sources, volume=volume)["loss_high_yuan"].item()
    250000.0
    """
    high = volume[volume["case"] == "high"].iloc[0]
    part = high["volume_yuan"] / high["sized_yuan"] if high["sized_yuan"] else 0.0
    return sources.assign(**{name: sources[name] * part for name in ("limit_yuan", "loss_low_yuan", "loss_high_yuan")})


def _fired(rule: pd.Series, *, figures: Mapping[str, float]) -> dict[str, Any]:
    cost = figures.get("worst_source_loss_yuan") if rule["watched"].startswith("worst_source") else None
    head = {"action": ACTIONS[rule["action"]], "step": rule["rule"], "owner": rule["rule"], "waiting_cost_yuan": cost}
    return {**head, **_turn(rule["watched"], OTHER_SIDE[rule["test"]], rule["trigger_value"])}


def _pilot(results: Mapping[str, pd.DataFrame], *, due: pd.Timestamp) -> dict[str, Any]:
    low, high, floors = results["volume"].iloc[0], results["volume"].iloc[-1], results["floors"]
    made = {"due_date": due, "amount_yuan": high["volume_yuan"], "owner": "branch_head"}
    if high["customers_count"] == 0:
        return {**made, **_nobody(results["limits"], sized=high["sized_count"])}
    margin = float(floors.loc[floors["pd_case"] == "mean", "margin_rate"].iloc[0])
    if margin < 0:
        turn = ("floor_margin_rate", "above", 0.0)
        return {**made, "action": "wait", "step": "reprice_first", "owner": "product_manager", **_turn(*turn)}
    forgone = low["balance_yuan"] * margin
    return {
        **made,
        "action": "do",
        "step": "start_pilot",
        "waiting_cost_yuan": forgone,
        **_turn("floor_margin_rate", "below", 0.0),
    }


def _nobody(limits: pd.DataFrame, *, sized: int) -> dict[str, Any]:
    """Wait: for evidence where no line could be sized, for company where the few lines give not one customer."""
    if sized:
        return {"action": "wait", "step": "too_few", **_turn("sized_count", "above", float(sized))}
    held = float(limits["existing_yuan"].sum())
    turn = _turn("to_be_verified_share", "below", 1.0)
    return {"action": "wait", "step": "gather_evidence", "owner": "micro_manager", "amount_yuan": held, **turn}


def _small_lines(margins: pd.Series, *, due: pd.Timestamp) -> list[dict[str, Any]]:
    if not margins["losing_count"] or pd.isna(margins["break_even_yuan"]):
        return []
    return [
        {
            "action": "stop",
            "step": "stop_small_lines",
            "amount_yuan": margins["losing_yuan"],
            "due_date": due,
            "owner": "product_manager",
            "waiting_cost_yuan": margins["shortfall_yuan"],
            **_turn("break_even_yuan", "below", margins["break_even_yuan"]),
        }
    ]


def _evidence(limits: pd.DataFrame, *, due: pd.Timestamp) -> list[dict[str, Any]]:
    waiting = limits[limits["reason"] == "to_be_verified"]
    if waiting.empty:
        return []
    return [
        {
            "action": "do",
            "step": "complete_evidence",
            "amount_yuan": waiting["existing_yuan"].sum(),
            "due_date": due,
            "owner": "micro_manager",
            **_turn("to_be_verified_share", "below", 0.0),
        }
    ]


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
    pool = pd.concat(kept, ignore_index=True)
    ranked = pool.sort_values(
        ["due_date", "waiting_cost_yuan", "amount_yuan", "segment", "step"],
        ascending=[True, False, False, True, True],
        kind="stable",
    )
    return ranked[list(LISTED)].reset_index(drop=True)


def default_decisions(rates: pd.DataFrame, *, policy: Policy, as_of: date) -> pd.DataFrame:
    """Propose what to do with groups that have borrowed nothing yet but whose past defaults are known.

    Parameters
    ----------
    rates : DataFrame
        Of `defaults.default_shares`: ``segment, share, share_low, share_high, base_yuan``. Not modified.
    policy : Policy
        As for `segment_decisions`.
    as_of : date

    Returns
    -------
    DataFrame
        One row per group, ``DECISION_COLUMNS``. Where the whole interval lies above the appetite the step is to screen
        before any lending to the group; amount and cost are unknown.

    Examples
    --------
    >>> from microlib.design.terms import read_policy
    >>> rates = pd.DataFrame({"segment": ["a"], "share": [0.22], "share_low": [0.15], "share_high": [0.3],
    ...                       "base_yuan": [float("nan")]})
    >>> day = date(2026, 6, 30)
    >>> found = default_decisions(rates, policy=read_policy(".", as_of=day), as_of=day)
    >>> found[["action", "step", "overturning_measure"]].iloc[0].to_list()
    ['stop', 'screen_first', 'default_share_high']
    """
    found = segment_decisions(rates, policy=policy, as_of=as_of)
    step = found["step"].replace({"stop_new_lending": "screen_first"})
    return found.assign(step=step, overturning_measure="default_share_high")[list(DECISION_COLUMNS)]


ATTENTION_COLUMNS = ["kind", "subject", "branch_ids", "money_yuan", "value", "low", "high", "limit"]
#: an end within so many days is told beforehand
NEAR_DAYS = 60


def later_payers(payers: pd.DataFrame, *, notable_days: float) -> pd.DataFrame:
    """List core enterprises that clearly pay later than a year ago; what is lent on them is the money at risk.

    Parameters
    ----------
    payers : DataFrame
        ``core_id, branch_ids, balance_yuan, change_days, change_low_days, change_high_days``
        (`payables.payment_trends`). Not modified.
    notable_days : float
        Listed where the whole range of the change is above it.

    Returns
    -------
    DataFrame
        `ATTENTION_COLUMNS`; ``value, low, high`` are days.

    Examples
    --------
    >>> payers = pd.DataFrame({"core_id": ["H1", "H2"], "branch_ids": "0755", "balance_yuan": 1e6,
    ...     "change_days": [30.0, 30.0], "change_low_days": [20.0, 5.0], "change_high_days": [40.0, 60.0]})
    >>> later_payers(payers, notable_days=10)["subject"].tolist()
    ['H1']
    """
    late = payers[payers["change_low_days"] > notable_days]
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


MOST_ATTENTION_ITEMS = 12


def attention_list(
    branches: pd.DataFrame,
    sources: pd.DataFrame,
    *,
    appetite_share: float,
    group_cap_yuan: float,
    more: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return the things clearly outside what the bank decided, `MOST_ATTENTION_ITEMS` at most, most money first.

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
    order = whole.sort_values("money_yuan", ascending=False, kind="stable", na_position="last")
    return order.head(MOST_ATTENTION_ITEMS)[ATTENTION_COLUMNS].reset_index(drop=True)
