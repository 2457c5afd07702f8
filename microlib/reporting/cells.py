"""One value of a result as the page writes it: by its unit, as a code in words, as a rate with its interval."""

from __future__ import annotations

from typing import Any

import pandas as pd

from microlib.reporting import formats
from microlib.reporting.catalogues import Words
from microlib.reporting.formats import BLANK, Rate
from microlib.units import YUAN_PER_WAN

FRACTIONS = {"share": 1, "rate": 2}
#: rates of cases, told with one decimal though they are no shares
CASE_RATES = (
    "rate", "bad_rate", "default_rate", "shrunk_rate", "smoothed_rate", "conversion_rate", "rest_rate",
)  # fmt: skip
#: counts that bear another name than their rate; a count named after the stem is often the numerator
COUNTS = {
    "share": "base_customers_count",
    "rate": "total_count",
    "bad_rate": "total_count",
    "shrunk_rate": "total_count",
    "default_rate": "observed_count",
    "conversion_rate": "ripe_count",
    "penetration_share": "members_count",
    "void_share": "invoices_count",
    "negative_share": "valid_count",
}
MONTHS = ("month_of_year", "calendar_month", "peak_month", "raw_peak_month")
SCALES = {"yuan": 1 / YUAN_PER_WAN, "share": 100.0, "rate": 100.0}


def siblings(name: str, columns: list[str], *, any_unit: bool = False) -> dict[str, str]:
    """Return the columns that hold the bounds and the count of a rate, by part; none where a bound is missing.

    Parameters
    ----------
    name : str
        The rate's column; a share or a rate, unless `any_unit`.
    columns : list of str
        All columns of the frame.
    any_unit : bool
        Whether an index or an amount may have bounds too.

    Examples
    --------
    >>> siblings("npl_share", ["npl_share", "npl_low", "npl_high", "npl_share_count"])
    {'low': 'npl_low', 'high': 'npl_high', 'count': 'npl_share_count'}
    """
    stem, _, suffix = name.rpartition("_")
    if suffix not in FRACTIONS and not any_unit:
        return {}
    bare = {part: [] if stem else [part] for part in ("low", "high")}
    options = {part: [f"{name}_{part}", f"{stem}_{part}", f"{stem}_{part}_{suffix}", *bare[part]] for part in bare}
    options["count"] = [f"{name}_count", COUNTS.get(name, "")]
    given = {part: [each for each in names if each in columns and each != name] for part, names in options.items()}
    found = {part: names[0] for part, names in given.items() if names}
    return found if {"low", "high"} <= set(found) else {}


def rate_or_value(row: pd.Series, name: str) -> Any:
    """Return a row's value in column `name`, as a `Rate` where bounds stand beside it."""
    parts = siblings(name, list(row.index))
    return Rate(row[name], **{part: row[column] for part, column in parts.items()}) if parts else row[name]


def cell_of(value: Any, name: str, words: Words) -> str:
    """Return a value or a rate of column `name` as the page writes it."""
    if isinstance(value, Rate):
        decimals = 1 if name in CASE_RATES else FRACTIONS.get(name.rsplit("_", 1)[-1], 1)
        return formats.interval(value, words.lang, decimals)
    return cell(value, name, words)


def cell(value: Any, name: str, words: Words) -> str:
    """Return one value of column `name` as the page writes it."""
    if formats.is_blank(value):
        return BLANK
    if isinstance(value, bool) or type(value).__name__ == "bool":
        return words.code("flag", "yes" if value else "no")
    if formats.is_date(value):
        return formats.day(value)
    return words.code(name, value) if isinstance(value, str) else _number(float(value), name, words)


def _number(value: float, name: str, words: Words) -> str:
    kind = next((part for part in reversed(name.split("_")) if part in WRITERS), "")
    return words.code(name, int(value)) if name in MONTHS else NAMED.get(name, WRITERS[kind])(value)


def overturning(row: pd.Series, words: Words) -> str:
    """Return the number that would overturn a decision, in words: the measure, the side and the value."""
    name, side = str(row["overturning_measure"]), str(row["overturning_side"])
    said = cell(row["overturning_value"], name, words)
    measure = words.code("overturning_measure", name)
    if not said.strip("0."):
        return words.mark(f"{side}_zero", measure=measure)
    return words.mark(side, measure=measure, value=f"{said} {words.unit(name)}".strip())


def unnumbered(header: str) -> str:
    """Return the header of a column of keys over their names: what they name, not their number.

    Examples
    --------
    >>> unnumbered("核心企业编号")
    '核心企业'
    """
    return header.removesuffix("编号")


def scaled(name: str) -> float:
    """Return the factor from a column's stored unit to the page's: 万元 for yuan, percent for fractions."""
    return next((SCALES[part] for part in reversed(name.split("_")) if part in SCALES), 1.0)


def _rate(value: float) -> str:
    return formats.percent(value, 2)


#: last unit word in a column's name -> how its numbers are written
WRITERS = {
    "": lambda value: formats.count(value) if value.is_integer() else formats.figure(value),
    "yuan": formats.wan,
    "share": formats.percent,
    "rate": _rate,
    "count": formats.count,
    "days": formats.count,
    "months": formats.count,
    "years": formats.count,
    "weeks": formats.count,
    "index": formats.figure,
    "hhi": lambda value: formats.plain(value, 4),
    "normalised": lambda value: formats.plain(value, 4),
    "ratio": formats.figure,
}
#: amounts told in yuan and fen, where 万元 would hide what the borrower pays
EXACT = (
    "exact_yuan", "principal_due_yuan", "interest_due_yuan", "payment_due_yuan", "balance_left_yuan",
    "fees_due_yuan", "total_due_yuan", "largest_due_yuan", "benefit_yuan",
    "cost_per_loan_yuan", "cost_per_added_yuan", "cost_per_added_low_yuan", "cost_per_added_high_yuan",
    "paid_per_added_yuan", "saved_line_yuan", "idle_line_yuan",
)  # fmt: skip
#: columns that are written in another way than their last word says
NAMED = {
    **dict.fromkeys(EXACT, lambda value: formats.plain(value, 2)),
    **dict.fromkeys((*CASE_RATES, "shrunk_upper"), formats.percent),
    "rate_rise": _rate,
    **dict.fromkeys(("population_count", "population_low", "population_high"), formats.plain),
}
