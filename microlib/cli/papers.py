"""What the commands of `design` tell: changes and comparisons of a product, as lines."""

from __future__ import annotations

from datetime import date
from pathlib import Path


def diff_lines(home: Path, name: str, *, as_of: date | None, since: date | None, proposal: bool) -> list[str]:
    """Return the changes asked for as lines; today is the day where none is given."""
    from microlib.design.versions import changes, diffs

    day = as_of or date.today()
    if proposal:
        found = diffs.proposal_changes(home, proposal=name)
    elif since is not None:
        found = diffs.day_changes(home, product=name, since=since, until=day)
    else:
        found = diffs.last_changes(home, product=name, as_of=day)
    return changes.change_lines(found)


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


def _lines(rows, names: list[str]) -> list[str]:
    return ["\t".join(_shown(value) for value in row) for row in rows[names].itertuples(index=False)]


def _shown(value: object) -> str:
    if hasattr(value, "date"):
        return value.date().isoformat()
    return f"{value:.6g}" if isinstance(value, float) else str(value)
