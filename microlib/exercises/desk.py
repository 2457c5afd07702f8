"""One learner at one exercise: the question's data shown, the answers asked for, the check, small ledgers.

`open_exercise` is the way in; `fees_of`, `small_ledger` and `draw_members` make data that the library can
measure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

import numpy as np
import pandas as pd

from microlib.contracts.product import Fee
from microlib.contracts.tables import TABLES
from microlib.design.prices import Parts, floor_rate
from microlib.exercises.exercise import Item, Judgement, Task, find_task, judged
from microlib.metrics.capacity import loan_capacity
from microlib.report.display import Shown, aligned, escaped, joined, nothing, paragraph
from microlib.report.tables import table
from microlib.report.words import Words

COLOURS = {"right": "#d8f0dd", "close": "#fff3cd", "wrong": "#f8d7da", "blank": "#e8e8e8"}


def question(data: Mapping[str, pd.DataFrame], task: Task, words: Words, *, rows: int) -> Shown:
    """Show tables of an exercise, then the answers that are asked for."""
    own = words.of(task.code)
    shown = [
        table(frame, own, caption=words.code(f"{task.code}_table", name), rows=rows) for name, frame in data.items()
    ]
    return joined([*shown, asked(task, words)])


def asked(task: Task, words: Words) -> Shown:
    """Show what is asked for: name in the answer, what it is, unit, and how near is right."""
    head = [words.mark(f"answer_{part}") for part in ("name", "what", "unit", "tolerance")]
    rows = [
        [
            item.name,
            words.code(f"{task.code}_item", item.name),
            words.code("answer_unit", item.unit),
            _tolerance(item, words),
        ]
        for item in task.asked
    ]
    return _table([head, *rows], words.mark("answers_asked"), [""] * len(rows))


def marked(task: Task, found: list[Judgement], words: Words) -> Shown:
    """Show a check: one line per answer, and how many are right."""
    head = [words.mark("answer_what"), words.mark("answer_status"), words.mark("answer_hint")]
    rows = [
        [_label(task, each, words), words.code("answer_status", each.status), _hint(task, each, words)]
        for each in found
    ]
    right = sum(each.status == "right" for each in found)
    done = words.mark("answers_right", right_count=right, asked_count=len(task.items))
    closing = words.code(f"{task.code}_good", "answer") if right == len(found) else ""
    table = _table([head, *rows], done, [COLOURS[each.status] for each in found])
    return joined([table, paragraph(closing, "note") if closing else nothing()])


def _tolerance(item: Item, words: Words) -> str:
    if item.judge == "choice":
        return words.mark("answer_exact")
    key = {
        "number": "answer_within",
        "band": "answer_band",
        "letters": "answer_agreeing",
        "kappa": "answer_kappa",
        "order": "answer_tau",
        "groups": "answer_groups",
    }[item.judge]
    return words.mark(key, tolerance=f"{item.tolerance:g}")


def _label(task: Task, each: Judgement, words: Words) -> str:
    return words.code(f"{task.code}_item", each.name)


def _hint(task: Task, each: Judgement, words: Words) -> str:
    own, general = f"{task.code}_slip.{each.reason}", f"answer_slip.{each.reason}"
    known = next((key for key in (own, general) if words.has("codes", key)), "")
    told = words.entry("codes", known) if each.reason and known else words.code("answer_said", each.status)
    measured = "" if each.detail is None else words.mark("answer_measured", detail=f"{each.detail:.2f}")
    return told + measured


def _table(rows: list[list[str]], caption: str, colours: list[str]) -> Shown:
    text = aligned(rows, [False] * len(rows[0]))
    cells = ["".join(f'<th style="text-align:left">{escaped(cell)}</th>' for cell in rows[0])]
    lines = [f'<tr style="background:{colour}">' if colour else "<tr>" for colour in colours]
    body = "".join(
        line + "".join(f'<td style="text-align:left">{escaped(cell)}</td>' for cell in row) + "</tr>"
        for line, row in zip(lines, rows[1:], strict=True)
    )
    page = (
        f'<table class="wb-table"><caption>{escaped(caption)}</caption><thead><tr>{cells[0]}</tr></thead>'
        f"<tbody>{body}</tbody></table>"
    )
    return Shown(f"{caption}\n{text}", page)


@dataclass(frozen=True)
class Desk:
    """An exercise with the data of one seed, in one language.

    Parameters
    ----------
    task : Task
    seed : int
    words : Words
    data : dict of DataFrame
        What the learner may use; `question` shows it.
    """

    task: Task
    seed: int
    words: Words
    data: dict[str, pd.DataFrame]

    def question(self, *names: str, rows: int = 60) -> Shown:
        """Show the exercise's data, all tables or those named, then the answers that are asked for."""
        chosen = {name: frame for name, frame in self.data.items() if not names or name in names}
        return question(chosen, self.task, self.words, rows=rows)

    def check(self, answer: Mapping[str, Any]) -> Shown:
        """Judge the answers and show, for each, right, close (with the usual mistake named), wrong or blank."""
        return marked(self.task, judged(self.task, answer, self.seed), self.words)


