"""One-pagers that leave the bank and the head office's part: a whitelist decides what may stand on them."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import pandas as pd

from microlib.contracts.policy import QualityPolicy
from microlib.contracts.product import Product
from microlib.design.term_tables import public_terms
from microlib.errors import BadConfig
from microlib.report.display import Picture, Shown, box, facts, heading, joined, nothing, paragraph
from microlib.report.feeding import NotComputed, name_of
from microlib.report.results import Results
from microlib.report.tables import Teller, waiting_box
from microlib.report.words import Words, entries, page_words, placeholders

AUDIENCES = ("chamber", "market", "core_enterprise", "customer")
#: codes that may name a row: groups and calendars, no customer, no source of repayment
LABELS = ("segment", "industry_section", "list_source", "calendar_month", "peak_month", "kind", "size")
#: how many there are; each shown row must hold at least k
COUNTS = ("customers_count", "members_count")
#: what says that the frame was suppressed
MARKS = ("is_shown", "suppression")
#: item of the public terms -> the column whose codes its codes are
TERM_CODES = {"kinds": "kind", "repayment": "repayment", "secured": "secured"}


def checked_aggregate(told: pd.DataFrame, *, columns: Iterable[str], policy: QualityPolicy, name: str) -> pd.DataFrame:
    """Return the rows of a suppressed aggregate that may leave the bank, with columns of the whitelist only.

    Raises
    ------
    BadConfig
        If a column is not on the whitelist, no suppression was made, or a shown row counts fewer than
        ``policy.minimum_members_count``.
    """
    fewest = policy.minimum_members_count
    wanted = list(columns) or [column for column in told.columns if column not in MARKS]
    barred = [column for column in wanted if column not in (*LABELS, *COUNTS)]
    if barred:
        fix = f"pass columns=[…] of {', '.join((*LABELS, *COUNTS))}; the rest stays in the bank"
        raise BadConfig(f"{', '.join(barred)} may not leave the bank", where=name, fix=fix)
    counts = [column for column in COUNTS if column in told.columns]
    if "is_shown" not in told.columns or not counts:
        fix = "pass the result of stats.suppression.suppressed, which holds customers_count and is_shown"
        raise BadConfig("the aggregate was not suppressed", where=name, fix=fix)
    shown = told[told["is_shown"] & (told[counts] > 0).all(axis=1)]
    small = shown[(shown[counts] < fewest).any(axis=1)]
    if len(small):
        fix = f"suppress it with fewest={fewest} (quality.minimum_members_count)"
        raise BadConfig(f"{len(small)} rows count fewer than {fewest}", where=name, fix=fix)
    return shown[wanted].reset_index(drop=True)


def checked_line(key: str) -> str:
    """Return the key of a sentence that may leave the bank.

    Raises
    ------
    BadConfig
        If the catalogue ``words/leaflets`` does not hold it, or it takes or holds a number.
    """
    entry = entries("leaflets").get(key, {})
    if any(placeholders(text) or re.search(r"\d", text) for text in entry.values()):
        fix = "say numbers in terms or tables, which are checked"
        raise BadConfig("a sentence for outside holds a number", where=f"leaflets: {key}", fix=fix)
    return key


def checked_audience(audience: str) -> str:
    """Return an audience; one that is not known is a `BadConfig`."""
    if audience not in AUDIENCES:
        raise BadConfig(f"nobody is called {audience!r}", where="leaflet", fix=f"use one of {', '.join(AUDIENCES)}")
    return audience


def checked_name(name: str) -> str:
    """Return a name that a file may have; any other is a `BadConfig`."""
    if not re.fullmatch(r"[A-Za-z0-9_\-]{1,80}", name):
        raise BadConfig(f"{name!r} is no name for a sheet", where="leaflet", fix="letters, digits, _ and -")
    return name


class Annex:
    """A page being written beside the report.

    Parameters
    ----------
    path : Path, optional
        Where its parts are kept; None keeps nothing.
    title : str
    """

    def __init__(self, path: Path | None, *, title: str) -> None:
        self.path, self.title = path, title
        self.parts: list[dict[str, str]] = []

    def add(self, shown: Shown | Picture) -> None:
        """Add a part at the end, and keep the page as it is now."""
        if not repr(shown):
            return
        self.parts.append({"text/plain": repr(shown), **_body(shown)})
        if self.path is not None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            kept: dict[str, object] = {"title": self.title, "parts": self.parts}
            self.path.write_text(json.dumps(kept, ensure_ascii=False, indent=1) + "\n", "utf-8")


def _body(shown: Shown | Picture) -> dict[str, str]:
    if isinstance(shown, Picture):
        return {"image/png": base64.b64encode(shown.png).decode("ascii")}
    return {"text/html": shown.page}


LEAFLET_FOLDER = "leaflets"


class Leaflet:
    """A one-pager for somebody outside the bank; each method shows a part in the report and adds it to the sheet.

    A notebook writes one in a few cells::

        paper = report.leaflet("market", policy=policy.quality, product=stall, state=pilot_state(decisions))
        paper.terms(stall)
        paper.table("members_by_trade", told)      # from stats.suppression.suppressed(..., fewest=k)
        paper.lines("leaflet.no_deposit", "leaflet.ask")

    Only three kinds of content can enter, each checked here: a product's public terms (`term_tables.public_terms`);
    tables whose every column stands on the whitelist below, that `stats.suppression.suppressed` made, and whose shown
    rows count at least k = ``policy.quality.minimum_members_count``; sentences of the catalogue ``words/leaflets``
    without a number in them. Quality, exposure, limits of customers, named behaviour and anything that rests on a
    customer's consent have no way in. The run writes the sheet to ``leaflets/<name>.html`` and, where they are asked
    for, ``.docx`` and ``.pdf``, in the report's folder.

    Parameters
    ----------
    report : Report
    annex : Annex
    policy : QualityPolicy
        Says k.
    """

    def __init__(self, report: Teller, annex: Annex, *, policy: QualityPolicy) -> None:
        self.report, self.annex, self.policy = report, annex, policy

    def terms(self, product: Product) -> Shown:
        """Show a product's public terms."""
        words, rows = self.report.words, public_terms(product)
        name = f"public_terms_{product.code}"
        self.report.results.record(name, rows)
        told = [(words.entry("leaflets", f"term.{row.item}"), _told(row, words)) for row in rows.itertuples()]
        return self._shown(facts(told))

    def table(self, name: str, told: pd.DataFrame | NotComputed | str, *, columns: Iterable[str] = ()) -> Shown:
        """Show a suppressed aggregate; hidden rows are left out, the recorded result holds only what is shown.

        Parameters
        ----------
        name : str
            Its caption stands in the catalogue.
        told : DataFrame, NotComputed or str
            The result or its name, as `stats.suppression.suppressed` returns it: codes, ``customers_count`` or
            ``members_count``, ``is_shown``.
        columns : iterable of str
            Those to show; by default all.

        Raises
        ------
        BadConfig
            If a column is not on the whitelist, the frame was not suppressed, or a shown row counts fewer than k.
        """
        told = self.report.result(told)
        if self.report.is_waiting(told):
            return self.report.table(name, told)
        shown = checked_aggregate(told, columns=columns, policy=self.policy, name=name)
        if shown.empty:
            return nothing()
        note = self.report.words.entry("leaflets", "hidden") if len(shown) < len(told) else ""
        parts = [self.report.table(name, shown), *([paragraph(note, "note")] if note else [])]
        return self._shown(joined(parts))

    def lines(self, *keys: str) -> Shown:
        """Show sentences of the catalogue ``words/leaflets``; they hold no number and no placeholder."""
        said = [self.report.words.entry("leaflets", checked_line(key)) for key in keys]
        return self._shown(joined(paragraph(text) for text in said))

    def _shown(self, shown: Shown) -> Shown:
        self.annex.add(shown)
        return shown


