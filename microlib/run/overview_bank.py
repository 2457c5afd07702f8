"""The bank above its branches: totals and their trend, the bridge of bad loans, what is at risk, verdicts by branch.

Totals and months are sums of the whole bank's tables; the bridge and all judgements are what the branches' own reports
recorded, added up or listed. Nothing is judged here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from markupsafe import Markup, escape

from microlib.design.decisions import ATTENTION_COLUMNS
from microlib.design.judgement import CONDITIONS
from microlib.metrics.migration import MOVES
from microlib.report.words import Words, percent, wan
from microlib.run.compare import read_facts
from microlib.run.export.document import read_listing
from microlib.run.overview_data import KINDS_JUDGED

#: figures of the bank -> column over the balance; None: the column itself
FIGURES = {
    "balance_yuan": None,
    "customers_count": None,
    "npl_share": "npl_yuan",
    "special_mention_share": "special_mention_yuan",
    "overdue30_share": "overdue_30_yuan",
}
#: months before with which the last is compared
BACK = {"month_change": 1, "quarter_change": 3, "year_change": 12}
#: columns whose codes reports name
NAMED_COLUMNS = ("segment", "product_id", "source_id", "venue_id")
#: a drawing of months: its size, and the room that names take at the right
WIDE, HIGH, NAMED = 420, 96, 74


def bank_figures(months: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the bank's figures at the last month end, each with its change and its course.

    Parameters
    ----------
    months : DataFrame
        Result of `books.month_sums`. Not modified.

    Returns
    -------
    list of dict
        ``name``, ``value`` (None where it is not known) and, where that month end is there, ``month_change,
        quarter_change, year_change`` (yuan, count, fractions; None where it is not), ``course`` (a value a month; empty
        where one is not known) and ``months``.

    Examples
    --------
    >>> months = pd.DataFrame({"month": ["2026-05", "2026-06"], "balance_yuan": [50.0, 40.0], "customers_count": [3, 2],
    ...     "npl_yuan": [1.0, 2.0], "special_mention_yuan": 0.0, "overdue_30_yuan": 0.0})
    >>> [(row["name"], row["value"], row["month_change"]) for row in bank_figures(months)][2]
    ('npl_share', 0.05, 0.03)
    """
    if months.empty:
        return []
    rows = months.set_index(pd.PeriodIndex(months["month"], freq="M")).sort_index()
    last, found = rows.index[-1], []
    for name, part in FIGURES.items():
        course = rows[part] / rows["balance_yuan"] if part else rows[name].astype("float64")
        changes = {key: _change(course, last, back) for key, back in BACK.items()}
        found.append(
            {
                "name": name,
                "value": None if pd.isna(course[last]) else float(course[last]),
                **changes,
                "course": course.to_list() if course.notna().all() else [],
                "months": list(rows["month"]),
            }
        )
    return found


def _change(course: pd.Series, last: pd.Period, back: int) -> float | None:
    change = course[last] - course[last - back] if last - back in course.index else float("nan")
    return None if pd.isna(change) else round(float(change), 12)


def told_figures(figures: Iterable[Mapping[str, Any]], lang: str) -> list[dict[str, Any]]:
    """Return the bank's figures as texts of one language, each with a small drawing of its course."""
    words, told = Words(lang).of("ratio_changes"), []
    for figure in figures:
        name, value = figure["name"], figure["value"]
        tell = _amount if name.endswith("_yuan") else _count if name.endswith("_count") else _share
        changes = {key: tell(figure[key], is_change=True) for key in BACK}
        unit = words.unit(name)
        told.append(
            {
                "label": words.column(name),
                "value": f"{tell(value)} {unit}" if unit else tell(value),
                "changes": changes,
                "drawing": course_svg(figure["course"], figure["months"], label=words.column(name)),
            }
        )
    return told


def _amount(value: float | None, *, is_change: bool = False) -> str:
    return "—" if value is None else f"{value / 10_000:+,.1f}" if is_change else wan(value)