def open_exercise(name: str, *, seed: int = 0, lang: str = "zh") -> Desk:
    """Sit down at an exercise.

    Parameters
    ----------
    name : str
        Its code, ``x17``.
    seed : int
        0 gives the course's own numbers; any other gives numbers and keys of its own.
    lang : str
        ``zh`` or ``en``.

    Raises
    ------
    BadConfig
        If there is no such exercise or language.

    Examples
    --------
    >>> desk = open_exercise("x17", lang="en")
    >>> "right" in repr(desk.check({"par30": 2.2}))
    True
    """
    task = find_task(name)
    shown = {key: value for key, value in task.data(seed).items() if not key.startswith("_")}
    return Desk(task, int(seed), Words(lang), shown)


class Offer(Protocol):
    """What a row of offers says of fees at the start: a share of the amount, and yuan."""

    guarantee_fee_share: float
    valuation_fee: float


def fees_of(offer: Offer) -> tuple[Fee, ...]:
    """Return an offer's fees at the start: a guarantee fee on the amount, and a fixed valuation fee."""
    paid = {"payer": "borrower", "when": "at_start", "said": {"zh": "费用", "en": "fee"}}
    fees = []
    if offer.guarantee_fee_share:
        rate = Decimal(str(offer.guarantee_fee_share))
        fees.append(Fee.model_validate({**paid, "code": "guarantee", "basis": "amount", "rate": rate}))
    if offer.valuation_fee:
        fees.append(
            Fee.model_validate({**paid, "code": "valuation", "basis": "fixed", "yuan": int(offer.valuation_fee)})
        )
    return tuple(fees)


EMPTY = {"str": None, "datetime64[s]": pd.NaT, "float64": float("nan"), "Int64": pd.NA, "boolean": pd.NA}
ORDINARY = {
    "branch_id": "0000",
    "disbursed_date": "2025-01-05",
    "maturity_date": "2027-01-05",
    "yearly_rate": 0.05,
    "overdue_days": 0,
    "class5": "normal",
    "status": "normal",
    "issue_type": "new",
}


