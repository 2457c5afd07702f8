"""At most three decisions, 做 / 停 / 等, each with money, owner, date, cost of waiting, what would overturn it."""

from __future__ import annotations

import pandas as pd

from microlib.errors import BadConfig
from microlib.reporting.catalogues import Words
from microlib.reporting.cells import cell, overturning
from microlib.reporting.displays import Shown, escaped, joined, paragraph
from microlib.reporting.fillings import close_set

MOST = 3
COLUMNS = (
    "action", "segment", "step", "amount_yuan", "owner", "due_date",
    "waiting_cost_yuan", "overturning_measure", "overturning_side", "overturning_value",
)  # fmt: skip
COLOURS = {"do": "#009E73", "stop": "#D55E00", "wait": "#7f7f7f"}


def decision_cards(decisions: pd.DataFrame, words: Words) -> Shown:
    """Show decisions as cards: what is done first, then what is stopped, last what waits, as the heading says them.

    Parameters
    ----------
    decisions : DataFrame
        ``action`` (do, stop, wait), ``segment``, ``step`` (a code of the catalogue: what is to be done),
        ``amount_yuan``, ``owner``, ``due_date``, ``waiting_cost_yuan`` (missing where it is unknown),
        ``overturning_measure`` (a column's name), ``overturning_side`` (above, below), ``overturning_value``.
    words : Words

    Raises
    ------
    BadConfig
        If there are more than three or a column is missing.
    """
    lacking = [name for name in COLUMNS if name not in decisions.columns]
    if lacking or len(decisions) > MOST:
        what = f"decisions lack {', '.join(lacking)}" if lacking else f"{len(decisions)} decisions are no decision"
        raise BadConfig(what, where="decisions", fix=f"pass at most {MOST} rows with {', '.join(COLUMNS)}")
    if decisions.empty:
        return paragraph(words.mark("decision_none"))
    ordered = decisions.iloc[decisions["action"].map(list(COLOURS).index).argsort(kind="stable")]
    return joined(_card(row, words) for _, row in ordered.iterrows())


def _card(row: pd.Series, words: Words) -> Shown:
    said = words.mark("decision_head", action=row["action"], segment=words.code("segment", row["segment"]))
    head = close_set(said, words.lang)
    parts = [words.mark("pair", name=words.mark(name), text=text) for name, text in _parts(row, words)]
    lines = [words.code("step", row["step"]), *parts]
    colour = COLOURS[row["action"]]
    style = f"border-left:6px solid {colour};padding:0.4em 1em;margin:0.6em 0"
    body = "".join(f"<div>{escaped(line)}</div>" for line in lines)
    page = f'<div class="wb-decision wb-{row["action"]}" style="{style}"><b>{escaped(head)}</b>{body}</div>'
    return Shown("\n".join([head, *(f"  {line}" for line in lines)]), page)


def _parts(row: pd.Series, words: Words) -> list[tuple[str, str]]:
    return [
        ("decision_amount", _money(row, "amount_yuan", words)),
        ("decision_owner", words.code("owner", row["owner"])),
        ("decision_due", cell(row["due_date"], "due_date", words)),
        ("decision_cost", _money(row, "waiting_cost_yuan", words)),
        ("decision_overturn", overturning(row, words)),
    ]


def _money(row: pd.Series, name: str, words: Words) -> str:
    if pd.isna(row[name]):
        return words.code("any", "unknown")
    return f"{cell(row[name], name, words)} {words.unit(name)}"
