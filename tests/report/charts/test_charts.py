"""Figures: labelled axes with units, Chinese glyphs, the same bytes every time, no global state."""

from __future__ import annotations

import warnings

import matplotlib
import pandas as pd
import pytest

from microlib.metrics.migration import roll_rates
from microlib.report.charts.bars import grouped_bars, ranked_bars, roll_map, stacked_bars, waterfall
from microlib.report.charts.lines import interval_dots, named_lines, seasonal_index, vintage_curves
from microlib.report.display import Picture
from microlib.report.figures import drawing, finished, picture
from microlib.report.words import Words

SEGMENTS = {code: {"zh": name, "en": code} for code, name in (("hospital", "医院供应商"), ("farm", "种植农户"))}
TEXTS = ("各客群逾期占比：龘镕堃", "来源：城东支行（合成数据），截至 2026-06-30")
RATES = pd.DataFrame(
    {
        "segment": ["hospital", "farm"], "npl_share": [0.02, 0.0], "npl_share_low": [0.01, 0.0],
        "npl_share_high": [0.05, 0.09], "npl_share_count": [60, 20],
        "affected_yuan": [3e7, 1e6], "gap_yuan": [1e7, 0.0], "loss_high_yuan": [2e6, 0.0],
    }
)  # fmt: skip
SEASON = pd.DataFrame(
    [
        {"segment": s, "calendar_month": m, "index_ratio": 1 + m / 50, "index_low": 0.8, "index_high": 1.4}
        for s in SEGMENTS
        for m in range(1, 13)
    ]
)
RHYTHMS = pd.DataFrame({"segment": list(SEGMENTS), "peak_month": [1, 10], "reason": ["bank_rhythm", "own_season"]})
LAUNCH = pd.DataFrame({"segment": list(SEGMENTS), "launch_date": pd.to_datetime([None, "2026-08-27"])})
CURVE = pd.DataFrame(
    {
        "month_on_book": range(13), "bad_share": [i / 400 for i in range(13)], "bad_share_low": 0.0,
        "bad_share_high": [i / 200 for i in range(13)], "km_share": [i / 300 for i in range(13)],
    }
)  # fmt: skip
STEPS = pd.DataFrame({"rule": ["all", "late"], "remaining_count": [100, 70], "failing_count": [0, 30]})
PRICES = pd.DataFrame(
    {
        "pd_case": ["mean", "upper"], "amount_yuan": 5e5, "ftp_rate": 0.0205, "opex_rate": 0.0095,
        "loss_rate": [0.0076, 0.018], "capital_rate": 0.0079, "yearly_rate": 0.05,
    }
)  # fmt: skip
PARTS = ["ftp_rate", "opex_rate", "loss_rate", "capital_rate"]
COSTS = pd.DataFrame({"scope": ["borrower", "all_payers"], "apr_rate": [0.0523, 0.06], "eir_rate": [0.0536, 0.062]})
LADDER = pd.DataFrame({"horizon_days": [30, 60, 90], "balance_yuan": [1e6, 3e6, 5e6], "unconfirmed_yuan": 5e5})
STOPS = {"label": "source_id", "values": ["affected_yuan", "gap_yuan", "loss_high_yuan"]}
MONTHS = pd.DataFrame(
    {"month": ["2026-04", "2026-05", "2026-06"], "npl_share": 0.02, "overdue30_share": [0.03, 0.04, 0.02]}
)
NAMED = {"month": "month", "values": ["npl_share", "overdue30_share"]}
CASES = {
    "named": (named_lines, MONTHS, NAMED),
    "dots": (interval_dots, RATES, {"label": "segment", "value": "npl_share", "appetite": 0.03}),
    "season": (seasonal_index, SEASON, {"rhythms": RHYTHMS, "launches": LAUNCH}),
    "vintage": (vintage_curves, CURVE, {"age": "month_on_book", "values": ["bad_share", "km_share"]}),
    "stops": (ranked_bars, RATES.rename(columns={"segment": "source_id"}), STOPS),
    "waterfall": (waterfall, STEPS, {"label": "rule", "left": "remaining_count", "lost": "failing_count"}),
    "price": (stacked_bars, PRICES, {"label": ["pd_case", "amount_yuan"], "values": PARTS, "mark": "yearly_rate"}),
    "cost": (grouped_bars, COSTS, {"label": "scope", "values": ["apr_rate", "eir_rate"]}),
    "ladder": (grouped_bars, LADDER, {"label": "horizon_days", "values": ["balance_yuan", "unconfirmed_yuan"]}),
}


