"""Every name of the face refuses bad input in one sentence with column, row and remedy, and alters nothing."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from decimal import Decimal
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest

import microlib as ml
from microlib.errors import BadConfig, BadData, EmptyBook, WorkbenchError
from microlib.face.contract import Frame, MissingColumn, NotUsable, Number, guarded, kind_of
from microlib.face.needs import NEEDS
from microlib.face.places import PLACES

#: what `loans` and `month_ends` check themselves, in their callers' words: name -> numbers, keys
OWN = {"loans": (["bal", "dpd"], ["loan", "borrower"]), "month_ends": (["dpd", "bal"], ["loan", "month"])}
FACE = [name for name in PLACES if name not in ("WorkbenchError", "open_bank")]
FRAMES = [
    (name, argument) for name, needs in NEEDS.items() for argument, need in needs.items() if isinstance(need, Frame)
] + [(name, "frame") for name in OWN]
VALUES = [
    (name, argument) for name, needs in NEEDS.items() for argument, need in needs.items() if isinstance(need, Number)
]
#: name -> the arguments of its good call, once they are made
GIVEN: dict[str, dict[str, Any]] = {}
every_name = pytest.mark.parametrize("name", FACE)
every_frame = pytest.mark.parametrize(("name", "argument"), FRAMES)
every_value = pytest.mark.parametrize(("name", "argument"), VALUES)


def _given(calls: ModuleType, name: str) -> dict[str, Any]:
    """The arguments of a good call, by name, defaults included; made once, since no test may alter them."""
    if name not in GIVEN:
        args, kwargs = calls.CALLS[name]()
        GIVEN[name] = dict(inspect.signature(getattr(ml, name)).bind(*args, **kwargs).arguments)
    return dict(GIVEN[name])


def _call(name: str, given: dict[str, Any], **spoilt: Any) -> Any:
    signature = inspect.signature(getattr(ml, name))
    bound = signature.bind_partial()
    bound.arguments.update(given | spoilt)
    return getattr(ml, name)(*bound.args, **bound.kwargs)


def _refusal(name: str, given: dict[str, Any], **spoilt: Any) -> WorkbenchError:
    frames = [value for value in spoilt.values() if isinstance(value, pd.DataFrame)]
    copies = [frame.copy(deep=True) for frame in frames]
    with pytest.raises(WorkbenchError) as caught:
        _call(name, given, **spoilt)
    for before, after in zip(copies, frames, strict=True):
        pd.testing.assert_frame_equal(before, after)
    assert not isinstance(caught.value, NotUsable), "the contract let it pass"
    assert caught.value.what and caught.value.fix
    assert "\n" not in caught.value.what
    return caught.value


def _names_in(value: Any) -> list[str]:
    held = value.values() if isinstance(value, dict) else [value] if isinstance(value, str) else value or []
    return [each for each in held if isinstance(each, str)]


def _asked(name: str, argument: str, given: dict[str, Any]) -> dict[str, str]:
    """The columns that a good call's frame must have -> their kinds."""
    if name in OWN:
        numbers, keys = OWN[name]
        return dict.fromkeys(numbers, "amount") | dict.fromkeys(keys, "key")
    need = NEEDS[name][argument]
    kinds = {column: kind_of(column) for column in need.columns.split()}
    chosen = {"label": need.labels, "part": need.parts, "amount": need.amounts}
    return kinds | {
        column: kind
        for kind, arguments in chosen.items()
        for each in arguments
        for column in _names_in(given.get(each))
    }


def _spoilt(frame: pd.DataFrame, column: str, value: Any) -> pd.DataFrame:
    """The frame with one value of its second row replaced."""
    values = frame[column].astype("object").copy()
    values.iloc[1] = value
    return frame.assign(**{column: values})


def _columns(name: str, argument: str, given: dict[str, Any], *kinds: str) -> Iterator[str]:
    yield from (column for column, kind in _asked(name, argument, given).items() if kind in kinds)


def test_every_function_of_the_face_has_a_contract_and_a_good_call(calls: ModuleType) -> None:
    assert set(FACE) == set(calls.CALLS)
    free = {"loans", "month_ends", "sample_loans", "sample_month_ends", "find", "show"}  # show takes any frame
    assert set(FACE) - free == set(NEEDS)


