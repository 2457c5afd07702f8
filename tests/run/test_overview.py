"""The register and the attention list beyond caps: late payers, open proposals, pilots, rules, kept forecasts.

The pages above the reports, made from manifest, facts and the bank.
"""

from __future__ import annotations

import json
import re
import shutil
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from lxml import html

from microlib.bank.store import open_store
from microlib.bank.sums.bank_wide import new_loans
from microlib.design.supply import read_supply_policy
from microlib.design.terms import policy_register, read_product
from microlib.errors import BadConfig
from microlib.home import Home
from microlib.run.overview import forecast_score, other_attention_items, product_rows, reports_folder, write_index
from microlib.run.overview_data import gather_overview

DAY, ROOT = date(2026, 6, 30), Path(__file__).parents[2]


@pytest.fixture
def bank(tmp_path):
    """A home with terms and policies of its own, to be altered."""
    shutil.copytree(ROOT / "data" / "products", tmp_path / "data" / "products")
    shutil.copytree(ROOT / "data" / "policies", tmp_path / "data" / "policies")
    return Home(tmp_path)


def altered(path, old, new):
    text = path.read_text(encoding="utf8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf8")


def test_the_core_that_was_planted_to_pay_later_is_found_and_the_steady_one_is_not(demo_home):
    with open_store(Home(demo_home)) as store:
        days = read_supply_policy(Home(ROOT), as_of=DAY).notable_days
        payers = gather_overview(store, as_of=DAY, notable_days=days)["payers"]
    found = other_attention_items(Home(ROOT), {"payers": payers}, rows=[], products=[], as_of=DAY)
    late = found[found["kind"] == "payer_later"]
    planted = json.loads((demo_home / "truth.json").read_text())["core_payments"]
    assert late["subject"].to_list() == [planted["late_core"]]
    months = 12 * planted["mean_days"][planted["late_core"]]["more_each_month"]
    assert late["low"].item() <= months <= late["high"].item()


def test_new_loans_are_the_ledger_s(demo_home):
    with open_store(Home(demo_home)) as store:
        found = new_loans(store, as_of=DAY)
        [(count,)] = store.rows("SELECT count(*) FROM loans WHERE branch_id = '0755' AND issue_type = 'new'")
    assert found.loc[found["branch_id"] == "0755", "loans_count"].sum() == count > 0


def test_a_dated_pilot_ends_after_its_months_and_an_undated_one_says_nothing(bank):
    path = bank.config("products") / "market_stall.toml"
    altered(
        path,
        'status = "pilot"',
        'status = [{ from = 2026-02-01, value = "draft" }, { from = 2026-03-01, value = "pilot" }]',
    )
    rows = {row["code"]: row for row in product_rows(bank, as_of=DAY, entries=[])}
    months = read_product(bank, product="market_stall", as_of=DAY).volumes.pilot_months
    assert pd.Period(rows["market_stall"]["pilot_ends"], "M") == pd.Period("2026-03", "M") + int(months)
    assert rows["market_stall"]["open_count"] == 1 and rows["farm_household"]["open_count"] == 0
    assert rows["farm_household"]["pilot_ends"] is None


def test_a_value_past_its_last_day_still_counts_and_is_told(bank):
    altered(bank.config("policies") / "pricing.toml", "value = 0.0300,", "value = 0.0300, until = 2026-06-20,")
    register = policy_register(bank, as_of=DAY).set_index("key")
    assert register.loc["lpr_rate", "value"] == "0.0300"
    found = other_attention_items(bank, {}, rows=[], products=[], as_of=DAY)
    assert found[["kind", "subject", "value"]].values.tolist() == [["rule_ended", "pricing.lpr_rate", -10.0]]


