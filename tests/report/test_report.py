"""Pages as the files of words write them: each shows what it says, in the report that shows it.

A whole report on a small book: the same results in both languages, boxes for what is missing.
"""

from __future__ import annotations

import ast
import inspect
import json
import re
from pathlib import Path

import pandas as pd
import pytest

from microlib.errors import BadConfig
from microlib.metrics.book import book_size
from microlib.report import words
from microlib.report.charts import chart_function
from microlib.report.display import joined
from microlib.report.feeding import NotComputed
from microlib.report.sentences import verdicts
from microlib.report.words import Words, _pages, entries, page_files, page_words

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(entries("captions"))
FILES = [file.stem for file in page_files()]
#: columns that are told within the value beside them
FOLDED = {"varies", "old_code"}


@pytest.fixture
def files(tmp_path, monkeypatch):
    """Write files of words of one's own: name -> text."""
    (tmp_path / "reports").mkdir()
    (tmp_path / "common.toml").write_text("", "utf-8")

    def write(**texts: str) -> None:
        for name, text in texts.items():
            (tmp_path / f"{name.replace('__', '/')}.toml").write_text(text, "utf-8")

    caches = (entries, page_files, _pages)
    monkeypatch.setattr(words, "FOLDER", tmp_path)
    for cache in caches:
        cache.cache_clear()
    yield write
    for cache in caches:
        cache.cache_clear()


CAPTION = 'caption = { zh = "甲", en = "a" }\n'


@pytest.mark.parametrize("report", FILES)
def test_every_column_shown_has_a_label_of_its_own(report):
    pages = [page_words(name, report=report) for name in PAGES]
    unlabelled = []
    for page in pages:
        for column in set(page.columns) - FOLDED:
            try:
                Words("zh").of(page.name).column(column.removesuffix("_zh").removesuffix("_en"))
            except BadConfig:
                unlabelled.append((page.name, column))
    assert not unlabelled


@pytest.mark.parametrize("report", FILES)
def test_every_figure_is_drawn_by_a_function_that_takes_its_options(report):
    for name in PAGES:
        figure = page_words(name, report=report).figure
        if figure is not None:
            assert set(figure.options) <= set(inspect.signature(chart_function(figure.draw)).parameters), name


def test_every_report_notebook_has_its_file_of_words_and_says_its_name():
    for path in sorted((ROOT / "notebooks" / "reports").glob("*.ipynb")):
        assert path.stem in FILES
        sources = ["".join(cell["source"]) for cell in json.loads(path.read_text("utf-8"))["cells"]]
        assert sum(f'open_report(book, name="{path.stem}"' in source for source in sources) == 1


def _literal(node: ast.expr) -> bool:
    return isinstance(node, ast.List) and all(isinstance(each, ast.Constant) for each in node.elts)


def test_no_notebook_lists_the_columns_of_a_page():
    listed = []
    for path in sorted((ROOT / "notebooks").glob("*/*.ipynb")):
        cells = [cell for cell in json.loads(path.read_text("utf-8"))["cells"] if cell["cell_type"] == "code"]
        for source in ("".join(cell["source"]) for cell in cells):
            calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
            tables = [call for call in calls if getattr(call.func, "attr", "") == "table"]
            of_reports = [call for call in tables if ast.unparse(call.func.value).startswith("report")]
            listed += [(path.stem, key.arg) for call in of_reports for key in call.keywords if _literal(key.value)]
    assert not listed


def test_a_report_shows_a_shared_page_in_its_own_way(files):
    files(
        common=f'[due]\n{CAPTION}columns = ["loan_id"]\n',
        reports__1_first='[due]\ncolumns = ["balance_yuan"]\nrows = 3\n',
    )
    shown = page_words("due", report="1_first")
    assert (shown.columns, shown.rows, shown.caption["en"]) == (("balance_yuan",), 3, "a")
    assert page_words("due", report="2_second").columns == page_words("due").columns == ("loan_id",)


def test_a_page_that_stands_twice_is_refused(files):
    files(reports__1_first=f"[due]\n{CAPTION}", reports__2_second=f"[due]\n{CAPTION}")
    with pytest.raises(BadConfig, match="the words for due stand twice"):
        page_words("due")


