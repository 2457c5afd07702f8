"""Who stands behind a key is kept only where a mapping says so, outside bank and reports; questions are logged."""

import getpass
import json
import os
import stat

import pytest

from microlib.bank.bookkeeping import undo_file
from microlib.bank.ingest import intake
from microlib.bank.ingest.intake import IngestOptions, ingest_files
from microlib.bank.lookup import log_faults, log_file, lookup_file, lookup_lines, lookup_names
from microlib.bank.store import open_store
from microlib.cli.bank import lookup
from microlib.errors import BadConfig, BadData
from microlib.home import Home

MAPPING = 'title = "t"\nsource = "s"\n{}\nown_tables = true\n'
CUSTOMERS = """customer_id,branch_id,kind,name_hash,phone_hash
C1,0755,company,示例商行,13800138000
13900139000,0755,person,李某,
"""
LOANS = (
    "loan_id,customer_id,branch_id,disbursed_date,maturity_date,amount_yuan,balance_yuan,yearly_rate,overdue_days,"
    "status\nL1,C1,0755,2026-01-05,2027-01-05,100000,100000,0.05,0,normal\n"
)


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A home whose settings lie in a folder of the test's own."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return Home(tmp_path / "home")


def loaded(home, tmp_path, *, wanted="keep_lookup = true"):
    (tmp_path / "m.toml").write_text(MAPPING.format(wanted), "utf-8")
    texts = {"branches": "branch_id,name\n0755,示例支行\n", "customers": CUSTOMERS, "loans": LOANS}
    for name, text in texts.items():
        (tmp_path / f"{name}.csv").write_text(text, "utf-8")
    files = [tmp_path / f"{name}.csv" for name in texts]
    return ingest_files(home.root, files, mapping=tmp_path / "m.toml", as_of=intake.date(2026, 6, 30))


def test_a_customer_s_key_leads_to_what_the_source_wrote(home, tmp_path):
    loaded(home, tmp_path)
    assert lookup_lines(home, "C1") == ["C1\t客户名称\t示例商行", "C1\t手机号\t13800138000"]


def test_a_loan_s_key_leads_to_its_customer(home, tmp_path):
    loaded(home, tmp_path)
    assert "C1\t客户名称\t示例商行" in lookup_lines(home, "L1")


def test_a_key_that_held_a_phone_leads_back_to_it(home, tmp_path):
    loaded(home, tmp_path)
    with open_store(home) as store:
        hidden = store.rows("SELECT customer_id FROM customers WHERE customer_id LIKE 'P%'")[0][0]
    assert f"{hidden}\t客户号\t13900139000" in lookup_lines(home, hidden)


def test_it_lies_outside_the_home_and_only_its_owner_reads_it(home, tmp_path):
    loaded(home, tmp_path)
    path = lookup_file(home)
    assert not path.is_relative_to(home.root)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_nothing_of_it_is_in_the_bank(home, tmp_path):
    loaded(home, tmp_path)
    assert "示例商行".encode() not in home.bank.read_bytes() and b"13900139000" not in home.bank.read_bytes()


def test_every_question_is_logged_answered_or_not(home, tmp_path):
    loaded(home, tmp_path)
    lookup_lines(home, "C1")
    with pytest.raises(BadData, match="nothing is known"):
        lookup_lines(home, "C9")
    log = lookup_file(home).with_suffix(".lookup.log")
    lines = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    assert [(line["key"], line["rows"]) for line in lines] == [("C1", 2), ("C9", 0)]
    assert stat.S_IMODE(log.stat().st_mode) == 0o600 and "示例商行" not in log.read_text("utf-8")


def test_without_the_mapping_s_word_nothing_is_kept(home, tmp_path):
    loaded(home, tmp_path, wanted="")
    assert not lookup_file(home).exists()
    with pytest.raises(BadConfig, match="no look-up is kept"):
        lookup_lines(home, "C1")


def test_a_blocked_ingest_keeps_nothing(home, tmp_path, monkeypatch):
    monkeypatch.setitem(globals(), "LOANS", LOANS.replace("2027-01-05", "soon"))
    with pytest.raises(BadData):
        loaded(home, tmp_path)
    assert not lookup_file(home).exists()


def test_a_file_that_others_may_read_is_refused(home, tmp_path):
    loaded(home, tmp_path)
    os.chmod(lookup_file(home), 0o644)
    with pytest.raises(BadConfig, match="read by others"):
        lookup_lines(home, "C1")


