"""From a chart function to a PNG: axes, colours, the Chinese font, the same bytes every time; no global option."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import matplotlib
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from microlib.report.display import Picture, width
from microlib.report.fonts import figure_family
from microlib.report.tables import scaled, unnumbered
from microlib.report.words import Words

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


def picture(
    draw: Callable, frame: pd.DataFrame, *, words: Words, texts: tuple[str, str], options: Mapping[str, object]
) -> Picture:
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
        return Picture(_alt(figure, words, texts), _png(figure), figure)


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


#: blue, vermilion, green, orange, purple, grey: colour-blind readers tell them apart, print does by hatch and mark
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#E69F00", "#CC79A7", "#7f7f7f")
HATCHES = ("", "///", "...", "xxx", "\\\\\\", "++")
MARKS = ("o", "s", "^", "D", "v", "P")
LINES = ("-", "--", "-.", ":", (0, (5, 1)), (0, (1, 1)))
BAND = "#56B4E9"
#: sizes in inches: of a figure's width, of a legend's mark, of half a Chinese sign in a legend
WIDTH_INCHES, ENTRY_INCHES, SIGN_INCHES = 7.2, 0.55, 0.06


def blank(words: Words, *, x: str, y: str, height: float = 3.2) -> tuple[Figure, Axes]:
    """Return a figure with one pair of axes, labelled with the headers of two columns."""
    figure = Figure(figsize=(WIDTH_INCHES, height))
    axes = figure.add_subplot()
    axes.set_xlabel(unnumbered(words.header(x)))
    axes.set_ylabel(unnumbered(words.header(y)))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter("{x:,.6g}")
    return figure, axes


def page_values(frame: pd.DataFrame, column: str) -> pd.Series:
    """Return a column in the unit of the page: 万元, percent."""
    return frame[column].astype("float64") * scaled(column)


def labels(frame: pd.DataFrame, column: str, words: Words) -> list[str]:
    """Return a column's codes in words."""
    return [words.code(column, value) for value in frame[column]]


def rows_height(rows: int) -> float:
    """Return the height (inches) of a figure with one line per row."""
    return max(2.2, 1.4 + 0.34 * rows)


def name_rows(axes: Axes, names: Sequence[str]) -> None:
    """Name the rows of a horizontal figure, the first on top; lines run across only."""
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.grid(False, axis="y")


def quarter_ticks(axes: Axes, months: Sequence[str]) -> None:
    """Name every third month (every sixth beyond three years) on the horizontal axis."""
    step = 3 if len(months) <= 36 else 6
    axes.set_xticks(range(0, len(months), step), list(months)[::step], rotation=30, ha="right")


def legend_above(figure: Figure) -> None:
    """Explain every mark of the figure once, in as many columns as fit; `finished` finds it its place."""
    found = {text: mark for axes in figure.axes for mark, text in zip(*axes.get_legend_handles_labels(), strict=True)}
    sizes = sorted((ENTRY_INCHES + SIGN_INCHES * width(text) for text in found), reverse=True)
    columns = max((n for n in range(1, len(found) + 1) if sum(sizes[:n]) <= WIDTH_INCHES - 0.3), default=1)
    figure.legend(found.values(), found.keys(), ncols=columns, loc="upper left", borderaxespad=0.0, columnspacing=1.2)
