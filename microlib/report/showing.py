"""Any frame shown as the house shows its own: words, units in heads; in JupyterLab sorted, filtered, exported."""

from __future__ import annotations

import importlib.util
import io
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from microlib.errors import BadConfig
from microlib.files import replaced_file
from microlib.report.display import Shown
from microlib.report.fonts import plots_with_chinese
from microlib.report.results import recorded
from microlib.report.tables import FRACTIONS, scaled, table
from microlib.report.words import Words, entries

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

#: set by a Jupyter server for the kernels of its notebooks, and by nothing that makes pages
IN_LAB = "JPY_SESSION_NAME"
#: decimals of a number that stands alone in a cell, by the last word of its column
DECIMALS = {"yuan": 2, "share": 2, "rate": 3, "count": 0, "days": 0, "months": 0}
BUTTONS = ["copyHtml5", "csvHtml5", "excelHtml5"]
#: words of the table's own furniture, by its name at DataTables
FURNITURE = ("search", "lengthMenu", "info", "infoEmpty", "infoFiltered", "zeroRecords", "emptyTable")
#: column -> the table that names its codes, with the columns of code and name
NAMED = (
    ("product_id", "products", "product_id", "name"),
    ("source_id", "core_enterprises", "core_id", "name"),
    ("core_id", "core_enterprises", "core_id", "name"),
    ("source_id", "venue_rosters", "venue_id", "venue_name"),
    ("venue_id", "venue_rosters", "venue_id", "venue_name"),
)
_BUNDLED: list[int] = []


@dataclass(frozen=True)
class OpenWords(Words):
    """Words that leave a column or code as it is where the catalogue has none: a frame of one's own has its own names.

    Parameters
    ----------
    labels : mapping
        Column -> what it is called here.

    Examples
    --------
    >>> words = OpenWords("en", labels={"x": "score"})
    >>> words.header("balance_yuan"), words.header("x"), words.header("lunch")
    ('balance (wan yuan)', 'score', 'lunch')
    """

    labels: Mapping[str, str] = field(default_factory=dict)

    def column(self, name: str) -> str:
        """Return a column's label: the caller's, the catalogue's, or its own name."""
        if name in self.labels:
            return self.labels[name]
        try:
            return super().column(name)
        except BadConfig:
            return str(name)


@dataclass(frozen=True, repr=False)
class ShownTable:
    """A frame as the house shows it; the last line of a cell displays it.

    Parameters
    ----------
    frame : DataFrame
        As it was given, under its own names.
    words : Words
    caption : str
    rows : int
        Rows at most where the table cannot be paged.
    """

    frame: pd.DataFrame
    words: Words
    caption: str = ""
    rows: int = 40

    @property
    def static(self) -> Shown:
        """The table as a report prints it."""
        return table(recorded(self.frame), self.words, caption=self.caption, rows=self.rows)

    @property
    def told(self) -> pd.DataFrame:
        """The frame under heads with units, codes in words, numbers in the units of the heads: what is exported."""
        flat = recorded(self.frame)
        heads = [self.words.header(name) for name in flat.columns]
        told = pd.DataFrame({place: self._told(flat[name], name) for place, name in enumerate(flat.columns)})
        return told.set_axis(heads, axis="columns")

    def _told(self, column: pd.Series, name: str) -> pd.Series:
        if pd.api.types.is_bool_dtype(column):
            return column.map({True: self.words.code("flag", "yes"), False: self.words.code("flag", "no")})
        if pd.api.types.is_numeric_dtype(column):
            unit = name.removesuffix("_low").removesuffix("_high").rsplit("_", 1)[-1]
            factor = scaled(name) if self.words.unit(name) else 1.0
            decimals = DECIMALS.get(unit, 4 if unit not in FRACTIONS else 2)
            told = (column.astype("Float64") * factor).round(decimals)
            return told.astype("Int64") if decimals == 0 else told
        if pd.api.types.is_datetime64_any_dtype(column):
            return column.dt.strftime("%Y-%m-%d")
        return column.map(lambda value: self.words.code(name, value), na_action="ignore")

    def save(self, path: str | Path) -> Path:
        """Write the table as ``.csv`` (with a mark that Excel reads as UTF-8) or ``.xlsx``, as it is shown, all rows.

        Raises
        ------
        BadConfig
            If the name ends in neither.
        """
        place = Path(path)
        if place.suffix not in (".csv", ".xlsx"):
            raise BadConfig(f"{place.name} is neither a CSV nor an Excel file", where="path", fix="end it in .xlsx")
        with replaced_file(place) as draft:
            if place.suffix == ".csv":
                self.told.to_csv(draft, index=False, encoding="utf-8-sig")
            else:
                with draft.open("wb") as file:
                    self.told.to_excel(file, index=False, engine="xlsxwriter")
        return place

    def __repr__(self) -> str:
        return self.static.text

    def _repr_html_(self) -> str:
        if not is_in_lab():
            return self.static.page
        from itables import to_html_datatable  # only in a lab, which has it
        from itables.javascript import generate_init_offline_itables_html

        language = {name: self.words.mark(f"lab_{name}") for name in FURNITURE}
        page = to_html_datatable(
            self.told,
            caption=self.caption or None,
            connected=False,
            showIndex=False,
            maxBytes=0,
            display_logo_when_loading=False,
            buttons=BUTTONS,
            column_filters="footer",
            language=language,
            layout={"topStart": "buttons", "topEnd": "search", "bottomStart": "info", "bottomEnd": "paging"},
            style="table-layout:auto;width:auto;float:left;caption-side:top",
        )
        if os.getpid() in _BUNDLED:  # the page has the scripts already
            return page
        from itables import options

        _BUNDLED.append(os.getpid())
        return generate_init_offline_itables_html(options.dt_bundle) + page


