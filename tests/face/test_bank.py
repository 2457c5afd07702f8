"""A bank from the face: branches by code, results kept, and what is missing said in one sentence."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import microlib as ml
from microlib.contracts.tables import TABLES
from microlib.design.branch import Branch as DesignBranch
from microlib.errors import BadConfig, NeedsTable, UnknownBranch, UnknownName
from microlib.face.bank import TOPICS, Bank, Branch, own_results
from microlib.face.contract import MissingColumn

CODE, PRODUCT = "0755", "hospital_supplier"


SMALL = "0995"


@pytest.fixture(scope="module")
def branch(bank: Bank) -> Branch:
    return bank.branch(CODE)


@pytest.fixture(scope="module")
def bank(demo_home: Path) -> Bank:
    return ml.open_bank(demo_home)


def test_every_branch_stands_in_the_funnel_around_the_bank(bank: Bank) -> None:
    rows = bank.standings.set_index("branch_id")
    assert set(rows.index) == set(bank.branches["branch_id"]) and rows["target_share"].nunique() == 1
    assert rows["target_share"].iloc[0] == pytest.approx(rows["hit_yuan"].sum() / rows["balance_yuan"].sum())
    own = bank.branch(CODE).pars.set_index("measure").loc["par30_adjusted"]
    assert rows.loc[CODE, ["share", "share_low", "share_high"]].to_list() == pytest.approx(
        own[["share", "share_low", "share_high"]].to_list()
    )


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


def test_a_customer_is_one_row_and_each_figure_is_its_measures_own(branch: Branch) -> None:
    rows = branch.customers
    assert rows["customer_id"].is_unique and len(rows) == len(branch["customers"])
    assert rows["balance_yuan"].sum() == pytest.approx(branch.size["balance_yuan"].item())
    owed = rows[rows["balance_yuan"] > 0].groupby("segment")["balance_yuan"].sum()
    primary = branch.grouped[branch.grouped["status"].isin(["normal", "overdue"])].groupby("segment")["balance_yuan"]
    pd.testing.assert_series_equal(owed, primary.sum(), check_dtype=False)
    told = rows.dropna(subset=["cr1_share"])
    assert (
        len(told) and (told["cr1_share"] <= told["cr3_share"]).all() and (told["cr3_share"] <= told["cr5_share"]).all()
    )
    sold = branch.invoices[(branch.invoices["side"] == "sale") & (branch.invoices["status"] == "valid")]
    one = told.iloc[0]
    year = sold[(sold["customer_id"] == one["customer_id"]) & (sold["issued_date"] > "2025-06-30")]
    buyers = year.groupby("counterparty_hash")["net_yuan"].sum().sort_values(ascending=False)
    assert one["cr3_share"] == pytest.approx(buyers.head(3).sum() / buyers[buyers > 0].sum())


def test_what_cannot_be_measured_of_a_customer_is_missing(bank: Bank) -> None:
    rows = bank.branch(SMALL).customers
    assert len(rows) > rows["cr1_share"].notna().sum() and rows["income_yuan"].notna().any()
    assert rows["loans_count"].sum() == bank.branch(SMALL).size["loans_count"].item()


def test_a_customer_is_told_when_it_is_due_when_it_left_and_how_its_sales_moved(branch: Branch) -> None:
    rows, day = branch.customers, pd.Timestamp(branch.as_of)
    live = branch.loans[branch.loans["status"].isin(["normal", "overdue"])]
    first = (live.groupby("customer_id")["maturity_date"].min() - day).dt.days
    told = rows.set_index("customer_id")["next_due_days"].dropna()
    pd.testing.assert_series_equal(told, first, check_dtype=False, check_names=False)
    gone = rows[rows["last_closed_date"].notna()]
    assert len(gone) and (gone["loans_count"] == 0).all() and not set(gone["customer_id"]) & set(live["customer_id"])
    sellers = rows[rows["income_change_source"] == "flows"]
    one, flows = sellers.iloc[0], branch.flow_months
    own = flows[flows["customer_id"] == one["customer_id"]].groupby("month")["inflow_yuan"].sum()
    now, then = (own.reindex([f"{year}-0{month}" for month in (4, 5, 6)]).sum() for year in (2026, 2025))
    assert one["income_change_share"] == pytest.approx(now / then - 1)


def test_what_one_report_prepares_stands_by_topic_and_shares_what_is_known(bank: Bank) -> None:
    branch = bank.branch(SMALL)
    members = branch.members
    assert set(TOPICS) <= set(dir(branch)) and branch.review is branch.review
    assert branch.review.members is members and branch.review.loans is branch.loans
    assert "branch.review" in branch._repr_html_() and "connected_groups" in branch._repr_html_()
    with pytest.raises(UnknownName) as caught:
        branch.conected_groups  # noqa: B018
    assert "did you mean branch.review.connected_groups?" in caught.value.fix


@pytest.mark.parametrize("topic", TOPICS)
def test_no_topic_hides_a_table_or_a_result(topic: str) -> None:
    assert own_results(topic) and topic not in {*TABLES, *dir(DesignBranch), *dir(Bank)}


def test_the_floor_is_reckoned_at_other_prices(branch: Branch) -> None:
    design = branch.design(PRODUCT)
    cheap = design.policy.pricing.ftp_rate * 0.8
    found = design.price_if(ftp_rate=cheap)
    today = found[found["setting"] == "today"].drop(columns="setting").reset_index(drop=True)
    pd.testing.assert_frame_equal(today, design.floors_typical)
    floors = found.pivot(index="pd_case", columns="setting", values="floor_rate")
    assert (floors["tried"] < floors["today"]).all()
    with pytest.raises(UnknownName, match="ftp_rat"):
        design.price_if(ftp_rat=0.01)
    with pytest.raises(BadConfig, match=r"ftp_rate = 1\.6: is above 0\.36"):
        design.price_if(ftp_rate=1.6)


def test_a_group_in_a_products_place_is_told_its_product(branch: Branch) -> None:
    with pytest.raises(BadConfig, match="is a group of customers") as caught:
        branch.design("hospital_suppliers")
    assert f"branch.design('{PRODUCT}')" in caught.value.fix


def test_the_banks_own_links_and_guarantees_are_taken_as_they_are(branch: Branch) -> None:
    joined = ml.connected_groups(branch.customer_links, branch.loans)
    assert joined["members_count"].min() >= 2 and joined["customer_id"].is_unique
    with pytest.raises(MissingColumn, match="borrower_id") as caught:
        ml.guarantee_circles(branch.guarantees)
    assert "ml.guarantee_circles(branch.guarantees, branch.loans)" in caught.value.fix
    circles = ml.guarantee_circles(branch.guarantees, branch.loans)
    assert (
        circles["members_count"].sum() >= branch.review.guarantee_motifs.set_index("motif")["largest_count"]["circle"]
    )


def test_a_measure_is_had_at_every_month_end_as_the_book_stood_then(branch: Branch) -> None:
    found = branch.history("par30", months=3)
    assert found["month"].tolist() == ["2026-04", "2026-05", "2026-06"]
    then = branch.loan_months[(branch.loan_months["month"] == "2026-04") & (branch.loan_months["balance_yuan"] > 0)]
    then = then[then["status"].isin(["normal", "overdue"])]
    late = then.loc[then["overdue_days"] > 30, "balance_yuan"].sum() / then["balance_yuan"].sum()
    assert found["share"].iloc[0] == pytest.approx(late)
    assert found["share"].iloc[-1] == pytest.approx(ml.par(branch.loans, days=30)["share"].item())


def test_history_takes_groups_amounts_ratios_and_functions(branch: Branch) -> None:
    groups = branch.history("par30", by="segment", months=2)
    assert groups.groupby("month")["segment"].nunique().gt(1).all()
    sums = branch.history("balance_yuan", by="product_id", months=2).groupby("month")["balance_yuan"].sum()
    assert sums.iloc[-1] == pytest.approx(branch.size["balance_yuan"].item())
    spread = branch.history(ml.concentration, across="use_industry_code", months=2)
    assert spread["hhi"].between(0, 1).all() and len(spread) == 2
    assert branch.history("npl", months=2)["measure"].tolist() == ["npl", "npl"]


@pytest.mark.parametrize(
    ("ask", "meant"),
    [
        (lambda branch: branch.loanz, "loans"),
        (lambda branch: branch["loanz"], "loans"),
        (lambda branch: branch.part("memberz"), "members"),
        (lambda branch: branch.history("par_30"), "par30"),
        (lambda branch: branch.history("par30", by="sgment"), "segment"),
        (lambda branch: branch.history(ml.concentration, acros="kind"), "across"),
    ],
)
def test_a_wrong_name_is_one_sentence_with_the_nearest(branch: Branch, ask: object, meant: str) -> None:
    with pytest.raises(UnknownName) as caught:
        ask(branch)
    told = caught.value._render_traceback_()
    assert len(told) <= 3 and "did you mean" in told[-1] and meant in told[-1].split("?")[0]


def test_terms_are_tried_and_scenarios_changed_in_one_line(branch: Branch) -> None:
    design = branch.design(branch.designs.set_index("segment")["product"]["hospital_suppliers"])
    assert design is branch.design(design.product.code)
    cap = design.product.limit.cap_yuan
    tried = design.what_if(cap_yuan=cap // 2)
    assert tried["setting"].tolist() == ["today", "tried"] and tried["limit_yuan"].is_monotonic_decreasing
    late = design.strike("core_pays_late", months=1)
    assert late["scenario"].tolist() == ["base", "core_pays_late: months=1"]
    assert late["loss_high_yuan"].iloc[1] < design.strike("core_pays_late")["loss_high_yuan"].iloc[1]
    with pytest.raises(UnknownName, match="cap_yun"):
        design.what_if(cap_yun=3)
    with pytest.raises(UnknownName, match="core_pays_lat"):
        design.strike("core_pays_lat")


def test_a_wrong_name_is_answered_as_python_asks(branch: Branch) -> None:
    assert not hasattr(branch, "loanz") and getattr(branch, "loanz", 3) == 3
    assert "loans" in branch._ipython_key_completions_()


def test_the_tab_key_completes_tables_columns_and_results(demo_home: Path) -> None:
    code = f"""
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
shell.run_cell("import microlib as ml; branch = ml.open_bank({str(demo_home)!r}).branch('{SMALL}')")
texts = ('branch.loa', 'branch["loa', 'branch.loans["overdue_d', 'branch["loans"]["overdue_d', 'branch.customers["cr1')
for text in texts:
    print(shell.Completer.complete(line_buffer=text, cursor_pos=len(text))[1])
"""
    run = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=True)
    shown = run.stdout.splitlines()[-5:]
    wanted = ("loans", "loans", "overdue_days", "overdue_days", "cr1_share")
    assert all(name in line for name, line in zip(wanted, shown, strict=True)), run.stdout
