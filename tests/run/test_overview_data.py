"""What the overview shows: the bank's own numbers, equal to the reports'; what is clearly outside; hidden cells."""

import json
import re
import shutil
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from lxml import html

from microlib.bank.branch import branch_names
from microlib.bank.store import as_of_table, open_store
from microlib.bank.sums.bank_wide import due_readings
from microlib.design.branch import open_branch
from microlib.design.supply import NO_INCOME, branch_exposures
from microlib.home import Home
from microlib.metrics.income import income_shares
from microlib.metrics.loans import with_exits
from microlib.metrics.segments import customer_evidence
from microlib.metrics.sources import source_exits, source_members
from microlib.run import overview_data
from microlib.run.overview import get_ready, write_index
from microlib.run.overview_data import (
    FOLDER,
    bank_sources,
    cached_overview,
    funnel_svg,
    gather_overview,
    group_cells,
    heat_rows,
)
from microlib.stats.forecast import funnel_standings


@pytest.fixture(scope="module")
def kept(overview):
    return cached_overview(overview, json.loads((overview / "manifest.json").read_text()))


def test_the_bank_s_rows_hold_the_reports_own_balances(kept, overview):
    told = kept["branches"].set_index("branch_id")
    for branch in ("0021", "0896", "0995"):
        facts = json.loads((overview / branch / "tiny_figures" / "zh" / "results" / "facts.json").read_text())
        assert told.loc[branch, "balance_yuan"] == pytest.approx(facts["book_size.balance_yuan"]["value"])
        assert told.loc[branch, "loans_count"] == facts["book_size.loans_count"]["value"]


def test_the_table_says_what_the_reports_say(overview):
    page = html.fromstring((overview / "index.html").read_text())
    row = page.get_element_by_id("b-0021").text_content()
    facts = json.loads((overview / "0021" / "tiny_figures" / "zh" / "results" / "facts.json").read_text())
    share = facts["four_pars.adjusted_par30_share"]
    assert f"{100 * share['value']:.1f} %" in row
    assert f"{100 * share['low']:.1f}–{100 * share['high']:.1f} %" in row


def test_a_branch_of_few_loans_stands_in_the_group_below(overview):
    page = html.fromstring((overview / "index.html").read_text())
    group = page.xpath("//tbody[@class='group']")[0].text_content()
    assert "小样本支行" in group and "0995" in group and "0021" not in group


def test_the_overview_is_gathered_once_for_the_same_data(overview, kept, monkeypatch):
    monkeypatch.setattr(overview_data, "gather_overview", lambda *given, **more: pytest.fail("gathered twice"))
    again = cached_overview(overview, json.loads((overview / "manifest.json").read_text()))
    pd.testing.assert_frame_equal(again["branches"], kept["branches"])


def test_what_a_run_gathers_before_its_end_is_what_its_index_shows(overview, tmp_path, monkeypatch):
    folder = Path(shutil.copytree(overview, tmp_path / "reports" / overview.name))
    shutil.rmtree(folder / FOLDER)
    (tmp_path / "data").symlink_to(overview.parents[1] / "data")
    get_ready(folder, json.loads((folder / "manifest.json").read_text()))
    monkeypatch.setattr(overview_data, "gather_overview", lambda *given, **more: pytest.fail("gathered twice"))
    assert write_index(folder).read_text() == (overview / "index.html").read_text()


def test_what_cannot_be_kept_early_is_left_to_the_end(overview, monkeypatch):
    monkeypatch.setattr(overview_data, "_keep", lambda *given: (_ for _ in ()).throw(OSError("no room")))
    manifest = {"as_of": overview.name, "runs": [{"inputs_sha256": "other"}]}
    get_ready(overview, manifest)
    with pytest.raises(OSError, match="no room"):
        cached_overview(overview, manifest)


def test_head_office_counts_of_every_source_what_all_branches_count(demo_home):
    """One definition: the sum over branches of their own exposures, and no branch's room is more than the bank's."""
    day = date(2026, 6, 30)
    with open_store(Home(demo_home)) as store:
        told, found = branch_exposures(store, as_of=day), gather_overview(store, as_of=day)["sources"]
        cores = store.frame(as_of_table(store, "core_enterprises", as_of=day))
        codes = list(branch_names(store, as_of=day))
    keys, own, left = ["source_kind", "source_id"], [], []
    for code in codes:
        branch = open_branch(demo_home, branch=code, as_of=day)
        shares = income_shares(branch["core_payables"], NO_INCOME, as_of=day)
        evidence = customer_evidence(branch["customers"], branch["loans"], venue_rosters=branch["venue_rosters"])
        hangs = (shares, evidence, branch["guarantees"], branch.common_guarantors)
        own.append(source_members(branch["loans"], *hangs).assign(branch_id=code))
        claims = source_members(with_exits(branch["loans"], branch.bad_exits), *hangs)
        left.append(source_exits(claims, own[-1]))
    members = pd.concat(own)
    sums = members.groupby(keys)["balance_yuan"].sum()
    pd.testing.assert_series_equal(told[told["balance_yuan"] > 0].groupby(keys)["balance_yuan"].sum(), sums)
    exits = pd.concat(left).groupby(keys)["exits_yuan"].sum()
    pd.testing.assert_series_equal(told.groupby(keys)["exits_yuan"].sum()[lambda sum_: sum_ > 0], exits[exits > 0])
    assert (exits > 0).any()
    whole = bank_sources(told, cores).set_index("source_id")
    parts = whole["balance_yuan"] + whole["direct_yuan"] + exits.droplevel("source_kind").reindex(whole.index)
    pd.testing.assert_series_equal(whole["exposure_yuan"], parts, check_names=False)
    assert whole["balance_yuan"].sum() == pytest.approx(sums.sum())
    shared = members.groupby(keys)["branch_id"].nunique().loc[lambda count: count > 1]
    kept = found[~found["kind"].isin(["group", "collateral"])]
    assert sorted(kept["source_id"]) == sorted(shared.index.get_level_values("source_id")) and len(shared)


