"""Written terms read for one branch and one day: products narrowed by branches, policy, dated rule files.

`read_product` and `read_policy` are the ways in; `policy_register` lists every value with source and
status. `toml_text` writes plain values the same way every time.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from microlib.contracts.documents import at_date, checked, dates_of, is_history, read_document, read_entries, read_toml
from microlib.contracts.policy import Policy, highest_rate
from microlib.contracts.product import BranchTerms, Product, narrowed, widenings
from microlib.errors import BadConfig, BadData
from microlib.home import Home
from microlib.units import to_fen

DIGITS = 10


def toml_text(document: Mapping[str, Any]) -> str:
    """Write nested mappings as TOML: plain keys first, then tables, then lists of tables, each in the order given.

    Parameters
    ----------
    document : mapping
        Values are text, flags, numbers, dates, lists of those, mappings, or lists of mappings. A missing value leaves
        its key out.

    Raises
    ------
    BadData
        If a number is infinite, or a value is of a kind that TOML cannot say.

    Examples
    --------
    >>> print(toml_text({"code": "0755", "limit_yuan": 1234.5, "sheet": {"yearly_rate": 0.0435}}), end="")
    code = "0755"
    limit_yuan = 1234.50
    <BLANKLINE>
    [sheet]
    yearly_rate = 0.0435
    """
    return "\n".join(_lines(document, path=())).strip("\n") + "\n"


def records(frame: pd.DataFrame) -> list[dict]:
    """Return a frame's rows as plain mappings, missing values left out."""
    rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return [{str(key): value for key, value in row.items() if value is not None} for row in rows]


def _lines(table: Mapping[str, Any], *, path: tuple[str, ...]) -> list[str]:
    kept = {key: value for key, value in table.items() if not _is_missing(value)}
    plain = {key: value for key, value in kept.items() if not _is_table(value) and not _is_tables(value)}
    lines = [f"{_key(key)} = {_value(value, key)}" for key, value in plain.items()]
    for key, value in kept.items():
        name = ".".join(map(_key, (*path, key)))
        if _is_table(value):
            inner = _lines(value, path=(*path, key))
            lines += ["", f"[{name}]", *inner]
        elif _is_tables(value):
            for row in value:
                lines += ["", f"[[{name}]]", *_lines(row, path=(*path, key))]
    return lines


def _is_missing(value: object) -> bool:
    return value is None or (np.isscalar(value) and pd.isna(value)) or value is pd.NaT


def _is_table(value: object) -> bool:
    return isinstance(value, Mapping)


def _is_tables(value: object) -> bool:
    return isinstance(value, (list, tuple)) and bool(value) and all(map(_is_table, value))


def _key(key: str) -> str:
    is_bare = key.isascii() and key.replace("_", "a").replace("-", "a").isalnum()
    return key if is_bare else json.dumps(key, ensure_ascii=False)


def _value(value: object, key: str) -> str:
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_value(item, key) for item in value) + "]"
    if isinstance(value, (bool, np.bool_)):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, (datetime, date)):
        return value.isoformat()[:10]
    return _number(value, key)


def _number(value: object, key: str) -> str:
    if isinstance(value, (int, np.integer)):
        return str(int(value))
    if not isinstance(value, (float, np.floating, Decimal)) or not np.isfinite(float(value)):
        raise BadData(
            f"{key} = {value!r}: cannot be written", where="term sheet", fix="give a finite number or leave out"
        )
    if key.endswith("_yuan"):
        return str(to_fen(value if isinstance(value, Decimal) else float(value)))
    if isinstance(value, Decimal):
        return f"{value:f}" if "." in f"{value:f}" else f"{value:f}.0"
    return np.format_float_positional(float(f"{float(value):.{DIGITS}g}") + 0.0, trim="0")


Place = Home | str | Path


def home_at(home: Place) -> Home:
    """Return the home at a path; a home stays itself."""
    return home if isinstance(home, Home) else Home(Path(home))


def day_at(as_of: date | str) -> date:
    """Return a day given as a date or as ISO text; anything else is refused."""
    if isinstance(as_of, date):
        return as_of.date() if isinstance(as_of, datetime) else as_of
    try:
        return date.fromisoformat(str(as_of))
    except ValueError:
        raise BadConfig(f"as_of is not a date: {as_of}", where="as_of", fix="write it as 2026-06-30") from None


