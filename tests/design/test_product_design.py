"""A whole design of one product for one branch: computed, answered as far as figures go, written with its evidence."""

import tomllib
from datetime import date

import pandas as pd
import pytest

from microlib.bank.branch import read_branch
from microlib.contracts.segment import read_segments
from microlib.contracts.tables import TABLES
from microlib.design import term_sheet
from microlib.design.approval import Approval, answer_figures, design_names
from microlib.design.branch import Branch, open_branch
from microlib.design.checklist import approval_checklist, read_items
from microlib.design.limits import limit_quantiles
from microlib.design.product_design import ProductDesign, design_product, leading_product
from microlib.design.term_sheet import open_items, write_design
from microlib.design.term_tables import written_list
from microlib.design.terms import list_products, read_product
from microlib.errors import BadConfig, BadData, EmptyBook, NeedsTable, NobodyHere, NothingSized

DAY = date(2026, 6, 30)


@pytest.fixture(scope="module")
def design(demo_home) -> ProductDesign:
    return design_product(read_branch(demo_home, branch="0010", as_of=DAY), product="hospital_supplier")


@pytest.fixture(scope="module")
def sized(design) -> ProductDesign:
    """A design with lines, on the same branch."""
    return design_product(design.branch, product="online_invoice_credit")


@pytest.fixture(scope="module")
def signed(design) -> Approval:
    return Approval(design)


@pytest.fixture(scope="module")
def unsized(demo_home) -> ProductDesign:
    """A design in which no line is sized: the branch has the group, and too little is known of everybody."""
    return design_product(read_branch(demo_home, branch="0027", as_of=DAY), product="farm_household")


# ---- the design


def test_the_design_is_narrowed_by_the_branch_and_complete(design):
    assert design.product.limit.cap_yuan == 2_000_000
    wanted = {"waterfall", "limits", "floors", "cost", "volume", "stop_rules", "rules", "failure_modes", "changes"}
    assert wanted <= set(design.result_names()) and design.limits["limit_yuan"].max() <= 2_000_000
    assert not any(isinstance(design.part(name), BadData) for name in wanted)


def test_every_result_is_there_or_says_why_and_is_the_same_when_asked_again(design):
    for name in design.result_names():
        assert design.part(name) is design.part(name), name


def test_results_of_the_branch_are_shared_between_designs(design):
    other = design_product(design.branch, product="online_invoice_credit")
    assert other.memberships is design.memberships is design.branch.members


def test_lines_rest_on_invoices_where_the_files_hold_no_loan(sized):
    branch = sized.branch
    frames = {name: branch[name].head(0) if name in ("loans", "loan_months") else branch[name] for name in TABLES}
    known = (branch.branch_id, branch.name, branch.as_of, branch.home, branch.is_synthetic, branch._stamp)
    lines = design_product(Branch(*known, frames), product="online_invoice_credit").limits
    assert (lines["limit_yuan"] > 0).any()


def test_prices_and_stress_are_what_a_reader_calls_them(sized):
    assert sized.prices is sized.floors and sized.stress is sized.scenarios


def test_a_source_that_the_register_stops_carries_nothing(design):
    states = design.branch.source_judgements.set_index("segment")["state"]
    assert states["H02"] == "stop"
    behind = design.limits[design.limits["source_id"] == "H02"]
    assert len(behind) and (behind["limit_yuan"] == 0).all() and "sized" not in set(behind["reason"])


def test_a_pilot_is_judged_by_what_stands_below_it(signed, sized):
    answers = signed.conditions.set_index("condition")["answer"]
    assert answers["somebody_is_sized"] == "no" and signed.judgement["state"].item() == "not_now"
    other = Approval(sized)
    groups = sized.branch.segment_judgements.set_index("segment")["state"]
    is_open = set(groups[list(sized.product.segments)]) <= {"pilot", "expand"}
    assert (other.conditions.set_index("condition").loc["segment_is_open", "answer"] == "yes") == is_open
    assert (other.judgement["state"].item() == "approve") == (other.conditions["answer"] == "yes").all()


def test_an_approval_feeds_pages_and_measures_from_itself_its_design_and_its_branch(signed):
    design = signed.design
    assert signed.argument("signing_page") is signed.signing_page and signed.argument("stops") is design.stop_rules
    assert signed.argument("product") is design.product and signed.argument("due") is design.branch.due
    pd.testing.assert_frame_equal(signed.compute(limit_quantiles), design.limit_quantiles)
    pd.testing.assert_frame_equal(signed.compute(written_list, part="exits"), design.exits)
    with pytest.raises(BadConfig, match="nothing that is called colour"):
        signed.argument("colour")


def test_a_design_opens_without_anybody_in_its_groups_and_every_result_then_says_so(demo_home):
    held = Approval.opened(demo_home, product="market_stall", branch="0010", as_of=DAY)
    assert isinstance(held.design.part("limits"), NobodyHere) and len(held.design.versions)
    with pytest.raises(NobodyHere):
        held.compute(limit_quantiles)


def test_without_a_sized_line_the_programme_says_so_and_the_price_stands(unsized):
    assert isinstance(unsized.floors, pd.DataFrame) and isinstance(unsized.rules, pd.DataFrame)
    parts = ("programme_rules", "programme_totals", "allocation", "ways", "source_spread", "spread_change", "wish")
    found = [unsized.part(name) for name in parts]
    assert all(isinstance(each, EmptyBook) and each is found[0] for each in found)
    assert isinstance(unsized.part("scenarios"), NothingSized)
    assert unsized.part("tornado") is unsized.part("cap_frontier") is unsized.part("scenarios")