def test_a_sentence_that_stands_twice_is_refused(files):
    said = '[{0}.sentences]\nlate = {{ zh = "晚", en = "late" }}\n'
    files(reports__1_first=f"[due]\n{CAPTION}{said.format('due')}[paid]\n{CAPTION}{said.format('paid')}")
    with pytest.raises(BadConfig, match="the words for late stand twice"):
        entries("sentences")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f'{CAPTION}colums = ["loan_id"]\n', r"\[due\] holds colums, which no page has"),
        ('columns = ["loan_id"]\nread = { zh = "读", en = "r" }\n', r"\[due\] has no caption"),
        (f'{CAPTION}columns = "loan_id"\n', r"the columns of \[due\] are no list"),
        (f"{CAPTION}columns = []\n", r"the columns of \[due\] are no list"),
        (f'{CAPTION}figure = {{ label = "loan_id" }}\n', r"does not say what draws it"),
        (f'{CAPTION}rows = "many"\n', r"the rows of \[due\] are no number"),
        ('caption = { zh = "甲" }\n', "due lacks a language"),
        (f'{CAPTION}read = {{ en = "r" }}\n', "read lacks a language"),
    ],
)
def test_a_slip_in_a_page_is_named(files, text, said):
    files(reports__1_first=f"[due]\n{text}")
    with pytest.raises(BadConfig, match=said):
        page_words("due")


def test_words_for_nothing_are_refused_by_name():
    with pytest.raises(BadConfig, match="there are no words for the_weather"):
        page_words("the_weather")


def test_an_unknown_figure_is_refused_by_name():
    with pytest.raises(BadConfig, match="no figure is drawn by pie"):
        chart_function("pie")


def test_every_page_of_the_catalogue_is_shown_or_said():
    """A page with sentences has a verdict that says them."""
    mute = [name for name in PAGES if page_words(name).sentences and name not in verdicts()]
    assert not mute


@pytest.fixture
def alerts():
    return pd.DataFrame(
        {
            "warning": ["crossing"],
            "loans_count": [2],
            "customers_count": [1],
            "balance_yuan": [3e5],
            "owed_yuan": [0.0],
            "extra": [1],
        }
    )


def test_a_table_shows_the_columns_of_its_words_and_keeps_all(opened, alerts):
    report = opened("en")
    shown = repr(report.table("warnings", alerts))
    assert "30.0" in shown and "extra" not in shown
    assert list(report.results.tables["warnings"]) == list(alerts)
    assert report.results.listing["shown"][0]["columns"] == list(page_words("warnings").columns)


def test_a_column_that_the_result_has_not_is_refused_by_name(opened, alerts):
    with pytest.raises(BadConfig, match="the table has no column owed_yuan"):
        opened().table("warnings", alerts.drop(columns="owed_yuan"))


def test_columns_of_the_call_go_before_those_of_the_words(opened, alerts):
    report = opened()
    report.table("warnings", alerts, columns=["warning"])
    assert report.results.listing["shown"][0]["columns"] == ["warning"]


def decided() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "segment": ["a", "b"],
            "share": [0.02, 0.04],
            "share_low": [0.01, 0.03],
            "share_high": [0.03, 0.05],
            "base_customers_count": [100, 200],
        }
    )


def test_show_says_the_sentence_above_the_table(opened, alerts):
    report = opened()
    together = report.show("warnings", alerts)
    other = opened()
    apart = joined([other.say("warnings", alerts), other.table("warnings", alerts)])
    assert (together.text, together.page) == (apart.text, apart.page)


def test_page_has_the_answer_as_its_heading(opened, alerts):
    report = opened()
    shown = report.page("warnings", alerts)
    assert shown.page.startswith('<h2 class="wb-title">') and "wb-table" in shown.page


def test_a_page_with_a_figure_is_shown_part_by_part(opened):
    shown = opened().page("segment_quality", decided(), appetite=0.05)
    assert [type(part).__name__ for part in shown.parts] == ["Shown", "Picture"]
    assert "wb-title" in shown.parts[0].page and "客群" in repr(shown)


def test_a_figure_takes_what_the_words_leave_open(opened):
    report = opened()
    report.draw("segment_quality", decided(), appetite=0.05)
    [chart] = report.results.listing["shown"]
    assert (chart["draw"], chart["options"]) == ("interval_dots", {"label": "segment", "value": "share"})


def test_a_page_without_a_figure_has_nothing_to_draw(opened, alerts):
    with pytest.raises(BadConfig, match="the words give warnings no figure"):
        opened().draw("warnings", alerts)


