"""The pages above the reports of one date: overview, product register, attention list, a page per branch.

`write_index` is the way in. The frames behind the pages are gathered in `overview_data`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any, Protocol

import pandas as pd
from markupsafe import Markup

from microlib.contracts.documents import dates_of, is_history, read_toml
from microlib.contracts.policy import Policy
from microlib.contracts.product import Product
from microlib.design.decisions import (
    ATTENTION_COLUMNS,
    MOST_ATTENTION_ITEMS,
    attention_list,
    ending_pilots,
    ending_rules,
    later_payers,
    missing_data,
)
from microlib.design.supply import read_supply_policy
from microlib.design.terms import policy_register, read_policy, read_product
from microlib.design.versions import waiting_proposals
from microlib.errors import BadConfig, WorkbenchError
from microlib.files import write_text
from microlib.home import Home, home_of_reports
from microlib.report.results import earlier_results
from microlib.report.words import BLANK, Rate, day, interval, percent, wan
from microlib.run import compare
from microlib.run.compare import label, recent_changes
from microlib.run.export.html import frame_words, rendered, rendered_all
from microlib.run.manifest import read_manifest
from microlib.run.overview_data import (
    SHOWN,
    SIGNS,
    branch_table,
    cached_overview,
    funnel_svg,
    group_cells,
    heat_rows,
    judged_branches,
    placed,
    register_rows,
    segment_titles,
)
from microlib.run.privacy import masked_page
from microlib.stats.forecast import forecast_record, score_forecasts


class Matter(Protocol):
    """A row of `decisions.attention_list`."""

    kind: str
    subject: str
    branch_ids: str
    value: float
    low: float
    high: float
    limit: float
    money_yuan: float


#: sources that the page lists; the rest is counted
MOST = 20
#: where no overview was gathered
NOTHING = {"attention": [], "sources": [], "more_sources": 0, "is_gathered": False}


def bank_wide_values(
    rows: list[dict[str, Any]], overview: Mapping[str, pd.DataFrame], *, policy: Policy, more: pd.DataFrame
) -> dict[str, Any]:
    """Return what the index's template wants of the whole bank; empty where no overview was gathered.

    Parameters
    ----------
    rows : list of dict
        The table of branches; each row's sign is set here.
    overview : mapping
    policy : Policy
    more : DataFrame
        As `other_attention_items`; told even where no overview was gathered.
    """
    due = overview.get("readings", pd.DataFrame())
    readings = [{**each, "reading_date": day(each["reading_date"])} for each in due.to_dict("records")]
    if "branches" not in overview:
        told = [_matter(each) for each in more.head(MOST_ATTENTION_ITEMS).itertuples()]
        return {**NOTHING, "attention": told, "readings": readings, "funnel_rows": pd.DataFrame()}
    bank, sources = judged_branches(rows, overview), overview["sources"]
    against = bank.set_index("branch_id")["against_expected"].to_dict()
    for row in rows:
        row["sign"] = "" if row["is_small"] else SIGNS[against.get(row["code"], "unknown")]
    judged = bank[~bank["is_small"].astype("bool")]
    limits = {"appetite_share": policy.quality.appetite_share, "group_cap_yuan": policy.limits.group_cap_yuan}
    first = attention_list(judged, sources, more=more, **limits)
    return {
        "readings": readings,
        "attention": [_matter(each) for each in first.itertuples()],
        "sources": [_source(each) for each in sources.head(MOST).itertuples()],
        "more_sources": max(len(sources) - MOST, 0),
        "funnel_rows": placed(bank),
        "is_gathered": True,
    }


def _matter(row: Matter) -> dict[str, Any]:
    """Return a row's texts: shares in percent, money in wan, days and levels as they are; no money, a dash."""
    tells = {"share_above_appetite": _share, "payer_later": _days, "data_level": _level}
    usual = _left if row.kind.endswith(("_ended", "_ending")) else _amount
    value, limit = tells.get(row.kind, usual)(row)
    has_money = pd.notna(row.money_yuan)
    return {
        "kind": row.kind,
        "subject": row.subject,
        "branches": row.branch_ids.split(),
        "money": wan(row.money_yuan) if has_money else BLANK,
        "money_yuan": row.money_yuan if has_money else "",
        "value": value,
        "limit": limit,
    }


def _share(row: Matter) -> tuple[str, str]:
    return interval(Rate(row.value, row.low, row.high), "zh"), f"{percent(row.limit)} %"


