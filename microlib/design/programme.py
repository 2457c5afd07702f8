"""A pilot's programme: who takes part, stop rules as caps, allocation beside plainer ways, concentration after.

The optimiser itself stands in `allocation`. `allocate_pilot` shares a pilot's budget,
`alternative_allocations` and `compare_splits` set it beside others, `pilot_feasibility` says whether the
volume can be reached.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from microlib.contracts.policy import Policy
from microlib.contracts.product import Product, StopRule
from microlib.design.allocation import (
    COLUMNS,
    Allocation,
    InfeasibleProgramme,
    allocate_budget,
    cap_each,
    conflicting_rules,
    least_source_loss,
    programme_caps,
    rule_matrix,
    volume_floor,
)
from microlib.design.rates import yearly_margins
from microlib.errors import BadConfig, BadData, EmptyBook
from microlib.stats.concentration import concentration
from microlib.stats.grouping import one_row, paired, told_apart

KEYS = ["customer_id", "source_headroom_yuan", "group_headroom_yuan"]


def programme_candidates(
    limits: pd.DataFrame, *, applicants: pd.DataFrame, product: Product, policy: Policy, pd_rate: float
) -> pd.DataFrame:
    """Gather the lines that were sized, ready to be allocated.

    Parameters
    ----------
    limits : DataFrame
        Result of `limits.size_limits`. Not modified.
    applicants : DataFrame
        Result of `applicants.applicant_frame`, for headrooms. Not modified.
    product : Product
    policy : Policy
        Pricing for profit, stress for the loss if a source stops (its high case).
    pd_rate : float
        Default rate of a year, at the mean.

    Returns
    -------
    DataFrame
        One row per sized line: ``customer_id, segment, source_id, group_key, limit_yuan, profit_rate`` (per yuan of
        the line, after loss and capital), ``stop_loss_share, source_headroom_yuan, group_headroom_yuan``.
    """
    sized = limits[limits["reason"] == "sized"].reset_index(drop=True)
    margins = yearly_margins(sized["limit_yuan"], product=product, policy=policy.pricing, pd_rate=pd_rate)
    names = [name for name in ("customer_id", "segment", "source_id", "group_key", "limit_yuan") if name in sized]
    found = sized[names].assign(
        profit_rate=margins["profit_rate"], stop_loss_share=policy.stress.pd_high * policy.stress.lgd_high
    )
    return found.merge(applicants[KEYS], on="customer_id", how="left")


ALONE = "none"
STATES = ("before", "after")
CHANGE = ["state", "balance_yuan", "hhi", "effective_parts", "largest_part", "largest_share"]


def source_spread(allocated: pd.DataFrame, applicants: pd.DataFrame, *, across: str) -> pd.DataFrame:
    """Set the group's balance by source before the programme beside what it will be when every line is drawn.

    Answers "does this programme make us hang more on one payer?"

    Parameters
    ----------
    allocated : DataFrame
        ``lines`` of an `allocation.Allocation`: ``customer_id, allocated_yuan``. Not modified.
    applicants : DataFrame
        Result of `eligibility.screen_applicants`: ``customer_id``, the column `across`, ``balance_yuan`` and
        ``kept_yuan`` (of loans that stay). Not modified.
    across : str
        ``source_id`` or ``group_key``; an empty key is a customer on nobody's account.

    Returns
    -------
    DataFrame
        One row per key, heaviest after first: the column `across`, ``customers_count``, ``before_yuan, before_share,
        after_yuan, after_share`` (of all members' balance), ``moved_share``
    """
    rows = _exposures(allocated, applicants, across=across)
    sums = rows.groupby(across, as_index=False).agg(
        customers_count=("customer_id", "size"), before_yuan=("before_yuan", "sum"), after_yuan=("after_yuan", "sum")
    )
    for state in STATES:
        total = sums[f"{state}_yuan"].sum()
        sums[f"{state}_share"] = sums[f"{state}_yuan"] / total if total else 0.0
    ordered = sums.sort_values(["after_yuan", across], ascending=[False, True], ignore_index=True)
    names = [across, "customers_count", "before_yuan", "before_share", "after_yuan", "after_share"]
    return ordered[names].assign(moved_share=ordered["after_share"] - ordered["before_share"])


def spread_change(allocated: pd.DataFrame, applicants: pd.DataFrame, *, across: str) -> pd.DataFrame:
    """Measure concentration before and after a programme, those on nobody's account counted one by one.

    Returns
    -------
    DataFrame
        ``state`` (``before``, ``after``), ``balance_yuan, hhi, effective_parts, largest_part, largest_share``; a state
        without balance is left out.
    """
    rows = _exposures(allocated, applicants, across=across)
    part = rows[across].where(rows[across] != ALONE, rows["customer_id"])
    long = pd.concat(
        [pd.DataFrame({"state": state, "part": part, "balance_yuan": rows[f"{state}_yuan"]}) for state in STATES]
    )
    totals = long.groupby("state")["balance_yuan"].sum()
    held = long[long["state"].map(totals) > 0]
    if held.empty:
        return pd.DataFrame(columns=CHANGE)
    found = concentration(held, within="state", across="part").reset_index()
    rank = found["state"].map({state: place for place, state in enumerate(STATES)})
    return found.iloc[rank.argsort()][CHANGE].reset_index(drop=True)


def _exposures(allocated: pd.DataFrame, applicants: pd.DataFrame, *, across: str) -> pd.DataFrame:
    """Reckon each member's balance before and after: a new line replaces those of our loans that do not stay."""
    told = told_apart(allocated, key=["customer_id"], table="allocated")
    granted = told.set_index("customer_id")["allocated_yuan"]
    given = applicants["customer_id"].map(granted).astype("float64").fillna(0.0)
    before, kept = applicants["balance_yuan"].fillna(0.0), applicants["kept_yuan"].fillna(0.0)
    key = applicants[across].fillna("").astype("str")
    return pd.DataFrame(
        {
            "customer_id": applicants["customer_id"],
            across: key.where(key != "", ALONE),
            "before_yuan": before,
            "after_yuan": before.where(given <= 0, kept + given),
        }
    )


#: halvings when the common factor is sought: to far less than a fen
HALVINGS = 100


def split_in_proportion(
    candidates: pd.DataFrame, *, weights: pd.Series, rules: pd.DataFrame, floor_yuan: float = 0.0
) -> pd.Series:
    r"""Share a budget in proportion to weights, each line under its own limit and every cap; equal weights: equally.

    .. math:: x_i = \min(L_i,\; \theta w_i)

    scaled down where a cap of a part would break, with the largest :math:`\theta` that the programme's caps allow.

    Parameters
    ----------
    candidates : DataFrame
        ``limit_yuan`` and the columns of the rules' scopes. Not modified.
    weights : Series
        >= 0, index of `candidates`.
    rules : DataFrame
        Caps only.
    floor_yuan : float
        A line under this is not made; the rest is shared again.

    Returns
    -------
    Series
        Yuan to the fen, index of `candidates`.

    Raises
    ------
    BadConfig
        If a rule asks for a least amount, which a plain split cannot promise.

    Examples
    --------
    >>> firms = pd.DataFrame({"limit_yuan": [10.0, 50, 50]})
    >>> budget = pd.DataFrame([("budget", "programme", "", "at_most", 70.0)],
    ...                       columns=["rule", "scope", "key", "side", "yuan"])
    >>> split_in_proportion(firms, weights=pd.Series([1.0, 1, 1]), rules=budget).to_list()
    [10.0, 30.0, 30.0]
    """
    if (rules["side"] == "at_least").any():
        raise BadConfig("a plain split keeps caps only", where="rules", fix="leave the floors to allocate_budget")
    matrix, yuan = rule_matrix(candidates, rules), rules["yuan"].to_numpy(dtype=float)
    allowed, part = (
        candidates["limit_yuan"].to_numpy(dtype=float),
        pd.Series(paired(candidates["limit_yuan"], weights)).to_numpy(dtype=float),
    )
    amounts = _filled(allowed, part, matrix, yuan)
    while ((amounts > 0) & (amounts < floor_yuan - 0.01)).any():
        small = (amounts > 0) & (amounts < floor_yuan - 0.01)
        drop = small & (amounts <= np.min(amounts[small]) + 0.01)
        allowed = np.where(drop, 0.0, allowed)
        amounts = _filled(allowed, part, matrix, yuan)
    return pd.Series(np.floor(amounts * 100 + 1e-6) / 100, index=candidates.index)


def compare_splits(
    candidates: pd.DataFrame,
    *,
    splits: Mapping[str, pd.Series],
    drawn_rates: pd.DataFrame,
    level: float = 0.9,
    rules: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Hold several ways of sharing one budget side by side, on the same candidates, profits and draws.

    Answers "is the clever way worth its trouble, or within what we do not know?"

    Parameters
    ----------
    candidates : DataFrame
        ``profit_rate``. Not modified.
    splits : mapping of Series
        Yuan by way of sharing, index of `candidates`; the first is the one others are compared with.
    drawn_rates : DataFrame
        Profit rate of each candidate (columns, index of `candidates`) in each draw (rows).
    level : float
        Of the interval.
    rules : DataFrame, optional
        To say whether a way breaks one.

    Returns
    -------
    DataFrame
        One row per way, as given: ``split, customers_count, allocated_yuan, profit_yuan`` (expected),
        ``profit_low_yuan, profit_high_yuan``, ``loses_share`` (draws with a loss), ``behind_yuan`` (the first way's
        expected profit less this one's), ``behind_low_yuan, behind_high_yuan`` (the same draws for both),
        ``is_behind`` (the interval excludes zero), ``rules_broken_count``
    """
    rate, tail = candidates["profit_rate"].to_numpy(dtype=float), (1 - level) / 2
    apart = [name for name, amounts in splits.items() if set(amounts.index) != set(candidates.index)]
    if apart or drawn_rates.empty or not set(candidates.index) <= set(drawn_rates.columns):
        what = f"{apart[0]} is of other customers" if apart else "there is no draw of these customers"
        raise BadData(what, where="candidates", fix="share and draw for the same candidates")
    splits = {name: amounts.reindex(candidates.index) for name, amounts in splits.items()}
    draws = drawn_rates[candidates.index].to_numpy(dtype=float)
    matrix = None if rules is None else rule_matrix(candidates, rules)
    earned = {name: draws @ amounts.to_numpy(dtype=float) for name, amounts in splits.items()}
    first = next(iter(splits))
    rows = []
    for name, amounts in splits.items():
        behind = np.quantile(earned[first] - earned[name], [tail, 1 - tail])
        used = None if matrix is None else matrix @ amounts.to_numpy(dtype=float)
        rows.append(
            {
                "split": name,
                "customers_count": int((amounts > 0).sum()),
                "allocated_yuan": float(amounts.sum()),
                "profit_yuan": float(rate @ amounts.to_numpy(dtype=float)),
                "profit_low_yuan": np.quantile(earned[name], tail),
                "profit_high_yuan": np.quantile(earned[name], 1 - tail),
                "loses_share": float((earned[name] < 0).mean()),
                "behind_yuan": float(rate @ (splits[first] - amounts).to_numpy(dtype=float)),
                "behind_low_yuan": behind[0],
                "behind_high_yuan": behind[1],
                "is_behind": bool(behind[0] > 0),
                "rules_broken_count": 0 if used is None else int((used > rules["yuan"].to_numpy() + 0.5).sum()),
            }
        )
    return pd.DataFrame(rows)


def _filled(allowed: np.ndarray, weights: np.ndarray, matrix, yuan: np.ndarray) -> np.ndarray:
    """Return the fullest split within limits and caps: the largest common factor, found by halving."""
    sizes = matrix.sum(axis=1)
    ceiling = yuan[sizes >= matrix.shape[1]].min(initial=np.inf)
    parts = [
        (matrix.indices[matrix.indptr[place] : matrix.indptr[place + 1]], yuan[place])
        for place in np.flatnonzero(sizes < matrix.shape[1])
    ]
    ratios = allowed[weights > 0] / weights[weights > 0]
    low, high = 0.0, float(ratios.max(initial=0.0))
    widest = _within(high, allowed, weights, parts)
    if widest.sum() <= ceiling + 1e-9:
        return widest
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        fits = _within(middle, allowed, weights, parts).sum() <= ceiling
        low, high = (middle, high) if fits else (low, middle)
    return _within(low, allowed, weights, parts)


def _within(factor: float, allowed: np.ndarray, weights: np.ndarray, parts: list) -> np.ndarray:
    """Return lines at a common factor, those of a part that breaks its cap scaled down to it."""
    amounts = np.minimum(allowed, factor * weights)
    for members, cap in parts:
        total = amounts[members].sum()
        if total > cap:
            amounts[members] *= cap / total
    return amounts


def alternative_allocations(
    best: pd.DataFrame, *, rules: pd.DataFrame, turnover: pd.Series, floor_yuan: float
) -> dict[str, pd.Series]:
    """Share what the best allocation lends in plainer ways too, under the same caps.

    Parameters
    ----------
    best : DataFrame
        ``lines`` of `allocation.allocate_budget`. Not modified.
    rules : DataFrame
        Caps, as it was given them.
    turnover : Series
        Yearly turnover, index of `best`; a firm whose turnover is unknown gets nothing by it.
    floor_yuan : float
        Smallest line; the way of least source loss knows none.

    Returns
    -------
    dict of Series
        Yuan by way: ``most_profit, least_source_loss, by_turnover, equal``.
    """
    plain = {"rules": rules, "floor_yuan": floor_yuan}
    least = least_source_loss(best, rules=rules, volume_yuan=float(best["allocated_yuan"].sum())).lines
    ones = pd.Series(1.0, index=best.index)
    return {
        "most_profit": best["allocated_yuan"],
        "least_source_loss": least["allocated_yuan"],
        "by_turnover": split_in_proportion(best, weights=turnover.fillna(0.0).clip(lower=0.0), **plain),
        "equal": split_in_proportion(best, weights=ones, **plain),
    }


def allocation_table(
    candidates: pd.DataFrame, *, ways: Mapping[str, pd.Series], rules: pd.DataFrame, upper_rate: pd.Series
) -> pd.DataFrame:
    """Hold ways of sharing side by side on the same lines.

    Answers "what does a plainer way cost, and which way rests least on one payer?"

    Parameters
    ----------
    candidates : DataFrame
        ``profit_rate, stop_loss_share, source_id``. Not modified.
    ways : mapping of Series
        Result of `alternative_allocations`.
    rules : DataFrame
    upper_rate : Series
        Profit rate at the upper default rate, index of `candidates`.

    Returns
    -------
    DataFrame
        One row per way: ``split, customers_count, allocated_yuan, profit_yuan`` (a year, mean default rate),
        ``profit_upper_yuan`` (upper default rate), ``largest_share`` (of the heaviest source), ``worst_loss_yuan`` (if
        it stops), ``rules_broken_count``
    """
    matrix, caps = rule_matrix(candidates, rules), rules["yuan"].to_numpy(dtype=float)
    held = candidates["source_id"].fillna("") != ""
    rows = []
    for name, way in ways.items():
        amounts = way.reindex(candidates.index)
        total = float(amounts.sum())
        by_source = amounts[held].groupby(candidates.loc[held, "source_id"]).sum()
        lost = (amounts * candidates["stop_loss_share"])[held].groupby(candidates.loc[held, "source_id"]).sum()
        rows.append(
            {
                "split": name,
                "customers_count": int((amounts > 0).sum()),
                "allocated_yuan": total,
                "profit_yuan": float((amounts * candidates["profit_rate"]).sum()),
                "profit_upper_yuan": float((amounts * upper_rate).sum()),
                "largest_share": float(by_source.max()) / total if len(by_source) and total else float("nan"),
                "worst_loss_yuan": float(lost.max()) if len(lost) else float("nan"),
                "rules_broken_count": int((matrix @ amounts.to_numpy(dtype=float) > caps + 0.5).sum()),
            }
        )
    return pd.DataFrame(rows)


#: watched share -> where it is counted; the first two are shares of the programme, the last of the loss budget
SCOPES = {"worst_source_share": "source", "largest_group_share": "group", "one_source_loss_share": "source"}
SCOPES_COLUMNS = {
    "worst_source_share": "source_id",
    "largest_group_share": "group_key",
    "one_source_loss_share": "source_id",
}
LOSS = "one_source_loss_share"
EXACT = 1e-6


def bearable_lines(policy: Policy) -> float:
    """Return the lines on one source whose stop costs just the loss budget, high case: yuan."""
    return float(policy.limits.source_loss_budget_yuan / (policy.stress.pd_high * policy.stress.lgd_high))


def stop_rule_caps(
    candidates: pd.DataFrame, *, product: Product, budget_yuan: float, bearable_yuan: float
) -> pd.DataFrame:
    r"""Write the caps that follow from stop rules on one source or one group.

    Answers "how must the pilot be spread so that it does not stop itself?"

    .. math:: C_k = s \cdot budget, \qquad C_q = s \cdot \frac{W}{PD_{stop} \cdot LGD_{stop}}

    with :math:`s` the share at which the rule fires, W what may be lost on one source. A programme smaller than its
    budget may still be past the share.

    Parameters
    ----------
    candidates : DataFrame
        ``source_id, group_key``. Not modified.
    product : Product
        Its ``stop_rules``.
    budget_yuan : float
    bearable_yuan : float
        Lines on one source whose stop costs the whole loss budget (`bearable_lines`).

    Returns
    -------
    DataFrame
        One row per rule and source or group, columns of `caps`; ``rule`` is the stop rule's code. Empty where no stop
        rule watches a share that sharing could keep.

    Examples
    --------
    >>> from microlib.design.terms import read_product
    >>> hospital = read_product(".", product="hospital_supplier", as_of="2026-06-30")
    >>> lines = pd.DataFrame({"source_id": ["H01", "H02"], "group_key": ["", ""]})
    >>> found = stop_rule_caps(lines, product=hospital, budget_yuan=2e7, bearable_yuan=1.2e7)
    >>> found[["rule", "key", "yuan"]].to_numpy().tolist()
    [['one_hospital_too_heavy', 'H01', 12000000.0], ['one_hospital_too_heavy', 'H02', 12000000.0]]
    """
    frames = [
        cap_each(
            candidates,
            scope=SCOPES[rule.watched],
            yuan=float(rule.value) * (bearable_yuan if rule.watched == LOSS else budget_yuan),
        ).assign(rule=rule.code)
        for rule in share_rules(candidates, product=product)
    ]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=COLUMNS)


def share_rules(candidates: pd.DataFrame, *, product: Product) -> list[StopRule]:
    """Return the stop rules on a share that can be kept at all: with one source, none can hold less than the whole."""
    return [
        rule
        for rule in product.stop_rules
        if rule.watched in SCOPES and rule.test == "above" and _can_hold(candidates, rule)
    ]


def shares_hold(lines: pd.DataFrame, *, product: Product) -> bool:
    """Say whether an allocation keeps every share of the programme that a stop rule watches (`share_rules`)."""
    total = lines["allocated_yuan"].sum()
    for rule in share_rules(lines, product=product):
        if rule.watched == LOSS:
            continue
        parts = lines[_named(lines, rule)].groupby(SCOPES_COLUMNS[rule.watched])["allocated_yuan"].sum()
        if total and len(parts) and parts.max() / total > float(rule.value) + EXACT:
            return False
    return True


def _can_hold(candidates: pd.DataFrame, rule: StopRule) -> bool:
    if rule.watched == LOSS:
        return True
    keys = candidates.loc[_named(candidates, rule), SCOPES_COLUMNS[rule.watched]].nunique()
    alone = not _named(candidates, rule).all()
    return alone or keys * float(rule.value) >= 1


def _named(candidates: pd.DataFrame, rule: StopRule) -> pd.Series:
    return candidates[SCOPES_COLUMNS[rule.watched]].fillna("") != ""


def pilot_rules(
    candidates: pd.DataFrame,
    *,
    product: Product,
    policy: Policy,
    basis_yuan: float | None = None,
    room_yuan: float = float("nan"),
) -> pd.DataFrame:
    """Write every cap of a product's pilot: policy, budget, headrooms, and its own stop rules.

    Parameters
    ----------
    candidates : DataFrame
        As for `allocation.programme_caps`. Not modified.
    product : Product
    policy : Policy
    basis_yuan : float, optional
        Volume that the shares of stop rules are taken of; the pilot's when left out.
    room_yuan : float
        What the loss budget leaves the product's groups; missing where there is no such bound.

    Returns
    -------
    DataFrame
        Columns of `caps`; the budget is the pilot's, or what the loss budget leaves where that is less.
    """
    budget = pilot_budget(product, room_yuan=room_yuan)
    whole = programme_caps(candidates, policy=policy.limits, budget_yuan=budget)
    basis = budget if basis_yuan is None else basis_yuan
    own = stop_rule_caps(candidates, product=product, budget_yuan=basis, bearable_yuan=bearable_lines(policy))
    return pd.concat([whole, own], ignore_index=True) if len(own) else whole


def pilot_budget(product: Product, *, room_yuan: float) -> float:
    """Return what a pilot may lend at most: what its file says, or what the loss budget leaves, whichever is less."""
    return float(np.fmin(float(product.volumes.pilot_yuan), room_yuan))


def pilot_feasibility(candidates: pd.DataFrame, *, rules: pd.DataFrame) -> pd.DataFrame:
    """Say whether the pilot's whole volume can be lent, and if not which rules stand in its way.

    Answers "we asked for twenty million: which of our own rules must give way before it can be twenty?"

    Parameters
    ----------
    candidates, rules : DataFrame
        As for `allocation.allocate_budget`; the rule ``budget`` says what was asked for. Not modified.

    Returns
    -------
    DataFrame
        Result of `allocation.conflicting_rules` for the caps and a floor of the budget's volume: empty where it can be
        reached.
    """
    budget = float(one_row(rules, "rules", rule="budget")["yuan"])
    asked = pd.concat([rules, volume_floor(budget)], ignore_index=True)
    return conflicting_rules(candidates, rules=asked)


def allocation_outcomes(
    shared: Allocation, asked: pd.DataFrame, *, rules: pd.DataFrame, product: Product, upper_rate: pd.Series
) -> dict[str, pd.DataFrame]:
    """Hold an allocation against plainer ways and against the book it joins.

    Parameters
    ----------
    shared : Allocation
        Result of `allocation.allocate_budget`.
    asked : DataFrame
        Result of `eligibility.screen_applicants`. Not modified.
    rules : DataFrame
        Caps it was made under. Not modified.
    product : Product
    upper_rate : Series
        Profit rate at the upper default rate, index of the lines.

    Returns
    -------
    dict of DataFrame
        ``ways`` (`allocation_table`), ``source_spread, spread_change`` (`spreads`), ``wish`` (`pilot_feasibility`).
    """
    lines, across = shared.lines, "group_key" if product.limit.source == "none" else "source_id"
    told_apart(asked, key=["customer_id"], table="asked")
    turnover = lines["customer_id"].map(asked.set_index("customer_id")["turnover_yuan"]).astype("float64")
    plain = alternative_allocations(lines, rules=rules, turnover=turnover, floor_yuan=float(product.limit.floor_yuan))
    return {
        "ways": allocation_table(lines, ways=plain, rules=rules, upper_rate=upper_rate),
        "source_spread": source_spread(lines, asked, across=across),
        "spread_change": spread_change(lines, asked, across=across),
        "wish": pilot_feasibility(lines, rules=rules),
    }


#: how often the caps follow the volume down, and how far below it they go
ROUNDS, NEARER = 16, 0.9995


def allocate_pilot(
    candidates: pd.DataFrame, *, product: Product, policy: Policy, room_yuan: float = float("nan")
) -> tuple[Allocation, pd.DataFrame]:
    r"""Share a pilot's budget; the shares that stop rules watch are of what is lent, so their caps follow it down.

    .. math:: C_k^{(n+1)} = s \cdot V^{(n)}

    until no share is past its rule.

    Parameters
    ----------
    candidates : DataFrame
        Result of `programme_candidates`. Not modified.
    product : Product
        Pilot, smallest line, stop rules.
    policy : Policy
    room_yuan : float
        As of `pilot_rules`.

    Returns
    -------
    Allocation, DataFrame
        Result of `allocation.allocate_budget`, and the caps it was made under.

    Raises
    ------
    EmptyBook
        If the caps leave no allocation.
    """
    basis, floor = pilot_budget(product, room_yuan=room_yuan), float(product.limit.floor_yuan)
    for _ in range(ROUNDS):
        rules = pilot_rules(candidates, product=product, policy=policy, basis_yuan=basis, room_yuan=room_yuan)
        try:
            found = allocate_budget(candidates, rules=rules, floor_yuan=floor)
        except InfeasibleProgramme as refusal:
            raise EmptyBook(refusal.what, where=refusal.where, fix=refusal.fix) from None
        if shares_hold(found.lines, product=product):
            break
        basis = NEARER * float(found.totals["allocated_yuan"].iloc[0])
    return found, rules
