"""A slider's move over 5,000 customers, against drawing the figure that shows it."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from bench import clocks
from microlib.bank.branch import read_branch
from microlib.design.what_if import Bench, open_bench, setting_figures, settings_today, sized_lines
from microlib.report.charts.lines import line_curves
from microlib.report.report import open_report

CUSTOMERS, HOME = 5_000, "data/demo"


def rows() -> list[dict]:
    """Return the rows of the bench table."""
    book = read_branch(HOME, branch="0755", as_of="2026-06-30")
    bench = _enlarged(open_bench(book, product="online_invoice_credit"))
    today = settings_today(bench.product, bench.policy.stress)
    report, lines = open_report(book, lang="zh", out=""), sized_lines(bench, today)
    drawn = lines.loc[lines["reason"] == "sized", ["limit_yuan"]].assign(setting="today")
    ours = clocks.median_of(lambda: setting_figures(bench, today), times=7)
    peer = clocks.median_of(lambda: report.chart("line_curves", line_curves, drawn, setting="setting"), times=7)
    name = f"a slider's move over {len(bench.applicants):,} customers / drawing its figure (s; 0.1 s at most)"
    return [clocks.row(name, ours, peer, bound=1.0)]


def _enlarged(bench: Bench) -> Bench:
    """The branch's applicants over and over, under keys of their own."""
    times = -(-CUSTOMERS // len(bench.applicants))
    parts = [bench.applicants.assign(customer_id=bench.applicants["customer_id"] + f"_{n}") for n in range(times)]
    return replace(bench, applicants=pd.concat(parts, ignore_index=True))
