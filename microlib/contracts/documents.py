"""Written terms on disk: TOML read into a model, dated values resolved, faults named with their remedy.

`read_document` reads and checks a file. A term may be a dated list, appended to and never edited: the last
value not after a date counts (`at_date`). `Share`, `Rate`, `Yuan`, `Months` are the narrow types terms are
made of.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable, Iterator
from copy import deepcopy
from datetime import date
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    ValidationInfo,
)

from microlib.contracts.columns import HIGHEST_RATE
from microlib.errors import BadConfig
from microlib.home import overlay_at
from microlib.identifiers import KIND_NAMES, find_identifiers, masked_text

Model = TypeVar("Model", bound=BaseModel)


def read_document(path: str | Path, model: type[Model], *, highest_rate: float | None = None) -> Model:
    """Read a TOML file into its model.

    Numbers with a point are read as ``Decimal``, so that 0.0685 stays 0.0685.

    Parameters
    ----------
    path : str or Path
        The file.
    model : type of pydantic model
        What the file must say. A class attribute ``RENAMED`` (old key: sentence) explains keys of earlier versions;
        ``NAMES_PERSONS`` lets a file that no report shows hold addresses.
    highest_rate : float, optional
        See `checked`.

    Returns
    -------
    model
        One instance of `model`.

    Raises
    ------
    BadConfig
        If the file is not there, is not TOML, or breaks its model: all faults at once, each with key and value.

    Examples
    --------
    >>> import tempfile
    >>> class Terms(BaseModel, extra="forbid"):
    ...     term_months: int
    >>> folder = tempfile.TemporaryDirectory()
    >>> path = Path(folder.name) / "market_stall.toml"
    >>> _ = path.write_text("term_month = 12", encoding="utf-8")
    >>> read_document(path, Terms)
    Traceback (most recent call last):
    microlib.errors.BadConfig: term_months: is missing
    term_month = 12: is not a key here
      where: ...market_stall.toml
      fix: write term_months instead of term_month
    >>> folder.cleanup()
    """
    content = read_toml(path, names_persons=getattr(model, "NAMES_PERSONS", False))
    return checked(content, model, where=path, highest_rate=highest_rate)


def read_toml(path: str | Path, *, names_persons: bool = False) -> dict[str, Any]:
    """Read a TOML file as plain values, before any model has seen it.

    Parameters
    ----------
    path : str or Path
        The file.
    names_persons : bool
        Whether it may hold addresses and numbers of persons.

    Raises
    ------
    BadConfig
        If the file is not there, is not UTF-8 or is not TOML, or holds a personal identifier: titles and sentences of
        terms stand in every report.
    """
    try:
        written = Path(path).read_bytes()
        content = deepcopy(_parsed(written))
    except FileNotFoundError:
        raise BadConfig("there is no such file", where=str(path), fix=_near_file(Path(path))) from None
    except UnicodeDecodeError:
        raise BadConfig("the file is not UTF-8", where=str(path), fix="save it again as UTF-8") from None
    except OSError as error:
        raise BadConfig("the file cannot be read", where=str(path), fix=error.strerror or str(error)) from error
    except tomllib.TOMLDecodeError as error:
        fix = 'mend that line; codes are text in quotes ("0755"), dates are bare (2026-06-30)'
        raise BadConfig(f"the file is not TOML: {error}", where=str(path), fix=fix) from error
    except (RecursionError, ValueError) as error:
        fix = "write it plainly: no lists in lists beyond a few, no number of thousands of digits"
        raise BadConfig("the file is TOML that cannot be read", where=str(path), fix=fix) from error
    if not names_persons and _first_identifier(written):
        refuse_identifiers(content, where=path)
    return content


#: the same few files are read for every product, day and part of policy
@lru_cache(maxsize=512)
def _parsed(written: bytes) -> dict[str, Any]:
    return tomllib.loads(written.decode("utf-8-sig"), parse_float=Decimal)


@lru_cache(maxsize=512)
def _first_identifier(written: bytes) -> tuple[str, Any] | None:
    return _identifier_of(_parsed(written))


def _identifier_of(content: object) -> tuple[str, Any] | None:
    """Return the first personal identifier of a content and the place of its text."""
    return next(((place, found) for place, text in texts_of(content) for found in find_identifiers(text)), None)


def refuse_identifiers(content: object, *, where: str | Path) -> None:
    """Refuse written terms of which any text holds a personal identifier.

    Examples
    --------
    >>> refuse_identifiers({"title": {"zh": "找 138 0013 8000"}}, where="market_stall.toml")
    Traceback (most recent call last):
    microlib.errors.BadConfig: title.zh holds a mobile phone (138******00)
      where: market_stall.toml
      fix: take it out: terms are shown in reports, and reports name no person
    """
    found = _identifier_of(content)
    if found:
        what = f"{masked_text(found[0])} holds a {KIND_NAMES[found[1].kind]} ({found[1].masked})"
        raise BadConfig(
            what, where=str(where), fix="take it out: terms are shown in reports, and reports name no person"
        )


def texts_of(thing: object, place: str = "") -> Iterator[tuple[str, str]]:
    """Yield each text of nested plain values with its place: keys first, then what stands under them.

    Examples
    --------
    >>> list(texts_of({"rows": ["a", 1]}))
    [('', 'rows'), ('rows[0]', 'a')]
    """
    if isinstance(thing, str):
        yield place, thing
    elif isinstance(thing, dict):
        for key, value in thing.items():
            yield place, str(key)
            yield from texts_of(value, f"{place}.{key}" if place else str(key))
    elif isinstance(thing, list):
        for number, value in enumerate(thing):
            yield from texts_of(value, f"{place}[{number}]")


def checked(
    content: dict[str, Any], model: type[Model], *, where: str | Path, highest_rate: float | None = None
) -> Model:
    """Fit plain values to their model, or say what does not fit.

    Parameters
    ----------
    content : dict
        Values as a file or a merge of files holds them.
    model : type of pydantic model
    where : str or Path
        The file to name in an error.
    highest_rate : float, optional
        Highest yearly rate that the country allows (`policy.highest_rate`): a `Rate` or `YearlyRate` above is refused.

    Raises
    ------
    BadConfig
        If the values break the model.
    """
    try:
        return model.model_validate(content, context={"highest_rate": highest_rate})
    except ValidationError as error:
        faults = error.errors(include_url=False)
        what = "\n".join(_sentence(fault) for fault in faults)
        fixes = dict.fromkeys(fix for fault in faults if (fix := _remedy(fault, model, faults)))
        raise BadConfig(what, where=str(where), fix="; ".join(fixes)) from None


def nearest(word: str, words: Iterable[str], *, cutoff: float = 0.5) -> str:
    """Return the one of `words` most like `word`, or an empty text when none is.

    Examples
    --------
    >>> nearest("term_month", ["term_months", "amount_yuan"]), nearest("x", ["amount"])
    ('term_months', '')
    """
    found = difflib.get_close_matches(str(word), [str(each) for each in words], n=1, cutoff=cutoff)
    return found[0] if found else ""


def _near_file(path: Path) -> str:
    """Propose the file of that folder, or of the shipped one below it, whose name is nearest."""
    names = [each.name for each in overlay_at(path.parent).glob("[!_]*.toml")]
    near = nearest(path.name, names)
    if near:
        return f"did you mean {near}?"
    return f"choose one of {', '.join(names)}" if names else "check the path"


def _key(fault: dict) -> str:
    return ".".join(str(part) for part in fault["loc"]) or "the file"


def _sentence(fault: dict) -> str:
    """Say one fault: key, value, what is wrong with it."""
    if fault["type"] == "missing":
        return f"{_key(fault)}: is missing"
    wrong = {"extra_forbidden": "is not a key here"}.get(fault["type"], fault["msg"].removeprefix("Value error, "))
    value = fault["input"]
    shown = "" if isinstance(value, dict | list | BaseModel) else f" = {_shown(value)}"
    return f"{_key(fault)}{shown}: {wrong}"


def _shown(value: object) -> str:
    return str(value) if isinstance(value, Decimal) else repr(value)


def _remedy(fault: dict, model: type[BaseModel], faults: list) -> str:
    """Say how to mend one fault; a missing key that a misspelt one stands for needs no remedy of its own."""
    word = str(fault["loc"][-1]) if fault["loc"] else ""
    homes = _models_at(model, fault["loc"][:-1])
    if fault["type"] == "extra_forbidden":
        return _key_remedy(word, homes)
    if fault["type"] == "missing":
        misspelt = [each["loc"][-1] for each in faults if each["type"] == "extra_forbidden"]
        return "" if nearest(word, misspelt) else f"add {_described(word, homes)}"
    if fault["type"] in ("literal_error", "enum"):
        return _value_remedy(fault)
    return f"correct {_key(fault)}"


def _key_remedy(word: str, homes: list[type[BaseModel]]) -> str:
    renamed = {old: said for home in homes for old, said in getattr(home, "RENAMED", {}).items()}
    if word in renamed:
        return f"{word} {renamed[word]}"
    legal = [field.alias or name for home in homes for name, field in home.model_fields.items()]
    near = nearest(word, legal)
    if near:
        return f"write {near} instead of {word}"
    return f"remove {word}; legal here: {', '.join(legal)}"


def _described(word: str, homes: list[type[BaseModel]]) -> str:
    said = [home.model_fields[word].description for home in homes if word in home.model_fields]
    return f"{word} ({said[0]})" if said and said[0] else word


def _value_remedy(fault: dict) -> str:
    legal = [part.strip(" '") for part in fault["ctx"]["expected"].replace(" or ", ", ").split(",")]
    near = nearest(str(fault["input"]), legal)
    return f"write {near} for {_key(fault)}" if near else f"choose {_key(fault)} from {', '.join(legal)}"


def _models_at(model: type[BaseModel], place: tuple) -> list[type[BaseModel]]:
    """Return the models that may stand at `place`; list positions and names in a dict lead no deeper."""
    found = [model]
    for step in place:
        fields = [each.model_fields[step].annotation for each in found if step in each.model_fields]
        found = [inner for annotation in fields for inner in _models_in(annotation)] if fields else found
    return found


def _models_in(annotation: object) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [inner for part in get_args(annotation) for inner in _models_in(part)]


def _number(value: object) -> Any:
    if isinstance(value, (bool, str)):
        raise ValueError(f"a number is needed, not {value!r}")
    return value


def _allowed(rate: Any, info: ValidationInfo) -> Any:
    highest = (info.context or {}).get("highest_rate")
    if highest is not None and float(rate) > highest:
        raise ValueError(
            f"is above {highest:g}, the highest_rate of data/policies/country.toml: write a fraction (4.85 % is"
            " 0.0485), or a file of that name in your home where such rates are true"
        )
    return rate


Number = BeforeValidator(_number)
#: fractions in written terms, exact
Share = Annotated[Decimal, Number, Field(ge=0, le=1)]
Rate = Annotated[Decimal, Number, Field(ge=0, le=Decimal(HIGHEST_RATE)), AfterValidator(_allowed)]
#: fractions in policies, ready for measures
Fraction = Annotated[float, Number, Field(ge=0, le=1)]
YearlyRate = Annotated[float, Number, Field(ge=0, le=HIGHEST_RATE), AfterValidator(_allowed)]
Ratio = Annotated[float, Number, Field(ge=0, le=1000)]
#: whole numbers
Yuan = Annotated[int, Field(strict=True, ge=0)]
Months = Annotated[int, Field(strict=True, ge=0, le=360)]
Days = Annotated[int, Field(strict=True, ge=0, le=3650)]
Count = Annotated[int, Field(strict=True, ge=0)]
Switch = Annotated[bool, Field(strict=True)]
#: an English snake word
Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
Line = Annotated[str, StringConstraints(min_length=1, max_length=300)]


class Terms(BaseModel):
    """Written terms: nothing may be added by a slip of the pen, nothing changed after reading."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Bilingual(Terms):
    """One sentence in both languages of the reports.

    Examples
    --------
    >>> Bilingual(zh="医院供应商", en="hospital suppliers").en
    'hospital suppliers'
    """

    zh: Line = Field(description="Chinese")
    en: Line = Field(description="English")


