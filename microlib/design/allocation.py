"""A budget shared over customers under caps: optimal allocation, why a programme cannot be.

`allocate_budget` earns most risk-adjusted profit, `least_source_loss` loses least if one source stops.
`programme_caps` are the rules as rows; `conflicting_rules` the smallest set that contradicts itself. Who
takes part, and what comes of it, stands in `programme`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import Bounds, LinearConstraint, OptimizeResult, linprog, milp
from scipy.sparse import csr_array, eye_array, hstack, vstack

from microlib.contracts.policy import LimitsPolicy
from microlib.errors import BadConfig, BadData, EmptyBook

COLUMNS = ["rule", "scope", "key", "side", "yuan"]
#: scope -> column of the candidates that says who belongs to it; everyone belongs to the programme
SCOPES = {"programme": "", "source": "source_id", "group": "group_key", "segment": "segment", "grade": "grade"}
SIDES = ("at_most", "at_least")


def programme_caps(candidates: pd.DataFrame, *, policy: LimitsPolicy, budget_yuan: float | None = None) -> pd.DataFrame:
    """Write the caps that policy and headroom set on a programme.

    Answers "which totals may this programme not exceed?"

    Parameters
    ----------
    candidates : DataFrame
        ``source_id, group_key`` with ``source_headroom_yuan, group_headroom_yuan``, as `applicants.applicant_frame`
        gives them; a headroom column that is absent, or missing in a row, sets no cap. Not modified.
    policy : LimitsPolicy
        ``programme_cap_yuan``.
    budget_yuan : float, optional
        Money there is to lend; no cap beyond the policy's when left out.

    Returns
    -------
    DataFrame
        One row per rule: ``rule`` (code: ``programme_cap``, ``budget``, ``source_cap``, ``group_cap``), ``scope``,
        ``key`` (empty for the programme), ``side`` (``at_most``), ``yuan``

    Examples
    --------
    See ``tests/design/programmes/test_caps.py``.
    """
    rows = [("programme_cap", "programme", "", "at_most", float(policy.programme_cap_yuan))]
    if budget_yuan is not None:
        rows.append(("budget", "programme", "", "at_most", float(budget_yuan)))
    frames = [pd.DataFrame(rows, columns=COLUMNS)]
    for scope in ("source", "group"):
        column, headroom = SCOPES[scope], f"{scope}_headroom_yuan"
        if column in candidates and headroom in candidates:
            frames.append(_headrooms(candidates, scope=scope))
    return pd.concat(frames, ignore_index=True)


def cap_each(candidates: pd.DataFrame, *, scope: str, yuan: float) -> pd.DataFrame:
    """Write one cap of the same size for every source, group, segment or grade among the candidates.

    Examples
    --------
    >>> firms = pd.DataFrame({"segment": ["a", "b", "a"]})
    >>> cap_each(firms, scope="segment", yuan=5e6)[["rule", "key", "yuan"]].to_numpy().tolist()
    [['segment_cap', 'a', 5000000.0], ['segment_cap', 'b', 5000000.0]]
    """
    keys = candidates[SCOPES[scope]]
    named = sorted(keys[keys.notna() & (keys != "")].unique())
    return pd.DataFrame(
        {
            "rule": f"{scope}_cap",
            "scope": scope,
            "key": named,
            "side": "at_most",
            "yuan": float(yuan),
        },
        columns=COLUMNS,
    )


def volume_floor(yuan: float, *, scope: str = "programme", key: str = "") -> pd.DataFrame:
    """Write the row that asks for at least so much volume, of the programme or of one part of it.

    Examples
    --------
    >>> volume_floor(30_000_000)[["rule", "side", "yuan"]].to_numpy().tolist()
    [['volume_floor', 'at_least', 30000000.0]]
    """
    return pd.DataFrame([("volume_floor", scope, key, "at_least", float(yuan))], columns=COLUMNS)


def rule_matrix(candidates: pd.DataFrame, rules: pd.DataFrame) -> csr_array:
    """Return which candidate counts in which rule: one row per rule, 1 where it counts.

    Raises
    ------
    BadConfig
        If a rule's scope or side is unknown, or its amount is missing or negative.
    BadData
        If the candidates lack the column of a scope.
    """
    _check(candidates, rules)
    places = rules[["scope", "key"]].assign(place=np.arange(len(rules)))
    pairs = [_members(candidates, part, scope=scope) for scope, part in places.groupby("scope", sort=False)]
    found = pd.concat(pairs).astype("int64") if pairs else pd.DataFrame({"place": [], "member": []}, dtype="int64")
    table = (np.ones(len(found)), (found["place"].to_numpy(), found["member"].to_numpy()))
    return csr_array(table, shape=(len(rules), len(candidates)))


def _members(candidates: pd.DataFrame, part: pd.DataFrame, *, scope: str) -> pd.DataFrame:
    """Pair each rule of one scope with the candidates it counts."""
    members = pd.DataFrame({"member": np.arange(len(candidates))})
    if scope == "programme":
        return part[["place"]].merge(members, how="cross")
    keys = candidates[SCOPES[scope]].to_numpy()
    return part.merge(members.assign(key=keys), on="key")[["place", "member"]]


def _headrooms(candidates: pd.DataFrame, *, scope: str) -> pd.DataFrame:
    column, headroom = SCOPES[scope], f"{scope}_headroom_yuan"
    known = candidates[candidates[column].notna() & (candidates[column] != "") & candidates[headroom].notna()]
    room = known.groupby(column)[headroom].min()
    return pd.DataFrame(
        {
            "rule": f"{scope}_cap",
            "scope": scope,
            "key": room.index.to_numpy(),
            "side": "at_most",
            "yuan": room.to_numpy(dtype=float),
        }
    )


def _check(candidates: pd.DataFrame, rules: pd.DataFrame) -> None:
    for column, legal in (("scope", tuple(SCOPES)), ("side", SIDES)):
        unknown = sorted(set(rules[column]) - set(legal))
        if unknown:
            raise BadConfig(
                f"{column} = {unknown[0]}: is unknown", where="rules", fix=f"choose from {', '.join(legal)}"
            )
    if not (rules["yuan"] >= 0).all():
        bad = rules.loc[~(rules["yuan"] >= 0), "rule"].iloc[0]
        raise BadConfig(f"{bad}: the amount is missing or negative", where="rules", fix="give yuan >= 0")
    absent = [SCOPES[scope] for scope in rules["scope"].unique() if SCOPES[scope] and SCOPES[scope] not in candidates]
    if absent:
        raise BadData(
            f"no column {', '.join(absent)}", where="candidates", fix="add it, or drop the rules that need it"
        )


#: the rule that every candidate has: no line above what it was sized at
OWN_LIMITS = "customer_limits"
#: rules named in the sentence; the frame holds them all
SHOWN = 6


class InfeasibleProgramme(BadConfig):
    """Rules that no allocation can keep together.

    Parameters
    ----------
    conflicts : DataFrame
        Result of `conflicting_rules`.
    gap_yuan : float
        Least amount by which the floors are missed.
    """

    def __init__(self, what: str, *, conflicts: pd.DataFrame, gap_yuan: float) -> None:
        fix = "lower a floor by the gap, or raise one of the caps named"
        super().__init__(what, where=f"programme rules {', '.join(conflicts['rule'].unique())}", fix=fix)
        self.conflicts, self.gap_yuan = conflicts, gap_yuan


def refuse_conflicts(candidates: pd.DataFrame, rules: pd.DataFrame) -> None:
    """Raise when no allocation keeps all rules; say nothing when one does.

    Raises
    ------
    InfeasibleProgramme
        With the smallest contradictory set and the gap.
    """
    found = conflicting_rules(candidates, rules=rules)
    if len(found):
        gap = float(found["gap_yuan"].iloc[0])
        lines = [f"{row.rule} {row.key} {row.side} {row.yuan:,.0f}".replace("  ", " ") for row in found.itertuples()]
        more = [f"and {len(lines) - SHOWN} more"] if len(lines) > SHOWN else []
        what = f"the rules contradict each other by {gap:,.0f} yuan: {'; '.join([*lines[-SHOWN:], *more])}"
        raise InfeasibleProgramme(what, conflicts=found, gap_yuan=gap)


def conflicting_rules(candidates: pd.DataFrame, *, rules: pd.DataFrame) -> pd.DataFrame:
    r"""Find a smallest set of rules that cannot be kept together (irreducible infeasible set).

    Answers "which of our own rules must give way?" Leave any one of them out and the others can be kept.

    Floors are relaxed at a price of one per yuan missed; rules with a shadow price there contradict each other
    (Farkas). From these, rules are dropped one by one while the rest still contradict.

    Parameters
    ----------
    candidates : DataFrame
        ``limit_yuan`` and the columns of the rules' scopes. Not modified.
    rules : DataFrame
        ``rule, scope, key, side, yuan`` of `caps`. Not modified.

    Returns
    -------
    DataFrame
        Rows of `rules` in the set, in their order, with ``gap_yuan`` (least sum of what the floors miss, over all
        rules); a last row ``customer_limits`` where the candidates' own limits are part of it. Empty when all rules
        can be kept.

    Notes
    -----
    Several such sets may exist; the one found depends on the order of the rules only. Mending it may uncover another.

    Examples
    --------
    >>> three = pd.DataFrame({"limit_yuan": [1800.0, 1700.0, 1200.0], "segment": ["a", "b", "c"]})
    >>> from microlib.design.allocation import volume_floor
    >>> conflicting_rules(three, rules=volume_floor(5000))[["rule", "yuan", "gap_yuan"]].to_numpy().tolist()
    [['volume_floor', 5000.0, 300.0], ['customer_limits', 4700.0, 300.0]]
    """
    matrix, limits = rule_matrix(candidates, rules), candidates["limit_yuan"].to_numpy(dtype=float)
    matrix, limits = _merged(matrix, limits)
    gap, prices, own = _least_gap(matrix, limits, rules)
    if gap <= EXACT:
        return pd.DataFrame(columns=[*COLUMNS, "gap_yuan"])
    kept = list(np.flatnonzero(np.abs(prices) > 1e-9))
    if not _contradict(matrix, limits, rules, kept):
        kept, own = list(range(len(rules))), True
    own = own and not _contradict(matrix, np.full_like(limits, np.inf), rules, kept)
    bounds = limits if own else np.full_like(limits, np.inf)
    for place in list(kept):
        rest = [other for other in kept if other != place]
        if rest and _contradict(matrix, bounds, rules, rest):
            kept = rest
    found = rules.iloc[kept][COLUMNS]
    if own:
        row = pd.DataFrame([(OWN_LIMITS, "programme", "", "at_most", float(limits.sum()))], columns=COLUMNS)
        found = pd.concat([found, row])
    return found.assign(gap_yuan=round(gap, 2)).reset_index(drop=True)


def _merged(matrix: csr_array, limits: np.ndarray) -> tuple[csr_array, np.ndarray]:
    """Join candidates to whom the same rules apply: together they can take the sum of their limits."""
    columns = matrix.tocsc()
    columns.sort_indices()
    names = [
        columns.indices[start:end].tobytes() for start, end in zip(columns.indptr, columns.indptr[1:], strict=False)
    ]
    codes, first = pd.factorize(pd.Series(names))
    place = pd.Series(range(len(codes))).groupby(codes).first().to_numpy()
    return columns[:, place].tocsr(), np.bincount(codes, weights=limits, minlength=len(first))


def _least_gap(matrix: csr_array, limits: np.ndarray, rules: pd.DataFrame) -> tuple[float, np.ndarray, bool]:
    """Return the least sum of missed floors, the rules' shadow prices, and whether own limits bind there."""
    count = matrix.shape[1]
    floors = (rules["side"] == "at_least").to_numpy()
    if not floors.any():
        return 0.0, np.zeros(len(rules)), False
    sign = np.where(floors, -1.0, 1.0)
    slack = -eye_array(len(rules), format="csr")[:, np.flatnonzero(floors)]
    table = hstack([matrix.multiply(sign[:, None]), slack], format="csr")
    cost = np.concatenate([np.zeros(count), np.ones(floors.sum())])
    upper = np.concatenate([limits, np.full(floors.sum(), np.inf)])
    found = linprog(
        cost,
        A_ub=table,
        b_ub=sign * rules["yuan"].to_numpy(dtype=float),
        bounds=np.column_stack([np.zeros(len(upper)), upper]),
        method="highs",
    )
    return found.fun, found.ineqlin.marginals, bool((np.abs(found.upper.marginals[:count]) > 1e-9).any())


