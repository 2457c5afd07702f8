"""The what-if panel of the notebook and of the page for everybody: branch, product, two trials beside today."""

from __future__ import annotations

import html
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import ipywidgets as widgets
import pandas as pd

from microlib.design.product_design import leading_product
from microlib.design.what_if import (
    CASES,
    Bench,
    Settings,
    bench_of,
    drafts_folder,
    read_drafts,
    save_as_proposal,
    save_draft,
    setting_row,
    settings_today,
    sized_lines,
)
from microlib.errors import BadConfig, WorkbenchError
from microlib.face.bank import open_bank
from microlib.report.charts.lines import line_curves
from microlib.report.report import open_report
from microlib.report.tables import Teller, cell
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


#: trial -> what it is called in the words
TRIALS = ("tried", "second")
#: figures whose change is told in words
TOLD = ("cap_yuan", "yearly_rate", "term_months", "sized_count", "limit_yuan", "margin_rate", "worst_loss_yuan")


class WhatIfPanel:
    """Sliders over one product in one branch: two trials beside today, computed by the library that writes the reports.

    In a notebook::

        panel = WhatIfPanel(report, bench, today, home=home)
        panel.view

    Parameters
    ----------
    report : Report
        Whose words, tables and charts are used; nothing is written unless a trial is kept.
    bench : Bench
        Of `design.what_if.open_bench`.
    today : Settings
        Of `design.what_if.settings_today`.
    home : path
        Where a draft and a submitted proposal go: below ``data/products`` of this home.
    """

    def __init__(self, report: Teller, bench: Bench, today: Settings, *, home: str | Path) -> None:
        self.report, self.bench, self.today, self.home = report, bench, today, home
        self.before = sized_lines(bench, today)
        words = report.words
        unit = bench.product.limit.unit_yuan
        self.trials = {trial: setting_sliders(today, words, unit_yuan=unit) for trial in TRIALS}
        self.rows = {"today": setting_row(bench, "today", today, self.before)}
        self.lines: dict[str, pd.DataFrame] = {}
        self.table, self.figure, self.said = widgets.HTML(), widgets.Image(format="png"), widgets.HTML()
        self.changes = widgets.HTML()
        self.name = widgets.Text(value=f"{bench.product.code}_trial", description=words.mark("keep_name"))
        self.reason = widgets.Textarea(description=words.mark("keep_reason"), placeholder=words.mark("keep_why"))
        self.which = widgets.Dropdown(options=[(words.code("setting", trial), trial) for trial in TRIALS])
        self.button = widgets.Button(description=words.mark("keep_trial"), tooltip=words.mark("keep_tip"))
        self.draft = widgets.Button(description=words.mark("keep_draft"), tooltip=words.mark("draft_tip"))
        self.drafts = widgets.Dropdown(description=words.mark("draft_open"))
        self.load = widgets.Button(description=words.mark("draft_load"), tooltip=words.mark("load_tip"))
        self.reset = widgets.Button(description=words.mark("trial_reset"))
        self._list_drafts()
        self.button.on_click(lambda _: self._tell(self._submitted))
        self.draft.on_click(lambda _: self._tell(self._drafted))
        self.load.on_click(lambda _: self._tell(self._loaded))
        self.reset.on_click(lambda _: self.set_back())
        self._is_quiet = False
        for trial, sliders in self.trials.items():
            for slider in sliders.values():
                slider.observe(lambda _, trial=trial: self.refresh(trial), names="value")
        self.refresh(*TRIALS)

    @property
    def sliders(self) -> dict[str, Any]:
        """The sliders of the first trial."""
        return self.trials["tried"]

    @property
    def view(self) -> widgets.Widget:
        """The panel as one widget: sliders on the left, figure and changes beside them, the table below."""
        words = self.report.words
        tabs = widgets.Tab([widgets.VBox(list(sliders.values())) for sliders in self.trials.values()])
        tabs.titles = [words.code("setting", trial) for trial in TRIALS]
        kept = widgets.HBox([self.which, self.draft, self.button])
        opened = widgets.HBox([self.drafts, self.load])
        left = widgets.VBox([tabs, self.reset, self.name, self.reason, kept, opened, self.said])
        left.layout.min_width = "41em"
        right = widgets.VBox([self.figure, self.changes])
        return widgets.VBox([widgets.HBox([left, right]), self.table])

    @property
    def tried(self) -> Settings:
        """The settings that the first trial's sliders stand at."""
        return self.settings("tried")

    def settings(self, trial: str) -> Settings:
        """Return the settings that a trial's sliders stand at."""
        return read_sliders(self.trials[trial])

    def _computed(self, trial: str) -> tuple[pd.DataFrame, dict[str, object]]:
        tried = self.settings(trial)
        lines = self.before if tried == self.today else sized_lines(self.bench, tried)
        return lines, setting_row(self.bench, trial, tried, lines)

    @property
    def frame(self) -> pd.DataFrame:
        """Today's settings and figures with those of both trials (`what_if.setting_table`)."""
        return pd.DataFrame([self.rows[case] for case in CASES])

    def set_back(self) -> None:
        """Set all sliders back to today's terms, and show them."""
        self._place(self.today, *TRIALS)

    def _place(self, settings: Settings, *trials: str) -> None:
        """Set the sliders of trials to settings, widened where they do not reach so far, and show them."""
        self._is_quiet = True
        fresh = setting_sliders(settings, self.report.words, unit_yuan=self.bench.product.limit.unit_yuan)
        for trial in trials:
            for name, slider in self.trials[trial].items():
                value = fresh[name].value
                slider.min, slider.max = min(slider.min, value), max(slider.max, value)
                slider.value = value
        self._is_quiet = False
        self.refresh(*trials)

    def _list_drafts(self) -> None:
        names = list(read_drafts(self.home, product=self.bench.product.code))
        self.drafts.options = names
        self.drafts.value = names[0] if names else None

    def refresh(self, *moved: str) -> None:
        """Compute the trials that moved, and show table, figure and changes again from where the sliders stand."""
        if self._is_quiet:
            return
        try:
            found = {trial: self._computed(trial) for trial in moved}
        except WorkbenchError as refusal:  # terms that cannot be followed: what is shown stays, and why is said
            self.said.value = html.escape(self.report.words.mark("not_tried", reason=refusal.what))
            return
        for trial, (lines, row) in found.items():
            self.lines[trial], self.rows[trial] = lines, row
        self.said.value = ""
        self.table.value = self.report.table("trial_table", self.frame, columns=FIGURES)._repr_html_()
        self.changes.value = "".join(f"<p>{html.escape(self.change_words(trial))}</p>" for trial in TRIALS)
        sets = {"today": self.before, **self.lines}
        both = pd.concat([lines.assign(setting=case) for case, lines in sets.items()])
        drawn = both.loc[both["reason"] == "sized", ["setting", "limit_yuan"]]
        shown = self.report.chart("line_curves", line_curves, drawn, setting="setting")
        self.figure.value = getattr(shown, "png", b"")

    def change_words(self, trial: str) -> str:
        """Return in words what a trial changes: each figure that moved, from what to what."""
        words = self.report.words.of("trial_table")
        before, after = pd.Series(self.rows["today"]), pd.Series(self.rows[trial])
        moved = [name for name in TOLD if cell(before[name], name, words) != cell(after[name], name, words)]
        told = [
            words.mark("trial_moved", what=words.header(name), old=cell(before[name], name, words), new=new)
            for name in moved
            if (new := cell(after[name], name, words))
        ]
        return f"{words.code('setting', trial)}: {words.join(told) or words.mark('trial_same')}"

    def _tell(self, act: Callable[[], str]) -> None:
        try:
            self.said.value = html.escape(act())
        except WorkbenchError as refusal:
            self.said.value = html.escape(self.report.words.mark("keep_refused", reason=refusal.what))

    def _drafted(self) -> str:
        tried = self.settings(self.which.value)
        path = save_draft(self.home, bench=self.bench, settings=tried, name=self.name.value)
        self._list_drafts()
        self.drafts.value = path.stem
        return self.report.words.mark("drafted", name=path.name)

    def _loaded(self) -> str:
        """Stand the chosen trial where a draft stands, read anew from its file."""
        held = read_drafts(self.home, product=self.bench.product.code)
        if self.drafts.value not in held:
            self._list_drafts()
            raise BadConfig("there is no such draft", where=str(drafts_folder(self.home)), fix="keep one first")
        self._place(held[self.drafts.value], self.which.value)
        self.name.value = self.drafts.value
        return self.said.value or self.report.words.mark("loaded", name=self.drafts.value)

    def _submitted(self) -> str:
        day = self.report.book.as_of
        path = save_as_proposal(
            self.home,
            bench=self.bench,
            settings=self.settings(self.which.value),
            name=self.name.value,
            effective_from=date(day.year + day.month // 12, day.month % 12 + 1, 1),
            reason=self.reason.value,
        )
        return self.report.words.mark("kept", name=path.name)


class WhatIfDesk:
    """Branch and product to choose, and the panel for them: what the notebook and the page for everybody share.

    Parameters
    ----------
    home : path
        The folder that holds ``data/``, or one with a demo bank below it.
    lang : str
    branch, product : str
        Those shown first; by default the first branch, and the product made for its leading group.
    as_of : str
        By default the bank's own day.
    """

    def __init__(
        self, home: str | Path, *, lang: str = "zh", branch: str = "", product: str = "", as_of: str = ""
    ) -> None:
        self.bank, self.lang, self.as_of = open_bank(home), lang, as_of or None
        words = Words(lang)
        codes = dict(zip(self.bank.branches["branch_id"], self.bank.branches["name"], strict=True))
        listed = [(f"{code} {name}", code) for code, name in codes.items()]
        self.branch = widgets.Dropdown(options=listed, value=branch or listed[0][1], description=words.mark("branch"))
        self.product = widgets.Dropdown(description=words.mark("trial_product"))
        self.panel: WhatIfPanel | None = None
        self.place = widgets.VBox([])
        self.view = widgets.VBox([widgets.HBox([self.branch, self.product]), self.place])
        self.branch.observe(lambda _: self._list_products(""), names="value")
        self.product.observe(lambda _: self._show(), names="value")
        self._list_products(product)

    def _list_products(self, product: str) -> None:
        """Offer the products made for the groups of the branch, the leading group's first, and show one."""
        words = Words(self.lang)
        try:
            branch = self.bank.branch(self.branch.value, self.as_of)
            made = branch.designs.drop_duplicates("product")
            first = product or leading_product(branch)
        except WorkbenchError as refusal:
            self.product.options = []
            self.place.children = [widgets.HTML(html.escape(words.mark("keep_refused", reason=refusal.what)))]
            return
        before = self.product.value
        self.product.options = list(zip(made[f"title_{self.lang}"], made["product"], strict=True))
        self.product.value = first if first in set(made["product"]) else self.product.options[0][1]
        if self.product.value == before:  # the same product in another branch: nothing was told of a change
            self._show()

    def _show(self) -> None:
        if not self.product.value:
            return
        branch = self.bank.branch(self.branch.value, self.as_of)
        try:
            bench = bench_of(branch.design(self.product.value))
        except WorkbenchError as refusal:
            self.place.children = [widgets.HTML(html.escape(refusal.what))]
            return
        today = settings_today(bench.product, bench.policy.stress)
        report = open_report(branch, lang=self.lang, out="")
        self.panel = WhatIfPanel(report, bench, today, home=self.bank.home.root)
        self.place.children = [self.panel.view]