def read_at(path: Path, model: type, *, as_of: date, home: Home) -> Any:
    """Read a file of dated terms into its model as it stands on a day; assumed policy holds before its date too."""
    is_assumed = path.parent.name == "policies"
    return terms_at(read_toml(path), model, as_of=as_of, where=path, home=home, is_assumed=is_assumed)


def terms_at(written: dict, model: type, *, as_of: date, where: Path, home: Home, is_assumed: bool = False) -> Any:
    """Fit what was read to its model, every dated list replaced by its value on a day; no rate above the country's."""
    plain = at_date(written, as_of=as_of, where=str(where), is_assumed=is_assumed)
    return checked(plain, model, where=where, highest_rate=highest_rate(home, as_of=as_of))


def check_every_version(path: Path, model: type, *, home: Home) -> None:
    """Check every version that a file holds, past and coming, so that no slip waits for its day.

    Raises
    ------
    BadConfig
        If any version breaks the model.
    """
    written = read_toml(path)
    first = first_day(written)
    for day in sorted({max(day, first) for day in dates_of(written)} or {date.max}):
        terms_at(written, model, as_of=day, where=path, home=home)


def first_day(written: dict) -> date:
    """Return the first day on which every dated term of a file has begun."""
    firsts = [day for value in _histories(written) for day in dates_of(value)[:1]]
    return max(firsts, default=date.min)


def _histories(written: object) -> list:
    if is_history(written):
        return [written]
    children = written.values() if isinstance(written, dict) else ()
    return [found for child in children for found in _histories(child)]


PARTS = tuple(Policy.model_fields)


def read_policy(home: Place, *, as_of: date | str) -> Policy:
    """Read all parts of the bank's policy as they stood on a day.

    Rules of regulation that begin later are left out; any other value must have begun, or be an assumption that nobody
    has verified: that is taken before its date too, and the register shows the date.

    Raises
    ------
    BadConfig
        If a part's file is not there, breaks its model, or holds a verified value that has not begun by `as_of`.

    Examples
    --------
    >>> read_policy(".", as_of="2026-06-30").limits.notional_months
    36
    """
    place = home_at(home)
    paths = (place.config("policies") / f"{part}.toml" for part in PARTS)
    return _policy_at(place, day_at(as_of), tuple(map(_written_in, paths)))


def _written_in(path: Path) -> bytes:
    """Return what a file holds; nothing where it cannot be read, which whoever reads it as terms refuses in words."""
    with suppress(OSError):
        return path.read_bytes()
    return b""


@lru_cache(maxsize=16)
def _policy_at(home: Home, day: date, _written: tuple[bytes, ...]) -> Policy:
    """Return the policy of a day; asked for again with the same files written, it is the same."""
    folder, parts = home.config("policies"), {}
    for part in PARTS:
        path = folder / f"{part}.toml"
        written = read_toml(path)
        if part == "regulation":
            written = {"rules": {code: rule for code, rule in written.get("rules", {}).items() if _begun(rule, day)}}
        _check_sourced(written, where=path)
        model = Policy.model_fields[part].annotation
        is_assumed = part != "regulation"
        parts[part] = terms_at(written, model, as_of=day, where=path, home=home, is_assumed=is_assumed)
    return Policy(**parts)


def policy_register(home: Place, *, as_of: date | str) -> pd.DataFrame:
    """List every policy value in force on a day with its source and status, for the register of thresholds.

    Returns
    -------
    DataFrame
        One row per value: ``part, key, value`` (text), ``from_date, source, status, until_date`` (the last day it was
        decided for, missing where none was said). A ``from_date`` after the day is that of an assumption taken before.
    """
    folder, day = home_at(home).config("policies"), day_at(as_of)
    rows = [row for part in PARTS for row in _register_rows(folder / f"{part}.toml", day)]
    return pd.DataFrame(rows, columns=["part", "key", "value", "from_date", "source", "status", "until_date"])


def _begun(rule: object, day: date) -> bool:
    days = dates_of(rule)
    return not days or days[0] <= day


def _check_sourced(written: dict, *, where: Path) -> None:
    """Refuse a policy value that is not dated, or whose source is not named."""
    values = written.get("rules", written)
    for key, value in values.items():
        dated = is_history(value)
        entries = read_entries(value, key=key, where=str(where)) if dated else []
        if not entries or not all(entry.source for entry in entries):
            what = f"{key}: has a value without date or source"
            raise BadConfig(what, where=str(where), fix='write [{ from = 2026-01-01, value = …, source = "…" }]')


