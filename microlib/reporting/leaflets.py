"""One-pagers that leave the bank: public terms, and counts of many; a whitelist decides, not the writer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from microlib.design.public_terms import public_terms
from microlib.reporting import displays, whitelists
from microlib.reporting.annexes import Annex

__all__ = ["Leaflet", "begun_leaflet"]
FOLDER = "leaflets"


class Leaflet:
    """A one-pager for somebody outside the bank; each method shows a part in the report and adds it to the sheet.

    A notebook writes one in a few cells::

        paper = report.leaflet("market", policy=policy.quality, product=stall)
        paper.terms(stall)
        paper.table("members_by_trade", told)      # from metrics.suppressions.suppressed(..., fewest=k)
        paper.lines("leaflet.no_deposit", "leaflet.ask")

    Only three kinds of content can enter, each checked here: a product's public terms (`design.public_terms`); tables
    whose every column stands on the whitelist (`reporting.whitelists`), that `metrics.suppressions.suppressed` made,
    and whose shown rows count at least k = ``policy.quality.minimum_members_count``; sentences of the catalogue
    ``words/leaflets`` without a number in them. Quality, exposure, limits of customers, named behaviour and anything
    that rests on a customer's consent have no way in. The run writes the sheet to ``leaflets/<name>.html`` and, where
    they are asked for, ``.docx`` and ``.pdf``, in the report's folder.

    Parameters
    ----------
    report : Report
    annex : Annex
    policy : QualityPolicy
        Says k.
    """

    def __init__(self, report: Any, annex: Annex, *, policy: whitelists.QualityPolicy) -> None:
        self.report, self.annex, self.policy = report, annex, policy

    def terms(self, product: Any) -> displays.Shown:
        """Show a product's public terms."""
        words, rows = self.report.words, public_terms(product)
        name = f"public_terms_{product.code}"
        self.report.results.record(name, rows)
        told = [(words.entry("leaflets", f"term.{row.item}"), _told(row, words)) for row in rows.itertuples()]
        return self._shown(displays.facts(told))

    def table(self, name: str, told: Any, *, columns: Iterable[str] = ()) -> displays.Shown:
        """Show a suppressed aggregate; hidden rows are left out, the recorded result holds only what is shown.

        Parameters
        ----------
        name : str
            Its caption stands in the catalogue.
        told : DataFrame or NotComputed
            As `metrics.suppressions.suppressed` returns it: codes, ``customers_count`` or ``members_count``,
            ``is_shown``.
        columns : iterable of str
            Those to show; by default all.

        Raises
        ------
        BadConfig
            If a column is not on the whitelist, the frame was not suppressed, or a shown row counts fewer than k.
        """
        if self.report.is_waiting(told):
            return self.report.table(name, told)
        shown = whitelists.checked_aggregate(told, columns=columns, policy=self.policy, name=name)
        if shown.empty:
            return displays.nothing()
        note = self.report.words.entry("leaflets", "hidden") if len(shown) < len(told) else ""
        parts = [self.report.table(name, shown), *([displays.paragraph(note, "note")] if note else [])]
        return self._shown(displays.joined(parts))

    def lines(self, *keys: str) -> displays.Shown:
        """Show sentences of the catalogue ``words/leaflets``; they hold no number and no placeholder."""
        said = [self.report.words.entry("leaflets", whitelists.checked_line(key)) for key in keys]
        return self._shown(displays.joined(displays.paragraph(text) for text in said))

    def _shown(self, shown: displays.Shown) -> displays.Shown:
        self.annex.add(shown)
        return shown


def begun_leaflet(
    report: Any, audience: str, *, policy: whitelists.QualityPolicy, product: Any, subject: str
) -> Leaflet:
    """Return an empty one-pager of a report: its audience, its name and its title checked."""
    words, folder = report.words, report.results.folder
    parts = (audience, product.code if product else "", subject)
    name = whitelists.checked_name("_".join(part for part in parts if part))
    title = words.entry("leaflets", f"title.{whitelists.checked_audience(audience)}")
    said = f"{getattr(product.title, words.lang)} · {title}" if product else title
    path = folder.parent / FOLDER / f"{name}.json" if folder else None
    return Leaflet(report, Annex(path, title=said), policy=policy)


def _told(row: Any, words: Any) -> str:
    """Return one public term in words."""
    text = {"zh": row.said_zh, "en": row.said_en}[words.lang]
    if text:
        return text
    if row.codes:
        return words.join(words.code(whitelists.TERM_CODES[row.item], code) for code in row.codes.split())
    values = {"value": row.value, "other": row.other_value}
    return words.filled("leaflets", f"told.{row.item}", **{k: v for k, v in values.items() if not pd.isna(v)})
