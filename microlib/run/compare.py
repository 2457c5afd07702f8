"""What differs between two runs: reports made again and compared cell by cell, and figures beyond noise.

`verify_jobs` proves that a report can be made again, `run_differences` says which figures moved between two
dates, `figures_of` which few of them stand in the index.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from microlib.bank.state import held_state
from microlib.errors import BadConfig, BadData
from microlib.files import owned_folder
from microlib.home import Home
from microlib.report.words import Rate, Words, count, figure, interval, percent, wan
from microlib.run.jobs import Job, RunOptions
from microlib.run.manifest import RUNS, read_manifest
from microlib.run.pool import made_jobs
from microlib.stats.forecast import READING_COLUMNS, count_limits, figure_changes

#: beside a report's results: those of its supplement for head office
BESIDE = "head-office"
CHANGE_COLUMNS = ["report", "table", "row", "column", "recorded", "made"]
NOTHING = pd.DataFrame(columns=CHANGE_COLUMNS)


def compare_results(recorded: Path, made: Path, *, report: str) -> pd.DataFrame:
    """Compare every result table, and the facts, of one report.

    Parameters
    ----------
    recorded, made : Path
        Folders of ``<name>.parquet`` and ``facts.json``; those of ``head-office/`` beside them are compared too.
    report : str
        What to call the report.

    Returns
    -------
    DataFrame
        ``report, table, row, column, recorded, made`` of each cell that differs; a table that only one side has is
        one row. Nothing is rounded: what is recorded is rounded already.
    """
    pairs = [(recorded, made), tuple(folder.parent / BESIDE / folder.name for folder in (recorded, made))]
    rows = [row for pair in pairs for row in _folders_compared(*pair)]
    return pd.DataFrame([(report, *row) for row in rows], columns=CHANGE_COLUMNS)


def _folders_compared(recorded: Path, made: Path) -> list[tuple[str, object, str, object, object]]:
    names = sorted({path.name for folder in (recorded, made) for path in _files(folder)})
    return [row for name in names for row in _compared(recorded / name, made / name)]


def _files(folder: Path) -> list[Path]:
    return [*folder.glob("*.parquet"), *folder.glob("facts.json")]


def _compared(one: Path, two: Path) -> list[tuple[str, object, str, object, object]]:
    if not (one.is_file() and two.is_file()):
        return [(one.name, "", "", *("there" if path.is_file() else "missing" for path in (one, two)))]
    try:
        first, second = _read(one), _read(two)
    except (ValueError, OSError, KeyError):
        return [(one.name, "", "", "one of the two cannot be read", "")]
    if list(first.columns) != list(second.columns) or len(first) != len(second):
        return [(one.name, "", "", _shape(first, second), _shape(second, first))]
    return [
        (one.name, row, str(name), before, after)
        for name in first.columns
        for row, before, after in _unequal(first[name], second[name])
    ]


def _shape(own: pd.DataFrame, other: pd.DataFrame) -> str:
    """Say how large a table is, and which columns it alone has."""
    alone = [str(name) for name in own.columns if name not in other.columns]
    return f"{len(own)} rows of {len(own.columns)} columns" + (f", alone {', '.join(alone)}" if alone else "")


def _unequal(first: pd.Series, second: pd.Series) -> list[tuple[object, object, object]]:
    one, two = first.astype("object"), second.astype("object")
    differs = ~((one == two) | (one.isna() & two.isna())).astype("bool")
    if first.dtype != second.dtype:
        return [("", f"dtype {first.dtype}", f"dtype {second.dtype}")]
    return list(zip(first.index[differs], one[differs], two[differs], strict=True))


def _read(path: Path) -> pd.DataFrame:
    """Return a table as it was recorded, or the facts as one row with a column per part of a fact."""
    if path.suffix == ".parquet":
        return pd.read_parquet(path)
    facts = sorted(json.loads(path.read_text(encoding="utf-8")).items())
    parts = {f"{name} {part}": [told] for name, fact in facts for part, told in sorted(fact.items())}
    return pd.DataFrame(parts, dtype="object")


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
#: results whose facts are of the whole book: they go before others that end alike
WHOLE = ("book_size", "ratio_changes", "committee_ratios", "four_pars", "top_source", "unassigned_share")
#: where a report has none of these, so many of its rates that carry an interval
OTHERS = 4
#: what elsewhere is of a part of the book
SUMS = ("customers_count", "loans_count", "balance_yuan")


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
    ordered = sorted(told, key=lambda name: name.split(".")[0] not in WHOLE, reverse=True)
    last = {name.rsplit(".", 1)[-1]: told[name] for name in ordered if _is_of_all(name)}
    chosen = [name for name in HEADLINES if name in last]
    ranged = [name for name, fact in last.items() if fact.get("low") is not None]
    return {name: figure_of(name, last[name]) for name in chosen or ranged[:OTHERS]}


def _is_of_all(name: str) -> bool:
    """Say whether a fact may speak for the branch: an amount or a count does where it is of the whole book alone."""
    table, _, last = name.rpartition(".")
    return last not in SUMS or not table or table.split(".")[0] in WHOLE


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
    told = interval(Rate(*(fact.get(part) for part in ("value", "low", "high", "count"))), "zh")
    main, _, rest = told.partition("（")
    return Figure(name, main, rest.removesuffix("）"), fact["value"])


def _number(name: str, value: float) -> str:
    unit = name.rsplit("_", 1)[-1]
    writers = {"yuan": wan, "share": percent, "rate": percent, "count": count}
    plain = count if float(value).is_integer() else figure
    return writers.get(unit, plain)(value) + (" %" if unit in ("share", "rate") else "")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


@dataclass(frozen=True)
class RecordedRun:
    """The state of one date's reports as a run left it.

    Parameters
    ----------
    name : str
        As it was asked for.
    folder : Path
        Of the date.
    manifest : dict
    """

    name: str
    folder: Path
    manifest: dict[str, Any]

    @property
    def inputs_sha256(self) -> str:
        """What the last run read."""
        return self.manifest["runs"][-1].get("inputs_sha256", "")


def find_run(reports: Path, name: str) -> RecordedRun:
    """Return a run by its date (the last of that date) or by its id, which may be shortened.

    Raises
    ------
    BadConfig
        If there is none, or several begin like that.
    """
    if (reports / name / "manifest.json").is_file():
        return RecordedRun(name, reports / name, read_manifest(reports / name))
    found = sorted(reports.glob(f"*/{RUNS}/{name}*/manifest.json")) if name else []
    if len(found) != 1:
        what = f"{len(found)} runs begin with {name}" if found else f"there is no run {name}"
        raise BadConfig(what, where=str(reports), fix=f"choose from {', '.join(known_runs(reports)[-12:])}")
    return RecordedRun(name, found[0].parents[2], read_manifest(found[0].parent))


def known_runs(reports: Path) -> list[str]:
    """Return the dates and the runs there are, ascending."""
    dates = sorted(path.parent.name for path in reports.glob("*/manifest.json"))
    return dates + sorted(path.parent.name for path in reports.glob(f"*/{RUNS}/*/manifest.json"))


def former_run(reports: Path, date: str) -> RecordedRun | None:
    """Return the last run of the latest date before `date`, `None` where there is none."""
    dates = sorted(path.parent.name for path in reports.glob("*/manifest.json") if path.parent.name < date)
    return find_run(reports, dates[-1]) if dates else None


def results_of(past: RecordedRun, key: str) -> Path:
    """Return the folder of results that a report had in a run: its own copy, or the report's where it has none."""
    own = past.folder / RUNS / past.manifest["reports"][key]["run_id"] / key / "results"
    return own if own.is_dir() else past.folder / key / "results"


