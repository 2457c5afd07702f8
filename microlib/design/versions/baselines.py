"""What a product is compared with: the version kept before it, else its terms before their last dated change."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, NamedTuple

from microlib.contracts import histories as dated_lists
from microlib.design import terms
from microlib.design.versions import histories
from microlib.errors import BadConfig


class Baseline(NamedTuple):
    """The version before, and why it was left.

    Parameters
    ----------
    label : str
        ``v<version>`` of a kept version, or the last ISO day of the earlier terms.
    product : Product
        Its terms.
    why : dict
        As `changes.diff_terms` takes it.
    """

    label: str
    product: terms.Product
    why: dict[str, Any]


def last_baseline(home: object, *, product: str, as_of: date | str) -> Baseline | None:
    """Find the version before the one in force on a day; None where there has been no other.

    Examples
    --------
    >>> last_baseline(".", product="hospital_supplier", as_of="2026-08-01").label
    'v1'
    >>> last_baseline(".", product="market_stall", as_of="2026-06-30").label
    '2025-12-31'
    """
    day = terms.dated_files.day_at(as_of)
    present = terms.read_product(home, product=product, as_of=day)
    kept = [each for each in histories.kept_versions(home, product=product) if each.version < present.version]
    if kept:
        last = kept[-1]
        where = histories.FOLDER + f"/{product}_v{last.version}.toml"
        then = terms.dated_files.terms_at(last.terms, terms.Product, as_of=min(day, last.in_force_to), where=where)
        told = {"reason_zh": last.reason.zh, "reason_en": last.reason.en, "evidence": last.evidence,
                "author": last.replaced_by, "effective_from": last.in_force_to + timedelta(days=1)}  # fmt: skip
        return Baseline(f"v{last.version}", then, {**told, "places": dated_reasons(home, product=product, day=day)})
    written = histories.present_terms(home, product=product)
    days = [each for each in dated_lists.dates_of(written) if each <= day]
    return day_baseline(home, product=product, day=days[-1] - timedelta(days=1), until=day) if len(days) > 1 else None


def day_baseline(home: object, *, product: str, day: date, until: date) -> Baseline:
    """Return a product as it stood on an earlier day, with the reasons that its dated terms gave until a later one.

    Raises
    ------
    BadConfig
        If the days are not in order, or the product's terms had not begun.
    """
    if day >= until:
        raise BadConfig(f"{day} is not before {until}", where=product, fix="give the earlier day first")
    then = terms.read_product(home, product=product, as_of=day)
    places = dated_reasons(home, product=product, day=until)
    return Baseline(day.isoformat(), then, {"places": places})


def dated_reasons(home: object, *, product: str, day: date) -> dict[str, dict[str, Any]]:
    """Return, by place, reason, source and first day of the dated value in force on a day."""
    found: dict[str, dict[str, Any]] = {}
    where = str(histories.product_path(home, product=product))
    for place, value in _dated(histories.present_terms(home, product=product)).items():
        entries = [each for each in dated_lists.read_entries(value, key=place, where=where) if each.from_date <= day]
        if len(entries) > 1:
            last = entries[-1]
            found[place] = {"reason_zh": last.reason, "reason_en": last.reason, "evidence": last.source,
                            "effective_from": last.from_date}  # fmt: skip
    return found


def _dated(written: Any, place: str = "") -> dict[str, list]:
    if dated_lists.is_history(written):
        return {place: written}
    children = written.items() if isinstance(written, dict) else ()
    pairs = [(f"{place}.{key}" if place else key, value) for key, value in children]
    return {name: value for key, child in pairs for name, value in _dated(child, key).items()}