def test_kept_forecasts_that_fell_due_are_scored_against_the_ledger_and_others_wait(bank):
    folder = bank.reports / "2026-03-31" / "0755" / "8_campaign_effect" / "zh" / "results"
    folder.mkdir(parents=True)
    due = pd.to_datetime(["2026-04-30", "2026-05-31", "2026-07-31"])
    pd.DataFrame({"figure": "new_loans", "made_date": pd.Timestamp("2026-03-31"), "due_date": due,
                  "expected_count": 10.0, "expected_low_count": 8.0, "expected_high_count": 12.0,
                  "level_share": 0.8}).to_parquet(folder / "loan_forecasts.parquet")  # fmt: skip
    months = pd.to_datetime(["2026-03-01", "2026-04-01"])
    made = pd.DataFrame({"branch_id": "0755", "month": months, "loans_count": [9, 11]})
    score = forecast_score(bank, {"new_loans": made}, as_of=DAY)
    assert (score["due"], score["inside"], score["branches"]) == (2, 1, 1)  # no loan in May: outside
    assert score["share"].startswith("50.0 %") and score["level"] == "80" and score["bias"] == "-45.0"
    assert forecast_score(bank, {"new_loans": made}, as_of=date(2026, 3, 31)) == {}


def test_the_page_tells_them(overview):
    page = html.fromstring(write_index(overview).read_text())
    rows = [row.text_content() for row in page.xpath("//h2[@id='attention']/following::table[1]/tbody/tr")]
    assert 0 < len(rows) <= 12 and any("H02" in row and "天" in row for row in rows)
    assert "还没有留存且已到期的预测" in page.get_element_by_id("forecasts").text_content()
    register = page.xpath("//h2[@id='products']/following::table[1]")[0].text_content()
    assert "待批提案" in register and "试点到期" in register


@pytest.fixture
def made(ran, tmp_path):
    """A copy of the reports of a run in which one notebook failed in one branch."""
    return Path(shutil.copytree(ran, tmp_path / ran.name))


def links(page):
    """Return the files that a page points to."""
    found = re.findall(r'href="([^"#]+)"', page.read_text("utf-8"))
    return [page.parent / link for link in found]


def test_it_shows_figures_failures_and_what_is_missing(made):
    page = (made / "index.html").read_text()
    assert "示例支行" in page
    assert "1.4–12.7 %" in page
    assert "KeyError: &#39;0021&#39;" in page
    assert "<code>loans</code>" in page


def test_without_loans_it_says_that_there_is_no_view_of_the_bank(made):
    assert "没有全行汇总" in (made / "index.html").read_text()


def test_every_link_of_every_page_leads_to_a_file_that_is_there(made):
    pages = [made / "index.html", *made.glob("*/index.html")]
    found = [link for page in pages for link in links(page)]
    assert len(pages) == 3 and len(found) >= 7
    assert [link for link in found if not link.is_file()] == []


def test_one_script_runs_and_its_page_says_which(made):
    page = (made / "index.html").read_text()
    assert len(re.findall("<script", page)) == 1 and "script-src 'sha256-" in page
    assert not re.search(r"<link|https?://|@import|url\((?!data:)|\son\w+=", page, re.IGNORECASE)
    assert "../&lt;script&gt;" in page


def test_it_is_rebuilt_from_what_lies_beside_it(made):
    before = (made / "index.html").read_text()
    (made / "index.html").unlink()
    assert write_index(made).read_text() == before


def test_a_report_whose_facts_are_damaged_is_still_listed(made):
    for facts in made.rglob("facts.json"):
        facts.write_text("{")
    write_index(made)
    assert "tiny_report/zh/tiny_report.html" in (made / "0755" / "index.html").read_text()


def test_a_good_report_of_an_earlier_run_is_named_as_such(made):
    manifest = json.loads((made / "manifest.json").read_text())
    manifest["reports"]["0755/tiny_report/zh"].update(status="failed", error="full")
    (made / "manifest.json").write_text(json.dumps(manifest))
    assert "仍为上一次成功的版本" in write_index(made).read_text()
    assert "仍为上一次成功的版本" in (made / "0755" / "index.html").read_text()


def test_a_branch_s_page_names_no_other_branch(made):
    page = (made / "0755" / "index.html").read_text()
    assert "0021" not in page and "script&gt;alert" not in page


def test_the_latest_date_is_taken_unless_one_is_given(tmp_path):
    for day in ("2026-05-31", "2026-06-30"):
        (tmp_path / day).mkdir()
        (tmp_path / day / "manifest.json").write_text("{}")
    assert reports_folder(tmp_path).name == "2026-06-30"


def test_without_reports_there_is_no_index(tmp_path):
    with pytest.raises(BadConfig, match="there are no reports"):
        reports_folder(tmp_path)
    with pytest.raises(BadConfig, match="no reports were run here"):
        write_index(tmp_path)
