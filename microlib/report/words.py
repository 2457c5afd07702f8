"""The words of the reports in two languages: labels, units, codes, sentences, number formats, English plurals.

`Words` finds an entry and refuses an unknown key by name. Placeholders name their format:
``{balance_yuan:wan}``, ``{npl_share:interval}``. Only `wan`, `percent` and their like turn a number into
text.
"""

from __future__ import annotations

import re
import string
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple, TypeAlias

import pandas as pd

from microlib.errors import BadConfig
from microlib.home import Home, Overlay
from microlib.units import YUAN_PER_WAN

BLANK = "—"
#: below this many cases a rate is not printed as a percentage, only its count
FEWEST = 5


class Rate(NamedTuple):
    """A rate as it must be told: with its interval and its count; a part that does not exist is None."""

    value: float
    low: float | None = None
    high: float | None = None
    count: float | None = None


class Turn(NamedTuple):
    """What would overturn a decision: a measure, the side on which it would lie, and of which value."""

    measure: str
    side: str
    value: float


def is_blank(value: object) -> bool:
    """Return whether `value` is missing: None, NaN, NaT or NA."""
    return value is None or (pd.api.types.is_scalar(value) and bool(pd.isna(value)))


def plain(value: float, decimals: int = 0) -> str:
    """Write a number with thousands separators; never a negative zero.

    Examples
    --------
    >>> plain(1234567.25, 1), plain(-0.01, 1)
    ('1,234,567.2', '0.0')
    """
    text = f"{float(value):,.{decimals}f}"
    return text.removeprefix("-") if not text.strip("-0.,") else text


def count(value: float) -> str:
    """Write a count; a fraction of one (a mean, an effective number) keeps one decimal.

    Examples
    --------
    >>> count(1200), count(5.128)
    ('1,200', '5.1')
    """
    return plain(value, 0 if float(value).is_integer() else 1)


def wan(yuan: float) -> str:
    """Write an amount of yuan in 万元 with one decimal, without the unit.

    Examples
    --------
    >>> wan(12_345_678)
    '1,234.6'
    """
    return plain(yuan / YUAN_PER_WAN, 1)


def percent(fraction: float, decimals: int = 1) -> str:
    """Write a fraction as percent, without the sign; a tiny one gets decimals enough not to read as zero.

    Examples
    --------
    >>> percent(0.0222), percent(0.0004), percent(0.0455, 2), percent(-0.000034, 2)
    ('2.2', '0.04', '4.55', '-0.0034')
    """
    size = abs(fraction)
    least = 2 if 0.00005 <= size < 0.001 else 4 if 0.0000005 <= size < 0.00005 else 0
    return plain(fraction * 100, max(decimals, least))


def points(fraction: float) -> str:
    """Write a small fraction in basis points with one decimal, its sign always shown.

    Examples
    --------
    >>> points(0.0135), points(-0.00042)
    ('+135.0', '-4.2')
    """
    text = plain(fraction * 10_000, 1)
    return text if text.startswith("-") else f"+{text}"


def figure(value: float) -> str:
    """Write a bare number (an index, a factor) with two decimals.

    Examples
    --------
    >>> figure(1.376)
    '1.38'
    """
    return plain(value, 2)


def day(value: object) -> str:
    """Write a date as ISO text.

    Examples
    --------
    >>> day(date(2026, 6, 30))
    '2026-06-30'
    """
    return pd.Timestamp(value).date().isoformat()


def none_seen(rate: Rate) -> bool:
    """Say whether nothing was seen among those counted: such a rate is stated by its upper bound alone.

    Examples
    --------
    >>> none_seen(Rate(0.0, 0.0, 0.026, 189)), none_seen(Rate(0.0, -0.02, 0.02)), none_seen(Rate(0.0))
    (True, False, False)
    """
    return not any(map(is_blank, (rate.value, rate.low, rate.high))) and rate.value == 0 <= rate.low < rate.high