@every_name
def test_a_good_call_answers_and_alters_nothing(name: str, calls: ModuleType) -> None:
    given = _given(calls, name)
    frames = [value for value in given.values() if isinstance(value, pd.DataFrame | pd.Series)]
    copies = [frame.copy(deep=True) for frame in frames]
    assert _call(name, given) is not None
    for before, after in zip(copies, frames, strict=True):
        (pd.testing.assert_frame_equal if isinstance(before, pd.DataFrame) else pd.testing.assert_series_equal)(
            before, after
        )


@every_frame
def test_a_frame_without_a_column_is_refused_with_its_name(name: str, argument: str, calls: ModuleType) -> None:
    given = _given(calls, name)
    for column in _asked(name, argument, given):
        refusal = _refusal(name, given, **{argument: given[argument].drop(columns=column)})
        assert isinstance(refusal, MissingColumn)
        assert column in refusal.what
        assert "there are:" in refusal.fix


@every_frame
def test_text_for_a_number_is_refused_with_row_and_value(name: str, argument: str, calls: ModuleType) -> None:
    given = _given(calls, name)
    for column in _columns(name, argument, given, "amount", "fraction"):
        refusal = _refusal(name, given, **{argument: _spoilt(given[argument], column, "12,000元")})
        assert column in refusal.what and "row 2" in refusal.what and "12,000元" in refusal.what
        assert refusal.failures["row"].tolist() == [2]


@every_frame
def test_a_missing_key_date_or_label_is_refused_with_its_row(name: str, argument: str, calls: ModuleType) -> None:
    given = _given(calls, name)
    unknown = NEEDS[name][argument].unknown.split() if name in NEEDS else []
    kinds = ("key", "month", "date", "label", "flag")
    for column in [column for column in _columns(name, argument, given, *kinds) if column not in unknown]:
        refusal = _refusal(name, given, **{argument: _spoilt(given[argument], column, None)})
        assert isinstance(refusal, BadData)
        assert column in refusal.what and "row 2" in refusal.what


@every_frame
def test_a_row_that_stands_twice_is_refused(name: str, argument: str, calls: ModuleType) -> None:
    given = _given(calls, name)
    key = "loan" if name in OWN else NEEDS[name][argument].key
    frame = given[argument]
    if not key or (name == "connected_groups" and argument == "loans" and "loan_id" not in frame):
        return
    words = [column for word in key.split() for column in (_names_in(given[word]) if word in given else [word])]
    known = [word for word in words if word in frame.columns]
    if not known:
        return
    refusal = _refusal(name, given, **{argument: pd.concat([frame, frame.iloc[[0]]], ignore_index=True)})
    assert "stands twice: in rows 1 and " in refusal.what
    assert len(refusal.failures) == 2


@every_frame
def test_an_empty_frame_is_refused(name: str, argument: str, calls: ModuleType) -> None:
    given = _given(calls, name)
    empty = {argument: given[argument].iloc[:0]}
    if name in NEEDS and NEEDS[name][argument].may_be_empty:
        assert _call(name, given, **empty) is not None
    else:
        assert isinstance(_refusal(name, given, **empty), EmptyBook)


@every_frame
@pytest.mark.parametrize("thing", [[1, 2], "loans.csv", {"a": 1}], ids=["list", "path", "dict"])
def test_what_is_no_frame_is_refused(name: str, argument: str, thing: object, calls: ModuleType) -> None:
    assert "not a table" in _refusal(name, _given(calls, name), **{argument: thing}).what


@every_value
def test_text_for_a_number_given_by_itself_is_refused(name: str, argument: str, calls: ModuleType) -> None:
    given = _given(calls, name)
    refusal = _refusal(name, given, **{argument: "12,000元"})
    assert argument in refusal.what and "12,000元" in refusal.what


@every_value
def test_a_missing_number_is_refused(name: str, argument: str, calls: ModuleType) -> None:
    given = _given(calls, name)
    need = NEEDS[name][argument]
    if need.gaps:
        return
    value = pd.Series([1.0, np.nan]) if need.is_column else np.nan
    assert "missing" in _refusal(name, given, **{argument: value}).what


@every_value
def test_an_infinite_number_is_refused(name: str, argument: str, calls: ModuleType) -> None:
    need = NEEDS[name][argument]
    value = pd.Series([1.0, np.inf]) if need.is_column else np.inf
    assert "infinite" in _refusal(name, _given(calls, name), **{argument: value}).what


