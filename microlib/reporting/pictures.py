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
    """Add title and source note, and make room for both."""
    figure.suptitle(title, x=0.01, ha="left", fontsize=11)
    figure.text(0.01, 0.012, source, fontsize=7, color="#555555", ha="left", va="bottom")
    figure.set_layout_engine("constrained", rect=(0.01, 0.06, 0.98, 0.93))
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
