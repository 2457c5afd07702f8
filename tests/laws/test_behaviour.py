"""Laws that every public measure keeps: rows and columns in any order, scale, nothing altered, degenerate input told.

Each measure is called as the example in its docstring calls it and, where it takes tables, on tables drawn by their
contracts (seed 0; ten seeds in the soak); each name of the face as the good calls beside its tests do; each design as
its own tests call it (`tests/design/conftest.py`). A public function that none of these reaches stands in `WITHOUT`
with the reason, one that breaks a law by its nature in `BY_NATURE`.
"""

from __future__ import annotations

import inspect
import os
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest

import microlib as ml
from microlib.errors import WorkbenchError

#: reason -> functions that have no example that calls them and take no tables alone
WITHOUT = {
    "a helper of one line: returns a text, a list, columns or a bound, and is tested where it is used": """
        loans.existed loans.joined
        borrower_shares.not_computed
        grouping.told_apart guarantees.labelled
        segments.resident_segments""",
    "only selects or joins what another measure found": """
        campaign_effect.readable_costs campaign_effect.weaker_evidence campaign_effect.campaign_readings
        campaign_effect.programme_effects churn.churn_candidates conduct.use_summary
        conduct.with_signs conduct.open_equity conduct.timeline_summary conduct.two_axes connections.network
        guarantees.guarantee_motifs loan_failures.missed_controls payables.year_before
        payables.half_years selling.activity_contributions trade.invoiced_rows trade.flow_gaps
        loan_failures.control_replays loan_failures.control_flags""",
    "takes results of other measures, of which its own tests hold small ones": """
        campaign_plan.member_history campaign_quality.compared_customers campaign_quality.matched_difference
        campaign_quality.matched_effects collateral.value_shocks conduct.elasticities defaults.shared_bounds
        diagnosis.inclusive_loans diagnosis.inclusive_scorecard loan_failures.times_to_bad
        sources.stopped_coverages trade.outcome_tests""",
    "takes a time series or a fit by position": """
        forecast.score_forecasts forecast.replayed_forecasts forecast.due_forecasts seasonality.month_table
        seasonality.fitted_season seasonality.redrawn seasonality.permuted""",
}
#: law -> function -> why the law does not hold of it
BY_NATURE: dict[str, dict[str, str]] = {
    "order": {
        "migration.projected_book": "a square table: rows and columns stand in one order",
        "selling.plan_progress": "steps follow one another",
        "forecast.loan_forecasts": "months follow one another",
        "seasonality.partial_edges": "months follow one another",
        "intervals.prudent_rates": "grades stand best first",
        "segments.group_labels": "kinds are told in the order in which `type_evidence` ranks them",
        "grouping.month_numbers": "an array, place by place",
        "grouping.day_numbers": "an array, place by place",
        "capital.checked_book": "an array, place by place",
        "segments.customer_evidence": "a customer in two chambers is told under the first of them",
        "market.venue_populations": "a venue is told under the first of the names that the draw gives it",
    },
    "empty": {
        "campaign_plan.sample_ratio": "outcomes come from `campaign_outcomes`, which refuses an empty list",
    },
    "sound": {
        "collateral.loan_to_value": "more may be lent than a pledge is worth",
        "conduct.use_signs": "more may flow back than was paid out",
        "conduct.own_parts": "own funds may exceed the budget",
        "products.take_up": "a bank may grant more than was asked for",
        "service.line_uses": "a line may be overdrawn",
        "capacity.product_margins": "weights may be of any scale",
        "capital.granularity_adjustments": "what one name adds may exceed the book",
        "guarantees.guarantee_burdens": "who owns nothing and stands for others is burdened without end",
    },
    "scale": {
        "book.control_differences": "one column holds customers and yuan; its own test takes yuan in another unit",
        "book.compared_totals": "one column holds customers and yuan; its own test takes yuan in another unit",
        "trade.twin_books": "invoices are compared to the fen",
        "chain.financed_payables": "claims are compared to the yuan",
        "migration.npl_bridge": "balances are followed to the fen",
        "invoices.invoice_indicators": "round amounts and the editions of an invoice form are in yuan",
        "links.split_clusters": "the levels of authority are in yuan",
        "service.customer_needs": "the least need is in yuan",
        "loans.opening_balances": "the balance of then bears no unit in its name",
        "campaign_plan.arm_balance": "one column holds traits of several units",
        "diagnosis.book_readings": "one column holds figures of several units",
        "quality.ratio_changes": "one column holds figures of several units",
        "income.segment_profiles": "one column holds figures of several units",
        "capacity.cash_quantiles": "the limits of a quantile bear its name without the unit",
        "quality.pars_from_sums": "a column holds squared yuan",
        "quality.branch_shares": "a column holds squared yuan",
        "borrower_shares.borrower_shares": "its columns are named by the caller",
        "campaign_effect.costs_per_added": "costs are given beside, as a Series",
        "vintage.vintage_counts": "a column holds squared yuan",
        "vintage.vintage_curve": "a column holds squared yuan",
    },
}
#: names of the face whose rows stand in an order of their own
FACE_BY_NATURE = {"loans": "keeps the order of rows", "month_ends": "keeps the order of rows"}
#: measures of a score, of which only the order counts -> the argument that holds it
SCORES = {"discrimination.discrimination": "score", "discrimination.back_test": "indicators"}


