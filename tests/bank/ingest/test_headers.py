"""A header is found below titles, in one row or two, and every column that lacks is named with the nearest one."""

from pathlib import Path

import pytest

from microlib.bank.ingest.files import Sheet
from microlib.bank.ingest.headers import column_problems, find_columns, find_header
from microlib.contracts.mapping import TableMapping
from microlib.errors import BadData

TOTALS = TableMapping(table="control_totals")
HEADER = ["机构号", "贷款户数", "贷款余额", "逾期余额"]
DATA = ["0755", "12", "100", "0"]


def sheet(*rows):
    return Sheet(Path("a.csv"), "", [list(row) for row in rows], lambda con, name, skip: [])


def test_a_header_in_the_first_row():
    header = find_header(sheet(HEADER, DATA), [TOTALS])
    assert header.rows == 1
    assert find_columns(header, TOTALS) == {
        "branch_id": 0, "customers_count": 1, "balance_yuan": 2, "overdue_yuan": 3,
    }  # fmt: skip


def test_a_header_below_titles_and_blank_rows():
    assert find_header(sheet(["某行台账"], [], ["单位：万元"], HEADER, DATA), [TOTALS]).rows == 4


def test_the_unit_in_a_title_is_that_of_money_alone():
    header = find_header(sheet(["某行台账", "", "单位：万元"], HEADER, DATA), [TOTALS])
    assert [header.unit(place, is_money=is_money) for place, is_money in ((2, True), (1, False))] == ["wan_yuan", ""]


def test_the_unit_in_a_label_comes_before_that_of_a_title():
    header = find_header(sheet(["单位：万元"], [*HEADER[:2], "贷款余额(元)", "逾期余额（亿元）"], DATA), [TOTALS])
    assert [header.unit(place, is_money=True) for place in (2, 3)] == ["yuan", "yi_yuan"]


def test_a_merged_header_is_joined_from_two_rows():
    entry = TableMapping(table="control_totals", columns={"balance_yuan": ["贷款合计"], "overdue_yuan": ["贷款逾期"]})
    header = find_header(sheet(["机构号", "贷款户数", "贷款", ""], ["", "", "合计", "逾期"], DATA), [entry])
    assert header.rows == 2
    assert header.labels == ("机构号", "贷款户数", "贷款合计", "贷款逾期")
    assert column_problems(header, entry, origin="a.csv") == []


def test_a_header_given_to_one_column_is_not_given_to_another_by_its_name():
    entry = TableMapping(table="branches", columns={"name": ["机构号"]})
    assert find_columns(find_header(sheet(["机构号", "城市"], ["1", "x"]), [entry]), entry) == {"name": 0, "city": 1}


def test_a_missing_column_names_the_nearest_header():
    header = find_header(sheet(["机构号", "贷款户数", "贷款余额合记", "逾期余额"], DATA), [TOTALS])
    (fault,) = column_problems(header, TOTALS, origin="a.csv")
    assert (fault["column"], fault["rule"], fault["severity"]) == ("balance_yuan", "required column missing", "block")
    assert "nearest header: 贷款余额合记" in fault["fix"]


def test_a_mapping_may_not_name_a_column_that_is_not_there():
    entry = TableMapping(table="control_totals", columns={"overdue_yuan": ["逾期金额"]}, keep={"币种": ["CNY"]})
    faults = column_problems(find_header(sheet(HEADER, DATA), [entry]), entry, origin="a.csv")
    assert {fault["value"] for fault in faults} == {"逾期金额", "币种"}
    assert {fault["rule"] for fault in faults} == {"the mapping names a column that is not there"}


def test_an_optional_column_may_lack():
    entry = TableMapping(table="branches", optional={"city": ["所在市"]})
    assert column_problems(find_header(sheet(["机构号", "机构名称"], ["1", "x"]), [entry]), entry, origin="a") == []


def test_a_header_that_stands_twice_is_refused():
    (fault,) = column_problems(find_header(sheet([*HEADER, "机构号"], DATA), [TOTALS]), TOTALS, origin="a.csv")
    assert "columns 1 and 5" in fault["fix"]


def test_no_header_at_all_says_what_was_seen():
    with pytest.raises(BadData, match=r"first cells|nearest"):
        find_header(sheet(["a", "b", "c"], ["1", "2", "3"]), [TOTALS])