def small_ledger(book: pd.Series) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return loans and last year's month end whose sums are those of a book.

    Parameters
    ----------
    book : Series
        ``balance_yuan, late_yuan, stressed_yuan, written_off_yuan, year_ago_yuan``; the balance a year ago is larger
        than what was late, renewed or written off since.
    """
    late, stressed, off = book["late_yuan"], book["stressed_yuan"], book["written_off_yuan"]
    rest = book["year_ago_yuan"] - late - stressed - off
    rows = [
        {
            "balance_yuan": late,
            "amount_yuan": late,
            "overdue_days": 45,
            "status": "overdue",
            "first_overdue_date": "2026-05-16",
        },
        {
            "balance_yuan": stressed,
            "amount_yuan": stressed,
            "issue_type": "refinance",
            "previous_loan_id": "L3",
            "disbursed_date": "2026-01-05",
        },
        {"balance_yuan": 0.0, "amount_yuan": stressed, "status": "settled", "first_overdue_date": "2025-11-20"},
        {
            "balance_yuan": book["balance_yuan"] - late - stressed,
            "amount_yuan": book["balance_yuan"],
            "disbursed_date": "2026-03-01",
        },
        {
            "balance_yuan": 0.0,
            "amount_yuan": off,
            "status": "written_off",
            "written_off_date": "2026-02-01",
            "written_off_yuan": off,
            "disbursed_date": "2024-01-05",
        },
        {"balance_yuan": 0.0, "amount_yuan": rest, "status": "settled", "disbursed_date": "2024-05-01"},
    ]
    loans = _typed([{**ORDINARY, **row, "loan_id": f"L{n}", "customer_id": f"C{n}"} for n, row in enumerate(rows, 1)])
    months = pd.DataFrame(
        {
            "loan_id": ["L1", "L3", "L5", "L6"],
            "month": "2025-06",
            "overdue_days": 0,
            "balance_yuan": [late, stressed, off, rest],
            "class5": "normal",
            "status": "normal",
        }
    )
    return loans, months


def _typed(rows: list[dict]) -> pd.DataFrame:
    """Return rows with every column of the contract, typed; what is not given is missing."""
    kinds = {column.name: column.frame_type for column in TABLES["loans"].columns}
    columns = {name: [row.get(name, EMPTY.get(kind)) for row in rows] for name, kind in kinds.items()}
    return pd.DataFrame({name: pd.Series(values).astype(kinds[name]) for name, values in columns.items()})


#: working assumptions of the exercise, the same for every team
LGD, STRESS, COVERAGE, FLOOR_YUAN = 0.45, 2.0, 1.2, 100_000.0
COSTS = {
    "ftp_rate": 0.0205,
    "opex_rate": 0.0110,
    "lgd_share": LGD,
    "capital_share": 0.105 * 0.75,
    "capital_cost_rate": 0.10,
}


@dataclass(frozen=True)
class TeamTerms:
    """What a team decides.

    Parameters
    ----------
    cap_yuan : float
        Most that one borrower may have.
    yearly_rate : float
        Rate (fraction).
    term_months : int
        Tenor, in equal instalments.
    source_share : float
        Most of the volume that may hang on one source of income (fraction).
    """

    cap_yuan: float
    yearly_rate: float
    term_months: int
    source_share: float


def draw_members(seed: int, *, members: int = 200) -> pd.DataFrame:
    """Draw a group: need, cash of a poor month, default rate and source of income of each member."""
    dice = np.random.default_rng(1_100 + seed)
    need = np.exp(dice.normal(12.6, 0.6, members)).round(-3)
    return pd.DataFrame(
        {
            "member": np.arange(1, members + 1),
            "need_yuan": need,
            "cash_month_yuan": (need * dice.uniform(0.02, 0.14, members)).round(-2),
            "pd_rate": dice.beta(2, 90, members).round(4),
            "source": dice.choice(list("PQRS"), members, p=[0.46, 0.26, 0.17, 0.11]),
        }
    )


def size_lines(members: pd.DataFrame, terms: TeamTerms) -> pd.Series:
    """Return each member's line: the least of need, cap and what a poor month carries; nothing below the least line.

    A source with more than its share of the volume is scaled down to it, once, so lines may end below the least line.
    """
    carried = loan_capacity(
        members["cash_month_yuan"] / COVERAGE, yearly_rate=terms.yearly_rate, months=terms.term_months
    )
    line = np.minimum(np.minimum(members["need_yuan"], terms.cap_yuan), carried)
    line = line.where(line >= FLOOR_YUAN, 0.0)
    rest = line.sum() - line.groupby(members["source"]).transform("sum")
    own = line.groupby(members["source"]).transform("sum").replace(0.0, 1.0)
    most = terms.source_share / (1 - terms.source_share) * rest if terms.source_share < 1 else own
    return line * np.minimum(1.0, most / own)


def judge_terms(members: pd.DataFrame, terms: TeamTerms) -> dict[str, float]:
    """Find what terms do to a group, in the five things that teams are compared by.

    Returns
    -------
    dict
        ``covered_share`` of the need, ``unserved_count``, ``stressed_loss_share`` of the volume (default rates
        doubled), ``worst_source_share``, ``margin_rate`` (rate less floor at the mean default rate), ``cost_rate``
        (what the borrower pays), ``volume_yuan``.
    """
    line = size_lines(members, terms)
    volume = float(line.sum()) or 1.0
    mean_pd = float((line * members["pd_rate"]).sum()) / volume
    floor = floor_rate(Parts(pd_rate=mean_pd, **COSTS))
    return {
        "covered_share": volume / members["need_yuan"].sum(),
        "unserved_count": int((line <= 0).sum()),
        "stressed_loss_share": STRESS * mean_pd * LGD,
        "worst_source_share": float(line.groupby(members["source"]).sum().max()) / volume,
        "margin_rate": terms.yearly_rate - floor,
        "cost_rate": terms.yearly_rate,
        "volume_yuan": volume,
    }
