"""The panel's sliders move its table and its figure; its button keeps or refuses in words."""

import time
from pathlib import Path

import pytest

from microlib.bank.branch import read_branch
from microlib.design.what_if import open_bench, setting_row, settings_today, sized_lines
from microlib.report.panel import WhatIfDesk, WhatIfPanel
from microlib.report.report import open_report


@pytest.fixture(scope="module")
def tried():
    """A branch's book and what is tried on it."""
    book = read_branch(Path("data/demo"), branch="0995", as_of="2026-06-30")
    return book, open_bench(book, product="online_invoice_credit")


@pytest.fixture
def panel(tried, tmp_path):
    book, bench = tried
    report = open_report(book, lang="zh", out="")
    return WhatIfPanel(report, bench, settings_today(bench.product, bench.policy.stress), home=tmp_path)


def test_a_slider_moves_table_and_figure(panel):
    before = panel.table.value, panel.figure.value
    panel.sliders["cap_yuan"].value = panel.sliders["cap_yuan"].min
    assert panel.table.value != before[0]
    assert panel.figure.value != before[1]
    assert bytes(panel.figure.value).startswith(b"\x89PNG")


def test_sliders_stand_at_today(panel):
    assert panel.tried == panel.today


def test_the_button_refuses_in_words_when_nothing_changed(panel):
    panel.button.click()
    assert panel.said.value.startswith("没有存")


def test_values_on_the_panel_are_percent_and_wan(panel):
    assert panel.sliders["yearly_rate"].value == pytest.approx(panel.today.yearly_rate * 100)
    assert "万元" in panel.sliders["cap_yuan"].description


def test_the_second_trial_stands_beside_the_first_and_reset_sets_both_back(panel):
    panel.sliders["cap_yuan"].value = panel.sliders["cap_yuan"].min
    panel.trials["second"]["term_months"].value = 6
    assert panel.frame["setting"].tolist() == ["today", "tried", "second"]
    assert panel.frame["term_months"].tolist() == [panel.today.term_months, panel.today.term_months, 6]
    assert "单户上限" in panel.change_words("tried") and "最长期限" in panel.change_words("second")
    panel.reset.click()
    assert panel.tried == panel.today == panel.settings("second")
    assert "与今天相同" in panel.change_words("second")


def test_a_step_that_cannot_be_computed_is_told_and_the_rest_stays(panel):
    before = panel.frame
    panel.sliders["term_months"].value = panel.sliders["term_months"].min  # shorter than the months of the year in use
    assert "算不出" in panel.said.value
    assert panel.frame.equals(before)


def test_a_draft_is_kept_without_a_reason_and_a_proposal_only_with_one(panel, tmp_path):
    panel.sliders["cap_yuan"].value = panel.sliders["cap_yuan"].min
    panel.button.click()
    assert "no reason" in panel.said.value and not list(tmp_path.rglob("*.toml"))
    panel.draft.click()
    assert "草稿" in panel.said.value and [path.suffix for path in tmp_path.rglob("*.*")] == [".json"]
    panel.reason.value = "试点上限偏高"
    panel.button.click()
    kept = next(tmp_path.rglob("*.toml")).read_text("utf-8")
    assert "试点上限偏高" in kept and "待填写" not in kept


def test_a_draft_is_opened_into_the_chosen_trial_by_whoever_comes_back(panel, tried, tmp_path):
    panel.sliders["cap_yuan"].value = panel.sliders["cap_yuan"].min
    panel.name.value = "smaller"
    panel.draft.click()
    kept = panel.tried
    book, bench = tried
    again = WhatIfPanel(open_report(book, lang="zh", out=""), bench, panel.today, home=tmp_path)
    assert again.drafts.options == ("smaller",) and again.drafts.value == "smaller" and again.tried == again.today
    again.which.value = "second"
    again.load.click()
    assert again.settings("second") == kept and again.tried == again.today
    assert "smaller" in again.said.value and "单户上限" in again.change_words("second")
    next(tmp_path.rglob("smaller.json")).unlink()
    again.load.click()
    assert again.said.value.startswith("没有存") and again.settings("second") == kept


def test_branch_and_product_are_chosen(demo_home):
    desk = WhatIfDesk(demo_home, branch="0995", product="online_invoice_credit")
    assert desk.product.value == desk.panel.bench.product.code == "online_invoice_credit"
    assert ("0755" in [code for _, code in desk.branch.options]) and desk.place.children


def test_a_step_costs_little_more_than_the_lines_it_sizes(panel):
    """Held against the sizing of the same lines in the same run, so that no machine is too slow for it."""
    slider, steps, floors = panel.sliders["cap_yuan"], [], []
    for _ in range(5):
        slider.value = slider.value - slider.step
        start = time.process_time()
        lines = sized_lines(panel.bench, panel.tried)
        sized = time.process_time()
        setting_row(panel.bench, "tried", panel.tried, lines)
        floors.append(sized - start)
        steps.append(time.process_time() - start)
    assert min(steps) < 4 * min(floors)