@pytest.fixture(scope="module")
def made(script: Any) -> ModuleType:
    return script("laws/contracts_of_measures.py")


@pytest.fixture(scope="module", params=range(10 if "MICROLIB_SOAK" in os.environ else 1))
def results(request: pytest.FixtureRequest, made: ModuleType) -> list[tuple[Any, Any]]:
    """A good call of every measure and its result: on tables drawn, or where they are refused as its example does."""
    found = []
    for name, function in made.public_measures().items():
        for call in (made.drawn_call(name, function, seed=request.param), made.example_call):
            call = call(name, function) if call is made.example_call else call
            result = None if call is None else _tried(call)
            if call is not None and not isinstance(result, WorkbenchError):
                found.append((call, result))
                break
    return found


@pytest.fixture(scope="module")
def calls(results: list[tuple[Any, Any]]) -> list[Any]:
    return [call for call, _ in results]


@pytest.fixture(scope="module")
def bases(results: list[tuple[Any, Any]]) -> dict[int, Any]:
    return {place: result for place, (_, result) in enumerate(results)}


def _frames(call: Any) -> dict[str, pd.DataFrame]:
    return call.of(pd.DataFrame)


def _apart(law: str, call: Any) -> bool:
    return call.name in BY_NATURE[law]


def _told(faults: dict[str, str]) -> None:
    assert not faults, "\n".join(f"{name}: {fault}" for name, fault in sorted(faults.items()))


def _tried(call: Any, **changed: Any) -> Any:
    """The result, or the refusal; anything else that is raised is a fault."""
    try:
        return call(**changed)
    except WorkbenchError as refusal:
        return refusal


def test_every_public_measure_is_reached_or_says_why_not(made: ModuleType, calls: list[Any]) -> None:
    listed = {name: reason for reason, names in WITHOUT.items() for name in names.split()}
    reached, known = {call.name for call in calls}, set(made.public_measures())
    assert not sorted(known - reached - set(listed)), "neither an example that calls it, nor tables, nor a reason"
    assert not sorted(set(listed) - known), "listed and gone"
    assert not sorted(name for law in BY_NATURE.values() for name in law if name not in known)


