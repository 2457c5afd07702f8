"""Frames as labelled tables."""

import pandas as pd

from microlib.reporting.catalogues import Words
from microlib.reporting.tables import grid, table

RATES = pd.DataFrame(
    {
        "npl_share": [0.022, 0.5],
        "npl_share_low": [0.014, 0.1],
        "npl_share_high": [0.127, 0.9],
        "npl_share_count": [60, 2],
    }
)


def test_bounds_and_count_stand_in_the_cell_of_their_rate():
    assert grid(RATES, Words("zh")).rows == [["2.2 %（1.4–12.7 %，n=60）"], ["—（n=2，过少）"]]


def test_bounds_named_without_the_unit_are_found_too():
    frame = RATES.rename(columns=lambda name: name.replace("npl_share_", "npl_"))
    assert grid(frame, Words("en")).rows[0] == ["2.2 % (1.4–12.7 %, n=60)"]


def test_numbers_stand_to_the_right_with_their_unit_in_the_head():
    shown = table(pd.DataFrame({"balance_yuan": [1_234_567.0]}), Words("zh"))
    assert '<th style="text-align:right">贷款余额（万元）</th>' in shown.page
    assert '<td style="text-align:right">123.5</td>' in shown.page


def test_cells_from_the_data_are_escaped():
    shown = table(pd.DataFrame({"venue_name": ["<b>五金</b>&\n市场"]}), Words("zh"))
    assert '<td style="text-align:left">&lt;b&gt;五金&lt;/b&gt;&amp; 市场</td>' in shown.page


def test_codes_become_words_and_keys_stay():
    frame = pd.DataFrame({"class5": ["special_mention"], "loan_id": ["0755"], "is_online": [True]})
    assert grid(frame, Words("zh")).rows == [["关注", "0755", "是"]]


def test_missing_values_are_dashes():
    frame = pd.DataFrame({"balance_yuan": [None], "class5": [None], "maturity_date": [pd.NaT]})
    assert grid(frame, Words("zh")).rows == [["—", "—", "—"]]


def test_a_long_table_says_how_much_it_leaves_out():
    shown = table(pd.DataFrame({"loan_id": [str(i) for i in range(50)]}), Words("zh"), rows=40)
    assert shown.text.endswith("另有 10 行，见结果表。")


def test_an_empty_table_has_its_head():
    assert "借据号" in table(pd.DataFrame({"loan_id": []}), Words("zh")).text
