"""The frames behind the overview: branches with interval and funnel limits, groups by branch, cores, forecasts.

`gather_overview` asks the bank once; `cached_overview` keeps it beside the reports, so that an index is
made again without the bank. Cells that hold few are hidden, with those from which they could be worked out.
"""

from __future__ import annotations

import json
import math
from collections.abc import Container, Iterable, Mapping
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup, escape
from pyarrow import parquet

from microlib.bank.store import Store, as_of_table, open_store
from microlib.bank.sums.bank_wide import core_payables, due_readings, new_loans, shared_pools
from microlib.bank.sums.books import late_loans, ledger_totals, month_sums, par_sums
from microlib.contracts.segment import read_segments
from microlib.design.supply import branch_exposures, read_supply_policy
from microlib.errors import WorkbenchError
from microlib.files import write_text
from microlib.home import Home, home_of_reports
from microlib.metrics.arrears import loans_turning_bad
from microlib.metrics.book import compared_totals
from microlib.metrics.payables import payable_lives, payment_trends
from microlib.metrics.quality import FEWEST_LOANS, against_expected, branch_shares
from microlib.report.words import Rate, interval
from microlib.run.compare import figures_of, read_facts
from microlib.stats.forecast import funnel_limits
from microlib.stats.suppression import ALL, suppressed

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 860, 390, 44, 44, 34, 52
POINTS = 60
#: where a branch stands -> its shape's class, and the shape around a middle
SHAPES = {
    "inside": '<circle cx="{x:.1f}" cy="{y:.1f}" r="4.5"/>',
    "beyond_95": '<path d="M{x:.1f} {y:.1f}m0 -7l7 7l-7 7l-7 -7z"/>',
    "beyond_998": '<path d="M{x:.1f} {y:.1f}m0 -8l8 14l-16 0z"/>',
}


def funnel_svg(
    rows: pd.DataFrame, *, names: Mapping[str, str], words: Mapping[str, str], linked: Container[str] = ()
) -> Markup:
    """Return the plot; empty where no branch has a share.

    Parameters
    ----------
    rows : DataFrame
        As `forecast.funnel_standings` returns them.
    names : mapping
        Branch code -> name.
    words : mapping
        ``funnel_across, funnel_up, funnel_alt`` in the page's language.
    linked : container of str
        Branches that have a row of their own on the page (``b-<code>``) to lead to.
    """
    if rows.empty:
        return Markup("")
    scale = _Scale(rows)
    body = [_frame(scale, words), _curves(scale, float(rows["target_share"].iloc[0]))]
    ordered = rows.sort_values("standing", key=lambda each: each.map(list(SHAPES).index))
    body += [
        _dot(row, scale, name=names.get(row.branch_id, ""), is_linked=row.branch_id in linked)
        for row in ordered.itertuples()
    ]
    alt = escape(words["funnel_alt"])
    head = f'<svg class="funnel" viewBox="0 0 {WIDTH} {HEIGHT}" role="group" aria-label="{alt}">'
    return Markup(f"{head}{''.join(body)}</svg>")


class _Scale:
    """Counts across (logarithmic) and shares up as places in the drawing."""

    def __init__(self, rows: pd.DataFrame) -> None:
        counts = rows["base_effective_count"]
        self.low, self.high = max(1.0, counts.min() * 0.8), counts.max() * 1.25
        self.top = min(1.0, max(0.02, rows["share"].max() * 1.15, float(rows["target_share"].iloc[0]) * 3))

    def x(self, count: float) -> float:
        part = math.log(count / self.low) / math.log(self.high / self.low)
        return LEFT + part * (WIDTH - LEFT - RIGHT)

    def y(self, share: float) -> float:
        return HEIGHT - BOTTOM - min(share / self.top, 1) * (HEIGHT - TOP - BOTTOM)

    def counts(self) -> list[int]:
        ticks = [step * 10**power for power in range(7) for step in (1, 2, 5)]
        return [tick for tick in ticks if self.low <= tick <= self.high]

    def shares(self) -> list[float]:
        step = next(step for step in (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5) if self.top / step <= 7)
        return [number * step for number in range(int(self.top / step) + 1)]


