"""A small bank in memory: eight suppliers of one hospital, with and without each kind of evidence.

Twelve lines on two hospitals, stressed.
"""

from __future__ import annotations

import copy
import functools
import importlib
import inspect
import os
import pkgutil
import sys
from collections.abc import Callable, Iterator
from datetime import date
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest

import microlib.design
from microlib.contracts.tables import TABLES
from microlib.design.limits import size_limits
from microlib.design.stress import read_scenarios, stress_lines
from microlib.design.terms import read_policy, read_product
from microlib.errors import WorkbenchError
from microlib.home import Home

AS_OF = date(2026, 6, 30)


class Book(dict):
    """Frames by table; a table that is not given is empty."""

    as_of = AS_OF

    def __missing__(self, name: str) -> pd.DataFrame:
        return shaped(name, {})


def shaped(name: str, columns: dict) -> pd.DataFrame:
    """Return a frame with all columns of the contract; what is not given is missing."""
    length = max((len(values) for values in columns.values()), default=0)
    frame = {}
    for column in TABLES[name].columns:
        values = columns.get(column.name, [None] * length)
        kind = column.frame_type if column.name in columns or not column.required else "object"
        frame[column.name] = pd.Series(list(values), dtype=kind if length else column.frame_type)
    return pd.DataFrame(frame)


@pytest.fixture(scope="session")
def home(root) -> Home:
    return Home(root)


@pytest.fixture(scope="session")
def policy(home):
    return read_policy(home, as_of=AS_OF)


@pytest.fixture(scope="session")
def hospital(home):
    return read_product(home, product="hospital_supplier", as_of=AS_OF)


@pytest.fixture(scope="session")
def stall(home):
    return read_product(home, product="market_stall", as_of=AS_OF)


@pytest.fixture
def applicants() -> pd.DataFrame:
    """Twelve applicants with every input known, of very different size."""
    size = np.arange(1, 13, dtype=float)
    return pd.DataFrame({
        "customer_id": [f"C{number:02d}" for number in range(1, 13)],
        "segment": "hospital_suppliers", "kind": "company", "business_months": 60.0,
        "turnover_yuan": size * 900_000, "cash_month_yuan": size * 70_000, "debt_service_yuan": 0.0,
        "receivable_yuan": size * 150_000, "collateral_yuan": np.nan, "source_id": "H01", "source_share": 0.6,
        "payment_delay_days": 10.0, "balance_yuan": size * 20_000, "kept_yuan": 0.0, "overdue_days": 0,
        "is_npl": False, "group_key": [f"C{number:02d}" for number in range(1, 13)],
        "group_headroom_yuan": 5_000_000.0, "source_headroom_yuan": 40_000_000.0, "debt_is_complete": False,
    })  # fmt: skip


@pytest.fixture
def book() -> Book:
    """Four customers: full evidence, a ledger only, one in arrears, one linked to the first."""
    ids = ["C1", "C2", "C3", "C4"]
    days = pd.to_datetime(["2015-05-01"] * 4)
    months = [f"{year}-{month:02d}" for year in (2024, 2025, 2026) for month in range(1, 13)][6:30]
    return Book(
        customers=shaped("customers", {
            "customer_id": ids, "branch_id": ["0755"] * 4, "kind": ["company"] * 4, "established_date": days,
            "group_id": [None, None, None, None],
        }),
        loans=shaped("loans", {
            "loan_id": ["L1", "L2", "L3"], "customer_id": ["C1", "C3", "C4"], "branch_id": ["0755"] * 3,
            "disbursed_date": pd.to_datetime(["2025-09-01"] * 3), "maturity_date": pd.to_datetime(["2026-09-01"] * 3),
            "amount_yuan": [5e5, 4e5, 3e5], "balance_yuan": [5e5, 4e5, 3e5], "yearly_rate": [0.05, 0.05, 0.05],
            "guarantee": ["credit", "mortgage", "mortgage"], "repayment": ["interest_only"] * 3,
            "overdue_days": [0, 40, 0], "status": ["normal", "overdue", "normal"], "class5": ["normal"] * 3,
        }),
        customer_links=shaped("customer_links", {
            "customer_id_a": ["C1", "C1"], "customer_id_b": ["C4", "C2"], "link_type": ["controller", "phone"],
        }),
        flow_months=shaped("flow_months", {
            "customer_id": ["C1"] * 24, "month": months, "channel": ["pos"] * 24,
            "inflow_yuan": [300_000.0 + 10_000 * number for number in range(24)], "outflow_yuan": [0.0] * 24,
        }),
        core_enterprises=shaped("core_enterprises", {
            "core_id": ["H01"], "name": ["示例医院"], "kind": ["hospital"], "cap_yuan": [1e7],
            "direct_exposure_yuan": [2e6],
        }),
        core_payables=shaped("core_payables", {
            "payable_id": ["Y1", "Y2", "Y3", "Y4"], "core_id": ["H01"] * 4, "customer_id": ["C1", "C1", "C1", "C3"],
            "delivered_date": pd.to_datetime(["2026-05-01", "2025-12-01", "2026-01-10", "2026-05-01"]),
            "due_date": pd.to_datetime(["2026-07-01", "2026-02-01", "2026-03-01", "2026-07-01"]),
            "paid_date": pd.to_datetime([None, None, "2026-03-21", None]),
            "amount_yuan": [900_000.0, 50_000.0, 300_000.0, 200_000.0], "deducted_yuan": [10_000.0, None, None, None],
        }),
    )  # fmt: skip


