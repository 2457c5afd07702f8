"""Identifiers are found wherever they are written, and ordinary ledgers raise none.

The text of every kind of output is read; typed numbers, pictures and fonts are none.
The scan is part of publishing: a hit blocks the report, an ordinary ledger does not.
"""

from __future__ import annotations

import io
import json
import random
import sqlite3
import zipfile
from contextlib import closing
from datetime import date

import pandas as pd
import pytest
from nbformat import writes
from nbformat.v4 import new_code_cell, new_notebook, new_output

from microlib.bank.ingest.load import load_frames
from microlib.bank.store import open_store
from microlib.errors import BadData
from microlib.home import Home, settings_file
from microlib.identifiers import OLDEST, find_identifiers, is_card, is_identity, masked_text
from microlib.run.execute import run_job
from microlib.run.jobs import Job
from microlib.run.privacy import PersonalData, check_files, check_private, masked_page, masked_record, passages_of

#: the example of the standard for identity numbers, and numbers made up to pass or fail one check each
PERSON, IDENTIFIER_PHONE, CARD = "11010519491231002X", "13800138000", "6222021234567890128"


def kinds(text):
    return [found.kind for found in find_identifiers(text)]


def test_worked_example_of_the_identity_standard():
    """GB 11643-1999, annex: 11010519491231002X."""
    assert is_identity(PERSON)
    assert is_identity("440524188001010014") is (OLDEST <= 1880)


@pytest.mark.parametrize("text", [
    PERSON, PERSON.lower(), f"证件{PERSON}，", "110105 19491231 002X", f"C{PERSON}",
    "１１０１０５１９４９１２３１００２Ｘ", "110105\u200b19491231002X",
])  # fmt: skip
def test_an_identity_number_is_found_however_it_is_written(text):
    assert kinds(text) == ["identity"]


@pytest.mark.parametrize(
    "text", ["13800138000", "+86 138-0013-8000", "8613800138000", "电话138 0013 8000。", "L_13800138000"]
)
def test_a_mobile_phone_is_found_however_it_is_written(text):
    assert kinds(text) == ["mobile"]


@pytest.mark.parametrize("text", [CARD, "6222 0212 3456 7890 128", "4111111111111111", f"卡号{CARD}"])
def test_a_bank_card_is_found_however_it_is_written(text):
    assert kinds(text) == ["card"]


@pytest.mark.parametrize("text", [
    "110105194912310021",  # check sign
    "991105194912310021",  # region
    "110105194913310021",  # month
    "1138001380001",  # digits on both sides
    "0.13800138000", "13800138000.55", "13,800,138,000",
    "7222021234567890128",  # no card begins so
    "6222021234567890129",  # Luhn
    "2026-06-30 20260630T163354", "a13800138000b0cd", "P0123456789013800138000AB",
])  # fmt: skip
def test_what_only_resembles_one_is_none(text):
    assert kinds(text) == []


def test_amounts_counts_and_days_of_a_ledger_raise_none():
    draw = random.Random(1)
    amounts = [f"{draw.uniform(0, 1e12):,.2f}" for _ in range(20_000)]
    shares = [f"{draw.random():.12f}" for _ in range(20_000)]
    assert kinds("  ".join(amounts) + "\n" + "\n".join(shares)) == []


def test_one_in_ten_loan_numbers_passes_luhn_and_hardly_any_the_beginnings_too():
    draw = random.Random(2)
    loans = ["".join(draw.choices("0123456789", k=19)) for _ in range(20_000)]
    assert sum(is_card(f"62{number[2:]}") for number in loans) / len(loans) == pytest.approx(0.1, abs=0.01)
    assert sum(map(is_card, loans)) / len(loans) < 0.002


@pytest.mark.parametrize(("text", "kind"), [
    ("138.1234.5678", "mobile"), ("138\u00a01234\u00a05678", "mobile"), ("138\u20131234\u20135678", "mobile"),
    ("(138)12345678", "mobile"), ("f13812345678", "mobile"), ("cafe13812345678", "mobile"),
    ("+86(138)1234-5678", "mobile"),
    ("１３８-１２３４-５６７８", "mobile"), ("138\u200b1234\u200b5678", "mobile"), ("①③⑧①②③④⑤⑥⑦⑧", "mobile"),
    ("110105491231002", "identity"), ("110105 491231 002", "identity"), ("1101 0519 4912 3100 2X", "identity"),
    ("110105.1949.12.31.002X", "identity"), ("6222.0212.3456.7890.128", "card"), ("zhang.san@example.com", "mail"),
    ("微信：zhangsan88", "chat"), ("wxid_a1b2c3d4", "chat"), ("QQ号: 123456789", "chat"),
])  # fmt: skip
def test_what_is_found_is_masked_in_any_writing(text, kind):
    told = masked_text(f"a {text}, b")
    assert kinds(f"a {text}, b") == [kind]
    assert find_identifiers(told) == [] and told.startswith("a ") and told.endswith(", b") and "*" in told