def _frame(scale: _Scale, words: Mapping[str, str]) -> str:
    floor, side = HEIGHT - BOTTOM, WIDTH - RIGHT
    ups = "".join(
        f'<line class="grid" x1="{LEFT}" x2="{side}" y1="{scale.y(share):.1f}" y2="{scale.y(share):.1f}"/>'
        f'<text x="{LEFT - 8}" y="{scale.y(share) + 4:.1f}" text-anchor="end">{100 * share:g}</text>'
        for share in scale.shares()
    )
    across = "".join(
        f'<text x="{scale.x(count):.1f}" y="{floor + 18}" text-anchor="middle">{count:,}</text>'
        for count in scale.counts()
    )
    names = {key: escape(words[key]) for key in ("funnel_across", "funnel_up")}
    return (
        f"{ups}{across}"
        f'<text x="{(LEFT + side) / 2}" y="{HEIGHT - 10}" text-anchor="middle">{names["funnel_across"]}</text>'
        f'<text x="4" y="14">{names["funnel_up"]}</text>'
    )


def _curves(scale: _Scale, target: float) -> str:
    counts = np.unique(np.round(np.geomspace(scale.low, scale.high, POINTS)))
    limits = funnel_limits(counts, target=target)
    lines = [f'<path class="target" d="M{LEFT} {scale.y(target):.1f}H{WIDTH - RIGHT}"/>']
    for level, rows in limits.groupby("level"):
        for side in ("low_share", "high_share"):
            inside = [
                (min(max(scale.x(n), LEFT), WIDTH - RIGHT), scale.y(s))
                for n, s in zip(rows["cases_count"], rows[side], strict=True)
            ]
            path = "L".join(f"{x:.1f} {y:.1f}" for x, y in inside)
            lines.append(f'<path class="limit l{level * 1000:.0f}" d="M{path}"/>')
    return "".join(lines)


def _dot(row, scale: _Scale, *, name: str, is_linked: bool) -> str:
    x, y = scale.x(row.base_effective_count), scale.y(row.share)
    told = interval(Rate(row.share, row.share_low, row.share_high, row.base_effective_count), "zh")
    title = escape(f"{name} {row.branch_id}  {told}")
    shape = SHAPES[row.standing].format(x=x, y=y)
    label = "" if row.standing == "inside" else f'<text x="{x + 10:.1f}" y="{y + 4:.1f}">{escape(row.branch_id)}</text>'
    body = f"<title>{title}</title>{shape}{label}"
    if not is_linked:
        return f'<g class="{row.standing}">{body}</g>'
    return f'<a class="{row.standing}" href="{escape(f"#b-{row.branch_id}")}" aria-label="{title}">{body}</a>'


#: kind of a source as the branches' measures call it -> as head office's page does
KINDS = {"core": "core_enterprise", "venue": "venue", "guarantor": "guarantor"}
SOURCE_COLUMNS = [
    *("kind", "source_id", "branches_count", "customers_count", "loans_count", "balance_yuan", "direct_yuan"),
    *("exposure_yuan", "overdue_30_yuan", "cap_yuan", "branch_ids"),
]


def bank_sources(exposures: pd.DataFrame, cores: pd.DataFrame) -> pd.DataFrame:
    """Add up the branches' exposures to each source, with the bank's own loans to it and its cap.

    Parameters
    ----------
    exposures : DataFrame
        Result of `supply.branch_exposures`. Not modified.
    cores : DataFrame[core_enterprises]
        Uses ``core_id, cap_yuan, direct_exposure_yuan``; may be empty.

    Returns
    -------
    DataFrame
        ``kind`` (core_enterprise, venue, guarantor), ``source_id, branches_count`` (with a borrower),
        ``customers_count, loans_count, balance_yuan, direct_yuan``, ``exposure_yuan`` (both, and what left bad within a
        year: `sources.source_exits`), ``overdue_30_yuan, cap_yuan`` (the source's own, missing where it has none),
        ``branch_ids`` (codes of those with an exposure, blanks between them); the largest exposure first.

    Examples
    --------
    >>> rows = pd.DataFrame({"branch_id": ["0755", "0995"], "source_kind": "core", "source_id": "H1",
    ...     "customers_count": 1, "loans_count": 1, "balance_yuan": [3e6, 2e6], "overdue_30_yuan": 0.0})
    >>> cores = pd.DataFrame({"core_id": ["H1"], "cap_yuan": [9e6], "direct_exposure_yuan": [1e6]})
    >>> bank_sources(rows, cores)[["branches_count", "exposure_yuan", "branch_ids"]].values.tolist()
    [[2, 6000000.0, '0755 0995']]
    """
    left = exposures["exits_yuan"] if "exits_yuan" in exposures else pd.Series(0.0, index=exposures.index)
    known = exposures.assign(exits_yuan=left, has_borrower=exposures["balance_yuan"] > 0)
    lent = known[(known["balance_yuan"] + left) > 0].sort_values("branch_id")
    sums = lent.groupby(["source_kind", "source_id"], as_index=False).agg(
        branches_count=("has_borrower", "sum"),
        customers_count=("customers_count", "sum"),
        loans_count=("loans_count", "sum"),
        balance_yuan=("balance_yuan", "sum"),
        exits_yuan=("exits_yuan", "sum"),
        overdue_30_yuan=("overdue_30_yuan", "sum"),
        branch_ids=("branch_id", " ".join),
    )
    own = cores.drop_duplicates("core_id").set_index("core_id").reindex(columns=["cap_yuan", "direct_exposure_yuan"])
    is_core = sums["source_kind"] == "core"
    direct = sums["source_id"].map(own["direct_exposure_yuan"]).where(is_core).astype("float64").fillna(0.0)
    found = sums.assign(
        kind=sums["source_kind"].map(KINDS),
        direct_yuan=direct,
        exposure_yuan=sums["balance_yuan"] + sums["exits_yuan"] + direct,
        cap_yuan=sums["source_id"].map(own["cap_yuan"]).where(is_core).astype("float64"),
    )
    order = found.sort_values(["exposure_yuan", "kind", "source_id"], ascending=[False, True, True])
    return order[SOURCE_COLUMNS].reset_index(drop=True)


