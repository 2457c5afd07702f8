"""A design's steps: their order, the design log (设计日志) with evidence, and the opportunity sheet (机会测算)."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path, PurePosixPath

import numpy as np
import pandas as pd

from microlib.contracts.policy import SupplyPolicy
from microlib.contracts.product import Product
from microlib.contracts.rules import DesignStep
from microlib.design.terms import Place, Written, day_at, home_at, read_dated
from microlib.errors import BadConfig, BadData
from microlib.files import file_hash, text_hash
from microlib.home import REPORTS, Home
from microlib.stats.grouping import told_apart


@dataclass(frozen=True)
class Evidence:
    """One result of a report that was run.

    Parameters
    ----------
    path : str
        ``reports/<as-of>/...``, wherever the home keeps its reports.
    sha256 : str
        First sixteen signs of the file's hash.
    run_id : str
        The run that the reports' manifest names; empty where it names none.
    """

    path: str
    sha256: str
    run_id: str


def find_evidence(home: Home, *, day: str, branch: str, report: str, table: str) -> Evidence:
    """Return the result of a branch's report at a date.

    Raises
    ------
    BadConfig
        If the report was not run, or did not compute that result.
    """
    folder = home.reports / day / branch
    made = sorted(folder.glob(f"{report}*/**/results"))
    command = f"microlib report --branch {branch} --as-of {day} {report}"
    if not made:
        raise BadConfig(f"{report} was not run for branch {branch} at {day}", where=str(folder), fix=f"run `{command}`")
    files = sorted(path for one in made for path in one.glob(f"{table}.*") if path.suffix in (".parquet", ".csv"))
    if not files:
        what = f"{report} did not compute {table}"
        raise BadConfig(what, where=str(made[0]), fix="its last page says which table it waits for; load that first")
    path = PurePosixPath(REPORTS, files[0].relative_to(home.reports))
    return Evidence(str(path), hash_of(files[0]), _run_id(home.reports / day))


def evidence_place(home: Home, path: str) -> Path:
    """Return the file that a decision names by `Evidence.path`."""
    inner = PurePosixPath(path)
    return home.reports.joinpath(*inner.parts[1:]) if inner.parts[:1] == (REPORTS,) else home.root / inner


def hash_of(path: Path) -> str:
    """Return the first sixteen signs of a file's hash; ``missing`` where there is none."""
    return file_hash(path)[:16] if path.is_file() else "missing"


def _run_id(folder: Path) -> str:
    path = folder / "manifest.json"
    try:
        manifest = json.loads(path.read_text(encoding="utf8")) if path.is_file() else {}
    except json.JSONDecodeError:
        return ""
    runs = manifest.get("runs") or [{}]
    return str(runs[-1].get("run_id", ""))


def read_steps(home: Place, *, as_of: date | str) -> tuple[Written, ...]:
    """Read the steps in force on a day, in their order.

    Raises
    ------
    BadConfig
        If a step is not dated, or needs one that does not stand before it.

    Examples
    --------
    >>> [step.code for step in read_steps(".", as_of="2026-06-30")][:3]
    ['opportunity', 'groups', 'sources']
    """
    found = read_dated(home, part="design_steps", table="steps", model=DesignStep, as_of=as_of)
    steps = tuple(step for step in found if step.is_in_force)
    before: set[str] = set()
    for step in steps:
        lacking = [code for code in step.terms.needs if code not in before]
        if lacking:
            what = f"{step.code} needs {', '.join(lacking)}, which does not stand before it"
            raise BadConfig(what, where="data/policies/design_steps.toml", fix="put steps in the order of their needs")
        before.add(step.code)
    return steps


def step_of(steps: tuple[Written, ...], *, code: str) -> Written:
    """Return one step by its code; one that is not there is a `BadConfig` that names those that are."""
    known = {step.code: step for step in steps}
    if code not in known:
        raise BadConfig(f"no step is called {code}", where="design_steps.toml", fix=f"use one of {', '.join(known)}")
    return known[code]


