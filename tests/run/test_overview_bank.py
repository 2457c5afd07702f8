"""The bank above its branches: sums that are those of the branches, what is at risk, verdicts, data states."""

from __future__ import annotations

import json
import re
from datetime import date

import pandas as pd
import pytest
from lxml import html

from microlib.bank.branch import read_branch
from microlib.bank.store import open_store
from microlib.bank.sums.books import late_loans, ledger_totals, month_sums
from microlib.home import Home
from microlib.metrics.arrears import loans_turning_bad
from microlib.metrics.book import compared_totals, control_differences
from microlib.metrics.quality import monthly_ratios
from microlib.run.overview_bank import (
    bank_bridge,
    bank_figures,
    data_states,
    matters_at_risk,
    product_verdicts,
)
from microlib.run.overview_data import register_parts, register_rows, turning_bad

DAY = date(2026, 6, 30)
SHARES = {
    "npl_share": "npl_yuan",
    "special_mention_share": "special_mention_yuan",
    "overdue30_share": "overdue_30_yuan",
}


@pytest.fixture(scope="module")
def sums(demo_home):
    """What the engine adds up, and the demo bank's branches."""
    with open_store(Home(demo_home)) as store:
        codes = [code for (code,) in store.rows("SELECT DISTINCT branch_id FROM loans ORDER BY 1")]
        return {
            "months": month_sums(store, as_of=DAY),
            "late": late_loans(store, as_of=DAY),
            "totals": ledger_totals(store, as_of=DAY),
            "codes": codes,
        }


@pytest.fixture(scope="module")
def books(demo_home, sums):
    """The books of all branches."""
    return {code: read_branch(demo_home, branch=code, as_of=DAY) for code in sums["codes"]}


def test_the_bank_s_months_are_the_branches_months_added_up(sums, books):
    parts = []
    for book in books.values():
        rows = monthly_ratios(book["loans"], book["loan_months"], as_of=DAY, months=36)
        amounts = {amount: rows[share] * rows["balance_yuan"] for share, amount in SHARES.items()}
        parts.append(rows[["month", "balance_yuan", "customers_count"]].assign(**amounts))
    added = pd.concat(parts).groupby("month").sum()
    bank = sums["months"].set_index("month")
    assert len(bank) == 36 and list(bank.index) == list(added.index)
    for name in ("balance_yuan", *SHARES.values()):
        pd.testing.assert_series_equal(bank[name].astype("float64"), added[name], check_names=False, atol=1.0)
    assert (bank["customers_count"] == added["customers_count"]).all()


def test_what_turns_bad_and_what_does_not_tie_is_what_the_branches_find(sums, books):
    crossing = turning_bad(sums["late"], as_of=DAY).set_index("branch_id")
    found = {code: loans_turning_bad(book["loans"], as_of=DAY) for code, book in books.items()}
    assert crossing["loans_count"].to_dict() == {code: len(rows) for code, rows in found.items() if len(rows)}
    assert crossing["balance_yuan"].sum() == pytest.approx(sum(rows["balance_yuan"].sum() for rows in found.values()))
    loans = pd.concat([book["loans"].assign(branch_id=code) for code, book in books.items()])
    totals = pd.concat([book["control_totals"] for book in books.values()])
    ties = compared_totals(sums["totals"].set_index("branch_id"), totals)
    pd.testing.assert_frame_equal(ties, control_differences(loans, totals), atol=0.01)
    assert (ties["state"] == "differs").any() and (ties["state"] == "tied").any()


def test_a_missing_month_end_has_no_change():
    months = pd.DataFrame({"month": ["2026-03", "2026-06"], "balance_yuan": [50.0, 40.0], "customers_count": [3, 2],
                           "npl_yuan": [1.0, 2.0], "special_mention_yuan": 0.0, "overdue_30_yuan": 0.0})  # fmt: skip
    balance = bank_figures(months)[0]
    assert balance["month_change"] is None and balance["quarter_change"] == -10.0
    assert bank_figures(months.iloc[:0]) == []


@pytest.fixture
def reported(tmp_path):
    """Two branches' recorded results: a judgement each, bridges, a product whose stop line fires in one."""
    entries = []

    def keep(branch, report, product="", **frames):
        folder = tmp_path / branch / report / "zh" / "results"
        folder.mkdir(parents=True)
        for name, frame in frames.items():
            frame.to_parquet(folder / f"{name}.parquet")
        page = f"{branch}/{report}/zh/{report}.html"
        entries.append({"branch": branch, "report": report, "product": product, "lang": "zh", "page": page})
        return folder

    for branch, state, cost in (("0001", "stop", 5.0), ("0002", "keep", float("nan"))):
        judged = pd.DataFrame({"kind": ["branch", "segment", "source"], "segment": ["whole_branch", "stalls", "H1"],
                               "state": ["watch", state, "near_cap"], "amount_yuan": [100.0, 40.0, 30.0],
                               "waiting_cost_yuan": [float("nan"), cost, float("nan")]})  # fmt: skip
        bridge = pd.DataFrame({"move": ["opening", "new", "renewed", "closing"], "month_count": [1, 1, 0, 2],
                               "month_yuan": [10.0, 5.0, 0.0, 15.0], "year_count": [1, 1, 0, 2],
                               "year_yuan": [10.0, 5.0, 0.0, 15.0]})  # fmt: skip
        keep(branch, "0_branch_brief", npl_bridges=bridge)
        keep(branch, "1_branch_diagnosis", judgements=judged)
    rules = pd.DataFrame({"rule": ["a", "b"], "state": ["fires", "holds"]})
    folder = keep("0001", "6_product_design--stall", "stall", stop_rules=rules,
                  expected_volume=pd.DataFrame({"volume_yuan": [7.0, 9.0]}))  # fmt: skip
    facts = {"product_conclusion.step": {"value": "reprice_first"}}
    (folder / "facts.json").write_text(json.dumps(facts))
    folder = keep("0002", "6_product_design--stall", "stall", stop_rules=rules.assign(state="holds"))
    (folder / "facts.json").write_text(json.dumps({"product_conclusion.amount_yuan": {"value": 3.0}}))
    return tmp_path, entries


