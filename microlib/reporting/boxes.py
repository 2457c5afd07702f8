"""The grey box in the place of a result that could not be computed."""

from __future__ import annotations

from microlib.reporting.catalogues import Words
from microlib.reporting.displays import Shown, box, heading
from microlib.reporting.feeding import NotComputed


def table_label(words: Words, table: str) -> str:
    """Return a bank table's label with its name in the store."""
    return words.mark("table_name", label=words.code("table", table), name=table)


def reason(words: Words, result: NotComputed) -> str:
    """Return the sentence that says what a result waits for."""
    if result.needs:
        return words.mark("not_computed", tables=words.join(table_label(words, table) for table in result.needs))
    known = words.has("codes", f"refusal.{result.refusal}")
    said = words.code("refusal", result.refusal if known else "BadData")
    return words.mark("refused", reason=f"{said} ({result.detail})" if words.lang == "en" and result.detail else said)


def waiting_box(words: Words, result: NotComputed) -> Shown:
    """Show why a result was not computed."""
    return box(reason(words, result))


def waiting_title(words: Words, result: NotComputed, key: str) -> Shown:
    """Show a heading without an answer, and why it has none."""
    title = words.mark("title_not_computed", caption=words.entry("captions", key))
    return heading(title) + waiting_box(words, result)
