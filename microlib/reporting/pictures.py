"""From a chart function to a PNG: its own figure, the Chinese font, the same bytes every time; no global option."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import matplotlib
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from microlib.reporting.catalogues import Words
from microlib.reporting.displays import Picture
from microlib.reporting.fonts import figure_family

#: inches kept for the title, for each row of the legend, for the source note
TITLE_INCHES, ROW_INCHES, FOOT_INCHES = 0.32, 0.2, 0.2
LOOK = {
    "axes.grid": True,
    "axes.grid.axis": "both",
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 11,
    "axes.labelsize": 9,
    "axes.unicode_minus": True,
    "figure.dpi": 110,
    "figure.facecolor": "white",
    "font.size": 9,
    "grid.color": "#d9d9d9",
    "grid.linewidth": 0.6,
    "hatch.linewidth": 0.5,
    "legend.frameon": False,
    "legend.fontsize": 8,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
}


@contextmanager
def drawing() -> Iterator[None]:
    """Apply the look of our figures while one is drawn, and nothing afterwards."""
    with matplotlib.rc_context({**LOOK, "font.family": [figure_family()]}):
        yield


def picture(draw: Callable, frame: Any, *, words: Words, texts: tuple[str, str], options: Mapping[str, Any]) -> Picture:
    """Return the picture that a chart function draws of `frame`.

    Parameters
    ----------
    draw : callable
        ``draw(frame, words=words, **options) -> Figure`` with labelled axes.
    frame : DataFrame
    words : Words
    texts : tuple of str
        The title, and the note that says where the numbers come from.
    options : mapping
        Further arguments of `draw`.
    """
    with drawing():
        figure = draw(frame, words=words, **options)
        finished(figure, *texts)
        return Picture(_alt(figure, words, texts), _png(figure))


def finished(figure: Figure, title: str, source: str) -> Figure:
    """Add title and source note, put the legend between title and plot, and make room for all three."""
    height = figure.get_figheight()
    figure.suptitle(title, x=0.01, y=1 - 0.06 / height, ha="left", fontsize=11)
    figure.text(0.01, 0.04 / height, source, fontsize=7, color="#555555", ha="left", va="bottom")
    rows = 0
    for legend in figure.legends:
        rows = -(-len(legend.get_texts()) // legend._ncols)
        legend.set_bbox_to_anchor((0.01, 1 - TITLE_INCHES / height))
    top = 1 - (TITLE_INCHES + ROW_INCHES * rows) / height
    figure.set_layout_engine("constrained", rect=(0.01, FOOT_INCHES / height, 0.98, top - FOOT_INCHES / height))
    return figure


def _png(figure: Figure) -> bytes:
    buffer = io.BytesIO()
    FigureCanvasAgg(figure).print_png(buffer, metadata={"Software": None})
    return buffer.getvalue()


def _alt(figure: Figure, words: Words, texts: tuple[str, str]) -> str:
    axes = figure.axes[0]
    legends = [*(each.get_legend() for each in figure.axes), *figure.legends]
    labels = [text.get_text() for legend in legends if legend for text in legend.get_texts()]
    alt = words.mark("picture", title=texts[0], x=axes.get_xlabel(), y=axes.get_ylabel(), source=texts[1])
    return f"{alt}\n{words.mark('legend', labels=words.join(labels))}" if labels else alt