def interval(rate: Rate, lang: str, decimals: int = 1, unit: str = "%") -> str:
    """Write a rate with its interval and count; below ``FEWEST`` cases only the count.

    None of n is no zero: it is stated by its upper bound. A difference of rates is told in `unit`, percentage
    points; a range that begins below zero is joined by a word.

    Examples
    --------
    >>> interval(Rate(0.022, 0.014, 0.127, 60), "zh")
    '2.2 %（1.4–12.7 %，n=60）'
    >>> interval(Rate(0.5, 0.1, 0.9, 2), "en")
    '— (n=2, too few)'
    >>> interval(Rate(0.027, -0.021, 0.075), "en", unit="points")
    '2.7 points (-2.1 to 7.5 points)'
    >>> interval(Rate(0.0, 0.0, 0.026, 189), "zh"), interval(Rate(0.0, 0.0, 0.026), "en")
    ('≤2.6 %（0/189）', '≤2.6 %')
    """
    few = rate.count is not None and not is_blank(rate.count) and 0 <= rate.count < FEWEST
    if none_seen(rate) and not few:
        head = f"≤{percent(rate.high, decimals)} {unit}"
        tail = "" if is_blank(rate.count) else f"0/{count(rate.count)}"
    else:
        head = BLANK if few or is_blank(rate.value) else f"{percent(rate.value, decimals)} {unit}"
        tail = {"zh": "，", "en": ", "}[lang].join(_bounds(rate, few, lang, (decimals, unit)))
    return head if not tail else f"{head}（{tail}）" if lang == "zh" else f"{head} ({tail})"


def _bounds(rate: Rate, few: bool, lang: str, told: tuple[int, str]) -> list[str]:
    decimals, unit = told
    known = not few and not is_blank(rate.low) and not is_blank(rate.high)
    joint = "–" if not known or rate.low >= 0 else {"zh": " 至 ", "en": " to "}[lang]
    span = [f"{percent(rate.low, decimals)}{joint}{percent(rate.high, decimals)} {unit}"] if known else []
    number = [] if is_blank(rate.count) else [f"n={count(rate.count)}"]
    return span + number + ([{"zh": "过少", "en": "too few"}[lang]] if few else [])


#: last unit word in the name of what overturns -> how its value is written; others are bare numbers
TURNED = {
    "yuan": lambda value: wan(value),
    "share": lambda value: percent(value),
    "rate": lambda value: percent(value, 2),
    "days": lambda value: count(value),
    "months": lambda value: count(value),
    "count": lambda value: count(value),
}
#: what may lie below zero
BOTH_WAYS = ("floor_margin", "margin", "headroom", "lift", "result", "share_margin", "change")
#: shares whose names do not say so
SHARES_TURNED = ("able_", "lift_")


def overturned(turn: Turn, words: Words) -> str:
    """Say which number would overturn a decision, the same on a card, in a table and in any sentence.

    Zero has words of its own; of a count a number is told.

    Examples
    --------
    >>> words = Words("zh")
    >>> overturned(Turn("share_low", "below", 0.05), words), overturned(Turn("margin_rate", "above", 0.0), words)
    ('判断所用占比的区间下限低于 5.0 %', '利差由负转正')
    """
    measure, (said, kind) = words.code("overturning_measure", turn.measure), _turned_number(turn)
    if not said.strip("-0.") and kind != "count":
        ends = turn.side == "below" and not turn.measure.startswith(BOTH_WAYS)  # nothing is left of it
        return words.mark("below_none" if ends else f"{turn.side}_zero", measure=measure)
    return words.mark(turn.side, measure=measure, value=turned_value(turn, words))


def turned_value(turn: Turn, words: Words) -> str:
    """Return the value of what overturns a decision, with its unit.

    Examples
    --------
    >>> turned_value(Turn("share_low", "below", 0.0655), Words("zh"))
    '6.6 %'
    """
    said, kind = _turned_number(turn)
    unit = words.unit(turn.measure) or (words.unit(kind) if kind else "")
    return f"{said} {unit}".strip()


def _turned_number(turn: Turn) -> tuple[str, str]:
    """Return the number of what overturns a decision as text, and its kind (of `TURNED`; empty for a bare number)."""
    name, value = turn.measure, float(turn.value)
    kind = next((part for part in reversed(name.split("_")) if part in TURNED), "")
    kind = "share" if name.startswith(SHARES_TURNED) else kind
    return TURNED[kind](value) if kind else plain(value, 0) if value.is_integer() else figure(value), kind


def is_date(value: object) -> bool:
    """Return whether `value` is a calendar date or a moment."""
    return isinstance(value, date | pd.Timestamp)