@pytest.fixture
def evidence() -> pd.DataFrame:
    return pd.DataFrame({
        "customer_id": ["C1", "C2", "C3", "C4"], "core_id": ["H01"] * 4, "venue_id": [None] * 4,
        "core_income_share": [0.5, None, 0.4, None], "income_yuan": [5e6, 3e6, None, None],
        "income_source": ["flows", "declared", None, None],
    })  # fmt: skip


@pytest.fixture
def memberships() -> pd.DataFrame:
    ids = ["C1", "C2", "C3"]
    return pd.DataFrame({"customer_id": ids, "segment": "hospital_suppliers", "is_primary": True})


RATES = pd.DataFrame({"pd_case": ["mean", "upper"], "pd_rate": [0.01, 0.02]})


@pytest.fixture(scope="session")
def stresses(home):
    return read_scenarios(home)


@pytest.fixture
def resting(applicants) -> pd.DataFrame:
    """The applicants on two hospitals, the dependence of the last unknown."""
    share = applicants["source_share"].where(applicants.index < 11)
    sources = ["H01"] * 8 + ["H02"] * 4
    return applicants.assign(source_id=sources, source_kind="hospital", source_share=share)


@pytest.fixture
def stressed(resting, hospital, policy) -> pd.DataFrame:
    sized = size_limits(resting, product=hospital, policy=policy.limits)
    return stress_lines(sized, applicants=resting, product=hospital, policy=policy, default_rates=RATES)


# ---- laws of whatever is called: every public function that takes frames, on the first small call that a test makes

#: law -> functions of which it does not hold by their nature
BY_NATURE = {
    # place by place, objects, or the first and the last of rows that come in an order of their own
    "order": [
        *("cost.internal_rate", "programme.compare_splits", "allocation.rule_matrix", "eligibility.rule_outcome"),
        *("lineup.ledger_offer", "peers.peer_offers", "terms.records", "teams.score_lines"),
        *("review_decisions.reason_decision", "rollout_plan.month_targets", "rollout_plan.progress_decision"),
        *("workdays.meeting_figures", "limits.smallest_caps", "steps.check_ready"),
    ],
    # a share that moved
    "sound": ["programme.source_spread", "programme.allocation_outcomes"],
    # told to the fen; or a column that holds figures of several units
    "scale": [
        *("cost.true_cost", "schedules.yearly_totals", "rollout_plan.allocate_targets", "rollout_plan.month_targets"),
        *("lineup.shelf_claims", "peers.selling_points"),
    ],
    # a row of a table, or a record, as a Series; a part of the ledger without the columns of its contract
    "spoilt": [
        *("lineup.floor_inputs", "lineup.ledger_offer", "scenes.shared_margins", "steps.opportunity_sheet"),
        "incentives.paid_loans",
    ],
}
#: what an argument may be of a call that knows no yuan but those it is given: no policy, no product, no home
PLAIN = (pd.DataFrame, pd.Series, str, bool, int, float, date, type(None))
#: rows of a call small enough to be spoilt many times
FEW, MANY = 2, 300
#: functions whose laws were held in this session already
HELD: set[str] = set()


def _designs() -> dict[str, Callable[..., Any]]:
    """Every public function of `design` that takes a frame or Series: ``module.name`` -> function."""
    found = {}
    for each in pkgutil.iter_modules(microlib.design.__path__):
        module = importlib.import_module(f"microlib.design.{each.name}")
        for name, value in vars(module).items():
            if inspect.isfunction(value) and value.__module__ == module.__name__ and not name.startswith("_"):
                kinds = " ".join(str(one.annotation) for one in inspect.signature(value).parameters.values())
                if "DataFrame" in kinds or "Series" in kinds:
                    found[f"{each.name}.{name}"] = value
    return found


