"""Why a programme cannot be: the smallest set of rules that contradict each other, by code."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.optimize import linprog
from scipy.sparse import csr_array, eye_array, hstack

from microlib.design.programmes.caps import COLUMNS, rule_matrix
from microlib.errors import BadConfig

#: the rule that every candidate has: no line above what it was sized at
OWN_LIMITS = "customer_limits"
#: yuan below which a rule counts as kept
EXACT = 0.01
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
    >>> from microlib.design.programmes.caps import volume_floor
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
        cost, A_ub=table, b_ub=sign * rules["yuan"].to_numpy(dtype=float),
        bounds=np.column_stack([np.zeros(len(upper)), upper]), method="highs",
    )  # fmt: skip
    return found.fun, found.ineqlin.marginals, bool((np.abs(found.upper.marginals[:count]) > 1e-9).any())


def _contradict(matrix: csr_array, limits: np.ndarray, rules: pd.DataFrame, kept: list[int]) -> bool:
    gap, _, _ = _least_gap(matrix[kept], limits, rules.iloc[kept])
    return gap > EXACT
