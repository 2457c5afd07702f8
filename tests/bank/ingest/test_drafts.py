"""Files of twelve layouts unlike ours: a draft of their mapping loads them after at most three corrected lines."""

from datetime import date

import openpyxl
import pandas as pd
import pytest
from click.testing import CliRunner

from microlib.bank.bookkeeping import explained_lines
from microlib.bank.ingest.drafts import draft_lines, preview_lines
from microlib.bank.ingest.intake import load_files
from microlib.bank.pseudonyms import KEY_VARIABLE
from microlib.bank.store import open_store
from microlib.cli.bank import ingest
from microlib.contracts.documents import read_document
from microlib.contracts.mapping import SourceMapping
from microlib.home import Home
from tests.bank.ingest.test_relatives import HEADS, rows

AS_OF = date(2026, 6, 30)


def later(day, months):
    place = day.year * 12 + day.month - 1 + months
    return date(place // 12, place % 12 + 1, day.day)


def truth(number):
    """One planted loan: everything a layout may say of it."""
    start = date(2024, 1 + number % 12, 5 + number % 20)
    amount = 100_000 + 10_000 * number
    return {
        "loan": f"L{number:05d}",
        "customer": f"C{number:04d}",
        "branch": ("0755", "0021")[number % 2],
        "start": start,
        "months": 36,
        "end": later(start, 36),
        "amount": amount,
        "balance": amount // 2,
        "rate": 0.04 + 0.001 * (number % 10),
        "days": 0,
        "status": "normal",
        "name": f"Firm {number}",
    }


LOANS = [truth(number) for number in range(1, 25)]
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def cells(heads, *makers):
    """Return a grid: heads, and a row for each loan made by functions of it."""
    return [list(heads), *([str(make(loan)) for make in makers] for loan in LOANS)]


def short(day):
    return f"{day.day}-{MONTHS[day.month - 1]}-{day:%y}"


def text(mark=",", encoding="utf-8", above=()):
    def write(path, grid):
        path.write_bytes("\n".join([*above, *(mark.join(row) for row in grid)]).encode(encoding))

    return write


def workbook(above=(), below=()):
    def write(path, grid):
        book = openpyxl.Workbook()
        for row in (*above, *grid, *below):
            book.active.append(list(row))
        book.save(path)

    return write


def get(name):
    return lambda loan: loan[name]


NO_DAYS = ("# ? overdue_days = 0", "overdue_days = 0 #")
#: name -> file, how it is written, its grid, the lines corrected by hand
LAYOUTS = {
    "an English tape of dates like 24-Jun-91": (
        "tape.csv",
        text(),
        cells(
            [
                "Loan No",
                "Borrower ID",
                "Branch Code",
                "Orig Date",
                "Maturity Date",
                "Orig Amount",
                "Curr Bal",
                "Int Rate",
                "DPD",
                "Loan Status",
            ],
            get("loan"),
            get("customer"),
            get("branch"),
            lambda x: short(x["start"]),
            lambda x: short(x["end"]),
            get("amount"),
            get("balance"),
            lambda x: f"{x['rate'] * 100:.2f}",
            get("days"),
            lambda x: "Current",
        ),
        [],
    ),
    "a term in place of a maturity, no branch, no days": (
        "sba.csv",
        text(),
        cells(
            [
                "LoanNr_ChkDgt",
                "Name",
                "Term",
                "DisbursementDate",
                "DisbursementGross",
                "BalanceGross",
                "Rate",
                "MIS_Status",
            ],
            get("loan"),
            get("name"),
            get("months"),
            lambda x: short(x["start"]),
            get("amount"),
            get("balance"),
            lambda x: f"{x['rate'] * 100:.2f}",
            lambda x: "Active",
        ),
        [NO_DAYS],
    ),
    "dates as month/day/year, separated by semicolons": (
        "portfolio.csv",
        text(";"),
        cells(
            [
                "account number",
                "client no",
                "office",
                "value date",
                "end date",
                "principal",
                "outstanding",
                "apr",
                "days past due",
                "status",
            ],
            get("loan"),
            get("customer"),
            get("branch"),
            lambda x: f"{x['start'].month}/{x['start'].day}/{x['start'].year}",
            lambda x: f"{x['end'].month}/{x['end'].day}/{x['end'].year}",
            get("amount"),
            get("balance"),
            lambda x: f"{x['rate']:.4f}",
            get("days"),
            lambda x: "Performing",
        ),
        [],
    ),
    "an .asc of dates like 930705, parted by strokes": (
        "loans.asc",
        text("|"),
        cells(
            [
                "account",
                "district",
                "cust_id",
                "date disbursed",
                "mat date",
                "amount",
                "balance",
                "rate",
                "dpd",
                "status",
            ],
            get("loan"),
            get("branch"),
            get("customer"),
            lambda x: f"{x['start']:%y%m%d}",
            lambda x: f"{x['end']:%y%m%d}",
            get("amount"),
            get("balance"),
            lambda x: f"{x['rate'] * 100:.1f}",
            get("days"),
            lambda x: "A",
        ),
        [('# ? "A" = "normal"', '"A" = "normal" #')],
    ),
    "SAS day numbers": (
        "sasdump.csv",
        text(),
        cells(
            [
                "LOAN_ID",
                "CUST_ID",
                "BRANCH_ID",
                "FUNDED_DATE",
                "MAT_DATE",
                "LOAN_AMT",
                "CURR_BAL",
                "INT_RATE",
                "DPD",
                "STATUS",
            ],
            get("loan"),
            get("customer"),
            get("branch"),
            lambda x: (x["start"] - date(1960, 1, 1)).days,
            lambda x: (x["end"] - date(1960, 1, 1)).days,
            get("amount"),
            get("balance"),
            get("rate"),
            get("days"),
            lambda x: "Open",
        ),
        [],
    ),
    "two header rows in GBK, with a title": (
        "信贷表.csv",
        text(encoding="gbk", above=["某行信贷台账" + "," * 9]),
        [
            ["借据信息", "", "", "", "", "", "", "", "", ""],
            *cells(
                [
                    "借据编号",
                    "客户编号",
                    "网点号",
                    "放款日",
                    "到期日",
                    "放款金额",
                    "剩余本金",
                    "年化利率(%)",
                    "逾期日数",
                    "状态",
                ],
                get("loan"),
                get("customer"),
                get("branch"),
                lambda x: f"{x['start']:%Y/%m/%d}",
                lambda x: f"{x['end']:%Y%m%d}",
                get("amount"),
                get("balance"),
                lambda x: f"{x['rate'] * 100:.2f}",
                get("days"),
                lambda x: "正常",
            ),
        ],
        [],
    ),
    "a workbook in 万元 with title, total and remarks": (
        "贷款明细.xlsx",
        workbook(
            above=[["某行贷款明细表"], ["单位：万元"]], below=[["合计", "", "", "", "", "4000", "2000"], ["制表：甲"]]
        ),
        cells(
            [
                "贷款账号",
                "客户代码",
                "机构代码",
                "起息日",
                "止息日",
                "借款金额",
                "未还本金",
                "执行利率(%)",
                "拖欠天数",
                "借据状态",
            ],
            get("loan"),
            get("customer"),
            get("branch"),
            lambda x: f"{x['start']:%Y年%m月%d日}",
            lambda x: f"{x['end']:%Y-%m-%d}",
            lambda x: x["amount"] / 1e4,
            lambda x: x["balance"] / 1e4,
            lambda x: f"{x['rate'] * 100:.2f}",
            get("days"),
            lambda x: "未结清",
        ),
        [],
    ),
    "amounts in 万元 that nothing says, rates by the month in ‰": (
        "小贷.csv",
        text("\t"),
        cells(
            [
                "合约号",
                "客户内码",
                "部门编号",
                "投放日期",
                "约定到期日",
                "投放金额",
                "余额",
                "月利率(‰)",
                "欠款天数",
                "贷款状态",
            ],
            get("loan"),
            get("customer"),
            get("branch"),
            get("start"),
            get("end"),
            lambda x: x["amount"] / 1e4,
            lambda x: x["balance"] / 1e4,
            lambda x: f"{x['rate'] * 1000 / 12:.8f}",
            get("days"),
            lambda x: "正常",
        ),
        [],
    ),
    "Lending tapes with '36 months' and percent signs": (
        "accepted.csv",
        text(),
        cells(
            ["id", "member_id", "loan_amnt", "term", "int_rate", "issue_d", "loan_status", "out_prncp"],
            get("loan"),
            get("customer"),
            get("amount"),
            lambda x: " 36 months",
            lambda x: f"{x['rate'] * 100:.2f}%",
            lambda x: f"{x['start'].day} {MONTHS[x['start'].month - 1]} {x['start'].year}",
            lambda x: "Current",
            get("balance"),
        ),
        [NO_DAYS],
    ),
    "UTF-16 with tabs and dates with dots": (
        "export.txt",
        text("\t", "utf-16"),
        cells(
            [
                "Contract No",
                "Obligor",
                "Org",
                "Start Date",
                "Due Date",
                "Face Amount",
                "Exposure",
                "Coupon",
                "Days Late",
                "Account Status",
            ],
            get("loan"),
            get("customer"),
            get("branch"),
            lambda x: f"{x['start']:%d.%m.%Y}",
            lambda x: f"{x['end']:%d.%m.%Y}",
            get("amount"),
            get("balance"),
            lambda x: f"{x['rate'] * 100:.2f}",
            get("days"),
            lambda x: "Current",
        ),
        [],
    ),
    "a status that is blank where all is well": (
        "bank_core.csv",
        text(),
        cells(
            [
                "Account No",
                "CIF No",
                "Sol ID",
                "Booking Date",
                "Final Due",
                "Disbursed Amount",
                "Principal Outstanding",
                "Nominal Rate",
                "Arrears Days",
                "State of Loan",
            ],
            get("loan"),
            get("customer"),
            get("branch"),
            get("start"),
            get("end"),
            get("amount"),
            get("balance"),
            get("rate"),
            get("days"),
            lambda x: "" if x["loan"] > "L00004" else "Active",
        ),
        [],
    ),
    "headers that nobody knows": (
        "odd.csv",
        text(),
        cells(
            ["kreditnr", "kunde", "filiale", "ausz", "ende", "betrag", "rest", "zins", "verzug", "stand"],
            get("loan"),
            get("customer"),
            get("branch"),
            get("start"),
            get("end"),
            get("amount"),
            get("balance"),
            get("rate"),
            get("days"),
            lambda x: "normal",
        ),
        [NO_DAYS],
    ),
}


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv(KEY_VARIABLE, str(tmp_path / "bank.key"))
    return tmp_path / "home"


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_draft_loads_after_three_corrected_lines_at_most(home, tmp_path, name):
    file, write, grid, corrected = LAYOUTS[name]
    path = tmp_path / file
    write(path, grid)
    lines = draft_lines(Home(home), [path])
    draft = "\n".join(lines)
    for old, new in corrected:
        assert old in draft, draft
        draft = draft.replace(old, new)
    assert len(corrected) <= 3
    mapping = tmp_path / "draft.toml"
    mapping.write_text(draft, encoding="utf-8")
    assert read_document(mapping, SourceMapping).tables, draft
    load_files(home, [path], mapping=mapping, as_of=AS_OF)
    with open_store(home) as store:
        found = store.rows(
            "SELECT count(*), sum(amount_yuan), sum(balance_yuan), avg(yearly_rate), min(disbursed_date),"
            " max(disbursed_date), max(maturity_date), sum(overdue_days) FROM loans"
        )[0]
    ends = [loan["end"] for loan in LOANS]
    starts = [loan["start"] for loan in LOANS]
    assert found[0] == len(LOANS) and found[4:] == (min(starts), max(starts), max(ends), 0), draft
    assert found[1:3] == (sum(loan["amount"] for loan in LOANS), sum(loan["balance"] for loan in LOANS)), draft
    assert found[3] == pytest.approx(sum(loan["rate"] for loan in LOANS) / len(LOANS)), draft


def test_what_is_doubtful_is_counted_and_nothing_is_loaded(home, tmp_path):
    file, write, grid, _ = LAYOUTS["headers that nobody knows"]
    write(tmp_path / file, grid)
    lines = draft_lines(Home(home), [tmp_path / file])
    doubts = sum("# ?" in line for line in lines[1:])
    assert doubts > 5 and lines[0] == (
        f"# A draft for odd.csv: {doubts} lines are marked # ? and want your word; correct or delete them."
    )
    assert not Home(home).bank.exists()


def test_a_preview_shows_rows_as_they_would_be_kept_and_no_identifier(home, tmp_path):
    file, write, grid, _ = LAYOUTS["a workbook in 万元 with title, total and remarks"]
    grid = [[*grid[0], "客户名称"], *([*row, "示例商行"] for row in grid[1:])]
    write(tmp_path / file, grid)
    mapping = tmp_path / "draft.toml"
    mapping.write_text("\n".join(draft_lines(Home(home), [tmp_path / file])), encoding="utf-8")
    shown = "\n".join(preview_lines(Home(home), [tmp_path / file], mapping=mapping, as_of=AS_OF))
    assert f"{LOANS[0]['amount']:.1f}" in shown and "(pseudonym)" in shown and "示例商行" not in shown
    assert not Home(home).bank.exists()


def test_draft_preview_load_and_explanation_from_the_command_line(home, tmp_path):
    file, write, grid, _ = LAYOUTS["an English tape of dates like 24-Jun-91"]
    path, mapping = tmp_path / file, tmp_path / "tape.toml"
    write(path, grid)
    mapping.write_text(CliRunner().invoke(ingest, ["--draft", str(path), "--home", str(home)]).stdout, encoding="utf-8")
    how = [str(path), "--mapping", str(mapping), "--as-of", str(AS_OF), "--home", str(home)]
    shown = CliRunner().invoke(ingest, ["--preview", *how]).stdout
    assert not Home(home).bank.exists() and "tape.csv -> loans" in shown
    assert f"loaded\ttape.csv\tloans\t{AS_OF}\t24 rows" in CliRunner().invoke(ingest, how).stdout
    told = CliRunner().invoke(ingest, ["--explain", "tape.csv!D2", "--home", str(home)]).stdout
    assert "disbursed_date, written DD-MON-YY: 24 rows, 24 converted" in told


#: heads that nobody reads, and the name of a sheet, that would be code somewhere
CODE = (
    'x"; DROP TABLE loans; --',
    "');--",
    "$$",
    "../../etc/passwd",
    "__import__('os').system('touch pwned')",
    "{{7*7}}",
    '"""',
    "\\",
    "a]] = 1\n[x]\ny = 2",
    "?x=1&y=$1 %s %d",
    "'; ATTACH 'pwned'; --",
)


@pytest.mark.parametrize("ending", ["csv", "xlsx", "parquet"])
def test_heads_and_names_that_would_be_code_are_text_from_the_draft_to_the_explanation(
    home, tmp_path, monkeypatch, ending
):
    monkeypatch.chdir(tmp_path)
    frame = pd.DataFrame(rows(20), columns=HEADS, dtype="str")
    frame = frame.assign(**{head: f"value of {number}" for number, head in enumerate(CODE)})
    path = tmp_path / f"台账202606'); DROP TABLE files; --$$.{ending}"
    if ending == "xlsx":
        frame.to_excel(path, index=False, sheet_name="x'); DROP TABLE loans--"[:31])
    elif ending == "csv":
        frame.to_csv(path, index=False)
    else:
        frame.to_parquet(path)
    mapping = tmp_path / "draft.toml"
    mapping.write_text("\n".join(draft_lines(Home(home), [path])), encoding="utf-8")
    assert "DROP TABLE" in "\n".join(preview_lines(Home(home), [path], mapping=mapping, as_of=AS_OF))
    load_files(home, [path], mapping=mapping, as_of=AS_OF)
    with open_store(home) as store:
        assert store.rows("SELECT count(*) FROM loans") == [(20,)]
        assert store.rows("SELECT DISTINCT name FROM files") == [(path.name,)]
    told = "\n".join(explained_lines(Home(home), path.name))
    assert [head for head in CODE if head.replace("\n", "\\x0a") not in told] == []
    assert not list(tmp_path.rglob("pwned*"))


def test_a_draft_knows_signs_periods_and_both_arrears(home, tmp_path):
    heads = "SOL_ID|客户信息ECIF号|FORACID|放款日|到期日|放款本金_万元|CLR_BAL_AMT|day_rate|"
    heads += "本金逾期(天)|利息逾期(天)|五级形态"
    rows = [
        f"0{10 + n % 3}|R{1000 + n}|0101{n:06d}|{n + 12}-01-2026|{n + 12}-01-2027|{30 + n}|-{200000 + n}|"
        f"0.0001{n:02d}|0|{n}|{1 + n % 2}"
        for n in range(1, 13)
    ]
    path = tmp_path / "lam_20260630.txt"
    path.write_text("\n".join([heads, *rows]), encoding="utf-8")
    lines = draft_lines(Home(home), [path])
    wanted = [
        'branch_id = "SOL_ID"',
        'customer_id = "客户信息ECIF号"',
        'loan_id = "FORACID"',
        'disbursed_date = "DD-MM-YYYY"',
        'amount_yuan = "放款本金_万元"',
        "balance_yuan = -1  # ?",
        'yearly_rate = "fraction_per_day"  # ?',
        'overdue_days = ["本金逾期(天)", "利息逾期(天)"]',
        '"2" = "special_mention"  # ?',
    ]
    assert [want for want in wanted if not any(line.startswith(want) for line in lines)] == []
