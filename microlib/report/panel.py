"""The what-if panel for JupyterLab: five sliders, today beside the trial, and a button that keeps a proposal."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import ipywidgets as widgets
import pandas as pd

from microlib.design.what_if import Bench, Settings, save_as_proposal, setting_table, sized_lines
from microlib.errors import WorkbenchError
from microlib.report.charts.lines import line_curves
from microlib.report.tables import Teller
from microlib.report.words import Words
from microlib.units import YUAN_PER_WAN

#: how far a slider reaches, as parts of what stands today
LEAST, MOST = 0.25, 2.0
RATE_STEP, RATE_REACH = 0.05, 3.0
WIDE = {"description_width": "15em"}


def setting_sliders(today: Settings, words: Words, *, unit_yuan: int) -> dict[str, Any]:
    """Return a slider for each setting, set to today's.

    Parameters
    ----------
    today : Settings
    words : Words
    unit_yuan : int
        Lines are rounded down to this.

    Returns
    -------
    dict of widget
        By name of the setting; amounts in 万元, rates and shares in percent.
    """
    cap, rate = today.cap_yuan / YUAN_PER_WAN, today.yearly_rate * 100
    step = unit_yuan / YUAN_PER_WAN
    ranges = {
        "cap_yuan": (widgets.FloatSlider, cap, max(step, cap * LEAST), cap * MOST, step),
        "yearly_rate": (widgets.FloatSlider, rate, max(0.0, rate - RATE_REACH), rate + RATE_REACH, RATE_STEP),
        "term_months": (widgets.IntSlider, today.term_months, 3, max(36, today.term_months), 1),
        "contacted_count": (widgets.IntSlider, today.contacted_count, 20, 4 * today.contacted_count, 10),
        "stop_share": (widgets.FloatSlider, today.stop_share * 100, 0.0, 100.0, 5.0),
    }
    told = words.of("trial_table")
    return {name: _slider(span, told.header(name)) for name, span in ranges.items()}


def read_sliders(sliders: dict[str, Any]) -> Settings:
    """Return the settings that the sliders stand at."""
    at = {name: slider.value for name, slider in sliders.items()}
    return Settings(
        cap_yuan=round(at["cap_yuan"] * YUAN_PER_WAN),
        yearly_rate=round(at["yearly_rate"] / 100, 6),
        term_months=at["term_months"],
        contacted_count=at["contacted_count"],
        stop_share=at["stop_share"] / 100,
    )


def _slider(span: tuple, said: str) -> Any:
    kind, value, least, most, step = span
    layout = widgets.Layout(width="38em")
    return kind(
        value=value,
        min=least,
        max=most,
        step=step,
        description=said,
        style=WIDE,
        layout=layout,
        continuous_update=False,
    )


FIGURES = [
    *["setting", "sized_count", "limit_yuan", "volume_yuan", "loss_yuan", "floor_rate", "margin_rate", "eir_rate"],
    *["worst_loss_yuan", "detectable_share"],
]


class WhatIfPanel:
    """Sliders over one product in one branch; every move is computed by the library that writes the reports.

    In a notebook::

        panel = WhatIfPanel(report, bench, today, home=home)
        panel.view

    Parameters
    ----------
    report : Report
        Whose words, tables and charts are used; nothing is written unless a proposal is kept.
    bench : Bench
        Of `design.what_if.open_bench`.
    today : Settings
        Of `design.what_if.settings_today`.
    home : path
        Where a kept proposal goes: ``data/products/proposals`` of this home.
    """

    def __init__(self, report: Teller, bench: Bench, today: Settings, *, home: str | Path) -> None:
        self.report, self.bench, self.today, self.home = report, bench, today, home
        self.before = sized_lines(bench, today)
        words = report.words
        self.sliders = setting_sliders(today, words, unit_yuan=bench.product.limit.unit_yuan)
        self.table, self.figure, self.said = widgets.HTML(), widgets.Image(format="png"), widgets.HTML()
        self.name = widgets.Text(value=f"{bench.product.code}_trial", description=words.mark("keep_name"))
        self.button = widgets.Button(description=words.mark("keep_trial"), tooltip=words.mark("keep_tip"))
        self.button.on_click(self._keep)
        for slider in self.sliders.values():
            slider.observe(self.refresh, names="value")
        self.refresh()

    @property
    def view(self) -> widgets.Widget:
        """The panel as one widget."""
        left = widgets.VBox([*self.sliders.values(), widgets.HBox([self.name, self.button]), self.said])
        return widgets.VBox([left, self.table, self.figure])

    @property
    def tried(self) -> Any:
        """The settings that the sliders stand at."""
        return read_sliders(self.sliders)

    def refresh(self, *_: object) -> None:
        """Compute table and figure again from where the sliders stand."""
        lines = sized_lines(self.bench, self.tried)
        frame = setting_table(self.bench, (self.today, self.before), (self.tried, lines))
        self.table.value = self.report.table("trial_table", frame, columns=FIGURES)._repr_html_()
        both = pd.concat([self.before.assign(setting="today"), lines.assign(setting="tried")])
        drawn = both.loc[both["reason"] == "sized", ["setting", "limit_yuan"]]
        shown = self.report.chart("line_curves", line_curves, drawn, setting="setting")
        self.figure.value = getattr(shown, "png", b"")

    def _keep(self, _: object) -> None:
        self.said.value = self._kept()

    def _kept(self) -> str:
        words, day = self.report.words, self.report.book.as_of
        first = date(day.year + day.month // 12, day.month % 12 + 1, 1)
        try:
            path = save_as_proposal(
                self.home, bench=self.bench, settings=self.tried, name=self.name.value, effective_from=first
            )
        except WorkbenchError as refusal:
            return words.mark("keep_refused", reason=refusal.what)
        return words.mark("kept", name=path.name)
