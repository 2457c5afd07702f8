"""The term sheet: a whole design on one page, the same bytes for the same inputs."""

from __future__ import annotations

import tomllib
from datetime import date

import pandas as pd
import pytest

from microlib.design.cost import product_cost
from microlib.design.eligibility import access_waterfall, coverage_summary, not_served_list, screen_applicants
from microlib.design.limits import size_limits
from microlib.design.prices import price_floors
from microlib.design.term_sheet import evidence_marks, sheet_frame, write_term_sheet
from microlib.design.volume import evaluate_stop_rules, expected_volume, watched_figures, worst_sources
from microlib.errors import BadConfig

RATES = pd.DataFrame({"pd_case": ["mean", "upper"], "pd_rate": [0.01, 0.02]})
RUN = {"branch": "0755", "as_of": date(2026, 6, 30), "is_synthetic": True}


@pytest.fixture
def results(applicants, hospital, policy) -> dict:
    screened = screen_applicants(applicants, product=hospital)
    found = size_limits(screened, product=hospital, policy=policy.limits)
    floors = price_floors(RATES, product=hospital, policy=policy.pricing)
    volume = expected_volume(found, product=hospital, default_rates=RATES, lgd_share=0.35)
    worst = worst_sources(found, policy=policy.stress)
    held = {"limits": found, "volume": volume, "floors": floors, "sources": worst}
    cover = coverage_summary(found, product=hospital, policy=policy.limits)
    figures = watched_figures(screened, **held, coverage=cover, budget_yuan=5e6)
    return {
        "waterfall": access_waterfall(applicants, product=hospital), "screened": screened,
        "not_served": not_served_list(screened, product=hospital), "limits": found, "floors": floors,
        "cost": product_cost(hospital, amount_yuan=500_000, start=date(2026, 7, 1)), "volume": volume,
        "sources": worst, "stop_rules": evaluate_stop_rules(figures, product=hospital),
    }  # fmt: skip


def test_a_complete_design_leaves_nothing_open(results, hospital) -> None:
    page = sheet_frame(hospital, results=results)
    assert "open" not in set(page["section"])
    served = page[page["section"] == "served"].set_index("item")["value"]
    assert served["members"] == served[["eligible", "to_be_verified", "not_served"]].sum()


def test_what_was_not_computed_is_named(results, hospital) -> None:
    page = sheet_frame(hospital, results={**results, "limits": object()})
    assert page.loc[page["section"] == "open", "code"].to_list() == ["limits"]


def test_the_file_is_toml_with_terms_results_and_evidence(results, hospital, home, tmp_path) -> None:
    marks = evidence_marks(home, product="hospital_supplier", branch="0010")
    path = write_term_sheet(tmp_path, product=hospital, results=results, evidence={**RUN, **marks})
    read = tomllib.loads(path.read_text(encoding="utf-8"))
    assert read["evidence"]["branch"] == "0755" and "branches/0010.toml" in read["evidence"]["files"]
    assert read["product"]["yearly_rate"] == 0.0435 and read["product"]["not_served"][0]["refer_to"]["zh"]
    assert {row["item"] for row in read["sheet"]["not_served"]} >= {"under_two_years"}


def test_equal_inputs_give_equal_bytes(results, hospital, tmp_path) -> None:
    one, two = (
        write_term_sheet(tmp_path / name, product=hospital, results=results, evidence=RUN).read_bytes()
        for name in ("one", "two")
    )
    assert one == two and b"value_yuan = 3000000.00" in one


def test_an_empty_folder_name_writes_nothing(results, hospital) -> None:
    assert write_term_sheet("", product=hospital, results=results, evidence=RUN) is None


def test_a_folder_that_cannot_be_made_is_refused(results, hospital, tmp_path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(BadConfig, match=r"term_sheet\.toml cannot be written"):
        write_term_sheet(tmp_path / "file" / "sub", product=hospital, results=results, evidence=RUN)
