"""Sheets that leave the bank: public terms and counts of at least k pass the whitelist, nothing else does.

What goes to head office only: nothing of it, not even its length, is in what the report shows or records.
"""

from __future__ import annotations

import json
import re

import pandas as pd
import pytest

from microlib.design.term_tables import public_terms
from microlib.design.terms import read_policy, read_product
from microlib.errors import BadConfig
from microlib.report import leaflets
from microlib.report.charts.bars import ranked_bars
from microlib.report.leaflets import COUNTS, LABELS, checked_line
from microlib.report.words import entries
from microlib.stats.suppression import suppressed


@pytest.fixture(scope="module")
def policy():
    return read_policy(".", as_of="2026-06-30").quality


@pytest.fixture(scope="module")
def stall():
    return read_product(".", product="market_stall", as_of="2026-06-30")


@pytest.fixture
def paper(opened, policy, tmp_path):
    return opened(out=tmp_path).leaflet("market", policy=policy)


def counted(*counts, **more):
    cells = pd.DataFrame({"segment": [f"s{n}" for n in range(len(counts))], "customers_count": counts, **more})
    return suppressed(cells, by=["segment"], fewest=10, dominance_share=0.7)


BARRED = ["npl_share", "par30_share", "balance_yuan", "limit_yuan", "exposure_yuan", "headroom_yuan", "customer_id",
          "core_id", "overdue_days", "turnover_yuan", "seasonal_index", "p50", "rm_id", "loan_id", "name"]  # fmt: skip


@pytest.mark.parametrize("column", BARRED)
def test_quality_exposure_limits_names_and_evidence_are_refused(paper, column):
    told = counted(40, 50, 60).assign(**{column: 1.0})
    with pytest.raises(BadConfig, match=f"{column} may not leave the bank"):
        paper.table("segment_quality", told)


def test_every_label_and_count_that_passes_is_known_and_no_other_column_of_any_catalogue_is():
    passing = {*LABELS, *COUNTS}
    assert all(not re.search("yuan|share|rate|days|_id$|name|limit|par", name) for name in passing)


def test_a_frame_that_was_not_suppressed_is_refused(paper):
    with pytest.raises(BadConfig, match="was not suppressed"):
        paper.table("segment_quality", pd.DataFrame({"segment": ["a"], "customers_count": [400]}))


def test_a_count_below_k_is_refused_even_where_it_was_suppressed_for_the_house(paper):
    cells = pd.DataFrame({"segment": ["a", "b"], "customers_count": [7, 40]})
    inside = suppressed(cells, by=["segment"], fewest=5, dominance_share=0.7)
    with pytest.raises(BadConfig, match="1 rows count fewer than 10"):
        paper.table("segment_quality", inside)


def test_hidden_rows_are_neither_shown_nor_recorded(paper, tmp_path):
    shown = paper.table("segment_quality", counted(40, 3, 60, 80))
    kept = pd.read_parquet(tmp_path / "results" / "segment_quality.parquet")
    assert kept["customers_count"].to_list() == [60, 80, 183]
    assert "户数较少的组不列示" in repr(shown) and "s1" not in repr(shown)


def test_what_is_shown_and_the_total_do_not_give_the_hidden_count(paper, tmp_path):
    paper.table("segment_quality", counted(40, 3, 60, 80))
    kept = pd.read_parquet(tmp_path / "results" / "segment_quality.parquet").set_index("segment")["customers_count"]
    rest = kept["all"] - kept.drop("all").sum()
    assert rest >= 10 and rest != 3


def test_only_public_terms_stand_on_it(paper, stall):
    text = repr(paper.terms(stall))
    assert "50.0 万元" in text and "5.85 %" in text and "3 至 24 个月" in text
    barred = [rule.said.zh for rule in (*stall.access, *stall.stop_rules, *stall.controls, *stall.monitoring)]
    assert not [said for said in barred if said in text]


def test_public_terms_hold_nothing_of_volumes_caps_or_rules(stall):
    held = set(public_terms(stall)["value"].dropna())
    own = {stall.volumes.pilot_yuan, stall.volumes.pilot_customers_count, stall.limit.floor_yuan}
    assert not held & {float(value) for value in own}


def test_sentences_come_from_the_catalogue_and_hold_no_number(paper, monkeypatch):
    assert "存款" in repr(paper.lines("leaflet.no_deposit", "leaflet.ask"))
    told = {"leaflet.x": {"zh": "本市场不良率 3%", "en": "bad loans 3%"}}
    monkeypatch.setattr(leaflets, "entries", lambda kind: told)
    with pytest.raises(BadConfig, match="holds a number"):
        paper.lines("leaflet.x")


def test_every_shipped_sentence_may_leave_the_bank():
    lines = [key for key in entries("leaflets") if key.startswith("leaflet.")]
    assert len(lines) >= 6 and all(checked_line(key) == key for key in lines)