def _count(value: float | None, *, is_change: bool = False) -> str:
    return "—" if value is None else f"{value:+,.0f}" if is_change else f"{value:,.0f}"


def _share(value: float | None, *, is_change: bool = False) -> str:
    return "—" if value is None else f"{100 * value:+.2f}" if is_change else percent(value, 2)


def course_svg(course: list[float], months: list[str], *, label: str) -> Markup:
    """Return a line of months from nought, its highest, lowest and last value named, as a drawing for a page."""
    if len(course) < 2:
        return Markup("")
    top = max(max(course) * 1.15, 1e-12)
    step = (WIDE - NAMED - 8) / (len(course) - 1)
    places = [(8 + step * number, HIGH - 22 - value / top * (HIGH - 40)) for number, value in enumerate(course)]
    line = "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
    named = _short(course[-1])
    alt = escape(f"{label}: {months[0]} {_short(course[0])}, {months[-1]} {named}")
    x, y = places[-1]
    return Markup(
        f'<svg class="course" viewBox="0 0 {WIDE} {HIGH}" role="img" aria-label="{alt}"><title>{alt}</title>'
        f'<line class="grid" x1="8" x2="{WIDE - NAMED}" y1="{HIGH - 22}" y2="{HIGH - 22}"/>'
        f'<path class="target" d="M{line}"/><circle class="inside" cx="{x:.1f}" cy="{y:.1f}" r="3.5"/>'
        f'<text x="{x + 8:.1f}" y="{y + 4:.1f}">{escape(named)}</text>'
        f'<text x="8" y="{HIGH - 6}">{escape(months[0])}</text>'
        f'<text x="{WIDE - NAMED}" y="{HIGH - 6}" text-anchor="end">{escape(months[-1])}</text></svg>'
    )


def _short(value: float) -> str:
    return f"{100 * value:.2f} %" if abs(value) < 1 else f"{value / 10_000:,.0f}" if value > 1e7 else f"{value:,.0f}"


