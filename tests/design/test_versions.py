"""What changed between two versions: every place once, with values, effect and reason.

Versions kept and restored: nothing is lost on the way through TOML; the version before is found.
Proposals: every shipped one replayed on the stylised borrowers; what cannot be proposed is refused.
"""

from __future__ import annotations

import shutil
import tomllib
from decimal import Decimal

import pandas as pd
import pytest

from microlib.contracts.product import Product
from microlib.design.terms import list_products, read_product, toml_text
from microlib.design.versions import (
    change_lines,
    diff_terms,
    kept_versions,
    last_baseline,
    last_changes,
    list_proposals,
    present_terms,
    proposed_product,
    put_term,
    restored_text,
)
from microlib.errors import BadConfig, BadData


def _with(product, **changes):
    written = product.model_dump()
    for place, value in changes.items():
        written = put_term(written, place.replace("__", "."), value, where="x")
    return Product.model_validate(written)


def test_a_longer_tenor_is_told_with_reason_and_evidence(hospital):
    why = {"reason_zh": "账期变长", "reason_en": "paid later", "evidence": "run 2026w39"}
    found = diff_terms(hospital, _with(hospital, max_term_months=18), why=why)
    assert change_lines(found) == ["max_term_months\t12 -> 18\tmonths\twidens\t账期变长\trun 2026w39"]


def test_equal_versions_differ_in_nothing_and_version_and_source_are_left_out(hospital):
    assert diff_terms(hospital, hospital).empty
    assert diff_terms(hospital, _with(hospital, version=9, source="another minute")).empty


def test_turning_the_versions_round_turns_the_effects_round(hospital):
    other = _with(hospital, limit__cap_yuan=2_000_000, access__young_business__value=36, kinds=["company"])
    there, back = diff_terms(hospital, other), diff_terms(other, hospital)
    assert set(there["effect"]) == {"narrows"} and set(back["effect"]) == {"widens"}
    assert there["old_value"].equals(back["new_value"]) and there["place"].equals(back["place"])


def test_an_item_that_comes_or_goes_is_added_or_removed(hospital):
    new = _with(hospital, controls__site_visit={"said": {"zh": "上门", "en": "a visit"}})
    found = diff_terms(hospital, new)
    assert found["change"].unique().tolist() == ["added"]
    assert found["place"].to_list() == ["controls.site_visit.said.zh", "controls.site_visit.said.en"]
    assert diff_terms(new, hospital)["change"].unique().tolist() == ["removed"]


def test_a_reason_by_place_goes_before_the_shared_one(stall):
    new = _with(stall, limit__cap_yuan=400_000, yearly_rate=Decimal("0.06"))
    why = {"reason_en": "all", "places": {"yearly_rate": {"reason_en": "rate"}}}
    found = diff_terms(stall, new, why=why).set_index("place")["reason_en"]
    assert found.to_dict() == {"yearly_rate": "rate", "limit.cap_yuan": "all"}


@pytest.fixture
def history_own(root, tmp_path):
    for kind in ("products", "policies", "branches"):
        shutil.copytree(root / "data" / kind, tmp_path / "data" / kind)
    return tmp_path


def test_every_product_survives_the_way_through_toml(home):
    for code in list_products(home):
        written = present_terms(home, product=code)
        assert tomllib.loads(toml_text(written), parse_float=Decimal) == written


def test_a_restored_version_reads_as_the_earlier_terms_under_the_next_number(history_own):
    text = restored_text(history_own, product="hospital_supplier", version=1)
    present = read_product(history_own, product="hospital_supplier", as_of="2026-07-01")
    (history_own / "data/products/hospital_supplier.toml").write_text(text, encoding="utf-8")
    restored = read_product(history_own, product="hospital_supplier", as_of="2026-07-01")
    assert (present.version, restored.version) == (2, 3)
    places = diff_terms(present, restored)["place"]
    added = {"controls.entrusted_payment", "not_served.property_use", "not_served.back_to_back"}
    added |= {"stop_rules.renewal_needed", "stop_rules.one_hospital_too_heavy", "stop_rules.arrears_rise"}
    assert {".".join(place.split(".")[:2]) for place in places} == added
    assert text == restored_text(history_own, product="hospital_supplier", version=1).replace(
        "version = 4", "version = 3"
    )


def test_the_last_version_is_the_kept_one_else_the_terms_before_the_last_dated_change(home):
    assert last_baseline(home, product="online_invoice_credit", as_of="2026-08-01").label == "v1"
    found = last_changes(home, product="market_stall", as_of="2026-06-30")
    row = found.iloc[0]
    assert (row["against"], row["place"], row["reason_en"]) == ("2025-12-31", "yearly_rate", "price floor of the year")
    assert row["reason_zh"] == "当年的定价下限"
    assert last_changes(home, product="market_stall", as_of="2017-01-01").empty


