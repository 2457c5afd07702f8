"""What the command `design compare` tells: a product beside peers', or teams beside each other, as lines."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from microlib.errors import BadConfig


def compare_lines(home: Path, product: str, *, amount_yuan: int, as_of: date | None) -> list[str]:
    """Return the comparison with peers as lines."""
    from microlib.design.peers import branches
    from microlib.design.terms import read_product

    day = as_of or date.today()
    offer = read_product(home, product=product, as_of=day)
    found = branches.peer_results(home, product=offer, amount_yuan=amount_yuan, as_of=day)
    names = ["usage", "offer_id", "lender", "cost_yuan", "used_rate", "covered_share", "seen_date", "source"]
    rows = found["comparison"] if found else None
    return [] if rows is None else ["\t".join(names), *_lines(rows[rows["is_available"]], names)]


def only_product(names: tuple[str, ...]) -> str:
    """Return the one product named; several names are teams, and teams are compared on a branch."""
    if len(names) > 1:
        raise BadConfig("several names are teams", where=" ".join(names), fix="say on which branch: --branch B")
    return names[0]


def team_lines(home: Any, names: tuple[str, ...], *, branch: str, as_of: date | None) -> list[str]:
    """Return teams side by side as lines."""
    from microlib.design.teams import contests
    from microlib.running import inputs

    found = inputs.read_inputs(home, as_of=as_of)
    inputs.checked_branches(found, [branch])
    return contests.score_lines(contests.compare_teams(home, teams=names, branch=branch, as_of=found.as_of))


def _lines(rows, names: list[str]) -> list[str]:
    return ["\t".join(_shown(value) for value in row) for row in rows[names].itertuples(index=False)]


def _shown(value: object) -> str:
    if hasattr(value, "date"):
        return value.date().isoformat()
    return f"{value:.6g}" if isinstance(value, float) else str(value)