def bank_bridge(folder: Path, entries: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Add up the bridges of bad loans that the branches' briefs recorded.

    Returns
    -------
    dict
        ``rows``: ``move`` and ``month_count, month_yuan, year_count, year_yuan``, in the order of the moves;
        ``branches_count``: those whose brief recorded one. Empty rows where none did.
    """
    found = recorded(folder, entries, "npl_bridges")
    if not found:
        return {"rows": [], "branches_count": 0}
    whole = pd.concat(found.values())
    names = ["month_count", "month_yuan", "year_count", "year_yuan"]
    sums = whole.groupby("move", sort=False)[names].sum().round(2)
    sums = sums.reindex([move for move in MOVES if move in sums.index])
    moved = sums[(sums != 0).any(axis="columns") | sums.index.isin(["opening", "closing"])]
    return {"rows": moved.reset_index().to_dict("records"), "branches_count": len(found)}


def recorded(folder: Path, entries: Iterable[Mapping[str, Any]], name: str) -> dict[str, pd.DataFrame]:
    """Return a result that reports recorded, by branch: the first report of a branch that has it, Chinese first."""
    found: dict[str, pd.DataFrame] = {}
    for entry in sorted(entries, key=lambda entry: (entry["branch"], entry["report"], entry["lang"] != "zh")):
        path = _results(folder, entry) / f"{name}.parquet"
        if entry["page"] and entry["branch"] not in found and path.is_file():
            found[entry["branch"]] = pd.read_parquet(path)
    return found


def recorded_names(folder: Path, entries: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, str]]:
    """Return what reports call products, sources and groups: code -> {zh, en}; a report of a branch speaks for all."""
    found: dict[str, dict[str, str]] = {}
    seen: set[str] = set()
    for entry in sorted(entries, key=lambda entry: (entry["branch"], entry["report"])):
        if entry["page"] and not entry["product"] and entry["branch"] not in seen:
            listed = read_listing(_results(folder, entry))["names"]
            seen |= {entry["branch"]} if listed else set()
            for column in NAMED_COLUMNS:
                found = {**listed.get(column, {}), **found}
    return found


def _results(folder: Path, entry: Mapping[str, Any]) -> Path:
    return (folder / entry["page"]).parent / "results"


def product_verdicts(folder: Path, entries: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, dict[str, str]]]:
    """Return the verdict on each designed product in each branch: product -> branch -> ``state, step, page``.

    The state is that of the step which the report's conclusion names (`judgement.CONDITIONS`); ``approve`` where the
    conclusion names none.
    """
    steps = {step: state for state, step in CONDITIONS.values()}
    found: dict[str, dict[str, dict[str, str]]] = {}
    for entry in sorted(entries, key=lambda entry: (entry["product"], entry["branch"], entry["lang"] != "zh")):
        if not (entry["product"] and entry["page"]) or entry["branch"] in found.get(entry["product"], {}):
            continue
        facts = {
            name.partition(".")[2]: fact["value"]
            for name, fact in read_facts((folder / entry["page"]).parent).items()
            if name.startswith("product_conclusion.")
        }
        if facts:
            step = str(facts.get("step", ""))
            told = {"state": steps.get(step, "approve"), "step": step, "page": entry["page"]}
            found.setdefault(entry["product"], {})[entry["branch"]] = told
    return found


def matters_at_risk(
    folder: Path, entries: Iterable[Mapping[str, Any]], overview: Mapping[str, pd.DataFrame]
) -> pd.DataFrame:
    """Return what branches' reports stopped, and what the bank's tables show that will not wait, with its money.

    Parameters
    ----------
    folder : Path
    entries : iterable of mapping
        Of the manifest.
    overview : mapping
        ``crossing``, ``ties`` and ``sources`` where they were gathered.

    Returns
    -------
    DataFrame
        `ATTENTION_COLUMNS`. ``stop_judged``: a group, a product or a source that is stopped; money is the cost of not
        stopping it where that is known, all branches that stopped it together. ``stop_line_fires``: a stop line of a
        designed product that fires; money is the most that its pilots would lend there. ``cap_near``: a source near its
        joint cap; money is what all branches lend on it. ``turning_bad``: the loans of all branches that turn bad
        within the month. ``totals_differ``: what a branch's
        ledger differs by from its control total.
    """
    entries = list(entries)
    judged, rows = recorded(folder, entries, "judgements"), []
    rows += _stops(judged)
    rows += _fired(folder, entries)
    rows += _near(judged, overview.get("sources", pd.DataFrame()))
    crossing = overview.get("crossing", pd.DataFrame())
    if len(crossing):
        money, count = crossing["balance_yuan"].sum(), crossing["loans_count"].sum()
        rows.append(("turning_bad", "", " ".join(crossing["branch_id"]), money, count))
    ties = overview.get("ties", pd.DataFrame(columns=["state", "total"]))
    for each in ties[(ties["state"] == "differs") & (ties["total"] == "balance_yuan")].itertuples():
        rows.append(("totals_differ", each.branch_id, each.branch_id, abs(each.difference), each.ours, each.control))
    whole = [(*row[:5], None, None, row[5] if len(row) > 5 else None) for row in rows]
    return pd.DataFrame(whole, columns=ATTENTION_COLUMNS).astype(dict.fromkeys(ATTENTION_COLUMNS[3:], "float64"))


def _stops(judged: Mapping[str, pd.DataFrame]) -> list[tuple]:
    """What is stopped, with all branches that stopped it: groups, products, sources."""
    parts = [
        frame[(frame["state"] == "stop") & frame["kind"].isin(KINDS_JUDGED)].assign(branch_id=branch)
        for branch, frame in judged.items()
    ]
    if not parts:
        return []
    groups = pd.concat(parts).groupby(["kind", "segment"], sort=True)
    return [
        (
            "stop_judged",
            subject,
            " ".join(rows["branch_id"]),
            rows["waiting_cost_yuan"].sum(min_count=1),
            rows["amount_yuan"].sum(min_count=1),
        )
        for (_, subject), rows in groups
    ]


def _fired(folder: Path, entries: Iterable[Mapping[str, Any]]) -> list[tuple]:
    """Stop lines of designed products that fire, with all branches in which they do."""
    found: dict[str, dict[str, tuple]] = {}
    for entry in entries:
        own, fired = _results(folder, entry), found.setdefault(entry["product"], {})
        if not (entry["page"] and entry["product"]) or entry["branch"] in fired:
            continue
        if (own / "stop_rules.parquet").is_file():
            state = pd.read_parquet(own / "stop_rules.parquet", columns=["state"])["state"]
            volumes = own / "expected_volume.parquet"
            money = pd.read_parquet(volumes)["volume_yuan"].max() if volumes.is_file() else float("nan")
            if (state == "fires").any():
                fired[entry["branch"]] = (money, int((state == "fires").sum()), len(state))
    rows = []
    for product, branches in sorted(found.items()):
        if branches:
            money, fired, told = zip(*branches.values(), strict=True)
            most = pd.Series(money).sum(min_count=1)
            rows.append(("stop_line_fires", product, " ".join(sorted(branches)), most, sum(fired), sum(told)))
    return rows


def _near(judged: Mapping[str, pd.DataFrame], sources: pd.DataFrame) -> list[tuple]:
    """Sources that a branch judged near their cap, or that two branches or more fill together beyond what it says."""
    near = {
        each.segment
        for frame in judged.values()
        for each in frame[(frame["kind"] == "source") & frame["state"].isin(["near_cap", "stop"])].itertuples()
    }
    if sources.empty:
        return []
    held = sources[sources["source_id"].isin(near) & sources["cap_yuan"].notna()]
    held = held[held["exposure_yuan"] <= held["cap_yuan"]]
    return [
        ("cap_near", each.source_id, each.branch_ids, each.exposure_yuan, each.exposure_yuan, each.cap_yuan)
        for each in held.itertuples()
    ]


def data_states(rows: Iterable[Mapping[str, Any]], ties: pd.DataFrame) -> dict[str, dict[str, float | None]]:
    """Return how far each branch's data can be trusted: what does not tie, and how many tables are missing.

    Parameters
    ----------
    rows : iterable of mapping
        The table of branches: ``code`` and ``facts``.
    ties : DataFrame
        Result of `book.compared_totals`; may be empty. Not modified.

    Returns
    -------
    dict
        Branch -> ``state`` (differs, untied, partial, whole, unknown), ``differs_yuan``, ``missing_count``. A branch
        is whole only where its totals tie and no table is missing.
    """
    found: dict[str, dict[str, Any]] = {}
    own = ties.set_index("branch_id") if len(ties) else pd.DataFrame(columns=["total", "state", "difference"])
    for row in rows:
        mine = own[own.index == row["code"]]
        off = mine[mine["state"] == "differs"]
        amount = off.loc[off["total"] == "balance_yuan", "difference"].abs().sum() if len(off) else 0.0
        held = row["facts"].get("table_coverage.tables_count", {}).get("value")
        whole = row["facts"].get("table_coverage.all_count", {}).get("value")
        missing = None if held is None or whole is None else int(whole - held)
        state = (
            "differs" if len(off)
            else "partial" if missing
            else "untied" if mine.empty or mine["state"].isin(["no_control_total", "no_own_total"]).any()
            else "unknown" if missing is None
            else "whole"
        )  # fmt: skip
        found[row["code"]] = {"state": state, "differs_yuan": amount, "missing_count": missing}
    return found


def bridge_texts(bridge: Mapping[str, Any], lang: str) -> list[dict[str, str]]:
    """Return the rows of a bridge as texts: ``move, month_count, month_yuan, year_count, year_yuan``."""
    words = Words(lang)
    return [
        {
            "move": words.code("move", row["move"]),
            **{name: f"{row[name]:,.0f}" for name in ("month_count", "year_count")},
            **{name: wan(row[name]) for name in ("month_yuan", "year_yuan")},
        }
        for row in bridge["rows"]
    ]