def test_a_measure_is_computed_and_shown_under_its_own_name(opened):
    def warnings(loans: pd.DataFrame) -> pd.DataFrame:
        return pd.DataFrame(
            {
                "warning": ["crossing"],
                "loans_count": [len(loans)],
                "customers_count": [1],
                "balance_yuan": [loans["balance_yuan"].sum()],
                "owed_yuan": [0.0],
            }
        )

    report = opened()
    assert "125.0" in repr(report.show(warnings))
    assert repr(report.show("warnings")) == repr(report.show(warnings))


def test_a_page_that_waits_says_so_once(opened):
    def warnings(loan_months: pd.DataFrame) -> pd.DataFrame:
        return loan_months

    shown = repr(opened().page(warnings))
    assert shown.count("未计算") == 2 and shown.count("loan_months") == 1  # in the heading, and why below it


def test_an_argument_that_nothing_takes_is_refused(opened, alerts):
    with pytest.raises(BadConfig, match="nothing on the page takes colour"):
        opened().show("warnings", alerts, colour="red")


def test_a_page_of_nothing_is_refused(opened):
    with pytest.raises(BadConfig, match="nothing of the branch is called warnings"):
        opened().show("warnings")


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


def test_what_is_not_computed_stands_in_the_list_alone_on_pages_made_of_the_notebook(opened):
    report = opened()
    shown = report.page("four_pars", report.compute(lambda x: x, "loan_months"))
    assert shown.page.startswith("<aside>") and shown.page.endswith("</aside>") and "未计算" in shown.text
    assert "<aside>" not in report.missing().page


def test_the_appendix_shows_fewer_rows_and_every_format_knows_where_it_begins(opened):
    report = opened()
    many = pd.concat([report.book["loans"]] * 20, ignore_index=True)
    body = repr(report.table("loans", many))
    assert 'class="wb-appendix"' in report.appendix().page and report.results.listing["body"] == 1
    assert len(repr(report.table("loans", many)).splitlines()) < len(body.splitlines())


def test_what_is_attached_is_kept_whole_and_told_in_one_line(opened):
    report = opened()
    said = repr(report.attach("loans"))
    assert "\n" not in said and "工作簿" in said and len(report.results.tables["loans"]) == len(report.book["loans"])
    assert [each["name"] for each in report.results.listing["shown"]] == ["loans"]
    assert repr(report.attach(four_pars=report.compute(lambda x: x, "loan_months"))) == ""


def test_a_full_report_says_so(opened):
    assert repr(opened("en").missing()) == "Every page of this report was computed."


def test_a_decision_card_holds_money_owner_date_cost_and_what_overturns_it(opened):
    text = repr(opened().decisions(decisions()))
    assert all(part in text for part in ("停：", "300.0 万元", "支行行长", "2026-07-15", "未知", "不良率低于 5.0 %"))


def test_a_card_says_where_its_number_stands_and_what_it_follows(opened):
    card = decisions().assign(
        overturning_measure="share_low", overturning_value=0.05, overturning_now=0.066, held_by="P9"
    )
    text = repr(opened().decisions(card))
    assert "低于 5.0 %，判断时是 6.6 %" in text and "随它而定：P9" in text


def test_six_decisions_are_refused(opened):
    with pytest.raises(BadConfig, match="6 decisions are no decision"):
        opened().decisions(decisions(6))


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


@pytest.fixture
def counted(opened, book):
    """A report on a book whose loans can be counted."""
    book.frames["loans"] = book.frames["loans"].assign(customer_id=["C1", "C2"], status="normal", overdue_days=0)
    return opened("en")


def test_a_page_is_about_the_result_of_its_name_or_a_measure_in_its_place(counted):
    computed = counted.title(book_size)
    assert repr(counted.title("book_size")) == repr(computed)
    assert repr(counted.title("book_size", book_size)) == repr(computed)
    counted.keep(size=counted.result("book_size"))
    assert repr(counted.title("book_size", "size")) == repr(computed)
    assert len(counted.known("size", "book_size")) == 2


def test_a_name_that_nothing_has_and_an_option_that_nothing_takes_are_refused(counted):
    with pytest.raises(BadConfig, match="nothing of the branch is called weather"):
        counted.table("book_size", "weather")
    with pytest.raises(BadConfig, match="nothing on the page takes weather"):
        counted.title(book_size, weather=True)


def test_a_text_in_a_frames_place_is_a_table_or_a_result(counted):
    counted.keep(ledger=counted.book["loans"])
    by_name, by_hand = counted.compute(book_size, loans="ledger"), counted.compute(book_size, "loans")
    pd.testing.assert_frame_equal(by_name, by_hand)
    pd.testing.assert_frame_equal(counted.compute(book_size, "ledger"), by_hand)
