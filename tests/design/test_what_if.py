"""A trial moves what its setting moves, and is kept as a proposal that every check passes."""

import dataclasses
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from microlib.bank.branch import read_branch
from microlib.design.versions import proposed_product
from microlib.design.what_if import (
    open_bench,
    read_drafts,
    refuse_rate,
    save_as_proposal,
    save_draft,
    setting_figures,
    setting_table,
    settings_today,
    sized_lines,
)
from microlib.errors import BadConfig

DEMO = Path("data/demo")
WHEN = {"effective_from": date(2026, 7, 1), "reason": "试点上限偏高"}


@pytest.fixture(scope="module")
def bench():
    book = read_branch(DEMO, branch="0995", as_of="2026-06-30")
    return open_bench(book, product="online_invoice_credit")


@pytest.fixture(scope="module")
def today(bench):
    return settings_today(bench.product, bench.policy.stress)


def test_today_is_what_the_design_says(bench, today):
    lines = sized_lines(bench, today)
    found = setting_figures(bench, today)
    assert found["limit_yuan"] == lines["limit_yuan"].sum()
    assert found["sized_count"] == (lines["reason"] == "sized").sum()


def test_a_smaller_cap_never_lends_more(bench, today):
    caps = [today.cap_yuan * part // 10 for part in (2, 4, 6, 8, 10)]
    sums = [setting_figures(bench, dataclasses.replace(today, cap_yuan=cap))["limit_yuan"] for cap in caps]
    assert sums == sorted(sums)


def test_the_rate_moves_margin_and_cost_by_itself(bench, today):
    more = dataclasses.replace(today, yearly_rate=today.yearly_rate + 0.01)
    one, two = (setting_figures(bench, each) for each in (today, more))
    assert two["margin_rate"] - one["margin_rate"] == pytest.approx(0.01)
    assert two["eir_rate"] > one["eir_rate"]
    assert two["limit_yuan"] <= one["limit_yuan"]


def test_a_larger_campaign_shows_a_smaller_lift(bench, today):
    sizes = [dataclasses.replace(today, contacted_count=size) for size in (100, 400, 1600)]
    lifts = [setting_figures(bench, each)["detectable_share"] for each in sizes]
    assert lifts == sorted(lifts, reverse=True)


def test_worse_stops_lose_in_proportion(bench, today):
    half, full = (
        setting_figures(bench, dataclasses.replace(today, stop_share=share))["worst_loss_yuan"] for share in (0.3, 0.6)
    )
    assert pd.isna(full) or full == pytest.approx(2 * half)


@pytest.mark.parametrize(("name", "value"), [("cap_yuan", 0), ("yearly_rate", 50.0), ("stop_share", 1.2)])
def test_a_setting_outside_its_range_is_named(today, name, value):
    with pytest.raises(BadConfig, match=name):
        dataclasses.replace(today, **{name: value})


def test_a_rate_above_what_the_country_allows_is_refused_by_its_file(today):
    refuse_rate(today, home=".", as_of=date(2026, 6, 30))
    with pytest.raises(BadConfig, match="country.toml"):
        refuse_rate(dataclasses.replace(today, yearly_rate=0.5), home=".", as_of=date(2026, 6, 30))


def test_a_kept_trial_is_a_proposal_that_can_be_followed(bench, today, tmp_path):
    folder = tmp_path / "data" / "products"
    folder.mkdir(parents=True)
    for path in Path("data/products").glob("*.toml"):
        (folder / path.name).write_bytes(path.read_bytes())
    tried = dataclasses.replace(today, cap_yuan=today.cap_yuan // 2, term_months=6)
    kept = save_as_proposal(
        tmp_path, bench=bench, settings=tried, name="smaller", effective_from=date(2026, 7, 1), reason="试点上限偏高"
    )
    old, new = proposed_product(tmp_path, proposal=kept.stem)
    assert (new.limit.cap_yuan, new.max_term_months) == (today.cap_yuan // 2, 6)
    assert old.yearly_rate == new.yearly_rate


@pytest.mark.parametrize("name", ["../out", "a b", "=cmd", ""])
def test_a_name_that_is_no_file_name_is_refused(bench, today, tmp_path, name):
    tried = dataclasses.replace(today, term_months=6)
    with pytest.raises(BadConfig, match="is no name"):
        save_as_proposal(
            tmp_path, bench=bench, settings=tried, name=name, effective_from=date(2026, 7, 1), reason="试点上限偏高"
        )
    assert not list(tmp_path.rglob("*.toml"))


def test_nothing_changed_is_nothing_kept(bench, today, tmp_path):
    with pytest.raises(BadConfig, match="nothing was changed"):
        save_as_proposal(
            tmp_path, bench=bench, settings=today, name="same", effective_from=date(2026, 7, 1), reason="试点上限偏高"
        )


def test_a_trial_without_a_reason_is_not_submitted(bench, today, tmp_path):
    tried = dataclasses.replace(today, term_months=6)
    with pytest.raises(BadConfig, match="no reason is given"):
        save_as_proposal(
            tmp_path, bench=bench, settings=tried, name="shorter", effective_from=date(2026, 7, 1), reason=" "
        )
    assert not list(tmp_path.rglob("*.toml"))


def test_a_draft_is_private_and_no_proposal(bench, today, tmp_path):
    tried = dataclasses.replace(today, term_months=6)
    path = save_draft(tmp_path, bench=bench, settings=tried, name="shorter")
    assert path.stat().st_mode & 0o077 == 0 and path.parent.stat().st_mode & 0o077 == 0
    assert read_drafts(tmp_path, product=bench.product.code) == {"shorter": tried}
    assert read_drafts(tmp_path, product="another") == {}
    assert not list(tmp_path.rglob("*.toml"))


def test_two_trials_stand_beside_today(bench, today):
    trials = [
        today,
        dataclasses.replace(today, cap_yuan=today.cap_yuan // 10),
        dataclasses.replace(today, term_months=6),
    ]
    table = setting_table(bench, *((each, sized_lines(bench, each)) for each in trials))
    assert table["setting"].tolist() == ["today", "tried", "second"]
    assert table["limit_yuan"].iloc[1] < table["limit_yuan"].iloc[0]
