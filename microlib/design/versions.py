"""Versions of a product: what changed and whom it helps, kept versions, proposals, amendments, restoring.

`diff_terms` compares two versions place by place; `proposed_product` puts a proposal into the terms and
checks them like any other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from microlib.contracts.documents import checked, dates_of, is_history, nearest, read_document, read_entries, read_toml
from microlib.contracts.policy import highest_rate
from microlib.contracts.product import NARROWER, KeptVersion, Product, Proposal
from microlib.design.term_tables import item_titles
from microlib.design.terms import (
    Place,
    check_tenor,
    day_at,
    home_at,
    list_products,
    read_policy,
    read_product,
    terms_at,
    toml_text,
)
from microlib.errors import BadConfig
from microlib.home import Overlay


def flat_terms(written: object, *, place: str = "") -> dict[str, object]:
    """Lay out nested terms as one value per place; an item of a list is named by its ``code``, else by its number.

    Parameters
    ----------
    written : mapping
        Terms as a file or a model's dump holds them. Not modified.
    place : str
        Place of `written` itself.

    Examples
    --------
    >>> flat_terms({"limit": {"cap_yuan": 5}, "fees": [{"code": "stamp", "yuan": 3}], "exits": [{"en": "x"}]})
    {'limit.cap_yuan': 5, 'fees.stamp.yuan': 3, 'exits.1.en': 'x'}
    """
    if isinstance(written, Mapping):
        pairs = [(str(key), value) for key, value in written.items() if not (key == "code" and place)]
    elif is_items(written):
        pairs = [(item_name(item, number), item) for number, item in enumerate(written, 1)]
    else:
        return {place: list(written) if isinstance(written, tuple) else written}
    found: dict[str, object] = {}
    for name, value in pairs:
        found |= flat_terms(value, place=f"{place}.{name}" if place else name)
    return {key: value for key, value in found.items() if value is not None}


def is_items(value: object) -> bool:
    """Say whether a value is a list of items, each a mapping."""
    return isinstance(value, (list, tuple)) and bool(value) and all(isinstance(item, Mapping) for item in value)


def item_name(item: Mapping, number: int) -> str:
    """Return what an item of a list is called in a place."""
    return str(item.get("code", number))


def put_term(written: object, place: str, value: object, *, where: str) -> object:
    """Return a copy of the terms with one value put in; a new code makes a new item at the end of its list.

    Raises
    ------
    BadConfig
        If the place leads through a plain value.

    Examples
    --------
    >>> put_term({"limit": {"cap_yuan": 5}}, "limit.cap_yuan", 4, where="x.toml")
    {'limit': {'cap_yuan': 4}}
    >>> put_term({}, "fees.stamp.yuan", 3, where="x.toml")
    {'fees': [{'code': 'stamp', 'yuan': 3}]}
    """
    step, _, rest = place.partition(".")
    if is_items(written):
        return _put_item(written, place, value, where=where)
    if not isinstance(written, Mapping):
        raise BadConfig(f"{place}: leads through a plain value", where=where, fix="end the place one step earlier")
    if not rest:
        return {**written, step: value}
    below = written.get(step)
    if below is None:
        below = [] if step in LISTS else {}
    put = _put_item if step in LISTS else put_term
    return {**written, step: put(below, rest, value, where=where)}


def drop_term(written: object, place: str, *, where: str) -> object:
    """Return a copy of the terms without one term or item.

    Raises
    ------
    BadConfig
        If there is nothing at that place.

    Examples
    --------
    >>> drop_term({"fees": [{"code": "stamp", "yuan": 3}]}, "fees.stamp", where="x.toml")
    {'fees': []}
    """
    step, _, rest = place.partition(".")
    if is_items(written):
        names = [item_name(item, number) for number, item in enumerate(written, 1)]
        _check_known(step, names, where=where)
        if not rest:
            return [item for name, item in zip(names, written, strict=True) if name != step]
        return [
            drop_term(item, rest, where=where) if name == step else item
            for name, item in zip(names, written, strict=True)
        ]
    _check_known(step, list(written) if isinstance(written, Mapping) else [], where=where)
    if not rest:
        return {key: value for key, value in written.items() if key != step}
    return {**written, step: drop_term(written[step], rest, where=where)}


def _put_item(items: Sequence[Mapping[str, object]], place: str, value: object, *, where: str) -> list:
    step, _, rest = place.partition(".")
    names = [item_name(item, number) for number, item in enumerate(items, 1)]
    fresh = [] if step in names else [{} if step.isdigit() else {"code": step}]
    whole = [*items, *fresh]
    at = names.index(step) if step in names else len(names)
    if not rest and not isinstance(value, Mapping):
        raise BadConfig(
            f"{place}: an item is put in term by term", where=where, fix=f"name the term, e.g. {step}.value"
        )
    new = put_term(whole[at], rest, value, where=where) if rest else {**whole[at], **value}
    return [*whole[:at], new, *whole[at + 1 :]]


def _check_known(step: str, names: list[str], *, where: str) -> None:
    if step not in names:
        raise BadConfig(f"{step}: is not there to be removed", where=where, fix=f"choose from {', '.join(names)}")


#: keys of a product that hold lists of items
LISTS = ("access", "not_served", "controls", "fees", "monitoring", "stop_rules", "exits")
UNITS = {
    "_yuan": "yuan",
    "_months": "months",
    "_days": "days",
    "_count": "count",
    "_share": "fraction",
    "_rate": "fraction",
}
#: terms of which more is a wider product, beside those that a branch may narrow
WIDER = {
    "max_term_months": 1,
    "min_term_months": -1,
    "limit.cash_share": 1,
    "size.sales_share": 1,
    "size.advance_share": 1,
    "size.own_share": -1,
    "limit.dilution_share": -1,
}
#: lists whose every item is one more condition, each with its own words
CONDITIONS = ("access", "not_served", "controls", "stop_rules")
#: what merely follows from the rest
SILENT = ("version", "source")
CHANGE_COLUMNS = [
    "section",
    "place",
    "change",
    "old_value",
    "new_value",
    "unit",
    "old_code",
    "new_code",
    "effect",
    "reason_zh",
    "reason_en",
    "evidence",
    "author",
    "effective_from",
]


def diff_terms(old: Product, new: Product, *, why: Mapping[str, object] | None = None) -> pd.DataFrame:
    """Compare two versions of a product term by term.

    Answers "what exactly are we asked to approve: term 12 -> 18 months, why, and on whose figures?"

    Parameters
    ----------
    old, new : Product
        Two versions, checked.
    why : mapping, optional
        ``reason_zh, reason_en, evidence, author`` (text), ``effective_from`` (date), the same for every change, or by
        place (a mapping of such mappings under ``places``).

    Returns
    -------
    DataFrame
        One row per changed term, in the order of the terms; empty where nothing changed. Version and source follow
        from the rest and are left out.

        - ``section`` (first key), ``place`` (keys and item codes with points between)
        - ``change``: ``changed``, ``added``, ``removed``
        - ``old_value, new_value`` (numbers, in ``unit``: yuan, months, days, count, fraction, or none);
          ``old_code, new_code`` (text where the term is no number)
        - ``effect``: ``widens`` (more people, money or time), ``narrows``, ``neutral``
        - ``reason_zh, reason_en, evidence, author, effective_from``; empty where nobody gave one

    Examples
    --------
    >>> from microlib.design.terms import read_product
    >>> one = read_product(".", product="market_stall", as_of="2025-12-31")
    >>> two = read_product(".", product="market_stall", as_of="2026-01-01")
    >>> diff_terms(one, two)[["place", "old_value", "new_value", "unit", "effect"]].to_dict("records")
    [{'place': 'yearly_rate', 'old_value': 0.065, 'new_value': 0.0585, 'unit': 'fraction', 'effect': 'widens'}]
    """
    before, after = flat_terms(old.model_dump()), flat_terms(new.model_dump())
    places = [*before, *(place for place in after if place not in before)]
    moved = [place for place in places if before.get(place) != after.get(place) and place not in SILENT]
    rows = [_row(place, before.get(place), after.get(place), rule=_rule(place, old, new)) for place in moved]
    told = [{**_blank(), **_why(place, why or {})} for place in moved]
    frame = pd.DataFrame([{**row, **reason} for row, reason in zip(rows, told, strict=True)], columns=CHANGE_COLUMNS)
    frame[["old_value", "new_value"]] = frame[["old_value", "new_value"]].astype("float64")
    return frame.assign(effective_from=pd.to_datetime(frame["effective_from"]))


def change_lines(changes: pd.DataFrame) -> list[str]:
    r"""Tell each change as a line of codes and values, for a terminal: place, old -> new, unit, effect, why.

    Examples
    --------
    >>> from microlib.design.terms import read_product
    >>> days = ("2025-12-31", "2026-01-01")
    >>> change_lines(diff_terms(*[read_product(".", product="market_stall", as_of=day) for day in days]))
    ['yearly_rate\t0.065 -> 0.0585\tfraction\twidens\t\t']
    """
    return [
        "\t".join(
            [
                row.place,
                f"{_side(row.old_value, row.old_code)} -> {_side(row.new_value, row.new_code)}",
                row.unit,
                row.effect,
                row.reason_zh,
                row.evidence,
            ]
        )
        for row in changes.itertuples()
    ]


def _side(value: float, code: str) -> str:
    return (code or "-") if pd.isna(value) else f"{value:.10g}"


def _blank() -> dict[str, object]:
    return {"reason_zh": "", "reason_en": "", "evidence": "", "author": "", "effective_from": None}


def _why(place: str, why: Mapping[str, object]) -> dict[str, object]:
    shared = {key: value for key, value in why.items() if key != "places"}
    return {**shared, **why.get("places", {}).get(place, {})}


def _rule(place: str, old: Product, new: Product) -> str:
    """Return the test of the access rule that a place belongs to; empty for any other place."""
    parts = place.split(".")
    tests = {rule.code: rule.test for rule in (*old.access, *new.access)}
    return tests.get(parts[1], "") if parts[0] == "access" and len(parts) == 3 and parts[2] == "value" else ""


def _row(place: str, old: object, new: object, *, rule: str) -> dict[str, object]:
    unit = next((unit for ending, unit in UNITS.items() if place.endswith(ending)), "")
    change = "added" if old is None else "removed" if new is None else "changed"
    return {
        "section": place.split(".")[0],
        "place": place,
        "change": change,
        "old_value": _number(old),
        "new_value": _number(new),
        "unit": unit,
        "old_code": _code(old),
        "new_code": _code(new),
        "effect": _effect(place, old, new, rule=rule),
    }


def _number(value: object) -> float | None:
    is_number = isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)
    return float(value) if is_number else None


def _code(value: object) -> str:
    if value is None or _number(value) is not None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return " ".join(map(str, value))
    return value.isoformat() if isinstance(value, date) else str(value)


def _effect(place: str, old: object, new: object, *, rule: str) -> str:
    first, second = _number(old), _number(new)
    if first is None or second is None:
        return _effect_of_lists(place, old, new)
    sides = {".".join(path): 1 if side == "lower" else -1 for path, side in NARROWER.values()} | WIDER
    sense = {"at_least": -1, "at_most": 1}.get(rule, sides.get(place, 0))
    return {1: "widens", -1: "narrows"}.get(sense * (1 if second > first else -1), "neutral")


def _effect_of_lists(place: str, old: object, new: object) -> str:
    """Say what a longer or shorter list of those who are served means, and what a new or dropped condition does."""
    if place.split(".")[0] in CONDITIONS and ".said." in place and (old is None or new is None):
        return "narrows" if old is None else "widens"
    if place not in ("segments", "kinds") or old is None or new is None:
        return "neutral"
    before, after = set(old), set(new)
    return "widens" if before < after else "narrows" if after < before else "neutral"


VERSIONS_FOLDER = "versions"
VERSION_COLUMNS = [
    "version",
    "in_force_from",
    "in_force_to",
    "replaced_by",
    "approved_by",
    "reason_zh",
    "reason_en",
    "evidence",
]


def kept_versions(home: Place, *, product: str) -> tuple[KeptVersion, ...]:
    """Read the versions of a product that are kept beside it, the oldest first.

    A product that the home has written itself has no other past than the home's own.

    Raises
    ------
    BadConfig
        If a file breaks its model, or two files keep one version.
    """
    place = home_at(home)
    folder, is_own = place.config(f"products/{VERSIONS_FOLDER}"), place.config("products").is_own(f"{product}.toml")
    paths = [path for path in folder.glob(f"{product}_v*.toml") if not is_own or folder.is_own(path.name)]
    found = [read_document(path, KeptVersion) for path in paths]
    kept = sorted((each for each in found if each.product == product), key=lambda each: each.version)
    numbers = [each.version for each in kept]
    if len(set(numbers)) < len(numbers):
        raise BadConfig(f"two files keep one version of {product}", where=str(folder), fix="keep one of them")
    return tuple(kept)


def version_log(home: Place, *, product: str) -> pd.DataFrame:
    """List the design history (版本沿革) of a product: each version with its days, who replaced it, and why.

    Returns
    -------
    DataFrame
        ``version, in_force_from, in_force_to, replaced_by, approved_by, reason_zh, reason_en, evidence``; the last row
        is the version in force, whose last day and reason are empty.

    Examples
    --------
    >>> version_log(".", product="hospital_supplier")["version"].to_list()
    [1, 2]
    """
    rows = [
        (
            each.version,
            each.in_force_from,
            each.in_force_to,
            each.replaced_by,
            each.approved_by,
            each.reason.zh,
            each.reason.en,
            each.evidence,
        )
        for each in kept_versions(home, product=product)
    ]
    since = pd.Timestamp(rows[-1][2]) + pd.Timedelta(days=1) if rows else None
    rows.append((present_terms(home, product=product)["version"], since, None, "", "", "", "", ""))
    frame = pd.DataFrame(rows, columns=VERSION_COLUMNS)
    days = ["in_force_from", "in_force_to"]
    return frame.assign(**{name: pd.to_datetime(frame[name]) for name in days})


def present_terms(home: Place, *, product: str) -> dict:
    """Return a product's file as it is written, dated lists and all."""
    return read_toml(product_path(home, product=product))


