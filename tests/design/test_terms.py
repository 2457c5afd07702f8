"""Terms read for a branch and a day: products, policies, what a branch may change.

TOML out is TOML in.
"""

from __future__ import annotations

import shutil
import tomllib
from datetime import date
from decimal import Decimal
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from microlib.design.outreach import read_outreach
from microlib.design.peers import read_peers
from microlib.design.stress import read_scenarios
from microlib.design.supply import read_supply_policy
from microlib.design.terms import (
    list_products,
    policy_register,
    products_for,
    read_policy,
    read_product,
    records,
    toml_text,
)
from microlib.errors import BadConfig, BadData
from microlib.home import Home

DAY = "2026-06-30"


@pytest.fixture
def own(root, tmp_path):
    """A home with its own copies of the written terms."""
    for kind in ("products", "policies", "branches"):
        shutil.copytree(root / "data" / kind, tmp_path / "data" / kind)
    return tmp_path


def _edit(path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_all_shipped_products_read_on_any_day_since_their_first(home) -> None:
    codes = list_products(home)
    assert {"hospital_supplier", "road_project_supplier", "market_stall", "online_invoice_credit"} <= set(codes)
    for code in codes:
        assert read_product(home, product=code, as_of="2020-02-29").code == code


def test_a_home_without_terms_uses_the_shipped_ones(tmp_path) -> None:
    assert read_policy(tmp_path, as_of=DAY).limits.notional_months == 36


def test_a_product_follows_its_segment_into_a_branch(home) -> None:
    found = products_for(home, ["garment_market", "invoiced_firms"], branch="0021", as_of=DAY)
    assert found == ("market_stall", "online_invoice_credit")


def test_a_branch_narrows_only_itself(home) -> None:
    narrow = read_product(home, product="road_project_supplier", branch="0021", as_of=DAY)
    wide = read_product(home, product="road_project_supplier", branch="0755", as_of=DAY)
    assert (narrow.limit.cap_yuan, wide.limit.cap_yuan) == (2_000_000, 3_000_000)


def test_a_branch_that_widens_is_refused(own) -> None:
    _edit(own / "data/branches/0021.toml", "cap_yuan = 2_000_000", "cap_yuan = 4_000_000")
    with pytest.raises(BadConfig, match="cap_yuan = 4000000: widens the bank's 3000000") as caught:
        read_product(own, product="road_project_supplier", branch="0021", as_of=DAY)
    assert caught.value.where.endswith("0021.toml")


def test_a_product_that_a_branch_does_not_offer_is_refused_and_not_listed(own) -> None:
    _edit(own / "data/branches/0021.toml", "reason =", "offered = false\nreason =")
    with pytest.raises(BadConfig, match="0021 does not offer road_project_supplier"):
        read_product(own, product="road_project_supplier", branch="0021", as_of=DAY)
    assert products_for(own, ["road_project_suppliers"], branch="0021", as_of=DAY) == ()


def test_a_slip_in_a_coming_term_is_found_today(own) -> None:
    last = '{ from = 2026-01-01, value = 0.0585, reason = { zh = "当年的定价下限", en = "price floor of the year" } },'
    coming = '{ from = 2030-01-01, value = 5.85, reason = "slip" },'
    _edit(own / "data/products/market_stall.toml", last, f"{last}\n    {coming}")
    with pytest.raises(BadConfig, match=r"yearly_rate = 5\.85"):
        read_product(own, product="market_stall", as_of=DAY)


def test_a_tenor_beyond_the_policy_is_refused(own) -> None:
    _edit(own / "data/products/market_stall.toml", "max_term_months = 24", "max_term_months = 72")
    with pytest.raises(BadConfig, match="max_term_months = 72: the policy allows 60 at most"):
        read_product(own, product="market_stall", as_of=DAY)


def test_a_misspelt_product_is_told_the_nearest(home) -> None:
    with pytest.raises(BadConfig, match=r"did you mean market_stall\.toml"):
        read_product(home, product="market_stal", as_of=DAY)


def test_a_file_with_another_products_code_is_refused(own) -> None:
    _edit(own / "data/products/market_stall.toml", 'code = "market_stall"', 'code = "stall"')
    with pytest.raises(BadConfig, match=r"code is stall, the file is market_stall\.toml"):
        read_product(own, product="market_stall", as_of=DAY)


def test_every_policy_value_is_dated_sourced_and_recalled_ones_are_unverified(home) -> None:
    register = policy_register(home, as_of=DAY)
    assert register["source"].str.len().gt(0).all() and not register.duplicated(["part", "key"]).any()
    assert set(register["status"]) <= {"verified", "unverified"}
    assert (register.loc[register["source"].str.contains("recalled"), "status"] == "unverified").all()


def test_the_policy_of_a_day_has_that_days_values_and_rules(home) -> None:
    early, late = read_policy(home, as_of="2020-02-29"), read_policy(home, as_of=DAY)
    assert (early.pricing.lpr_rate, late.pricing.lpr_rate) == (0.0385, 0.03)
    assert "buyer_payment_term" in late.regulation.rules and "buyer_payment_term" not in early.regulation.rules
    assert "disclosed_cost" not in late.regulation.rules


def test_a_policy_value_without_source_or_with_a_slip_is_refused(own) -> None:
    _edit(own / "data/policies/stress.toml", "pd_high", "pd_hihg")
    with pytest.raises(BadConfig, match="write pd_high instead of pd_hihg"):
        read_policy(own, as_of=DAY)
    _edit(own / "data/policies/limits.toml", "notional_months = [", "notional_months = 36\nother = [")
    with pytest.raises(BadConfig, match="notional_months: has a value without date or source"):
        read_policy(own, as_of=DAY)


def test_a_date_that_is_none_is_refused(home) -> None:
    with pytest.raises(BadConfig, match="as_of is not a date: June"):
        read_policy(home, as_of="June")


WORDS = st.text(st.characters(exclude_categories=("Cs",)), max_size=30)


@given(st.dictionaries(st.text("abcé_-", min_size=1, max_size=5), WORDS | st.integers(-(2**60), 2**60) | st.booleans()))
def test_what_is_written_is_read_back(plain) -> None:
    document = {**plain, "table": {**plain, "rows": [plain, {"day": date(2026, 6, 30)}]}}
    expected = {**plain, "table": {**plain, "rows": [plain, {"day": date(2026, 6, 30)}]}}
    assert tomllib.loads(toml_text(document)) == expected


def test_money_is_written_to_the_fen_and_numbers_to_ten_digits() -> None:
    text = toml_text({"a_yuan": 1 / 3, "share": 1 / 3, "rate": Decimal("0.0435"), "tiny": 1.5e-7, "zero": -0.0})
    assert text.splitlines() == [
        "a_yuan = 0.33",
        "share = 0.3333333333",
        "rate = 0.0435",
        "tiny = 0.00000015",
        "zero = 0.0",
    ]


def test_missing_values_leave_their_key_out() -> None:
    rows = records(pd.DataFrame({"a": [1, 2], "b": [np.nan, 0.5]}))
    assert rows == [{"a": 1}, {"a": 2, "b": 0.5}]
    assert toml_text({"gone": None, "day": pd.NaT, "kept": 1}) == "kept = 1\n"


def test_an_infinite_number_is_refused() -> None:
    with pytest.raises(BadData, match="cannot be written"):
        toml_text({"share": float("inf")})


#: a file of written terms, what stands in it, the same in percent, and who reads it
RATES = {
    "products/market_stall.toml": ("value = 0.0585", "value = 5.85",
                                   partial(read_product, product="market_stall", as_of=DAY)),
    "policies/pricing.toml": ("value = 0.0250", "value = 2.50", partial(read_policy, as_of="2016-06-30")),
    "policies/supply_chain.toml": ("high = [{ from = 2016-01-01, value = 0", "high = [{ from = 2016-01-01, value = 8",
                                   partial(read_supply_policy, as_of=DAY)),
    "policies/stress_scenarios.toml": ("rate_rise = 0.01", "rate_rise = 1.0", read_scenarios),
    "cases/group_purchase.toml": ("asked_rate = 0.048", "asked_rate = 4.8",
                                  lambda home: read_outreach(Home(home), case="group_purchase")),
    "peers/peers.csv": ("interest_only,0.0420", "interest_only,4.20",
                        lambda home: read_peers(home / "data/peers/peers.csv", as_of=date(2026, 6, 30))),
}  # fmt: skip


@pytest.mark.parametrize("name", RATES)
def test_a_written_rate_is_held_against_the_country_of_its_home(root, tmp_path, name) -> None:
    old, new, read = RATES[name]
    path = tmp_path / "data" / name
    path.parent.mkdir(parents=True)
    shutil.copy(root / "data" / name, path)
    _edit(path, old, new)
    with pytest.raises((BadConfig, BadData), match="country") as caught:
        read(tmp_path)
    assert path.name in caught.value.where
    own = tmp_path / "data" / "policies" / "country.toml"
    own.parent.mkdir(exist_ok=True)
    own.write_text('highest_rate = [{ from = 1900-01-01, value = 9.5, source = "a test" }]\n', encoding="utf-8")
    read(tmp_path)


def test_a_branch_asks_no_more_than_its_country_allows(own) -> None:
    path = own / "data" / "branches" / "0755.toml"
    path.write_text('branch_id = "0755"\n[products.market_stall]\nreason = "x"\nyearly_rate = 0.40\n', encoding="utf-8")
    with pytest.raises(BadConfig, match=r"yearly_rate = 0\.4.*above 0\.36"):
        read_product(own, product="market_stall", branch="0755", as_of=DAY)


def test_a_policy_that_may_not_be_read_is_refused_in_words(monkeypatch):
    read_bytes = Path.read_bytes

    def refusing(path):
        if path.name == "limits.toml":
            raise PermissionError(13, "Permission denied", str(path))
        return read_bytes(path)

    monkeypatch.setattr(Path, "read_bytes", refusing)
    with pytest.raises(BadConfig, match="the file cannot be read"):
        read_policy(".", as_of="2026-06-30")