def shared_sources(sources: pd.DataFrame, pools: pd.DataFrame) -> pd.DataFrame:
    """Keep what two branches or more lend on: `bank_sources`, then groups and collateral (`bank_wide.shared_pools`)."""
    more = pools.assign(direct_yuan=0.0, exposure_yuan=pools["balance_yuan"], cap_yuan=np.nan)
    both = pd.concat([rows for rows in (sources[sources["branches_count"] > 1], more) if len(rows)] or [sources[:0]])
    order = both.sort_values(["exposure_yuan", "kind", "source_id"], ascending=[False, True, True])
    return order[SOURCE_COLUMNS].reset_index(drop=True)


#: core enterprises whose payments are followed, those with most lent on them
MOST_CORES = 40


def paying_cores(owed: pd.DataFrame, sources: pd.DataFrame, *, as_of: date, notable_days: int = 0) -> pd.DataFrame:
    """Return how the core enterprises behind live loans pay, against a year ago, with what is lent on them.

    Parameters
    ----------
    owed : DataFrame[core_payables]
        Result of `bank_wide.core_payables`. Not modified.
    sources : DataFrame
        Result of `bank_sources`.
    as_of : date
    notable_days : int
        ``supply.notable_days``: a change that may be smaller is no trend, in a branch's register as here.

    Returns
    -------
    DataFrame
        ``core_id, balance_yuan, branch_ids`` and the columns of `payables.payment_trends`; the `MOST_CORES`
        with most lent on them, of those whose payables the bank holds.
    """
    lent = sources[sources["kind"] == "core_enterprise"].nlargest(MOST_CORES, "balance_yuan")
    lent = lent.rename(columns={"source_id": "core_id"})[["core_id", "balance_yuan", "branch_ids"]]
    owed = owed[owed["core_id"].isin(lent["core_id"])] if len(owed) else owed
    waits = payable_lives(owed, as_of=as_of) if len(owed) else owed
    if waits.empty:
        return lent.iloc[:0]
    return lent.merge(payment_trends(waits, as_of=as_of, notable_days=notable_days), on="core_id")


