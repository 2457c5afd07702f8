"""Campaigns to come: who calls whom, hold-out, next test, win-back pay, and the register of past effects.

What a past campaign did is measured in `microlib.metrics.campaign_effect`.
"""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment
from scipy.special import ndtri

from microlib.contracts.policy import Policy
from microlib.design.decisions import DECISION_COLUMNS, decision_frame
from microlib.errors import BadData
from microlib.stats.grouping import Day, checked_level, one_row, told_apart

VALUES = {"high": 3.0, "middle": 2.0, "low": 1.0}
KNOWN_BONUS = 0.5
SEED = 20260630


def callable_lines(lines: pd.DataFrame, customers: pd.DataFrame) -> pd.DataFrame:
    """Return those of a list who agreed to be contacted; whoever did not say so is not called.

    Parameters
    ----------
    lines : DataFrame
        ``customer_id``; ``is_not_to_recover`` where it is told. Not modified.
    customers : DataFrame[customers]
        ``consents_marketing``.

    Examples
    --------
    >>> lines = pd.DataFrame({"customer_id": ["C1", "C2", "C3"]})
    >>> people = pd.DataFrame({"customer_id": ["C1", "C2", "C3"], "consents_marketing": [True, None, False]})
    >>> callable_lines(lines, people).customer_id.to_list()
    ['C1']
    """
    agrees = customers.set_index("customer_id")["consents_marketing"].astype("boolean").fillna(False)
    kept = lines["customer_id"].map(agrees).fillna(False).astype(bool)
    if "is_not_to_recover" in lines:
        kept &= ~lines["is_not_to_recover"].fillna(False).astype(bool)
    return lines[kept].reset_index(drop=True)


def hold_out(lines: pd.DataFrame, *, share: float, seed: int = SEED) -> pd.DataFrame:
    """Draw by lot, within each value band, whom nobody calls.

    Parameters
    ----------
    lines : DataFrame
        ``customer_id, value_band``. Not modified.
    share : float
        Part held out (0 .. 1), at least one per band of two and more.
    seed : int
        The same seed draws the same customers, whatever the order of the rows.

    Returns
    -------
    DataFrame
        The rows with ``arm``: ``treated`` or ``control``. Customers without a band are a band of their own.

    Examples
    --------
    >>> lines = pd.DataFrame({"customer_id": list("abcdefghij"), "value_band": "high"})
    >>> hold_out(lines, share=0.2).arm.value_counts().to_dict()
    {'treated': 8, 'control': 2}
    """
    dice, arm = np.random.default_rng(seed), np.full(len(lines), "treated", dtype=object)
    places = lines[["customer_id", "value_band"]].assign(place=np.arange(len(lines))).sort_values("customer_id")
    for _, part in places.groupby("value_band", sort=True, dropna=False):
        count = max(1, round(len(part) * share)) if share and len(part) > 1 else 0
        arm[dice.permutation(part["place"].to_numpy())[:count]] = "control"
    return lines.assign(arm=pd.Series(arm, index=lines.index, dtype="str"))


def manager_rooms(rms: pd.DataFrame, *, each: int) -> pd.Series:
    """Return how many customers each manager can call: so many for those who are still there, team leads apart.

    Examples
    --------
    >>> desk = pd.DataFrame({"rm_id": ["R1", "R2"], "role": ["micro", "team_lead"], "end_date": pd.NaT})
    >>> manager_rooms(desk, each=20).to_dict()
    {'R1': 20}
    """
    calls = rms["role"].ne("team_lead") & rms["end_date"].isna()
    kept = rms.loc[calls if calls.any() else rms["end_date"].isna(), "rm_id"].dropna()
    return pd.Series(each, index=pd.Index(sorted(kept), name="rm_id"))