@every_name
def test_an_argument_that_is_not_there_is_told_with_how_to_write_it(name: str, calls: ModuleType) -> None:
    if name in OWN:
        return
    with pytest.raises(BadConfig) as caught:
        getattr(ml, name)(no_such_argument=1)
    assert caught.value.fix.startswith(f"write ml.{name}(")


@pytest.mark.parametrize("name", [name for name in FACE if name not in ("sample_loans", "sample_month_ends")])
def test_a_day_that_is_none_is_refused(name: str, calls: ModuleType) -> None:
    if "as_of" not in inspect.signature(getattr(ml, name)).parameters:
        return
    given = _given(calls, name)
    for day in ("2026-06-31", "soon", 20260630):
        assert "as_of" in _refusal(name, given, as_of=day).what


@pytest.mark.parametrize(
    ("spoilt", "said"),
    [
        ({"by": 3}, "by is 3: not the name of a column"),
        ({"by": {"segment"}}, "not the name of a column"),
        ({"by": ["segment", "district"]}, "loans has no column district"),
        ({"days": "30"}, "days is '30': not a number"),
        ({"days": []}, "days holds no number"),
    ],
)
def test_arguments_that_name_nothing_are_refused(spoilt: dict[str, Any], said: str, calls: ModuleType) -> None:
    assert said in _refusal("par", _given(calls, "par"), **spoilt).what


@pytest.mark.parametrize("name", [name for name in FACE if "level" in inspect.signature(getattr(ml, name)).parameters])
@pytest.mark.parametrize("level", ["x", 95, float("nan")])
def test_a_level_that_is_no_fraction_is_refused(name: str, level: object, calls: ModuleType) -> None:
    assert "level is" in _refusal(name, _given(calls, name), level=level).what


def test_a_code_that_no_measure_knows_is_refused_with_the_way_to_translate_it(calls: ModuleType) -> None:
    given = _given(calls, "par")
    refusal = _refusal("par", given, loans=_spoilt(given["loans"], "status", "正常"))
    assert refusal.what.startswith("status of row 2 is '正常': not one of normal, overdue")
    assert '.map({"正常": "normal", …})' in refusal.fix


def test_the_remedy_of_a_missing_column_is_for_the_frame_that_lacks_it(calls: ModuleType) -> None:
    cells = pd.DataFrame({"bad": [1], "total_count": [9]})
    assert 'cells.rename(columns={"bad": "bad_count"})' in _refusal("shrink", {}, cells=cells).fix
    months = calls.months().rename(columns={"month": "month_end"})
    assert 'ml.month_ends(frame, month="month_end")' in _refusal("roll_rates", {}, months=months).fix


def test_what_no_contract_foresees_is_still_one_sentence() -> None:
    broken = guarded(lambda: int("many"), name="broken", needs={})
    with pytest.raises(NotUsable, match="ml.broken cannot be computed from what it was given: ValueError"):
        broken()


def test_a_name_that_is_not_there_is_told_without_pythons_words() -> None:
    broken = guarded(lambda: pd.DataFrame({"a": [1]}).drop(columns="largest_yuan"), name="broken", needs={})
    with pytest.raises(NotUsable, match="no column, row or label is called largest_yuan\n"):
        broken()


@pytest.mark.parametrize("name", ["total_yuan", "largest_yuan"])
def test_amounts_of_cells_come_with_their_largest_or_not_at_all(name: str, calls: ModuleType) -> None:
    given = _given(calls, "suppress")
    assert f"cells has no column {name}" in _refusal("suppress", given, cells=given["cells"].drop(columns=name)).what
    assert "total_yuan" not in _call("suppress", given | {"cells": given["cells"][["segment", "customers_count"]]})


def _converted(frame: pd.DataFrame, how: str) -> pd.DataFrame:
    """The same frame in another of pandas' forms; every value of it says the same."""
    if how == "convert_dtypes":
        return frame.convert_dtypes()
    if how == "arrow":
        return frame.convert_dtypes(dtype_backend="pyarrow")
    new = {}
    for column in frame:
        values, kind = frame[column], kind_of(column)
        if kind in ("date", "month"):
            new[column] = pd.PeriodIndex(values, freq="D" if kind == "date" else "M")
        elif column.endswith("_days") and values.dtype.kind in "iu":
            new[column] = pd.to_timedelta(values, unit="D")
        elif kind in ("amount", "fraction") and values.dtype.kind in "iuf":
            exact = [None if pd.isna(value) else Decimal(repr(float(value))) for value in values]
            new[column] = pd.Series(exact, index=values.index, dtype=object)
        elif values.dtype.kind == "O" or isinstance(values.dtype, pd.StringDtype):
            new[column] = values.astype("category")
    return frame.assign(**new)


