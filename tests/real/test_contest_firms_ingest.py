"""123 real firms and 373,431 invoices go in through a mapping file alone and agree with what others counted."""

import os
from pathlib import Path

import pandas as pd
import pytest

from microlib.bank.store import open_store

ROOT = Path(__file__).resolve().parents[2]
REAL = Path(os.environ.get("MICROLIB_REAL_DATA", ROOT.parent / "shared" / "data")) / "cumcm2020c"
FIRMS, PURCHASES, SALES = "企业信息_附件1_123家.csv", "附件1_进项发票.parquet", "附件1_销项发票.parquet"
REFERENCE = "参考_UestcXiye_问题1_逐企业汇总.csv"
#: two firms for which the other team's largest sale and share of negative sales are off
ODD = {"E14", "E45"}
pytestmark = [pytest.mark.real, pytest.mark.skipif(not REAL.is_dir(), reason=f"no real data at {REAL}")]


@pytest.fixture(scope="module")
def firms(loaded):
    """What the store says of each firm, in the other team's words."""
    sql = """
        SELECT customer_id AS firm,
            sum(net_yuan) FILTER (side = 'purchase' AND is_valid) AS 进项总额,
            sum(net_yuan) FILTER (side = 'sale' AND is_valid) AS 销项总额,
            sum(tax_yuan) FILTER (side = 'purchase' AND is_valid) AS 进项税,
            sum(tax_yuan) FILTER (side = 'sale' AND is_valid) AS 销项税,
            max(net_yuan) FILTER (side = 'purchase' AND is_valid) AS 最高进项,
            max(net_yuan) FILTER (side = 'sale' AND is_valid) AS 最高销项,
            avg(is_valid::INT) FILTER (side = 'purchase') AS 进项有效率,
            avg(is_valid::INT) FILTER (side = 'sale') AS 销项有效率,
            avg((is_valid AND net_yuan < 0)::INT) FILTER (side = 'purchase') AS 进项负数率,
            avg((is_valid AND net_yuan < 0)::INT) FILTER (side = 'sale') AS 销项负数率
        FROM (SELECT *, status = 'valid' AS is_valid FROM invoices) GROUP BY ALL"""
    with open_store(loaded[0]) as store:
        return store.con.con.execute(sql).df().set_index("firm").sort_index()


@pytest.fixture(scope="module")
def reference():
    return pd.read_csv(REAL / REFERENCE).set_index("企业代号").sort_index()


def rows(loaded, sql):
    with open_store(loaded[0]) as store:
        return store.rows(sql)


def test_everything_went_in_as_one_branch(loaded):
    counts = {(line.table, line.file): line.rows_count for line in loaded[1].loaded}
    assert counts == {("branches", FIRMS): 1, ("customers", FIRMS): 123, ("invoices", PURCHASES): 210_947,
                      ("invoices", SALES): 162_484}  # fmt: skip
    assert rows(loaded, "SELECT DISTINCT branch_id FROM customers") == rows(loaded, "SELECT branch_id FROM branches")


def test_ratings_and_defaults_are_those_of_the_file(loaded):
    sql = "SELECT rating, count(*), count(*) FILTER (is_defaulted) FROM customers GROUP BY ALL ORDER BY ALL"
    assert rows(loaded, sql) == [("A", 27, 0), ("B", 38, 1), ("C", 34, 2), ("D", 24, 24)]


@pytest.mark.parametrize(
    ("side", "valid", "void", "negative", "gross"),
    [("purchase", 203_339, 7_608, 1_860, 10_517_632_131.41), ("sale", 151_278, 11_206, 8_424, 14_947_281_429.92)],
)
def test_counts_and_totals_are_those_of_the_description(loaded, side, valid, void, negative, gross):
    sql = f"""SELECT count(*) FILTER (status = 'valid'), count(*) FILTER (status = 'void'),
        count(*) FILTER (status = 'valid' AND gross_yuan < 0), sum(gross_yuan) FILTER (status = 'valid')
        FROM invoices WHERE side = '{side}'"""
    found = rows(loaded, sql)[0]
    assert found[:3] == (valid, void, negative)
    assert found[3] == pytest.approx(gross, abs=0.01)


@pytest.mark.parametrize("column", ["进项总额", "销项总额", "进项税", "销项税", "最高进项", "最高销项"])
def test_amounts_of_each_firm_agree_with_the_other_team_to_the_fen(firms, reference, column):
    left_out = list(ODD) if column == "最高销项" else []
    differences = (firms[column] - reference[column]).drop(left_out).abs()
    assert len(differences) == 123 - len(left_out)
    assert differences.max() < 0.01


@pytest.mark.parametrize("column", ["进项有效率", "销项有效率", "进项负数率", "销项负数率"])
def test_shares_of_each_firm_agree_with_the_other_team(firms, reference, column):
    left_out = list(ODD) if column == "销项负数率" else []
    assert (firms[column] - reference[column]).drop(left_out).abs().max() < 1e-12


def test_blanks_before_a_status_are_noticed_and_the_rows_kept(loaded):
    found = loaded[1].findings
    (told,) = found[found["rule"].str.startswith("blanks around the value")].to_dict("records")
    assert (told["file"], told["severity"]) == (SALES, "warn")
    assert told["value"] == "47 rows in all, the first: ' 作废发票'"


def test_exact_duplicates_are_kept_and_numbered(loaded):
    sql = """SELECT side, sum(copies - 1) FROM (SELECT side, count(*) AS copies FROM
        (SELECT * EXCLUDE (occurrence_number, as_of, file_id) FROM invoices) AS each GROUP BY side, each)
        GROUP BY side ORDER BY side"""
    assert rows(loaded, sql) == [("purchase", 803), ("sale", 4_436)]


def test_repeated_rows_and_numbers_are_warnings_here_and_no_blocks(loaded):
    severities = loaded[1].findings.groupby("rule")["severity"].unique()
    assert severities["invoice_row_repeated"].tolist() == severities["invoice_number_repeated"].tolist() == ["warn"]


def test_other_parties_are_pseudonyms_of_which_there_are_as_many(loaded):
    source = f"SELECT count(DISTINCT 购方单位代号) FROM '{REAL / SALES}'"
    found = rows(loaded, f"SELECT count(DISTINCT counterparty_hash), ({source}) FROM invoices WHERE side = 'sale'")
    assert found[0][0] == found[0][1]
    assert rows(loaded, "SELECT bool_and(length(counterparty_hash) = 64) FROM invoices") == [(True,)]
