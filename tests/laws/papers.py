"""Hold the papers of a branch against each other: no matter with two states, no figure with two values."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pandas as pd

#: results in which reports say what is decided
DECIDED = ("decisions", "group_decisions", "actions", "judgements", "segment_judgements", "told_judgements")
#: tasks within the whole branch are matters of their own, each by its step
WHOLE = "whole_branch"
#: steps that judge what a scene would bring, which is another matter than the core as a source of repayment
SCENES = ("design_product", "leave_scene")
#: facts that name a row of a page's own list
LISTS = ("decisions.", "actions.", "overturning.")
TASKS = ("complete_evidence", "stop_small_lines", "try_one_term", "collect_before_crossing")
#: what the branch is told where it may not grow, and what would have it grow
NO_GROWTH = ("look_at_largest", "grow_only_where_sound")
GROWTH = ("close_shortfall", "try_one_term")


def stated(folder: Path) -> pd.DataFrame:
    """Return what every report below a folder of one date decides: ``branch, report, matter, action, step``."""
    rows = []
    for path in sorted(folder.glob("*/*/*/results/*.parquet")):
        branch, report, lang = path.relative_to(folder).parts[:3]
        if path.stem in DECIDED and lang == "zh":
            found = pd.read_parquet(path, columns=["segment", "action", "step"])
            rows.append(found.assign(branch=branch, report=report))
    found = pd.concat(rows, ignore_index=True) if rows else pd.DataFrame(columns=["segment", "step"])
    apart = (found["segment"] == WHOLE) | found["step"].isin(TASKS)
    matter = found["segment"].where(~apart, found["segment"] + "/" + found["step"])
    return found.assign(matter=matter.mask(found["step"].isin(SCENES), found["segment"] + "/scene"))


def contradictions(folder: Path) -> list[str]:
    """Return a line for every matter of a branch that has two actions or two steps in its papers."""
    told = []
    for (branch, matter), rows in stated(folder).groupby(["branch", "matter"]):
        said = rows.drop_duplicates(["action", "step"])
        if len(said) > 1:
            voices = "; ".join(f"{row.report}: {row.action} {row.step}" for row in said.itertuples())
            told.append(f"{branch} {matter}: {voices}")
    return told


def pushes(folder: Path) -> list[str]:
    """Return a line for every paper that has a branch grow which another tells not to."""
    told = stated(folder)
    held = told[(told["segment"] == WHOLE) & told["step"].isin(NO_GROWTH)]
    asked = told[told["branch"].isin(held["branch"]) & told["step"].isin(GROWTH)]
    return [f"{row.branch}: {row.report} {row.segment} {row.step}" for row in asked.itertuples()]


def figures(folder: Path) -> pd.DataFrame:
    """Return the facts that reports tell: ``branch, report, name, value``; rows of a page's own list aside."""
    rows = []
    for path in sorted(folder.glob("*/*/zh/results/facts.json")):
        branch, report = path.relative_to(folder).parts[:2]
        if "--" in report:
            continue
        facts = json.loads(path.read_text("utf-8"))
        told = {name: fact["value"] for name, fact in facts.items() if not name.startswith(LISTS)}
        rows += [(branch, report, name, str(value)) for name, value in told.items() if value is not None]
    return pd.DataFrame(rows, columns=["branch", "report", "name", "value"])


def differing_figures(folder: Path) -> list[str]:
    """Return a line for every figure that bears one name and has two values in a branch's papers."""
    told = []
    for (branch, name), rows in figures(folder).groupby(["branch", "name"]):
        if rows["value"].nunique() > 1:
            told.append(f"{branch} {name}: " + "; ".join(f"{row.report} {row.value}" for row in rows.itertuples()))
    return told


if __name__ == "__main__":
    place = Path(sys.argv[1])
    found = [*contradictions(place), *pushes(place), *differing_figures(place)]
    sys.stdout.write("\n".join([*found, f"{len(found)} contradictions"]) + "\n")
    sys.exit(bool(found))