def test_rows_columns_and_labels_in_any_order_give_the_same_and_nothing_is_altered(
    made: ModuleType, calls: list[Any], bases: dict[int, Any]
) -> None:
    """Rows of all frames and Series shuffled each in its own way, columns reversed, the second run of two.

    Columns given apart belong together by their labels.

    Rows bear other labels too, where a frame does not name them by its index and no Series belongs to it.
    """
    faults = {}
    for place, base in bases.items():
        call, mixed = calls[place], {}
        for name, value in call.of((pd.DataFrame, pd.Series)).items():
            rows = value.iloc[np.random.default_rng(len(name)).permutation(len(value))]
            mixed[name] = rows.iloc[:, ::-1] if isinstance(rows, pd.DataFrame) else rows
            if isinstance(rows.index, pd.Index) and rows.index.dtype.kind == "i" and not call.of(pd.Series):
                mixed[name].index = rows.index + 100
        if _apart("order", call):
            mixed = {name: value.copy() for name, value in call.of((pd.DataFrame, pd.Series)).items()}
        before = {name: value.copy(deep=True) for name, value in mixed.items()}
        try:
            again = call(**mixed)
        except Exception as fault:
            faults[call.name] = repr(fault)
            continue
        if isinstance(again, pd.Series) and isinstance(base, pd.Series) and _frames(call):
            again, base = (
                each.set_axis(each.index % 100 if each.index.dtype.kind == "i" else each.index)
                for each in (again, base)
            )
        if not made.alike(base, again):
            faults[call.name] = "tells something else"
        for name, value in mixed.items():
            if not value.equals(before[name]):
                faults[call.name] = f"alters {name}"
    _told(faults)


def _without_shift(values: pd.Series) -> pd.Series:
    return values.set_axis(values.index % 100) if values.index.dtype.kind == "i" else values


@pytest.mark.parametrize("times", [1e-12, 1e-6, 7.0, 1e9])
def test_only_the_order_of_a_score_counts(times: float, made: ModuleType, results: list[tuple[Any, Any]]) -> None:
    faults = {}
    for call, base in results:
        if call.name in SCORES:
            score = call.given[SCORES[call.name]]
            numbers = score.select_dtypes("number") if isinstance(score, pd.DataFrame) else score
            more = score.assign(**(numbers * times)) if isinstance(score, pd.DataFrame) else score * times
            if not made.alike(base, call(**{SCORES[call.name]: more})):
                faults[call.name] = "is not the same in another unit"
    _told(faults)
    assert set(SCORES) <= {call.name for call, _ in results}


def test_a_confidence_that_is_no_fraction_is_refused(results: list[tuple[Any, Any]]) -> None:
    """95 instead of 0.95, and certainty."""
    calls = {call.name: call for call, _ in results if "level" in call.signature.parameters}
    told = {
        f"{name} at {level}": "is told"
        for name, call in calls.items()
        for level in (95.0, 1.0)
        if not isinstance(_tried(call, level=level), WorkbenchError)
    }
    _told(told)
    assert len(calls) > 40


def test_no_result_is_infinite_nor_a_share_out_of_its_range(
    made: ModuleType, calls: list[Any], bases: dict[int, Any]
) -> None:
    faults = {
        calls[place].name: made.unsound(base) for place, base in bases.items() if not _apart("sound", calls[place])
    }
    _told({name: fault for name, fault in faults.items() if fault})


@pytest.mark.parametrize("law", ["empty", "one row", "nothing known"])
def test_degenerate_tables_are_told_or_refused(
    law: str, made: ModuleType, calls: list[Any], bases: dict[int, Any]
) -> None:
    """An empty table, a single row, and every column missing that the contract lets be missing; one table at a time."""
    faults = {}
    for call in {calls[place].name: calls[place] for place in bases}.values():
        for name, frame in _frames(call).items():
            is_drawn = bool(made.optional_columns(name)) and len(frame) >= made.ROWS // 2
            if law != "empty" and not is_drawn:
                continue  # an example is a row or two already, and every value of it is known
            spoilt = {"empty": frame.iloc[:0], "one row": frame.iloc[:1]}.get(law)
            if law == "nothing known":
                gone = [column for column in made.optional_columns(name) if column in frame]
                spoilt = frame.assign(**{column: frame[column].mask(np.ones(len(frame), bool)) for column in gone})
            if law == "empty" and _apart("empty", call):
                continue
            try:
                result = _tried(call, **{name: spoilt})
                fault = "" if _apart("sound", call) else made.unsound(result)
            except Exception as error:
                fault = f"{name}: {error!r}"
            if fault:
                faults[call.name] = fault
    _told(faults)