def test_the_command_prints_a_line_for_each_thing_known(home, tmp_path):
    from click.testing import CliRunner

    loaded(home, tmp_path)
    said = CliRunner().invoke(lookup, ["C1", "--home", str(home.root)], catch_exceptions=False)
    assert said.output.splitlines() == ["C1\t客户名称\t示例商行", "C1\t手机号\t13800138000"]


@pytest.fixture
def asked(home, tmp_path):
    """A log of three questions, and its lines."""
    loaded(home, tmp_path)
    for key in ("C1", "L1", "C1"):
        lookup_lines(home, key)
    path = log_file(home)
    return path, path.read_text("utf-8").splitlines(keepends=True)


def test_who_asks_is_said_by_the_system_and_not_by_the_environment(home, tmp_path, monkeypatch):
    loaded(home, tmp_path)
    own = getpass.getuser()
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.setenv(name, "somebody else")
    lookup_lines(home, "C1")
    (line,) = map(json.loads, log_file(home).read_text("utf-8").splitlines())
    assert line["uid"] == os.getuid() and line["user"] == own != getpass.getuser()


ALTERED = {
    "a word changed": lambda lines: [lines[0].replace('"C1"', '"C2"'), *lines[1:]],
    "a line taken out": lambda lines: [lines[0], lines[2]],
    "lines exchanged": lambda lines: [lines[1], lines[0], lines[2]],
    "a line added": lambda lines: [*lines, lines[1]],
    "the last cut off": lambda lines: lines[:2],
    "a mark taken out": lambda lines: [lines[0], lines[1].rpartition(', "mark"')[0] + "}\n", lines[2]],
    "half a line": lambda lines: [*lines[:2], lines[2][:40]],
}


@pytest.mark.parametrize("how", ALTERED)
def test_an_altered_log_is_told_and_what_was_found_stays_in_it(home, asked, how):
    path, lines = asked
    assert log_faults(home) == []
    path.write_text("".join(ALTERED[how](lines)), "utf-8")
    assert log_faults(home)
    lookup_lines(home, "C1")
    lookup_lines(home, "C1")
    *_, first, second = path.read_text("utf-8").splitlines()
    assert json.loads(first)["altered"] and "altered" not in json.loads(second)
    assert log_faults(home)


@pytest.mark.parametrize("how", ["taken away", "emptied"])
def test_a_log_that_is_gone_is_told_and_the_next_says_how_it_ended(home, asked, how):
    path, lines = asked
    path.unlink() if how == "taken away" else path.write_text("")
    assert "does not end" in log_faults(home)[0]
    lookup_lines(home, "C1")
    (line,) = map(json.loads, path.read_text("utf-8").splitlines())
    assert line["former"] == json.loads(lines[-1])["mark"] and log_faults(home) == []


def test_a_log_of_a_version_without_marks_goes_on(home, tmp_path):
    loaded(home, tmp_path)
    path, old = log_file(home), '{"moment": "2026-01-01T00:00:00+00:00", "user": "a", "key": "C1", "rows": 2}\n'
    path.touch(0o600)
    path.write_text(old * 2, "utf-8")
    lookup_lines(home, "C1")
    assert log_faults(home) == []
    path.write_text(path.read_text("utf-8").replace('"user": "a"', '"user": "b"', 1), "utf-8")
    assert log_faults(home)


def test_whom_no_file_names_any_more_leaves_the_look_up(home, tmp_path):
    loaded(home, tmp_path)
    with open_store(home) as store:
        (hidden,) = store.rows("SELECT customer_id FROM customers WHERE customer_id LIKE 'P%'")[0]
    undo_file(home.root, "loans.csv")
    assert len(lookup_lines(home, "C1")) == 2 and lookup_names(home) == {"示例商行", "李某"}
    undo_file(home.root, "customers.csv")
    assert lookup_names(home) == frozenset()
    raw = lookup_file(home).read_bytes()
    assert not any(text.encode() in raw for text in ("示例商行", "李某", "13800138000", "13900139000", hidden))


def test_a_corrected_file_takes_the_former_name_with_it(home, tmp_path, monkeypatch):
    loaded(home, tmp_path)
    (tmp_path / "customers.csv").write_text(CUSTOMERS.replace("示例商行", "更名商行"), "utf-8")
    how = {"mapping": tmp_path / "m.toml", "as_of": intake.date(2026, 6, 30), "options": IngestOptions(replace=True)}
    ingest_files(home.root, [tmp_path / "customers.csv"], **how)
    assert lookup_lines(home, "C1") == ["C1\t客户名称\t更名商行", "C1\t手机号\t13800138000"]