def _contradict(matrix: csr_array, limits: np.ndarray, rules: pd.DataFrame, kept: list[int]) -> bool:
    gap, _, _ = _least_gap(matrix[kept], limits, rules.iloc[kept])
    return gap > EXACT


#: yuan within which a rule counts as binding
EXACT = 0.01
#: money is lent in whole fen; what is less than a ten-thousandth of one is the solver's
FEN_PER_YUAN, HAIR = 100, 1e-4
#: how near the best the choice of lines must be, as a share of its profit
GAP = 1e-4
#: largest amount in the units in which lines are chosen: the solver takes semi-continuous amounts up to 100,000
SEMI_CONTINUOUS = 1000.0


@dataclass(frozen=True)
class Allocation:
    """What was allocated, and what each rule costs.

    Parameters
    ----------
    lines : DataFrame
        One row per candidate.
    rules : DataFrame
        One row per rule.
    totals : DataFrame
        One row.
    """

    lines: pd.DataFrame
    rules: pd.DataFrame
    totals: pd.DataFrame


def allocate_budget(candidates: pd.DataFrame, *, rules: pd.DataFrame, floor_yuan: float = 0.0) -> Allocation:
    r"""Share a budget so that expected profit after risk is largest, under every cap.

    Answers "who gets how much, and what would one more yuan of each cap be worth?"

    .. math:: \max_x \sum_i \pi_i x_i \quad \text{s.t.} \quad \sum_{i \in k} x_i \le C_k \;\; \forall k,
        \qquad 0 \le x_i \le L_i

    with :math:`\pi_i` the yearly profit rate after expected loss and capital, :math:`L_i` the sized limit and
    :math:`C_k` the caps; floors are rows of the other sign. Solved as a linear program (HiGHS).

    Parameters
    ----------
    candidates : DataFrame
        ``limit_yuan`` (>= 0), ``profit_rate`` (fraction a year, may be negative), the columns of the rules' scopes.
        Not modified.
    rules : DataFrame
        ``rule, scope, key, side, yuan`` of `caps`. Not modified.
    floor_yuan : float
        A line under this is not made: each is nothing, or from this to its limit.

    Returns
    -------
    Allocation
        - ``lines``: index and columns of `candidates` with ``allocated_yuan``, ``profit_yuan``, ``bound_by``
          (``limit``: its own limit; else the rule that stopped it; ``aim``: more would not serve the aim; ``floor``:
          it would be under the floor)
        - ``rules``: with ``used_yuan``, ``room_yuan``, ``shadow_rate`` (profit of one more yuan of a cap, >= 0; of a
          floor, what each yuan asked costs, <= 0), ``is_binding``
        - ``totals``: ``customers_count``, ``allocated_yuan``, ``profit_yuan``, ``profit_rate``, ``bound_yuan`` (profit
          if no line were too small to make: no allocation can beat it)

    Raises
    ------
    InfeasibleProgramme
        If no allocation keeps all rules: the smallest contradictory set is named.
    BadConfig
        If no lines of at least the floor keep all rules, though smaller ones would.
    EmptyBook
        If there is no candidate.
    BadData
        If a limit or profit rate is missing or infinite, or a limit negative.

    Notes
    -----
    Lines, limits and caps are whole fen: what is less is left off, so that no cap is passed by a fraction of one.
    Where several allocations earn the same, the solver's choice is reported; it does not change from run to run.
    With a floor of lines, those worth making are chosen by branch and bound to within 0.01 percent of the best; shadow
    prices are those of the program with that choice made.

    Examples
    --------
    >>> firms = pd.DataFrame({"limit_yuan": [60.0, 60, 60], "profit_rate": [0.03, 0.02, 0.01],
    ...                       "source_id": ["H", "H", "K"]})
    >>> from microlib.design.allocation import cap_each
    >>> allocate_budget(firms, rules=cap_each(firms, scope="source", yuan=80)).lines.allocated_yuan.to_list()
    [60.0, 20.0, 60.0]
    """
    _some(candidates)
    limits, profit = _fen(_amounts(candidates, "limit_yuan")), _amounts(candidates, "profit_rate")
    matrix, lower = rule_matrix(candidates, rules), np.zeros(len(candidates))
    solved = _solve(-profit, matrix, rules=rules, bounds=(lower, limits))
    bound = None if solved.status else -solved.fun
    if bound is not None and _under(solved.x, floor_yuan).any():
        made = _made_lines(-profit, matrix, rules=rules, limits=limits, floor_yuan=floor_yuan)
        lower, limits = np.where(made, floor_yuan, 0.0), np.where(made, limits, 0.0)
        solved = _solve(-profit, matrix, rules=rules, bounds=(lower, limits))
    if solved.status != 0:
        refuse_conflicts(candidates.assign(limit_yuan=limits), rules)
        raise BadData(f"no allocation was found: {solved.message}", where="programme", fix="check limits and rules")
    found = _result(candidates, rules, matrix=matrix, solved=solved, bound=bound)
    idle = (found.lines["allocated_yuan"] == 0) & (profit > 0)
    small = idle & ((found.lines["bound_by"] == "aim") | (candidates["limit_yuan"] < floor_yuan))
    return Allocation(
        found.lines.assign(bound_by=found.lines["bound_by"].mask(small, "floor")), found.rules, found.totals
    )


