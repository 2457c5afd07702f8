"""Frames as labelled tables."""

import pandas as pd

from microlib.metrics.selling import gap_contributions
from microlib.report.tables import grid, table, table_label
from microlib.report.words import Words

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
    frame = RATES.rename(columns={"npl_share_low": "npl_low", "npl_share_high": "npl_high"})
    assert grid(frame, Words("en")).rows[0] == ["2.2 % (1.4–12.7 %, n=60)"]


def test_a_numerator_is_never_taken_for_the_count():
    frame = pd.DataFrame({"bad_share": [0.02], "bad_share_low": [0.0], "bad_share_high": [0.1], "bad_count": [60]})
    assert grid(frame, Words("zh")).rows == [["2.0 %（0.0–10.0 %）", "60"]]


def test_a_count_with_a_name_of_its_own_is_told_twice():
    frame = pd.DataFrame(
        {"bad_rate": [0.02], "bad_low": [0.0], "bad_high": [0.1], "bad_count": [2], "total_count": [100]}
    )
    assert grid(frame, Words("zh")).rows == [["2.0 %（0.0–10.0 %，n=100）", "2", "100"]]


def test_amounts_of_a_long_table_have_the_unit_of_their_row():
    frame = pd.DataFrame({"total": ["customers_count", "balance_yuan"], "ours": [12.0, 345_000.0]})
    assert [row[1] for row in grid(frame, Words("zh")).rows] == ["12 户", "34.5 万元"]


def test_a_term_sheet_is_told_by_its_units():
    rows = [("yearly_rate", 0.0435, "fraction", ""), ("cap", 3e6, "yuan", ""), ("status", None, "", "pilot")]
    frame = pd.DataFrame(rows, columns=["item", "value", "unit", "code"]).assign(section="terms")
    told = [row[:2] for row in grid(frame, Words("zh")).rows]
    assert told == [["年利率", "4.35 %"], ["最高金额", "300.0 万元"], ["状态", "试点"]]


def test_texts_of_the_terms_are_shown_in_one_language():
    frame = pd.DataFrame({"said_zh": ["新供应商"], "said_en": ["new suppliers"]})
    assert grid(frame, Words("en")).rows == [["new suppliers"]]


def test_what_overturns_a_decision_is_told_in_one_cell():
    names = ["overturning_measure", "overturning_side", "overturning_value"]
    frame = pd.DataFrame([["headroom_yuan", "above", 0.0]], columns=names)
    assert grid(frame, Words("zh")).rows == [["剩余额度由负转正"]]


def test_a_label_may_belong_to_one_table_alone():
    assert Words("zh").of("maturing").column("balance_yuan") == "到期余额"


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
    assert shown.text.endswith("另有 10 行，见工作簿。")


def test_an_empty_table_says_so_in_place_of_a_head_without_a_body():
    shown = table(pd.DataFrame({"loan_id": []}), Words("zh"), caption="待核清单")
    assert shown.text == "待核清单\n没有符合条件的行。" and "<table" not in shown.page


def test_a_column_of_names_is_headed_by_what_they_name():
    frame = pd.DataFrame({"core_id": ["H1", "H2"]})
    named = Words("zh").naming("source_id", {"H1": {"zh": "第一医院", "en": "First Hospital"}})
    assert grid(frame, Words("zh")).head == ["核心企业编号"] and grid(frame, named).head == ["核心企业"]


def test_a_change_of_a_rate_is_told_in_points_under_a_head_without_another_unit():
    frame = pd.DataFrame({"figure": ["npl_share"], "before": [0.013], "after": [0.012], "change": [-0.001],
                          "change_low": [-0.008], "change_high": [0.006]})  # fmt: skip
    told = grid(frame, Words("zh").of("book_changes"))
    assert told.rows[0][3:] == ["-0.1 个百分点", "-0.8 个百分点", "+0.6 个百分点"] and "天" not in "".join(told.head)


def test_a_rise_bears_its_sign_and_a_change_told_in_words_stays_as_it_is():
    frame = pd.DataFrame({"figure": ["balance_yuan", "balance_yuan"], "month_change": [2e6, -1e6]})
    assert [row[1] for row in grid(frame, Words("zh").of("ratio_changes")).rows] == ["+200.0 万元", "-100.0 万元"]
    told = pd.DataFrame({"figure": ["npl_share"], "change": ["same"]})
    assert "+" not in grid(told, Words("zh").of("book_changes")).rows[0][1]


def test_bounds_of_an_amount_are_no_range_of_the_share_beside_it():
    factors = pd.DataFrame({"factor": ["ticket"], "actual": [2.0], "expected": [1.0], "cases_count": [None]})
    frame = gap_contributions(factors.astype({"cases_count": "float64"}))
    told = grid(frame, Words("zh").of("activity_contributions"))
    assert "100.0" in told.rows[0] and len(told.head) == frame.shape[1]


def test_what_is_missing_is_told_as_table_column_or_file():
    zh = Words("zh")
    told = {name: table_label(zh, name) for name in ("loans", "loans.overdue_days", "peers.csv")}
    assert all(name in text for name, text in told.items())
    assert zh.column("overdue_days") in told["loans.overdue_days"]
    assert zh.code("table", "loans") in told["loans"] and zh.code("table", "loans") in told["loans.overdue_days"]


def test_what_is_judged_unlike_is_not_printed_alike():
    """A margin of -0.0034 % fails against 0; 4.97 % holds where 5 % is the line; equal numbers stay as they are."""
    rules = pd.DataFrame({"unit": "fraction", "value": [-0.000034, 0.04996, 0.05], "limit_value": [0.0, 0.05, 0.05]})
    rows = grid(rules, Words("zh")).rows
    assert [len({cell.split()[0] for cell in row}) for row in rows] == [2, 2, 1]
    assert rows[0][0].startswith("-0.0034") and rows[1][0].startswith("4.996")
    same = grid(
        rules.assign(unit="yuan", value=[50_000.4, 1e5, 2e5], limit_value=[50_000.0, 1e5, 2e5]), Words("en")
    ).rows
    assert [row[0] == row[1] for row in same] == [False, True, True]
