"""The two ways of counting, explained: exits compete, censoring does not."""

import pandas as pd

from microlib.metrics import vintages


def curve(*outcomes: tuple[str, int, int]) -> pd.DataFrame:
    rows = [(name, month) for name, month, times in outcomes for _ in range(times)]
    frame = pd.DataFrame(rows, columns=["outcome", "month_on_book"]).assign(amount_yuan=1.0)
    return vintages.vintage_curve(vintages.vintage_pieces(frame))


def test_the_key_of_settled_loans_is_explained_as_exits(told):
    text = told("vintage_methods", curve(("bad", 3, 2), ("settled", 5, 45), ("bad", 9, 2), ("open", 9, 51)))
    assert "4.0 %" in text and "会得到" in text and "高估了不良" in text


def test_loans_not_yet_observed_are_no_exits(told):
    text = told("vintage_methods", curve(("bad", 3, 2), ("open", 5, 45), ("bad", 9, 2), ("open", 9, 51)))
    assert "有 45 笔只是还没观察到那么久，不是退出" in text


def test_the_headline_carries_interval_and_count(told):
    text = told("vintage", curve(("bad", 3, 2), ("open", 9, 98)))
    assert text.startswith("放款后第 9 个月") and "n=100" in text
