"""A budget over 20,000 customers under 200 source caps, against the same linear program handed to HiGHS directly."""

from __future__ import annotations

import os

import numpy as np
import pandas as pd
from scipy.optimize import linprog
from scipy.sparse import csr_array

from bench import clocks
from microlib.design.allocation import COLUMNS, allocate_budget, cap_each

#: a smaller number for a quick look
CUSTOMERS = int(os.environ.get("MICROLIB_BENCH_CUSTOMERS", "20000"))
SOURCES, BUDGET, SOURCE_CAP = 200, 3e9, 2e7


def rows() -> list[dict]:
    """Return the rows of the bench table."""
    customers = make_customers(CUSTOMERS)
    rules = _rules(customers)
    table = _table(customers)
    assert abs(_ours(customers, rules) - _direct(*table)) < 1.0
    ours = clocks.median_of(lambda: _ours(customers, rules), times=5)
    peer = clocks.median_of(lambda: _direct(*table), times=5)
    name = f"budget over {CUSTOMERS:,} customers under {SOURCES} source caps / HiGHS (s)"
    return [clocks.row(name, ours, peer, bound=1.5, slack=0.02)]


def make_customers(count: int) -> pd.DataFrame:
    """Return customers with limits and profits drawn from one seed."""
    drawn = np.random.default_rng(20260630)
    return pd.DataFrame({
        "customer_id": [f"C{number:06}" for number in range(count)],
        "source_id": [f"P{number:03}" for number in drawn.integers(0, SOURCES, count)],
        "limit_yuan": drawn.integers(5, 100, count) * 10_000.0,
        "profit_rate": drawn.uniform(-0.01, 0.03, count),
    })  # fmt: skip


def _rules(customers: pd.DataFrame) -> pd.DataFrame:
    budget = pd.DataFrame([("budget", "programme", "", "at_most", BUDGET)], columns=COLUMNS)
    return pd.concat([budget, cap_each(customers, scope="source", yuan=SOURCE_CAP)], ignore_index=True)


def _table(customers: pd.DataFrame) -> tuple:
    """Build the program's arrays by hand: not counted for the peer."""
    codes, sources = pd.factorize(customers["source_id"], sort=True)
    everyone = np.arange(len(customers))
    places = (np.r_[np.zeros(len(codes), dtype=int), codes + 1], np.r_[everyone, everyone])
    matrix = csr_array((np.ones(2 * len(codes)), places), shape=(len(sources) + 1, len(codes)))
    limits = np.column_stack([np.zeros(len(codes)), customers["limit_yuan"]])
    return -customers["profit_rate"].to_numpy(), matrix, np.r_[BUDGET, np.full(len(sources), SOURCE_CAP)], limits


def _ours(customers: pd.DataFrame, rules: pd.DataFrame) -> float:
    return allocate_budget(customers, rules=rules).totals["profit_yuan"].item()


def _direct(cost: np.ndarray, matrix: csr_array, amounts: np.ndarray, limits: np.ndarray) -> float:
    return -linprog(cost, A_ub=matrix, b_ub=amounts, bounds=limits, method="highs").fun
