"""Hold the papers of a branch against each other: no matter with two states, no figure with two values."""

from __future__ import annotations

import json
import re
import sys
from datetime import date
from pathlib import Path

import pandas as pd

from microlib.bank.store import open_store
from microlib.bank.sums.books import default_pieces
from microlib.design.branch import open_branch
from microlib.design.judgement import CONDITIONS, DESIGNED, withheld
from microlib.home import home_of_reports
from microlib.metrics.defaults import default_counts
from microlib.run.overview_data import gather_overview

#: results in which reports say what is decided
DECIDED = ("decisions", "group_decisions", "actions", "judgements", "segment_judgements", "told_judgements")
#: tasks within the whole branch are matters of their own, each by its step
WHOLE = "whole_branch"
#: steps that judge what a scene would bring, which is another matter than the core as a source of repayment
SCENES = ("design_product", "leave_scene")
#: steps by which a designed product is judged, not a task about it
OFFERED = ("start_pilot", "cannot_judge", *(step for _, step in CONDITIONS.values()))
COUNTED = ["bad_count", "total_count", "unknown_count"]
#: facts that name a row of a page's own list
LISTS = ("decisions.", "actions.", "overturning.")
TASKS = (
    "complete_evidence",
    "stop_direct_line",
    "stop_small_lines",
    "try_one_term",
    "try_within_budget",
    "collect_before_crossing",
)
#: what the branch is told where it may not grow, and what would have it grow
NO_GROWTH = ("look_at_largest", "grow_only_where_sound", "stop_new_lending")
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


def differing_offers(folder: Path) -> list[str]:
    """Return a line for every designed product whose own report judges or sizes it otherwise than the register.

    The size is one: what the register names is what the report's high case lends.
    """
    told = []
    for path in sorted(folder.glob("*/6_product_design--*/*/results/decisions.parquet")):
        branch, report, lang = path.relative_to(folder).parts[:3]
        product, rows = report.partition("--")[2], registered(folder / branch, lang)
        held = rows[rows["segment"] == f"{DESIGNED}{product}"]
        own = pd.read_parquet(path)
        own = own[(own["segment"] == product) & own["step"].isin(OFFERED)]
        names = ["action", "step", "amount_yuan"]
        said, theirs = (frame[names].round(0).values.tolist() for frame in (held, own))
        if len(rows) and len(own) and said != theirs:
            told.append(f"{branch} {product}: its report says {theirs}; the register {said}")
        volume = path.with_name("expected_volume.parquet")
        if len(own) and volume.is_file():
            high = pd.read_parquet(volume).set_index("case").loc["high", "volume_yuan"]
            if abs(high - own["amount_yuan"].iloc[0]) > 1:
                told.append(f"{branch} {product}: sized {own['amount_yuan'].iloc[0]}, its high case lends {high}")
    return told


def registered(branch: Path, lang: str = "zh") -> pd.DataFrame:
    """Return the register of a branch as its diagnosis keeps it; empty where there is none."""
    path = branch / "1_branch_diagnosis" / lang / "results" / "judgements.parquet"
    names = ["segment", "kind", "state", "action", "step", "amount_yuan"]
    return pd.read_parquet(path).reindex(columns=names) if path.is_file() else pd.DataFrame(columns=names)


def done_though_held(folder: Path) -> list[str]:
    """Return a line for every paper that has something done for what the register stops or offers to nobody new."""
    told = stated(folder)
    found = []
    for branch, rows in told[told["action"] == "do"].groupby("branch"):
        register = registered(folder / branch)
        register = register[register["kind"].isin(["segment", "source", "product", "offering"])]
        held = set(withheld(register))
        said = rows[rows["segment"].isin(held)]
        found += [
            f"{branch} {row.segment}: {row.report} {row.step}, and the register holds it" for row in said.itertuples()
        ]
    return found


def late_confirmations(folder: Path) -> list[str]:
    """Return a line for every task that is to precede a maturity and falls due on its day or later."""
    told = []
    for path in sorted(folder.glob("*/1_branch_diagnosis/zh/results/maturing.parquet")):
        due = pd.read_parquet(path)
        first = due.sort_values("horizon_days")["first_unsure_date"].iloc[0] if "first_unsure_date" in due else pd.NaT
        actions = pd.read_parquet(path.with_name("actions.parquet"))
        asked = actions.loc[actions["step"] == "confirm_repayment_sources", "due_date"]
        late = asked[asked >= first] if pd.notna(first) else asked.iloc[:0]
        told += [
            f"{path.relative_to(folder).parts[0]}: confirmed by {day:%F}, the first is due {first:%F}" for day in late
        ]
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


#: none of n told as a zero with a range
BARE_ZERO = re.compile(r"(?<![\d.,–])0\.0+\s?%\s?[（(]0\.0+–")


def bare_zeros(folder: Path) -> list[str]:
    """Return a line for every page that tells none of n as a zero with its range."""
    told = []
    for path in sorted(folder.glob("*/*/*/*.html")):
        text = re.sub(r"<[^>]+>", " ", path.read_text("utf-8"))
        told += [f"{path.relative_to(folder)}: {found.group()}" for found in BARE_ZERO.finditer(text)]
    return told


def unsummed(home: Path, as_of: date) -> list[str]:
    """Return a line for every total of head office that is not the sum of the branches' own figures."""
    with open_store(home) as store:
        told = gather_overview(store, as_of=as_of)
        codes = [code for (code,) in store.rows("SELECT DISTINCT branch_id FROM loans ORDER BY 1")]
    pieces, rows = default_pieces(home, as_of=as_of), []
    own = told["branches"].set_index("branch_id") if told else pd.DataFrame()
    for code in codes if told else []:
        branch = open_branch(home, branch=code, as_of=as_of)
        size, pars, cohorts = (branch.if_known(name) for name in ("size", "pars", "cohorts"))
        if size is not None and code in own.index:
            rows.append((code, "balance_yuan", size["balance_yuan"].iloc[0], own.loc[code, "balance_yuan"]))
        if pars is not None and code in own.index:
            mine = pars.set_index("measure").loc["par30_adjusted"]
            rows += [(code, name, mine[name], own.loc[code, name]) for name in ("hit_yuan", "share", "share_high")]
        if cohorts is not None and cohorts["basis"].eq("cohort").all():  # the bank follows cohorts where one is held
            mine = default_counts(cohorts, within=None).iloc[0]
            theirs = pieces.loc[pieces["branch_id"] == code, COUNTED].sum()
            rows += [(code, name, mine[name], theirs[name]) for name in COUNTED]
    last = told["months"].iloc[-1] if told else {}
    rows += [("bank", "balance_yuan", own["balance_yuan"].sum(), last["balance_yuan"])] if told else []
    return [f"{code} {name}: {mine} of the branch, {theirs} of head office" for code, name, mine, theirs in rows
            if abs(mine - theirs) > 1e-6 * max(1.0, abs(theirs))]  # fmt: skip


def held(folder: Path) -> list[str]:
    """Return a line for everything that any two papers of one date hold against each other."""
    return [
        *contradictions(folder),
        *differing_offers(folder),
        *done_though_held(folder),
        *late_confirmations(folder),
        *pushes(folder),
        *differing_figures(folder),
        *bare_zeros(folder),
    ]


if __name__ == "__main__":
    place = Path(sys.argv[1]).resolve()
    found = [*held(place), *unsummed(home_of_reports(place).root, date.fromisoformat(place.name))]
    sys.stdout.write("\n".join([*found, f"{len(found)} contradictions"]) + "\n")
    sys.exit(bool(found))