def test_without_peers_the_comparison_says_so_and_the_corridor_stands(design, monkeypatch):
    monkeypatch.setattr("microlib.design.product_design.peer_results", lambda *_, **__: {})
    alone = ProductDesign(design.branch, design.product)
    assert isinstance(alone.part("comparison"), EmptyBook) and "peer_gap_rate" not in alone.figures
    assert isinstance(alone.corridor, pd.DataFrame)


def test_a_branch_without_the_group_is_refused_at_once(design):
    with pytest.raises(NobodyHere, match="nobody here belongs to hardware_market"):
        design_product(design.branch, product="market_stall")


def test_a_branch_without_customers_says_which_table(design):
    book = design.branch
    frames = {**book.frames, "customers": book["customers"].head(0)}
    bare = Branch(book.branch_id, book.name, book.as_of, book.home, book.is_synthetic, book._stamp, frames)
    with pytest.raises(NeedsTable) as refused:
        design_product(bare, product="hospital_supplier")
    assert refused.value.tables == ("customers",)


def test_a_product_that_nobody_wrote_is_refused(design):
    with pytest.raises(BadConfig):
        design_product(design.branch, product="no_such_product")


def test_every_demo_group_but_the_chamber_has_a_product(home):
    served = {code for each in list_products(home) for code in read_product(home, product=each, as_of=DAY).segments}
    assert {each.code for each in read_segments(home.config("segments"))} - served == {"chamber_members"}


# ---- the approval


def test_a_fired_stop_rule_or_an_unconfirmed_rule_blocks(design, signed):
    found = signed.checklist.set_index("item")
    fires = (design.stop_rules["state"] == "fires").any()
    assert found.loc["no_stop_rule_fires", "blocks"] == fires
    assert found.loc["rules_are_confirmed", ["answer", "blocks"]].to_list() == ["no", True]
    assert (found.loc[found["measure"] == "person", "answer"] == "open").all()


def test_signatures_carry_every_item_once(design, signed):
    assert signed.signatures["items_count"].sum() == len(signed.checklist)
    assert signed.signatures["lines_count"].sum() == (design.limits["limit_yuan"] > 0).sum()


def test_what_a_design_lacks_leaves_its_items_open(unsized):
    answers = answer_figures(unsized)
    assert "members_count" in answers
    assert not {"sized_count", "one_source_loss_share", "maturity_short_share"} & set(answers)


def test_a_checklist_without_figures_is_open_and_blocks(home):
    found = approval_checklist(read_items(home, as_of=DAY), figures={})
    by_hand = found["measure"] == "person"
    assert set(found.loc[by_hand, "answer"]) == {"open"} and set(found.loc[~by_hand, "answer"]) == {"unknown"}
    assert found["blocks"].equals(found["is_blocking"])
    assert isinstance(open_items(found), pd.DataFrame)


def test_every_code_of_a_design_has_its_words(design, sized):
    names = design_names(design.branch.home, product=design.product, as_of=DAY)
    assert set(sized.scenarios["scenario"]) - {"base", "worst_together"} <= set(names["scenario"])
    assert set(design.failure_modes["mode"]) <= set(names["mode"])


# ---- the folder that a committee signs


def test_the_folder_holds_sheet_changes_checklist_and_evidence_and_no_customer(design, tmp_path, monkeypatch):
    monkeypatch.setattr(term_sheet, "design_folder", lambda _: tmp_path)
    one = write_design(design)
    names = {path.name for path in one.paths}
    assert {"term_sheet.toml", "changes.csv", "checklist.csv", "evidence.toml"} <= names
    evidence = tomllib.loads((tmp_path / "evidence.toml").read_text(encoding="utf-8"))
    assert evidence["branch"] == "0010" and {"checklist.csv", "results/volume.csv"} <= set(evidence["written"])
    assert "products/hospital_supplier.toml" in evidence["files"] and "peers/peers.csv" in evidence["files"]
    texts = [path.read_text(encoding="utf-8-sig") for path in tmp_path.rglob("*.*")]
    assert not any(customer in text for customer in design.limits["customer_id"] for text in texts)


def test_equal_inputs_give_equal_bytes(design, tmp_path, monkeypatch):
    written = []
    for name in ("one", "two"):
        monkeypatch.setattr(term_sheet, "design_folder", lambda _, name=name: tmp_path / name)
        write_design(design)
        written.append({path.name: path.read_bytes() for path in (tmp_path / name).rglob("*.*")})
    assert written[0] == written[1]


def test_a_book_and_a_branch_give_the_same_design(demo_home, design):
    other = design_product(open_branch(demo_home, branch="0010", as_of=DAY), product="hospital_supplier")
    pd.testing.assert_frame_equal(other.volume, design.volume)


def test_without_a_code_it_is_the_product_of_the_leading_group(demo_home, home, monkeypatch):
    """0755: the market's tenants share a source and owe most; a branch without a group has nothing to design."""
    branch = open_branch(demo_home, branch="0755", as_of=DAY)
    first = branch.leading["segment"].iloc[0]
    assert leading_product(branch) == ProductDesign.of(branch, product="").product.code == "market_stall"
    assert first in read_product(home, product="market_stall", as_of=DAY).segments
    monkeypatch.setattr("microlib.design.product_design.products_for", lambda *place, **asked: ())
    with pytest.raises(NobodyHere, match="no product is made"):
        leading_product(branch)