def least_source_loss(
    candidates: pd.DataFrame, *, rules: pd.DataFrame, volume_yuan: float, within: str = "source_id"
) -> Allocation:
    r"""Share a volume so that the worst single source, if it stops, costs as little as can be.

    .. math:: \min_{x, t} t \quad \text{s.t.} \quad \sum_{i \in p} \lambda_i x_i \le t \;\; \forall p,
        \quad \sum_i x_i = V, \quad \text{and all rules}

    with :math:`\lambda_i` the loss per yuan when source :math:`p` stops.

    Parameters
    ----------
    candidates : DataFrame
        As for `allocate_budget`, with ``stop_loss_share`` (fraction lost if the source stops). Not modified.
    rules : DataFrame
    volume_yuan : float
        To be lent in all.
    within : str
        Column that names the source; the empty text is no source.

    Returns
    -------
    Allocation
        As `allocate_budget`; ``totals`` has ``worst_loss_yuan``; ``shadow_rate`` is what one more yuan of the rule
        takes off the worst loss

    Raises
    ------
    InfeasibleProgramme
        If the volume cannot be reached under the rules.
    EmptyBook
        If there is no candidate.
    BadData
        If a figure is missing or infinite.
    """
    _some(candidates)
    exactly = volume_floor(round(volume_yuan, 2))
    asked = pd.concat([rules, exactly, exactly.assign(rule="volume_cap", side="at_most")], ignore_index=True)
    limits, loss = _fen(_amounts(candidates, "limit_yuan")), _amounts(candidates, "stop_loss_share")
    matrix = rule_matrix(candidates, asked)
    codes, sources = pd.factorize(candidates[within].where(candidates[within] != ""))
    held = np.flatnonzero(codes >= 0)
    losses = csr_array((loss[held], (codes[held], held)), shape=(len(sources), len(limits)))
    worst = vstack([csr_array((len(asked), 1)), -np.ones((len(sources), 1))])
    table = hstack([vstack([matrix, losses]), worst], format="csr")
    cost, upper = np.append(np.zeros(len(limits)), 1.0), np.append(limits, np.inf)
    rows = pd.DataFrame({"side": "at_most", "yuan": 0.0}, index=range(len(sources)))
    together = pd.concat([asked, rows], ignore_index=True)
    solved = _solve(cost, table, rules=together, bounds=(np.zeros(len(upper)), upper))
    if solved.status != 0:
        refuse_conflicts(candidates, asked)
        raise BadData(f"no allocation was found: {solved.message}", where="programme", fix="check limits and rules")
    found = _result(candidates, asked, matrix=matrix, solved=solved, bound=None)
    return Allocation(found.lines, found.rules, found.totals.assign(worst_loss_yuan=float(solved.x[-1])))


