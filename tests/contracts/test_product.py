"""Products and branches: strict terms; every slip a sentence that names file, key, value and remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from microlib.contracts.documents import at_date, checked, read_toml
from microlib.contracts.product import NARROWER, Narrowing, Product, narrowed, widenings
from microlib.errors import BadConfig

PRODUCTS = Path(__file__).resolve().parents[2] / "data" / "products"
SHIPPED = sorted(PRODUCTS.glob("*.toml"))


def _changed(tmp_path: Path, old: str, new: str) -> Path:
    text = (PRODUCTS / "market_stall.toml").read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "market_stall.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


def _read(path: Path, day: str = "2026-06-30") -> Product:
    from datetime import date

    written = at_date(read_toml(path), as_of=date.fromisoformat(day), where=str(path))
    return checked(written, Product, where=path)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_product_can_be_read_and_speaks_both_languages(path) -> None:
    product = _read(path)
    assert product.code == path.stem.removeprefix("_")
    assert all(item.said.zh and item.refer_to.en for item in product.not_served)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("max_term_months", "max_term_month", "write max_term_months instead of max_term_month"),
        ("floor_yuan = 30_000", "floor_yuan = 600_000", "floor_yuan 600000 is above cap_yuan 500000"),
        ("yearly_rate = [", "yearly_rates = [", "yearly_rate: is missing"),
        ('column = "business_months"', 'column = "business_age"', "business_age"),
        ('watched = "par30_adjusted_share"', 'watched = "par30"', "par30_share"),
        ("value = 0.0585", "value = 58.5", "yearly_rate = 58.5"),
        ('method = "equal_instalment"', 'method = "seasonal"', "season_months belongs to method seasonal"),
        ('rule = "young_business"', 'rule = "old_business"', "not_served names rules that access does not hold"),
        ("cap_yuan = 500_000", 'cap_yuan = "500000"', "limit.cap_yuan = '500000'"),
        ("margin_share = 0.15\n", "", "method working_capital needs margin_share"),
    ],
)
def test_a_slip_is_named_with_its_key(tmp_path, old, new, says) -> None:
    with pytest.raises(BadConfig) as caught:
        _read(_changed(tmp_path, old, new))
    assert says in str(caught.value) and "market_stall.toml" in caught.value.where


def test_an_unknown_fee_payer_is_refused_with_the_legal_ones(tmp_path) -> None:
    fee = '[[fees]]\ncode = "stamp"\nsaid = { zh = "费", en = "fee" }\npayer = "landlord"\n'
    fee += 'basis = "fixed"\nyuan = 5\nwhen = "at_end"\n'
    with pytest.raises(BadConfig, match=r"fees\.0\.payer = 'landlord'") as caught:
        _read(_changed(tmp_path, "[[monitoring]]", f"{fee}\n[[monitoring]]"))
    assert "core_enterprise" in caught.value.fix


def test_terms_cannot_be_changed_after_reading() -> None:
    with pytest.raises(ValueError, match="frozen"):
        _read(PRODUCTS / "market_stall.toml").yearly_rate = 0


def test_the_rate_of_a_day_is_the_last_one_not_after_it() -> None:
    rates = [
        str(_read(PRODUCTS / "market_stall.toml", day).yearly_rate)
        for day in ("2023-12-31", "2024-01-01", "2026-06-30")
    ]
    assert rates == ["0.0780", "0.0650", "0.0585"]


def test_a_day_before_the_first_value_is_refused() -> None:
    with pytest.raises(BadConfig, match="yearly_rate: has no value on 2015-12-31; the first counts from 2016-01-01"):
        _read(PRODUCTS / "market_stall.toml", "2015-12-31")


def test_dates_that_do_not_rise_are_refused(tmp_path) -> None:
    with pytest.raises(BadConfig, match=r"dates do not rise \(2016-01-01, 2016-01-01"):
        _read(_changed(tmp_path, "from = 2024-01-01", "from = 2016-01-01"))


def test_a_narrower_branch_narrows_and_a_wider_one_is_found() -> None:
    product = _read(PRODUCTS / "market_stall.toml")
    tight = Narrowing(reason="x", cap_yuan=300_000, max_term_months=12)
    wide = Narrowing(reason="x", cap_yuan=600_000, floor_yuan=10_000, max_term_months=12)
    assert widenings(product, tight) == []
    assert narrowed(product, tight)["limit"]["cap_yuan"] == 300_000
    assert [key for key, _, _ in widenings(product, wide)] == ["cap_yuan", "floor_yuan"]


def test_every_narrowing_has_a_side() -> None:
    fields = set(Narrowing.model_fields) - {"offered", "reason"}
    assert fields == set(NARROWER)