@pytest.mark.parametrize(
    "text",
    ["2026-06-30 1234 5678", "15 2026-06-30 3", "user@localhost", "微信扫码 2026", "WeChat: campaign", "138.1 234.5",
     "1,381,234.5678", "139 deals, 12345678 yuan", "440300202401150012", "9144030012345678XY"],
)  # fmt: skip
def test_what_resembles_a_new_kind_is_none(text):
    assert kinds(text) == [] and masked_text(text) == text


def test_masking_hides_each_of_several_in_their_places():
    said = masked_text("甲 138-1234-5678 乙 １３９１２３４５６７８ 丙 13912345678 丁")
    assert said == "甲 138******78 乙 139******78 丙 139******78 丁"


def test_messages_are_masked():
    said = masked_text(f"KeyError: {PERSON} {IDENTIFIER_PHONE}")
    assert PERSON not in said and IDENTIFIER_PHONE not in said and "138******00" in said


OUTPUT_PHONE = "13800138000"


def found(name, data):
    return [each.kind for _, text in passages_of(name, data) for each in find_identifiers(text)]


def parquet(**columns):
    buffer = io.BytesIO()
    pd.DataFrame(columns).to_parquet(buffer)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "page",
    [
        f"<p>{OUTPUT_PHONE}</p>",
        "<p>138<b>0013</b>8000</p>",
        "<p>&#49;3800138000</p>",
        f'<img alt="{OUTPUT_PHONE}" src="data:image/png;base64,AA">',
        f'<a href="{OUTPUT_PHONE}.html">x</a>',
    ],
)
def test_a_page_is_read_with_titles_and_addresses(page):
    assert found("a.html", page.encode()) == ["mobile"]


def test_cells_side_by_side_are_no_number():
    assert found("a.html", b"<td>138001</td><td>38000</td>") == []


def test_pictures_and_fonts_are_no_text():
    assert found("a.html", f'<img src="data:image/png;base64,{OUTPUT_PHONE * 9}">'.encode()) == []


def test_a_notebook_is_read_sources_outputs_and_errors():
    shown = new_output("display_data", data={"text/html": f"<b>{OUTPUT_PHONE}</b>", "image/png": OUTPUT_PHONE})
    failed = new_output("error", ename="KeyError", evalue=OUTPUT_PHONE, traceback=[OUTPUT_PHONE])
    cell = new_code_cell(f"x = '{OUTPUT_PHONE}'", outputs=[shown, failed])
    assert len(found("a.ipynb", writes(new_notebook(cells=[cell])).encode())) == 4


def test_a_table_is_read_where_it_holds_text():
    assert found("a.parquet", parquet(loan_id=[OUTPUT_PHONE, "L1"])) == ["mobile"]
    assert found("a.parquet", parquet(balance_yuan=[13_800_138_000.0], count=[13_800_138_000])) == []


def test_numbers_of_a_document_are_typed():
    assert found("facts.json", json.dumps({"balance_yuan": 13_800_138_000}).encode()) == []
    assert found("facts.json", json.dumps({"said": [OUTPUT_PHONE], OUTPUT_PHONE: 1}).encode()) == ["mobile", "mobile"]


def test_archives_are_opened():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as target:
        target.writestr("list.csv", f"name,phone\n甲,{OUTPUT_PHONE}")
    assert found("pack.zip", buffer.getvalue()) == ["mobile"]


SCAN_PHONE = "13800138000"


def luhn_loans(count):
    """Loan numbers of nineteen digits that begin and check like bank cards: the worst that a ledger can do."""
    draw, found = random.Random(3), []
    while len(found) < count:
        number = "62" + "".join(draw.choices("0123456789", k=17))
        found += [number] if is_card(number) else []
    return found


