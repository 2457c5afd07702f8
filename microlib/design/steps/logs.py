"""The design log (设计日志): every decision of a product's design in a branch, with the result on which it rests."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from microlib.design.dated_files import Place, day_at, home_at
from microlib.design.steps import evidence_files, orders
from microlib.design.terms import Product
from microlib.errors import BadConfig, BadData
from microlib.files import text_hash
from microlib.homes import Home

ACTIONS = ("do", "stop", "wait")
COLUMNS = [
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
    return pd.DataFrame(rows, columns=COLUMNS)


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
        raise BadConfig(f"the decision is {decision.action!r}, its reason {decision.reason!r}", where=decision.step,
                        fix=f"write one of {', '.join(ACTIONS)} and a sentence")  # fmt: skip
    step = orders.step_of(orders.read_steps(place, as_of=day), code=decision.step)
    path = log_path(place, product=decision.product, branch=decision.branch)
    log = read_log(place, product=decision.product, branch=decision.branch)
    orders.check_ready(step, log, where=str(path))
    found = evidence_files.find_evidence(
        place, day=day.isoformat(), branch=decision.branch, report=step.terms.report, table=step.terms.table
    )
    _append(path, _entry(decision, found, number=len(log) + 1, day=day.isoformat()))
    return read_log(place, product=decision.product, branch=decision.branch)


def _entry(decision: Decision, found: evidence_files.Evidence, *, number: int, day: str) -> dict:
    return {
        "number": number, "step": decision.step, "action": decision.action, "reason": decision.reason.strip(),
        "owner": decision.owner, "as_of": day, "evidence_path": found.path, "sha256": found.sha256,
        "run_id": found.run_id,
    }  # fmt: skip


def _append(path: Path, entry: dict) -> None:
    lines = path.read_text(encoding="utf8").splitlines() if path.is_file() else []
    previous = _hash(lines[-1]) if lines else ""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf8") as file:
        file.write(json.dumps(entry | {"previous": previous}, ensure_ascii=False, sort_keys=True) + "\n")


def _parsed(line: str, number: int, path: Path) -> dict:
    try:
        row = json.loads(line)
        return {name: row[name] for name in [*COLUMNS[:-1], "previous"]}
    except (json.JSONDecodeError, KeyError, TypeError) as error:
        what = f"line {number} is no entry of a design log"
        raise BadData(what, where=str(path), fix="restore the file from its copy") from error


def _state(home: Home, path: str, *, sha256: str) -> str:
    now = evidence_files.hash_of(evidence_files.evidence_place(home, path))
    return "missing" if now == "missing" else "as_recorded" if now == sha256 else "changed"


def _hash(line: str) -> str:
    return text_hash(line)[:16]


def product_log(product: Product, *, home: Place, branch: str) -> pd.DataFrame:
    """Read the log of a product in a branch, for a report."""
    return read_log(home, product=product.code, branch=branch)
