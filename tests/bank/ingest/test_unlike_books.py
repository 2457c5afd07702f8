"""Books unlike ours: tapes that lack columns, in another currency, above a rate's cap, in two files joined by a key."""

import datetime
import tomllib
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from microlib.bank.branch import read_branch
from microlib.bank.ingest.convert import ConversionContext
from microlib.bank.ingest.drafts import draft_lines
from microlib.bank.ingest.intake import load_files, receive_file
from microlib.bank.store import open_store
from microlib.contracts.mapping import SourceMapping
from microlib.contracts.policy import CountryPolicy, standing_policy
from microlib.design.branch import Branch
from microlib.errors import BadConfig, BadData, NeedsColumn
from microlib.home import Home
from microlib.metrics.defaults import default_cohorts, default_counts
from microlib.metrics.outcome import vintage

JUNE = datetime.date(1998, 6, 30)
TAPE = """LoanNr|Name|Bank|Approved|Amount|Status|ChargedOff|Loss
1001|FIRM A|1ST CENTENNIAL BANK|24-Jun-91|100,000.00|CHGOFF|24-Aug-92|40,000.00
1002|FIRM B|1ST CENTENNIAL BANK|03-Jan-92|50,000.00|PIF||0
1003|FIRM C|福田支行|14-Feb-92|80,000.00|PIF||0
1004|FIRM D|福田支行|14-Mar-92|80,000.00|||0
"""
MAPPING = """
title = "ended loans"
source = "a test"
delimiter = "|"
[[tables]]
table = "branches"
one_row_per_key = true
columns = { branch_id = "Bank" }
[[tables]]
table = "customers"
one_row_per_key = true
columns = { customer_id = "LoanNr", branch_id = "Bank" }
optional = { name_hash = "Name" }
[[tables]]
table = "loans"
assumed = { balance_yuan = 0 }
formats = { disbursed_date = "DD-MON-YY", written_off_date = "DD-MON-YY" }
codes = { status = { PIF = "settled", CHGOFF = "written_off", "" = "unknown" } }
optional = { written_off_date = "ChargedOff", written_off_yuan = "Loss" }
[tables.columns]
loan_id = "LoanNr"
customer_id = "LoanNr"
branch_id = "Bank"
disbursed_date = "Approved"
amount_yuan = "Amount"
status = "Status"
"""


def written(folder, tape=TAPE, mapping=MAPPING, name="tape.asc"):
    (folder / name).write_text(tape, encoding="utf-8")
    (folder / "map.toml").write_text(mapping, encoding="utf-8")
    return folder / name


def loaded(folder, *, mapping=MAPPING, tape=TAPE, others=(), as_of=JUNE):
    path = written(folder, tape, mapping)
    return load_files(folder / "home", [path, *others], mapping=folder / "map.toml", as_of=as_of)


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tape")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MICROLIB_KEY_FILE", str(folder / "bank.key"))
        summary = loaded(folder)
    with open_store(Home(folder / "home")) as store:
        codes = dict(store.rows("SELECT name, branch_id FROM branches"))
    return summary, folder / "home", codes


def test_what_the_tape_lacks_and_what_is_assumed_is_told(book):
    findings = book[0].findings
    lacking = findings.loc[findings["rule"].eq("column_lacking"), "column"]
    assert set(lacking) == {"maturity_date", "overdue_days", "yearly_rate"}
    assumed = findings[findings["rule"].str.contains("assumed by the mapping")]
    assert assumed["value"].tolist() == ["0: 4 rows in all"]


def test_branch_names_become_codes_that_name_folders_and_are_kept(book):
    codes = book[2]
    assert set(codes) == {"1ST CENTENNIAL BANK", "福田支行"}
    assert codes["1ST CENTENNIAL BANK"].startswith("1ST-CENTENNIAL-BANK-")
    assert all(code.isascii() and " " not in code for code in codes.values())


def test_a_branch_says_which_column_a_result_needs(book):
    branch = Branch.of(read_branch(book[1], branch=book[2]["1ST CENTENNIAL BANK"], as_of="1998-06-30"))
    assert "overdue_days" not in branch.loans.columns
    with pytest.raises(NeedsColumn, match=r"loans\.maturity_date"):
        branch.compute(lambda loans: loans["maturity_date"].min())
    assert branch.policy.limits.notional_months == 36  # assumed of a day before its first