def assign_customers(lines: pd.DataFrame, rooms: pd.Series) -> pd.DataFrame:
    """Assign customers to managers so that the value called is greatest within everybody's room.

    A customer is worth his band (3, 2, 1), and half a point more with the manager who knows him. Solved exactly as an
    assignment problem on places: a manager with room for five has five.

    Parameters
    ----------
    lines : DataFrame
        ``customer_id, value_band, rm_id`` (who knows him), ``arm`` (only ``treated`` are assigned),
        ``is_not_to_recover`` where it is told. Not modified.
    rooms : Series
        How many customers each manager can call, by ``rm_id``.

    Returns
    -------
    DataFrame
        ``customer_id, value_band, known_rm_id, assigned_rm_id`` (missing: beyond the room), ``is_known``; by manager,
        the most valuable first.

    Raises
    ------
    BadData
        If nobody has room.

    Examples
    --------
    >>> lines = pd.DataFrame({"customer_id": ["C1", "C2"], "value_band": ["low", "high"], "rm_id": ["R1", "R1"],
    ...                       "arm": "treated"})
    >>> assign_customers(lines, pd.Series({"R1": 1})).assigned_rm_id.to_list()
    ['R1', nan]
    """
    rooms = rooms.sort_index()
    places = np.repeat(rooms.index.to_numpy(), rooms.clip(lower=0).astype(int).to_numpy())
    if not len(places):
        raise BadData("no manager has room to call anybody", where="rms", fix="free hours, or call fewer")
    kept = lines[lines["arm"].eq("treated")]
    if "is_not_to_recover" in kept:
        kept = kept[~kept["is_not_to_recover"].fillna(False).astype(bool)]
    kept = kept.sort_values("customer_id", kind="stable", ignore_index=True)
    value = kept["value_band"].map(VALUES).fillna(1.0).to_numpy(dtype=float)
    worth = value[:, None] + KNOWN_BONUS * (kept["rm_id"].to_numpy()[:, None] == places[None, :]).astype(float)
    one, other = linear_sum_assignment(worth, maximize=True)
    chosen = pd.Series(np.nan, index=kept.index, dtype="object")
    chosen[one] = places[other]
    found = kept[["customer_id", "value_band"]].assign(
        known_rm_id=kept["rm_id"],
        assigned_rm_id=chosen.astype("str").where(chosen.notna()),
        is_known=chosen.eq(kept["rm_id"]),
        order=-value,
    )
    ranked = found.sort_values(["assigned_rm_id", "order", "customer_id"], kind="stable")
    return ranked.drop(columns="order").reset_index(drop=True)


def assignment_loads(assigned: pd.DataFrame, rooms: pd.Series) -> pd.DataFrame:
    """Count what each manager got, against his room: how evenly the list falls, and what is left over.

    Returns
    -------
    DataFrame
        ``rm_id, room_count, assigned_count, high_value_count, known_count``; last a row ``unassigned``.

    Examples
    --------
    >>> rows = pd.DataFrame({"customer_id": ["C1"], "value_band": "high", "assigned_rm_id": "R1", "is_known": True})
    >>> assignment_loads(rows, pd.Series({"R1": 2})).assigned_count.to_list()
    [1, 0]
    """
    who, high = assigned["assigned_rm_id"].fillna("unassigned"), assigned["value_band"].eq("high")
    rows = assigned.assign(rm_id=who, high=high)
    sums = rows.groupby("rm_id").agg(
        assigned_count=("customer_id", "size"), high_value_count=("high", "sum"), known_count=("is_known", "sum")
    )
    whole = sums.reindex([*rooms.index, "unassigned"]).fillna(0).astype(int)
    return whole.assign(room_count=rooms.reindex(whole.index).astype(float)).reset_index(names="rm_id")


#: reading -> action, step, measure that overturns it, side, value
CHOICES = {
    "lifted": ("do", "repeat_and_scale", "lift_low", "below", 0.0),
    "lowered": ("stop", "stop_campaign", "lift_high", "above", 0.0),
    "ratio_broken": ("stop", "seal_arms", "moved_count", "below", 1.0),
    "not_distinguished": ("stop", "change_or_drop", "lift_low", "above", 0.0),
    "process_only": ("wait", "pool_branches", "members_count", "above", 0.0),
    "too_few": ("wait", "pool_branches", "members_count", "above", 0.0),
    "matched_more": ("wait", "hold_out_next", "control_count", "above", 0.0),
    "matched_less": ("wait", "hold_out_next", "control_count", "above", 0.0),
    "matched_open": ("wait", "hold_out_next", "control_count", "above", 0.0),
    "no_inference": ("wait", "hold_out_next", "control_count", "above", 0.0),
    "all_borrowed": ("wait", "hold_out_next", "control_count", "above", 0.0),
}