def _register_rows(path: Path, day: date) -> list[tuple]:
    written = read_toml(path)
    if path.stem == "regulation":
        written = written.get("rules", {})
    rows = []
    for key, value in written.items():
        if not is_history(value) or (path.stem == "regulation" and not _begun(value, day)):
            continue
        entries = read_entries(value, key=key, where=str(path))
        last = ([entry for entry in entries if entry.from_date <= day] or entries[:1])[-1]
        rows.append((path.stem, key, str(last.value), last.from_date, last.source, last.status, last.until))
    return rows


def is_offered(home: Home, *, product: str, branch: str) -> bool:
    """Say whether a branch offers a product: yes unless its file says no."""
    terms = _branch_terms(home, branch)
    return terms is None or product not in terms.products or terms.products[product].offered


def narrow_product(product: Product, *, home: Home, branch: str) -> Product:
    """Return the product as a branch offers it.

    Parameters
    ----------
    product : Product
        The bank's terms on the day.
    home : Home
        Where the branch's file is; a branch without one offers the bank's terms.
    branch : str
        Branch code, text.

    Raises
    ------
    BadConfig
        If the branch does not offer the product, widens any of its terms, or narrows it to a contradiction.
    """
    terms = _branch_terms(home, branch)
    narrowing = terms.products.get(product.code) if terms else None
    if narrowing is None:
        return product
    where = home.config("branches") / f"{branch}.toml"
    if not narrowing.offered:
        what = f"branch {branch} does not offer {product.code}"
        raise BadConfig(what, where=str(where), fix="choose another product")
    for key, ours, theirs in widenings(product, narrowing):
        raise BadConfig(
            f"products.{product.code}.{key} = {theirs}: widens the bank's {ours}; a branch may only narrow",
            where=str(where),
            fix=f"write a narrower {key} than {ours}, or propose the change for data/products/{product.code}.toml",
        )
    return checked(narrowed(product, narrowing), Product, where=where, highest_rate=highest_rate(home))


def _branch_terms(home: Home, branch: str) -> BranchTerms | None:
    folder, name = home.config("branches"), f"{branch}.toml"
    path = folder / name
    if not branch or not folder.has(name):
        return None
    terms = read_document(path, BranchTerms)
    if terms.branch_id != branch:
        raise BadConfig(
            f"branch_id is {terms.branch_id}, the file is {path.name}", where=str(path), fix="give both one name"
        )
    return terms


def read_product(home: Place, *, product: str, branch: str = "", as_of: date | str) -> Product:
    """Read one product as it stands in a branch on a day.

    Every version that the file ever held is checked, so that a slip in an old or a coming term is found now.

    Parameters
    ----------
    home : Home or path
        The folder that holds ``data/``; the shipped products stand beside its own.
    product : str
        The product's code, which is its file's name.
    branch : str
        Branch code, text; its file in ``data/branches`` narrows the product. Empty for the bank's own terms.
    as_of : date or ISO text
        Selects among dated terms.

    Returns
    -------
    Product
        Frozen terms; shares and rates are ``Decimal``.

    Raises
    ------
    BadConfig
        If the file is not there, breaks its model, runs longer than the policy allows, is not offered by the branch,
        or is widened by it.

    Examples
    --------
    >>> read_product(".", product="market_stall", as_of="2026-06-30").segments
    ('hardware_market', 'garment_market')
    """
    folder, day = home_at(home), day_at(as_of)
    path = folder.config("products") / f"{product}.toml"
    check_every_version(path, Product, home=folder)
    found = read_at(path, Product, as_of=day, home=folder)
    if found.code != path.stem:
        raise BadConfig(f"code is {found.code}, the file is {path.name}", where=str(path), fix="give both one name")
    check_tenor(found, read_policy(folder, as_of=day), where=path)
    return narrow_product(found, home=folder, branch=branch) if branch else found


def list_products(home: Place) -> tuple[str, ...]:
    """Return the codes of all products, ascending; files whose name begins with ``_`` are templates.

    Examples
    --------
    >>> "hospital_supplier" in list_products(".")
    True
    """
    folder = home_at(home).config("products")
    return tuple(path.stem for path in folder.glob("*.toml") if not path.stem.startswith("_"))


