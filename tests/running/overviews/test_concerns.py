"""The register and the attention list beyond caps: late payers, open proposals, pilots, rules, kept forecasts."""

import json
import shutil
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from lxml import html

from microlib.bank.stores import open_store
from microlib.design.policies import policy_register
from microlib.homes import Home
from microlib.running import indexes
from microlib.running.overviews import concerns, followings, registers, scores

DAY, ROOT = date(2026, 6, 30), Path(__file__).parents[3]


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
        payers = followings.paying_cores(store, as_of=DAY)
    found = concerns.further_matters(Home(ROOT), {"payers": payers}, rows=[], products=[], as_of=DAY)
    late = found[found["kind"] == "payer_later"]
    planted = json.loads((demo_home / "truth.json").read_text())["core_payments"]
    assert late["subject"].to_list() == [planted["late_core"]]
    months = 12 * planted["mean_days"][planted["late_core"]]["more_each_month"]
    assert late["low"].item() <= months <= late["high"].item()


def test_new_loans_are_the_ledger_s(demo_home):
    with open_store(Home(demo_home)) as store:
        found = followings.new_loans.new_loans(store, as_of=DAY)
        [(count,)] = store.rows("SELECT count(*) FROM loans WHERE branch_id = '0755' AND issue_type = 'new'")
    assert found.loc[found["branch_id"] == "0755", "loans_count"].sum() == count > 0


def test_a_dated_pilot_ends_after_its_months_and_an_undated_one_says_nothing(bank):
    path = bank.config("products") / "market_stall.toml"
    altered(
        path,
        'status = "pilot"',
        'status = [{ from = 2026-02-01, value = "draft" }, { from = 2026-03-01, value = "pilot" }]',
    )
    rows = {row["code"]: row for row in registers.product_rows(bank, as_of=DAY, entries=[])}
    months = concerns.registers.read_product(bank, product="market_stall", as_of=DAY).volumes.pilot_months
    assert pd.Period(rows["market_stall"]["pilot_ends"], "M") == pd.Period("2026-03", "M") + int(months)
    assert rows["market_stall"]["open_count"] == 1 and rows["farm_household"]["open_count"] == 0
    assert rows["farm_household"]["pilot_ends"] is None


def test_a_value_past_its_last_day_still_counts_and_is_told(bank):
    altered(bank.config("policies") / "pricing.toml", "value = 0.0300,", "value = 0.0300, until = 2026-06-20,")
    register = policy_register(bank, as_of=DAY).set_index("key")
    assert register.loc["lpr_rate", "value"] == "0.0300"
    found = concerns.further_matters(bank, {}, rows=[], products=[], as_of=DAY)
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
    score = scores.forecast_score(bank, {"new_loans": made}, as_of=DAY)
    assert (score["due"], score["inside"], score["branches"]) == (2, 1, 1)  # no loan in May: outside
    assert score["share"].startswith("50.0 %") and score["level"] == "80" and score["bias"] == "-45.0"
    assert scores.forecast_score(bank, {"new_loans": made}, as_of=date(2026, 3, 31)) == {}


def test_the_page_tells_them(overview):
    page = html.fromstring(indexes.write_index(overview).read_text())
    rows = [row.text_content() for row in page.xpath("//h2[@id='attention']/following::table[1]/tbody/tr")]
    assert 0 < len(rows) <= 12 and any("H02" in row and "天" in row for row in rows)
    assert "还没有留存且已到期的预测" in page.get_element_by_id("forecasts").text_content()
    register = page.xpath("//h2[@id='products']/following::table[1]")[0].text_content()
    assert "待批提案" in register and "试点到期" in register