def may_leave(state: str) -> bool:
    """Say whether a product may be told outside: only where its pilot is to be started, whoever holds the decision.

    Parameters
    ----------
    state : str
        What is decided on the product's pilot here: ``do``, ``wait`` or ``stop``; empty where nothing is.

    Examples
    --------
    >>> may_leave("do"), may_leave("wait"), may_leave("")
    (True, False, False)
    """
    return state == "do"


def pilot_state(decided: pd.DataFrame) -> str:
    """Return what `design.judgement.offer_judgement` say of the pilot itself: cutting lines is no start.

    Examples
    --------
    >>> pilot_state(pd.DataFrame({"step": ["start_pilot"], "action": ["do"]}))
    'do'
    >>> pilot_state(pd.DataFrame({"step": ["single_source"], "action": ["do"]}))
    'wait'
    """
    started = decided.loc[decided["step"] == "start_pilot", "action"]
    return str(started.iloc[0]) if len(started) else "wait"


def new_leaflet(
    report: Teller, audience: str, *, policy: QualityPolicy, product: Product | None, state: str, subject: str
) -> Leaflet:
    """Return an empty one-pager of a report: its audience, its name and its title checked.

    Raises
    ------
    BadConfig
        If it is about a product that is not approved for a pilot here (`may_leave`), or names nobody and no file.
    """
    if product is not None and not may_leave(state):
        fix = "give state=pilot_state(decisions) of the product's design; only a pilot that is to be started is told"
        raise BadConfig(f"{product.code} is not approved for a pilot here", where="leaflet", fix=fix)
    words, folder = report.words, report.results.folder
    parts = (audience, product.code if product else "", subject)
    name = checked_name("_".join(part for part in parts if part))
    title = words.entry("leaflets", f"title.{checked_audience(audience)}")
    said = f"{getattr(product.title, words.lang)} · {title}" if product else title
    path = folder.parent / LEAFLET_FOLDER / f"{name}.json" if folder else None
    return Leaflet(report, Annex(path, title=said), policy=policy)