def products_at(home: Place, *, as_of: date | str) -> tuple[str, ...]:
    """Return the codes of the products whose terms have all begun by a day: one that begins later is none yet.

    Examples
    --------
    >>> products_at(".", as_of="1998-06-30"), "hospital_supplier" in products_at(".", as_of="2026-06-30")
    ((), True)
    """
    folder, day = home_at(home).config("products"), day_at(as_of)
    return tuple(code for code in list_products(home) if _has_begun(read_toml(folder / f"{code}.toml"), day))


def _has_begun(written: object, day: date) -> bool:
    if is_history(written):
        return _begun(written, day)
    return all(_has_begun(value, day) for value in written.values()) if isinstance(written, dict) else True


def products_for(home: Place, segments: Iterable[str], *, branch: str = "", as_of: date | str) -> tuple:
    """Return the codes of products that are made for one of the segments living in a branch, and that it offers.

    Parameters
    ----------
    segments : iterable of str
        Segment codes with at least one member in the branch.
    """
    living, folder, found = set(segments), home_at(home), []
    for code in products_at(home, as_of=as_of):
        terms = read_product(home, product=code, as_of=as_of)
        offered = is_offered(folder, product=code, branch=branch)
        if living & set(terms.segments) and terms.status != "retired" and offered:
            found.append(code)
    return tuple(found)


def check_tenor(product: Product, policy: Policy, *, where: Path) -> None:
    """Refuse a product that runs longer than the policy allows; `where` is the file to name."""
    longest = policy.limits.max_term_months
    if product.max_term_months > longest:
        raise BadConfig(
            f"max_term_months = {product.max_term_months}: the policy allows {longest} at most",
            where=str(where),
            fix=f"write {longest} or less, or change max_term_months in data/policies/limits.toml first",
        )


@dataclass(frozen=True)
class Written:
    """One entry as it stands on a day.

    Parameters
    ----------
    code : str
        Its name in the file.
    terms : model
        What it says.
    from_date : date
        First day on which it counts.
    source, status : str
        Where it comes from, and whether a named person has read that (``verified``, ``unverified``).
    is_in_force : bool
        False where it begins later than the day asked about.
    """

    code: str
    terms: Any
    from_date: date
    source: str
    status: str
    is_in_force: bool


def read_dated(home: Place, *, part: str, table: str, model: type, as_of: date | str) -> tuple[Written, ...]:
    """Read one table of a policy file; what begins later is there too, and says so.

    Of a day before anything in the file begins that which begins first is taken, with its date; law is not.

    Parameters
    ----------
    home : Home or path
        The folder that holds ``data/``; a policy file that it lacks is the shipped one.
    part, table : str
        The file ``data/policies/<part>.toml`` and the table inside it.
    model : type of pydantic model
        What each entry must say. Every version of it is checked.
    as_of : date or ISO text
        Selects among dated entries.

    Raises
    ------
    BadConfig
        If the file is not there, an entry is not dated, names no source, or breaks its model.

    Examples
    --------
    >>> from microlib.contracts.rules import Rule
    >>> rules = read_dated(".", part="regulation", table="rules", model=Rule, as_of="2026-06-30")
    >>> [(rule.code, rule.is_in_force) for rule in rules if rule.terms.id == "R08"]
    [('disclosed_cost', False)]
    """
    path, day = home_at(home).config("policies") / f"{part}.toml", day_at(as_of)
    written = read_toml(path)
    if list(written) != [table]:
        what = f"the file holds {', '.join(written) or 'nothing'}"
        raise BadConfig(what, where=str(path), fix=f"write [[{table}.…]]")
    first = min(dates_of(written), default=day)
    if part != "regulation" and day < first:  # a set of assumptions holds before its first day too
        day = first
    return tuple(_entry(code, value, model=model, day=day, where=str(path)) for code, value in written[table].items())


def _entry(code: str, value: object, *, model: type, day: date, where: str) -> Written:
    entries = read_entries(value, key=code, where=where) if is_history(value) else []
    if not entries or not all(entry.source for entry in entries):
        what = f"{code}: has an entry without date or source"
        raise BadConfig(what, where=where, fix='give it from = 2026-01-01, source = "…" and value')
    read = [checked(entry.value, model, where=f"{where}, {code}") for entry in entries]
    begun = [place for place, entry in enumerate(entries) if entry.from_date <= day]
    place = begun[-1] if begun else 0
    chosen = entries[place]
    return Written(code, read[place], chosen.from_date, chosen.source, chosen.status, bool(begun))