def _amount(row: Matter) -> tuple[str, str]:
    return wan(row.value), wan(row.limit)


def _days(row: Matter) -> tuple[str, str]:
    high = f"{row.high:+.0f}" if pd.notna(row.high) else "…"
    return f"{row.value:+.0f} 天（{row.low:+.0f}–{high}）", f"{row.limit:+.0f} 天"


def _left(row: Matter) -> tuple[str, str]:
    return (f"已过 {-row.value:.0f} 天" if row.value < 0 else f"剩 {row.value:.0f} 天"), BLANK


def _level(row: Matter) -> tuple[str, str]:
    return f"L{row.value:.0f}", f"L{row.limit:.0f}"


def _source(row: Any) -> dict[str, Any]:
    return {
        "kind": row.kind,
        "key": row.source_id,
        "branches": row.branch_ids.split(),
        "customers": row.customers_count,
        "loans": row.loans_count,
        "balance": wan(row.exposure_yuan),
        "overdue": wan(row.overdue_30_yuan),
        "cap": BLANK if pd.isna(row.cap_yuan) else wan(row.cap_yuan),
        "balance_yuan": row.exposure_yuan,
    }


def product_stage(home: Home, product: Product, *, as_of: date) -> dict[str, Any]:
    """Return what the register adds to a product's terms.

    Parameters
    ----------
    home : Home
    product : Product
        As of the day.
    as_of : date

    Returns
    -------
    dict
        ``changed`` (text, the last day on which a term changed), ``open_count`` (proposals that wait for a decision,
        None where one cannot be read), ``pilot_ends`` (date on which a running pilot is to be judged; None where
        there is none, or where the file does not say since when), ``pilot_yuan`` (lines it may grant).
    """
    written = read_toml(home.config("products") / f"{product.code}.toml")
    days = [day for day in dates_of(written) if day <= as_of]
    return {
        "changed": max(days).isoformat() if days else "",
        "open_count": _open_count(home, product.code),
        "pilot_ends": _pilot_ends(written, product, as_of),
        "pilot_yuan": float(product.volumes.pilot_yuan),
    }


def _open_count(home: Home, code: str) -> int | None:
    try:
        return int(waiting_proposals(home, product=code)["proposal"].nunique())
    except WorkbenchError:
        return None


def _pilot_ends(written: dict[str, Any], product: Product, as_of: date) -> date | None:
    """Return the end of a pilot whose stage is dated: ``status = [{ from = 2026-03-01, value = "pilot" }]``."""
    status = written.get("status")
    if product.status != "pilot" or not is_history(status):
        return None
    begun = max(each["from"] for each in status if each["from"] <= as_of)
    return (pd.Timestamp(begun) + pd.DateOffset(months=int(product.volumes.pilot_months))).date()


def policy_state(home: Home, *, as_of: date) -> tuple[int, int]:
    """Return how many policy values in force nobody has verified yet, and how many there are."""
    register = policy_register(home, as_of=as_of)
    return int((register["status"] == "unverified").sum()), len(register)