def is_in_lab() -> bool:
    """Return whether this kernel is a notebook's in JupyterLab and the table's scripts are installed."""
    return bool(os.environ.get(IN_LAB)) and importlib.util.find_spec("itables") is not None


def spoken() -> str:
    """Return the language in which tables of one's own are shown: ``MICROLIB_LANG``, else Chinese.

    Examples
    --------
    >>> spoken() in ("zh", "en")
    True
    """
    return "en" if os.environ.get("MICROLIB_LANG", "").casefold().startswith("en") else "zh"


def show(
    frame: pd.DataFrame,
    caption: str = "",
    *,
    labels: Mapping[str, str] | None = None,
    lang: str = "",
    rows: int = 40,
    of: object = None,
) -> ShownTable:
    """Show any frame as the house shows its own tables.

    Answers "how do I put this in front of somebody?" Columns get their words and units (yuan told in 万元, fractions in
    percent), codes their words; a rate with ``_low`` and ``_high`` beside it is told with its range. In JupyterLab with
    the extra ``lab`` the table is sorted by a click on a head, filtered below each column, paged, and copied or saved
    as CSV or Excel by its buttons; elsewhere, and in a report, it is the plain table.

    Parameters
    ----------
    frame : DataFrame
        Not modified.
    caption : str
        Stands above it.
    labels : mapping, optional
        Column -> what to call it, for columns that the catalogue does not know or names otherwise.
    lang : str
        ``zh`` or ``en``; by default ``MICROLIB_LANG``, else Chinese.
    rows : int
        Rows at most where the table cannot be paged; the rest is counted.
    of : Branch or Design, optional
        Whose codes they are: ``of=branch`` writes the names of groups, products and sources in place of their codes.

    Returns
    -------
    ShownTable
        Displayed by a notebook; ``.told`` is the frame as shown, ``.save("x.xlsx")`` writes it.

    Raises
    ------
    BadConfig
        If `frame` is no frame, or the language is unknown.

    References
    ----------
    .. [1] The words: ``microlib/report/words/columns.toml`` and ``codes.toml``.

    Examples
    --------
    >>> frame = pd.DataFrame({"product_id": ["P1"], "balance_yuan": [25_000.0], "npl_share": [0.022]})
    >>> show(frame, "Book", lang="en")
    Book
    product  balance (wan yuan)  non-performing share (%)
    -------  ------------------  ------------------------
    P1                      2.5                       2.2
    """
    if isinstance(frame, pd.Series):
        frame = frame.to_frame(frame.name or "value")
    if not isinstance(frame, pd.DataFrame):
        raise BadConfig(f"{type(frame).__name__} is no table", where="frame", fix="give a frame, such as branch.loans")
    words = OpenWords(lang or spoken(), labels=dict(labels or {}))
    return ShownTable(frame, _named(words, of), caption, rows)


def _named(words: Words, of: object) -> Words:
    """Return words that know the names of a branch's groups, products and sources, and of a design's scenarios."""
    branch = getattr(of, "branch", of)
    titles = {each.code: {"zh": each.title.zh, "en": each.title.en} for each in getattr(branch, "segments", ())}
    words = words.naming("segment", titles)
    if of is not branch:
        scenarios = {each.code: {"zh": each.said.zh, "en": each.said.en} for each in of.stresses.scenarios}
        words = words.naming("scenario", scenarios)
    for column, named, key, name in NAMED if branch is not None else ():
        held = branch[named].dropna(subset=[key, name])
        known = dict(zip(held[key], held[name], strict=True))
        words = words.naming(column, {code: {"zh": said, "en": said} for code, said in known.items()})
    return words


def column_words(name: str) -> str:
    """Return what the catalogue calls a column in both languages; empty where it does not know it.

    Examples
    --------
    >>> column_words("balance_yuan")
    '贷款余额 balance'
    """
    entry = entries("columns").get(name)
    return f"{entry['zh']} {entry['en']}" if entry else ""


#: classes whose tables and results the Tab key may look at: they are only read
LOOKED_AT = {("microlib.face.bank", name) for name in ("Bank", "Branch", "Design")}
#: where Altair defines what all its charts are
CHARTS = tuple((f"altair.vegalite.v{number}.api", "TopLevelMixin") for number in (5, 6, 7))


def prepare_notebook(shell: InteractiveShell) -> None:
    """Make a notebook's shell ready for the analyst, once: the Tab key, Chinese in plots, pictures of charts.

    Parameters
    ----------
    shell : InteractiveShell
        IPython's. What an object offers is asked of the object itself from then on: reading the source of all
        libraries instead (Jedi) takes ten seconds at the first key.
    """
    from IPython.core.guarded_eval import EVALUATION_POLICIES  # the shell is there, and has it

    EVALUATION_POLICIES["limited"].allowed_getattr_external |= LOOKED_AT
    EVALUATION_POLICIES["limited"].allowed_getitem_external |= LOOKED_AT
    shell.Completer.use_jedi = False
    plots_with_chinese()
    pictures = shell.display_formatter.formatters["image/png"]
    for module, kind in CHARTS:
        pictures.for_type_by_name(module, kind, _chart_picture)


def _chart_picture(chart: Any) -> bytes | None:
    """Return the static picture of an Altair chart; none where what draws it is not installed."""
    if importlib.util.find_spec("vl_convert") is None:
        return None
    buffer = io.BytesIO()
    chart.save(buffer, format="png")
    return buffer.getvalue()
