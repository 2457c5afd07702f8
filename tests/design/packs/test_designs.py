"""A whole design of one product for one branch: computed, answered as far as figures go, written with its evidence."""

import tomllib
from datetime import date

import pandas as pd
import pytest

from microlib.bank.slices import read_branch
from microlib.design.packs import approvals, checklists, designs, files

DAY = date(2026, 6, 30)


@pytest.fixture(scope="module")
def design(demo_home):
    return designs.design_product(read_branch(demo_home, branch="0010", as_of=DAY), product="hospital_supplier")


def test_the_design_is_narrowed_by_the_branch_and_complete(design):
    assert design.product.limit.cap_yuan == 2_000_000
    wanted = {"waterfall", "limits", "floors", "cost", "volume", "stop_rules", "rules", "failure_modes", "changes"}
    assert wanted <= set(design.results) and design.results["limits"]["limit_yuan"].max() <= 2_000_000


def test_a_fired_stop_rule_or_an_unconfirmed_rule_blocks(design):
    checklist = approvals.approval_results(design)["checklist"].set_index("item")
    fires = (design.results["stop_rules"]["state"] == "fires").any()
    assert checklist.loc["no_stop_rule_fires", "blocks"] == fires
    assert checklist.loc["rules_are_confirmed", ["answer", "blocks"]].to_list() == ["no", True]
    assert (checklist.loc[checklist["measure"] == "person", "answer"] == "open").all()


def test_signatures_carry_every_item_once(design):
    found = approvals.approval_results(design)
    assert found["signatures"]["items_count"].sum() == len(found["checklist"])
    assert found["signatures"]["lines_count"].sum() == (design.results["limits"]["limit_yuan"] > 0).sum()


def test_the_folder_holds_sheet_changes_checklist_and_evidence_and_no_customer(design, tmp_path, monkeypatch):
    monkeypatch.setattr(files, "design_folder", lambda _: tmp_path)
    one = files.write_design(design)
    names = {path.name for path in one.paths}
    assert {"term_sheet.toml", "changes.csv", "checklist.csv", "evidence.toml"} <= names
    evidence = tomllib.loads((tmp_path / "evidence.toml").read_text(encoding="utf-8"))
    assert evidence["branch"] == "0010" and {"checklist.csv", "results/volume.csv"} <= set(evidence["written"])
    assert "products/hospital_supplier.toml" in evidence["files"] and "peers/peers.csv" in evidence["files"]
    texts = [path.read_text(encoding="utf-8-sig") for path in tmp_path.rglob("*.*")]
    assert not any(customer in text for customer in design.results["limits"]["customer_id"] for text in texts)


def test_equal_inputs_give_equal_bytes(design, tmp_path, monkeypatch):
    written = []
    for name in ("one", "two"):
        monkeypatch.setattr(files, "design_folder", lambda _, name=name: tmp_path / name)
        files.write_design(design)
        written.append({path.name: path.read_bytes() for path in (tmp_path / name).rglob("*.*")})
    assert written[0] == written[1]


def test_every_demo_group_but_the_chamber_has_a_product(home):
    from microlib.contracts.segments import read_segments
    from microlib.design import terms

    served = {code for each in terms.list_products(home)
              for code in terms.read_product(home, product=each, as_of=DAY).segments}  # fmt: skip
    assert {each.code for each in read_segments(home.config("segments"))} - served == {"chamber_members"}


def test_a_checklist_without_figures_is_open_and_blocks(home):
    found = checklists.approval_checklist(checklists.read_items(home, as_of=DAY), figures={})
    assert set(found["answer"]) == {"open"} and found["blocks"].equals(found["is_blocking"])
    assert isinstance(files.open_items(found), pd.DataFrame)