def product_rows(home: Home, *, as_of: date, entries: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return a row per product file, by code; one that cannot be followed on that day says so instead of its terms.

    Returns
    -------
    list of dict
        ``code, title, status, version, branches_count`` (with a design made of it), ``source``, ``error``, and what
        `product_stage` says.
    """
    designed: dict[str, set[str]] = {}
    for entry in entries:
        if entry["product"] and entry["status"] == "ok":
            designed.setdefault(entry["product"], set()).add(entry["branch"])
    paths = [path for path in home.config("products").glob("*.toml") if not path.stem.startswith("_")]
    return [{**_terms(home, path.stem, as_of), "branches_count": len(designed.get(path.stem, ()))} for path in paths]


def _terms(home: Home, code: str, as_of: date) -> dict[str, Any]:
    try:
        product = read_product(home, product=code, as_of=as_of)
    except WorkbenchError as error:
        return {"code": code, "error": error.what}
    return {
        "code": code,
        "title": {"zh": product.title.zh, "en": product.title.en},
        "status": product.status,
        "version": product.version,
        **product_stage(home, product, as_of=as_of),
        "source": product.source,
        "error": "",
    }


#: the result under which reports keep their forecasts
NAME = "loan_forecasts"


def forecast_score(home: Home, overview: Mapping[str, pd.DataFrame], *, as_of: date) -> dict[str, Any]:
    """Score the forecasts that reports of earlier dates kept and that have fallen due by now, all branches together.

    Parameters
    ----------
    home : Home
    overview : mapping
        ``new_loans``: ``branch_id, month, loans_count``.
    as_of : date

    Returns
    -------
    dict
        Texts of `forecast.forecast_record`: ``due, inside, share`` (with its interval), ``level, bias`` (percent),
        ``branches``; empty where no kept forecast has fallen due.
    """
    made = overview.get("new_loans", pd.DataFrame())
    if made.empty:
        return {}
    scored = [_scored(home, code, rows, as_of) for code, rows in made.groupby("branch_id", sort=True)]
    scored = [rows for rows in scored if len(rows)]
    if not scored:
        return {}
    record = forecast_record(pd.concat(scored)).iloc[0]
    share = interval(Rate(record["inside_share"], record["inside_low"], record["inside_high"]), "zh")
    return {
        "due": int(record["forecasts_count"]),
        "inside": int(record["inside_count"]),
        "branches": len(scored),
        "share": share,
        "level": f"{100 * record['level_share']:.0f}",
        "bias": f"{100 * record['bias_ratio']:+.1f}",
    }


def _scored(home: Home, code: str, rows: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """Score one branch's; a month that is not over is not scored, one without a loan counts 0."""
    kept = earlier_results(home, NAME, branch=code, before=as_of)
    if kept.empty:
        return kept
    end = (pd.Timestamp(as_of) + pd.Timedelta(days=1)).to_period("M") - 1
    counts = rows.set_index(pd.PeriodIndex(rows["month"], freq="M"))["loans_count"]
    months = pd.period_range(counts.index.min(), max(end, counts.index.min()), freq="M")
    return score_forecasts(kept, counts.reindex(months, fill_value=0)[:end])


def other_attention_items(
    home: Home,
    overview: Mapping[str, pd.DataFrame],
    *,
    rows: Iterable[Mapping[str, Any]],
    products: Iterable[Mapping[str, Any]],
    as_of: date,
) -> pd.DataFrame:
    """Return slow payers, rules and pilots that end, and missing data, as `decisions.attention_list` takes them.

    Parameters
    ----------
    home : Home
    overview : mapping
        ``payers`` if it was gathered.
    rows : iterable of mapping
        The table of branches: ``code, level``.
    products : iterable of mapping
        The product register.
    as_of : date
    """
    levels = {row["code"]: row["level"] for row in rows if row["level"] is not None}
    register = policy_register(home, as_of=as_of)
    found = [ending_pilots(products, as_of=as_of), ending_rules(register, as_of=as_of)]
    found.append(missing_data(levels))
    if len(overview.get("payers", ())):
        with suppress(WorkbenchError):  # a home without the supply chain's policy has no word on what is notable
            days = read_supply_policy(home, as_of=as_of).notable_days
            found.append(later_payers(overview["payers"], notable_days=days))
    filled = [frame for frame in found if len(frame)]
    return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=ATTENTION_COLUMNS)


def index_values(folder: Path, manifest: Mapping[str, Any], *, former: Mapping[str, float]) -> dict[str, Any]:
    """Return the values of the index's template.

    Parameters
    ----------
    folder : Path
        ``reports/<as-of>`` of a home.
    manifest : mapping
    former : mapping
        Branch -> balance of the run before, in yuan.
    """
    home, day = home_of_reports(folder), date.fromisoformat(manifest["as_of"])
    overview, policy = cached_overview(folder, manifest), read_policy(home, as_of=day)
    entries = list(manifest["reports"].values())
    rows = branch_table(folder, manifest, overview, former=former)
    products = product_rows(home, as_of=day, entries=entries)
    more = other_attention_items(home, overview, rows=rows, products=products, as_of=day)
    seen = bank_wide_values(rows, overview, policy=policy, more=more)
    cells = group_cells(folder, entries)
    fewest, dominance = policy.quality.minimum_peers_count, policy.quality.dominance_share
    return {
        "branches": [row for row in rows if not row["is_small"]],
        "small": [row for row in rows if row["is_small"]],
        "columns": _columns(rows),
        "failures": sorted((entry for entry in entries if entry["status"] != "ok"), key=_place),
        "left_out": left_out(manifest),
        "made": sum(entry["status"] == "ok" for entry in entries),
        "register": register_rows(folder, entries),
        "heat": {**heat_rows(cells, fewest=fewest, dominance_share=dominance), "fewest": fewest},
        "products": products,
        "forecasts": forecast_score(home, overview, as_of=day),
        "policy": policy_state(home, as_of=day),
        "titles": segment_titles(home),
        **seen,
    }