def product_path(home: Place, *, product: str) -> Path:
    """Return the file of a product."""
    return home_at(home).config("products") / f"{product}.toml"


def restored_text(home: Place, *, product: str, version: int) -> str:
    """Write an earlier version of a product back as the text of its file, as the next version.

    Nothing is unsaid: the restored terms become a new version whose source names the one they come from.

    Parameters
    ----------
    version : int
        A version that is kept.

    Returns
    -------
    str
        TOML for ``data/products/<product>.toml``; comments of the old file are not kept, every term is.

    Raises
    ------
    BadConfig
        If that version is not kept.

    Examples
    --------
    >>> print(restored_text(".", product="hospital_supplier", version=1).splitlines()[2])
    version = 3
    """
    kept = {each.version: each for each in kept_versions(home, product=product)}
    if version not in kept:
        held = ", ".join(map(str, kept)) or "none"
        where = str(home_at(home).config(f"products/{VERSIONS_FOLDER}"))
        raise BadConfig(f"version {version} of {product} is not kept", where=where, fix=f"choose from {held}")
    following = present_terms(home, product=product)["version"] + 1
    source = f"terms of version {version} restored; {kept[version].terms['source']}"[:300]
    return toml_text({**kept[version].terms, "version": following, "source": source})


class Baseline(NamedTuple):
    """The version before, and why it was left.

    Parameters
    ----------
    label : str
        ``v<version>`` of a kept version, or the last ISO day of the earlier terms.
    product : Product
        Its terms.
    why : dict
        As `diff_terms` takes it.
    """

    label: str
    product: Product
    why: dict[str, object]


