"""The panel's sliders move its table and its figure; its button keeps or refuses in words."""

from pathlib import Path

import pytest

from microlib.bank.branch import read_branch
from microlib.design.what_if import open_bench, settings_today
from microlib.report.panel import WhatIfPanel
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