def campaign_choices(
    readings: pd.DataFrame, costs: pd.DataFrame, campaigns: pd.DataFrame, *, policy: Policy, as_of: Day
) -> pd.DataFrame:
    """Propose for each campaign what its reading asks for.

    Parameters
    ----------
    readings : DataFrame
        Of `metrics.campaign_effect.campaign_readings`. Not modified.
    costs : DataFrame
        Of `metrics.campaign_effect.costs_per_added`.
    campaigns : DataFrame[campaigns]
        ``campaign_id, margin_per_loan_yuan``.
    policy : Policy
        ``decisions.design_days``, ``campaigns.fewest_arm_count``.
    as_of : date

    Returns
    -------
    DataFrame
        `decisions.DECISION_COLUMNS`, one row per campaign that is over; ``segment`` is the campaign. The amount is what
        it cost; the cost of not repeating one that lifted is the lower limit of its added loans times their margin,
        that of spending again without being able to read is the same money again.
    """
    rows = readings.merge(costs, on="campaign_id", how="left").merge(
        campaigns[["campaign_id", "margin_per_loan_yuan"]], on="campaign_id", how="left"
    )
    due = pd.Timestamp(as_of + timedelta(days=policy.decisions.design_days))
    fewest = float(policy.campaigns.fewest_arm_count)
    found = [_chosen(row, due, fewest) for row in rows.to_dict("records") if row["reading"] in CHOICES]
    return decision_frame(found)


def _chosen(row: dict, due: pd.Timestamp, fewest: float) -> dict:
    action, step, measure, side, value = CHOICES[row["reading"]]
    missed = row["added_low_count"] * row["margin_per_loan_yuan"] if step == "repeat_and_scale" else row["cost_yuan"]
    needed = {"members_count": 2 * row["needed_arm_count"], "control_count": fewest}.get(measure, value)
    return dict(
        zip(
            DECISION_COLUMNS,
            (
                action,
                row["campaign_id"],
                step,
                row["cost_yuan"],
                "product_manager",
                due,
                missed,
                measure,
                side,
                needed,
            ),
            strict=True,
        )
    )


def open_choices(choices: pd.DataFrame, held_campaigns: pd.DataFrame, open_effects: pd.DataFrame) -> pd.DataFrame:
    """Have a campaign run again only by what it brought of loans that may still be lent.

    Answers "it worked; does it still, now that some of what it sold is stopped?" Where its product takes nobody new, or
    the lift on loans that may be lent again is not above zero, the lift is not carried over: another product is found,
    and a hold-out drawn for it as for a new campaign. A campaign that stops anyway stops.

    Parameters
    ----------
    choices : DataFrame
        Result of `campaign_choices`. Not modified, nor are the others.
    held_campaigns : DataFrame
        ``campaign_id, is_held``: whose product or place takes nothing new.
    open_effects : DataFrame
        Result of ``campaign_effect.campaign_effects`` with loans of open products alone: ``campaign_id, lift_low``.

    Examples
    --------
    >>> choices = pd.DataFrame({"segment": ["M1"], "action": ["do"], "step": ["repeat_and_scale"],
    ...     "waiting_cost_yuan": [9e4], "overturning_measure": ["lift_low"], "overturning_side": ["below"],
    ...     "overturning_value": [0.0]})
    >>> heads = pd.DataFrame({"campaign_id": ["M1"], "is_held": [False]})
    >>> open_choices(choices, heads, pd.DataFrame({"campaign_id": ["M1"], "lift_low": [-0.01]}))["step"].to_list()
    ['find_open_product']
    """
    heads = told_apart(held_campaigns, known=["is_held"], key=["campaign_id"], table="held_campaigns")
    effects = told_apart(open_effects, key=["campaign_id"], table="open_effects")
    held = choices["segment"].map(heads.set_index("campaign_id")["is_held"]).eq(True)
    lows = choices["segment"].map(effects.set_index("campaign_id")["lift_low"]).astype("float64")
    moved = (choices["action"] != "stop") & held | (choices["action"] == "do") & ~(lows > 0)
    told = {"action": "wait", "step": "find_open_product", "waiting_cost_yuan": np.nan}
    told |= {"overturning_measure": "open_lift_low", "overturning_side": "above", "overturning_value": 0.0}
    return choices.assign(**{name: choices[name].mask(moved, value) for name, value in told.items()})