def last_baseline(home: object, *, product: str, as_of: date | str) -> Baseline | None:
    """Find the version before the one in force on a day; None where there has been no other.

    Examples
    --------
    >>> last_baseline(".", product="hospital_supplier", as_of="2026-08-01").label
    'v1'
    >>> last_baseline(".", product="market_stall", as_of="2026-06-30").label
    '2025-12-31'
    """
    day = day_at(as_of)
    present = read_product(home, product=product, as_of=day)
    kept = [each for each in kept_versions(home, product=product) if each.version < present.version]
    if kept:
        last = kept[-1]
        where = VERSIONS_FOLDER + f"/{product}_v{last.version}.toml"
        then = terms_at(last.terms, Product, as_of=min(day, last.in_force_to), where=where, home=home_at(home))
        told = {
            "reason_zh": last.reason.zh,
            "reason_en": last.reason.en,
            "evidence": last.evidence,
            "author": last.replaced_by,
            "effective_from": last.in_force_to + timedelta(days=1),
        }
        return Baseline(f"v{last.version}", then, {**told, "places": dated_reasons(home, product=product, day=day)})
    written = present_terms(home, product=product)
    days = [each for each in dates_of(written) if each <= day]
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
    then = read_product(home, product=product, as_of=day)
    places = dated_reasons(home, product=product, day=until)
    return Baseline(day.isoformat(), then, {"places": places})


