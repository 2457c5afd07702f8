"""A home's own file stands for the shipped one of its name, file by file; reports stand where their home keeps them."""

import shutil
from pathlib import Path

import pytest

from microlib.design.terms import list_products, read_product
from microlib.design.versions import kept_versions, list_proposals
from microlib.home import KINDS, Home, home_of_reports, shipped_data
from microlib.run.check import check_file, overridden_files

DAY = "2026-06-30"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home with a product of its own, one that it changed, and one that it does not offer."""
    products = tmp_path / "bank" / "data" / "products"
    products.mkdir(parents=True)
    stall = (shipped_data() / "products" / "market_stall.toml").read_text("utf-8")
    (products / "market_stall.toml").write_text(stall.replace("version = ", "version = 1", 1), "utf-8")
    (products / "own_stall.toml").write_text(stall.replace('"market_stall"', '"own_stall"', 1), "utf-8")
    (products / "farm_household.toml").touch()
    return Home(tmp_path / "bank")


def test_every_shipped_folder_of_terms_is_a_kind():
    folders = {path.name for path in shipped_data().iterdir() if path.is_dir() and path.name != "demo"}
    assert folders == set(KINDS)


def test_shipped_and_own_products_stand_side_by_side(home):
    shipped = set(list_products(home.root.parent))
    assert set(list_products(home)) == (shipped | {"own_stall"}) - {"farm_household"}
    assert read_product(home, product="market_stall", as_of=DAY).version >= 10
    assert read_product(home, product="hospital_supplier", as_of=DAY).version < 10


def test_a_product_of_the_homes_own_has_no_shipped_past_and_no_shipped_proposals(home):
    assert "market_stall_lower_cap" not in list_proposals(home)
    assert "hospital_supplier_18_months" in list_proposals(home)
    shutil.copy(shipped_data() / "products" / "hospital_supplier.toml", home.config("products").own)
    assert kept_versions(home, product="hospital_supplier") == ()


def test_what_is_overridden_is_listed_file_by_file(home):
    own = home.root / "notebooks" / "reports" / "2_segment_analysis.ipynb"
    own.parent.mkdir(parents=True)
    shutil.copy(home.notebooks("reports") / own.name, own)
    assert [(file.name, file.state) for file in overridden_files(home)] == [
        ("data/products/farm_household.toml", "removes"),
        ("data/products/market_stall.toml", "overrides"),
        ("notebooks/reports/2_segment_analysis.ipynb", "copy"),
    ]


def test_a_file_without_content_is_checked_as_removed(home):
    assert check_file(home.root / "data" / "products" / "farm_household.toml").state == "removed"


@pytest.mark.parametrize("place", ["bank", "data/demo", "data/分行 一", "data/reports"])
def test_reports_lead_back_to_their_home(tmp_path, place):
    home = Home(tmp_path / place)
    home.bank.parent.mkdir(parents=True)
    home.bank.touch()
    top = tmp_path / "reports" / home.root.name if place.startswith("data/") else home.root / "reports"
    assert home.reports == top
    assert home_of_reports(home.reports / DAY).root == home.root


def test_a_home_named_from_within_keeps_its_reports_in_the_same_place(tmp_path, monkeypatch):
    home = tmp_path / "data" / "demo"
    home.mkdir(parents=True)
    monkeypatch.chdir(home)
    assert Home(Path()).reports == Home(Path("../demo")).reports == tmp_path / "reports" / "demo"


def test_a_home_below_the_root_of_the_file_system_writes_nothing_beside_it():
    assert Home(Path("/data/mybank")).reports == Path("/data/mybank/reports")