def test_bridges_add_up_and_moves_of_nought_are_left_out(reported):
    bridge = bank_bridge(*reported)
    assert bridge["branches_count"] == 2
    assert [(row["move"], row["month_yuan"]) for row in bridge["rows"]] == [
        ("opening", 20.0), ("new", 10.0), ("closing", 30.0)]  # fmt: skip


def test_what_is_at_risk_is_told_once_with_all_its_branches(reported):
    sources = pd.DataFrame({"kind": "core_enterprise", "source_id": ["H1", "H2"], "branch_ids": "0001 0002",
                            "exposure_yuan": [60.0, 1.0], "cap_yuan": [70.0, 70.0]})  # fmt: skip
    crossing = pd.DataFrame({"branch_id": ["0001", "0002"], "loans_count": [2, 1], "balance_yuan": [4.0, 3.0]})
    ties = pd.DataFrame({"branch_id": ["0002"], "total": "balance_yuan", "ours": 90.0, "control": 100.0,
                         "difference": -10.0, "state": "differs"})  # fmt: skip
    found = matters_at_risk(*reported, {"sources": sources, "crossing": crossing, "ties": ties})
    told = {row.kind: (row.subject, row.branch_ids, row.money_yuan, row.value) for row in found.itertuples()}
    assert told == {
        "stop_judged": ("stalls", "0001", 5.0, 40.0),
        "stop_line_fires": ("stall", "0001", 9.0, 1.0),
        "cap_near": ("H1", "0001 0002", 60.0, 60.0),
        "turning_bad": ("", "0001 0002", 7.0, 3.0),
        "totals_differ": ("0002", "0002", 10.0, 90.0),
    }


def test_states_and_verdicts_stand_by_branch(reported):
    rows = register_rows(*reported)
    assert [(row["code"], row["state"], row["stopped_yuan"]) for row in rows] == [("0001", "watch", 40.0),
                                                                                 ("0002", "watch", 0)]  # fmt: skip
    assert rows[0]["states"]["segment"] == {"stalls": "stop"}
    assert register_parts(rows)["parts"] == {"segment": ["stalls"], "source": ["H1"]}
    verdicts = product_verdicts(*reported)["stall"]
    assert {code: (row["state"], row["step"]) for code, row in verdicts.items()} == {
        "0001": ("revise", "reprice_first"), "0002": ("approve", "")}  # fmt: skip


def test_data_are_whole_only_where_totals_tie_and_no_table_is_missing():
    def row(code, held):
        facts = {"table_coverage.tables_count": {"value": held}, "table_coverage.all_count": {"value": 40}}
        return {"code": code, "facts": facts if held else {}}

    off = [0.0, -9.0, 0.0, 0.0]
    ties = pd.DataFrame({"branch_id": ["a", "b", "c", "e"], "total": "balance_yuan", "difference": off,
                         "state": ["tied", "differs", "tied", "tied"]})  # fmt: skip
    found = data_states([row("a", 40), row("b", 40), row("c", 23), row("d", 40), row("e", None)], ties)
    assert {code: each["state"] for code, each in found.items()} == {
        "a": "whole", "b": "differs", "c": "partial", "d": "untied", "e": "unknown"}  # fmt: skip
    assert (found["b"]["differs_yuan"], found["c"]["missing_count"]) == (9.0, 17)


def test_the_index_begins_with_the_bank_s_totals_in_one_language(overview, sums):
    last = sums["months"].iloc[-1]
    balance, bad = last["balance_yuan"], last["npl_yuan"]
    for name, label, other in (("index.html", "贷款余额", "English"), ("index.en.html", "balance", "中文")):
        page = html.fromstring((overview / name).read_text())
        rows = page.xpath("//h2[@id='bank']/following::table[1]/tbody/tr")
        texts = [row.text_content() for row in rows]
        assert label in texts[0] and f"{balance / 10_000:,.1f}" in texts[0]
        assert f"{100 * bad / balance:.2f} %" in texts[2] and len(page.xpath("//svg[@class='course']")) == 5
        assert not page.xpath("//*[@class='en']") and other in page.xpath("//header")[0].text_content()
    matters = html.fromstring((overview / "index.html").read_text()).get_element_by_id("attention").getnext().getnext()
    assert f"{len(loans_turning_bad(sums['late'], as_of=DAY))} 笔" in matters.text_content()


def test_a_branch_s_page_and_the_page_of_runs_are_in_one_language_too(overview):
    chinese = re.compile("[一-鿿]{2,}")
    for name in ("runs.en.html", "0021/index.en.html"):
        page = html.fromstring((overview / name).read_text())
        for own in page.xpath("//header | //title | //style | //script | //tbody"):
            own.drop_tree()
        assert not chinese.search(page.text_content()), name