def test_an_unknown_audience_and_a_subject_that_is_a_path_are_refused(opened, policy):
    with pytest.raises(BadConfig, match="nobody is called 'press'"):
        opened().leaflet("press", policy=policy)
    with pytest.raises(BadConfig, match="no name for a sheet"):
        opened().leaflet("market", policy=policy, subject="../../x")


@pytest.mark.parametrize("state", ["wait", "stop", ""])
def test_no_sheet_is_made_of_a_product_whose_pilot_is_not_to_be_started(opened, policy, stall, tmp_path, state):
    with pytest.raises(BadConfig, match="not approved for a pilot"):
        opened(out=tmp_path).leaflet("market", policy=policy, product=stall, state=state)
    decided = pd.DataFrame({"step": ["start_pilot" if state else "cut_the_source"], "action": [state or "do"]})
    shown = leaflets.core_sheet(opened(out=tmp_path), stall, counted(40, 50), decided, policy=policy)
    assert "没有批准试点" in repr(shown) and not list(tmp_path.rglob("leaflets"))


def test_a_pilot_that_is_to_be_started_has_its_sheet(opened, policy, stall, tmp_path):
    decided = pd.DataFrame({"step": ["start_pilot"], "action": ["do"]})
    counts = counted(40, 50, kind="hospital").drop(columns="segment")
    leaflets.core_sheet(opened(out=tmp_path), stall, counts, decided, policy=policy)
    assert [path.name for path in tmp_path.parent.rglob("core_enterprise_market_stall.json")]


def test_no_sheet_is_made_for_a_kind_of_place_that_is_closed(opened, policy, tmp_path):
    counts = counted(40, 50, kind="market").drop(columns="segment")
    given = {"told": "supplier_counts", "lines": ["leaflet.ask"], "policy": policy}
    shown = leaflets.place_sheet(opened(out=tmp_path), "market", counts, closed={"market"}, **given)
    assert "不做给它们的单页" in repr(shown) and not list(tmp_path.rglob("market.json"))
    leaflets.place_sheet(opened(out=tmp_path), "market", counts, closed={"chamber"}, **given)
    assert list(tmp_path.rglob("market.json"))


COLUMNS = ["loan_id", "balance_yuan"]


@pytest.fixture
def listed():
    return pd.DataFrame({"loan_id": ["L-secret-1", "L-secret-2"], "balance_yuan": [123_450_000.0, 5.0]})


def parts(folder):
    return json.loads((folder / "head-office" / "parts.json").read_text("utf-8"))["parts"]


def test_the_report_shows_only_that_there_is_something(opened, listed, tmp_path):
    shown = opened(out=tmp_path).head_office.table("crossing_loans", listed, columns=COLUMNS)
    assert "仅供总行" in repr(shown)
    assert not {"L-secret-1", "12,345", "2"} & set(repr(shown).replace("：", " ").split())


def test_nothing_of_it_is_in_the_report_s_own_folder(opened, listed, tmp_path):
    report = opened(out=tmp_path)
    report.head_office.table("crossing_loans", listed, columns=COLUMNS)
    report.head_office.fact("secret_yuan", listed, column="balance_yuan")
    report.table("loans", report.compute(lambda loans: loans, "loans"))
    held = b"".join(path.read_bytes() for path in (tmp_path / "results").iterdir())
    assert b"secret" not in held and report.results.listing["shown"][0]["name"] == "loans"
    assert (tmp_path / "head-office" / "results" / "crossing_loans.parquet").is_file()


def test_head_office_gets_tables_figures_and_sentences_in_order(opened, listed, tmp_path):
    office = opened(out=tmp_path).head_office
    office.table("crossing_loans", listed, columns=COLUMNS)
    office.chart("loss_if_stopped", ranked_bars, listed, label="loan_id", values=["balance_yuan"])
    kept = parts(tmp_path)
    assert "L-secret-1" in kept[0]["text/html"] and set(kept[1]) == {"text/plain", "image/png"}


def test_names_taught_to_the_report_are_known_there(opened, tmp_path):
    report = opened(out=tmp_path)
    office = report.head_office
    report.names("segment", {"x": {"zh": "甲客群", "en": "group A"}})
    office.table("segment_quality", pd.DataFrame({"segment": ["x"]}))
    assert "甲客群" in parts(tmp_path)[0]["text/plain"]


def test_what_is_not_computed_is_said_there_too(opened, tmp_path):
    report = opened(out=tmp_path)
    shown = report.head_office.table("loans", report.compute(lambda loan_months: loan_months, "loan_months"))
    assert "仅供总行" in repr(shown) and "未计算" in parts(tmp_path)[0]["text/plain"]


def test_without_a_folder_nothing_is_written(opened, listed):
    assert "仅供总行" in repr(opened().head_office.table("crossing_loans", listed, columns=COLUMNS))
