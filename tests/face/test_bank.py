"""A bank from the face: branches by code, results kept, and what is missing said in one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

import microlib as ml
from microlib.errors import BadConfig, NeedsTable, UnknownBranch
from microlib.face.bank import Bank

CODE, PRODUCT = "0755", "hospital_supplier"


@pytest.fixture(scope="module")
def bank(demo_home: Path) -> Bank:
    return ml.open_bank(demo_home)


def test_a_folder_without_a_bank_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match="there is no bank here yet"):
        ml.open_bank(tmp_path)


def test_a_bank_lists_its_branches_and_says_that_it_is_synthetic(bank: Bank) -> None:
    assert bank.branches["branch_id"].is_monotonic_increasing
    assert len(bank) == len(bank.branches)
    assert "synthetic" in repr(bank) and f"{len(bank)} branches" in bank._repr_html_()


def test_a_branch_is_the_same_object_at_each_call(bank: Bank) -> None:
    assert bank.branch(CODE) is bank.branch(CODE, str(bank.as_of))
    assert bank.branch(CODE).as_of == bank.as_of


def test_a_code_without_its_zero_or_of_no_branch_is_refused(bank: Bank) -> None:
    with pytest.raises(BadConfig, match="755 is no text"):
        bank.branch(755)
    with pytest.raises(UnknownBranch):
        bank.branch("9999")


def test_tables_and_results_are_offered_and_kept(bank: Bank) -> None:
    branch = bank.branch(CODE)
    assert {"loans", "pars", "members", "design", "there"} <= set(dir(branch))
    assert branch.pars is branch.pars
    assert branch.loans is branch.loans
    assert "loans" in branch._repr_html_() and CODE in repr(branch)


def test_the_face_measures_a_branchs_own_tables(bank: Bank) -> None:
    branch = bank.branch(CODE)
    shares = ml.par(branch.loans, days=[30], by="branch_id")
    assert 0 <= shares["share"].item() < 1


def test_a_table_that_is_missing_is_one_sentence(bank: Bank) -> None:
    absent = "core_enterprises"
    branch = next(branch for branch in bank if absent not in branch.there)
    assert absent in branch._repr_html_().split("not on file")[1]
    with pytest.raises(NeedsTable) as caught:
        getattr(branch, absent)
    assert absent in caught.value.what
    assert caught.value._render_traceback_()[0] == f"NeedsTable: {caught.value.what}"


def test_a_design_is_one_object_whose_results_are_computed_once(bank: Bank) -> None:
    design = bank.branch(CODE).design(PRODUCT)
    assert design is bank.branch(CODE).design(PRODUCT)
    assert design.branch is bank.branch(CODE)
    assert {"limits", "prices", "volume", "stress"} <= set(dir(design))
    assert design.limits is design.limits
    assert "limits" in design.computed
    assert PRODUCT in repr(design) and "begin with" in design._repr_html_()
    with pytest.raises(AttributeError):
        design.no_such_result  # noqa: B018


def test_a_product_that_is_not_there_is_refused(bank: Bank) -> None:
    with pytest.raises(BadConfig):
        bank.branch(CODE).design("no_such_product")