LANGS = ("zh", "en")
#: how a page is called
NAME = re.compile("[a-z][a-z0-9_]*")
FOLDER = Path(__file__).parent / "words"
#: kinds of words that stand in files of their own, and those that stand with the pages
KINDS = ("columns", "codes", "units", "marks", "leaflets", "running")
PAGED = ("captions", "notes", "sentences")
NOTES = ("read", "misread")
#: what a report may say otherwise of a page that it shares with others
SHOWN = ("columns", "rows", "figure")
#: what an own page says in one sentence, and kinds of words that stand between own pages
TEXT, BETWEEN = "text", ("columns", "codes", "units")
HEADS, SENTENCES = TEXTS = ("heads", "sentences")
Entry: TypeAlias = Mapping[str, str]
Tree: TypeAlias = Mapping[str, object]


@dataclass(frozen=True)
class FigureWords:
    """How a page's figure is drawn.

    Parameters
    ----------
    draw : str
        A function of ``report.charts``.
    options : dict
        Its arguments: columns of the result.
    """

    draw: str
    options: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class PageWords:
    """What one page shows and says.

    Parameters
    ----------
    name, file : str
        Its name, and the file in which it stands.
    caption : dict
        ``zh`` and ``en``.
    is_table : bool
        Whether it shows its result as a table.
    columns : tuple of str
        Columns shown; empty shows all.
    rows : int, optional
        Rows shown at most.
    figure : FigureWords, optional
    notes, heads, sentences : dict
        Key -> text in both languages: ``read`` and ``misread``; columns that this table calls in its own way; what its
        verdict may say.
    text : dict, optional
        What a page of one's own says of its result, where no verdict does.
    """

    name: str
    file: str
    caption: Entry
    is_table: bool = False
    columns: tuple[str, ...] = ()
    rows: int | None = None
    figure: FigureWords | None = None
    notes: dict[str, Entry] = field(default_factory=dict)
    heads: dict[str, Entry] = field(default_factory=dict)
    sentences: dict[str, Entry] = field(default_factory=dict)
    text: Entry | None = None

    def columns_of(self, frame: pd.DataFrame) -> list[str] | None:
        """Return the columns of `frame` that are shown, None for all; one that it has not is refused by name."""
        absent = [name for name in self.columns if name not in frame.columns]
        if absent:
            fix = f"mend columns of [{self.name}], or pass columns=[...] of {', '.join(frame.columns)}"
            raise BadConfig(f"the table has no column {', '.join(absent)}", where=self.file, fix=fix)
        return list(self.columns) or None

    def drawn(self) -> FigureWords:
        """Return how the page is drawn; one without a figure is refused."""
        if self.figure is None:
            fix = f'write figure = {{ draw = "…" }} below [{self.name}], or call chart with a function'
            raise BadConfig(f"the words give {self.name} no figure", where=self.file, fix=fix)
        return self.figure


@lru_cache
def entries(kind: str) -> dict[str, Entry]:
    """Return the texts of one kind: dotted key -> {zh, en}.

    Parameters
    ----------
    kind : str
        ``captions``, ``notes`` or ``sentences`` of all pages; or ``columns``, ``codes``, ``units``, ``marks`` …: the
        file of that name, and for columns what single tables call them.

    Raises
    ------
    BadConfig
        If an entry lacks a language or stands twice.
    """
    if kind == "captions":
        return {name: page.caption for name, page in _pages()[0].items()}
    if kind == "notes":
        return {f"{name}.{note}": entry for name, page in _pages()[0].items() for note, entry in page.notes.items()}
    if kind == SENTENCES:
        return _pages()[2]
    file = FOLDER / f"{kind}.toml"
    found = dict(_leaves(read(file), file))
    if kind == "columns":
        heads = ((name, page.heads) for name, page in _pages()[0].items())
        _add(found, {f"{name}.{key}": head for name, own in heads for key, head in own.items()}, file)
    return found


def page_words(name: str, *, report: str = "") -> PageWords:
    """Return what the page `name` shows and says, in a report that may show it in a way of its own.

    Raises
    ------
    BadConfig
        If there are no words for the page.
    """
    pages, own, _ = _pages()
    if name not in pages:
        raise BadConfig(f"there are no words for {name}", where=name, fix=_remedy("captions", name))
    return replace(pages[name], **own.get((report, name), {}))


@lru_cache
def page_files() -> tuple[Path, ...]:
    """Return the files that hold pages: those of the reports, and what they share."""
    return (FOLDER / "common.toml", *sorted((FOLDER / "reports").glob("*.toml")))


@lru_cache
def same_codes() -> dict[str, str]:
    """Return the columns that hold the codes of another: column -> that column (``words/same.toml``)."""
    return read(FOLDER / "same.toml")