def check_ready(step: Written, log: pd.DataFrame, *, where: str) -> None:
    """Refuse a step whose needs are not decided, were decided against, or rest on evidence that has changed since.

    Parameters
    ----------
    step : Written
        One of `read_steps`.
    log : DataFrame
        ``step, action, evidence_state``: result of `read_log`; the last entry of a step counts.
    where : str
        Place of the log, for the refusal.

    Raises
    ------
    BadConfig
        With the command that mends it.
    """
    last = log.drop_duplicates("step", keep="last").set_index("step")
    for need in step.terms.needs:
        if need not in last.index:
            fix = f"decide it first: microlib design step … {need} --decision do --reason …"
            raise BadConfig(f"{step.code} waits for the result of {need}", where=where, fix=fix)
        if last.loc[need, "action"] != "do":
            fix = f"decide {need} anew on new evidence, or leave the product"
            raise BadConfig(f"{need} was decided as {last.loc[need, 'action']}", where=where, fix=fix)
        if last.loc[need, "evidence_state"] != "as_recorded":
            fix = f"run the report again and decide {need} anew"
            raise BadConfig(f"the evidence of {need} is {last.loc[need, 'evidence_state']}", where=where, fix=fix)


ACTIONS = ("do", "stop", "wait")
LOG_COLUMNS = [
    "number",
    "step",
    "action",
    "reason",
    "owner",
    "as_of",
    "evidence_path",
    "sha256",
    "run_id",
    "evidence_state",
]


@dataclass(frozen=True)
class Decision:
    """One decision to be recorded.

    Parameters
    ----------
    product, branch, step : str
    action : str
        ``do`` (go on), ``stop`` or ``wait``.
    reason : str
        One sentence; the log is read by those who were not there.
    owner : str
        The role that decided, never a name.
    """

    product: str
    branch: str
    step: str
    action: str
    reason: str
    owner: str = "product_manager"


def log_path(home: Place, *, product: str, branch: str) -> Path:
    """Return the file that holds the log of one product in one branch."""
    return home_at(home).root / "designs" / f"{product}--{branch}.jsonl"


def read_log(home: Place, *, product: str, branch: str) -> pd.DataFrame:
    """Read a product's log in a branch; where nothing was decided it is empty.

    Returns
    -------
    DataFrame
        One row per decision in order: ``number, step, action, reason, owner, as_of, evidence_path, sha256, run_id``,
        ``evidence_state``: ``as_recorded``, ``changed`` or ``missing``.

    Raises
    ------
    BadData
        If a line was altered or taken out: each line carries the hash of the one before.
    """
    place = home_at(home)
    path = log_path(place, product=product, branch=branch)
    lines = path.read_text(encoding="utf8").splitlines() if path.is_file() else []
    rows, before = [], ""
    for number, line in enumerate(lines, start=1):
        row = _parsed(line, number, path)
        if row.pop("previous", None) != before:
            fix = "restore the file from its copy; entries are appended, never edited"
            raise BadData(f"line {number} does not follow the line before it", where=str(path), fix=fix)
        before = _hash(line)
        rows.append(row | {"evidence_state": _state(place, row["evidence_path"], sha256=row["sha256"])})
    return pd.DataFrame(rows, columns=LOG_COLUMNS)


def record_decision(home: Place, decision: Decision, *, as_of: str) -> pd.DataFrame:
    """Append a decision to a product's log, if the steps before it were decided and its evidence was computed.

    Answers "who decided what, on which number, and may the next step begin?"

    Parameters
    ----------
    home : Home or path
    decision : Decision
    as_of : ISO text
        Date of the reports that hold the evidence.

    Returns
    -------
    DataFrame
        The log, with the new entry.

    Raises
    ------
    BadConfig
        If the action or the step is unknown, the reason is empty, an earlier step has no result, was decided against or
        rests on evidence that has changed, or the report was not run.
    """
    place, day = home_at(home), day_at(as_of)
    if decision.action not in ACTIONS or not decision.reason.strip():
        raise BadConfig(
            f"the decision is {decision.action!r}, its reason {decision.reason!r}",
            where=decision.step,
            fix=f"write one of {', '.join(ACTIONS)} and a sentence",
        )
    step = step_of(read_steps(place, as_of=day), code=decision.step)
    path = log_path(place, product=decision.product, branch=decision.branch)
    log = read_log(place, product=decision.product, branch=decision.branch)
    check_ready(step, log, where=str(path))
    found = find_evidence(
        place, day=day.isoformat(), branch=decision.branch, report=step.terms.report, table=step.terms.table
    )
    _append(path, _entry(decision, found, number=len(log) + 1, day=day.isoformat()))
    return read_log(place, product=decision.product, branch=decision.branch)