def _solve(
    cost: np.ndarray, matrix: csr_array, *, rules: pd.DataFrame, bounds: tuple[np.ndarray, np.ndarray]
) -> OptimizeResult:
    table, amounts = _signed(matrix, rules)
    return linprog(cost, A_ub=table, b_ub=amounts, bounds=np.column_stack(bounds), method="highs")


def _made_lines(
    cost: np.ndarray, matrix: csr_array, *, rules: pd.DataFrame, limits: np.ndarray, floor_yuan: float
) -> np.ndarray:
    """Choose the lines worth making when each must reach the floor (semi-continuous amounts)."""
    table, amounts = _signed(matrix, rules)
    upper, unit = np.where(limits >= floor_yuan, limits, 0.0), limits.max() / SEMI_CONTINUOUS
    found = milp(
        cost,
        constraints=LinearConstraint(table, ub=amounts / unit),
        integrality=np.where(upper > 0, 2, 0),
        bounds=Bounds(np.where(upper > 0, floor_yuan, 0.0) / unit, upper / unit),
        options={"mip_rel_gap": GAP},
    )
    if found.x is None:
        what = f"no lines of {floor_yuan:,.0f} yuan or more keep all rules"
        raise BadConfig(what, where="programme", fix="lower the floor of a line, or a floor of volume")
    return found.x * unit > EXACT