class Entry(Terms):
    """One dated value of a term.

    Examples
    --------
    >>> Entry.model_validate({"from": date(2026, 1, 1), "value": 12}).value
    12
    """

    from_date: date = Field(alias="from", strict=True, description="first day on which the value counts")
    value: Any = Field(description="the value from that day on")
    source: str = Field(default="", description="minute, notice or estimate the value comes from")
    status: Literal["verified", "unverified"] = Field(default="unverified", description="whether a person checked it")
    reason: Bilingual | str = Field(default="", description="why it changed; plain text stands for both languages")
    until: date | None = Field(default=None, description="last day it was decided for; it goes on, told as ended")


def is_history(value: object) -> bool:
    """Say whether a value read from a file is a dated list.

    Examples
    --------
    >>> is_history([{"from": date(2026, 1, 1), "value": 12}]), is_history([{"code": "age", "value": 12}])
    (True, False)
    """
    return isinstance(value, list) and any(isinstance(item, dict) and "from" in item for item in value)


def read_entries(value: list, *, key: str, where: str) -> list[Entry]:
    """Return the entries of a dated list, refusing one that is malformed, repeated or out of order.

    Raises
    ------
    BadConfig
        If an entry has an unknown or missing key, or the dates do not rise.
    """
    entries = [checked(item, Entry, where=f"{where}, {key}") for item in value]
    days = [entry.from_date for entry in entries]
    if any(later <= earlier for earlier, later in pairwise(days)):
        shown = ", ".join(map(str, days))
        raise BadConfig(
            f"{key}: dates do not rise ({shown})", where=where, fix="append the newest value last, once a day"
        )
    return entries


