"""Any usual writing of a value becomes ours; any other becomes nothing, never something else."""

import duckdb
import pytest

from microlib.bank.ingest.convert import value_sql
from microlib.contracts.columns import code, count, day, flag, moment, month, share, yuan


def value(text, column, **how):
    told = value_sql("t", column, **how)
    found = duckdb.execute(f"SELECT {told} FROM (SELECT ?::VARCHAR AS t)", [text]).fetchone()[0]
    return found if isinstance(found, bool | int | float | None) else str(found)


@pytest.mark.parametrize(
    "text",
    ["2026-05-31", "20260531", "2026/5/31", "2026年5月31日", "2026.5.31", "46173", "46173.0", "2026-05-31 00:00:00",
     "20260531.0", "2026-05-31T00:00:00", "20260531235959"],
)  # fmt: skip
def test_a_date_in_any_usual_writing(text):
    assert value(text, day("d", "日")) == "2026-05-31"


@pytest.mark.parametrize("text", ["9999-12-31", "99991231", "9999/12/31", "2026-02-30", "12", "昨天", "0026-05-01"])
def test_an_open_end_and_an_unreadable_date_have_no_value(text):
    assert value(text, day("d", "日")) is None


@pytest.mark.parametrize(
    ("text", "yuan_"),
    [("1234.5", 1234.5), ("1,234.50", 1234.5), ("￥1,234.50", 1234.5), ("¥ 1 234", 1234.0), ("(1,234.00)", -1234.0),
     ("-5", -5.0), ("1，234", 1234.0), ("12元", 12.0), ("1e3", 1000.0), ("nan", None), ("abc", None), ("inf", None)],
)  # fmt: skip
def test_an_amount_with_the_signs_that_people_put_around_it(text, yuan_):
    assert value(text, yuan("a", "金额")) == yuan_


@pytest.mark.parametrize(
    ("text", "unit", "yuan_"), [("12.34", "wan_yuan", 123400.0), ("0.000001", "wan_yuan", 0.01), ("2", "yi_yuan", 2e8)]
)
def test_an_amount_in_another_unit_becomes_yuan_to_the_fen(text, unit, yuan_):
    assert value(text, yuan("a", "金额"), unit=unit) == yuan_


@pytest.mark.parametrize(
    ("text", "unit", "rate"),
    [("0.0435", "", 0.0435), ("4.35", "percent", 0.0435), ("4.35%", "", 0.0435), ("4.35%", "percent", 0.0435),
     ("4.35％", "fraction", 0.0435), ("3.625", "permille_per_month", 0.0435), ("43.5‰", "", 0.0435)],
)  # fmt: skip
def test_a_rate_is_a_fraction_a_year_whatever_it_was(text, unit, rate):
    assert value(text, share("r", "利率"), unit=unit) == pytest.approx(rate, abs=1e-12)


@pytest.mark.parametrize(
    "text", ["2026-05", "202605", "2026年5月", "2026/5", "2026.05", "2026-05-31", "20260531", "46173"]
)
def test_a_month_in_any_usual_writing(text):
    assert value(text, month("m", "月份")) == "2026-05"


@pytest.mark.parametrize(("text", "said"), [("是", True), ("Y", True), ("1", True), ("否", False), ("无", False),
                                            ("FALSE", False), ("0", False), ("也许", None)])  # fmt: skip
def test_a_yes_or_no(text, said):
    assert value(text, flag("f", "是否")) is said


def test_a_flag_may_have_words_of_its_own():
    assert value("线上", flag("f", "是否"), codes={"线上": "true", "线下": "false"}) is True


@pytest.mark.parametrize(("text", "whole"), [("12", 12), ("12.0", 12), ("12个月", 12), ("1,200", 1200), ("12.5", None),
                                             ("一年", None)])  # fmt: skip
def test_a_whole_number(text, whole):
    assert value(text, count("n", "数")) == whole


def test_a_moment_keeps_its_time():
    found = [value(text, moment("t", "时间")) for text in ("2026-05-31 14:30:00", "2026/5/31 14:30", "20260531143000")]
    assert found == ["2026-05-31 14:30:00"] * 3
    assert value("46173.5", moment("t", "时间")) == "2026-05-31 12:00:00"


def test_a_code_by_the_mapping_or_by_itself_and_no_guess():
    column = code("c", "分类", "normal loss")
    codes = {"正常": "normal"}
    assert [value(text, column, codes=codes) for text in ("正常", "loss", "损失")] == ["normal", "loss", None]
