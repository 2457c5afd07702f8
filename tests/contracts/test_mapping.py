"""A mapping file says what a source calls our columns; what it cannot mean is refused with the nearest word."""

import pytest

from microlib.contracts.documents import read_document
from microlib.contracts.mapping import SourceMapping, TableMapping, plain_header
from microlib.errors import BadConfig

HEAD = 'title = "t"\nsource = "s"\n'


def refusal(folder, text):
    path = folder / "m.toml"
    path.write_text(HEAD + text, encoding="utf-8")
    with pytest.raises(BadConfig) as caught:
        read_document(path, SourceMapping)
    return str(caught.value)


@pytest.mark.parametrize(
    "name", ["own_tables", "east_503", "corporate_drawdowns", "ledger_excel", "vat_invoices", "contest_firms"]
)
def test_every_shipped_mapping_fits_its_model_and_says_where_it_comes_from(root, name):
    path = root / "data" / "mappings" / f"{name}.toml"
    assert read_document(path, SourceMapping).entries
    assert path.read_text(encoding="utf-8").startswith("#")


@pytest.mark.parametrize(
    ("header", "plain"),
    [("贷款余额（万元）", "贷款余额"), (" 借据\n号 ", "借据号"), ("Loan_ID", "loan_id"), ("利率（%）", "利率")],
)
def test_headers_are_compared_without_blanks_units_and_width(header, plain):
    assert plain_header(header) == plain


def test_the_mapping_s_own_headers_come_before_the_contract_s():
    entry = TableMapping(table="loans", columns={"loan_id": ["贷款账号"]})
    assert entry.synonyms("loan_id") == ["贷款账号", "借据号", "loan_id"]


def test_shared_codes_reach_only_tables_that_know_them():
    mapping = SourceMapping(title="t", source="s", own_tables=True, codes={"status": {"作废": "void"}})
    codes = {entry.table: entry.codes for entry in mapping.entries}
    assert codes["invoices"] == {"status": {"作废": "void"}}
    assert codes["loans"] == {}


def test_a_mapping_to_a_column_that_we_do_not_have_names_the_nearest(tmp_path):
    told = refusal(tmp_path, '[[tables]]\ntable = "loans"\n[tables.columns]\nbalance = "余额"')
    assert "columns.balance: table loans has no such column; did you mean balance_yuan?" in told


def test_a_mapping_to_a_table_that_we_do_not_have_names_the_nearest(tmp_path):
    assert "did you mean loans?" in refusal(tmp_path, '[[tables]]\ntable = "loan"')


def test_a_code_that_is_not_ours_is_told_the_legal_ones(tmp_path):
    told = refusal(tmp_path, '[[tables]]\ntable = "loans"\n[tables.codes.class5]\n"正常" = "ok"')
    assert "our codes are normal, special_mention" in told


def test_a_unit_that_is_not_known_is_refused(tmp_path):
    told = refusal(tmp_path, '[[tables]]\ntable = "loans"\n[tables.units]\nbalance_yuan = "wan_yuans"')
    assert "write wan_yuan for tables.0.units.balance_yuan" in told


def test_a_pattern_without_its_one_group_is_refused(tmp_path):
    told = refusal(tmp_path, '[[tables]]\ntable = "invoices"\n[tables.from_file_name]\nside = "销项"')
    assert "exactly one group" in told


def test_a_mapping_of_nothing_is_refused(tmp_path):
    assert "nothing would be read" in refusal(tmp_path, "")
