"""A whole report on a small book: the same results in both languages, boxes for what is missing."""

import json
import re

import pandas as pd
import pytest

from microlib.errors import BadConfig
from microlib.reporting.feeding import NotComputed


def decisions(rows: int = 1) -> pd.DataFrame:
    row = {
        "action": "stop", "segment": "hospital_suppliers", "step": "stop_new_lending", "amount_yuan": 3e6,
        "owner": "branch_head", "due_date": pd.Timestamp("2026-07-15"), "waiting_cost_yuan": None,
        "overturning_measure": "npl_share", "overturning_side": "below", "overturning_value": 0.05,
    }  # fmt: skip
    return pd.DataFrame([row] * rows, columns=list(row))


def written(report):
    loans = report.compute(lambda loans: loans, "loans")
    shown = [report.cover(), report.table("loans", loans), report.fact("balance", loans, column="balance_yuan")]
    waiting = report.compute(lambda loan_months: loan_months, "loan_months")
    return [*shown, report.title("four_pars", waiting), report.decisions(decisions()), report.missing()]


def test_both_languages_keep_equal_results(opened, tmp_path):
    for lang in ("zh", "en"):
        written(opened(lang, tmp_path / lang))
    zh, en = tmp_path / "zh" / "results", tmp_path / "en" / "results"
    names = sorted(file.name for file in zh.iterdir())
    assert names == sorted(file.name for file in en.iterdir()) and len(names) == 5
    assert all((zh / name).read_bytes() == (en / name).read_bytes() for name in names)


def test_no_word_of_either_language_is_kept(opened, tmp_path):
    written(opened("zh", tmp_path))
    facts = (tmp_path / "results" / "facts.json").read_text("utf-8")
    assert not re.search("[一-鿿]", facts)


def test_the_same_report_twice_is_the_same_text_and_page(opened):
    first, second = written(opened()), written(opened())
    assert [(repr(one), one._repr_html_()) for one in first] == [(repr(two), two._repr_html_()) for two in second]


def test_the_cover_says_synthetic_and_decides_on_nobody(opened):
    text = repr(opened().cover())
    assert "合成数据" in text and "本报告不构成对单个客户的授信结论。" in text and "0755" in text


def test_a_page_without_its_table_is_a_grey_box(opened):
    report = opened()
    box = report.title("four_pars", report.compute(lambda x: x, "loan_months"))
    assert "未计算：需要表 月末借据（loan_months）" in repr(box) and "wb-missing" in box.page


def test_a_refusal_is_told_in_words(opened):
    assert "没有可计量的数据" in repr(opened().table("loans", NotComputed(refusal="EmptyBook", detail="no loan")))


def test_the_last_page_lists_what_was_not_computed(opened):
    report = opened()
    report.chart("vintage", None, NotComputed(needs=("loan_months",)))
    assert repr(report.missing()).startswith("[ 未计算：需要表 月末借据（loan_months） → ")


def test_a_full_report_says_so(opened):
    assert repr(opened("en").missing()) == "Every page of this report was computed."


def test_a_decision_card_holds_money_owner_date_cost_and_what_overturns_it(opened):
    text = repr(opened().decisions(decisions()))
    assert all(part in text for part in ("停：", "300.0 万元", "支行行长", "2026-07-15", "未知", "不良率低于 5.0 %"))


def test_four_decisions_are_refused(opened):
    with pytest.raises(BadConfig, match="4 decisions are no decision"):
        opened().decisions(decisions(4))


def test_no_decision_is_said_plainly(opened):
    assert "没有证据充分" in repr(opened().decisions(decisions(0)))


def test_a_fact_of_a_row_is_found_by_its_codes(opened, tmp_path):
    report = opened("en", tmp_path)
    loans = report.compute(lambda loans: loans, "loans")
    report.table("loans", loans)
    report.fact("second", loans, column="balance_yuan", where={"loan_id": "L2"})
    fact = json.loads((tmp_path / "results" / "facts.json").read_text())["second"]
    assert (fact["value"], fact["unit"], fact["source"]) == (250_000, "yuan", "loans")


def test_a_table_without_a_caption_is_refused(opened):
    with pytest.raises(BadConfig, match="no words for my_table"):
        opened().table("my_table", pd.DataFrame({"loan_id": []}))


def test_an_unknown_verdict_is_named(opened):
    with pytest.raises(BadConfig, match="no verdict is called weather"):
        opened().say("weather")


def test_titles_of_the_terms_are_used(opened):
    report = opened()
    report.names("segment", {"hospital_suppliers": {"zh": "医院供应商", "en": "Hospital suppliers"}})
    assert "医院供应商" in repr(report.decisions(decisions()))


def test_the_stamp_names_files_and_their_hashes(opened, tmp_path):
    (tmp_path / "terms.toml").write_text("a = 1")
    assert re.search(r"terms\.toml +[0-9a-f]{12}", repr(opened().stamp(tmp_path / "terms.toml")))


def test_a_page_says_only_once_what_it_waits_for(opened):
    report = opened()
    waiting = report.compute(lambda x: x, "loan_months")
    assert "未计算" in repr(report.title("four_pars", waiting))
    assert repr(report.table("four_pars", waiting)) == repr(report.say("four_pars", waiting)) == ""


def test_a_fact_that_waits_is_no_page(opened):
    report = opened()
    report.fact("top", NotComputed(needs=("loans",)), column="balance_yuan")
    assert "各页均已计算" in repr(report.missing())


def test_nothing_to_draw_is_a_sentence(opened, loans):
    assert repr(opened().chart("loans", None, loans.iloc[:0])) == "[ 没有可画的数据。 ]"


def test_a_sheet_names_its_lines_and_says_what_is_not_computed(opened):
    report = opened()
    pars = report.compute(lambda repayments: repayments, "repayments")
    said = str(report.sheet(report.line("price_parts", pars), report.line("sheet_written", None)))
    assert said.startswith("定价下限的组成  未计算：需要表 还款明细") and "term_sheet.toml 未写出" in said


def test_rules_not_met_are_told_in_both_languages(opened):
    rule = {"zh": "当前无逾期", "en": "no arrears today"}
    for lang, told in (("zh", "不满足：当前无逾期"), ("en", "does not meet: no arrears today")):
        report = opened(lang)
        report.names("exclusion", {"in_arrears": rule}, told="not_met")
        assert report.words.code("exclusion", "in_arrears") == told