class Term(Protocol):
    """A row of `term_tables.public_terms`."""

    item: str
    value: float
    other_value: float
    codes: str
    said_zh: str
    said_en: str


def _told(row: Term, words: Words) -> str:
    """Return one public term in words."""
    text = {"zh": row.said_zh, "en": row.said_en}[words.lang]
    if text:
        return text
    if row.codes:
        return words.join(words.code(TERM_CODES[row.item], code) for code in row.codes.split())
    values = {"value": row.value, "other": row.other_value}
    return words.filled("leaflets", f"told.{row.item}", **{k: v for k, v in values.items() if not pd.isna(v)})


LINES = (
    "chain.offer",
    "chain.ask_account",
    "chain.ask_statement",
    "leaflet.no_deposit",
    "leaflet.own_choice",
    "leaflet.ask",
)


def core_sheet(
    report: Teller,
    product: Product | NotComputed,
    counts: pd.DataFrame | NotComputed | str,
    decided: pd.DataFrame | NotComputed,
    *,
    policy: QualityPolicy,
) -> Shown:
    """Write the sheet for the core enterprise, or say what it waits for: tables, or a product approved for a pilot.

    Parameters
    ----------
    report : Report
    product : Product or NotComputed
        Of the scene; its public terms alone are told.
    counts : DataFrame or NotComputed
        Suppliers by kind of core, as ``stats.suppression.suppressed`` returns them.
    decided : DataFrame or NotComputed
        What is decided on the product here (`design.judgement.offer_judgement`).
    policy : QualityPolicy
        Says how many a cell must hold.

    Returns
    -------
    Shown
        The sheet as the report shows it; the run writes it to the report's ``leaflets/``.
    """
    waiting = report.blocked("core_sheet", [product, counts, decided])
    if waiting is not None:
        return waiting_box(report.words, waiting)
    state = pilot_state(decided)
    if not may_leave(state):
        title = getattr(product.title, report.words.lang)
        action = report.words.code("action", state)
        return box(report.words.mark("leaflet_withheld", product=title, action=action))
    paper = report.leaflet("core_enterprise", policy=policy, product=product, state=state)
    parts = [paper.terms(product), paper.table("supplier_counts", counts, columns=["kind", "customers_count"])]
    return joined([*parts, paper.lines(*LINES)])


