"""Proposals: every shipped one replayed on the stylised borrowers; what cannot be proposed is refused."""

import shutil

import pandas as pd
import pytest

from microlib.design import terms
from microlib.design.versions import amendments, cases, proposals
from microlib.errors import BadConfig, BadData

SHIPPED = ("hospital_supplier_18_months", "market_stall_lower_cap")


@pytest.fixture(scope="module")
def borrowers(root):
    return cases.read_cases(root / "data/reference/cases.csv")


@pytest.fixture
def own(root, tmp_path):
    for kind in ("products", "policies"):
        shutil.copytree(root / "data" / kind, tmp_path / "data" / kind)
    return tmp_path


def _edit(home, old, new, *, name=SHIPPED[0]):
    path = home / f"data/products/proposals/{name}.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_every_proposal_has_its_expected_results(home, root):
    assert proposals.list_proposals(home) == SHIPPED
    folder = root / "data/products/proposals"
    assert all((folder / f"{name}.expected.csv").is_file() for name in SHIPPED)


@pytest.mark.parametrize("name", SHIPPED)
def test_a_proposal_replayed_gives_its_expected_results(home, root, policy, borrowers, name):
    old, new = amendments.proposed_product(home, proposal=name)
    found = cases.compare_cases(borrowers, old=old, new=new, policy=policy)
    told = pd.read_csv(
        root / f"data/products/proposals/{name}.expected.csv",
        dtype=dict.fromkeys(found.columns[found.dtypes == "str"], "str"),
    )
    for column in told:
        if pd.api.types.is_float_dtype(told[column].dtype):
            places = 2 if column.startswith(("limit", "cost")) else 6
            pd.testing.assert_series_equal(found[column].round(places), told[column], check_dtype=False)
        else:
            assert found[column].fillna("").astype("str").to_list() == told[column].fillna("").astype("str").to_list()


def test_three_cases_by_the_written_formulas(home, policy, borrowers):
    """K02: .97 x .70 of 420,000; K06: 1.6m x .85 x 1.05 x 75/360 x .6; K07 meets the cap; rounded down to 10,000."""
    hospital, stall = (terms.read_product(home, product=code, as_of="2026-06-30")
                       for code in ("hospital_supplier", "market_stall"))  # fmt: skip
    lines = {product.code: cases.replay_cases(borrowers, product=product, policy=policy).set_index("case_id")
             for product in (hospital, stall)}  # fmt: skip
    assert lines["hospital_supplier"].loc["K02", "limit_yuan"] == 420_000 * 0.97 * 0.70 // 10_000 * 10_000
    need = 1_600_000 * 0.85 * 1.05 * 75 / 360 * 0.6
    assert lines["market_stall"].loc["K06", "limit_yuan"] == need // 10_000 * 10_000 == 170_000
    assert lines["market_stall"].loc["K07", ["limit_yuan", "bound_by"]].to_list() == [500_000, "product"]


def test_cases_are_not_altered_and_missing_evidence_stays_to_be_verified(stall, hospital, policy, borrowers, unchanged):
    with unchanged(borrowers):
        cases.replay_cases(borrowers, product=stall, policy=policy)
        found = cases.replay_cases(borrowers, product=hospital, policy=policy).set_index("case_id")
    assert found.loc["K05", ["reason", "missing", "limit_yuan"]].to_list() == ["to_be_verified", "repayment", 0.0]


def test_an_unknown_place_names_the_nearest(own):
    _edit(own, "max_term_months = 18", "max_term_month = 18")
    with pytest.raises(BadConfig, match="max_term_month: is not a term of a product") as caught:
        amendments.proposed_product(own, proposal=SHIPPED[0])
    assert caught.value.fix == "write max_term_months instead of max_term_month"
    assert caught.value.where.endswith(f"proposals/{SHIPPED[0]}.toml")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"limit.assignment_share" = 0.65', '"limit.floor_yuan" = 4_000_000', "floor_yuan 4000000 is above cap_yuan"),
        ("max_term_months = 18", "max_term_months = 72", "max_term_months = 72: the policy allows 60 at most"),
        ("baseline_version = 2", "baseline_version = 1", "baseline_version = 1: hospital_supplier stands at version 2"),
        ("max_term_months = 18", "version = 9", "version cannot be proposed"),
        ('"repayment.balloon_share" = 0.50', '"title" = "x"', "balloon_share belongs to method balloon"),
        ('product = "hospital_supplier"', 'product = "hospital_suplier"', "there is no such product"),
        ("author =", "autor =", "author: is missing"),
        ('[changes]', 'removed = ["fees.stamp"]\n[changes]', "stamp: is not there to be removed"),
    ],
)  # fmt: skip
def test_a_proposal_that_cannot_stand_is_refused(own, old, new, message):
    _edit(own, old, new)
    with pytest.raises(BadConfig, match=message) as caught:
        amendments.proposed_product(own, proposal=SHIPPED[0])
    assert caught.value.where.endswith(f"proposals/{SHIPPED[0]}.toml")


def test_cases_with_a_foreign_column_are_refused(root, tmp_path):
    text = (root / "data/reference/cases.csv").read_text(encoding="utf-8").replace("turnover_yuan", "turnover", 1)
    (tmp_path / "cases.csv").write_text(text, encoding="utf-8")
    with pytest.raises(BadData, match="columns do not fit: turnover, turnover_yuan"):
        cases.read_cases(tmp_path / "cases.csv")