def drawn(name: str, lang: str = "zh") -> Picture:
    draw, frame, options = CASES[name]
    return picture(draw, frame, words=Words(lang).naming("segment", SEGMENTS), texts=TEXTS, options=options)


@pytest.mark.parametrize("name", CASES)
def test_no_sign_is_missing_and_nothing_else_is_warned_of(name):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert drawn(name).png.startswith(b"\x89PNG")


@pytest.mark.parametrize("name", CASES)
def test_both_axes_are_labelled_and_amounts_have_their_unit(name):
    draw, frame, options = CASES[name]
    for axes in draw(frame, words=Words("zh"), **options).axes:
        assert not axes.axison or (axes.get_xlabel() and axes.get_ylabel())
        assert not axes.axison or any(unit in axes.get_xlabel() + axes.get_ylabel() for unit in ("（", "万元", "%"))


@pytest.mark.parametrize("name", CASES)
def test_the_text_of_a_figure_tells_what_it_shows_and_whence(name):
    alt = repr(drawn(name))
    assert TEXTS[0] in alt and "截至 2026-06-30" in alt and "横轴" in alt


def test_the_same_frame_gives_the_same_bytes():
    assert drawn("dots").png == drawn("dots").png


def test_english_figures_say_english_words():
    assert "bank's own rhythm" in drawn("season", "en").alt


def test_drawing_leaves_no_option_behind():
    def seen() -> dict:
        return {name: matplotlib.rcParams[name] for name in matplotlib.rcParams if name != "backend"}

    before = seen()
    drawn("season")
    assert seen() == before


@pytest.mark.parametrize("name", CASES)
def test_the_frame_is_not_altered(name, unchanged):
    draw, frame, options = CASES[name]
    with unchanged(frame):
        draw(frame, words=Words("zh"), **options)


def test_no_text_of_a_figure_leaves_it():
    for name, (draw, frame, options) in CASES.items():
        with drawing():
            figure = finished(draw(frame, words=Words("zh"), **options), *TEXTS)
            figure.canvas.draw()
            width, height = figure.canvas.get_width_height()
            boxes = [text.get_window_extent() for axes in figure.axes for text in axes.texts if text.get_text()]
        assert all(box.x0 >= -1 and box.x1 <= width + 1 and -1 <= box.y0 <= height for box in boxes), name


def test_two_codes_may_name_one_row():
    counts = pd.DataFrame({"reason": ["sized"], "bound_by": ["need"], "customers_count": [3]})
    figure = ranked_bars(counts, words=Words("zh"), label=["reason", "bound_by"], values=["customers_count"])
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ["已定额 · 资金需求"]


def test_moves_out_of_a_state_that_hardly_any_loan_left_are_not_shown_as_rates():
    moves = pd.DataFrame([[40.0, 10.0], [1.0, 0.0]], index=["current", "d1_30"], columns=["current", "d1_30"])
    figure = roll_map(roll_rates(moves), words=Words("zh"))
    assert [text.get_text() for text in figure.axes[0].texts] == ["79.4", "20.6", "—", "—"]


def test_groups_with_a_season_of_their_own_are_drawn_first():
    months = pd.DataFrame({"calendar_month": range(1, 13), "index_ratio": 1.0, "index_low": 0.9, "index_high": 1.1})
    frame = pd.concat([months.assign(segment=name) for name in "abcde"])
    told = pd.DataFrame({"segment": ["a", "e"], "reason": ["bank_rhythm", "own_season"], "peak_month": [1, 9]})
    figure = seasonal_index(frame, words=Words("zh"), rhythms=told)
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["e", "a", "b", "c"]


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("shares", [(0.02, 0.02), (0.0, 0.0), (0.0, 0.03), (0.021, 0.019)])
def test_lines_are_named_at_their_end_and_no_name_covers_another(lang, shares):
    frame = MONTHS.assign(npl_share=shares[0], overdue30_share=shares[1])
    with drawing():
        figure = finished(named_lines(frame, words=Words(lang), **NAMED), *TEXTS)
        figure.draw_without_rendering()
        first, second = (text.get_window_extent() for text in figure.axes[0].texts)
        room = figure.get_window_extent()
    assert not first.overlaps(second)
    assert all(room.x0 <= box.x0 and box.x1 <= room.x1 for box in (first, second))