def dated_reasons(home: object, *, product: str, day: date) -> dict[str, dict[str, object]]:
    """Return, by place, reason, source and first day of the dated value in force on a day."""
    found: dict[str, dict[str, object]] = {}
    where = str(product_path(home, product=product))
    for place, value in _dated(present_terms(home, product=product)).items():
        entries = [each for each in read_entries(value, key=place, where=where) if each.from_date <= day]
        if len(entries) > 1:
            last = entries[-1]
            found[place] = {
                "reason_zh": getattr(last.reason, "zh", last.reason),
                "reason_en": getattr(last.reason, "en", last.reason),
                "evidence": last.source,
                "effective_from": last.from_date,
            }
    return found


def _dated(written: object, place: str = "") -> dict[str, list]:
    if is_history(written):
        return {place: written}
    children = written.items() if isinstance(written, dict) else ()
    pairs = [(f"{place}.{key}" if place else key, value) for key, value in children]
    return {name: value for key, child in pairs for name, value in _dated(child, key).items()}


PROPOSALS_FOLDER = "proposals"


def list_proposals(home: Place) -> tuple[str, ...]:
    """Return the names of all proposals, ascending; a shipped one asks nothing of a product of the home's own.

    Examples
    --------
    >>> "hospital_supplier_18_months" in list_proposals(".")
    True
    """
    folder, products = proposals_folder(home), home_at(home).config("products")
    paths = [path for path in folder.glob("*.toml") if not path.stem.startswith("_")]
    return tuple(
        path.stem
        for path in paths
        if folder.is_own(path.name) or not products.is_own(f"{read_toml(path).get('product')}.toml")
    )