@lru_cache
def read(file: Path) -> dict[str, object]:
    """Return one file as it is written; each is parsed once.

    Raises
    ------
    BadConfig
        If it is no TOML, which includes a key that stands twice.
    """
    return _parsed(file)


def _parsed(file: Path) -> dict[str, object]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except tomllib.TOMLDecodeError as error:
        fix = "mend that line; every key stands once"
        raise BadConfig(f"the catalogue is not TOML: {error}", where=str(file), fix=fix) from error


@dataclass(frozen=True)
class OwnWords:
    """Words that stand in no file of the package: a home's own, and what a call of the report says itself.

    Parameters
    ----------
    pages : dict
        Name -> page; it stands for the package's page of that name.
    entries : dict
        Kind (``captions, notes, columns, codes, units``) -> key -> {zh, en}; each stands for the package's.
    """

    pages: dict[str, PageWords] = field(default_factory=dict)
    entries: dict[str, dict[str, Entry]] = field(default_factory=dict)

    def add(self, page: PageWords) -> None:
        """Take in a page, in the place of one of its name."""
        self.pages[page.name] = page
        told = {
            "captions": {page.name: page.caption},
            "notes": {f"{page.name}.{note}": entry for note, entry in page.notes.items()},
            "columns": {f"{page.name}.{column}": head for column, head in page.heads.items()},
        }
        for kind, more in told.items():
            self.entries.setdefault(kind, {}).update(more)

    def teach(
        self,
        page: PageWords,
        *,
        caption: Entry | None = None,
        labels: Mapping[str, Entry] | None = None,
        text: Entry | None = None,
    ) -> PageWords:
        """Take in a page as a call of the report says it: caption, heads and text in the place of the page's own.

        Raises
        ------
        BadConfig
            If one of them lacks a language.
        """
        heads = {**page.heads, **{column: _both(column, label, page.name) for column, label in (labels or {}).items()}}
        said = {
            key: _both(key, each, page.name) for key, each in (("caption", caption), (TEXT, text)) if each is not None
        }
        told = replace(page, heads=heads, **said)
        self.add(told)
        return told


def _both(key: str, entry: object, name: str) -> Entry:
    """Return a text in both languages; anything else is refused."""
    if isinstance(entry, Mapping):
        return dict(_leaves({key: dict(entry)}, Path(name)))[key]
    raise BadConfig(f"{key} of {name} is not in two languages", where=name, fix=f'write {key}={{"zh": …, "en": …}}')


def own_words(home: Home | None) -> OwnWords:
    """Return the words that a home keeps for reports of its own, in ``data/words/*.toml``.

    A file holds pages as those of the package do (``[name]`` with caption, columns, rows, figure, read, misread,
    heads), each with a sentence of its own (``text``) and, without a figure, its whole table; and ``[columns]``,
    ``[codes]``, ``[units]`` for all of them.

    Raises
    ------
    BadConfig
        If a file is not as said, an entry lacks a language, or one stands in two files.
    """
    found, places = OwnWords(), dict[tuple[str, str], str]()
    for file in words_folder(home).glob("[!_]*.toml") if home is not None else ():
        _take_in(found, file, places)
    return found


def words_folder(home: Home) -> Overlay:
    """Return the folder of a home's own words; nothing but a template is shipped there."""
    return home.config("words")


def read_own(file: Path) -> OwnWords:
    """Return the words of one file of a home's own; refused as `own_words` refuses it."""
    found = OwnWords()
    _take_in(found, file, {})
    return found


def _take_in(found: OwnWords, file: Path, places: dict[tuple[str, str], str]) -> None:
    for name, tree in _parsed(file).items():
        if not isinstance(tree, dict):
            raise BadConfig(f"{name} is no page", where=file.name, fix=f"write [{name}] with a caption in zh and en")
        if name not in BETWEEN:
            if not NAME.fullmatch(name):
                raise BadConfig(f"{name!r} is no name for a page", where=file.name, fix="small letters, digits, _")
            _note_place(places, ("page", name), file)
            page = _page(name, tree, file)
            found.add(page if page.figure else replace(page, is_table=True))
            continue
        told = dict(_leaves(tree, file))
        for key in told:
            _note_place(places, (name, key), file)
        found.entries.setdefault(name, {}).update(told)


def _note_place(places: dict[tuple[str, str], str], what: tuple[str, str], file: Path) -> None:
    before = places.setdefault(what, file.name)
    if before != file.name:
        raise BadConfig(f"the words for {what[1]} stand in {before} too", where=file.name, fix="keep one of them")


