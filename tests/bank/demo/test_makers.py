"""Making and keeping: the demo bank passes the checks of any file, says it is synthetic, and is not made twice."""

from pathlib import Path

import pytest

from microlib.bank.demo import makers, recipes
from microlib.bank.stores import open_store, read_meta
from microlib.contracts.tables.registry import TABLES


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("demo")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(makers, "build_world", lambda **asked: recipes.build_world(**asked, scale=0.03))
        makers.make_demo(home, branches=4)
    return home


def test_a_made_bank_is_loaded_and_says_it_is_synthetic(made: Path) -> None:
    with open_store(made) as store:
        assert set(TABLES) - set(store.tables) <= {"disposals"}  # few loans, few pledges sold
        assert store.is_synthetic
        assert read_meta(store, "made_by")


def test_the_truth_stands_in_the_home(made: Path) -> None:
    assert (made / "truth.json").is_file()


def test_a_kept_bank_is_not_made_again(made: Path) -> None:
    before = (made / "data" / "bank.duckdb").stat().st_mtime_ns
    assert makers.keep_demo(made, branches=4).stat().st_mtime_ns == before


def test_a_bank_from_another_seed_is_made_anew(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(makers, "make_demo", lambda home, **options: asked.append(options) or home)
    makers.keep_demo(made, branches=4, seed=5)
    assert asked == [{"branches": 4, "seed": 5}]
