"""Teams that design one product on the same bank: a room with its own terms, designs side by side, no winner."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from microlib.bank.branch import read_branch
from microlib.design.product_design import design_product
from microlib.design.terms import home_at
from microlib.errors import BadConfig
from microlib.home import Home

#: what a room takes along of its home's own written terms
KINDS = ("policies", "segments", "branches", "peers", "reference")
NAME = re.compile(r"[a-z][a-z0-9_-]{0,31}")


def make_room(home: Home, *, team: str, product: str) -> Path:
    """Give a team a room in which to change a product's terms; return the file that it edits.

    Parameters
    ----------
    home : Home
        The bank's home. Its tables are read, never copied.
    team : str
        Small letters, digits, ``-`` and ``_``.
    product : str
        Code of the product that the team starts from.

    Raises
    ------
    BadConfig
        If the name is no name, the team has a room already, there is no such product, or the room cannot be written.
    """
    source = home.config("products") / f"{product}.toml"
    if not NAME.fullmatch(team):
        raise BadConfig(f"{team!r} is no name for a team", where="team", fix="small letters, digits, - and _")
    if not source.is_file():
        raise BadConfig(f"there is no product {product}", where=str(source), fix="see data/products")
    room = room_of(home, team)
    if room.root.exists():
        raise BadConfig(f"team {team} has a room already", where=str(room.root), fix="choose another name")
    try:
        return _furnished(room, home, source)
    except OSError as error:
        raise BadConfig(
            f"the room cannot be written: {error.strerror}", where=str(room.root), fix="make it so"
        ) from error


def room_of(home: Home, team: str) -> Home:
    """Return the home of a team's room, there or not."""
    return Home(home.root / "teams" / team)


def find_room(home: Home, team: str) -> Home:
    """Return a team's room.

    Raises
    ------
    BadConfig
        If the team has none.
    """
    room = room_of(home, team)
    if not room.root.is_dir():
        raise BadConfig(
            f"team {team} has no room here", where=str(room.root), fix=f"microlib design team {team} --product P"
        )
    return room


def product_of(room: Home) -> str:
    """Return the product that a room's team works on.

    Raises
    ------
    BadConfig
        If the room does not hold exactly one product.
    """
    held = sorted(path.stem for path in (room.root / "data" / "products").glob("[!_]*.toml"))
    if len(held) != 1:
        where = str(room.root / "data" / "products")
        raise BadConfig(f"a room holds one product, this holds {len(held)}", where=where, fix="keep the one you design")
    return held[0]


def check_same(products: Mapping[str, str]) -> None:
    """Refuse teams that design different products: their measures would not mean the same.

    Raises
    ------
    BadConfig
        With each team's product.
    """
    if len(set(products.values())) > 1:
        told = ", ".join(f"{team}: {product}" for team, product in products.items())
        raise BadConfig("the teams design different products", where=told, fix="compare teams of one product")


def _furnished(room: Home, home: Home, source: Path) -> Path:
    """Put the terms into the room and lead it to the bank."""
    products = room.root / "data" / "products"
    products.mkdir(parents=True)
    for kind in KINDS:
        own = home_at(home).root / "data" / kind
        if own.is_dir():
            shutil.copytree(own, room.root / "data" / kind)
    os.symlink(home.bank.resolve(), room.bank)
    return Path(shutil.copyfile(source, products / source.name))


#: results of a design that the measures are read from
RESULTS = ("rules", "stop_rules", "limits", "screened", "scenarios", "cost", "not_served")
#: measure -> whether more is better (1) or less (-1)
MEASURES = {
    "rules_broken_count": -1,
    "stop_rules_broken_count": -1,
    "served_share": 1,
    "stressed_loss_share": -1,
    "stressed_loss_yuan": -1,
    "apr_rate": -1,
    "told_share": 1,
}


def design_scores(found: Mapping[str, Any]) -> dict[str, float]:
    """Read the measures that teams are compared by out of one design's results.

    Parameters
    ----------
    found : mapping
        ``rules, stop_rules, limits, screened, scenarios, cost, not_served`` as `product_design.ProductDesign` has
        them; a result that could not be had leaves its measures missing.

    Returns
    -------
    dict
        - ``rules_broken_count``, ``stop_rules_broken_count``: rules that the terms break, and stop rules that would
          stop the product today; ``rules_open_count`` are those that a person must still decide
        - ``served_share``: yuan of sized lines over the need that is known
        - ``stressed_loss_share``, ``stressed_loss_yuan``: loss of the worst single scenario, of all sized lines
        - ``apr_rate``: what the borrower pays a year, all fees in
        - ``told_share``: of those refused or below the least line, the part that the terms name as not served and
          send elsewhere; ``unserved_count`` is how many they are
    """
    rules, stops = found.get("rules"), found.get("stop_rules")
    return {
        "rules_broken_count": _count(rules, "state", BROKEN),
        "rules_open_count": _count(rules, "state", ("unknown",)),
        "stop_rules_broken_count": _count(stops, "state", BROKEN),
        **_served(found.get("limits")),
        **_worst(found.get("scenarios")),
        "apr_rate": _cost(found.get("cost")),
        **_honesty(found),
    }


