"""The pages above the reports of one date: overview, what changed, the record of runs, a page per branch.

`write_index` is the way in: it writes each page once in Chinese and once in English. The frames behind the pages are
gathered in `overview_data`, the bank's own figures and what is at risk in `overview_bank`.
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
    attention_list,
    by_money,
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
from microlib.report.tables import Grid, grid
from microlib.report.words import BLANK, LANGS, Rate, Words, day, interval, percent, wan
from microlib.run import compare
from microlib.run.compare import label, recent_changes
from microlib.run.export.document import read_listing, read_result
from microlib.run.export.html import SUBTITLE, frame_words, rendered, rendered_all
from microlib.run.manifest import read_manifest
from microlib.run.overview_bank import (
    bank_bridge,
    bank_figures,
    bridge_texts,
    data_states,
    matters_at_risk,
    product_verdicts,
    recorded_names,
    told_figures,
)
from microlib.run.overview_data import (
    SHOWN,
    SIGNS,
    STATE_SIGNS,
    branch_table,
    cached_overview,
    funnel_svg,
    group_cells,
    heat_rows,
    judged_branches,
    register_parts,
    register_rows,
    segment_titles,
)
from microlib.run.privacy import masked_page
from microlib.stats.forecast import forecast_record, funnel_standings, score_forecasts


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
NOTHING = {"sources": [], "more_sources": 0, "is_gathered": False}


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
        return {**NOTHING, "matters": by_money(more), "readings": readings, "funnel_rows": pd.DataFrame()}
    bank, sources = judged_branches(rows, overview), overview["sources"]
    against = bank.set_index("branch_id")["against_expected"].to_dict()
    for row in rows:
        row["sign"] = "" if row["is_small"] else SIGNS[against.get(row["code"], "unknown")]
    judged = bank[~bank["is_small"].astype("bool")]
    limits = {"appetite_share": policy.quality.appetite_share, "group_cap_yuan": policy.limits.group_cap_yuan}
    return {
        "readings": readings,
        "matters": attention_list(judged, sources, more=more, **limits),
        "sources": [_source(each) for each in sources.head(MOST).itertuples()],
        "more_sources": max(len(sources) - MOST, 0),
        "funnel_rows": funnel_standings(bank),
        "is_gathered": True,
    }


def _matter(row: Matter, lang: str, names: Mapping[str, str]) -> dict[str, Any]:
    """Return a row's texts: shares in percent, money in wan, days and levels as they are; no money, a dash."""
    tells = {
        "share_above_appetite": _share,
        "payer_later": _days,
        "data_level": _level,
        "stop_judged": _lent,
        "stop_line_fires": _lines,
        "turning_bad": _loans,
    }
    usual = _left if row.kind.endswith(("_ended", "_ending")) else _amount
    value, limit = tells.get(row.kind, usual)(row, lang)
    has_money = pd.notna(row.money_yuan)
    return {
        "kind": row.kind,
        "subject": row.subject,
        "name": names.get(row.subject, row.subject),
        "is_branch": row.subject == row.branch_ids != "",
        "branches": row.branch_ids.split(),
        "money": wan(row.money_yuan) if has_money else BLANK,
        "money_yuan": row.money_yuan if has_money else "",
        "value": value,
        "limit": limit,
    }


def _said(key: str, lang: str, **values: object) -> str:
    return frame_words()[f"readings_of.{key}"][lang].format(**values)


def _share(row: Matter, lang: str) -> tuple[str, str]:
    return interval(Rate(row.value, row.low, row.high), lang), f"{percent(row.limit)} %"


def _amount(row: Matter, lang: str) -> tuple[str, str]:
    return wan(row.value), wan(row.limit)


def _lent(row: Matter, lang: str) -> tuple[str, str]:
    return _said("balance", lang, amount=wan(row.value)), BLANK


def _lines(row: Matter, lang: str) -> tuple[str, str]:
    return _said("lines", lang, fired=f"{row.value:.0f}", all=f"{row.limit:.0f}"), BLANK