@lru_cache
def _pages() -> tuple[dict[str, PageWords], dict[tuple[str, str], dict[str, object]], dict[str, Entry]]:
    """Return all pages, what single reports show otherwise of a shared one, and all sentences."""
    pages: dict[str, PageWords] = {}
    own: dict[tuple[str, str], dict[str, object]] = {}
    sentences: dict[str, Entry] = {}
    for file in page_files():
        for name, tree in read(file).items():
            if name == SENTENCES:
                _add(sentences, dict(_leaves(tree, file)), file)
            elif name in pages and set(tree) <= set(SHOWN):
                own[file.stem, name] = _shown(name, tree, file)
            else:
                page = _page(name, tree, file)
                _add(pages, {name: page}, file)
                _add(sentences, page.sentences, file)
    return pages, own, sentences


def _add(found: dict[str, object], more: Mapping[str, object], file: Path) -> None:
    twice = sorted(set(found) & set(more))
    if twice:
        raise BadConfig(f"the words for {twice[0]} stand twice", where=file.name, fix="keep one of them")
    found.update(more)


def _page(name: str, tree: Tree, file: Path) -> PageWords:
    odd = sorted(set(tree) - {"caption", TEXT, *SHOWN, *NOTES, *TEXTS})
    if odd or "caption" not in tree:
        what = f"[{name}] holds {odd[0]}, which no page has" if odd else f"[{name}] has no caption"
        parts = ", ".join(("caption", TEXT, *SHOWN, *NOTES, *TEXTS))
        raise BadConfig(what, where=file.name, fix=f"a page has a caption and may have others of: {parts}")
    caption = dict(_leaves({name: tree["caption"]}, file))[name]
    notes = dict(_leaves({note: tree[note] for note in NOTES if note in tree}, file))
    heads, said = (dict(_leaves(tree.get(part, {}), file)) for part in TEXTS)
    text = dict(_leaves({TEXT: tree[TEXT]}, file))[TEXT] if TEXT in tree else None
    shown = _shown(name, tree, file)
    return PageWords(name, file.name, caption, notes=notes, heads=heads, sentences=said, text=text, **shown)


def _shown(name: str, tree: Tree, file: Path) -> dict[str, object]:
    """Return what a page shows beside its words, of that what is written."""
    found: dict[str, object] = {}
    if "columns" in tree:
        listed = tree["columns"]
        if listed != "all" and not (isinstance(listed, list) and listed):
            raise BadConfig(f"the columns of [{name}] are no list", where=file.name, fix='list them, or write "all"')
        found |= {"is_table": True, "columns": () if listed == "all" else tuple(listed)}
    if "rows" in tree:
        if not isinstance(tree["rows"], int):
            raise BadConfig(f"the rows of [{name}] are no number", where=file.name, fix="write a whole number")
        found["rows"] = tree["rows"]
    if "figure" in tree:
        options = dict(tree["figure"])
        if "draw" not in options:
            raise BadConfig(f"the figure of [{name}] does not say what draws it", where=file.name, fix="write draw")
        found["figure"] = FigureWords(options.pop("draw"), options)
    return found


def _leaves(tree: Tree, file: Path, path: str = "") -> Iterator[tuple[str, Entry]]:
    for name, value in tree.items():
        key = f"{path}.{name}" if path else name
        if not isinstance(value, dict):
            raise BadConfig(f"{key} is not an entry with zh and en", where=file.name, fix="write { zh = …, en = … }")
        if set(value) == set(LANGS) and all(isinstance(text, str) and text for text in value.values()):
            yield key, value
        elif set(value) & set(LANGS):
            raise BadConfig(f"{key} lacks a language", where=file.name, fix="write zh and en side by side")
        else:
            yield from _leaves(value, file, key)


def placeholders(text: str) -> set[str]:
    """Return the names (with formats) that a sentence wants; which form a word takes is no value of its own.

    Examples
    --------
    >>> sorted(placeholders("{a:wan} of {b} {b:loan|loans}"))
    ['a:wan', 'b']
    """
    return set(re.findall(r"\{([a-z0-9_]+(?::[a-z_]+)?)\}", text))


#: a blank between two Chinese signs, left where a name or a unit was written in
BETWEEN_SIGNS = re.compile(r"(?<=[\u3001-\u9fff\uff01-\uff5e]) (?=[\u3001-\u9fff\uff01-\uff5e])")