def compare_designs(designs: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    """Lay teams' designs side by side.

    Answers "who is better in what?", never "who won?": measures are not weighed against each other.

    Parameters
    ----------
    designs : mapping
        Team -> results of its design.

    Returns
    -------
    DataFrame
        One row per measure: ``measure``, one column per team, and ``leads``: the teams that are best in it, with
        blanks between; empty where it is not known of every team, or is the same for all.

    Examples
    --------
    >>> red = {"cost": pd.DataFrame({"scope": ["borrower"], "apr_rate": [0.05]})}
    >>> blue = {"cost": pd.DataFrame({"scope": ["borrower"], "apr_rate": [0.06]})}
    >>> compare_designs({"red": red, "blue": blue}).set_index("measure").loc["apr_rate", "leads"]
    'red'
    """
    scores = {team: design_scores(found) for team, found in designs.items()}
    frame = pd.DataFrame(scores).rename_axis("measure")
    leads = [_leads(row, MEASURES.get(measure, 0)) for measure, row in frame.iterrows()]
    return frame.assign(leads=leads).reset_index()


def is_dominated(compared: pd.DataFrame) -> bool:
    """Say whether one team alone is best wherever teams differ: then, and only then, one design is simply better.

    Examples
    --------
    >>> is_dominated(pd.DataFrame({"measure": ["a", "b"], "leads": ["red", "blue"]}))
    False
    """
    led = compared.loc[compared["leads"] != "", "leads"]
    return bool(len(led)) and led.nunique() == 1 and " " not in led.iloc[0]


#: states of a rule that is broken, and of a stop rule that would stop
BROKEN = ("fail", "fires")


def _leads(row: pd.Series, sign: int) -> str:
    values = pd.to_numeric(row) * sign
    if not sign or values.isna().any() or values.nunique() == 1:
        return ""
    return " ".join(values.index[values == values.max()])


def _is_frame(result: object) -> bool:
    return isinstance(result, pd.DataFrame) and len(result) > 0


def _count(result: object, column: str, values: tuple[str, ...]) -> float:
    return float(result[column].isin(values).sum()) if _is_frame(result) else float("nan")


def _served(limits: object) -> dict[str, float]:
    if not _is_frame(limits):
        return {"served_share": float("nan"), "sized_count": float("nan")}
    need, sized = limits["need_cap_yuan"].sum(), limits["limit_yuan"] > 0
    served = limits.loc[limits["need_cap_yuan"].notna(), ["limit_yuan", "need_cap_yuan"]].min(axis="columns").sum()
    return {"served_share": served / need if need > 0 else float("nan"), "sized_count": float(sized.sum())}


def _worst(scenarios: object) -> dict[str, float]:
    names = {"stressed_loss_share": "loss_high_share", "stressed_loss_yuan": "loss_high_yuan"}
    if not _is_frame(scenarios):
        return dict.fromkeys(names, float("nan"))
    single = scenarios[(scenarios["state"] == "computed") & (scenarios["combines"].fillna("") == "")]
    return {name: float(single[column].max()) if len(single) else float("nan") for name, column in names.items()}


def _cost(cost: object) -> float:
    return float(cost.loc[cost["scope"] == "borrower", "apr_rate"].iloc[0]) if _is_frame(cost) else float("nan")


def _honesty(found: Mapping[str, Any]) -> dict[str, float]:
    screened, limits, told = (found.get(name) for name in ("screened", "limits", "not_served"))
    if not (_is_frame(screened) and isinstance(told, pd.DataFrame)):
        return {"unserved_count": float("nan"), "told_share": float("nan")}
    refused = float((screened["outcome"] == "not_served").sum())
    small = float((limits["reason"] == "below_floor").sum()) if _is_frame(limits) else 0.0
    named = float(told.loc[told["refer_zh"].notna(), "customers_count"].fillna(0).sum()) if len(told) else 0.0
    unserved = refused + small
    return {"unserved_count": unserved, "told_share": min(1.0, named / unserved) if unserved else 1.0}


def compare_teams(home: Home, *, teams: Sequence[str], branch: str, as_of: date) -> pd.DataFrame:
    """Design every team's product on the same branch and date.

    Parameters
    ----------
    home : Home
        The bank's home, in which the teams have their rooms.
    teams : sequence of str
    branch : str
    as_of : date

    Returns
    -------
    DataFrame
        Result of `compare_designs`.

    Raises
    ------
    BadConfig
        If a team has no room, its terms cannot be followed, or teams design different products.
    """
    found = {team: find_room(home, team) for team in dict.fromkeys(teams)}
    products = {team: product_of(room) for team, room in found.items()}
    check_same(products)
    designs = {
        team: design_product(read_branch(room, branch=branch, as_of=as_of), product=products[team])
        for team, room in found.items()
    }
    return compare_designs({team: {name: design.part(name) for name in RESULTS} for team, design in designs.items()})


def score_lines(compared: pd.DataFrame) -> list[str]:
    r"""Return a comparison as lines: the head, a line per measure, and whether one team is better in everything.

    Examples
    --------
    >>> score_lines(pd.DataFrame({"measure": ["apr_rate"], "red": [0.05], "leads": [""]}))[1:]
    ['apr_rate\t0.05\t', 'no overall winner: say which measure you would give up for which']
    """
    shown = [
        "\t".join(f"{value:.6g}" if isinstance(value, float) else str(value) for value in row)
        for row in compared.itertuples(index=False)
    ]
    whole, none = (
        "one team is better wherever they differ",
        "no overall winner: say which measure you would give up for which",
    )
    return ["\t".join(compared.columns), *shown, whole if is_dominated(compared) else none]