def left_out(manifest: Mapping[str, Any]) -> list[dict[str, str]]:
    """List the reports that a run was asked for and did not make, because no product is made for a group of the branch.

    Examples
    --------
    >>> runs = [{"left_out": [["0755", "6_design"], ["0021", "6_design"]]}, {}]
    >>> made = {"0021/6_design--stall/zh": {"branch": "0021", "notebook": "6_design"}}
    >>> left_out({"runs": runs, "reports": made})
    [{'branch': '0755', 'notebook': '6_design'}]
    """
    told = {tuple(pair) for run in manifest["runs"] for pair in run.get("left_out", [])}
    made = {(entry["branch"], entry["notebook"]) for entry in manifest["reports"].values()}
    return [{"branch": branch, "notebook": notebook} for branch, notebook in sorted(told - made)]


def _place(entry: Mapping[str, Any]) -> tuple[str, str, bool]:
    return entry["branch"], entry["report"], entry["lang"] != "zh"


def _columns(rows: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    """Return the figures that any branch has, with their labels; where none of the usual ones, those there are."""
    label, told = compare.label, [name for row in rows for name in row["figures"]]
    names = [name for name in SHOWN if name in told] or list(dict.fromkeys(told))
    return [(name, label(name, "zh"), label(name, "en")) for name in names]


FOLDER, SUMS = "bundles", "SHA256SUMS"


def listed_bundles(folder: Path) -> list[dict[str, Any]]:
    """Return what was packed below a date's folder: ``role, name, path, sha256, size_kb``; head office's first."""
    path = folder / FOLDER / SUMS
    if not path.is_file():
        return []
    pairs = [line.split(maxsplit=1) for line in path.read_text("utf-8").splitlines() if line.strip()]
    found = [
        _listed(folder, name.lstrip("*"), digest)
        for digest, name in pairs
        if (folder / FOLDER / name.lstrip("*")).is_file()
    ]
    return sorted(found, key=lambda each: (each["role"] != "head_office", each["role"] != "branch", each["name"]))


def _listed(folder: Path, name: str, digest: str) -> dict[str, Any]:
    role = "head_office" if name.startswith("head-office") else "manager" if "/" in name else "branch"
    size = (folder / FOLDER / name).stat().st_size
    return {
        "role": role,
        "name": name,
        "path": f"{FOLDER}/{name}",
        "sha256": digest,
        "size_kb": max(1, round(size / 1000)),
    }


PAPERS = ("html", "xlsx", "docx", "pdf", "pptx")
downloads = listed_bundles


def write_branch_pages(folder: Path, manifest: Mapping[str, Any], *, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write ``<branch>/index.html`` for every branch that has a report."""
    by_branch: dict[str, list[Mapping[str, Any]]] = {}
    for entry in manifest["reports"].values():
        by_branch.setdefault(entry["branch"], []).append(entry)
    shared, listed = {"manifest": manifest, "words": frame_words()}, list(rows)
    many = [
        {**shared, "row": row, "reports": branch_reports(by_branch[row["code"]]), "labels": _labels(row)}
        for row in listed
    ]
    for row, page in zip(listed, rendered_all("branch.html.j2", many), strict=True):
        write_text(folder / row["code"] / "index.html", masked_page(page))


def branch_reports(entries: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return a branch's reports with the papers that stand in their folders, Chinese before English.

    Links count from the branch's own folder; what is for head office only is not among them.
    """
    reports: dict[str, dict[str, Any]] = {}
    for entry in sorted(entries, key=lambda entry: (entry["report"], entry["lang"] != "zh")):
        first = {"title": entry["title"], "product": entry["product"], "report": entry["report"], "langs": []}
        reports.setdefault(entry["report"], first)["langs"].append(_papers(entry))
    return list(reports.values())


def supplements(manifest: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return the head office's supplements of all reports, by branch; links count from the date's folder."""
    found = []
    for key, entry in sorted(manifest["reports"].items()):
        names = [name for name in entry.get("files", {}) if name.startswith("head-office/") and name.endswith(".html")]
        told = {part: entry[part] for part in ("branch", "title", "lang")}
        found += [{**told, "page": f"{key}/{name}"} for name in names]
    return found


def funnel(values: Mapping[str, Any], manifest: Mapping[str, Any]) -> Markup:
    """Return the drawing of all branches, empty where no overview was gathered."""
    rows, linked = values["funnel_rows"], {row["code"] for row in (*values["branches"], *values["small"])}
    if not values["branches"] or rows.empty:
        return Markup("")  # small branches alone tell nothing that chance does not
    return funnel_svg(rows, names=manifest["branches"], words=frame_words(), linked=linked)


def _labels(row: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    return {name: {lang: label(name, lang) for lang in ("zh", "en")} for name in row["figures"]}


def _papers(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return one language's papers: those of the last good report, by kind, and the sheets for outside."""
    below, held = f"{entry['report']}/{entry['lang']}", entry.get("files", {})
    names = [name for name in held if "/" not in name and name.rpartition(".")[2] in PAPERS]
    if entry["page"] and not names:
        names = [entry["page"].rpartition("/")[2]]
    papers = {name.rpartition(".")[2]: f"{below}/{name}" for name in names}
    sheets = [name for name in sorted(held) if name.startswith("leaflets/")]
    return {
        "lang": entry["lang"],
        "status": entry["status"],
        "is_stale": entry["status"] != "ok" and bool(entry["page"]),
        "papers": {kind: papers[kind] for kind in PAPERS if kind in papers},
        "leaflets": [{"name": name.partition("/")[2], "page": f"{below}/{name}"} for name in sheets],
    }


def write_index(folder: Path) -> Path:
    """Write ``index.html``, ``changes.html`` and a page per branch from what lies below `folder` and the home's bank.

    Parameters
    ----------
    folder : Path
        ``reports/<as-of>`` of a home.

    Returns
    -------
    Path
        The overview.

    Raises
    ------
    BadConfig
        If no reports were run there.
    """
    manifest, values = _values(folder)
    write_branch_pages(folder, manifest, rows=[*values["branches"], *values["small"]])
    if values["recent"]["since"]:
        words = frame_words()
        page = rendered("changes.html.j2", manifest=manifest, words=words, recent=values["recent"])
        write_text(folder / "changes.html", masked_page(page))
    return write_text(folder / "index.html", index_page(folder, manifest, values))


def get_ready(folder: Path, manifest: dict[str, Any]) -> None:
    """Gather ahead what the overview takes from the bank and not from reports; what fails here is said when it is due.

    Parameters
    ----------
    folder : Path
        ``reports/<as-of>`` of a home.
    manifest : dict
        ``as_of``, and ``runs`` whose last is the one going on.
    """
    with suppress(Exception):
        cached_overview(folder, manifest)


def packed_index(folder: Path) -> str:
    """Return the overview as it stands in head office's bundle: without links to reports and bundles."""
    manifest, values = _values(folder)
    return index_page(folder, manifest, {**values, "downloads": [], "is_packed": True})


def reports_folder(reports: Path, *, as_of: date | None = None) -> Path:
    """Return the folder of one date's reports, by default the latest date that has any.

    Raises
    ------
    BadConfig
        If there are no reports.
    """
    dates = sorted(path.parent.name for path in reports.glob("*/manifest.json"))
    wanted = as_of.isoformat() if as_of else (dates or [""])[-1]
    if wanted not in dates:
        fix = f"choose --as-of from {', '.join(dates)}" if dates else "run `microlib report` first"
        raise BadConfig(f"there are no reports{f' of {wanted}' if wanted else ''}", where=str(reports), fix=fix)
    return reports / wanted


def index_page(folder: Path, manifest: dict[str, Any], values: dict[str, Any]) -> str:
    """Return the overview as one offline page, Chinese with English below; identifiers in it are masked."""
    beside = {
        "manifest": manifest,
        "words": frame_words(),
        "missing": manifest["missing_tables"],
        "funnel": funnel(values, manifest),
        "downloads": downloads(folder),
        "supplements": supplements(manifest),
    }
    return masked_page(rendered("index.html.j2", **{**beside, **values}))


def _values(folder: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the manifest of a date's reports and what its overview says."""
    manifest = read_manifest(folder)
    if not manifest["runs"]:
        raise BadConfig("no reports were run here", where=str(folder), fix="run `microlib report` first")
    recent = recent_changes(folder)
    return manifest, {**index_values(folder, manifest, former=recent["balances"]), "recent": recent}
