"""An exercise told: its tables, the answers asked for, and what came of them, with the mistake each looks like."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from microlib.exercises.judges import Item, Judgement
from microlib.reporting import displays, tables
from microlib.reporting.catalogues import Words

Shown = displays.Shown
COLOURS = {"right": "#d8f0dd", "close": "#fff3cd", "wrong": "#f8d7da", "blank": "#e8e8e8"}


def question(data: Mapping[str, pd.DataFrame], task: Any, words: Words, *, rows: int) -> displays.Shown:
    """Show tables of an exercise, then the answers that are asked for."""
    own = words.of(task.code)
    shown = [tables.table(frame, own, caption=words.code(f"{task.code}_table", name), rows=rows)
             for name, frame in data.items()]  # fmt: skip
    return displays.joined([*shown, asked(task, words)])


def asked(task: Any, words: Words) -> displays.Shown:
    """Show what is asked for: name in the answer, what it is, unit, and how near is right."""
    head = [words.mark(f"answer_{part}") for part in ("name", "what", "unit", "tolerance")]
    rows = [
        [item.name, words.code(f"{task.code}_item", item.name), words.code("answer_unit", item.unit),
         _tolerance(item, words)]
        for item in task.asked
    ]  # fmt: skip
    return _table([head, *rows], words.mark("answers_asked"), [""] * len(rows))


def marked(task: Any, found: list[Judgement], words: Words) -> displays.Shown:
    """Show a check: one line per answer, and how many are right."""
    head = [words.mark("answer_what"), words.mark("answer_status"), words.mark("answer_hint")]
    rows = [[_label(task, each, words), words.code("answer_status", each.status), _hint(task, each, words)]
            for each in found]  # fmt: skip
    right = sum(each.status == "right" for each in found)
    done = words.mark("answers_right", right_count=right, asked_count=len(task.items))
    closing = words.code(f"{task.code}_good", "answer") if right == len(found) else ""
    table = _table([head, *rows], done, [COLOURS[each.status] for each in found])
    return displays.joined([table, displays.paragraph(closing, "note") if closing else displays.nothing()])


def _tolerance(item: Item, words: Words) -> str:
    if item.judge == "choice":
        return words.mark("answer_exact")
    key = {"number": "answer_within", "band": "answer_band", "letters": "answer_agreeing", "kappa": "answer_kappa",
           "order": "answer_tau", "groups": "answer_groups"}[item.judge]  # fmt: skip
    return words.mark(key, tolerance=f"{item.tolerance:g}")


def _label(task: Any, each: Judgement, words: Words) -> str:
    return words.code(f"{task.code}_item", each.name)


def _hint(task: Any, each: Judgement, words: Words) -> str:
    own, general = f"{task.code}_slip.{each.reason}", f"answer_slip.{each.reason}"
    known = next((key for key in (own, general) if words.has("codes", key)), "")
    told = words.entry("codes", known) if each.reason and known else words.code("answer_said", each.status)
    measured = "" if each.detail is None else words.mark("answer_measured", detail=f"{each.detail:.2f}")
    return told + measured


def _table(rows: list[list[str]], caption: str, colours: list[str]) -> displays.Shown:
    text = displays.aligned(rows, [False] * len(rows[0]))
    cells = ["".join(f'<th style="text-align:left">{displays.escaped(cell)}</th>' for cell in rows[0])]
    lines = [
        f'<tr style="background:{colour}">' if colour else "<tr>"
        for colour in colours
    ]  # fmt: skip
    body = "".join(
        line + "".join(f'<td style="text-align:left">{displays.escaped(cell)}</td>' for cell in row) + "</tr>"
        for line, row in zip(lines, rows[1:], strict=True)
    )
    page = (f'<table class="wb-table"><caption>{displays.escaped(caption)}</caption><thead><tr>{cells[0]}</tr></thead>'
            f"<tbody>{body}</tbody></table>")  # fmt: skip
    return displays.Shown(f"{caption}\n{text}", page)