def _loans(row: Matter, lang: str) -> tuple[str, str]:
    return _said("loans", lang, count=f"{row.value:.0f}"), BLANK


def _days(row: Matter, lang: str) -> tuple[str, str]:
    told = {"days": row.value, "low": row.low, "high": row.high}
    said = _said("days", lang, **{name: f"{days:+.0f}" if pd.notna(days) else "…" for name, days in told.items()})
    return said, _said("days_limit", lang, days=f"{row.limit:+.0f}")


def _left(row: Matter, lang: str) -> tuple[str, str]:
    return _said("past" if row.value < 0 else "left", lang, days=f"{abs(row.value):.0f}"), BLANK


def _level(row: Matter, lang: str) -> tuple[str, str]:
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


def forecast_score(
    home: Home, overview: Mapping[str, pd.DataFrame], *, as_of: date, lang: str = "zh"
) -> dict[str, Any]:
    """Score the forecasts that reports of earlier dates kept and that have fallen due by now, all branches together.

    Parameters
    ----------
    home : Home
    overview : mapping
        ``new_loans``: ``branch_id, month, loans_count``.
    as_of : date
    lang : str
        Of the texts.

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
    share = interval(Rate(record["inside_share"], record["inside_low"], record["inside_high"]), lang)
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
    others = other_attention_items(home, overview, rows=rows, products=products, as_of=day)
    risks = matters_at_risk(folder, entries, overview)
    more = pd.concat([each for each in (risks, others) if len(each)] or [others])
    states = data_states(rows, overview.get("ties", pd.DataFrame()))
    for row in rows:
        row["data"] = states[row["code"]]
    seen = bank_wide_values(rows, overview, policy=policy, more=more)
    cells = group_cells(folder, entries)
    fewest, dominance = policy.quality.minimum_peers_count, policy.quality.dominance_share
    return {
        "branches": [row for row in rows if not row["is_small"]],
        "small": [row for row in rows if row["is_small"]],
        "columns": _columns(rows),
        "failures": sorted((entry for entry in entries if entry["status"] != "ok"), key=_place),
        "left_out": left_out(manifest),
        "too_small": left_out(manifest, why="too_small"),
        "made": sum(entry["status"] == "ok" for entry in entries),
        "register": register_rows(folder, entries),
        "figures": bank_figures(overview.get("months", pd.DataFrame())),
        "bridge": bank_bridge(folder, entries),
        "verdicts": product_verdicts(folder, entries),
        "heat": {**heat_rows(cells, fewest=fewest, dominance_share=dominance), "fewest": fewest},
        "products": products,
        "forecasts": {lang: forecast_score(home, overview, as_of=day, lang=lang) for lang in LANGS},
        "policy": policy_state(home, as_of=day),
        "titles": {**recorded_names(folder, entries), **segment_titles(home), **_product_titles(products)},
        **seen,
    }


def _product_titles(products: Iterable[Mapping[str, Any]]) -> dict[str, Mapping[str, str]]:
    return {row["code"]: row["title"] for row in products if row.get("title")}


def left_out(manifest: Mapping[str, Any], *, why: str = "left_out") -> list[dict[str, str]]:
    """List the reports that were not made: for want of a product for the branch's groups, or (``too_small``) of loans.

    Examples
    --------
    >>> runs = [{"left_out": [["0755", "6_design"], ["0021", "6_design"]]}, {}]
    >>> made = {"0021/6_design--stall/zh": {"branch": "0021", "notebook": "6_design"}}
    >>> left_out({"runs": runs, "reports": made})
    [{'branch': '0755', 'notebook': '6_design'}]
    """
    told = {tuple(pair) for run in manifest["runs"] for pair in run.get(why, [])}
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


#: the pages above the reports, by language; what a language calls itself
INDEX, RUNS, CHANGES = ({"zh": f"{name}.html", "en": f"{name}.en.html"} for name in ("index", "runs", "changes"))
TONGUES = {"zh": "中文", "en": "English"}
#: of a decision, what a branch's page tells
TOLD = ("action", "segment", "step", "amount_yuan", "owner", "due_date", "waiting_cost_yuan")
NO_TITLES: Mapping[str, Mapping[str, str]] = {}
PAPERS = ("html", "xlsx", "docx", "pdf", "pptx")
downloads = listed_bundles


def write_branch_pages(
    folder: Path,
    manifest: Mapping[str, Any],
    *,
    rows: Iterable[Mapping[str, Any]],
    register: Iterable[Mapping[str, Any]] = (),
    titles: Mapping[str, Mapping[str, str]] = NO_TITLES,
) -> None:
    """Write ``<branch>/index.html`` and ``index.en.html`` for every branch that has a report.

    A page tells what is to be decided and how each group, source and product stands, as the branch's own reports
    recorded it, and then the papers by their titles.
    """
    by_branch: dict[str, list[Mapping[str, Any]]] = {}
    for entry in manifest["reports"].values():
        by_branch.setdefault(entry["branch"], []).append(entry)
    judged, pages = {row["code"]: row for row in register}, []
    for row in rows:
        entries = by_branch[row["code"]]
        for lang in LANGS:
            names = {code: title[lang] for code, title in titles.items()}
            told = {
                "manifest": manifest,
                "row": row,
                "reports": branch_reports(entries, lang=lang),
                "labels": _labels(row),
                "names": names,
                "signs": STATE_SIGNS,
                "answers": branch_answers(folder, entries, lang=lang),
                "standings": _standings(judged.get(row["code"]), names),
                **page_frame(lang),
            }
            pages.append((folder / row["code"] / INDEX[lang], told))
    for (path, _), page in zip(pages, rendered_all("branch.html.j2", [told for _, told in pages]), strict=True):
        write_text(path, masked_page(page))


def branch_answers(folder: Path, entries: Iterable[Mapping[str, Any]], *, lang: str) -> Grid | None:
    """Return what is to be decided in a branch, as its first report that says so recorded it; None where none does."""
    for entry in sorted(entries, key=lambda entry: (entry["report"], entry["lang"] != lang)):
        results = (folder / entry["page"]).parent / "results"
        if entry["page"] and not entry["product"] and (results / "decisions.parquet").is_file():
            frame = read_result(results, "decisions")
            words = Words(lang, names=read_listing(results)["names"]).of("decisions")
            return grid(frame[[name for name in TOLD if name in frame]], words) if len(frame) else None
    return None


def _standings(row: Mapping[str, Any] | None, names: Mapping[str, str]) -> dict[str, list[str]]:
    """Return a branch's groups, sources and products by state, those that are stopped first."""
    told: dict[str, list[str]] = {}
    for states in (row or {}).get("states", {}).values():
        for code, state in states.items():
            told.setdefault(state, []).append(names.get(code, code))
    return {state: told[state] for state in STATE_SIGNS if state in told}