def gather_overview(store: Store, *, as_of: date, notable_days: int = 0) -> dict[str, pd.DataFrame]:
    """Return the frames behind the overview; none where the bank has no live loan.

    Parameters
    ----------
    store : Store
        The open store.
    as_of : date
    notable_days : int
        ``supply.notable_days``.

    Returns
    -------
    dict
        ``branches``: ``branch_id, loans_count, customers_count, balance_yuan``, the share more than 30 days overdue
        with stressed renewals (``share, share_low, share_high, hit_yuan, base_effective_count``), ``expected_share``
        (with the bank's own mix of trades), ``against_expected`` (above, below, same, unknown), ``is_small``;
        ``sources``: as `shared_sources`; ``payers``: as `paying_cores`; ``new_loans``: as `bank_wide.new_loans`;
        ``months``: as `books.month_sums`; ``crossing``: as `turning_bad`; ``ties``: as `book.compared_totals`.
    """
    if not store.has("loans"):
        return {}
    pieces = par_sums(store, as_of=as_of)
    if not (pieces["balance_yuan"].sum() > 0):
        return {}
    cores = as_of_table(store, "core_enterprises", as_of=as_of)
    totals = store.frame(as_of_table(store, "control_totals", as_of=as_of))
    sources = bank_sources(branch_exposures(store, as_of=as_of), store.frame(cores))
    return {
        "branches": branch_shares(pieces),
        "sources": shared_sources(sources, shared_pools(store, as_of=as_of)),
        "payers": paying_cores(core_payables(store, as_of=as_of), sources, as_of=as_of, notable_days=notable_days),
        "new_loans": new_loans(store, as_of=as_of),
        "months": month_sums(store, as_of=as_of),
        "crossing": turning_bad(late_loans(store, as_of=as_of), as_of=as_of),
        "ties": compared_totals(ledger_totals(store, as_of=as_of).set_index("branch_id"), totals),
    }


def turning_bad(late: pd.DataFrame, *, as_of: date) -> pd.DataFrame:
    """Return a row per branch with a loan that turns bad before the month ends (`arrears.loans_turning_bad`).

    Returns
    -------
    DataFrame
        ``branch_id``, ascending; ``loans_count, balance_yuan, crossing_date`` (the first of them).
    """
    found = loans_turning_bad(late, as_of=as_of).merge(late[["loan_id", "branch_id"]], on="loan_id")
    sums = found.groupby("branch_id", sort=True).agg(
        loans_count=("loan_id", "size"), balance_yuan=("balance_yuan", "sum"), crossing_date=("crossing_date", "min")
    )
    return sums.reset_index()


FOLDER, KEY = ".overview", "key.json"
#: frames of an overview that have come since overviews are kept: one without them is gathered anew
LATER = "months crossing ties"


def cached_overview(folder: Path, manifest: Mapping[str, Any]) -> dict[str, pd.DataFrame]:
    """Return the overview of one date's reports: as it was kept, or gathered anew where the bank's data are others.

    Parameters
    ----------
    folder : Path
        ``reports/<as-of>`` of a home.
    manifest : mapping
        Its last run says which data and which library the reports rest on.

    Returns
    -------
    dict
        As `gather_overview`, and ``readings`` as `due_readings`; empty where neither a kept overview nor a bank
        that can be read is at hand.
    """
    key = {name: manifest["runs"][-1].get(name, "") for name in ("inputs_sha256", "library_sha256")}
    home, days, day = home_of_reports(folder), 0, date.fromisoformat(manifest["as_of"])
    with suppress(WorkbenchError):  # a home without the supply chain's policy has no word on what is notable
        days = read_supply_policy(home, as_of=day).notable_days
    key |= {"frames": LATER, "notable_days": str(days)}
    kept = folder / FOLDER
    if _key(kept) == key:
        return _read(kept)
    if not home.bank.is_file():
        return _read(kept)
    with suppress(WorkbenchError):
        with open_store(home) as store:
            frames = {
                **gather_overview(store, as_of=day, notable_days=days),
                "readings": due_readings(store, as_of=day),
            }
        _keep(kept, frames, key)
        return frames
    return {}


def _key(kept: Path) -> dict[str, str] | None:
    try:
        return json.loads((kept / KEY).read_text("utf-8"))
    except (OSError, ValueError):
        return None


def _read(kept: Path) -> dict[str, pd.DataFrame]:
    return {path.stem: pd.read_parquet(path) for path in sorted(kept.glob("*.parquet"))}


def _keep(kept: Path, frames: Mapping[str, pd.DataFrame], key: dict[str, str]) -> None:
    """Write frames and, last, what they rest on; another state's frames are gone first."""
    kept.mkdir(parents=True, exist_ok=True)
    for old in (kept / KEY, *kept.glob("*.parquet")):
        old.unlink(missing_ok=True)
    for name, frame in frames.items():
        frame.to_parquet(kept / f"{name}.parquet", index=False)
    write_text(kept / KEY, json.dumps(key) + "\n")


NAME = "segment_sizes"
#: shares of the largest shown cell from which a cell is darker
STEPS = (0.05, 0.2, 0.5)