def at_date(written: object, *, as_of: date, where: str, key: str = "", is_assumed: bool = False) -> Any:
    """Return what was written with every dated list replaced by its value at `as_of`.

    Parameters
    ----------
    written : dict, list or plain value
        A file as read. Not modified.
    as_of : date
        The day asked about.
    where : str
        The file, for the refusal.
    key : str
        Path of `written` inside the file.
    is_assumed : bool
        Whether a first value that nobody has verified holds before its date too: what is assumed at all is assumed of
        an earlier day as well, and the register of values shows its date.

    Raises
    ------
    BadConfig
        If a dated list starts only after `as_of`.

    Examples
    --------
    >>> rate = [{"from": date(2024, 1, 1), "value": 0.05}, {"from": date(2026, 1, 1), "value": 0.045}]
    >>> at_date({"yearly_rate": rate, "code": "x"}, as_of=date(2025, 12, 31), where="x.toml")
    {'yearly_rate': 0.05, 'code': 'x'}
    """
    if is_history(written):
        entries = read_entries(written, key=key, where=where)
        if is_assumed and entries[0].from_date > as_of and entries[0].status == "unverified":
            return entries[0].value
        return _value_at(entries, as_of=as_of, where=where, key=key)
    if isinstance(written, dict):
        return {
            name: at_date(value, as_of=as_of, where=where, key=f"{key}.{name}" if key else name, is_assumed=is_assumed)
            for name, value in written.items()
        }
    return written


def _value_at(entries: list[Entry], *, as_of: date, where: str, key: str) -> Any:
    known = [entry for entry in entries if entry.from_date <= as_of]
    if not known:
        raise BadConfig(
            f"{key}: has no value on {as_of}; the first counts from {entries[0].from_date}",
            where=where,
            fix="ask for a later date, or write the earlier value with its date into a file of that name in your home",
        )
    return known[-1].value


def dates_of(written: object) -> list[date]:
    """Return every date on which a dated list of the file changes, ascending."""
    if is_history(written):
        days = [item.get("from") for item in written if isinstance(item, dict)]
        return sorted({day for day in days if type(day) is date})
    children = written.values() if isinstance(written, dict) else ()
    return sorted({day for child in children for day in dates_of(child)})