def facts_of(past: RecordedRun) -> dict[tuple[str, str, str], dict[str, Any]]:
    """Return every fact by branch, report and name; both languages record the same, so one is read."""
    entries = past.manifest["reports"]
    keys = {(entry["branch"], entry["report"]): key for key, entry in sorted(entries.items()) if entry["page"]}
    found = {}
    for (branch, report), key in keys.items():
        facts = read_facts(results_of(past, key).parent)
        found |= {(branch, report, name): fact for name, fact in facts.items()}
    return found


GONE = "the recorded results are gone"


@dataclass(frozen=True)
class Verified:
    """What came of one report made again.

    Parameters
    ----------
    key : str
    tables_count : int
        Result files compared.
    differing : DataFrame
        A row per cell that differs.
    error : str
        Why it could not be made again.
    """

    key: str
    tables_count: int
    differing: pd.DataFrame
    error: str = ""

    @property
    def is_equal(self) -> bool:
        """Whether it was made again with the same results."""
        return not self.error and self.differing.empty


def chosen_jobs(
    past: RecordedRun, *, home: Path, branches: tuple[str, ...] = (), names: tuple[str, ...] = ()
) -> list[Job]:
    """Return the jobs of the reports that a run left whole, of these branches and notebooks or reports; empty is all.

    Raises
    ------
    BadConfig
        If there is none of them.
    """
    entries = past.manifest["reports"].values()
    wanted = [
        entry
        for entry in entries
        if entry["status"] == "ok"
        and (not branches or entry["branch"] in branches)
        and (not names or entry["report"] in names or entry["notebook"] in names)
    ]
    if not wanted:
        fix = "name a branch and report that were made, or none for all"
        raise BadConfig("no such report was made", where=str(past.folder / "manifest.json"), fix=fix)
    return [_job(entry, past, home) for entry in wanted]