def _entry(decision: Decision, found: Evidence, *, number: int, day: str) -> dict:
    return {
        "number": number,
        "step": decision.step,
        "action": decision.action,
        "reason": decision.reason.strip(),
        "owner": decision.owner,
        "as_of": day,
        "evidence_path": found.path,
        "sha256": found.sha256,
        "run_id": found.run_id,
    }


def _append(path: Path, entry: dict) -> None:
    lines = path.read_text(encoding="utf8").splitlines() if path.is_file() else []
    previous = _hash(lines[-1]) if lines else ""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf8") as file:
        file.write(json.dumps(entry | {"previous": previous}, ensure_ascii=False, sort_keys=True) + "\n")


def _parsed(line: str, number: int, path: Path) -> dict:
    try:
        row = json.loads(line)
        return {name: row[name] for name in [*LOG_COLUMNS[:-1], "previous"]}
    except (json.JSONDecodeError, KeyError, TypeError) as error:
        what = f"line {number} is no entry of a design log"
        raise BadData(what, where=str(path), fix="restore the file from its copy") from error


def _state(home: Home, path: str, *, sha256: str) -> str:
    now = hash_of(evidence_place(home, path))
    return "missing" if now == "missing" else "as_recorded" if now == sha256 else "changed"


def _hash(line: str) -> str:
    return text_hash(line)[:16]


def product_log(product: Product, *, home: Place, branch: str) -> pd.DataFrame:
    """Read the log of a product in a branch, for a report."""
    return read_log(home, product=product.code, branch=branch)


OPPORTUNITY_COLUMNS = [
    "core_id",
    "case",
    "need_yuan",
    "win_share",
    "won_yuan",
    "margin_rate",
    "margin_yuan",
    "cost_yuan",
    "result_yuan",
]


def unserved_needs(
    listed: pd.DataFrame, receivables: pd.DataFrame, *, days: pd.Series, advance: pd.Series
) -> pd.DataFrame:
    r"""Reckon what a core's suppliers without a loan of ours have tied up in it, at the advance we would give.

    .. math:: N = a \sum_s R_s, \qquad R_s = A_s \frac{m}{360} \text{ where receivables are not known}

    Parameters
    ----------
    listed : DataFrame
        Result of `scenes.joint_counterparties`. Not modified, nor is any other frame.
    receivables : DataFrame
        Result of `business_evidence.supplier_receivables`, by customer.
    days : Series
        Median days to pay by core; a core without one gives no need for unknown suppliers.
    advance : Series
        Advance by core, fraction.

    Returns
    -------
    DataFrame
        One row per core: ``core_id, suppliers_count`` (without a loan), ``need_low_yuan`` (customers of ours alone),
        ``need_high_yuan`` (with the unknown).
    """
    free = listed[listed["stands"] != "borrower"]
    known = free["customer_id"].map(receivables["base_yuan"]).astype("float64")
    waited = free["delivered_yuan"] * free["core_id"].map(days).astype("float64") / 360
    share = free["core_id"].map(advance).astype("float64").fillna(0.0)
    is_ours = free["stands"] != "unknown"
    need = known.fillna(waited).fillna(0.0) * share
    rows = pd.DataFrame(
        {
            "core_id": free["core_id"],
            "suppliers_count": 1,
            "need_low_yuan": need.where(is_ours, 0.0),
            "need_high_yuan": need,
        }
    )
    return rows.groupby("core_id", as_index=False, observed=True).sum()


