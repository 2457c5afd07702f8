"""Usual mistakes are close and named; what is far off is wrong; every mistake has words."""

from __future__ import annotations

import pytest

from microlib.exercises.exercise import judge, tasks
from microlib.report.words import entries

SLIPS = [
    (code, item, slip)
    for code, task in tasks().items()
    for item in task.items
    for slip in task.slips(task.data(0)).get(item.name, {})
]


@pytest.mark.parametrize(("code", "item", "slip"), SLIPS, ids=lambda each: getattr(each, "name", each))
@pytest.mark.parametrize("seed", [0, 3])
def test_a_usual_mistake_is_close_and_named(worked, code, item, slip, seed) -> None:
    keys, slips = worked(code, seed)[0], worked(code, seed)[1][item.name]
    if judge(item, slips[slip], key=keys[item.name], slips={}).status == "right":
        pytest.skip("with these numbers the mistake leads to the right answer")
    found = judge(item, slips[slip], key=keys[item.name], slips=slips)
    assert (found.status, found.reason) == ("close", slip) or str(slips[found.reason]) == str(slips[slip])


@pytest.mark.parametrize(("code", "item", "slip"), SLIPS, ids=lambda each: getattr(each, "name", each))
def test_every_mistake_has_words(code, item, slip) -> None:
    assert f"{code}_slip.{slip}" in entries("codes") or f"answer_slip.{slip}" in entries("codes")


@pytest.mark.parametrize("code", list(tasks()))
def test_every_table_answer_and_unit_has_words_and_a_good_answer_is_described(code) -> None:
    task, codes = tasks()[code], entries("codes")
    tables = [name for name in task.data(0) if not name.startswith("_")]
    wanted = [f"{code}_table.{name}" for name in tables] + [f"{code}_good.answer"]
    wanted += [f"{code}_item.{item.name}" for item in (*task.items, *task.asked)]
    wanted += [f"answer_unit.{item.unit}" for item in (*task.items, *task.asked)]
    assert not [key for key in wanted if key not in codes]


@pytest.mark.parametrize("code", list(tasks()))
def test_nonsense_is_wrong_and_never_a_crash(worked, code) -> None:
    keys, _ = worked(code, 0)
    for item in tasks()[code].items:
        for answer in (-987_654_321, "?", [1, 2], {"a": 1}):
            found = judge(item, answer, key=keys[item.name], slips={})
            assert found.status in ("wrong", "close"), (item.name, answer)
