"""Versions kept and restored: nothing is lost on the way through TOML; the version before is found."""

import shutil
import tomllib
from datetime import date
from decimal import Decimal

import pytest

from microlib.design import terms
from microlib.design.toml_texts import toml_text
from microlib.design.versions import baselines, changes, diffs, histories
from microlib.errors import BadConfig

TOLD = {"replaced_by": "A", "approved_by": "minute 1", "reason": {"zh": "一", "en": "one"}, "evidence": "run 1"}


@pytest.fixture
def own(root, tmp_path):
    for kind in ("products", "policies", "branches"):
        shutil.copytree(root / "data" / kind, tmp_path / "data" / kind)
    return tmp_path


def test_every_product_survives_the_way_through_toml(home):
    for code in terms.list_products(home):
        written = histories.present_terms(home, product=code)
        assert tomllib.loads(toml_text(written), parse_float=Decimal) == written


def test_a_restored_version_reads_as_the_earlier_terms_under_the_next_number(own):
    text = histories.restored_text(own, product="hospital_supplier", version=1)
    present = terms.read_product(own, product="hospital_supplier", as_of="2026-07-01")
    (own / "data/products/hospital_supplier.toml").write_text(text, encoding="utf-8")
    restored = terms.read_product(own, product="hospital_supplier", as_of="2026-07-01")
    assert (present.version, restored.version) == (2, 3)
    places = changes.diff_terms(present, restored)["place"]
    added = {"controls.entrusted_payment", "not_served.property_use", "not_served.back_to_back"}
    assert {".".join(place.split(".")[:2]) for place in places} == added
    assert text == histories.restored_text(own, product="hospital_supplier", version=1).replace(
        "version = 4", "version = 3"
    )


def test_a_version_kept_now_can_be_restored_later(own):
    days = {"in_force_from": date(2016, 1, 1), "in_force_to": date(2026, 6, 30)}
    text = histories.kept_text(own, product="market_stall", told=TOLD, **days)
    (own / "data/products/versions/market_stall_v1.toml").write_text(text, encoding="utf-8")
    log = histories.version_log(own, product="market_stall")
    assert log["version"].to_list() == [1, 1] and log["reason_en"].to_list() == ["one", ""]
    assert "cap_yuan = 500000" in histories.restored_text(own, product="market_stall", version=1)


def test_the_last_version_is_the_kept_one_else_the_terms_before_the_last_dated_change(home):
    assert baselines.last_baseline(home, product="online_invoice_credit", as_of="2026-08-01").label == "v1"
    found = diffs.last_changes(home, product="market_stall", as_of="2026-06-30")
    row = found.iloc[0]
    assert (row["against"], row["place"], row["reason_en"]) == ("2025-12-31", "yearly_rate", "price floor of the year")
    assert diffs.last_changes(home, product="market_stall", as_of="2017-01-01").empty


def test_what_is_not_kept_or_not_told_is_refused(own):
    with pytest.raises(BadConfig, match="version 7 of market_stall is not kept"):
        histories.restored_text(own, product="market_stall", version=7)
    with pytest.raises(BadConfig, match="reason: is missing"):
        days = {"in_force_from": date(2016, 1, 1), "in_force_to": date(2026, 6, 30)}
        histories.kept_text(own, product="market_stall", told={"evidence": "x"}, **days)
    shutil.copy(
        own / "data/products/versions/hospital_supplier_v1.toml",
        own / "data/products/versions/hospital_supplier_v9.toml",
    )
    with pytest.raises(BadConfig, match="two files keep one version of hospital_supplier"):
        histories.kept_versions(own, product="hospital_supplier")
