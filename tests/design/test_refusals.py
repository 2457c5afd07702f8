"""Bad terms get a sentence that names file, key, value and remedy."""

import shutil

import pytest

from microlib.design.rules import read_rules
from microlib.design.terms import read_product
from microlib.errors import BadConfig

DAY = "2026-06-30"
FEE = 'payer = "bank"'


@pytest.fixture
def own(root, tmp_path):
    for kind in ("products", "policies", "branches"):
        shutil.copytree(root / "data" / kind, tmp_path / "data" / kind)
    return tmp_path


def _edit(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "what", "fix"),
    [
        (FEE, 'payer = "borower"', r"fees\.0\.payer = 'borower'", "write borrower for fees.0.payer"),
        (FEE, 'payer = "supplier"', r"fees\.0\.payer = 'supplier'", "choose fees.0.payer from borrower, bank"),
        ("max_term_months = 12", "max_terms_months = 12", "max_terms_months = 12: is not", "write max_term_months"),
        ("min_term_months = 3", "min_term_months = 24", "min_term_months 24 is above max_term_months 12", ""),
        ("floor_yuan = 100_000", "floor_yuan = 9_000_000", "floor_yuan 9000000 is above cap_yuan 3000000", ""),
        ("yuan = 30\n", "yuan = 30\nrate = 0.001\n", "fee registration_fee: a fixed fee has yuan", ""),
        ('method = "interest_only"', 'method = "seasonal"', "season_months belongs to method seasonal", ""),
        ("floor_yuan = 100_000", "retained_share = 0.2\nfloor_yuan = 100_000", "retained_share = 0.2", ""),
        ('secured = "pledge"', 'secured = "pledge"\nretained_deposit = 0.2', "retained_deposit = 0.2", "not compliant"),
        ("test = \"above\"\nvalue = 60", 'test = "over"\nvalue = 60', "test = 'over'", "write above for stop_rules"),
    ],
)  # fmt: skip
def test_terms_that_cannot_stand_are_named_with_their_remedy(own, old, new, what, fix):
    path = own / "data/products/hospital_supplier.toml"
    _edit(path, old, new)
    with pytest.raises(BadConfig, match=what) as caught:
        read_product(own, product="hospital_supplier", as_of=DAY)
    assert caught.value.where == str(path) and fix in caught.value.fix and caught.value.fix


def test_a_branch_that_widens_is_named(own):
    _edit(own / "data/branches/0010.toml", "cap_yuan = 2_000_000", "cap_yuan = 4_000_000")
    with pytest.raises(BadConfig, match=r"hospital_supplier\.cap_yuan = 4000000: widens the bank's 3000000") as caught:
        read_product(own, product="hospital_supplier", branch="0010", as_of=DAY)
    assert caught.value.where.endswith("branches/0010.toml") and "narrower cap_yuan" in caught.value.fix


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ('quantity = "max_term_months"', 'quantity = "max_term"', r"personal_business_term|quantity = 'max_term'"),
        ("from = 2024-07-01\n", "", "personal_business_term: has"),
        ("value = 60\n", 'value = 60\npolicy = "limits.max_term_months"\n', "needs one of value and policy"),
    ],
)
def test_a_rule_that_cannot_be_followed_is_named(own, old, new, what):
    _edit(own / "data/policies/regulation.toml", old, new)
    with pytest.raises(BadConfig, match=what) as caught:
        read_rules(own, as_of=DAY)
    assert "regulation.toml" in caught.value.where
