"""A book in which a third of the loans went bad says so on page one, and no paper has it grow."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest

from microlib.design.branch import Branch, open_branch
from microlib.design.branch_shelf import BranchShelf
from microlib.design.judgement import OPEN_STATES
from microlib.home import Home
from microlib.run.jobs import RunOptions
from microlib.run.plan import plan_reports
from microlib.run.run import check_complete, run_reports


@pytest.fixture(scope="module")
def books(script: Callable[[str], ModuleType]) -> ModuleType:
    """The maker of books."""
    return script("laws/books.py")


@pytest.fixture(scope="module")
def home(books: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A branch of 150 borrowers, of skewed sizes, a third of whose loans turned bad within the year."""
    sizes = books.skewed_sizes(150, seed=1)
    return books.load_book(
        tmp_path_factory.mktemp("third"), books.lent_book(sizes, borrowers=150, bad_share=1 / 3, seed=1)
    )


@pytest.fixture(scope="module")
def branch(home: Path) -> Branch:
    return open_branch(home, branch="0001", as_of="2026-06-30")


def test_everything_of_it_is_stopped(branch: Branch) -> None:
    whole = branch.branch_judgement.iloc[0]
    assert (whole["state"], whole["step"], whole["action"]) == ("over", "stop_new_lending", "stop")
    assert whole["share_low"] < 1 / 3 < whole["share_high"] and whole["measure"] == "default_rate"
    assert not branch.may_grow
    assert not branch.judgements["state"].isin(OPEN_STATES).any()
    assert set(branch.judgements["kind"]) == {"branch", "segment", "product", "offering"}
    assert branch.loss_budget.yuan <= 0 or not (branch.segment_judgements["state"] == "pilot").any()


def test_a_product_of_which_nobody_wrote_where_it_is_sold_costs_what_a_branch_costs(branch: Branch) -> None:
    assert branch["products"]["is_online"].isna().all()
    assert {shelf.channel for shelf in BranchShelf.of(branch).shelves} == {"branch"}


def test_page_one_says_so_first_and_nothing_asks_for_growth(home: Path, script: Callable[[str], ModuleType]) -> None:
    run = run_reports(plan_reports(Home(home), RunOptions(notebooks=("0_branch_brief",), workers=1)))
    check_complete(run)
    page = (Path(run.folder) / "0001" / "0_branch_brief" / "zh" / "0_branch_brief.html").read_text("utf-8")
    body = page[page.index("<body") :]
    first = body.index("整体超出容忍度")
    assert 0 < first < body.index("不良率") and "没有一个客群可以新增" in body[first : first + 120]
    papers = script("laws/papers.py")
    assert papers.held(Path(run.folder)) == []
    told = pd.read_parquet(Path(run.folder) / "0001" / "0_branch_brief" / "zh" / "results" / "decisions.parquet")
    assert len(told) and not told["action"].eq("do").any()


def test_a_sound_book_of_the_same_sizes_is_not_stopped(books: ModuleType, tmp_path: Path) -> None:
    sizes = books.skewed_sizes(150, seed=1)
    books.load_book(tmp_path, books.lent_book(sizes, borrowers=150, bad_share=0.004, seed=1))
    sound = open_branch(tmp_path, branch="0001", as_of="2026-06-30")
    assert sound.branch_judgement["state"].iloc[0] in ("within", "watch")
    assert not (sound.segment_judgements["state"] == "stop").any()