def branch_reports(entries: Iterable[Mapping[str, Any]], *, lang: str = "zh") -> list[dict[str, Any]]:
    """Return a branch's reports with the papers that stand in their folders, those of the page's language first.

    Links count from the branch's own folder; what is for head office only is not among them.
    """
    reports: dict[str, dict[str, Any]] = {}
    for entry in sorted(entries, key=lambda entry: (entry["report"], entry["lang"] != lang)):
        first = {
            "title": SUBTITLE.split(entry["title"])[0],
            "product": entry["product"],
            "report": entry["report"],
            "langs": [],
        }
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


def funnel(values: Mapping[str, Any], manifest: Mapping[str, Any], lang: str) -> Markup:
    """Return the drawing of all branches, empty where no overview was gathered."""
    rows, linked = values["funnel_rows"], {row["code"] for row in (*values["branches"], *values["small"])}
    if not values["branches"] or rows.empty:
        return Markup("")  # small branches alone tell nothing that chance does not
    return funnel_svg(rows, names=manifest["branches"], words=page_words_of(lang), linked=linked)


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
    """Write the overview, what changed, the record of runs and a page per branch, each in Chinese and in English.

    They are made of what lies below `folder` and of the home's bank.

    Parameters
    ----------
    folder : Path
        ``reports/<as-of>`` of a home.

    Returns
    -------
    Path
        The overview in Chinese, ``index.html``.

    Raises
    ------
    BadConfig
        If no reports were run there.
    """
    manifest, values = _values(folder)
    rows = [*values["branches"], *values["small"]]
    write_branch_pages(folder, manifest, rows=rows, register=values["register"], titles=values["titles"])
    for lang in LANGS:
        if values["recent"]["since"]:
            told = {"manifest": manifest, "recent": values["recent"], **page_frame(lang)}
            write_text(folder / CHANGES[lang], masked_page(rendered("changes.html.j2", **told)))
        write_text(folder / RUNS[lang], runs_page(folder, manifest, values, lang=lang))
        write_text(folder / INDEX[lang], index_page(folder, manifest, values, lang=lang))
    return folder / INDEX["zh"]


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


