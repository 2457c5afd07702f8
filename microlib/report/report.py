"""One report of one branch: compute, say, show; what cannot be computed says which table it waits for.

A notebook opens a report and works through it, a page in a line or two::

    report = open_report(branch, lang=lang, out=out)
    report.page(quality.four_pars)                  # computed, its answer as heading, its table or figure below
    report.show("warnings")                         # a result of the branch: its sentences, its table below
    report.page("maturing", "due")                  # a page about a result of another name
    report.title(diagnosis.unmet_demand)            # computed, its heading alone; the table follows further down
    report.table("unmet_demand")                    # what was computed before, by its name

What a page shows (caption, columns, rows, figure, notes, sentences) stands under its name in one file of
``words/reports/``. Each part can be had by itself: ``title``, ``say``, ``table``, ``draw``. A report of one's own says
it in the call, or in ``data/words/`` of the home::

    report.show("green_loans", found, caption={"zh": "绿色贷款", "en": "Green loans"}, text={"zh": "…", "en": "…"})
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

import pandas as pd

from microlib.contracts.policy import QualityPolicy
from microlib.contracts.product import Product
from microlib.contracts.tables import TABLES
from microlib.files import file_hash
from microlib.home import VERSION
from microlib.report.charts import chart_function
from microlib.report.display import (
    Picture,
    Shown,
    Stack,
    aside,
    box,
    escaped,
    facts,
    heading,
    joined,
    nothing,
    paragraph,
    stacked,
)
from microlib.report.feeding import (
    Book,
    BookBranch,
    Branch,
    Kept,
    NotComputed,
    Result,
    computed,
    fed,
    name_of,
    refuse_untaken,
    taken,
    takes_frame,
    told,
    tried,
)
from microlib.report.leaflets import HeadOffice, Leaflet, new_leaflet
from microlib.report.results import Results
from microlib.report.sentences import verdict, verdicts
from microlib.report.tables import (
    cell_of,
    decision_cards,
    rate_or_value,
    reason,
    table,
    table_label,
    waiting_box,
    waiting_title,
)
from microlib.report.words import (
    Entry,
    OwnWords,
    PageWords,
    Words,
    close_set,
    fill_placeholders,
    own_words,
    page_words,
    placeholders,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure


#: rows of a table that are shown where neither the call nor the words say how many: in the body, in the appendix
ROWS, APPENDIX_ROWS = 12, 8
#: attributes of a written term in which its words may stand
TITLES = ("title", "meaning", "said")


@dataclass(repr=False)
class Report:
    """A report being written.

    Results: ``compute``, ``result``, ``keep``, ``parts``, ``known``, ``first``. Pages: ``page``, ``show``, or in parts
    ``title``, ``say``, ``table``, ``draw`` (``chart`` with a function of one's own), ``line``, ``sheet``, ``fact``,
    ``attach``. Frame: ``decisions``, ``appendix``, ``missing``, ``cover``, ``stamp``. ``names`` and ``names_from``
    teach it titles of segments, products and sources; ``head_office`` takes what only head office may see, ``leaflet``
    begins a sheet that leaves the bank.

    Parameters
    ----------
    book : Book
        The branch's slice of the bank.
    words : Words
    results : Results
    branch : Branch
        Gives measures what they ask for by name.
    name : str
        Of the report, as its file in ``words/reports`` is called; that file may show a shared page in its own way.
    waiting : dict
        Page -> why it was not computed, in the order met.
    kept : Kept
        Results by name, for later measures to ask for.
    own : OwnWords
        Words of the home's own, and those that calls of this report say.
    """

    book: Book
    words: Words
    results: Results
    branch: Branch
    name: str = ""
    waiting: dict[str, NotComputed] = field(default_factory=dict)
    kept: Kept = field(default_factory=Kept)
    own: OwnWords = field(default_factory=OwnWords)

    @classmethod
    def opened(cls, book: Book | Branch, *, lang: str, out: str | Path, name: str = "") -> Self:
        """Return a report without a result; see `open_report`."""
        branch = book if isinstance(book, Branch) else BookBranch(book)
        own = own_words(getattr(branch, "home", getattr(book, "home", None)))
        words = Words(lang, own=own.entries)
        report = cls(getattr(branch, "book", book), words, Results(out), branch, name, own=own)
        titles = getattr(book, "titles", dict)()
        for column, items in titles.items():
            report.names(column, items)
        return report

    # ---------------------------------------------------------------- results

    def compute(
        self, measure: Callable[..., Result], /, *inputs: object, optional: Iterable[str] = (), **given: object
    ) -> Result | NotComputed:
        """Return ``measure(...)`` or, where something it needs is missing, `NotComputed`.

        Parameters
        ----------
        measure : callable
            A measure or a design. Its parameters are fed by name: from `given`, then from earlier results of that name
            (see `keep`), then by the branch (tables, the date, parts of the policy, results). Of the parameters with a
            default, the report feeds those that the measure declares optional: their table may be absent, their
            earlier result not computed.
        *inputs
            Arguments without a name: frames, results, or names of the bank's tables and of results (`result`). They
            take the places that are open, in order; what the measure still requires is fed by name.
        optional : iterable of str
            Further tables that may be absent; they are passed as empty frames.
        **given
            Arguments by name; a text where a frame is expected is the name of a table or of a result.

        Raises
        ------
        BadConfig
            If nothing has the name of a parameter, or two earlier results have it.

        Examples
        --------
        Notebooks say ``report.compute(quality.maturing)``; with a result first and the tables behind it fed
        by name, ``report.compute(links.explained_links, weighed)``; with a result of the branch by its name,
        ``report.compute(segments.of_segments, "segment_profiles", "leading")``; or all by hand,
        ``report.compute(quality.maturing, "loans", as_of=book.as_of)``.
        """
        parameters = inspect.signature(measure).parameters
        inputs = tuple(self._input(each) for each in inputs)
        given = {name: self._input(each) if takes_frame(parameters.get(name)) else each for name, each in given.items()}
        if inputs:
            result = computed(self.branch, self.book, measure, inputs, given, self.kept, optional)
        else:
            result = fed(self.branch, self.book, measure, given, self.kept, optional)
        self.kept.computed(name_of(measure), result)
        return result

    def _input(self, value: object) -> object:
        """Return what a measure is given: a text that names no table of the bank is the name of a result."""
        return self.result(value) if isinstance(value, str) and value not in TABLES else value

    def keep(self, **results: object) -> None:
        """Keep results under names of parameters, for later measures to ask for: ``report.keep(members=assigned)``.

        A measure's own result is kept under the measure's name by itself. Where a measure was computed twice, its name
        no longer says which result is meant; ``keep`` does.
        """
        for name, result in results.items():
            self.kept.told(name, result)

    def result(self, named: object) -> object:
        """Return the result of a name: the report's own, else the branch's; what is no name is returned as it is.

        Every method that takes a result takes its name in its place, ``report.table("maturing", "due")``, or the
        measure itself, which is computed unless the report has its result. A result that the branch refuses is
        `NotComputed`, as one that the report could not compute.

        Raises
        ------
        BadConfig
            If nothing has that name, or two of the report's results have it.
        """
        if callable(named):
            own = name_of(named)
            return self.kept.one(own) if own in self.kept.results else self.compute(named)
        if not isinstance(named, str):
            return named
        if named in self.kept.results:
            return self.kept.one(named)
        return tried(self.book, self.branch.argument, (named,), {})

    def parts(self, found: object, *names: str) -> list[object]:
        """Return results of a whole that was computed at once, by name; a refusal in a part's place is told as such.

        Parameters
        ----------
        found : object with ``part`` or NotComputed
            E.g. the design of a product.
        *names : str
            Names of its parts.
        """
        if isinstance(found, NotComputed):
            return [found] * len(names)
        return [told(found.part(name), self.book) for name in names]

    def known(self, *results: object) -> list[object]:
        """Return those of `results`, or of the results of these names, that were computed.

        For a step that makes do with what there is.
        """
        found = [self.result(each) for each in results]
        return [each for each in found if not isinstance(each, NotComputed)]

    def first(self, *results: object) -> object:
        """Return the first of `results`, or of these names, that was computed; else why the first was not."""
        found = [self.result(each) for each in results]
        return next(iter(self.known(*found)), found[0])

    def is_waiting(self, result: object) -> bool:
        """Return whether `result` was not computed."""
        return isinstance(result, NotComputed)

    def blocked(self, name: str, inputs: Iterable[object]) -> NotComputed | None:
        """Return the first of `inputs` that was not computed, and remember that the page `name` waits for it."""
        found = next((item for item in inputs if isinstance(item, NotComputed)), None)
        if found is not None:
            self.waiting.setdefault(name, found)
        return found

    def reach(self) -> tuple[tuple[str, ...], int]:
        """Return the tables without a row of this branch, and the highest data level of those with one."""
        held = {name: table.level for name, table in TABLES.items() if self.book.has(name)}
        return tuple(name for name in TABLES if name not in held), max(held.values(), default=0)

    # ---------------------------------------------------------------- pages

    def page(
        self,
        what: str | Callable[..., object],
        result: object = None,
        /,
        *,
        caption: Entry | None = None,
        labels: Mapping[str, Entry] | None = None,
        text: Entry | None = None,
        **given: object,
    ) -> Shown | Stack:
        """Show a whole page: a heading that carries the answer, below it the figure and the table of the page.

        Parameters
        ----------
        what : str or callable
            The page's name in ``words/reports``, or a measure: it is computed, and its result's name is the page's.
        result : DataFrame, NotComputed or str, optional
            What the page is about, or its name; by default the result that is called as the page is.
        caption, labels, text : dict, optional
            Words of this report's own, in the place of those that stand in a file; each ``{"zh": …, "en": …}``: what
            the page is called, what its columns are called (column -> label), what is said of the result. Placeholders
            of `text` (``{balance_yuan:wan}``) are filled from `given`, then from the first row of the result, and
            ``rows_count``; formats as of `Words.sentence`.
        **given
            Arguments by name for whichever of the measure, the verdict and the figure has them.

        Raises
        ------
        BadConfig
            If there are no words for the page, no result of that name, or an argument that nothing takes.
        """
        self._teach(what, caption, labels, text)
        name, found = self._found(what, result, given)
        return self._whole(name, self.title, found, given)

    def show(
        self,
        what: str | Callable[..., object],
        result: object = None,
        /,
        *,
        caption: Entry | None = None,
        labels: Mapping[str, Entry] | None = None,
        text: Entry | None = None,
        **given: object,
    ) -> Shown | Stack:
        """Show what there is to say on a result in sentences, below it its table or figure; arguments as of `page`."""
        self._teach(what, caption, labels, text)
        name, found = self._found(what, result, given)
        return self._whole(name, self.say, found, given)

    def _teach(
        self,
        what: str | Callable[..., object],
        caption: Entry | None,
        labels: Mapping[str, Entry] | None = None,
        text: Entry | None = None,
    ) -> None:
        """Take in words that a call says; a page that no file knows is a table of all its columns."""
        if caption is None and labels is None and text is None:
            return
        name = name_of(what) if callable(what) else what
        is_new = caption is not None and not self.words.has("captions", name)
        page = PageWords(name, name, {}, is_table=True) if is_new else self._page(name)
        self.own.teach(page, caption=caption, labels=labels, text=text)

    def _page(self, name: str) -> PageWords:
        """Return what a page shows and says: the home's own words or the call's go before those of the package."""
        return self.own.pages.get(name) or page_words(name, report=self.name)

    def _found(
        self, what: str | Callable[..., object], result: object, given: Mapping[str, object]
    ) -> tuple[str, object]:
        """Return a page's name and the result that it shows; a measure is computed."""
        name = name_of(what) if callable(what) else what
        told = self._page(name)
        takers = [what] if callable(what) else []
        takers += [verdict(name)] if name in verdicts() and not told.text else []
        takers += [chart_function(told.figure.draw)] if told.figure else []
        refuse_untaken(set(given) - _wanted(told.text), takers, where=name)
        if callable(what):
            return name, self.compute(what, **taken(what, given))
        return name, self.result(name if result is None else result)

    def _whole(
        self, name: str, head: Callable[..., Shown], result: object, given: Mapping[str, object]
    ) -> Shown | Stack:
        """Show a page from its head down: what the words say that it shows."""
        told, parts = self._page(name), []
        if told.text is not None:
            parts = [head(name, result, **{key: given[key] for key in _wanted(told.text) & given.keys()})]
        elif name in verdicts():
            parts = [head(name, result, **taken(verdict(name), given))]
        if told.figure is not None:
            parts.append(self.draw(name, result, **taken(chart_function(told.figure.draw), given)))
        if told.is_table:
            parts.append(self.table(name, result))
        return stacked(parts)

    def title(
        self, what: str | Callable[..., object], /, *results: object, text: Entry | None = None, **options: object
    ) -> Shown:
        """Show a heading that carries the answer of a page's verdict.

        Parameters
        ----------
        what : str or callable
            The verdict's name, or a measure: it is computed, and its result's name is the verdict's.
        *results
            What the verdict is about: results or their names; by default the one that is called as the verdict is.
        text : dict, optional
            What to say in the place of a verdict, ``{"zh": …, "en": …}``, as of `page`; it needs no result where
            `options` fill its placeholders.
        **options
            Arguments by name of the verdict, and of the measure; what the verdict then still requires is fed by name.

        Raises
        ------
        BadConfig
            If there is no verdict or result of that name, or nothing takes an option.
        """
        self._teach_text(what, text)
        key, results, options = self._spoken_of(what, results, options)
        waiting = self.blocked(key, [*results, *options.values()])
        if waiting is not None:
            return aside(waiting_title(self.words, waiting, key))
        return heading(self._said(key, results, options).rstrip("。."))

    def say(
        self, what: str | Callable[..., object], /, *results: object, text: Entry | None = None, **options: object
    ) -> Shown:
        """Show the sentence or sentences of a page's verdict; arguments as of `title`.

        Why it cannot be said is told where nothing else in the report waits for the same.
        """
        self._teach_text(what, text)
        before = list(self.waiting.values())
        key, results, options = self._spoken_of(what, results, options)
        waiting = self.blocked(key, [*results, *options.values()])
        if waiting is not None:
            return nothing() if waiting in before else aside(waiting_box(self.words, waiting))
        text = self._said(key, results, options)
        return paragraph(text) if text else nothing()

    def line(self, what: str | Callable[..., object], /, *results: object, **options: object) -> tuple[str, str]:
        """Return one line of a `sheet`: a page's caption, and what its verdict says or why it cannot.

        Arguments as of `title`.
        """
        key, results, options = self._spoken_of(what, results, options)
        waiting = self.blocked(key, [*results, *options.values()])
        said = reason(self.words, waiting) if waiting is not None else self._said(key, results, options)
        return self.words.entry("captions", key), said

    def sheet(self, *lines: tuple[str, str], **told: object) -> Shown:
        """Show lines one below the other, each with its name: a product on one page.

        Parameters
        ----------
        *lines
            What `line` returns.
        **told
            Further lines, each a verdict's name and what it is about: ``report.sheet(own_limits="limits")``.
        """
        return facts([*lines, *(self.line(key, about) for key, about in told.items())])

    def _spoken_of(
        self, what: str | Callable[..., object], results: tuple[object, ...], options: Mapping[str, object]
    ) -> tuple[str, tuple[object, ...], Mapping[str, object]]:
        """Return a verdict's name, what it is about and its own options; a measure is computed with what it takes."""
        key = name_of(what) if callable(what) else what
        if self._text(key) is not None:
            about = results or (() if _wanted(self._text(key)) <= options.keys() else (what,))
            return key, tuple(self.result(each) for each in about), options
        if not callable(what):
            asked = inspect.signature(verdict(what)).parameters
            return what, tuple(self.result(each) for each in results or (what,)), self._options(asked, options)
        key, given = name_of(what), taken(what, options)
        refuse_untaken(options, [what, verdict(key)], where=key)
        first = self.compute(what, **given) if given else self.result(what)
        return key, (first, *(self.result(each) for each in results)), taken(verdict(key), options)

    def _options(self, asked: Mapping[str, inspect.Parameter], options: Mapping[str, object]) -> dict[str, object]:
        """Return a verdict's own arguments: a text in a frame's place is a name; one that it lacks is fed by name."""
        given = {name: self.result(each) if takes_frame(asked.get(name)) else each for name, each in options.items()}
        own = [each.name for each in asked.values() if each.kind is each.KEYWORD_ONLY and each.default is each.empty]
        return {**given, **{name: self.result(name) for name in own if name not in given}}

    def _said(self, key: str, results: tuple[object, ...], options: Mapping[str, object]) -> str:
        """Return what a verdict says, or the text of a page of one's own; its numbers are kept as facts."""
        text = self._text(key)
        if text is not None:
            return self._filled(key, text, results, options)
        spoken = verdict(key)(*results, **options)
        sentences = spoken if isinstance(spoken, list) else [spoken]
        names = [key, *(f"{key}.{number}" for number in range(2, len(sentences) + 1))][: len(sentences)]
        said = zip(names, sentences, strict=True)
        facts = {f"{name}.{part}": value for name, each in said for part, value in each.values.items()}
        self.results.tell_all(facts, source=self.results.source_of(*results))
        texts = [self.words.sentence(each.key, **each.values) for each in sentences]
        return (" " if self.words.lang == "en" else "").join(texts)

    def _teach_text(self, what: str | Callable[..., object], text: Entry | None) -> None:
        """Take in a text that a call says of a page; one that no file knows is called by its text."""
        name = name_of(what) if callable(what) else what
        known = text is None or self.words.has("captions", name)
        self._teach(what, None if known else text, text=text)

    def _text(self, key: str) -> Entry | None:
        return self.own.pages[key].text if key in self.own.pages else None

    def _filled(self, key: str, text: Entry, results: tuple[object, ...], options: Mapping[str, object]) -> str:
        """Return a text with its numbers written in; one of an empty result that it needs is told as such."""
        frame = next((each for each in results if isinstance(each, pd.DataFrame)), pd.DataFrame())
        flat = frame.reset_index() if any(frame.index.names) else frame
        first = {} if flat.empty else {column: rate_or_value(flat.iloc[0], column) for column in flat.columns}
        known = {**first, "rows_count": len(flat), **options}
        wanted = _wanted(text)
        if flat.empty and not wanted <= known.keys():
            return self.words.mark("no_rows")
        values = {name: known[name] for name in wanted & known.keys()}
        facts = {f"{key}.{name}": value for name, value in values.items()}
        self.results.tell_all(facts, source=self.results.source_of(*results))
        return close_set(fill_placeholders(text[self.words.lang], values, self.words.of(key)), self.words.lang)

    def table(
        self,
        what: str | Callable[..., object],
        result: object = None,
        *,
        columns: list[str] | None = None,
        rows: int | None = None,
        caption: Entry | None = None,
        labels: Mapping[str, Entry] | None = None,
    ) -> Shown:
        """Show a result as the table of a page with its notes, and keep it whole.

        Parameters
        ----------
        what : str or callable
            The page's name: its caption, columns, rows and notes stand in ``words/reports``; or the measure.
        result : DataFrame, NotComputed or str, optional
            The result, or its name; by default the one that is called as the page is.
        columns : list of str, optional
            Columns to show, in order, in the place of those of the words; all are kept.
        rows : int, optional
            Rows to show at most, in the place of those of the words (without either, 12, in the appendix 8); all are
            kept, and the workbook holds them.
        caption, labels : dict, optional
            Words of this report's own, as of `page`.

        Raises
        ------
        BadConfig
            If the words want a column that `result` has not.
        """
        self._teach(what, caption, labels)
        name = name_of(what) if callable(what) else what
        result = self.result(what if result is None else result)
        title, seen = self.words.entry("captions", name), name in self.waiting
        waiting = self.blocked(name, [result])
        if waiting is not None and seen:
            return nothing()
        if waiting is not None:
            named = Shown(title, f"<p><b>{escaped(title)}</b></p>")
            return aside(named + waiting_box(self.words, waiting))
        kept, told = self.results.record(name, result), self._page(name)
        shown_columns = columns or told.columns_of(kept)
        self.results.show("table", name, words=self.words, columns=shown_columns)
        frame = kept[shown_columns] if shown_columns else kept
        most = rows or told.rows or (APPENDIX_ROWS if self.results.has_appendix else ROWS)
        return joined([table(frame, self.words.of(name), caption=title, rows=most), *self._notes(name)])

    def attach(self, *names: str, **told: object) -> Shown:
        """Keep tables for the workbook alone; the page says in one line that they stand there, and how long they are.

        Parameters
        ----------
        *names : str
            Pages whose result is called as they are.
        **told
            Page -> its result, or the result's name.
        """
        said = []
        for name, about in {**dict.fromkeys(names), **told}.items():
            result = self.result(name if about is None else about)
            if self.blocked(name, [result]) is None:
                kept = self.results.record(name, result)
                columns = self._page(name).columns_of(kept)
                self.results.show("table", name, words=self.words, columns=columns)
                caption = self.words.entry("captions", name)
                said.append(self.words.mark("attached_table", caption=caption, rows_count=len(kept)))
        return paragraph(self.words.mark("attached", tables=self.words.join(said)), "note") if said else nothing()

    def _notes(self, name: str) -> list[Shown]:
        """Return how a table is read and misread, in one paragraph."""
        kinds = [kind for kind in ("read", "misread") if self.words.has("notes", f"{name}.{kind}")]
        notes = [self.words.mark(kind, text=self.words.entry("notes", f"{name}.{kind}")) for kind in kinds]
        return [paragraph(" ".join(notes), "note")] if notes else []

    def draw(self, what: str | Callable[..., object], result: object = None, /, **options: object) -> Shown | Picture:
        """Show a result as the figure that the words give to a page; `options` add to theirs or replace them.

        The page and its result are told as those of `table`.

        Raises
        ------
        BadConfig
            If the words give it no figure.
        """
        name = name_of(what) if callable(what) else what
        told, result = self._page(name).drawn(), self.result(what if result is None else result)
        return self.chart(name, chart_function(told.draw), result, **{**told.options, **options})

    def chart(self, name: str, draw: Callable[..., Figure], result: object, **options: object) -> Shown | Picture:
        """Show `result` as the figure `name`, drawn by a function of ``reporting.charts``; keep the frame behind it."""
        from microlib.report.figures import picture  # a report without a figure does not wait for matplotlib

        seen, result = name in self.waiting, self.result(result)
        waiting = self.blocked(name, [result])
        if waiting is not None:
            return nothing() if seen else aside(waiting_box(self.words, waiting))
        if not self.results.source_of(result):
            self.results.record(name, result)
        if result.empty:
            return box(self.words.mark("nothing_to_draw"))
        columns = {key: value for key, value in options.items() if isinstance(value, str | list)}
        table = self.results.source_of(result)
        self.results.show("chart", name, words=self.words, draw=draw.__name__, table=table, options=columns)
        given = {key: None if self.is_waiting(value) else value for key, value in options.items()}
        words, texts = self.words.of(name), (self.words.entry("captions", name), self._origin())
        return picture(draw, result, words=words, texts=texts, options=given)

    def _origin(self) -> str:
        mark = "source_synthetic" if self.book.is_synthetic else "source"
        return self.words.mark(mark, branch=self.book.name, as_of=self.book.as_of)

    def fact(self, name: str, result: object, *, column: str, where: Mapping[str, object] | None = None) -> Shown:
        """Keep one number of `result` under `name` for the index of reports, and show it.

        Parameters
        ----------
        name : str
            Name of the fact in ``facts.json``.
        result : DataFrame, NotComputed or str
        column : str
            The column that holds it; bounds and count beside it are kept with it.
        where : mapping, optional
            Column -> value of the row; without it the first row.
        """
        result = self.result(result)
        if self.is_waiting(result):
            return aside(waiting_box(self.words, result))
        row = _row(result, where or {})
        value = rate_or_value(row, column)
        self.results.tell(name, value, source=self.results.source_of(result), column=column)
        said = cell_of(value, column, self.words)
        return paragraph(self.words.mark("pair", name=self.words.header(column), text=said))

    # ---------------------------------------------------------------- names

    def names(self, column: str, items: Mapping[str, object] | Iterable[object], *, told: str = "") -> None:
        """Teach the words the names of one column's codes.

        Parameters
        ----------
        column : str
            The column that holds the codes, e.g. ``"segment"``.
        items : mapping or iterable
            Code -> words in both languages, or written terms that carry a code and a title: segments (with their
            rules' reason codes), products, access rules, stop rules, fees.
        told : str
            A mark with ``{text}`` in which the words are put, e.g. that a rule is not met.
        """
        listed = items.items() if isinstance(items, Mapping) else [(_code(item), item) for item in items]
        spoken = {code: _spoken(item) for code, item in listed}
        if told:
            spoken = {
                code: {lang: Words(lang).mark(told, text=text) for lang, text in said.items()}
                for code, said in spoken.items()
            }
        self.words = self.words.naming(column, spoken)
        rules = {_code(rule): _spoken(rule) for _, item in listed for rule in getattr(item, "rules", ())}
        self.words = self.words.naming("reason_code", rules)

    def names_from(self, column: str, table: str, *, key: str, name: str) -> None:
        """Teach the words the names that a table of the bank gives to the keys of `column`; absent, keys stay.

        Parameters
        ----------
        column : str
            The column that will hold the keys, e.g. ``"source_id"``.
        table, key, name : str
            The table, its column of keys and its column of names.
        """
        rows = self.book[table].drop_duplicates(key) if self.book.has(table) else []
        if len(rows):
            pairs = zip(rows[key].astype("str"), rows[name].astype("str"), strict=True)
            self.words = self.words.naming(column, {code: {"zh": said, "en": said} for code, said in pairs})

    # ---------------------------------------------------------------- the frame

    def cover(self) -> Shown:
        """Show whose report it is, as of when, on which data; and that it decides on no single customer."""
        words, book = self.words, self.book
        absent, level = self.reach()
        missing = words.join(table_label(words, table) for table in absent)
        rows = [
            [words.mark("branch"), f"{book.name} {book.branch_id}"],
            [words.mark("as_of"), words.mark("day", day=book.as_of)],
            [words.mark("level"), words.code("level", level)],
            [words.mark("tables_missing"), missing or words.mark("nothing_absent")],
        ]
        banner = [aside(box(words.mark("synthetic"), "warning"))] if book.is_synthetic else []
        ends = [paragraph(words.mark(key), "note") for key in ("money", "statement")]
        return joined([*banner, facts(rows), *ends])

    def decisions(self, decisions: object = "decisions") -> Shown:
        """Show at most five decisions as cards (columns: ``tables.COLUMNS``), and keep them.

        Without an argument those that were kept: ``report.keep(decisions=...)``.
        """
        decisions = self.result(decisions)
        waiting = self.blocked("decisions", [decisions])
        if waiting is not None:
            return waiting_box(self.words, waiting)  # where nothing can be decided page one says so
        shown = decision_cards(decisions, self.words)
        self.results.record("decisions", decisions)
        self.results.show("table", "decisions", words=self.words, columns=None)
        return shown

    def appendix(self) -> Shown:
        """Begin the appendix: above stands what argues the decision, below what it rests on and complete tables.

        Every format knows where it begins; tables below it show fewer rows.
        """
        self.results.begin_appendix()
        said = self.words.mark("appendix")
        return Shown(said, f'<h2 class="wb-appendix">{escaped(said)}</h2>')

    def missing(self) -> Shown:
        """Show which pages were not computed and what each waits for; keep the list."""
        rows = [(page, need, found.refusal) for page, found in self.waiting.items() for need in found.needs or ("",)]
        kept = pd.DataFrame(rows, columns=["page", "needs", "refusal"], dtype="str")
        self.results.record("not_computed", kept)
        if kept.empty:
            return paragraph(self.words.mark("nothing_missing"))
        by_reason: dict[str, list[str]] = {}
        for page, found in self.waiting.items():
            by_reason.setdefault(reason(self.words, found), []).append(self.words.entry("captions", page))
        pages = {why: self.words.join(captions) for why, captions in by_reason.items()}
        lines = [self.words.mark("unlocks", reason=why, pages=said) for why, said in pages.items()]
        return joined(box(line) for line in lines)

    def stamp(self, *files: str | Path) -> Shown:
        """Show what the report was made of: the bank's files with their hashes, the terms given, the library's version.

        Tag its cell ``nbval-ignore-output``: hashes change with the data.

        Parameters
        ----------
        *files : str or Path
            Product, policy and segment files that were read.
        """
        stored = getattr(self.book, "files", None)
        names = ["name", "sha256"]
        pairs = [] if stored is None else stored[names].astype("str").drop_duplicates().itertuples(index=False)
        loaded = [[self.words.code("file", name), mark[:12]] for name, mark in pairs]
        terms = [[Path(file).name, file_hash(Path(file))[:12]] for file in files]
        own = [[self.words.mark("stamp_version"), VERSION]]
        return facts([*own, *loaded, *terms])

    # ---------------------------------------------------------------- elsewhere than into the branch's report

    @cached_property
    def head_office(self) -> HeadOffice:
        """The part of this report that only head office gets: see `HeadOffice`."""
        return HeadOffice(self)

    def leaflet(
        self,
        audience: str,
        *,
        policy: QualityPolicy,
        product: Product | None = None,
        state: str = "",
        subject: str = "",
    ) -> Leaflet:
        """Begin a one-pager for somebody outside the bank: see `Leaflet`.

        Parameters
        ----------
        audience : str
            ``chamber``, ``market``, ``core_enterprise`` or ``customer``.
        policy : QualityPolicy
            Says how many a shown count must hold.
        product : Product, optional
            Names the sheet; it must be approved for a pilot.
        state : str
            What is decided on that product here (`leaflets.pilot_state`).
        subject : str
            A code that tells two sheets for the same audience apart.

        Raises
        ------
        BadConfig
            If the audience is none of these, the subject cannot stand in a file's name, or the product's pilot is not
            to be started.
        """
        return new_leaflet(self, audience, policy=policy, product=product, state=state, subject=subject)


def open_report(book: Book | Branch, *, lang: str, out: str | Path, name: str = "") -> Report:
    """Return a new report on a branch.

    Parameters
    ----------
    book : Book or Branch
        The branch's slice, as ``bank.branch.read_branch`` gives it; a branch (or design) that feeds measures gives its
        policy and its cached results too, and the names of its codes where it has ``titles``.
    lang : str
        ``zh`` or ``en``.
    out : str or Path
        The report's own folder: ``results/`` is made there. An empty text writes nothing.
    name : str
        Of the report, e.g. ``3_risk_review``: pages that it shows in its own way stand in its file of words.

    Raises
    ------
    BadConfig
        If the language is unknown or `out` cannot be written.
    """
    return Report.opened(book, lang=lang, out=out, name=name)


def _wanted(text: Entry | None) -> set[str]:
    """Return the names that a text wants values for."""
    return set() if text is None else {each.partition(":")[0] for said in text.values() for each in placeholders(said)}


def _row(frame: pd.DataFrame, where: Mapping[str, object]) -> pd.Series:
    flat = frame.reset_index() if any(frame.index.names) else frame
    for column, value in where.items():
        flat = flat[flat[column] == value]
    return flat.iloc[0]


def _code(item: object) -> str:
    return item.reason_code if hasattr(item, "reason_code") else item.code


def _spoken(item: object) -> dict[str, str]:
    """Return the words of a written term, or of a mapping, in both languages."""
    if isinstance(item, Mapping):
        return dict(item)
    said = next((getattr(item, name) for name in TITLES if hasattr(item, name)), item)
    return {"zh": said.zh, "en": said.en}