def fill_placeholders(text: str, values: Mapping[str, object], words: Words) -> str:
    """Return `text` with its placeholders written out in the language of `words`.

    Raises
    ------
    BadConfig
        If a placeholder has no value.

    Examples
    --------
    >>> import pandas as pd
    >>> from types import SimpleNamespace
    >>> words, counts = SimpleNamespace(lang="en"), pd.Series([1, 2])
    >>> [fill_placeholders("{n:count} old {n:loan|loans}, {n:count} customers", {"n": n}, words) for n in counts]
    ['1 old loan, 1 customer', '2 old loans, 2 customers']
    """
    made = _Filler(words).vformat(text, (), values)
    return singular(made) if words.lang == "en" else made


def close_set(text: str, lang: str) -> str:
    """Return a sentence as it is set: no blank between two Chinese signs, a capital at the beginning of an English one.

    Examples
    --------
    >>> close_set("余额最大的是 示例医院：9 户", "zh"), close_set("win-back: 5 customers.", "en")
    ('余额最大的是示例医院：9 户', 'Win-back: 5 customers.')
    """
    return BETWEEN_SIGNS.sub("", text) if lang == "zh" else text[:1].upper() + text[1:]


#: nouns that a number stands before, and verbs that follow them
NOUNS = (
    "absences|actions|advantages|applications|appraisers|borrowers|branches|cases|changes|comparisons|contacts|cores|"
    "counterparties|courses|customers|days|entries|figures|files|firms|groups|invoices|items|kinds|leads|lines|loans|"
    "managers|members|months|pairs|papers|parts|payables|payments|peers|points|products|projects|protections|renewals|"
    "rows|rules|scenarios|sources|stalls|steps|suppliers|tables|tasks|uses|values|views|visits|weeks"
)
VERBS = {
    **{"are": "is", "were": "was", "have": "has", "go": "goes", "pass": "passes", "cross": "crosses"},
    **{verb: f"{verb}s" for verb in ("come", "cover", "hold", "run", "stand", "wait")},
}
_ONE = re.compile(rf"(?<![\w.,–-])1 ({NOUNS})\b(?: ({'|'.join(VERBS)})\b)?")


def singular(text: str) -> str:
    """Return an English sentence in which 1 is followed by a singular.

    Examples
    --------
    >>> singular("1 loans are late; 21 loans, 0.1 points and 1 branches"), singular("1 entries pass")
    ('1 loan is late; 21 loans, 0.1 points and 1 branch', '1 entry passes')
    """
    return _ONE.sub(lambda found: " ".join(["1", _one(found[1]), *([VERBS[found[2]]] if found[2] else [])]), text)


def _one(noun: str) -> str:
    ends = {"ies": "y", "ches": "ch"}
    return next((noun.removesuffix(end) + one for end, one in ends.items() if noun.endswith(end)), noun[:-1])


class _Filler(string.Formatter):
    """Write the values of a sentence's placeholders."""

    def __init__(self, words: Words) -> None:
        self.words, self.column = words, ""

    def get_field(self, field_name: str, args: Sequence[object], kwargs: Mapping[str, object]) -> tuple[object, str]:
        if field_name not in kwargs:
            raise BadConfig(f"the sentence wants {field_name}", where="microlib/report/words", fix="pass it a value")
        self.column = field_name
        return kwargs[field_name], field_name

    def format_field(self, value: object, format_spec: str) -> str:
        if format_spec == "codes":
            return self.words.join(self.words.code(self.column, item) for item in value)
        if "|" in format_spec:
            one, more = format_spec.split("|")
            return one if value == 1 else more
        if is_blank(value):
            return BLANK
        return SPECS[format_spec](value, self)


def _month(value: int, filler: _Filler) -> str:
    return filler.words.code("month_of_year", int(value))


#: placeholder format -> how its value is written
SPECS = {
    "": lambda value, filler: str(value),
    "wan": lambda value, filler: f"{wan(value)} {filler.words.unit('yuan')}",
    "percent": lambda value, filler: f"{percent(value)} %",
    "pp": lambda value, filler: f"{percent(value)} {filler.words.unit('percentage_points')}",
    "rate": lambda value, filler: f"{percent(value, 2)} %",
    "interval": lambda value, filler: interval(value, filler.words.lang),
    "pp_interval": lambda value, filler: interval(
        value, filler.words.lang, unit=filler.words.unit("percentage_points")
    ),
    "rate_interval": lambda value, filler: interval(value, filler.words.lang, 2),
    "fen": lambda value, filler: f"{plain(value, 2)} {filler.words.unit('exact_yuan')}",
    "points": lambda value, filler: f"{points(value)} {filler.words.unit('points')}",
    "count": lambda value, filler: count(value),
    "whole": lambda value, filler: plain(value),
    "figure": lambda value, filler: figure(value),
    "day": lambda value, filler: day(value),
    "code": lambda value, filler: filler.words.code(filler.column, value),
    "month": _month,
    "turn": lambda value, filler: overturned(value, filler.words),
}
SUFFIXES = ("low", "high", "count")