def read_proposal(home: Place, *, proposal: str) -> Proposal:
    """Read a proposal.

    Raises
    ------
    BadConfig
        If the file is not there, breaks its model, changes nothing, or names an unknown product.
    """
    found = read_document(proposals_folder(home) / f"{proposal}.toml", Proposal)
    known = list_products(home)
    if found.product not in known:
        near = nearest(found.product, known) or ", ".join(known)
        where = str(proposals_folder(home) / f"{proposal}.toml")
        raise BadConfig(f"product = {found.product}: there is no such product", where=where, fix=f"write {near}")
    return found


def reasons(proposal: Proposal) -> dict:
    """Return why a proposal is made, as `diff_terms` takes it."""
    return {
        "reason_zh": proposal.reason.zh,
        "reason_en": proposal.reason.en,
        "evidence": proposal.evidence,
        "author": proposal.author,
        "effective_from": proposal.effective_from,
    }


def proposals_folder(home: Place) -> Overlay:
    """Return a home's proposals, laid over the shipped ones."""
    return home_at(home).config(f"products/{PROPOSALS_FOLDER}")


def proposed_product(home: Place, *, proposal: str, as_of: date | str = "") -> tuple[Product, Product]:
    """Return a product before and after a proposal.

    The changed terms are checked exactly as a product's own file: strict model, terms that agree, tenor within policy.

    Parameters
    ----------
    home : Home or path
    proposal : str
        Name of the file in ``data/products/proposals``.
    as_of : date or ISO text
        Day of the baseline; by default the day before the proposal would count.

    Returns
    -------
    Product, Product
        Baseline and proposed; the proposed one carries the next version.

    Raises
    ------
    BadConfig
        If the baseline has moved on to another version, a place does not exist, or the changed terms contradict
        themselves or the policy. The sentence names the proposal's file.

    Examples
    --------
    >>> old, new = proposed_product(".", proposal="hospital_supplier_18_months")
    >>> old.max_term_months, new.max_term_months, new.version - old.version
    (12, 18, 1)
    """
    found = read_proposal(home, proposal=proposal)
    where = proposals_folder(home) / f"{proposal}.toml"
    day = day_at(as_of or found.effective_from - timedelta(days=1))
    old = read_product(home, product=found.product, as_of=day)
    if old.version != found.baseline_version:
        what = f"baseline_version = {found.baseline_version}: {found.product} stands at version {old.version}"
        raise BadConfig(what, where=str(where), fix=f"read the changes again and write {old.version}")
    cap = highest_rate(home_at(home), as_of=day)
    new = checked(changed_terms(old, found, where=where), Product, where=where, highest_rate=cap)
    check_tenor(new, read_policy(home, as_of=day), where=where)
    return old, new


