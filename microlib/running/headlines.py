"""The few figures of a report that stand in the index, read from its facts and written with their intervals."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

from microlib.errors import BadConfig
from microlib.reporting import formats
from microlib.reporting.catalogues import Words

#: figures of a branch in the order in which a committee reads them; a fact is known by the last part of its name
HEADLINES = (
    "customers_count",
    "loans_count",
    "balance_yuan",
    "npl_share",
    "overdue_share",
    "par30_share",
    "adjusted_par30_share",
    "top_source_share",
    "unassigned_share",
)
#: a fact of the whole book goes before others that end alike
FIRST = ("book_size", "committee_ratios", "four_pars", "top_source", "unassigned_share")
#: where a report has none of these, so many of its rates that carry an interval
OTHERS = 4


class Figure(NamedTuple):
    """One figure of the index.

    Parameters
    ----------
    name : str
        The fact's name without the page it came from.
    main, detail : str
        The number, and its interval and count, as text.
    value : float
        The number itself, to sort by.
    """

    name: str
    main: str
    detail: str
    value: float = float("nan")


def read_facts(folder: Path) -> dict[str, dict[str, Any]]:
    """Return a report's facts, none where it wrote none or the file is damaged."""
    try:
        found = json.loads((folder / "results" / "facts.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {name: fact for name, fact in found.items() if isinstance(fact, dict)} if isinstance(found, dict) else {}


def figures_of(facts: dict[str, dict[str, Any]]) -> dict[str, Figure]:
    """Return the figures for the index by name, in the order of `HEADLINES`.

    Examples
    --------
    >>> fact = {"value": 0.022, "low": 0.014, "high": 0.127, "count": 60, "unit": "share"}
    >>> figures_of({"four_pars.par30_share": fact})["par30_share"]
    Figure(name='par30_share', main='2.2 %', detail='1.4–12.7 %，n=60', value=0.022)
    """
    told = {name: fact for name, fact in facts.items() if _is_number(fact.get("value"))}
    ordered = sorted(told.items(), key=lambda pair: pair[0].split(".")[0] not in FIRST)
    last = {name.rsplit(".", 1)[-1]: fact for name, fact in reversed(ordered)}
    chosen = [name for name in HEADLINES if name in last]
    ranged = [name for name, fact in last.items() if fact.get("low") is not None]
    return {name: figure_of(name, last[name]) for name in chosen or ranged[:OTHERS]}


def label(name: str, lang: str) -> str:
    """Return the words for a figure; one that the catalogue does not know keeps the last part of its name.

    Examples
    --------
    >>> label("product_results.lost_yuan", "zh"), label("maturing.unheard_yuan", "zh")
    ('损失金额（万元）', 'unheard_yuan')
    """
    last = name.rsplit(".", 1)[-1]
    try:
        return Words(lang).of(name.split(".")[0]).header(last)
    except BadConfig:
        return last


def subject(name: str, lang: str) -> str:
    """Return the caption of the table that a fact was told of, empty where there is none.

    Examples
    --------
    >>> subject("maturing.far_yuan", "en"), subject("eligible_count", "en")
    ('What matures, and from what it will be repaid', '')
    """
    words, table = Words(lang), name.split(".")[0]
    return words.entry("captions", table) if "." in name and words.has("captions", table) else ""


def figure_of(name: str, fact: dict[str, Any]) -> Figure:
    """Return one fact as the index writes it; one without limits has no detail."""
    if fact.get("low") is None or fact.get("high") is None:
        return Figure(name, _number(name, fact["value"]), "", fact["value"])
    told = formats.interval(formats.Rate(*(fact.get(part) for part in ("value", "low", "high", "count"))), "zh")
    main, _, rest = told.partition("（")
    return Figure(name, main, rest.removesuffix("）"), fact["value"])


def _number(name: str, value: float) -> str:
    unit = name.rsplit("_", 1)[-1]
    writers = {"yuan": formats.wan, "share": formats.percent, "rate": formats.percent, "count": formats.count}
    plain = formats.count if float(value).is_integer() else formats.figure
    return writers.get(unit, plain)(value) + (" %" if unit in ("share", "rate") else "")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