@dataclass(frozen=True)
class Words:
    """The catalogue in one language.

    Parameters
    ----------
    lang : str
        ``zh`` or ``en``.
    names : mapping, optional
        Names that come with the data's own terms: column -> code -> {zh, en}, such as titles of segments and products.
    table : str
        The result table spoken of; its own labels (``[table]`` in ``columns.toml``) go before the general ones.
    own : mapping, optional
        Entries of a report's own, kind -> key -> {zh, en}, which go before those of the package.

    Raises
    ------
    BadConfig
        If the language is neither, or (any method) if a key has no entry.

    Examples
    --------
    >>> words = Words("zh")
    >>> words.header("balance_yuan"), words.code("class5", "special_mention")
    ('贷款余额（万元）', '关注')
    """

    lang: str
    names: Mapping[str, Mapping[str, Mapping[str, str]]] = field(default_factory=dict)
    table: str = ""
    own: Mapping[str, Mapping[str, Entry]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.lang not in LANGS:
            raise BadConfig(f"the language {self.lang!r} is not spoken here", where="lang", fix="write zh or en")

    def naming(self, column: str, titles: Mapping[str, Mapping[str, str]]) -> Words:
        """Return words that also know the names of one column's codes."""
        known = {code: dict(title) for code, title in titles.items()}
        return replace(self, names={**self.names, column: {**self.names.get(column, {}), **known}})

    def of(self, table: str) -> Words:
        """Return words that speak of one result table."""
        return replace(self, table=table)

    def has(self, kind: str, key: str) -> bool:
        """Return whether the catalogue `kind` has an entry for `key`."""
        return key in self.own.get(kind, ()) or key in entries(kind)

    def _both(self, kind: str, key: str) -> Entry:
        own = self.own.get(kind, {})
        return own[key] if key in own else entries(kind)[key]

    def entry(self, kind: str, key: str) -> str:
        """Return the words of one entry; an unknown key is a `BadConfig` that names it."""
        if not self.has(kind, key):
            raise BadConfig(
                f"there are no words for {key}", where=f"{kind} {self.table}".strip(), fix=_remedy(kind, key)
            )
        return self._both(kind, key)[self.lang]

    def mark(self, key: str, **values: object) -> str:
        """Return a fixed phrase of the page's furniture (a banner, a box, a heading)."""
        return fill_placeholders(self.entry("marks", key), values, self)

    def filled(self, kind: str, key: str, **values: object) -> str:
        """Return the entry `key` of the catalogue `kind` with its numbers written in."""
        return fill_placeholders(self.entry(kind, key), values, self)

    def sentence(self, key: str, **values: object) -> str:
        """Return the sentence `key` with its numbers written in.

        A placeholder's format says how its value is written: ``wan``, ``percent``, ``rate``, ``interval``,
        ``pp_interval``, ``rate_interval``, ``count``, ``whole``, ``figure``, ``day``, ``month``, ``turn``, ``code``,
        ``codes``; none writes text as it is.
        """
        return close_set(fill_placeholders(self.entry("sentences", key), values, self), self.lang)

    def column(self, name: str) -> str:
        """Return a column's label without its unit.

        Bounds and counts of a labelled rate need no entry of their own; a column that stands for a named code (one
        segment of a matrix) has that code's name.
        """
        titles = next((titles[name] for titles in self.names.values() if name in titles), None)
        if titles:
            return titles[self.lang]
        if self.has("columns", f"{self.table}.{name}"):
            return self.entry("columns", f"{self.table}.{name}")
        stem, _, suffix = name.rpartition("_")
        if self.has("columns", name) or suffix not in SUFFIXES:
            return self.entry("columns", name)
        stems = [f"{stem}{unit}" for unit in ("", "_share", "_rate", "_yuan")]
        label = next((found for found in stems if self.has("columns", found)), name)
        return self.mark(f"of_{suffix}", label=self.entry("columns", label))

    def unit(self, name: str) -> str:
        """Return the unit of a column as its header says it; empty where it has none."""
        own = f"{self.table}.{name}"
        whole, last = name.removesuffix("_low").removesuffix("_high"), name.rsplit("_", 1)[-1]
        found = next(
            (key for key in (own, name, whole, whole.rsplit("_", 1)[-1], last) if self.has("units", key)), None
        )
        return self._both("units", found)[self.lang] if found else ""

    def header(self, name: str) -> str:
        """Return a column's label with its unit in brackets."""
        label, unit = self.column(name), self.unit(name)
        return label if unit in ("", label) else f"{label}（{unit}）" if self.lang == "zh" else f"{label} ({unit})"

    def code(self, column: str, value: object) -> str:
        """Return the words for a code of `column`, or for codes with blanks between them.

        A value that is no code (a key, a name) stays as it is.
        """
        text = str(value)
        known = self._known(column, text)
        if not known and "×" in text:  # two codes judged together
            return " × ".join(self._known(column, part) or part for part in text.split("×"))
        if known or " " not in text:
            return known or text
        parts = [self._known(column, part) or self._amount(part) for part in text.split()]
        return self.join(parts) if all(parts) else text

    def _amount(self, text: str) -> str:
        """Return the words for an amount of yuan inside a code; empty where it is none."""
        return f"{wan(float(text))} {self.unit('yuan')}" if text.isdigit() else ""

    def _known(self, column: str, text: str) -> str:
        """Return the words for one code; empty where it is none: terms' own names first, then codes, then columns."""
        maps = [self.names.get(column, {}), *self.names.values()]
        entry = next((titles[text] for titles in maps if text in titles), None)
        own = same_codes().get(column, column)
        mine = f"{self.table}.{column}.{text}"
        keys = [key for key in (mine, f"{own}.{text}", f"any.{text}") if self.has("codes", key)]
        if entry is None and keys:
            entry = self._both("codes", keys[0])
        if entry is None and self.has("columns", text):
            entry = self._both("columns", text)
        return entry[self.lang] if entry else ""

    def join(self, texts: Iterable[str]) -> str:
        """Return texts as one list in the language's punctuation."""
        return ("、" if self.lang == "zh" else ", ").join(texts)


def _remedy(kind: str, key: str) -> str:
    """Return where words of one's own are said."""
    both, file = '{ zh = "…", en = "…" }', "data/words/<report>.toml of the home"
    if kind == "columns":
        return f'pass labels={{"{key}": {{"zh": "…", "en": "…"}}}}, or write {key} = {both} below [columns] in {file}'
    if kind == "captions":
        return f'pass caption={{"zh": "…", "en": "…"}}, or write [{key}] with caption = {both} in {file}'
    return f"write it with zh and en side by side, in {file}"


#: place -> the column whose codes stand there
CODED = {
    "channel": "channel",
    "kinds": "kind",
    "limit.collateral": "collateral",
    "limit.source": "source",
    "rate_type": "rate_type",
    "repayment.method": "repayment",
    "secured": "guarantee",
    "segments": "segment",
    "size.method": "need_method",
    "status": "status",
}
SIDES = ("old", "new")


def place_words(place: str, words: Words) -> str:
    """Return a place of the terms in words; of an item, its list, its name and what of it.

    Examples
    --------
    >>> place_words("limit.cap_yuan", Words("zh")), place_words("access.young_business.value", Words("zh"))
    ('单户额度上限', '准入规则 · young_business · 数值')
    """
    whole = words.code("term_place", place)
    if whole != place:
        return whole
    return " · ".join(words.code("term_place", step) for step in place.split(".") if step not in ("zh", "en"))


def with_sides(frame: pd.DataFrame, words: Words) -> pd.DataFrame:
    """Tell what stood at each place, old and new, in the columns ``old_code`` and ``new_code``, in words.

    Wordings in the other language are left out: who reads this report reads one.
    """
    if "place" not in frame.columns:
        return frame
    other = {"zh": ".en", "en": ".zh"}[words.lang]
    kept = frame[~frame["place"].str.endswith(other)]
    told = {
        f"{side}_code": [
            _code(place, text, words) for place, text in zip(kept["place"], kept[f"{side}_code"], strict=True)
        ]
        for side in SIDES
        if f"{side}_code" in kept
    }
    return kept.assign(place=[place_words(place, words) for place in kept["place"]], **told)


def _code(place: str, text: str, words: Words) -> str:
    return words.code(CODED.get(place, "old_code"), text) if isinstance(text, str) and text else ""