def group_cells(folder: Path, entries: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """Return ``branch_id, segment, customers_count`` as the branches' own reports counted them; empty for none."""
    paths: dict[str, Path] = {}
    for entry in entries:
        path = (folder / entry["page"]).parent / "results" / f"{NAME}.parquet"
        if entry["page"] and not entry["product"] and path.is_file():  # most reports of a branch count no groups
            paths.setdefault(entry["branch"], path)
    frames = [
        pd.read_parquet(path, columns=["segment", "customers_count"]).assign(branch_id=branch)
        for branch, path in sorted(paths.items())
    ]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()


#: state of a judgement -> its sign, which black-and-white keeps; those that are stopped first
STATE_SIGNS = {
    "stop": "■",
    "near_cap": "◩",
    "pilot": "○",
    "expand": "▲",
    "keep": "·",
    "usable": "·",
    "unknown": "?",
}
#: what the register judges besides the branch itself
KINDS_JUDGED = ("segment", "source", "product")
#: the register as a branch's reports recorded it
JUDGED = "judgements"


def register_rows(folder: Path, entries: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return a row per branch with a register: its own state, and the state of each matter, as its reports recorded it.

    Answers "where was something stopped, where may something grow?" Nothing is judged here.

    Returns
    -------
    list of dict
        ``code``, ``state`` (of the branch), ``states`` (segment, source, product -> code -> state), ``stopped_yuan``
        (of groups, which do not overlap); the branch with most money stopped first.
    """
    rows: dict[str, dict[str, Any]] = {}
    for entry in sorted(entries, key=lambda entry: (entry["report"], entry["lang"] != "zh")):
        path = (folder / entry["page"]).parent / "results" / f"{JUDGED}.parquet" if entry["page"] else folder / "none"
        if entry["branch"] in rows or not path.is_file():
            continue
        found = pd.read_parquet(path)
        own = found[found["kind"] == "branch"]
        known = found[found["state"].isin(list(STATE_SIGNS))]
        states = {
            kind: dict(zip(part["segment"].astype("str"), part["state"], strict=True))
            for kind in KINDS_JUDGED
            for part in [known[known["kind"] == kind]]
        }
        stopped = found[(found["kind"] == "segment") & (found["state"] == "stop")]
        rows[entry["branch"]] = {
            "code": entry["branch"],
            "state": own["state"].iloc[0] if len(own) else "unknown",
            "states": states,
            "stopped_yuan": float(stopped["amount_yuan"].sum()),
        }
    return sorted(rows.values(), key=lambda row: (-row["stopped_yuan"], row["code"]))


def register_parts(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the register as tables of states: ``rows`` as they are, ``parts`` (kind -> the codes judged anywhere).

    Codes that are stopped in most branches come first.
    """
    parts: dict[str, list[str]] = {}
    for kind in KINDS_JUDGED:
        held = [(code, state) for row in rows for code, state in row["states"][kind].items()]
        stopped = {code: sum(state == "stop" for other, state in held if other == code) for code, _ in held}
        parts[kind] = sorted(stopped, key=lambda code: (-stopped[code], code))
    return {"rows": rows, "parts": {kind: codes for kind, codes in parts.items() if codes}}


def heat_rows(cells: pd.DataFrame, *, fewest: int, dominance_share: float) -> dict[str, Any]:
    """Return the heat: ``segments`` (codes, the largest first) and ``rows`` (branch -> its cells).

    A cell is ``{"count": 12, "shade": 2}`` or ``{"hidden": "few"}`` (or ``complement``). Margins are not shown, but
    cells are hidden as if they were: a branch's own total stands in its report.
    """
    cells = cells[cells["segment"] != ALL] if len(cells) else cells  # a report's own total is no group
    if cells.empty:
        return {"segments": [], "rows": {}}
    table = cells.pivot_table(
        index="segment", columns="branch_id", values="customers_count", aggfunc="sum", fill_value=0
    )
    whole = table.stack().rename("customers_count").reset_index()
    told = suppressed(whole, by=["segment", "branch_id"], fewest=fewest, dominance_share=dominance_share)
    inner = told[(told["segment"] != ALL) & (told["branch_id"] != ALL)]
    most = inner["customers_count"].max()
    rows: dict[str, dict[str, Any]] = {}
    for each in inner.itertuples():
        rows.setdefault(each.branch_id, {})[each.segment] = _cell(each, most)
    return {"segments": table.sum(axis=1).sort_values(ascending=False).index.to_list(), "rows": rows}


def segment_titles(home: Home) -> dict[str, dict[str, str]]:
    """Return the titles of customer groups by code, in both languages."""
    return {rule.code: {"zh": rule.title.zh, "en": rule.title.en} for rule in read_segments(home.config("segments"))}


def _cell(row: Any, most: float) -> dict[str, Any]:
    if not row.is_shown:
        return {"hidden": "few" if row.suppression == "few" else "complement"}
    count = int(row.customers_count)
    return {"count": count, "shade": 1 + sum(count >= step * most for step in STEPS) if count else 0}


#: figures of the table, if any branch has them; the branch's own page has the others
SHOWN = ("customers_count", "balance_yuan", "npl_share", "adjusted_par30_share", "top_source_share")
SHARE = "adjusted_par30_share"
SIGNS = {"above": "▲", "below": "▽", "same": "=", "unknown": ""}


def branch_table(
    folder: Path, manifest: Mapping[str, Any], overview: Mapping[str, pd.DataFrame], *, former: Mapping[str, float]
) -> list[dict[str, Any]]:
    """Return a row per branch that has a report, ascending by code.

    Parameters
    ----------
    folder : Path
        Of the date.
    manifest : mapping
    overview : mapping
        As `cached_overview` returns it.
    former : mapping
        Branch -> balance of the run before, in yuan.

    Returns
    -------
    list of dict
        ``code, name, facts, figures, balance_change, expected, sign, level, gaps, made, failed, is_small``.
    """
    by_branch: dict[str, list[Mapping[str, Any]]] = {}
    for entry in manifest["reports"].values():
        by_branch.setdefault(entry["branch"], []).append(entry)
    bank = overview.get("branches", pd.DataFrame(columns=["branch_id"])).set_index("branch_id").to_dict("index")
    rows = [_row(folder, code, entries, bank.get(code, {})) for code, entries in sorted(by_branch.items())]
    for row in rows:
        row["name"] = manifest["branches"].get(row["code"], "")
        now, then = row["figures"].get("balance_yuan"), former.get(row["code"])
        row["balance_change"] = now.value - then if now and then is not None else None
    return rows


def judged_branches(rows: list[dict[str, Any]], overview: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return the bank's view of branches with the shares that their reports tell, so that all pages say the same."""
    if "branches" not in overview:
        return pd.DataFrame()
    bank, told = overview["branches"].copy(), {row["code"]: row["share"] for row in rows if row["share"]}
    for part, column in {"value": "share", "low": "share_low", "high": "share_high"}.items():
        said = bank["branch_id"].map({code: fact[part] for code, fact in told.items()})
        bank[column] = said.astype("float64").fillna(bank[column])
    return bank.assign(against_expected=against_expected(bank))


def _row(folder: Path, code: str, entries: list[Mapping[str, Any]], bank: Mapping[str, Any]) -> dict[str, Any]:
    """Return one row: figures come from the reports that design nothing."""
    facts: dict[str, dict[str, Any]] = {}
    for entry in sorted(entries, key=lambda entry: (entry["report"], entry["lang"] != "zh"), reverse=True):
        if entry["page"] and not entry["product"]:
            facts |= read_facts((folder / entry["page"]).parent)
    figures = figures_of(facts)
    loans = figures["loans_count"].value if "loans_count" in figures else bank.get("loans_count")
    share = facts.get(f"four_pars.{SHARE}", {})
    return {
        "code": code,
        "facts": facts,
        "figures": figures,
        "share": share if share.get("low") is not None else None,
        "expected": bank.get("expected_share"),
        "sign": "",
        "level": facts.get("table_coverage.level", {}).get("value"),
        "gaps": _gaps(folder, entries),
        "made": sum(entry["status"] == "ok" for entry in entries),
        "failed": sum(entry["status"] != "ok" for entry in entries),
        "is_small": loans is not None and loans < FEWEST_LOANS,
    }


def _gaps(folder: Path, entries: list[Mapping[str, Any]]) -> int:
    """Return how many pages of the branch's reports wait for a table; both languages wait for the same."""
    folders = {entry["report"]: (folder / entry["page"]).parent for entry in entries if entry["page"]}
    paths = [path / "results" / "not_computed.parquet" for path in folders.values()]
    return sum(
        len(set(parquet.read_table(path, columns=["page"], use_threads=False)["page"].to_pylist()))
        for path in paths
        if path.is_file()
    )