def test_every_branch_of_one_source_is_told_the_same_room(demo_home):
    branches = [open_branch(demo_home, branch=code, as_of="2026-06-30") for code in ("0010", "0755")]
    rooms = [branch.rooms(branch.affected) for branch in branches]
    rows = [each.set_index("source_id").loc["H02"] for each in rooms]
    for name in ("exposure_yuan", "cap_yuan", "headroom_yuan"):
        assert rows[0][name] == pytest.approx(rows[1][name])
    assert rows[0]["others_yuan"] == pytest.approx(rows[1]["balance_yuan"])
    assert rows[0]["exposure_yuan"] == pytest.approx(sum(each["balance_yuan"] for each in rows))
    private = rooms[1][rooms[1]["cap_basis"] == "none"]
    assert len(private) and private["headroom_yuan"].isna().all() and (private["state"] == "no_cap").all()


@pytest.mark.parametrize(("day", "is_past"), [(date(2026, 10, 15), False), (date(2026, 11, 5), True)])
def test_campaigns_are_named_when_their_agreed_day_is_near(demo_home, overview, tmp_path, day, is_past):
    with open_store(Home(demo_home)) as store:
        found = due_readings(store, as_of=day)
    assert set(found["campaign_id"]) == {"M2608_0021", "M2608_0571", "M2608_0755"}
    assert found["is_past"].to_list() == [is_past] * 3
    folder = Path(shutil.copytree(overview, tmp_path / "reports" / overview.name))
    found.to_parquet(folder / FOLDER / "readings.parquet", index=False)
    page = write_index(folder).read_text()
    assert "M2608_0755" in page and ("该读数" in page) == is_past


def test_the_drawing_links_every_branch_and_tells_its_interval(overview):
    page = (overview / "index.html").read_text()
    drawing = page[page.index('<svg class="funnel"') :]
    drawing = drawing[: drawing.index("</svg>")]
    assert len(re.findall(r'<a class="\w+" href="#b-', drawing)) == 3
    assert drawing.count("<title>") == 12 and "n=" in drawing


def test_a_name_that_tries_to_do_harm_is_text_in_the_drawing():
    rows = pd.DataFrame({"branch_id": ["a"], "share": [0.05], "share_low": [0.01], "share_high": [0.2],
                         "hit_yuan": [5.0], "balance_yuan": [100.0], "base_effective_count": [50.0]})  # fmt: skip
    words = {key: "甲" for key in ("funnel_across", "funnel_up", "funnel_alt")}
    drawn = funnel_svg(funnel_standings(rows), names={"a": '"><script>alert(1)</script>'}, words=words)
    assert "<script" not in drawn and "&lt;script&gt;" in drawn


def test_small_cells_of_the_heat_are_hidden_and_a_second_one_beside_them():
    cells = pd.DataFrame({"segment": ["x", "x", "x", "y", "y", "y"], "branch_id": list("abcabc"),
                          "customers_count": [40, 3, 25, 30, 60, 50]})  # fmt: skip
    heat = heat_rows(cells, fewest=5, dominance_share=0.7)
    hidden = [
        (branch, segment) for branch, row in heat["rows"].items() for segment, cell in row.items() if "hidden" in cell
    ]
    assert ("b", "x") in hidden and len(hidden) == 4
    assert "count" not in heat["rows"]["b"]["x"]


def test_the_smallest_branch_s_customers_are_not_in_the_heat(overview):
    page = html.fromstring((overview / "index.html").read_text())
    row = next(row for row in page.xpath("//table[contains(@class, 'heat')]//tr") if "0995" in row.text_content())
    assert {cell.text for cell in row.findall("td")} <= {"·", "×", "—"}


def test_the_heat_holds_every_branch_that_counted_groups_whatever_other_reports_it_has(tmp_path):
    entries = []
    for branch in ("0021", "0755"):
        for report in ("1_diagnosis", "2_segments", "8_campaigns"):
            results = tmp_path / branch / report / "results"
            results.mkdir(parents=True)
            entries.append({"branch": branch, "page": f"{branch}/{report}/page.html", "product": ""})
        counted = pd.DataFrame({"segment": ["stalls"], "customers_count": [int(branch)]})
        counted.to_parquet(tmp_path / branch / "2_segments" / "results" / "segment_sizes.parquet")
    cells = group_cells(tmp_path, entries)
    assert cells.set_index("branch_id")["customers_count"].to_dict() == {"0021": 21, "0755": 755}