def test_what_is_not_kept_or_kept_twice_is_refused(history_own):
    with pytest.raises(BadConfig, match="version 7 of market_stall is not kept"):
        restored_text(history_own, product="market_stall", version=7)
    shutil.copy(
        history_own / "data/products/versions/hospital_supplier_v1.toml",
        history_own / "data/products/versions/hospital_supplier_v9.toml",
    )
    with pytest.raises(BadConfig, match="two files keep one version of hospital_supplier"):
        kept_versions(history_own, product="hospital_supplier")


SHIPPED = ("hospital_supplier_18_months", "market_stall_lower_cap")


@pytest.fixture(scope="module")
def cases(script):
    """Stylised borrowers run through a product (`tests/design/reference_cases.py`)."""
    return script("design/reference_cases.py")


@pytest.fixture(scope="module")
def borrowers(root, cases):
    return cases.read_cases(root / "data/reference/cases.csv")


@pytest.fixture
def proposal_own(root, tmp_path):
    for kind in ("products", "policies"):
        shutil.copytree(root / "data" / kind, tmp_path / "data" / kind)
    return tmp_path


def _edit(home, old, new, *, name=SHIPPED[0]):
    path = home / f"data/products/proposals/{name}.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_every_proposal_has_its_expected_results(home, root):
    assert list_proposals(home) == SHIPPED
    folder = root / "data/products/proposals"
    assert all((folder / f"{name}.expected.csv").is_file() for name in SHIPPED)


@pytest.mark.parametrize("name", SHIPPED)
def test_a_proposal_replayed_gives_its_expected_results(home, root, policy, borrowers, cases, name):
    old, new = proposed_product(home, proposal=name)
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


def test_three_cases_by_the_written_formulas(home, policy, borrowers, cases):
    """K02: a year's cash at 4.35 %, less than .97 x .70 of 420,000.

    K06: 1.6m x .85 x 1.05 x 75/360 x .6; K07 meets the cap; rounded down to 10,000."""
    hospital, stall = (read_product(home, product=code, as_of="2026-06-30")
                       for code in ("hospital_supplier", "market_stall"))  # fmt: skip
    lines = {product.code: cases.replay_cases(borrowers, product=product, policy=policy).set_index("case_id")
             for product in (hospital, stall)}  # fmt: skip
    cash = ["deposits_yuan", "cash_month_yuan", "other_service_yuan"]
    row = borrowers.set_index("case_id").loc["K02", cash].fillna(0)
    saved = row["deposits_yuan"] + 12 * (0.10 * row["cash_month_yuan"] - row["other_service_yuan"])
    assert saved / 1.0435 < 420_000 * 0.97 * 0.70
    assert lines["hospital_supplier"].loc["K02", "limit_yuan"] == saved / 1.0435 // 10_000 * 10_000
    assert lines["hospital_supplier"].loc["K02", "bound_by"] == "maturity"
    need = 1_600_000 * 0.85 * 1.05 * 75 / 360 * 0.6
    assert lines["market_stall"].loc["K06", "limit_yuan"] == need // 10_000 * 10_000 == 170_000
    assert lines["market_stall"].loc["K07", ["limit_yuan", "bound_by"]].to_list() == [500_000, "product"]


def test_cases_are_not_altered_and_missing_evidence_stays_to_be_verified(
    stall, hospital, policy, borrowers, cases, unchanged
):
    with unchanged(borrowers):
        cases.replay_cases(borrowers, product=stall, policy=policy)
        found = cases.replay_cases(borrowers, product=hospital, policy=policy).set_index("case_id")
    assert found.loc["K05", ["reason", "missing", "limit_yuan"]].to_list() == ["to_be_verified", "repayment", 0.0]


def test_an_unknown_place_names_the_nearest(proposal_own):
    _edit(proposal_own, "max_term_months = 18", "max_term_month = 18")
    with pytest.raises(BadConfig, match="max_term_month: is not a term of a product") as caught:
        proposed_product(proposal_own, proposal=SHIPPED[0])
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
def test_a_proposal_that_cannot_stand_is_refused(proposal_own, old, new, message):
    _edit(proposal_own, old, new)
    with pytest.raises(BadConfig, match=message) as caught:
        proposed_product(proposal_own, proposal=SHIPPED[0])
    assert caught.value.where.endswith(f"proposals/{SHIPPED[0]}.toml")


def test_cases_with_a_foreign_column_are_refused(root, tmp_path, cases):
    text = (root / "data/reference/cases.csv").read_text(encoding="utf-8").replace("turnover_yuan", "turnover", 1)
    (tmp_path / "cases.csv").write_text(text, encoding="utf-8")
    with pytest.raises(BadData, match="columns do not fit: turnover, turnover_yuan"):
        cases.read_cases(tmp_path / "cases.csv")