@pytest.fixture(scope="module", autouse=True)
def laws_of_calls(request: pytest.FixtureRequest, script: Callable[[str], ModuleType]) -> Iterator[None]:
    """Keep the first small call of each function while the module's tests run, and hold the laws on it afterwards.

    In the soak alone: which call comes first depends on how files are shared out among workers.
    """
    if "MICROLIB_SOAK" not in os.environ:
        yield
        return
    made, calls = script("laws/contracts_of_measures.py"), {}

    def kept(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        signature = inspect.signature(function)

        @functools.wraps(function)
        def called(*args: Any, **kwargs: Any) -> Any:
            if name in HELD or name in calls:
                return function(*args, **kwargs)
            size = sum(map(made.rows_of, (*args, *kwargs.values())))
            given = copy.deepcopy((args, kwargs)) if FEW <= size <= MANY else None
            result = function(*args, **kwargs)
            if given:
                calls[name] = made.Call(name, function, dict(signature.bind(*given[0], **given[1]).arguments))
            return result

        return called

    wrapped = {id(function): kept(name, function) for name, function in _designs().items()}
    places = [module for name, module in sys.modules.items() if name.startswith("microlib") and module]
    with pytest.MonkeyPatch.context() as patch:
        for module in (*places, request.module):
            for name, value in list(vars(module).items()):
                if inspect.isfunction(value) and id(value) in wrapped:
                    patch.setattr(module, name, wrapped[id(value)])
        yield
    HELD.update(calls)
    faults = [f"{name}: {fault}" for name, call in sorted(calls.items()) for fault in _faults(made, call)]
    assert not faults, "\n".join(faults)


def _faults(made: ModuleType, call: Any) -> Iterator[str]:
    """Say which laws a call breaks: any order of rows and columns, nothing altered, sound, spoilt tables refused."""
    given = copy.deepcopy(call.given)
    try:
        base = call(**copy.deepcopy(given))
    except WorkbenchError:  # it reads files that the test took away again
        return
    if call.name not in BY_NATURE["sound"] and (fault := made.unsound(base)):
        yield fault
    if call.name not in BY_NATURE["order"]:
        mixed = {name: made.changed(value, made.mixed, name) for name, value in copy.deepcopy(given).items()}
        before = copy.deepcopy(mixed)
        if not made.alike(made.named(base), made.named(call(**mixed))):
            yield "tells something else of rows in another order"
        frames = {name: value for name, value in before.items() if isinstance(value, pd.DataFrame | pd.Series)}
        yield from (f"alters {name}" for name, value in frames.items() if not value.equals(mixed[name]))
    if call.name not in BY_NATURE["scale"] and isinstance(base, pd.DataFrame) and _is_plain(given):
        for times in (1e-3, 1e3):
            more = {name: _scaled(value, times, name) for name, value in copy.deepcopy(given).items()}
            if not made.alike(_scaled(base, times), call(**more), relative=1e-7):
                yield f"is not the same in another unit, {times:g} times"
    for law in ("empty", "one row", "gaps", "all alike") if call.name not in BY_NATURE["spoilt"] else ():
        for name in [name for name, value in given.items() if made.rows_of(value)]:
            other = copy.deepcopy(given)
            other[name] = made.changed(other[name], made.spoilt(law), name)
            try:
                told = call(**other)
                fault = "" if call.name in BY_NATURE["sound"] else made.unsound(told)
            except WorkbenchError:
                continue
            except Exception as error:
                fault = repr(error)
            if fault:
                yield f"{name}, {law}: {fault}"


def _is_plain(given: dict[str, Any]) -> bool:
    """Say whether a call is given yuan, and nothing that may know yuan of its own."""
    frames = [value for value in given.values() if isinstance(value, pd.DataFrame)]
    money = any(_is_money(name) for frame in frames for name in frame)
    unnamed = any(
        isinstance(value, pd.Series)
        and value.dtype.kind in "iuf"
        and not str(name).endswith(("_share", "_rate", "yuan"))
        for name, value in given.items()
    )
    return money and not unnamed and all(isinstance(value, PLAIN) for value in given.values())


def _is_money(name: Any) -> bool:
    return str(name) == "yuan" or str(name).endswith("_yuan")


def _scaled(value: Any, times: float, name: str = "") -> Any:
    """Return a frame, or a number that bears the unit, with all yuan so many times."""
    if isinstance(value, pd.DataFrame):
        money = [each for each in value if _is_money(each) and value[each].dtype.kind in "iuf"]
        return value.assign(**{each: value[each] * times for each in money})
    return value * times if _is_money(name) and isinstance(value, int | float | pd.Series) else value