@every_frame
@pytest.mark.parametrize("how", ["convert_dtypes", "arrow", "decimals and periods"])
def test_what_can_be_converted_exactly_gives_the_same(name: str, argument: str, how: str, calls: ModuleType) -> None:
    given = _given(calls, name)
    plain, odd = _call(name, given), _call(name, given, **{argument: _converted(given[argument], how)})
    if isinstance(plain, pd.DataFrame):
        pd.testing.assert_frame_equal(odd, plain, check_dtype=False, check_categorical=False)
    else:
        assert type(odd) is type(plain)


@every_value
@pytest.mark.parametrize("value", [True, 2j, pd.Timedelta(days=1)])
def test_what_is_no_number_though_python_reckons_with_it_is_refused(
    name: str, argument: str, value: object, calls: ModuleType
) -> None:
    need = NEEDS[name][argument]
    given = [value, value] if need.is_column else value
    if not (need.is_flag and value is True):
        assert argument in _refusal(name, _given(calls, name), **{argument: given}).what


@pytest.mark.parametrize("value", [True, 2j, pd.Timedelta(days=1)])
def test_money_that_is_no_number_is_refused(value: object, calls: ModuleType) -> None:
    rows = calls.book().assign(balance_yuan=[value] * len(calls.book()))
    assert "not a number" in _refusal("par", _given(calls, "par"), loans=rows).what


def test_months_are_not_cut_to_whole_ones() -> None:
    with pytest.raises(BadData, match="months is 12.5: not a whole number"):
        ml.loan(100_000, yearly_rate=0.06, months=12.5)
    assert ml.loan(Decimal("100000"), yearly_rate=Decimal("0.06"), months=12.0).term_months == 12


def test_an_outcome_that_is_neither_yes_nor_no_is_told_so() -> None:
    with pytest.raises(BadData, match="outcome of row 2 is 5: neither yes nor no") as caught:
        ml.discrimination(pd.Series([0, 5, 1]), pd.Series([0.1, 0.2, 0.3]))
    assert "%" not in caught.value.fix


def test_pairs_are_made_by_label_or_refused() -> None:
    outcome, score = pd.Series([False, False, True, True]), pd.Series([0.1, 0.4, 0.35, 0.8])
    for other in (score, score[::-1], score.sample(frac=1, random_state=3)):
        assert ml.discrimination(outcome, other)["auc"].item() == 0.75
    assert ml.discrimination(outcome, score * 1e-11)["auc"].item() == 0.75
    counts = pd.Series([3, 4], index=["a", "b"]), pd.Series([70, 60], index=["b", "a"])
    assert ml.rate_interval(*counts)["total_count"].tolist() == [60, 70]
    with pytest.raises(BadData, match="labels of their rows differ"):
        ml.discrimination(outcome, score.set_axis(list("abcd")))
    with pytest.raises(BadData, match="labels of their rows differ"):
        ml.rate_interval(counts[0], pd.Series([60, 70], index=["a", "c"]))


def test_an_amount_that_is_missing_is_unknown_and_a_base_that_is_missing_refused() -> None:
    rows = pd.DataFrame({"customer_id": list("abcd"), "late": [5.0, None, 0.0, 0.0], "all": [10.0, 40.0, 20.0, 20.0]})
    found = ml.share_interval(rows, above="late", below="all").iloc[0]
    assert (found["share"], found["base_yuan"], found["unknown_count"], found["unknown_yuan"]) == (0.1, 50, 1, 40)
    with pytest.raises(BadData, match="all is missing in 1 rows"):
        ml.share_interval(rows.assign(all=[10.0, 40.0, None, 20.0]), above="late", below="all")


def test_missing_customers_are_not_one_name_and_a_loan_counts_once() -> None:
    rows = pd.DataFrame({"loan_id": ["1", "2", "3"], "customer_id": ["a", None, None], "balance_yuan": 1.0})
    with pytest.raises(BadData, match="customer_id is missing in 2 rows"):
        ml.concentration(rows, across="customer_id")
    with pytest.raises(BadData, match="loan_id 1 stands twice"):
        ml.concentration(rows.assign(loan_id=["1", "1", "2"], industry="food"), across="industry")