def packed_pages(folder: Path) -> dict[str, str]:
    """Return overview and record of runs as head office's bundle holds them: without links to reports and bundles."""
    manifest, values = _values(folder)
    bare = {**values, "downloads": [], "is_packed": True}
    pages = {INDEX[lang]: index_page(folder, manifest, bare, lang=lang) for lang in LANGS}
    return pages | {RUNS[lang]: runs_page(folder, manifest, bare, lang=lang) for lang in LANGS}


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


def page_words_of(lang: str) -> dict[str, str]:
    """Return the words around reports in one language."""
    return {key: entry[lang] for key, entry in frame_words().items()}


def page_frame(lang: str) -> dict[str, Any]:
    """Return what every page above the reports wants of its language: its words, and the same page in the other."""
    other = next(each for each in LANGS if each != lang)
    pages = {"index": INDEX[lang], "runs": RUNS[lang], "changes": CHANGES[lang], "other": INDEX[other]}
    pages |= {"other_runs": RUNS[other], "other_changes": CHANGES[other]}
    words = page_words_of(lang)
    return {"lang": lang, "other": other, "other_name": TONGUES[other], "pages": pages, "words": words}


def index_page(folder: Path, manifest: dict[str, Any], values: dict[str, Any], *, lang: str) -> str:
    """Return the overview as one offline page in one language; identifiers in it are masked."""
    names = {code: title[lang] for code, title in values["titles"].items()}
    verdicts = values["verdicts"]
    said = {
        product: {code: {**row, "said": _step(row["step"], lang)} for code, row in rows.items()}
        for product, rows in verdicts.items()
    }
    beside = {
        "manifest": manifest,
        "missing": manifest["missing_tables"],
        "funnel": funnel(values, manifest, lang),
        "supplements": supplements(manifest),
        "names": names,
        "signs": STATE_SIGNS,
        "bank": told_figures(values["figures"], lang),
        "months": len(values["figures"][0]["course"]) if values["figures"] else 0,
        "attention": [_matter(each, lang, names) for each in values["matters"].itertuples()],
    }
    told = {
        **values,
        "bridge": {**values["bridge"], "rows": bridge_texts(values["bridge"], lang)},
        "forecasts": values["forecasts"][lang],
        "register": register_parts(values["register"]),
        "verdicts": said,
        "verdict_branches": sorted({code for rows in verdicts.values() for code in rows}),
    }
    return masked_page(rendered("index.html.j2", **{**beside, **told, **page_frame(lang)}))


def _step(step: str, lang: str) -> str:
    return Words(lang).code("step", step) if step else ""


def runs_page(folder: Path, manifest: dict[str, Any], values: dict[str, Any], *, lang: str) -> str:
    """Return the record of runs as a page: bundles with their checksums, runs, files that were read."""
    told = {"manifest": manifest, "downloads": downloads(folder), **values, **page_frame(lang)}
    return masked_page(rendered("runs.html.j2", **told))


def _values(folder: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the manifest of a date's reports and what its overview says."""
    manifest = read_manifest(folder)
    if not manifest["runs"]:
        raise BadConfig("no reports were run here", where=str(folder), fix="run `microlib report` first")
    recent = recent_changes(folder)
    return manifest, {**index_values(folder, manifest, former=recent["balances"]), "recent": recent}
