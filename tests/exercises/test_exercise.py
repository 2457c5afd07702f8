"""Judges: numbers by tolerance, letters by agreement, orders by tau, groups by their pairs."""

from __future__ import annotations

import pytest

from microlib.exercises.exercise import Item, judge

PERCENT = Item("par30", "percent", 0.01)


def told(item, answer, key, **slips):
    found = judge(item, answer, key=key, slips=slips)
    return found.status, found.reason


@pytest.mark.parametrize(
    ("answer", "expected"),
    [(2.2, ("right", "")), (2.209, ("right", "")), (2.24, ("close", "rounding")), (2.3, ("wrong", "")),
     (0.022, ("close", "percent_fraction")), (220, ("close", "percent_fraction")), (-2.2, ("close", "sign")),
     (..., ("blank", "")), ("two", ("wrong", "unreadable")), (5.8, ("close", "adjusted"))],
)  # fmt: skip
def test_a_number(answer, expected) -> None:
    assert told(PERCENT, answer, 2.2, adjusted=5.8) == expected


def test_a_list_is_right_only_as_a_whole() -> None:
    assert told(PERCENT, [2.2, 5.8], [2.2, 5.8]) == ("right", "")
    assert told(PERCENT, [2.2, 3.6], [2.2, 5.8], late_left_out=[9.9, 3.6]) == ("close", "late_left_out")
    assert told(PERCENT, [2.2], [2.2, 5.8]) == ("wrong", "length")
    assert judge(PERCENT, [2.2, 1.0], key=[2.2, 5.8], slips={}).detail == 0.5
    assert told(PERCENT, [2.2, ...], [2.2, 5.8]) == ("blank", "")


def test_letters_and_codings() -> None:
    letters, coded = Item("steps", "letters", 0.75, judge="letters"), Item("codes", "letters", 0.6, judge="kappa")
    assert told(letters, "a b c d", "ABCD") == ("right", "")
    assert told(letters, "ABXX", "ABCD")[0] == "wrong" and told(letters, "ABC", "ABCD") == ("wrong", "length")
    assert told(coded, "AAAABBBB", "AAAABBBB") == ("right", "")
    assert told(coded, "AAAAAAAA", "AAAABBBB")[0] == "wrong"


def test_an_order_the_wrong_way_round_is_named() -> None:
    order = Item("order", "order", 0.8, judge="order")
    assert told(order, "ABCDEF", "ABCDEF") == ("right", "")
    assert told(order, "FEDCBA", "ABCDEF") == ("close", "reversed")
    assert told(order, "AABCDE", "ABCDEF") == ("wrong", "length")


def test_groups_by_their_pairs() -> None:
    groups, key = Item("groups", "groups", 0.9, judge="groups"), [["A", "B", "C"], ["D", "E"]]
    assert told(groups, [["E", "D"], ["C", "A", "B"]], key) == ("right", "")
    assert told(groups, [["A", "B", "C"]], key, hub=[["X", "Y", "Z"]]) == ("close", "too_few")
    assert told(groups, [*key, ["X", "Y", "Z"]], key, hub=[["X", "Y", "Z"]]) == ("close", "hub")


def test_a_choice_and_a_band() -> None:
    choice, band = Item("winner", "letter", judge="choice"), Item("covered", "percent", 5, judge="band")
    assert told(choice, " n ", "N") == ("right", "") and told(choice, "A", "N", more_volume="A")[1] == "more_volume"
    assert told(band, 80, (70, 100)) == ("right", "") and told(band, 67, (70, 100)) == ("close", "too_low")
    assert told(band, 120, (70, 100)) == ("wrong", "too_high")
