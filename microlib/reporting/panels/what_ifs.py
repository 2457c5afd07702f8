"""The what-if panel: five sliders, today beside the trial in a table and a figure, a button that keeps a proposal."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import ipywidgets as widgets
import pandas as pd

from microlib.design.what_ifs import keepings, outcomes
from microlib.errors import WorkbenchError
from microlib.reporting.charts.line_curves import line_curves
from microlib.reporting.panels import sliders

FIGURES = [
    *["setting", "sized_count", "limit_yuan", "volume_yuan", "loss_yuan", "floor_rate", "margin_rate", "eir_rate"],
    *["worst_loss_yuan", "detectable_share"],
]


class WhatIfPanel:
    """Sliders over one product in one branch; every move is computed by the library that writes the reports.

    In a notebook::

        panel = what_ifs.WhatIfPanel(report, bench, today, home=home)
        panel.view

    Parameters
    ----------
    report : Report
        Whose words, tables and charts are used; nothing is written unless a proposal is kept.
    bench : Bench
        Of `design.what_ifs.benches.open_bench`.
    today : Settings
        Of `design.what_ifs.settings.settings_today`.
    home : path
        Where a kept proposal goes: ``data/products/proposals`` of this home.
    """

    def __init__(self, report: Any, bench: Any, today: Any, *, home: str | Path) -> None:
        self.report, self.bench, self.today, self.home = report, bench, today, home
        self.before = outcomes.sized_lines(bench, today)
        words = report.words
        self.sliders = sliders.setting_sliders(today, words, unit_yuan=bench.product.limit.unit_yuan)
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
        return sliders.read_sliders(self.sliders)

    def refresh(self, *_: Any) -> None:
        """Compute table and figure again from where the sliders stand."""
        lines = outcomes.sized_lines(self.bench, self.tried)
        frame = outcomes.setting_table(self.bench, (self.today, self.before), (self.tried, lines))
        self.table.value = self.report.table("trial_table", frame, columns=FIGURES)._repr_html_()
        both = pd.concat([self.before.assign(setting="today"), lines.assign(setting="tried")])
        drawn = both.loc[both["reason"] == "sized", ["setting", "limit_yuan"]]
        shown = self.report.chart("line_curves", line_curves, drawn, setting="setting")
        self.figure.value = getattr(shown, "png", b"")

    def _keep(self, _: Any) -> None:
        self.said.value = self._kept()

    def _kept(self) -> str:
        words, day = self.report.words, self.report.book.as_of
        first = date(day.year + day.month // 12, day.month % 12 + 1, 1)
        try:
            path = keepings.keep_trial(
                self.home, bench=self.bench, settings=self.tried, name=self.name.value, effective_from=first
            )
        except WorkbenchError as refusal:
            return words.mark("keep_refused", reason=refusal.what)
        return words.mark("kept", name=path.name)
