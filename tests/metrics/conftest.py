"""Frames for the tests of campaigns: one campaign's members out of counts.

Small ledgers and month ends, written by the few columns a test is about.
A small demo bank of two branches: signs are planted in the first, the second is clean.
"""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import numpy as np
import pandas as pd
import pytest

from microlib.contracts.tables import TABLES
from microlib.demo.build import build_world, stages
from microlib.demo.customers import make_roles
from microlib.demo.invoices import make_invoices
from microlib.demo.world import World, make_sales


@pytest.fixture
def members():
    """Return a maker of members from counts: treated borrowers, treated, control borrowers, control."""

    def made(k1: int, n1: int, k0: int, n0: int, **more) -> pd.DataFrame:
        arm = ["treated"] * n1 + ["control"] * n0
        borrowed = [True] * k1 + [False] * (n1 - k1) + [True] * k0 + [False] * (n0 - k0)
        return pd.DataFrame({"campaign_id": "M", "arm": arm, "has_borrowed": borrowed, "cluster_id": None} | more)

    return made


DEFAULTS = {
    "branch_id": "0755",
    "disbursed_date": "2025-01-10",
    "maturity_date": "2027-01-10",
    "amount_yuan": 100.0,
    "balance_yuan": 100.0,
    "yearly_rate": 0.05,
    "overdue_days": 0,
    "class5": "normal",
    "status": "normal",
}
EMPTY = {"str": None, "datetime64[s]": pd.NaT, "float64": np.nan, "Int64": pd.NA, "boolean": pd.NA}


@pytest.fixture
def ledger() -> Callable[..., pd.DataFrame]:
    """Loans with every column of the contract; what is not given is ordinary or missing."""

    def made(count: int, **columns: object) -> pd.DataFrame:
        contract = TABLES["loans"]
        names = {"loan_id": [f"L{i:04d}" for i in range(count)], "customer_id": [f"C{i:04d}" for i in range(count)]}
        given = {**names, **DEFAULTS, **columns}
        kinds = {column.name: column.frame_type for column in contract.columns}
        data = {}
        for name, kind in kinds.items():
            value = given.get(name, EMPTY.get(kind))
            values = value if isinstance(value, list | np.ndarray | pd.Series) else [value] * count
            data[name] = pd.Series(list(values)).astype(kind)
        extra = {name: value for name, value in columns.items() if name not in kinds}
        return pd.DataFrame(data).assign(**extra)

    return made


@pytest.fixture
def month_ends() -> Callable[..., pd.DataFrame]:
    """Month-end rows; what is not given is ordinary."""

    def made(loan_id: list[str], month: list[str], **columns: object) -> pd.DataFrame:
        ordinary = {"balance_yuan": 100.0, "overdue_days": 0, "class5": "normal", "status": "normal"}
        return pd.DataFrame({"loan_id": loan_id, "month": month, **{**ordinary, **columns}})

    return made


@pytest.fixture(scope="session")
def invoiced() -> Callable[..., World]:
    """A demo bank with its people and their invoices, which are those of the whole bank, and with no loans."""

    def made(**asked: object) -> World:
        world = World(**asked)
        for stage in (*stages("ground"), make_roles, make_sales, make_invoices):
            stage(world)
        return world

    return made


@pytest.fixture(scope="session")
def lived(once) -> Callable[[int], World]:
    """A demo bank of two branches, a twentieth of their customers, after sixty months of lending: one's own copy."""

    def made(seed: int) -> World:
        world = World(seed=seed, branches=2, scale=0.05)
        for stage in stages("ground", "lending", "ledger"):
            stage(world)
        return world

    return lambda seed: once(f"lived-{seed}", lambda _: made(seed))


@pytest.fixture(scope="session")
def alarms(script: Callable[[str], ModuleType]) -> ModuleType:
    """The module that counts signs branch by branch."""
    return script("metrics/alarms.py")


@pytest.fixture(scope="session")
def world(once) -> World:
    return once("reviewed_world", lambda _: build_world(branches=2, seed=7, scale=0.25))


@pytest.fixture(scope="session")
def planted(alarms: ModuleType, world: World) -> dict:
    """Tables of the branch in which signs are planted."""
    return alarms.book(world, "0755")


@pytest.fixture(scope="session")
def clean(alarms: ModuleType, world: World) -> dict:
    """Tables of a branch in which nothing of conduct is planted."""
    return alarms.book(world, "0021")