def changed_terms(product: Product, proposal: Proposal, *, where: Path) -> dict:
    """Return a product's terms as plain values with a proposal's changes put in; nothing is checked here."""
    written = {**product.model_dump(), "version": product.version + 1, "source": proposal.evidence}
    for place in proposal.removed:
        written = drop_term(written, place, where=str(where))
    known = set(Product.model_fields)
    for place, value in proposal.changes.items():
        first = place.split(".")[0]
        if first not in known:
            near = nearest(first, known)
            fix = f"write {near} instead of {first}" if near else f"choose from {', '.join(sorted(known))}"
            raise BadConfig(f"{place}: is not a term of a product", where=str(where), fix=fix)
        written = put_term(written, place, value, where=str(where))
    return written


def last_changes(home: Place, *, product: str, as_of: date | str) -> pd.DataFrame:
    """Compare a product with the version before it: kept, or before the last dated change; empty for a first version.

    Returns
    -------
    DataFrame
        Result of `diff_terms` with ``against`` (label of the version before) first.

    Examples
    --------
    >>> last_changes(".", product="hospital_supplier", as_of="2026-08-01")["against"].unique().tolist()
    ['v1']
    """
    now = read_product(home, product=product, as_of=as_of)
    before = last_baseline(home, product=product, as_of=as_of)
    if before is None:
        return _against(diff_terms(now, now), "")
    return _against(diff_terms(before.product, now, why=before.why), before.label)


def day_changes(home: Place, *, product: str, since: date, until: date) -> pd.DataFrame:
    """Compare a product's terms on two days; see `last_changes`.

    Raises
    ------
    BadConfig
        If the days are not in order, or the terms had not begun on the earlier one.
    """
    before = day_baseline(home, product=product, day=since, until=until)
    now = read_product(home, product=product, as_of=until)
    return _against(diff_terms(before.product, now, why=before.why), before.label)


def proposal_changes(home: Place, *, proposal: str) -> pd.DataFrame:
    """Compare a product before and after a proposal; see `last_changes`."""
    before, after = proposed_product(home, proposal=proposal)
    found = read_proposal(home, proposal=proposal)
    told = reasons(found)
    return _against(diff_terms(before, after, why=told), f"v{before.version}")


def _against(found: pd.DataFrame, label: str) -> pd.DataFrame:
    whole = found.copy()
    whole.insert(0, "against", label)
    return whole


def waiting_proposals(home: Place, *, product: str) -> pd.DataFrame:
    """List the changes that written proposals ask for in a product.

    Answers "which changes lie on the table, and what would each move?"

    Returns
    -------
    DataFrame
        One row per change: ``proposal`` (name of the file), then the columns of `diff_terms`; empty where no
        proposal names the product.

    Examples
    --------
    >>> found = waiting_proposals(".", product="hospital_supplier")
    >>> found["proposal"].unique().tolist()
    ['hospital_supplier_18_months']
    """
    names = _names(home, product=product)
    frames = [proposal_changes(home, proposal=name).drop(columns="against").assign(proposal=name) for name in names]
    whole = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=[*CHANGE_COLUMNS, "proposal"])
    return whole[["proposal", *CHANGE_COLUMNS]]


def place_titles(home: Place, *, product: Product) -> dict[str, object]:
    """Return the words of every named line of a product's terms, and of those that proposals would add, by its code.

    Examples
    --------
    >>> from microlib.design.terms import read_product
    >>> stall = read_product(".", product="market_stall", as_of="2026-06-30")
    >>> "weekly_takings" in place_titles(".", product=stall)
    True
    """
    proposed = [proposed_product(home, proposal=name)[1] for name in _names(home, product=product.code)]
    return {code: said for each in (*proposed, product) for code, said in item_titles(each).items()}


def _names(home: Place, *, product: str) -> list[str]:
    return [name for name in list_proposals(home) if read_proposal(home, proposal=name).product == product]
