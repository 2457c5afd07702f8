"""A budget allocated over customers under caps: most risk-adjusted profit, or least loss from any one source."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import Bounds, LinearConstraint, OptimizeResult, linprog, milp
from scipy.sparse import csr_array, hstack, vstack

from microlib.design.programmes.caps import rule_matrix, volume_floor
from microlib.design.programmes.conflicts import refuse_conflicts
from microlib.errors import BadConfig, BadData

#: yuan within which a rule counts as binding
EXACT = 0.01
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
    BadData
        If a limit or profit rate is missing, or a limit negative.

    Notes
    -----
    Where several allocations earn the same, the solver's choice is reported; it does not change from run to run.
    With a floor of lines, those worth making are chosen by branch and bound to within 0.01 percent of the best; shadow
    prices are those of the program with that choice made.

    Examples
    --------
    >>> firms = pd.DataFrame({"limit_yuan": [60.0, 60, 60], "profit_rate": [0.03, 0.02, 0.01],
    ...                       "source_id": ["H", "H", "K"]})
    >>> from microlib.design.programmes.caps import cap_each
    >>> allocate_budget(firms, rules=cap_each(firms, scope="source", yuan=80)).lines.allocated_yuan.to_list()
    [60.0, 20.0, 60.0]
    """
    limits, profit = _amounts(candidates, "limit_yuan"), _amounts(candidates, "profit_rate")
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
    BadData
        If a figure is missing.
    """
    asked = pd.concat([rules, volume_floor(volume_yuan)], ignore_index=True)
    limits, loss = _amounts(candidates, "limit_yuan"), _amounts(candidates, "stop_loss_share")
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
        cost, constraints=LinearConstraint(table, ub=amounts / unit), integrality=np.where(upper > 0, 2, 0),
        bounds=Bounds(np.where(upper > 0, floor_yuan, 0.0) / unit, upper / unit), options={"mip_rel_gap": GAP},
    )  # fmt: skip
    if found.x is None:
        what = f"no lines of {floor_yuan:,.0f} yuan or more keep all rules"
        raise BadConfig(what, where="programme", fix="lower the floor of a line, or a floor of volume")
    return found.x * unit > EXACT


def _signed(matrix: csr_array, rules: pd.DataFrame) -> tuple[csr_array, np.ndarray]:
    """Write every rule as an upper bound: floors with both sides negative."""
    floors = (rules["side"] == "at_least").to_numpy()
    sign = np.where(floors, -1.0, 1.0)
    table = csr_array(matrix.multiply(sign[:, None])) if floors.any() else matrix
    return table, sign * rules["yuan"].to_numpy(dtype=float)


def _under(amounts: np.ndarray, floor_yuan: float) -> np.ndarray:
    return (amounts > EXACT) & (amounts < floor_yuan - EXACT)


def _result(
    candidates: pd.DataFrame, rules: pd.DataFrame, *, matrix: csr_array, solved: OptimizeResult, bound: float | None
) -> Allocation:
    amounts = np.round(solved.x[: len(candidates)], 2) + 0.0
    used, yuan = matrix @ amounts, rules["yuan"].to_numpy(dtype=float)
    room = np.where(rules["side"] == "at_most", yuan - used, used - yuan)
    prices = -solved.ineqlin.marginals[: len(rules)]
    told = rules.assign(
        used_yuan=used, room_yuan=np.round(room, 2) + 0.0,
        shadow_rate=np.where(rules["side"] == "at_most", prices, -prices) + 0.0, is_binding=room <= EXACT,
    )  # fmt: skip
    earned = amounts * candidates["profit_rate"].to_numpy(dtype=float)
    lines = candidates.assign(
        allocated_yuan=amounts, profit_yuan=earned, bound_by=_bound_by(candidates, told, matrix, amounts)
    )
    total = float(amounts.sum())
    totals = pd.DataFrame({
        "customers_count": [int((amounts > 0).sum())], "allocated_yuan": [total],
        "profit_yuan": [float(earned.sum())], "profit_rate": [float(earned.sum()) / total if total else np.nan],
        "bound_yuan": [np.nan if bound is None else bound],
    })  # fmt: skip
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


def _amounts(candidates: pd.DataFrame, name: str) -> np.ndarray:
    values = candidates[name].to_numpy(dtype=float) if name in candidates else np.array([np.nan])
    if np.isnan(values).any() or (name.endswith("_yuan") and (values < 0).any()):
        raise BadData(f"{name} is missing or negative", where="candidates", fix="leave out those without a sized limit")
    return values
