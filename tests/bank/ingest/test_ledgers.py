"""A folder of month-end ledgers becomes a history; a loan that left is never assumed settled."""

from datetime import date

import openpyxl
import pytest

from microlib.bank.ingest.ledgers import ingest_ledgers
from microlib.bank.pseudonyms import KEY_VARIABLE
from microlib.bank.store import open_store
from microlib.errors import BadConfig, BadData

HEAD = ["借据号", "客户号", "客户类型", "机构号", "机构名称", "发放日期", "到期日期", "贷款金额", "贷款余额",
        "年利率", "逾期天数", "五级分类", "贷款状态"]  # fmt: skip
DRIFT = {"借据号": "借据编号", "贷款余额": "余额", "年利率": "利率(%)"}


def row(loan, balance, *, status="正常", rate="0.05", days="0", customer="C1"):
    who = [loan, customer, "企业", "0755", "支行", "2025-01-01", "2027-01-01", "100000"]
    return [*who, str(1000 * balance), rate, days, "正常", status]


def write(folder, name, *rows, head=HEAD):
    folder.mkdir(exist_ok=True)
    (folder / name).write_text("\n".join(",".join(cells) for cells in (head, *rows)), encoding="utf-8")


def make_folder(folder):
    """Four months; April is missing; L2–L6 leave, each for another reason, L7 is away in February."""
    leaving = [row("L2", 50), row("L3", 0), row("L4", 40, status="核销"), row("L5", 30, customer="C9"), row("L6", 20)]
    write(folder, "台账202601.csv", row("L1", 90), *leaving, row("L7", 5), head=HEAD)
    book = openpyxl.Workbook()
    for cells in (["二月台账"], [DRIFT.get(name, name) for name in HEAD], row("L1", 80, rate="5"),
                  row("L2", 50, rate="5", days="40")):  # fmt: skip
        book.active.append(cells)
    book.save(folder / "2026年2月.xlsx")
    write(folder, "台账_20260331.csv", row("L1", 70), row("L7", 5))
    may = ["借据编号" if name == "借据号" else name for name in HEAD]
    write(folder, "台账202605.csv", row("L1", 60), row("L7", 4), row("L8", 100), head=may)
    write(folder, "转让清单.csv", ["1", "L6", "2026-02-10"], head=["序号", "借据号", "转让日期"])


@pytest.fixture(scope="module")
def history(tmp_path_factory):
    place = tmp_path_factory.mktemp("ledgers")
    make_folder(place / "台账")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(KEY_VARIABLE, str(place / "bank.key"))
        return place, ingest_ledgers(place / "home", place / "台账", mapping="ledger_excel")


def kept(history, sql):
    with open_store(history[0] / "home") as store:
        return store.rows(sql)


def test_every_ledger_is_a_month(history):
    assert history[1].months == ("2026-01", "2026-02", "2026-03", "2026-05")
    found = kept(history, "SELECT month, balance_yuan, yearly_rate FROM loan_months WHERE loan_id = 'L1' ORDER BY 1")
    assert found == [("2026-01", 9e4, 0.05), ("2026-02", 8e4, 0.05), ("2026-03", 7e4, 0.05), ("2026-05", 6e4, 0.05)]


def test_a_loan_that_left_is_what_something_says_and_otherwise_unknown(history):
    exits = history[1].exits.set_index("loan_id")
    assert exits["status"].to_dict() == {
        "L2": "unknown", "L3": "settled", "L4": "written_off", "L5": "unknown", "L6": "transferred",
    }  # fmt: skip
    assert exits["evidence"].to_dict() == {
        "L2": "none", "L3": "zero_balance", "L4": "last_status", "L5": "none", "L6": "exit_list",
    }  # fmt: skip
    assert history[1].unknown_count == 2
    assert exits.loc["L2", "month"] == "2026-03"


def test_unknown_exits_and_months_without_a_ledger_are_warned_of(history):
    told = history[1].load.findings.set_index("rule")["value"]
    assert told["left the ledger for a reason unknown"] == "2 loans"
    assert told["no ledger for this month"] == "2026-04"


def test_a_loan_that_left_has_one_row_more_with_nothing_owed(history):
    columns = "month, balance_yuan, overdue_days, status"
    found = kept(history, f"SELECT {columns} FROM loan_months WHERE loan_id = 'L2' ORDER BY month")
    assert found == [("2026-01", 5e4, 0, "normal"), ("2026-02", 5e4, 40, "normal"), ("2026-03", 0.0, 40, "unknown")]


def test_a_loan_that_left_stays_as_it_was_last_seen(history):
    found = kept(history, "SELECT loan_id, balance_yuan, status, closed_date FROM loans ORDER BY 1")
    assert [line[:3] for line in found] == [
        ("L1", 6e4, "normal"), ("L2", 0.0, "unknown"), ("L3", 0.0, "settled"), ("L4", 0.0, "written_off"),
        ("L5", 0.0, "unknown"), ("L6", 0.0, "transferred"), ("L7", 4e3, "normal"), ("L8", 1e5, "normal"),
    ]  # fmt: skip
    closed = {loan: day for loan, *_, day in found if day}
    assert closed == {"L3": date(2026, 2, 28), "L4": date(2026, 2, 28), "L6": date(2026, 2, 10)}


def test_a_written_off_loan_keeps_what_was_written_off(history):
    found = kept(history, "SELECT written_off_yuan, written_off_date FROM loans WHERE loan_id = 'L4'")
    assert found == [(4e4, date(2026, 2, 28))]


def test_a_customer_whose_loans_left_is_still_known(history):
    assert kept(history, "SELECT customer_id FROM customers ORDER BY 1") == [("C1",), ("C9",)]


def test_a_loan_that_comes_back_has_not_left(history):
    assert kept(history, "SELECT month FROM loan_months WHERE loan_id = 'L7' ORDER BY 1") == [
        ("2026-01",), ("2026-03",), ("2026-05",),
    ]  # fmt: skip


def test_drifted_headers_are_told_with_their_months(history):
    drifted = history[1].drifted.query("table == 'loans'")
    assert set(drifted["column"]) == {"loan_id", "balance_yuan", "yearly_rate"}
    rate = drifted[drifted["column"] == "yearly_rate"].set_index("header")
    assert rate.loc["利率(%)", ["first_month", "last_month", "months_count"]].tolist() == ["2026-02", "2026-02", 1]


def test_the_same_folder_again_changes_nothing(history, monkeypatch):
    monkeypatch.setenv(KEY_VARIABLE, str(history[0] / "bank.key"))
    again = ingest_ledgers(history[0] / "home", history[0] / "台账", mapping="ledger_excel")
    assert all(line.is_known for line in again.load.loaded)


@pytest.mark.parametrize(
    ("names", "error", "told"),
    [
        ([], BadData, "no file was given"),
        (["台账202605.csv", "2026年5月.csv"], BadData, "two ledgers are of 2026-05"),
        (["台账.csv"], BadConfig, "nothing says of which date"),
    ],
)
def test_a_folder_that_is_no_sequence_is_refused(tmp_path, names, error, told):
    (tmp_path / "台账").mkdir()
    for name in names:
        write(tmp_path / "台账", name, row("L1", 1))
    with pytest.raises(error, match=told):
        ingest_ledgers(tmp_path / "home", tmp_path / "台账", mapping="ledger_excel")


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(BadData, match="no such folder"):
        ingest_ledgers(tmp_path / "home", tmp_path / "none", mapping="ledger_excel")