@pytest.fixture
def report(tmp_path):
    """A folder of outputs with a results folder."""
    (tmp_path / "report" / "results").mkdir(parents=True)
    return tmp_path / "report"


@pytest.fixture
def home(tmp_path):
    """A bank of one customer with fifty loans."""
    loans = [f"L{place}" for place in range(50)]
    dates = {"disbursed_date": pd.Timestamp("2026-01-05"), "maturity_date": pd.Timestamp("2027-01-05")}
    said = {"amount_yuan": 1e5, "balance_yuan": 1e5, "yearly_rate": 0.05, "status": "normal", "overdue_days": 0}
    frames = {
        "branches": pd.DataFrame({"branch_id": ["0755"], "name": ["示例支行"]}),
        "customers": pd.DataFrame({"customer_id": ["C1"], "branch_id": ["0755"], "kind": ["company"]}),
        "loans": pd.DataFrame({"loan_id": loans, "customer_id": "C1", "branch_id": "0755", **dates, **said}),
    }
    load_frames(tmp_path / "bank", frames, as_of=date(2026, 6, 30), name="made")
    return Home(tmp_path / "bank")


@pytest.fixture
def former(home):
    """The same bank as an earlier version kept it, which took keys of any form: some are cards, phones, identities."""
    keys = dict(zip(("L1", "L2", "L3"), (luhn_loans(1)[0], SCAN_PHONE, PERSON), strict=True))
    with open_store(home, writable=True) as store:
        for key, raw in keys.items():
            store.rows("UPDATE loans SET loan_id = ? WHERE loan_id = ?", [raw, key])
    return home


def test_a_clean_folder_passes(report, tmp_path):
    (report / "a.html").write_text("<p>余额 1,234.6 万元</p>")
    check_private(report, home=Home(tmp_path))


def test_a_hit_is_refused_with_its_place_and_without_itself(report, tmp_path):
    (report / "a.html").write_text(f"<p>{SCAN_PHONE}</p>")
    with pytest.raises(PersonalData, match=r"mobile phone \(138\*+00\)") as caught:
        check_private(report, home=Home(tmp_path))
    assert caught.value.where == "a.html" and SCAN_PHONE not in str(caught.value)


def test_a_hit_in_a_result_table_names_table_and_column(report, tmp_path):
    pd.DataFrame({"remark": [SCAN_PHONE]}).to_parquet(report / "results" / "loans.parquet")
    with pytest.raises(PersonalData) as caught:
        check_private(report, home=Home(tmp_path))
    assert caught.value.where == "results/loans.parquet remark"


def test_a_number_in_the_name_of_a_file_is_a_hit(report, tmp_path):
    (report / f"{SCAN_PHONE}.txt").write_text("x")
    with pytest.raises(PersonalData):
        check_private(report, home=Home(tmp_path))


def test_a_typed_number_of_a_recorded_column_is_exempt(report, tmp_path):
    (report / "a.txt").write_text(f"total {SCAN_PHONE}")
    pd.DataFrame({"balance_yuan": [float(SCAN_PHONE)]}).to_parquet(report / "results" / "sums.parquet")
    check_private(report, home=Home(tmp_path))


def test_frames_whose_keys_are_cards_are_refused(tmp_path):
    frames = {"branches": pd.DataFrame({"branch_id": luhn_loans(1), "name": ["示例支行"]})}
    with pytest.raises(BadData, match="identifier of a person"):
        load_frames(tmp_path / "bank", frames, as_of=date(2026, 6, 30), name="made")


@pytest.mark.parametrize("key", [luhn_loans(1)[0], SCAN_PHONE, PERSON])
def test_no_key_of_the_form_of_an_identifier_is_trusted(report, former, key):
    (report / "list.html").write_text(f"<td>{key}</td>")
    with pytest.raises(PersonalData, match="identifiers") as caught:
        check_private(report, home=former)
    assert key not in str(caught.value) and "ingest their files again" in caught.value.fix


def test_the_beginning_of_a_file_s_hash_is_no_phone(report, home):
    with open_store(home, writable=True) as store:
        store.rows("UPDATE files SET sha256 = ?", ["f13812345678" + "0" * 52])
    (report / "a.html").write_text("<td>f13812345678</td>")
    check_private(report, home=home)
    (report / "a.html").write_text("<td>f13812345679</td>")
    with pytest.raises(PersonalData):
        check_private(report, home=home)


