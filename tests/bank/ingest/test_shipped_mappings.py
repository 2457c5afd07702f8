"""The shipped mappings read what their sources write."""

from datetime import date

import pytest

from microlib.bank.ingest.intake import ingest_files
from microlib.bank.pseudonyms import KEY_VARIABLE
from microlib.bank.store import open_store
from microlib.errors import BadData

JUNE = date(2026, 6, 30)
EAST = {
    "XDJJH": "L1", "KHTYBH": "C1", "NBJGH": "0755", "XDYGH": "R1", "XDYWZL": "个体工商户经营性贷款",
    "DKFFRQ": "20250110", "DKDQRQ": "20261010", "ZJRQ": "99991231", "DKJE": "300000.00", "DKYE": "100000.00",
    "SJLL": "4.35", "LLLX": "LPR", "HKFS": "按月付息到期还本", "DKFFLX": "无还本续贷", "SBXDJJH": "L0", "ZQCS": "0",
    "DKWJFL": "关注", "QBJE": "5000", "QBRQ": "20260531", "BNQXYE": "100", "BWQXYE": "20", "QXRQ": "20260520",
    "DKZT": "逾期", "SFPHXXWQYDK": "是", "SFPHXSNDK": "否",
}  # fmt: skip
CORPORATE = {
    "信贷借据号": "L1", "客户统一编号": "C1", "客户名称": "甲公司", "内部机构号": "0755", "银行机构名称": "深圳支行",
    "信贷员工号": "R1", "贷款发放日期": "20250110", "贷款实际到期日期": "20261010", "终结日期": "99991231",
    "借款金额": "300000.00", "贷款余额": "100000.00", "实际利率": "4.35", "五级分类": "正常", "欠本日期": "",
    "欠息日期": "99991231", "表内欠息余额": "0", "表外欠息余额": "0", "贷款状态": "正常",
}  # fmt: skip


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv(KEY_VARIABLE, str(tmp_path / "bank.key"))
    return tmp_path / "home"


def loaded(home, path, row, *, mapping, mark=","):
    path.write_bytes("\n".join(map(mark.join, (row.keys(), row.values()))).encode("gbk"))
    ingest_files(home, [path], mapping=mapping, as_of=JUNE)
    with open_store(home) as store:
        (loan,) = store.con.table("loans").execute().to_dict("records")
        (customer,) = store.con.table("customers").execute().to_dict("records")
    return loan, customer


@pytest.mark.parametrize("mark", [",", "|"])
def test_an_east_503_extract(home, tmp_path, mark):
    loan, customer = loaded(home, tmp_path / "EAST_503.txt", EAST, mapping="east_503", mark=mark)
    assert (loan["loan_id"], loan["yearly_rate"], loan["class5"]) == ("L1", 0.0435, "special_mention")
    assert (loan["overdue_days"], loan["overdue_interest_yuan"], loan["overdue_principal_yuan"]) == (41, 120.0, 5000.0)
    assert (loan["issue_type"], loan["repayment"], loan["is_inclusive"]) == (
        "renewal_without_principal", "interest_only", True,
    )  # fmt: skip
    assert loan["closed_date"] is None or str(loan["closed_date"]) == "NaT"
    assert (customer["customer_id"], customer["kind"], customer["branch_id"]) == ("C1", "sole_trader", "0755")


def test_a_date_that_days_are_counted_from_must_be_one(home, tmp_path):
    row = {**EAST, "QBRQ": "某日", "BNQXYE": "若干"}
    with pytest.raises(BadData) as caught:
        loaded(home, tmp_path / "EAST_503.csv", row, mapping="east_503")
    told = caught.value.failures.query("rule == 'unreadable value'").set_index("column")["value"]
    assert told.to_dict() == {"first_overdue_date": "某日", "overdue_days": "? 某日", "overdue_interest_yuan": "? 若干"}


def test_corporate_drawdowns_by_their_chinese_headers(home, tmp_path):
    loan, customer = loaded(home, tmp_path / "对公借据.csv", CORPORATE, mapping="corporate_drawdowns")
    assert (loan["amount_yuan"], loan["overdue_days"], loan["rm_id"]) == (300000.0, 0, "R1")
    assert (customer["kind"], len(customer["name_hash"])) == ("company", 64)


def test_invoices_of_both_sides_in_one_list(home, tmp_path):
    (tmp_path / "customers.csv").write_text("customer_id,branch_id,kind\nC1,0755,company", encoding="utf-8")
    (tmp_path / "branches.csv").write_text("branch_id,name\n0755,x", encoding="utf-8")
    own = [tmp_path / "branches.csv", tmp_path / "customers.csv"]
    ingest_files(home, own, mapping="own_tables", as_of=JUNE)
    head = "客户号,方向,发票号码,开票日期,交易对方,金额,税额,价税合计,发票状态\n"
    rows = 'C1,销项,1,2026年6月1日,a,"1,000",130,"1,130.00",正常\nC1,进项,1,20260602,b,-10,-1.3,-11.3,已红冲'
    (tmp_path / "发票明细.csv").write_text(head + rows, encoding="utf-8")
    ingest_files(home, [tmp_path / "发票明细.csv"], mapping="vat_invoices", as_of=JUNE)
    with open_store(home) as store:
        found = store.rows("SELECT side, gross_yuan, status FROM invoices ORDER BY side")
    assert found == [("purchase", -11.3, "valid"), ("sale", 1130.0, "valid")]