def test_ended_loans_give_default_rates_and_vintages(book):
    with open_store(Home(book[1])) as store:
        loans = store.frame(store.con.table("loans")).drop(columns=["overdue_days", "yearly_rate", "maturity_date"])
    counts = default_counts(default_cohorts(loans, as_of=JUNE), within=None).iloc[0]
    assert counts.to_dict() == {"basis": "ended", "bad_count": 1, "total_count": 3, "unknown_count": 1}
    known = loans[loans["status"].ne("unknown")]
    curve = vintage(known, as_of=JUNE)
    assert curve["bad_share"].iloc[14] == pytest.approx(100 / 230)
    assert curve["bad_share"].iloc[13] == 0
    with pytest.raises(NeedsColumn, match=r"written_off_date|have no date"):
        vintage(known.assign(written_off_date=pd.NaT), as_of=JUNE)


def test_a_column_that_is_there_has_a_value_in_every_row(tmp_path, monkeypatch):
    monkeypatch.setenv("MICROLIB_KEY_FILE", str(tmp_path / "bank.key"))
    tape = TAPE.replace("Loss\n", "Loss|Rate\n").replace("|40,000.00\n", "|40,000.00|0.11\n").replace("|0\n", "|0|\n")
    mapping = MAPPING.replace('status = "Status"', 'status = "Status"\nyearly_rate = "Rate"')
    with pytest.raises(BadData, match="yearly_rate"):
        loaded(tmp_path, tape=tape, mapping=mapping)


def test_a_rate_above_the_cap_is_refused_until_the_home_says_that_it_is_true(tmp_path, monkeypatch):
    monkeypatch.setenv("MICROLIB_KEY_FILE", str(tmp_path / "bank.key"))
    tape = TAPE.replace("Loss\n", "Loss|Rate\n").replace(".00\n", ".00|295\n").replace("|0\n", "|0|20\n")
    mapping = MAPPING.replace('status = "Status"', 'status = "Status"\nyearly_rate = "Rate"')
    mapping = mapping.replace("assumed =", 'units = { yearly_rate = "percent" }\nassumed =')
    with pytest.raises(BadData, match="out of its range") as refused:
        loaded(tmp_path, tape=tape, mapping=mapping)
    assert "country.toml" in refused.value.fix
    own = tmp_path / "home" / "data" / "policies" / "country.toml"
    own.parent.mkdir(parents=True, exist_ok=True)
    own.write_text('highest_rate = [{ from = 1900-01-01, value = 4.0, source = "a test" }]\n')
    loaded(tmp_path, tape=tape, mapping=mapping)
    with open_store(Home(tmp_path / "home")) as store:
        assert store.rows("SELECT max(yearly_rate) FROM loans") == [(2.95,)]


def test_the_shipped_cap_is_dated_and_sourced():
    path = Home(Path(".")).config("policies") / "country.toml"
    assert standing_policy(path, CountryPolicy, as_of=JUNE).highest_rate == 0.36


def test_another_currency_is_refused_or_taken_by_its_factor(tmp_path):
    tape = "币种：USD|||||||\n" + TAPE
    mapping = MAPPING.replace('delimiter = "|"', 'delimiter = "|"')
    assert "the header's unit is none of this column's" in problems(tmp_path, tape, mapping, severity="block")
    known = mapping.replace("assumed =", "units = { amount_yuan = 7.18, written_off_yuan = 7.18 }\nassumed =")
    known = known.replace("assumed = { balance_yuan = 0 }", "constants = { balance_yuan = 0 }")
    frame, rules = received(tmp_path, tape, known)
    assert frame["amount_yuan"].tolist()[:2] == [718_000.0, 359_000.0]
    assert "the mapping's factor stands for the header's unit" in rules


def received(folder, tape, mapping, others=()):
    con, path = duckdb.connect(), written(folder, tape, mapping)
    context = ConversionContext(JUNE, b"key", SourceMapping(**tomllib.loads(mapping)), tuple(others))
    found = receive_file(con, path, intake=context, name="raw")
    loans = next(each for each in found if each.table == "loans")
    frame = con.execute(f"FROM {loans.relation} ORDER BY row_number").df() if loans.relation else pd.DataFrame()
    return frame, {problem["rule"]: problem for each in found for problem in each.problems}