#: readings of a branch that has not read a campaign yet
NOTHING = pd.DataFrame({"campaign_id": pd.Series(dtype="str"), "reading": pd.Series(dtype="str")})
#: reading or state of the plan -> what to do about it, the dearest gap first
STEPS = {
    "ratio_broken": "seal_arms",
    "no_inference": "hold_out_next",
    "matched_more": "hold_out_next",
    "matched_less": "hold_out_next",
    "matched_open": "hold_out_next",
    "all_borrowed": "hold_out_next",
    "process_only": "pool_branches",
    "too_few": "pool_branches",
    "not_distinguished": "change_or_drop",
    "lifted": "repeat_and_scale",
    "lowered": "stop_campaign",
    "unfinished": "wait_for_close",
}


def next_tests(
    readings: pd.DataFrame,
    plans: pd.DataFrame,
    expected: pd.DataFrame,
    choices: pd.DataFrame | None = None,
    held_campaigns: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Say for each campaign read, and each planned, what the next one needs: size, hold-out, partners.

    Parameters
    ----------
    readings : DataFrame
        Of `metrics.campaign_effect.campaign_readings`. Not modified.
    plans : DataFrame
        Of `metrics.campaign_plan.campaign_plans`, planned campaigns among them.
    expected : DataFrame
        Of `expected_lift`: a plan that hopes for more than its upper limit is marked.
    choices : DataFrame, optional
        Of `open_choices`: what is proposed for a campaign that is over is proposed here too.
    held_campaigns : DataFrame, optional
        ``campaign_id, is_held``: a planned one whose product takes nobody new is not launched.

    Returns
    -------
    DataFrame
        ``campaign_id, state`` (reading, or ``plan_`` and the state of a plan not yet begun), ``step``,
        ``planned_members_count, needed_members_count`` (both arms), ``branches_count`` (how many branches of this size
        make up the number), ``planned_lift_share, is_hopeful``.
    """
    most = float(one_row(expected, "expected")["lift_high"])
    read = told_apart(readings, key=["campaign_id"], table="readings").set_index("campaign_id")["reading"]
    rows = plans.assign(reading=plans["campaign_id"].map(read).astype("str"))
    state = rows["reading"].fillna("plan_" + rows["plan_state"])
    planned = {
        "plan_process_only": "pool_branches",
        "plan_readable": "launch_as_planned",
        "plan_no_hold_out": "hold_out_next",
        "plan_unknown": "measure_base",
    }
    step = state.map(STEPS | planned)
    if choices is not None:
        step = rows["campaign_id"].map(choices.set_index("segment")["step"]).fillna(step)
    if held_campaigns is not None:
        held = rows["campaign_id"].map(held_campaigns.set_index("campaign_id")["is_held"]).eq(True)
        step = step.mask(held & state.str.startswith("plan_"), "hold_campaign")
    needed = 2 * rows["needed_arm_count"].astype(float)
    members = rows["planned_members_count"].astype(float)
    return pd.DataFrame(
        {
            "campaign_id": rows["campaign_id"],
            "state": state,
            "step": step,
            "planned_members_count": members,
            "needed_members_count": needed,
            "branches_count": np.ceil(needed / members.where(members > 0)).clip(lower=1),
            "planned_lift_share": rows["planned_lift_share"].astype(float),
            "is_hopeful": rows["planned_lift_share"].astype(float) > most,
        }
    )


def payout_rules(
    outcomes: pd.DataFrame, effects: pd.DataFrame, *, fee_yuan: float, alive_days: int, as_of: object
) -> pd.DataFrame:
    """Replay three pay-out rules: for all who came back, for those alive after so many days, for those added only.

    Parameters
    ----------
    outcomes : DataFrame
        Of `metrics.churn.win_back_outcomes`: ``goal, arm, has_borrowed, back_date, is_alive``. Not modified.
    effects : DataFrame
        Of `metrics.churn.win_back_effects`.
    fee_yuan : float
        Paid per customer.
    alive_days : int
        A loan must have lived so long, without arrears over 30 days, under the second rule.
    as_of : date

    Returns
    -------
    DataFrame
        Per ``goal`` and ``payout`` (``all_back, alive_only, added_only``): ``paid_count, paid_yuan``,
        ``waiting_count`` (too young to be paid for), ``unknown_count`` (not paid for, since nobody knows whether they
        came back or the loan lives), ``added_count``, ``paid_per_added_yuan`` (missing where nothing was added). The
        third pays the whole list for its lift: nobody knows which customer a call moved.
    """
    age = (pd.Timestamp(as_of) - outcomes["back_date"]).dt.days
    treated, came = outcomes["arm"].eq("treated"), outcomes["has_borrowed"].astype("boolean")
    back, alive = treated & came.fillna(False).astype(bool), outcomes["is_alive"].astype("boolean")
    unsaid = treated & came.isna()
    marks = pd.DataFrame(
        {
            "goal": outcomes["goal"],
            "all_back": back,
            "alive_only": back & (age >= alive_days) & alive.fillna(False).astype(bool),
            "waiting": back & (age < alive_days),
            "unsaid": unsaid,
            "unsaid_alive": unsaid | (back & (age.isna() | ((age >= alive_days) & alive.isna()))),
        }
    )
    counts = marks.groupby("goal").sum().astype(float)
    added = effects.set_index("goal")["added_count"]
    counts["added_only"] = added.clip(lower=0)
    rows = [
        {
            "goal": goal,
            "payout": rule,
            "paid_count": row[rule],
            "paid_yuan": row[rule] * fee_yuan,
            "waiting_count": row["waiting"] if rule == "alive_only" else 0.0,
            "unknown_count": {"all_back": row["unsaid"], "alive_only": row["unsaid_alive"]}.get(rule, 0.0),
            "added_count": added.get(goal),
        }
        for goal, row in counts.iterrows()
        for rule in ("all_back", "alive_only", "added_only")
    ]
    found = pd.DataFrame(rows)
    return found.assign(paid_per_added_yuan=found["paid_yuan"] / found["added_count"].where(found["added_count"] > 0))


COLUMNS = [
    "campaign_id",
    "branch_id",
    "goal",
    "product_id",
    "venue_id",
    "design",
    "launch_date",
    "closing_date",
    "basis",
    "reading",
    "is_causal",
    "lift_share",
    "lift_low",
    "lift_high",
    "lift_share_count",
    "cost_yuan",
    "cost_per_added_yuan",
    "read_date",
]


def effects_register(
    readings: pd.DataFrame, campaigns: pd.DataFrame, costs: pd.DataFrame, *, as_of: object
) -> pd.DataFrame:
    """Write one line per campaign for the register: what was tried, what it cost, what may be said of it.

    Parameters
    ----------
    readings : DataFrame
        Of `metrics.campaign_effect.campaign_readings`. Not modified.
    campaigns : DataFrame[campaigns]
    costs : DataFrame
        Of `metrics.campaign_effect.costs_per_added`.
    as_of : date
        The day of the reading.

    Returns
    -------
    DataFrame
        `COLUMNS`. A campaign of which nothing may be said stands there too: unknown is a result; its lift and its cost
        per added loan are missing.
    """
    heads = campaigns[["campaign_id", "branch_id", "goal", "product_id", "venue_id", "launch_date", "closing_date"]]
    rows = readings.merge(heads, on="campaign_id").merge(
        costs[["campaign_id", "cost_yuan", "cost_per_added_yuan"]], on="campaign_id", how="left"
    )
    told = rows["is_causal"]
    kept = rows.assign(read_date=pd.Timestamp(as_of), cost_per_added_yuan=rows["cost_per_added_yuan"].where(told))
    return kept[COLUMNS]


def joined_register(register: pd.DataFrame, past: pd.DataFrame) -> pd.DataFrame:
    """Put this reading's lines under those of earlier reports (`report.results.earlier_results`).

    Examples
    --------
    >>> now = pd.DataFrame({"campaign_id": ["M"], "reading": ["lifted"]})
    >>> len(joined_register(now, pd.DataFrame({"report_date": []})))
    1
    """
    parts = [part.reindex(columns=register.columns) for part in (past, register) if len(part)]
    return pd.concat(parts, ignore_index=True) if parts else register


def newest_effects(register: pd.DataFrame) -> pd.DataFrame:
    """Return of each campaign its last reading, over all the runs that the register was put together from.

    Examples
    --------
    >>> twice = pd.DataFrame({"campaign_id": ["M", "M"], "branch_id": "0755", "reading": ["unfinished", "lifted"],
    ...                       "read_date": pd.to_datetime(["2026-03-31", "2026-06-30"])})
    >>> newest_effects(twice).reading.to_list()
    ['lifted']
    """
    ordered = register.sort_values("read_date", kind="stable")
    return ordered.drop_duplicates(["branch_id", "campaign_id"], keep="last").reset_index(drop=True)


def expected_lift(register: pd.DataFrame, *, goal: str = "new_loan", level: float = 0.95) -> pd.DataFrame:
    r"""Say what lift the readings of the register let a next campaign expect (random effects, DerSimonian and Laird).

    Only readings against a hold-out enter. The range is that of the next campaign's true lift:
    :math:`\hat\mu \pm z\sqrt{\mathrm{Var}(\hat\mu) + \tau^2}`.

    Parameters
    ----------
    register : DataFrame
        `COLUMNS`; the last reading of each campaign counts. Not modified.
    goal : str
        Campaigns of this goal.
    level : float
        Two-sided.

    Returns
    -------
    DataFrame
        One row: ``campaigns_count, lift_share, lift_low, lift_high, between_share`` (tau). All but the count are
        missing with no reading; with one, the range is that reading's.

    References
    ----------
    .. [1] DerSimonian, R., Laird, N. (1986). Controlled Clinical Trials 7, 177-188.

    Examples
    --------
    >>> one = pd.DataFrame({"campaign_id": ["M"], "branch_id": "0755", "goal": "new_loan", "is_causal": True,
    ...     "lift_share": 0.08, "lift_low": 0.04, "lift_high": 0.12, "read_date": pd.Timestamp("2026-06-30")})
    >>> expected_lift(one)[["lift_low", "lift_high"]].round(3).iloc[0].to_list()
    [0.04, 0.12]
    """
    checked_level(level)
    rows = newest_effects(register)
    rows = rows[rows["is_causal"] & rows["goal"].eq(goal)]
    names = ["lift_share", "lift_low", "lift_high", "between_share"]
    if rows.empty:
        return pd.DataFrame([{"campaigns_count": 0} | dict.fromkeys(names, np.nan)])
    z = float(ndtri((1 + level) / 2))
    lift, error = rows["lift_share"].to_numpy(), (rows["lift_high"] - rows["lift_low"]).to_numpy() / 2 / 1.959964
    weight = 1 / error**2
    middle = (weight * lift).sum() / weight.sum()
    excess = (weight * (lift - middle) ** 2).sum() - (len(lift) - 1)
    spread = weight.sum() - (weight**2).sum() / weight.sum()
    between = max(excess / spread, 0.0) if spread > 0 else 0.0
    weight = 1 / (error**2 + between)
    middle = (weight * lift).sum() / weight.sum()
    reach = z * np.sqrt(1 / weight.sum() + between)
    values = (middle, middle - reach, middle + reach, np.sqrt(between))
    return pd.DataFrame([{"campaigns_count": len(lift)} | dict(zip(names, values, strict=True))])