def place_sheet(
    report: Teller,
    audience: str,
    counts: pd.DataFrame | NotComputed,
    *,
    told: str,
    lines: Iterable[str],
    closed: Iterable[str],
    policy: QualityPolicy,
) -> Shown:
    """Write the sheet for a kind of place (a market, a chamber), or say that all of that kind are closed.

    Parameters
    ----------
    report : Report
    audience : str
        One of `AUDIENCES`; the same code is the kind of the place.
    counts : DataFrame or NotComputed
        Heads, as ``stats.suppression.suppressed`` returns them.
    told : str
        What the table is called in the report's words.
    lines : iterable of str
        Keys of ``words/leaflets``.
    closed : iterable of str
        `Branch.closed_audiences`: kinds whose every place the register closes. To them no sheet is handed.
    policy : QualityPolicy

    Returns
    -------
    Shown
        The sheet as the report shows it, or a box that says why there is none.
    """
    if checked_audience(audience) in set(closed):
        return box(report.words.mark("place_withheld", kind=report.words.code("kind", audience)))
    paper = report.leaflet(audience, policy=policy)
    return joined([paper.table(told, counts), paper.lines(*lines)])


HEAD_OFFICE_FOLDER, PARTS = "head-office", "parts.json"
#: rows of a table that head office is shown where neither the call nor the words say how many
ROWS = 200


class HeadOffice:
    """Writes to the head office's supplement of a report; what the report itself gets is a box that says so.

    A notebook says ``report.head_office.table(…)`` instead of ``report.table(…)``, and so for every figure, heading and
    sentence about persons, firms or staff. Nothing that goes in here, not even how many rows there are, reaches the
    report's page, its other formats, its executed notebook, its ``results/`` or a branch's bundle: they stand in
    ``head-office/`` below the report's folder, in the same formats, for head office alone.

    Parameters
    ----------
    report : Report
        Its words and book are used; tables are recorded in ``head-office/results``.
    """

    def __init__(self, report: Teller) -> None:
        folder = report.results.folder
        self.report = report
        self.inner = replace(report, results=Results(folder.parent / HEAD_OFFICE_FOLDER if folder else ""))
        path = folder.parent / HEAD_OFFICE_FOLDER / PARTS if folder else None
        self.annex = Annex(path, title=report.words.mark("head_office_title"))

    def table(
        self,
        what: str | Callable[..., object],
        result: object = None,
        *,
        columns: list[str] | None = None,
        rows: int | None = None,
    ) -> Shown:
        """Show a table to head office; arguments as `Report.table`, without `rows` 200 of them."""
        name = name_of(what) if callable(what) else what
        most = rows or page_words(name, report=self.report.name).rows or ROWS
        self._add(self._writer().table(what, result, columns=columns, rows=most))
        return self._box(name)

    def draw(self, what: str | Callable[..., object], result: object = None, /, **options: object) -> Shown:
        """Show the figure that the words give to a page to head office; arguments as `Report.draw`."""
        self._add(self._writer().draw(what, result, **options))
        return self._box(name_of(what) if callable(what) else what)

    def chart(self, name: str, draw: Callable, result: object, **options: object) -> Shown:
        """Show a figure to head office; arguments as `Report.chart`."""
        self._add(self._writer().chart(name, draw, result, **options))
        return self._box(name)

    def title(self, what: str | Callable[..., object], /, *results: object, **options: object) -> Shown:
        """Say a heading with its answer to head office; the report gets the caption without the answer."""
        self._add(self._writer().title(what, *results, **options))
        return heading(self.report.words.entry("captions", name_of(what) if callable(what) else what))

    def say(self, what: str | Callable[..., object], /, *results: object, **options: object) -> Shown:
        """Say a sentence to head office; the report gets nothing."""
        self._add(self._writer().say(what, *results, **options))
        return nothing()

    def fact(self, name: str, result: object, **options: object) -> Shown:
        """Keep a number for head office; arguments as `Report.fact`, the report gets nothing."""
        self._add(self._writer().fact(name, result, **options))
        return nothing()

    def _writer(self) -> Teller:
        """Return the inner report, taught what the outer knows by now."""
        self.inner.words = self.report.words
        return self.inner

    def _add(self, shown: Shown) -> None:
        self.annex.add(shown)

    def _box(self, name: str) -> Shown:
        caption = self.report.words.entry("captions", name)
        return box(self.report.words.mark("head_office_only", caption=caption))