def _signed(matrix: csr_array, rules: pd.DataFrame) -> tuple[csr_array, np.ndarray]:
    """Write every rule as an upper bound: floors with both sides negative."""
    floors = (rules["side"] == "at_least").to_numpy()
    sign = np.where(floors, -1.0, 1.0)
    table = csr_array(matrix.multiply(sign[:, None])) if floors.any() else matrix
    return table, _fen(sign * rules["yuan"].to_numpy(dtype=float))


def _fen(amounts: np.ndarray) -> np.ndarray:
    """Leave off what is less than a fen, a hair below the next one excepted."""
    return np.floor(amounts * FEN_PER_YUAN + HAIR) / FEN_PER_YUAN


def _under(amounts: np.ndarray, floor_yuan: float) -> np.ndarray:
    return (amounts > EXACT) & (amounts < floor_yuan - EXACT)


def _result(
    candidates: pd.DataFrame, rules: pd.DataFrame, *, matrix: csr_array, solved: OptimizeResult, bound: float | None
) -> Allocation:
    amounts = _fen(solved.x[: len(candidates)]) + 0.0
    table, most = _signed(matrix, rules)
    if (table @ amounts > most + HAIR / FEN_PER_YUAN).any():  # a floor that is reached between two fen
        amounts = np.round(solved.x[: len(candidates)], 2) + 0.0
    used, yuan = matrix @ amounts, rules["yuan"].to_numpy(dtype=float)
    room = np.where(rules["side"] == "at_most", yuan - used, used - yuan)
    prices = -solved.ineqlin.marginals[: len(rules)]
    told = rules.assign(
        used_yuan=used,
        room_yuan=np.round(room, 2) + 0.0,
        shadow_rate=np.where(rules["side"] == "at_most", prices, -prices) + 0.0,
        is_binding=room <= EXACT,
    )
    earned = amounts * candidates["profit_rate"].to_numpy(dtype=float)
    lines = candidates.assign(
        allocated_yuan=amounts, profit_yuan=earned, bound_by=_bound_by(candidates, told, matrix, amounts)
    )
    total = float(amounts.sum())
    totals = pd.DataFrame(
        {
            "customers_count": [int((amounts > 0).sum())],
            "allocated_yuan": [total],
            "profit_yuan": [float(earned.sum())],
            "profit_rate": [float(earned.sum()) / total if total else np.nan],
            "bound_yuan": [np.nan if bound is None else bound],
        }
    )
    return Allocation(lines, told, totals)


