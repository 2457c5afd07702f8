"""Templates of scenes: every kind has one, points hold or fail by their line, broken files are refused by name."""

import shutil
from datetime import date

import pandas as pd
import pytest

from microlib.design.scenes import (
    contract_figures,
    dependence_figures,
    read_templates,
    stacked_figures,
    stall_figures,
    template_of,
    template_points,
    tenant_figures,
)
from microlib.errors import BadConfig, EmptyBook

DAY = date(2026, 6, 30)


@pytest.fixture(scope="module")
def templates(root):
    return read_templates(root)


def figures(*rows):
    return pd.DataFrame(rows, columns=["source_id", "quantity", "value", "cases_count"])


def test_a_point_holds_fails_or_waits_for_an_answer(templates):
    hospital = template_of(templates, code="hospital")
    cores = pd.DataFrame({"core_id": ["H1", "R1"], "kind": ["hospital", "infrastructure"]})
    known = figures(("H1", "median_days", 131.0, 9), ("H1", "within_legal_share", 0.9, 9))
    found = template_points(cores, known, template=hospital).set_index("point")
    assert set(found["source_id"]) == {"H1"} and len(found) == len(hospital.points)
    states = found.loc[["payment_cycle", "legal_term", "insurance_cycle", "tender_cliff"], "state"].tolist()
    assert states == ["past", "kept", "ask", "unknown"]


def test_a_branch_without_a_core_of_the_kind_has_no_page(templates):
    with pytest.raises(EmptyBook, match="infrastructure"):
        template_points(pd.DataFrame({"core_id": ["H1"], "kind": ["hospital"]}), figures(),
                        template=template_of(templates, code="infrastructure"))  # fmt: skip


def test_ends_of_projects_are_set_against_maturities():
    contracts = pd.DataFrame({"core_id": "R1", "customer_id": ["a", "b"], "kind": "project", "amount_yuan": 1.0,
                              "expiry_date": pd.to_datetime("2026-12-31"), "is_back_to_back": [True, False],
                              "has_wage_account": [True, None]})  # fmt: skip
    loans = pd.DataFrame({"customer_id": ["a", "b"], "balance_yuan": [30.0, 10.0],
                          "maturity_date": pd.to_datetime(["2027-03-01", "2026-10-01"])})  # fmt: skip
    found = contract_figures(contracts, loans, as_of=DAY).set_index("quantity")["value"]
    assert found.to_dict() == {"late_maturity_share": 0.75, "back_to_back_count": 1, "wage_account_share": 1}


def test_an_ended_contract_counts_no_more():
    contracts = pd.DataFrame({"core_id": "H1", "customer_id": ["a"], "kind": "tender", "amount_yuan": 1.0,
                              "expiry_date": pd.to_datetime("2026-05-31")})  # fmt: skip
    assert contract_figures(contracts, pd.DataFrame({"balance_yuan": []}), as_of=DAY).empty


def test_suppliers_of_several_cores_are_counted():
    shares = pd.DataFrame(
        {"core_id": ["H1", "H2", "H1"], "customer_id": ["a", "a", "b"], "income_share": [0.6, 0.2, 0.1]}
    )
    found = dependence_figures(shares, dependence_share=0.5).set_index(["source_id", "quantity"])["value"]
    assert found["H1", "several_cores_share"] == 0.5 and found["H2", "several_cores_share"] == 1


def test_a_market_is_measured_by_its_tenants():
    roster = pd.DataFrame({"venue_id": "V1", "kind": "market", "customer_id": ["a"], "monthly_rent_yuan": [1000.0]})
    flows = pd.DataFrame({"customer_id": "a", "month": "2026-05", "channel": ["pos", "business_account"],
                          "inflow_yuan": [3.0, 1.0]})  # fmt: skip
    income = pd.DataFrame({"customer_id": ["a"], "income_yuan": [120_000.0]})
    loans = pd.DataFrame({"loan_id": ["L1", "L2"], "customer_id": "a", "balance_yuan": [1.0, 3.0]})
    links = pd.DataFrame({"loan_id": ["L1"], "collateral_id": ["K1"]})
    stall = stall_figures(roster, loans, links, pd.DataFrame({"collateral_id": ["K1"], "kind": ["stall_right"]}))
    found = stacked_figures(tenant_figures(roster, flows, income, as_of=DAY), stall).set_index("quantity")["value"]
    assert found.to_dict() == {"card_share": 0.75, "rent_burden_share": 0.1, "stall_right_share": 0.25}


def test_a_kind_claimed_twice_and_a_wrong_name_are_refused(root, tmp_path):
    folder = tmp_path / "data" / "templates"
    shutil.copytree(root / "data" / "templates", folder)
    text = (folder / "hospital.toml").read_text(encoding="utf8")
    (folder / "clinic.toml").write_text(text, encoding="utf8")
    with pytest.raises(BadConfig, match="the code is hospital"):
        read_templates(tmp_path)
    (folder / "clinic.toml").write_text(text.replace('code = "hospital"', 'code = "clinic"', 1), encoding="utf8")
    with pytest.raises(BadConfig, match="hospital is claimed twice"):
        read_templates(tmp_path)