def problems(folder, tape, mapping, *, severity, others=()):
    rules = received(folder, tape, mapping, others)[1]
    return {rule for rule, problem in rules.items() if problem["severity"] == severity}


JOIN = 'joins = [{ files = ["owners*"], on = ["LoanNr", "Number"] }]\n[[tables]]'


def second(folder, text):
    (folder / "owners.csv").write_text(text, encoding="gb18030")
    return [folder / "owners.csv"]


def test_the_columns_of_a_second_file_stand_beside_each_row_of_its_key(tmp_path):
    mapping = MAPPING.replace("[[tables]]", JOIN, 1).replace(
        "written_off_yuan = ", 'purpose = "用途", written_off_yuan = '
    )
    mapping = mapping.replace('delimiter = "|"\n', "")
    others = second(tmp_path, "Number,用途\n'1003,种植\n1001 ,买货\n1002,\n")
    frame, rules = received(tmp_path, TAPE, mapping, others)
    assert frame["purpose"].tolist()[::2] == ["买货", "种植"]
    assert rules["rows without a partner in the second file"]["value"] == "1 rows in all"
    assert frame["row_number"].tolist() == [2, 3, 4, 5]
    twice = second(tmp_path, "Number,用途\n1001,买货\n1001,种植\n")
    assert "the second file says different things under one key" in problems(
        tmp_path, TAPE, mapping, severity="block", others=twice
    )
    strangers = second(tmp_path, "Number,用途\nX1,买货\n")
    assert "rows without a partner in the second file" in problems(
        tmp_path, TAPE, mapping, severity="block", others=strangers
    )
    with pytest.raises(BadConfig, match="second file of a join was not given"):
        received(tmp_path, TAPE, mapping)
    with pytest.raises(BadConfig, match="no header Number"):
        received(tmp_path, TAPE, mapping, second(tmp_path, "No,用途\n1001,买货\n"))


def test_a_corrected_second_file_is_another_load(tmp_path, monkeypatch):
    monkeypatch.setenv("MICROLIB_KEY_FILE", str(tmp_path / "bank.key"))
    mapping = MAPPING.replace("[[tables]]", JOIN, 1).replace('delimiter = "|"\n', "")
    mapping = mapping.replace("written_off_yuan = ", 'purpose = "用途", written_off_yuan = ')
    numbers = "".join(f"{number},买货\n" for number in range(1001, 1005))
    first = loaded(tmp_path, mapping=mapping, others=second(tmp_path, "Number,用途\n" + numbers))
    assert not any(each.is_known for each in first.loaded)
    with pytest.raises(BadData, match="differ|different"):
        loaded(tmp_path, mapping=mapping, others=second(tmp_path, "Number,用途\n" + numbers.replace("买货", "种植", 1)))


def test_a_draft_joins_files_of_the_same_rows_and_is_loadable_as_it_stands(tmp_path):
    master = ["CUSTNO,ACCT NBR,ORIG DT,ORIG BAL,MATURITY DT,INT RATE"]
    state = ["ACCT NBR,CUR BAL,DPD,STATUS"]
    for number in range(1, 31):
        day = f"{1 + number % 28:02d}/03"
        master.append(f"K{number % 20:04d},A{number:06d},{day}/2025,{60_000 + number},{day}/2027,5.{number}")
        state.insert(1, f"A{number:06d},{30_000 + number},0,Current")
    (tmp_path / "master.csv").write_text("\n".join(master))
    (tmp_path / "perf_202606.csv").write_text("\n".join(state))
    paths = [tmp_path / "master.csv", tmp_path / "perf_202606.csv"]
    lines = draft_lines(Home(tmp_path), paths)
    assert [line for line in lines if line.startswith("on = ")][0].startswith('on = ["ACCT NBR"]')
    context = ConversionContext(JUNE, b"key", SourceMapping(**tomllib.loads("\n".join(lines))), (paths[1],))
    con = duckdb.connect()
    found = receive_file(con, paths[0], intake=context, name="raw")
    loans = next(each for each in found if each.table == "loans")
    assert not [fault for fault in loans.problems if fault["severity"] == "block"]
    rows = con.execute(
        f"SELECT loan_id, balance_yuan, maturity_date FROM {loans.relation} ORDER BY ALL LIMIT 1"
    ).fetchall()
    assert rows == [("A000001", 30_001.0, datetime.date(2027, 3, 2))]
