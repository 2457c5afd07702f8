"""The controls of a panel: one slider a setting, in words and units of the report's language."""

from __future__ import annotations

from typing import Any

import ipywidgets as widgets

from microlib.design.what_ifs.settings import Settings
from microlib.reporting.catalogues import Words
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
        cap_yuan=round(at["cap_yuan"] * YUAN_PER_WAN), yearly_rate=round(at["yearly_rate"] / 100, 6),
        term_months=at["term_months"], contacted_count=at["contacted_count"], stop_share=at["stop_share"] / 100,
    )  # fmt: skip


def _slider(span: tuple, said: str) -> Any:
    kind, value, least, most, step = span
    layout = widgets.Layout(width="38em")
    return kind(value=value, min=least, max=most, step=step, description=said, style=WIDE, layout=layout,
                continuous_update=False)  # fmt: skip