def verify_jobs(jobs: list[Job], past: RecordedRun, *, options: RunOptions) -> Iterator[Verified]:
    """Make reports again into a folder that is thrown away, and compare; the reports themselves are not touched."""
    if not jobs:
        return
    with held_state(Home(jobs[0].home)), owned_folder(Path(tempfile.gettempdir())) as folder:
        scratch = folder.resolve()
        for outcome in made_jobs(jobs, options, kept=scratch / ".kept", scratch=scratch):
            key = outcome.job.key
            recorded, made = results_of(past, key), scratch / key / "results"
            if outcome.error or not recorded.is_dir():
                yield Verified(key, 0, NOTHING, outcome.error or f"{GONE}: {recorded}")
            else:
                count = len(list(recorded.iterdir()))
                yield Verified(key, count, compare_results(recorded, made, report=key))


def verified_line(verified: Verified) -> str:
    """Return the line that says what came of a report: equal, differs or failed, and by how much."""
    if verified.error:
        return f"failed\t{verified.key}\t{verified.error.splitlines()[0]}"
    if verified.is_equal:
        return f"equal\t{verified.key}\t{verified.tables_count} results"
    first = verified.differing.iloc[0]
    row = "" if first["row"] == "" else f" row {first['row']}"
    place = f"{first['table']}{row} {first['column']}".rstrip()
    return f"differs\t{verified.key}\t{len(verified.differing)} cells, first {place}: {_change(first)}"


def cell_lines(verified: Verified) -> list[str]:
    """Return a tab-separated line per cell that differs: report, table, row, column, recorded and made."""
    rows = verified.differing.astype("str").to_numpy()
    return ["\t".join(["cell", *(" ".join(text.split()) for text in row)]) for row in rows]


def _change(cell: pd.Series) -> str:
    return f"{cell['recorded']} -> {cell['made']}"


def check_equal(done: list[Verified]) -> None:
    """Refuse a verification in which a report came out otherwise.

    Raises
    ------
    BadData
        With every cell that differs.
    """
    bad = [each for each in done if not each.is_equal]
    if bad:
        cells = pd.concat([each.differing for each in bad])
        fix = "compare inputs, versions and revision of manifest.json with today's; then run the reports again"
        raise BadData(f"{len(bad)} of {len(done)} reports came out otherwise", fix=fix, failures=cells)


def _job(entry: Mapping[str, Any], past: RecordedRun, home: Path) -> Job:
    notebook = Path(entry["notebook_path"])
    if not notebook.is_file():
        raise BadConfig(f"the notebook of {entry['report']} is gone", where=str(notebook), fix="put it back")
    names = past.manifest["branches"]
    return Job(
        notebook,
        home=home.resolve(),
        as_of=past.manifest["as_of"],
        branch=entry["branch"],
        lang=entry["lang"],
        product=entry["product"],
        branch_name=names.get(entry["branch"], ""),
        is_synthetic=past.manifest["is_synthetic"],
    )


PLACE = ["branch_id", "report", "fact"]
SIDES = ("before", "after")
DIFFERENCE_COLUMNS = [*PLACE, "kind", *READING_COLUMNS, "change", "strength"]
#: the same bank gives the same digits, so any other difference comes from notebook, library or terms
SAME_BANK = 1e-9


def run_differences(before: RecordedRun, after: RecordedRun, *, tolerance_share: float = 0.05) -> pd.DataFrame:
    """Compare the facts of two runs.

    Parameters
    ----------
    before, after : Past
    tolerance_share : float
        Fraction by which a figure without an interval may move and count as the same.

    Returns
    -------
    DataFrame
        ``branch_id, report, fact, kind`` (``changed``, ``appeared``, ``gone``), both readings with their limits (of a
        small count without any: those that chance leaves it),
        ``change`` in the figure's unit and ``strength`` (how many times the noise); the strongest first. Two runs
        of the same inputs have no noise: every difference is listed, the largest for its figure first, and
        ``strength`` is missing.
    """
    both = _joined(_readings(before, "before"), _readings(after, "after"))
    once = both["before"].isna() | both["after"].isna()
    kinds = both[once].assign(kind=both["after"].isna()[once].map({True: "gone", False: "appeared"}))
    is_same_bank = before.inputs_sha256 == after.inputs_sha256 != ""
    twice = _without_limits(both[~once]) if is_same_bank else both[~once]
    measured = figure_changes(twice, tolerance_share=SAME_BANK if is_same_bank else tolerance_share)
    moved = twice.join(measured)[measured["is_beyond"]].assign(kind="changed")
    found = pd.concat([moved, kinds]) if len(kinds) else moved
    order = found.sort_values("strength", ascending=False, na_position="last", kind="stable")
    told = order.assign(strength=float("nan")) if is_same_bank else order
    return told.reset_index().reindex(columns=DIFFERENCE_COLUMNS)