def opportunity_sheet(needs: pd.DataFrame, *, margins: Mapping[str, float], policy: SupplyPolicy) -> pd.DataFrame:
    r"""Say what a scene would earn in a year, low and high, after the cost of designing it.

    .. math:: G = N \cdot w \cdot m - K

    The low case takes the low need and win rate, the margin at the upper default rate, and the high cost. A margin
    below zero makes both cases a loss, whatever is won: the more, the larger.

    Parameters
    ----------
    needs : DataFrame
        ``core_id, need_low_yuan, need_high_yuan``. Not modified.
    margins : mapping
        ``mean`` and ``upper``: margin over the price floor, fractions a year.
    policy : SupplyPolicy
        Win rates and costs.

    Returns
    -------
    DataFrame
        Two rows per scene (case ``low``, ``high``): ``need_yuan, win_share, won_yuan, margin_rate, margin_yuan,
        cost_yuan, result_yuan``.

    Examples
    --------
    >>> from microlib.design.supply import read_supply_policy
    >>> policy = read_supply_policy(".", as_of="2026-06-30")
    >>> needs = pd.DataFrame({"core_id": ["H1"], "need_low_yuan": [4e7], "need_high_yuan": [2e8]})
    >>> opportunity_sheet(needs, margins={"mean": 0.012, "upper": 0.004}, policy=policy)["result_yuan"].round().tolist()
    [-284000.0, 450000.0]
    """
    cases = {
        "low": ("need_low_yuan", policy.win_low, margins["upper"], policy.design_cost_high_yuan),
        "high": ("need_high_yuan", policy.win_high, margins["mean"], policy.design_cost_low_yuan),
    }
    rows = [
        (
            row["core_id"],
            case,
            row[need],
            win,
            row[need] * win,
            margin,
            row[need] * win * margin,
            float(cost),
            row[need] * win * margin - cost,
        )
        for row in needs.to_dict("records")
        for case, (need, win, margin, cost) in cases.items()
    ]
    return pd.DataFrame(rows, columns=OPPORTUNITY_COLUMNS)


def opportunity_verdicts(
    sheet: pd.DataFrame, *, closed: Collection[str] = (), designed: Collection[str] = ()
) -> pd.DataFrame:
    """Say of each scene on its whole range: worth a design (``do``), not worth one (``stop``), not to be told.

    Parameters
    ----------
    sheet : DataFrame
        Result of `opportunity_sheet`. Not modified.
    closed : collection of str
        Payers behind whom nothing new is lent (`judgement.closed_places`): no opportunity, whatever their money.
    designed : collection of str
        Payers whose suppliers have a product that was designed for them: the register judges that, not this page.

    Returns
    -------
    DataFrame
        ``core_id, result_low_yuan, result_high_yuan, break_even_yuan`` (need at which the high case earns its cost),
        ``action`` (``wait`` where the range holds zero, ``closed`` where the payer is closed,
        ``designed`` where the register holds the product).

    Examples
    --------
    >>> sheet = pd.DataFrame({"core_id": "H1", "case": ["low", "high"], "result_yuan": [-5.0, 9.0], "cost_yuan": 10.0,
    ...                       "win_share": 0.5, "margin_rate": 0.1})
    >>> opportunity_verdicts(sheet)[["action", "break_even_yuan"]].to_numpy().tolist()
    [['wait', 200.0]]
    """
    if sheet.duplicated(["core_id", "case"]).any():
        raise BadData("a case of a core stands twice", where="sheet", fix="make the sheet again")
    sides = sheet.pivot(index="core_id", columns="case", values="result_yuan").reindex(columns=["low", "high"])
    high = sheet[sheet["case"] == "high"].set_index("core_id")
    earned = (high["win_share"] * high["margin_rate"]).where(lambda rate: rate > 0)
    held = [sides.index.isin(list(payers)) for payers in (closed, designed)]
    action = np.select([*held, sides["low"] > 0, sides["high"] <= 0], ["closed", "designed", "do", "stop"], "wait")
    return pd.DataFrame(
        {
            "core_id": sides.index,
            "result_low_yuan": sides["low"].to_numpy(),
            "result_high_yuan": sides["high"].to_numpy(),
            "break_even_yuan": (high["cost_yuan"] / earned).reindex(sides.index).to_numpy(),
            "action": action,
        }
    )


def scene_needs(
    listed: pd.DataFrame, receivables: pd.DataFrame, ladder: pd.DataFrame, *, days: pd.DataFrame, policy: SupplyPolicy
) -> pd.DataFrame:
    """Run `unserved_needs` at each core's median days and at the advance of its best rung in use.

    Parameters
    ----------
    listed, receivables : DataFrame
        As for `unserved_needs`. Not modified.
    ladder : DataFrame
        Result of `supply.ladder_summary`.
    days : DataFrame
        Result of `payables.days_to_pay`.
    policy : SupplyPolicy
        The advance of ``collected`` where no supplier of a core has a loan yet.
    """
    told_apart(days, key=["core_id"], table="days")
    best = ladder.groupby("core_id")["advance_share"].max()
    cores = pd.Index(listed["core_id"].unique())
    advance = best.reindex(cores).fillna(policy.advance["collected"])
    return unserved_needs(listed, receivables, days=days.set_index("core_id")["median_days"], advance=advance)