@pytest.mark.parametrize("text", [SCAN_PHONE, "138.0013.8000", "zhang.san@example.com", PERSON])
def test_files_of_any_name_are_scanned_and_told_by_what_they_are(home, text):
    with pytest.raises(PersonalData, match="the bundle x holds") as caught:
        check_files([("my_customers.html", f"<td>{text}</td>".encode())], home=home, what="bundle x")
    assert text not in str(caught.value)


def test_pages_and_records_are_masked_and_pictures_in_them_are_not():
    picture = f'<img src="data:image/png;base64,{SCAN_PHONE * 3}+{SCAN_PHONE}">'
    page = masked_page(f"<td title='138-0013-8000'>示例支行 {SCAN_PHONE}</td>{picture}")
    assert page == f"<td title='138******00'>示例支行 138******00</td>{picture}"
    record = {"branches": {"0755": f"支行{SCAN_PHONE}"}, "sha256": SCAN_PHONE, "rows": [f"a {PERSON}", 13_800_138_000]}
    assert masked_record(record, kept=["sha256"]) == {
        "branches": {"0755": "支行138******00"}, "sha256": SCAN_PHONE, "rows": ["a 110*************2X", 13_800_138_000],
    }  # fmt: skip


def test_what_is_spread_over_tags_cannot_be_masked_and_is_refused():
    with pytest.raises(PersonalData):
        masked_page("<p>138<b>0013</b>8000</p>")


@pytest.fixture
def leaking(tmp_path, written_notebook):
    """A job whose notebook shows a phone number."""
    path = written_notebook('branch = ""', f"print('tel. {SCAN_PHONE}')")
    return Job(path, home=tmp_path, as_of="2026-06-30", branch="0755")


def test_a_report_with_a_hit_is_not_published_nor_kept(leaking):
    leaking.folder.mkdir(parents=True)
    leaking.page.write_text("good")
    outcome = run_job(leaking)
    assert outcome.error.startswith("PersonalData") and outcome.kept is None
    assert [path.name for path in leaking.folder.iterdir()] == [leaking.page.name]
    assert leaking.page.read_text() == "good"


def test_a_half_run_notebook_with_a_hit_is_not_kept_and_its_error_is_masked(tmp_path, written_notebook):
    path = written_notebook('branch = ""', f"raise KeyError('{SCAN_PHONE}')")
    outcome = run_job(Job(path, home=tmp_path, as_of="2026-06-30", branch="0755"))
    assert outcome.kept is None and "138******00" in outcome.error and SCAN_PHONE not in outcome.error


@pytest.fixture
def known(home, tmp_path, monkeypatch):
    """The bank with a look-up of three names, one of them of a core enterprise that reports tell."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    path = settings_file(home, "lookup")
    path.parent.mkdir(parents=True)
    with closing(sqlite3.connect(path)) as kept, kept:
        kept.execute("CREATE TABLE told (key TEXT, name TEXT, source TEXT)")
        names = [("C1", "客户名称", name) for name in ("王小明", "高峰", "示例支行", "13900139000")]
        kept.executemany("INSERT INTO told VALUES (?, ?, ?)", names)
    path.chmod(0o600)
    return home


@pytest.mark.parametrize(
    "text", ["<td>王小明</td>", "<p>联系 <b>王小明</b> 。</p>", "<td>王 小 明</td><td>王小明</td>"]
)
def test_a_name_of_the_look_up_is_found_and_told_by_its_first_sign_only(report, known, text):
    (report / "a.html").write_text(text)
    with pytest.raises(PersonalData, match=r"name of a customer \(王\*\*\)") as caught:
        check_private(report, home=known)
    assert "小明" not in str(caught.value)


def test_words_and_public_names_that_are_also_a_customer_s_raise_none(report, known):
    (report / "a.html").write_text("<th>高峰</th><td>示例支行</td><p>王小明白了</p>")
    check_private(report, home=known)


def test_a_short_name_is_found_in_a_table_of_results(report, known):
    pd.DataFrame({"who": ["高峰"]}).to_parquet(report / "results" / "list.parquet")
    with pytest.raises(PersonalData, match="name of a customer"):
        check_private(report, home=known)


def test_a_look_up_that_others_may_read_is_not_read(report, known):
    settings_file(known, "lookup").chmod(0o644)
    (report / "a.html").write_text("<td>王小明</td>")
    check_private(report, home=known)