def difference_lines(found: pd.DataFrame) -> list[str]:
    """Return a tab-separated line per difference, with a line of headings."""
    shown = found.astype("object").where(found.notna(), "")
    rows = [[_text(cell) for cell in row] for row in shown.itertuples(index=False)]
    return ["\t".join(row) for row in [DIFFERENCE_COLUMNS, *rows]]


def _text(cell: object) -> str:
    return f"{cell:.6g}" if isinstance(cell, float) else str(cell)


def _readings(past: RecordedRun, side: str) -> pd.DataFrame:
    rows = [
        (*place, *(fact.get(part) for part in ("value", "low", "high")))
        for place, fact in facts_of(past).items()
        if isinstance(fact.get("value"), int | float) and not isinstance(fact["value"], bool)
    ]
    frame = pd.DataFrame(rows, columns=[*PLACE, side, f"{side}_low", f"{side}_high"]).set_index(PLACE)
    return _with_limits(frame.astype("float64"), side)


def _with_limits(readings: pd.DataFrame, side: str) -> pd.DataFrame:
    """Give small counts that were told without an interval the one that chance leaves them."""
    is_bare = readings.index.get_level_values("fact").str.endswith("_count") & readings[f"{side}_low"].isna()
    limits = count_limits(readings[side].where(is_bare & (readings[side] >= 0)))
    return readings.fillna({f"{side}_{end}": limits[end] for end in ("low", "high")})


def _joined(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    return before.join(after, how="outer").sort_index()


def _without_limits(readings: pd.DataFrame) -> pd.DataFrame:
    return readings.assign(**{f"{side}_{end}": float("nan") for side in SIDES for end in ("low", "high")})


#: an index is read, not searched: the strongest changes of all branches; the page of changes has room for more
MOST, ROOM = 30, 2000
BALANCE = "book_size.balance_yuan"


def recent_changes(folder: Path) -> dict[str, Any]:
    """Return what changed beyond noise since the last run of the date before; empty where there is none.

    Parameters
    ----------
    folder : Path
        ``reports/<as-of>``.

    Returns
    -------
    dict
        ``since`` (the date before), ``rows`` (what changed before what appeared or went, figures with an interval
        first, of them the strongest: ``branch, report, title, name, zh, en, subject, kind, strength``, ``before`` and
        ``after`` as figures, None where there is none), ``shown`` (how many of them the index lists), ``more`` (how
        many are not even in ``rows``), ``balances`` (branch -> yuan at the date before).
    """
    try:
        former = former_run(folder.parent, folder.name)
    except BadConfig:
        former = None
    if former is None:
        return {"since": "", "rows": [], "shown": 0, "more": 0, "balances": {}}
    latest = find_run(folder.parent, folder.name)
    found = run_differences(former, latest)
    sides = {"before": facts_of(former), "after": facts_of(latest)}
    rows = [_row(row, sides, latest.manifest) for row in _ordered(found).head(ROOM).itertuples()]
    moved = sum(row["kind"] == "changed" for row in rows)
    balances = {place[0]: fact["value"] for place, fact in sides["before"].items() if place[2] == BALANCE}
    more = max(len(found) - ROOM, 0)
    return {"since": former.name, "rows": rows, "shown": min(moved, MOST), "more": more, "balances": balances}


def _ordered(found: pd.DataFrame) -> pd.DataFrame:
    """Return changes in the order in which they are read: what is proved beyond noise first."""
    is_bare = found["before_low"].isna() | found["after_low"].isna()
    by = found.assign(is_other=found["kind"] != "changed", is_bare=is_bare)
    return by.sort_values(["is_other", "is_bare", "strength"], ascending=[True, True, False], kind="stable")


def _row(row: Any, sides: dict[str, dict], manifest: dict[str, Any]) -> dict[str, Any]:
    name, place = row.fact.rsplit(".", 1)[-1], (row.branch_id, row.report, row.fact)
    told = {side: figure_of(name, facts[place]) if place in facts else None for side, facts in sides.items()}
    langs = ("zh", "en")
    labels: dict[str, Any] = {lang: label(row.fact, lang) for lang in langs}
    labels["subject"] = {lang: subject(row.fact, lang) for lang in langs}
    strength = f"{row.strength:.1f}" if row.strength < float("inf") else ""
    return {
        "branch": row.branch_id,
        "report": row.report,
        "title": _title(manifest, row),
        "name": row.fact,
        "kind": row.kind,
        "strength": strength,
        **labels,
        **told,
    }


def _title(manifest: dict[str, Any], row: Any) -> str:
    """Return the first words of the report's heading, before what it asks; empty where it was not made again."""
    entries = (manifest["reports"].get(f"{row.branch_id}/{row.report}/{lang}") for lang in ("zh", "en"))
    return next((entry["title"].partition("：")[0] for entry in entries if entry), "")
