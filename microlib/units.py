"""Units, each named once: yuan, fractions, months; the only place where a factor is typed."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

YUAN_PER_WAN = 10_000
MONTHS_PER_YEAR = 12
DAYS_PER_YEAR = 365
DAYS_PER_BANK_YEAR = 360
FEN = Decimal("0.01")
FEN_PER_YUAN = 100
#: what a source may declare for a column, and the factor that makes it ours
FACTORS = {
    "yuan": 1.0,
    "fen": 0.01,
    "jiao": 0.1,
    "bai_yuan": 100.0,
    "qian_yuan": 1_000.0,
    "wan_yuan": float(YUAN_PER_WAN),
    "baiwan_yuan": 100.0 * YUAN_PER_WAN,
    "qianwan_yuan": 1_000.0 * YUAN_PER_WAN,
    "yi_yuan": float(YUAN_PER_WAN) ** 2,
    "fraction": 1.0,
    "fraction_per_month": float(MONTHS_PER_YEAR),
    "fraction_per_day": float(DAYS_PER_BANK_YEAR),
    "percent": 0.01,
    "permille": 0.001,
    "permille_per_month": 0.001 * MONTHS_PER_YEAR,
    "percent_per_month": 0.01 * MONTHS_PER_YEAR,
    "basis_point": 0.0001,
    "percent_per_day": 0.01 * DAYS_PER_BANK_YEAR,
    "permille_per_day": 0.001 * DAYS_PER_BANK_YEAR,
    "basis_point_per_day": 0.0001 * DAYS_PER_BANK_YEAR,
    "count": 1.0,
    "days": 1.0,
    "months": 1.0,
    "years": float(MONTHS_PER_YEAR),
}


def factor_of(unit: str) -> float:
    """Return what a value is multiplied by to be ours: a named unit's factor, or a number written as ``×7.18``.

    Examples
    --------
    >>> factor_of("wan_yuan"), factor_of("×7.18")
    (10000.0, 7.18)
    """
    return float(unit[1:]) if unit.startswith("×") else FACTORS[unit]


def to_fen(yuan: float | Decimal) -> Decimal:
    """Round an amount to the fen, halves away from zero, as a bank's ledger does.

    Examples
    --------
    >>> to_fen(0.125), to_fen(Decimal("63411.005"))
    (Decimal('0.13'), Decimal('63411.01'))
    """
    return Decimal(str(yuan)).quantize(FEN, rounding=ROUND_HALF_UP)