def _bound_by(candidates: pd.DataFrame, told: pd.DataFrame, matrix: csr_array, amounts: np.ndarray) -> np.ndarray:
    """Name what kept each line from growing: its limit, or the binding cap with the highest shadow price."""
    caps = ((told["side"] == "at_most") & told["is_binding"]).to_numpy()
    order = np.flatnonzero(caps)[np.argsort(told["shadow_rate"].to_numpy()[caps], kind="stable")]
    bound = np.full(len(candidates), "aim", dtype=object)
    for place in order:
        bound[matrix.indices[matrix.indptr[place] : matrix.indptr[place + 1]]] = told["rule"].iloc[place]
    bound = np.where((candidates["profit_rate"].to_numpy(dtype=float) <= 0) & (amounts <= 0), "aim", bound)
    full = (amounts >= candidates["limit_yuan"].to_numpy(dtype=float) - EXACT) & (amounts > 0)
    return np.where(full, "limit", bound)


def _some(candidates: pd.DataFrame) -> None:
    if candidates.empty:
        raise EmptyBook("there is no candidate", where="candidates", fix="size at least one line first")


def _amounts(candidates: pd.DataFrame, name: str) -> np.ndarray:
    values = candidates[name].to_numpy(dtype=float) if name in candidates else np.array([np.nan])
    if not np.isfinite(values).all() or (name.endswith("_yuan") and (values < 0).any()):
        what = f"{name} is missing, infinite or negative"
        raise BadData(what, where="candidates", fix="leave out those without a sized limit")
    return values