@pytest.mark.parametrize("name", [name for name in FACE if "loans" in NEEDS.get(name, {})])
def test_a_loan_paid_out_after_the_day_is_not_known(name: str, calls: ModuleType) -> None:
    given = _given(calls, name)
    if "as_of" not in given or "disbursed_date" not in given["loans"]:
        return
    later = (
        given["loans"]
        .iloc[[1]]
        .assign(loan_id="later", disbursed_date=pd.Timestamp(given["as_of"]) + pd.Timedelta("1D"))
    )
    more = pd.concat([given["loans"], later], ignore_index=True)
    pd.testing.assert_frame_equal(_call(name, given, loans=more), _call(name, given))
    with pytest.raises(EmptyBook, match="paid out by"):
        _call(name, given, loans=later)


def test_guarantees_are_taken_with_borrowers_or_with_loans(calls: ModuleType) -> None:
    """Both ways find the same circle; what only one of them needs is checked where it is there."""
    guarantees, loans = _given(calls, "guarantee_circles").values()
    (circle,) = ml.guarantee_circles(guarantees, loans).itertuples()
    assert (circle.members_count, circle.shape) == (3, "ring")
    owed = guarantees["loan_id"].map(loans.set_index("loan_id")["balance_yuan"])
    pairs = pd.DataFrame(
        {
            "guarantor_id": guarantees["guarantor_id"],
            "borrower_id": guarantees["loan_id"].map(loans.set_index("loan_id")["customer_id"]),
            "guaranteed_yuan": guarantees["amount_yuan"].clip(upper=owed),
        }
    )
    pd.testing.assert_frame_equal(ml.guarantee_circles(pairs), ml.guarantee_circles(guarantees, loans))
    for frame, more, columns in (
        (guarantees, {"loans": loans}, ("loan_id", "amount_yuan")),
        (pairs, {}, ("borrower_id", "guaranteed_yuan")),
    ):
        for column in columns:
            with pytest.raises(MissingColumn, match=f"guarantees has no column {column}"):
                ml.guarantee_circles(frame.drop(columns=column), **more)
        given = {"guarantees": frame, **more}
        refusal = _refusal("guarantee_circles", given, guarantees=_spoilt(frame, columns[1], "12,000元"))
        assert columns[1] in refusal.what and "row 2" in refusal.what
        refusal = _refusal("guarantee_circles", given, guarantees=_spoilt(frame, columns[1], -1.0))
        assert columns[1] in refusal.what and "row 2" in refusal.what
        for column in columns:
            refusal = _refusal("guarantee_circles", given, guarantees=_spoilt(frame, column, None))
            assert column in refusal.what and "row 2" in refusal.what
    twice = pd.concat([guarantees, guarantees.iloc[[0]]], ignore_index=True)
    assert "stands twice: in rows 1 and 4" in _refusal("guarantee_circles", {"loans": loans}, guarantees=twice).what


def test_a_pair_of_customers_stands_once_or_once_for_each_kind_of_link(calls: ModuleType) -> None:
    links = _given(calls, "connected_groups")["links"]
    twice = pd.concat([links, links.iloc[[0]]], ignore_index=True)
    kinds = twice.assign(link_type=["spouse", "owner", "owner"])
    pd.testing.assert_frame_equal(ml.connected_groups(kinds), ml.connected_groups(links))
    with pytest.raises(BadData, match="stands twice: in rows 1 and 3"):
        ml.connected_groups(twice.assign(link_type="owner"))


def test_a_column_of_ours_is_never_offered_as_another():
    """A ledger without the day of closing is not told to call the day of disbursement so; a strange name is offered."""
    ledger = pd.DataFrame({"loan_id": ["L1"], "customer_id": ["C1"], "balance_yuan": [5.0], "amount_yuan": [5.0]})
    ledger = ledger.assign(disbursed_date=pd.Timestamp("2025-01-01"), status="normal")
    with pytest.raises(MissingColumn) as refusal:
        ml.churn(ledger, as_of="2026-06-30")
    assert "your column" in refusal.value.fix and 'closed_date="disbursed_date"' not in refusal.value.fix
    with pytest.raises(MissingColumn) as refusal:
        ml.churn(ledger.assign(date_closed=pd.NaT, closed="x"), as_of="2026-06-30")
    assert 'closed_date="closed"' in refusal.value.fix
