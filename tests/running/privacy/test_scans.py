"""The scan is part of publishing: a hit blocks the report, an ordinary ledger does not."""

import random
import sqlite3
from contextlib import closing
from datetime import date

import pandas as pd
import pytest

from microlib.bank import loads
from microlib.homes import Home, settings_file
from microlib.running import execute
from microlib.running.jobs import Job
from microlib.running.privacy import identifiers, scans

PHONE = "13800138000"


def luhn_loans(count):
    """Loan numbers of nineteen digits that begin and check like bank cards: the worst that a ledger can do."""
    draw, found = random.Random(3), []
    while len(found) < count:
        number = "62" + "".join(draw.choices("0123456789", k=17))
        found += [number] if identifiers.is_card(number) else []
    return found


@pytest.fixture
def report(tmp_path):
    """A folder of outputs with a results folder."""
    (tmp_path / "report" / "results").mkdir(parents=True)
    return tmp_path / "report"


@pytest.fixture
def home(tmp_path):
    """A bank whose loan numbers look like cards."""
    dates = {"disbursed_date": pd.Timestamp("2026-01-05"), "maturity_date": pd.Timestamp("2027-01-05")}
    said = {"amount_yuan": 1e5, "balance_yuan": 1e5, "yearly_rate": 0.05, "status": "normal", "overdue_days": 0}
    frames = {
        "branches": pd.DataFrame({"branch_id": ["0755"], "name": ["示例支行"]}),
        "customers": pd.DataFrame({"customer_id": ["C1"], "branch_id": ["0755"], "kind": ["company"]}),
        "loans": pd.DataFrame({"loan_id": luhn_loans(50), "customer_id": "C1", "branch_id": "0755", **dates, **said}),
    }
    loads.load_frames(tmp_path / "bank", frames, as_of=date(2026, 6, 30), name="made")
    return Home(tmp_path / "bank")


def test_a_clean_folder_passes(report, tmp_path):
    (report / "a.html").write_text("<p>余额 1,234.6 万元</p>")
    scans.check_private(report, home=Home(tmp_path))


def test_a_hit_is_refused_with_its_place_and_without_itself(report, tmp_path):
    (report / "a.html").write_text(f"<p>{PHONE}</p>")
    with pytest.raises(scans.PersonalData, match=r"mobile phone \(138\*+00\)") as caught:
        scans.check_private(report, home=Home(tmp_path))
    assert caught.value.where == "a.html" and PHONE not in str(caught.value)


def test_a_hit_in_a_result_table_names_table_and_column(report, tmp_path):
    pd.DataFrame({"remark": [PHONE]}).to_parquet(report / "results" / "loans.parquet")
    with pytest.raises(scans.PersonalData) as caught:
        scans.check_private(report, home=Home(tmp_path))
    assert caught.value.where == "results/loans.parquet remark"


def test_a_number_in_the_name_of_a_file_is_a_hit(report, tmp_path):
    (report / f"{PHONE}.txt").write_text("x")
    with pytest.raises(scans.PersonalData):
        scans.check_private(report, home=Home(tmp_path))


def test_a_typed_number_of_a_recorded_column_is_exempt(report, tmp_path):
    (report / "a.txt").write_text(f"total {PHONE}")
    pd.DataFrame({"balance_yuan": [float(PHONE)]}).to_parquet(report / "results" / "sums.parquet")
    scans.check_private(report, home=Home(tmp_path))


def test_keys_that_the_bank_declares_are_exempt(report, home):
    (report / "list.html").write_text("".join(f"<td>{number}</td>" for number in luhn_loans(50)))
    scans.check_private(report, home=home)


def test_a_card_that_is_no_key_is_found_among_keys(report, home):
    (report / "list.html").write_text("".join(f"<td>{number}</td>" for number in luhn_loans(51)))
    with pytest.raises(scans.PersonalData, match="bank card"):
        scans.check_private(report, home=home)


@pytest.fixture
def leaking(tmp_path, written_notebook):
    """A job whose notebook shows a phone number."""
    path = written_notebook('branch = ""', f"print('tel. {PHONE}')")
    return Job(path, home=tmp_path, as_of="2026-06-30", branch="0755")


def test_a_report_with_a_hit_is_not_published_nor_kept(leaking):
    leaking.folder.mkdir(parents=True)
    leaking.page.write_text("good")
    outcome = execute.run_job(leaking)
    assert outcome.error.startswith("PersonalData") and outcome.kept is None
    assert [path.name for path in leaking.folder.iterdir()] == [leaking.page.name]
    assert leaking.page.read_text() == "good"


def test_a_half_run_notebook_with_a_hit_is_not_kept_and_its_error_is_masked(tmp_path, written_notebook):
    path = written_notebook('branch = ""', f"raise KeyError('{PHONE}')")
    outcome = execute.run_job(Job(path, home=tmp_path, as_of="2026-06-30", branch="0755"))
    assert outcome.kept is None and "138******00" in outcome.error and PHONE not in outcome.error


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
    with pytest.raises(scans.PersonalData, match=r"name of a customer \(王\*\*\)") as caught:
        scans.check_private(report, home=known)
    assert "小明" not in str(caught.value)


def test_words_and_public_names_that_are_also_a_customer_s_raise_none(report, known):
    (report / "a.html").write_text("<th>高峰</th><td>示例支行</td><p>王小明白了</p>")
    scans.check_private(report, home=known)


def test_a_short_name_is_found_in_a_table_of_results(report, known):
    pd.DataFrame({"who": ["高峰"]}).to_parquet(report / "results" / "list.parquet")
    with pytest.raises(scans.PersonalData, match="name of a customer"):
        scans.check_private(report, home=known)


def test_a_look_up_that_others_may_read_is_not_read(report, known):
    settings_file(known, "lookup").chmod(0o644)
    (report / "a.html").write_text("<td>王小明</td>")
    scans.check_private(report, home=known)