@pytest.mark.parametrize("law", ["gaps", "all alike", "one label", "twice"])
def test_gaps_and_rows_all_alike_are_told_or_refused(
    law: str, made: ModuleType, calls: list[Any], bases: dict[int, Any]
) -> None:
    """Each column lacks the value of a row of its own; or every row says what the first says, but for its key.

    Or all rows bear one label, as files put together do; or each row stands twice.
    """
    faults = {}
    for place in bases:
        call = calls[place]
        for name, frame in _frames(call).items():
            if len(frame) < 2 or (law == "one label" and (call.of(pd.Series) or any(frame.index.names))):
                continue
            if law == "one label":
                spoilt = frame.set_axis([7] * len(frame))
            elif law == "twice":
                spoilt = pd.concat([frame, frame], ignore_index=not any(frame.index.names))
            else:
                spoilt = made.gapped(frame) if law == "gaps" else made.levelled(frame, name)
            try:
                result = _tried(call, **{name: spoilt})
                fault = "" if _apart("sound", call) else made.unsound(result)
            except Exception as error:
                fault = f"{name}: {error!r}"
            if fault and call.name not in faults:
                faults[call.name] = fault
    _told(faults)


def test_money_in_another_unit_changes_money_alone(made: ModuleType, calls: list[Any], bases: dict[int, Any]) -> None:
    """All yuan times so much: yuan told are so much more, shares, rates, days and codes are what they were.

    A thousandth in the calls of examples, a thousand times on tables drawn, where both are there.
    """
    faults = {}
    for place, base in bases.items():
        call = calls[place]
        money = [name for frame in _frames(call).values() for name in frame if str(name).endswith("_yuan")]
        if _apart("scale", call) or not isinstance(base, pd.DataFrame) or not money:
            continue
        times = 1e3 if any(len(frame) >= made.ROWS // 2 for frame in _frames(call).values()) else 1e-3
        more = {name: _scaled(frame, times) for name, frame in _frames(call).items()}
        more |= {name: value * times for name, value in call.given.items() if name in ("threshold_yuan", "cap_yuan")}
        more |= {"limits": [each * times for each in call.given["limits"]]} if "limits" in call.given else {}
        if not made.alike(_scaled(base, times), call(**more), relative=1e-7):
            faults[call.name] = "is not the same in another unit"
    _told(faults)


def _scaled(frame: pd.DataFrame, times: float) -> pd.DataFrame:
    money = [name for name in frame if str(name).endswith("_yuan") and frame[name].dtype.kind in "iuf"]
    return frame.assign(**{name: frame[name] * times for name in money})


def test_names_of_the_face_know_no_order_of_rows(made: ModuleType, script: Any) -> None:
    """Rows of all frames shuffled, columns reversed; what else the face keeps stands beside its tests."""
    faults = {}
    for name, make in script("face/calls.py").CALLS.items():
        function = getattr(ml, name)
        args, kwargs = make()
        call = made.Call(name, function, dict(inspect.signature(function).bind(*args, **kwargs).arguments))
        mixed = {
            argument: frame.sample(frac=1, random_state=1).iloc[:, ::-1].reset_index(drop=True)
            for argument, frame in _frames(call).items()
        }
        if mixed and name not in FACE_BY_NATURE and not made.alike(call(), call(**mixed)):
            faults[name] = "tells something else"
    _told(faults)
